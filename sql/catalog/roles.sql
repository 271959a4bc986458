-- Database roles of the cluster, the IAM principals mapped to them, and what they were granted, counted by schema.
SELECT r.rolname, r.rolcanlogin,
       (SELECT string_agg(m.arn, E'\n' ORDER BY m.arn) FROM sys.iam_pg_role_mappings m WHERE m.pg_role_oid = r.oid),
       (SELECT string_agg(g.line, E'\n' ORDER BY g.line)
          FROM (SELECT 'USAGE on schema ' || n.nspname AS line
                  FROM pg_catalog.pg_namespace n, aclexplode(n.nspacl) a
                 WHERE a.grantee = r.oid AND a.privilege_type = 'USAGE' AND n.nspname NOT LIKE 'pg\_%'
                UNION ALL
                SELECT a.privilege_type || ' on ' || n.nspname || ': ' || count(*)
                         || CASE WHEN count(*) = 1 THEN ' relation' ELSE ' relations' END
                  FROM pg_catalog.pg_class c
                  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace, aclexplode(c.relacl) a
                 WHERE a.grantee = r.oid AND n.nspname NOT LIKE 'pg\_%'
                   AND a.grantee <> c.relowner
                 GROUP BY a.privilege_type, n.nspname) g)
  FROM pg_catalog.pg_roles r
 WHERE r.rolname NOT LIKE 'pg\_%'
 ORDER BY r.rolname
