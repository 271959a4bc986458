-- What the simulator installs once in a fresh PostgreSQL: the role admin, the schema sys that Aurora DSQL shows, and
-- pg_dsqltui, which only the simulator uses (clients leave out names that begin with pg_). Run as the superuser, in one transaction.

CREATE ROLE admin LOGIN CREATEROLE;
ALTER DATABASE postgres OWNER TO postgres;
REVOKE ALL ON DATABASE postgres FROM PUBLIC;
GRANT CONNECT ON DATABASE postgres TO PUBLIC;
GRANT CREATE ON DATABASE postgres TO admin;
GRANT ALL ON SCHEMA public TO admin;

-- A session is a superuser's that took on a role; these could take it back.
REVOKE EXECUTE ON FUNCTION pg_catalog.set_config(text, text, boolean) FROM PUBLIC;

CREATE SCHEMA sys;
CREATE SCHEMA pg_dsqltui;
GRANT USAGE ON SCHEMA sys TO PUBLIC;

CREATE TABLE pg_dsqltui.jobs (
  job_id      text PRIMARY KEY,
  status      text NOT NULL,
  details     text,
  job_type    text NOT NULL,
  class_id    oid,
  object_id   oid,
  object_name text,
  start_time  timestamptz NOT NULL DEFAULT clock_timestamp(),
  update_time timestamptz,
  failure     text,  -- known when it was submitted: why it is going to fail
  command     text,  -- what finishes the job
  number      bigint GENERATED ALWAYS AS IDENTITY
);

CREATE VIEW sys.jobs AS
SELECT job_id, status, details, job_type, class_id, object_id,
       CASE WHEN EXISTS (SELECT FROM pg_catalog.pg_class c WHERE c.oid = object_id) THEN object_name END AS object_name,
       date_trunc('second', start_time) AS start_time, date_trunc('second', update_time) AS update_time
  FROM pg_dsqltui.jobs ORDER BY number;

-- 26 characters of lower-case base32 stand for a UUID.
CREATE FUNCTION sys.uuid_to_base32_str(uuid) RETURNS text LANGUAGE sql IMMUTABLE STRICT AS $$
  SELECT string_agg(substr('abcdefghijklmnopqrstuvwxyz234567',
           (substring((('x' || replace($1::text, '-', ''))::bit(128) || B'00') FROM 5 * n + 1 FOR 5))::bit(5)::int + 1, 1),
         '' ORDER BY n)
    FROM generate_series(0, 25) n
$$;
CREATE FUNCTION sys.base32_str_to_uuid(text) RETURNS uuid LANGUAGE plpgsql IMMUTABLE STRICT AS $$
DECLARE
  bits bit varying := B'';
  place integer;
BEGIN
  IF $1 !~ '^[a-z2-7]{26}$' THEN
    RAISE EXCEPTION 'Unable to convert text to UUID' USING ERRCODE = '22P02';
  END IF;
  FOR n IN 1 .. 26 LOOP
    place := strpos('abcdefghijklmnopqrstuvwxyz234567', substr($1, n, 1)) - 1;
    bits := bits || place::bit(5);
  END LOOP;
  RETURN (SELECT string_agg(to_hex(substring(bits FROM 4 * h + 1 FOR 4)::bit(4)::int), '' ORDER BY h)
            FROM generate_series(0, 31) h)::uuid;
END
$$;
CREATE FUNCTION pg_dsqltui.new_job_id() RETURNS text LANGUAGE sql VOLATILE
AS $$ SELECT sys.uuid_to_base32_str(gen_random_uuid()) $$;

CREATE TABLE pg_dsqltui.iam_mappings (
  iam_oid             oid NOT NULL,
  arn                 text NOT NULL,
  pg_role_oid         oid NOT NULL,
  grantor_pg_role_oid oid NOT NULL,
  PRIMARY KEY (pg_role_oid, arn)
);
CREATE SEQUENCE pg_dsqltui.iam_oids START 26398;

CREATE VIEW sys.iam_pg_role_mappings AS
SELECT m.iam_oid, m.arn, m.pg_role_oid, r.rolname AS pg_role_name, m.grantor_pg_role_oid,
       g.rolname AS grantor_pg_role_name
  FROM pg_dsqltui.iam_mappings m
  JOIN pg_catalog.pg_roles r ON r.oid = m.pg_role_oid
  LEFT JOIN pg_catalog.pg_roles g ON g.oid = m.grantor_pg_role_oid;

GRANT SELECT ON sys.jobs, sys.iam_pg_role_mappings TO PUBLIC;

-- true: the job completed; false: it failed or is not known. The wait ends with the job.
CREATE PROCEDURE sys.wait_for_job(job_id text, INOUT succeeded boolean DEFAULT NULL)
LANGUAGE plpgsql SECURITY INVOKER AS $$
DECLARE
  seen text;
