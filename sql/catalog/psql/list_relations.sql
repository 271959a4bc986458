-- \dt \di \dv \ds and \d without a pattern: one line for each relation.
-- $1 schema and $2 name: regular expressions or NULL. $3 also the system's, $4 also those hidden from the search path:
-- true or false. $5 letters of t, i, v, s.
SELECT n.nspname AS "Schema", c.relname AS "Name",
       CASE c.relkind WHEN 'r' THEN 'table' WHEN 'p' THEN 'partitioned table' WHEN 'i' THEN 'index'
                      WHEN 'v' THEN 'view' WHEN 'S' THEN 'sequence' WHEN 'm' THEN 'materialized view' END
         || CASE WHEN x.indisvalid IS FALSE THEN ', INVALID' ELSE '' END AS "Type",
       pg_catalog.pg_get_userbyid(c.relowner) AS "Owner", t.relname AS "Table", m.amname AS "Access method",
       CASE WHEN c.relkind = 'r' AND c.reltuples >= 0 THEN c.reltuples::bigint END AS "Rows (estimate)",
       pg_catalog.obj_description(c.oid, 'pg_class') AS "Description"
  FROM pg_catalog.pg_class c
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  LEFT JOIN pg_catalog.pg_am m ON m.oid = c.relam
  LEFT JOIN pg_catalog.pg_index x ON x.indexrelid = c.oid
  LEFT JOIN pg_catalog.pg_class t ON t.oid = x.indrelid
 WHERE pg_catalog.strpos($5, CASE c.relkind WHEN 'r' THEN 't' WHEN 'p' THEN 't' WHEN 'i' THEN 'i' WHEN 'v' THEN 'v'
                                            WHEN 'm' THEN 'v' WHEN 'S' THEN 's' ELSE '-' END) > 0
   AND ($1 IS NULL OR n.nspname ~ $1)
   AND ($2 IS NULL OR c.relname ~ $2)
   AND ($3::boolean OR n.nspname !~ '^pg_' AND n.nspname <> 'information_schema')
   AND ($4::boolean OR pg_catalog.pg_table_is_visible(c.oid))
 ORDER BY 1, 2
