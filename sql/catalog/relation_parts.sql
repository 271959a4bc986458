-- Columns, then constraints, of the relation with this oid ($1).
SELECT what, name, definition, is_key
  FROM (SELECT 1 AS part, a.attnum AS place, 'column' AS what, a.attname::text AS name,
               pg_catalog.format_type(a.atttypid, a.atttypmod)
                 || CASE WHEN a.attnotnull THEN ' not null' ELSE '' END
                 || coalesce(' default ' || pg_catalog.pg_get_expr(d.adbin, d.adrelid), '')
                 || CASE WHEN a.attidentity <> '' THEN ' identity' ELSE '' END AS definition,
               EXISTS (SELECT FROM pg_catalog.pg_index i
                        WHERE i.indrelid = a.attrelid AND i.indisprimary AND a.attnum = ANY (i.indkey)) AS is_key
          FROM pg_catalog.pg_attribute a
          LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
         WHERE a.attrelid = $1 AND a.attnum > 0 AND NOT a.attisdropped
        UNION ALL
        SELECT 2, 0, 'constraint', c.conname::text, pg_catalog.pg_get_constraintdef(c.oid), false
          FROM pg_catalog.pg_constraint c
         WHERE c.conrelid = $1 AND c.contype IN ('c', 'f', 'u')) parts
 ORDER BY part, place, name
