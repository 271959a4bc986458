-- \du: roles, and the IAM identities that may connect as them. $2 name: a regular expression or NULL. $3 also the
-- system's: true or false.
SELECT r.rolname AS "Role name",
       pg_catalog.concat_ws(', ',
         CASE WHEN r.rolsuper THEN 'Superuser' END, CASE WHEN NOT r.rolinherit THEN 'No inheritance' END,
         CASE WHEN r.rolcreaterole THEN 'Create role' END, CASE WHEN r.rolcreatedb THEN 'Create DB' END,
         CASE WHEN NOT r.rolcanlogin THEN 'Cannot login' END, CASE WHEN r.rolreplication THEN 'Replication' END,
         CASE WHEN r.rolbypassrls THEN 'Bypass RLS' END) AS "Attributes",
       '{' || coalesce((SELECT pg_catalog.string_agg(g.rolname, ',')
                          FROM pg_catalog.pg_auth_members a JOIN pg_catalog.pg_roles g ON g.oid = a.roleid
                         WHERE a.member = r.oid), '') || '}' AS "Member of",
       (SELECT pg_catalog.string_agg(i.arn, E'\n' ORDER BY i.arn)
          FROM sys.iam_pg_role_mappings i WHERE i.pg_role_oid = r.oid) AS "IAM mappings",
       pg_catalog.shobj_description(r.oid, 'pg_authid') AS "Description"
  FROM pg_catalog.pg_roles r
 WHERE ($2 IS NULL OR r.rolname ~ $2)
   AND ($3::boolean OR r.rolname !~ '^pg_')
 ORDER BY 1
