-- The primary key's columns in their order: $1 the table's name, $2 its schema or NULL for the search path's.
SELECT a.attname
  FROM pg_catalog.pg_class c
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_catalog.pg_index i ON i.indrelid = c.oid AND i.indisprimary
  JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum = ANY (i.indkey)
 WHERE c.relname = $1 AND (n.nspname = $2 OR $2 IS NULL AND pg_catalog.pg_table_is_visible(c.oid))
   AND pg_catalog.array_position(i.indkey::int2[], a.attnum) < i.indnkeyatts
 ORDER BY pg_catalog.array_position(i.indkey::int2[], a.attnum)
