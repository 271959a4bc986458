-- \df: functions and procedures. $1 schema and $2 name: regular expressions or NULL. $3 also the system's, $4 also
-- those hidden from the search path: true or false.
SELECT n.nspname AS "Schema", p.proname AS "Name",
       pg_catalog.pg_get_function_result(p.oid) AS "Result data type",
       pg_catalog.pg_get_function_arguments(p.oid) AS "Argument data types",
       CASE p.prokind WHEN 'a' THEN 'agg' WHEN 'w' THEN 'window' WHEN 'p' THEN 'proc' ELSE 'func' END AS "Type",
       CASE p.provolatile WHEN 'i' THEN 'immutable' WHEN 's' THEN 'stable' ELSE 'volatile' END AS "Volatility",
       pg_catalog.pg_get_userbyid(p.proowner) AS "Owner",
       CASE WHEN p.prosecdef THEN 'definer' ELSE 'invoker' END AS "Security",
       pg_catalog.array_to_string(p.proacl, E'\n') AS "Access privileges",
       l.lanname AS "Language",
       pg_catalog.obj_description(p.oid, 'pg_proc') AS "Description"
  FROM pg_catalog.pg_proc p
  JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
  LEFT JOIN pg_catalog.pg_language l ON l.oid = p.prolang
 WHERE ($1 IS NULL OR n.nspname ~ $1)
   AND ($2 IS NULL OR p.proname ~ $2)
   AND ($3::boolean OR n.nspname !~ '^pg_' AND n.nspname <> 'information_schema')
   AND ($4::boolean OR pg_catalog.pg_function_is_visible(p.oid))
 ORDER BY 1, 2, 4
