-- Columns that COPY fills, in their order, with the place of each in the primary key (0: not in it) and its type:
-- $1 the table's name, $2 its schema or NULL for the search path's.
SELECT a.attname,
       coalesce(pg_catalog.array_position(i.indkey::int2[], a.attnum) - pg_catalog.array_lower(i.indkey::int2[], 1) + 1, 0),
       pg_catalog.format_type(a.atttypid, a.atttypmod),
       coalesce(i.indnkeyatts, 0)
  FROM pg_catalog.pg_class c
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
  LEFT JOIN pg_catalog.pg_index i ON i.indrelid = c.oid AND i.indisprimary
 WHERE c.relname = $1 AND (n.nspname = $2 OR $2 IS NULL AND pg_catalog.pg_table_is_visible(c.oid))
 ORDER BY a.attnum
