-- Schemas with their tables, for the access assistant. A schema without tables has one row with an empty table.
SELECT s.nspname, coalesce(c.relname, '')
FROM pg_catalog.pg_namespace s
LEFT JOIN pg_catalog.pg_class c ON c.relnamespace = s.oid AND c.relkind IN ('r', 'p', 'v')
WHERE s.nspname NOT IN ('pg_catalog', 'information_schema', 'sys') AND s.nspname NOT LIKE 'pg\_%'
ORDER BY 1, 2