BEGIN
  IF wait_for_job.job_id !~ '^[a-z2-7]{26}$' THEN
    RAISE EXCEPTION 'Unable to convert text to UUID' USING ERRCODE = '22P02';
  END IF;
  COMMIT;  -- refused inside a transaction block
  LOOP
    SELECT j.status INTO seen FROM sys.jobs j WHERE j.job_id = wait_for_job.job_id;
    EXIT WHEN seen IS NULL OR seen IN ('completed', 'failed');
    COMMIT;
    PERFORM pg_sleep(0.05);
  END LOOP;
  succeeded := coalesce(seen = 'completed', false);
END
$$;

CREATE FUNCTION sys.current_session_id() RETURNS text LANGUAGE sql STABLE
AS $$ SELECT current_setting('dsqltui.session_id', true) $$;

CREATE FUNCTION sys.dsql_major_version() RETURNS integer LANGUAGE sql IMMUTABLE AS $$ SELECT 1 $$;

CREATE FUNCTION sys.cluster_size() RETURNS bigint LANGUAGE sql STABLE SECURITY DEFINER
AS $$ SELECT pg_database_size(current_database()) $$;

-- The next value of an identity column, for a transaction's copy of the table: whoever may insert may have one.
CREATE FUNCTION pg_dsqltui.next_identity(regclass) RETURNS bigint LANGUAGE sql SECURITY DEFINER
AS $$ SELECT nextval($1) $$;

-- What a client sees of version and indexes. The primary key is the table: its index carries all other columns.
CREATE FUNCTION pg_dsqltui.index_definition(oid) RETURNS text LANGUAGE internal STABLE STRICT AS 'pg_get_indexdef';
CREATE FUNCTION pg_dsqltui.index_definition(oid, integer, boolean) RETURNS text
LANGUAGE internal STABLE STRICT AS 'pg_get_indexdef_ext';
GRANT USAGE ON SCHEMA pg_dsqltui TO PUBLIC;

CREATE FUNCTION pg_dsqltui.dsql_definition(index_oid oid, definition text) RETURNS text
LANGUAGE sql STABLE STRICT AS $$
  SELECT replace(definition, ' USING btree ', ' USING btree_index ') || coalesce((
    SELECT ' INCLUDE (' || string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum) || ')'
      FROM pg_catalog.pg_index i JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid
     WHERE i.indexrelid = index_oid AND i.indisprimary AND i.indnatts = i.indnkeyatts
       AND a.attnum > 0 AND NOT a.attisdropped AND a.attnum <> ALL (i.indkey::int2[])), '')
$$;
-- PostgreSQL calls its built-in functions by number, whatever pg_proc says of them, unless the planner inlines their
-- new SQL text: hence one expression each, not STRICT, and the work in helpers.
CREATE FUNCTION pg_dsqltui.shown_definition(index_oid oid, column_number integer, pretty boolean) RETURNS text
LANGUAGE sql STABLE AS $$
  SELECT CASE WHEN column_number = 0
              THEN pg_dsqltui.dsql_definition(index_oid, pg_dsqltui.index_definition(index_oid, 0, pretty))
              ELSE pg_dsqltui.index_definition(index_oid, column_number, pretty) END
$$;
CREATE OR REPLACE FUNCTION pg_catalog.pg_get_indexdef(oid) RETURNS text LANGUAGE sql STABLE
AS $$ SELECT pg_dsqltui.shown_definition($1, 0, false) $$;
CREATE OR REPLACE FUNCTION pg_catalog.pg_get_indexdef(oid, integer, boolean) RETURNS text LANGUAGE sql STABLE
AS $$ SELECT pg_dsqltui.shown_definition($1, $2, $3) $$;
CREATE OR REPLACE FUNCTION pg_catalog.version() RETURNS text LANGUAGE sql STABLE AS $$ SELECT 'PostgreSQL 16' $$;

-- The superuser is the simulator's, not the cluster's: psql's \du and others do not see it.
CREATE OR REPLACE VIEW pg_catalog.pg_roles AS
SELECT a.rolname, a.rolsuper, a.rolinherit, a.rolcreaterole, a.rolcreatedb, a.rolcanlogin, a.rolreplication,
       a.rolconnlimit, '********'::text AS rolpassword, a.rolvaliduntil, a.rolbypassrls, s.setconfig AS rolconfig, a.oid
  FROM pg_catalog.pg_authid a LEFT JOIN pg_catalog.pg_db_role_setting s ON a.oid = s.setrole AND s.setdatabase = 0
 WHERE a.rolname <> 'postgres';
