-- What completion offers: every schema of users and sys, with relations, their columns, and routines. One round trip.
-- Columns: schema, kind, relation, column, type. A schema's own row has only the schema; a routine's type is its
-- arguments. Names that begin with pg_ and information_schema are left out.
SELECT n.nspname AS schema, k.kind, k.relation, k.column_name, k.type
  FROM pg_catalog.pg_namespace n
  LEFT JOIN (
        SELECT c.relnamespace AS namespace,
               CASE c.relkind WHEN 'r' THEN 'table' WHEN 'v' THEN 'view' WHEN 'S' THEN 'sequence' END AS kind,
               c.relname AS relation, a.attname AS column_name,
               pg_catalog.format_type(a.atttypid, a.atttypmod) AS type, a.attnum AS place
          FROM pg_catalog.pg_class c
          LEFT JOIN pg_catalog.pg_attribute a
            ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND c.relkind <> 'S'
         WHERE c.relkind IN ('r', 'v', 'S')
         UNION ALL
        SELECT p.pronamespace, CASE p.prokind WHEN 'p' THEN 'procedure' ELSE 'function' END, p.proname, NULL,
               pg_catalog.pg_get_function_identity_arguments(p.oid), 0
          FROM pg_catalog.pg_proc p
         WHERE p.prokind IN ('f', 'p')
       ) k ON k.namespace = n.oid
 WHERE n.nspname NOT LIKE 'pg\_%' AND n.nspname <> 'information_schema'
 ORDER BY n.nspname, k.kind, k.relation, k.place
