-- Every table, view and sequence of the schemas a person made, with the planner's row estimate; one row without a
-- relation for an empty schema.
SELECT c.oid, n.nspname, c.relname, c.relkind, c.reltuples
  FROM pg_catalog.pg_namespace n
  LEFT JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid AND c.relkind IN ('r', 'v', 'S')
 WHERE n.nspname NOT LIKE 'pg\_%' AND n.nspname <> 'information_schema'
 ORDER BY n.nspname = 'sys', n.nspname, c.relkind = 'S', c.relname
