-- What the plan doctor knows of tables: those whose names are given, a line each, and those whose foreign keys point at
-- them. One round trip; a row is one fact: schema, table, fact, name, and up to five values.
--   table: row estimate · column: type · index: flags (u, p, v), predicate, definition, job id, job state
--   index part: column or expression, whether included · foreign key: column, parent's schema, parent, its column
WITH named AS (
  SELECT c.oid
    FROM pg_catalog.pg_class c
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
   WHERE c.relkind = 'r' AND c.relname = ANY (string_to_array($1, E'\n'))
     AND n.nspname NOT LIKE 'pg\_%' AND n.nspname NOT IN ('information_schema', 'sys')
), found AS (
  SELECT oid FROM named
   UNION
  SELECT k.conrelid FROM pg_catalog.pg_constraint k JOIN named ON named.oid = k.confrelid WHERE k.contype = 'f'
), places AS (
  SELECT place FROM generate_series(1, 256) place
), facts AS (
  SELECT c.oid, 1 AS part, 'table' AS fact, c.relname::text AS name, 0 AS place, c.reltuples::text AS v1,
         NULL::text AS v2, NULL::text AS v3, NULL::text AS v4, NULL::text AS v5
    FROM found f JOIN pg_catalog.pg_class c ON c.oid = f.oid
   UNION ALL
  SELECT a.attrelid, 2, 'column', a.attname, a.attnum, pg_catalog.format_type(a.atttypid, a.atttypmod),
         NULL, NULL, NULL, NULL
    FROM found f
    JOIN pg_catalog.pg_attribute a ON a.attrelid = f.oid AND a.attnum > 0 AND NOT a.attisdropped
   UNION ALL
  SELECT i.indrelid, 3, 'index', x.relname, 0,
         CASE WHEN i.indisunique THEN 'u' ELSE '' END || CASE WHEN i.indisprimary THEN 'p' ELSE '' END
           || CASE WHEN i.indisvalid THEN 'v' ELSE '' END,
         pg_catalog.pg_get_expr(i.indpred, i.indrelid, true), pg_catalog.pg_get_indexdef(i.indexrelid),
         j.job_id, j.status
    FROM found f
    JOIN pg_catalog.pg_index i ON i.indrelid = f.oid
    JOIN pg_catalog.pg_class x ON x.oid = i.indexrelid
    LEFT JOIN (SELECT DISTINCT ON (object_id) object_id, job_id, status
                 FROM sys.jobs WHERE job_type = 'INDEX_BUILD' ORDER BY object_id, start_time DESC) j
      ON j.object_id = x.oid
   UNION ALL
  SELECT i.indrelid, 4, 'index part', x.relname, s.place,
         coalesce(a.attname::text, pg_catalog.pg_get_indexdef(i.indexrelid, s.place, true)),
         CASE WHEN s.place > i.indnkeyatts THEN 't' ELSE 'f' END, NULL, NULL, NULL
    FROM found f
    JOIN pg_catalog.pg_index i ON i.indrelid = f.oid
    JOIN pg_catalog.pg_class x ON x.oid = i.indexrelid
    JOIN places s ON s.place <= i.indnatts
    LEFT JOIN pg_catalog.pg_attribute a
      ON a.attrelid = i.indrelid AND a.attnum > 0 AND a.attnum = i.indkey[s.place - 1]
   UNION ALL
  SELECT k.conrelid, 5, 'foreign key', k.conname, s.place, own.attname, n.nspname, p.relname, theirs.attname, NULL
    FROM found f
    JOIN pg_catalog.pg_constraint k ON k.conrelid = f.oid AND k.contype = 'f'
    JOIN pg_catalog.pg_class p ON p.oid = k.confrelid
    JOIN pg_catalog.pg_namespace n ON n.oid = p.relnamespace
    JOIN places s ON s.place <= array_length(k.conkey, 1)
    JOIN pg_catalog.pg_attribute own ON own.attrelid = k.conrelid AND own.attnum = k.conkey[s.place]
    JOIN pg_catalog.pg_attribute theirs ON theirs.attrelid = k.confrelid AND theirs.attnum = k.confkey[s.place]
)
SELECT n.nspname, c.relname, t.fact, t.name, t.v1, t.v2, t.v3, t.v4, t.v5
  FROM facts t
  JOIN pg_catalog.pg_class c ON c.oid = t.oid
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
 ORDER BY n.nspname, c.relname, t.part, CASE WHEN t.part <> 2 THEN t.name END, t.place
