-- \dp: privileges on tables, views and sequences. $1 schema and $2 name: regular expressions or NULL. $3 also the
-- system's, $4 also those hidden from the search path: true or false.
SELECT n.nspname AS "Schema", c.relname AS "Name",
       CASE c.relkind WHEN 'r' THEN 'table' WHEN 'p' THEN 'partitioned table' WHEN 'v' THEN 'view'
                      WHEN 'S' THEN 'sequence' WHEN 'm' THEN 'materialized view' END AS "Type",
       pg_catalog.array_to_string(c.relacl, E'\n') AS "Access privileges",
       (SELECT pg_catalog.string_agg(a.attname || E':\n  ' || pg_catalog.array_to_string(a.attacl, E'\n  '), E'\n'
                                     ORDER BY a.attnum)
          FROM pg_catalog.pg_attribute a
         WHERE a.attrelid = c.oid AND NOT a.attisdropped AND a.attacl IS NOT NULL) AS "Column privileges"
  FROM pg_catalog.pg_class c
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
 WHERE c.relkind IN ('r', 'p', 'v', 'm', 'S')
   AND ($1 IS NULL OR n.nspname ~ $1)
   AND ($2 IS NULL OR c.relname ~ $2)
   AND ($3::boolean OR n.nspname !~ '^pg_' AND n.nspname <> 'information_schema')
   AND ($4::boolean OR pg_catalog.pg_table_is_visible(c.oid))
 ORDER BY 1, 2
