-- \l: Aurora DSQL has one database, and pg_database is not among the catalogs its guide lists, so it is not asked.
-- $2 name: a regular expression or NULL.
SELECT d.name AS "Name", pg_catalog.current_setting('server_encoding') AS "Encoding",
       pg_catalog.pg_size_pretty(sys.cluster_size()) AS "Size"
  FROM (SELECT pg_catalog.current_database()::text AS name) d
 WHERE $2 IS NULL OR d.name ~ $2
