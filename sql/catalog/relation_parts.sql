-- Columns, then constraints, of the relation with this oid ($1). A foreign key lacks an index when no valid one begins
-- with its columns: deleting a parent then reads all rows.
SELECT what, name, definition, is_key, lacks_index
  FROM (SELECT 1 AS part, a.attnum AS place, 'column' AS what, a.attname::text AS name,
               pg_catalog.format_type(a.atttypid, a.atttypmod)
                 || CASE WHEN a.attnotnull THEN ' not null' ELSE '' END
                 || coalesce(' default ' || pg_catalog.pg_get_expr(d.adbin, d.adrelid), '')
                 || CASE WHEN a.attidentity <> '' THEN ' identity' ELSE '' END AS definition,
               EXISTS (SELECT FROM pg_catalog.pg_index i
                        WHERE i.indrelid = a.attrelid AND i.indisprimary AND a.attnum = ANY (i.indkey)) AS is_key, false AS lacks_index
          FROM pg_catalog.pg_attribute a
          LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
         WHERE a.attrelid = $1 AND a.attnum > 0 AND NOT a.attisdropped
        UNION ALL
        SELECT 2, 0, 'constraint', k.conname::text, pg_catalog.pg_get_constraintdef(k.oid), false,
               k.contype = 'f' AND NOT EXISTS (
                 SELECT FROM pg_catalog.pg_index i
                  WHERE i.indrelid = k.conrelid AND i.indisvalid AND i.indpred IS NULL
                    AND (i.indkey::int2[])[0:array_length(k.conkey, 1) - 1] @> k.conkey)
          FROM pg_catalog.pg_constraint k
         WHERE k.conrelid = $1 AND k.contype IN ('c', 'f', 'u')) parts
 ORDER BY part, place, name
