-- \sf: a function's definition. $1: its name, or its name with argument types in parentheses.
SELECT pg_catalog.pg_get_functiondef(
         CASE WHEN pg_catalog.strpos($1, '(') > 0 THEN $1::regprocedure::oid ELSE $1::regproc::oid END) AS definition
