-- Every table, view, sequence and function of the schemas a person made, with the planner's row estimate or a function's
-- arguments; one row without a relation for an empty schema.
SELECT o.oid, n.nspname, o.name, o.kind, o.estimate, o.arguments
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
