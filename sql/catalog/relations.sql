-- Every table, view, sequence and function of the schemas a person made, with the planner's row estimate or a function's
-- arguments, and how many of its foreign keys no index begins with; one row without a relation for an empty schema.
SELECT o.oid, n.nspname, o.name, o.kind, o.estimate, o.arguments,
       (SELECT count(*) FROM pg_catalog.pg_constraint k
         WHERE o.kind = 'r' AND k.conrelid = o.oid AND k.contype = 'f' AND NOT EXISTS (
                     SELECT FROM pg_catalog.pg_index i
                      WHERE i.indrelid = k.conrelid AND i.indisvalid AND i.indpred IS NULL
                        AND (i.indkey::int2[])[0:array_length(k.conkey, 1) - 1] @> k.conkey)) AS unindexed_keys
  FROM pg_catalog.pg_namespace n
  LEFT JOIN (SELECT c.oid, c.relnamespace AS namespace, c.relname AS name, c.relkind::text AS kind,
                    c.reltuples AS estimate, NULL AS arguments
               FROM pg_catalog.pg_class c WHERE c.relkind IN ('r', 'v', 'S')
             UNION ALL
             SELECT p.oid, p.pronamespace, p.proname, 'f', NULL, pg_catalog.pg_get_function_identity_arguments(p.oid)
               FROM pg_catalog.pg_proc p) o
    ON o.namespace = n.oid
 WHERE n.nspname NOT LIKE 'pg\_%' AND n.nspname <> 'information_schema'
 ORDER BY n.nspname = 'sys', n.nspname, o.kind = 'f', o.kind = 'S', o.name, o.arguments
