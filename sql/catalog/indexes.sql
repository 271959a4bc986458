-- Every index of the schemas a person made, with the newest job that concerns it.
SELECT x.oid, n.nspname, t.relname AS table_name, x.relname AS index_name,
       (SELECT string_agg(pg_catalog.pg_get_indexdef(x.oid, k, true), ', ' ORDER BY k)
          FROM generate_series(1, i.indnkeyatts) k) AS columns,
       (SELECT string_agg(pg_catalog.pg_get_indexdef(x.oid, k, true), ', ' ORDER BY k)
          FROM generate_series(i.indnkeyatts + 1, i.indnatts) k) AS includes,
       i.indisunique, i.indisprimary, i.indisvalid, pg_catalog.pg_get_indexdef(x.oid) AS definition,
       j.job_id, j.status, j.details, t.oid AS table_oid
  FROM pg_catalog.pg_index i
  JOIN pg_catalog.pg_class x ON x.oid = i.indexrelid
  JOIN pg_catalog.pg_class t ON t.oid = i.indrelid
  JOIN pg_catalog.pg_namespace n ON n.oid = t.relnamespace
  LEFT JOIN (SELECT DISTINCT ON (object_id) object_id, job_id, status, details
               FROM sys.jobs WHERE job_type = 'INDEX_BUILD' ORDER BY object_id, start_time DESC) j
    ON j.object_id = x.oid
 WHERE n.nspname NOT LIKE 'pg\_%' AND n.nspname NOT IN ('information_schema', 'sys')
