-- \dn: schemas. $2 name: a regular expression or NULL. $3 also the system's: true or false.
SELECT n.nspname AS "Name", pg_catalog.pg_get_userbyid(n.nspowner) AS "Owner",
       pg_catalog.array_to_string(n.nspacl, E'\n') AS "Access privileges",
       pg_catalog.obj_description(n.oid, 'pg_namespace') AS "Description"
  FROM pg_catalog.pg_namespace n
 WHERE ($2 IS NULL OR n.nspname ~ $2)
   AND ($3::boolean OR n.nspname !~ '^pg_' AND n.nspname <> 'information_schema')
 ORDER BY 1
