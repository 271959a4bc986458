-- Who can do what: role, table, right. Owners, who can do everything, are left out.
SELECT g.grantee, g.table_schema || '.' || g.table_name, g.privilege_type
FROM information_schema.table_privileges g
WHERE g.table_schema NOT IN ('pg_catalog', 'information_schema', 'sys')
  AND g.table_schema NOT LIKE 'pg\_%'
  AND g.grantee <> g.grantor
ORDER BY 1, 2, 3
