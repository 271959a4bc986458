-- Views and functions of the simulator. They hold no data: every start installs them again when one of these files has
-- changed, so each must be repeatable. Run as the superuser, in one transaction.

CREATE OR REPLACE VIEW sys.jobs AS
SELECT job_id, status, details, job_type, class_id, object_id,
       CASE WHEN EXISTS (SELECT FROM pg_catalog.pg_class c WHERE c.oid = object_id) THEN object_name END AS object_name,
       date_trunc('second', start_time) AS start_time, date_trunc('second', update_time) AS update_time
  FROM pg_dsqltui.jobs ORDER BY number;

-- 26 characters of lower-case base32 stand for a UUID.
CREATE OR REPLACE FUNCTION sys.uuid_to_base32_str(uuid) RETURNS text LANGUAGE sql IMMUTABLE STRICT AS $$
  SELECT string_agg(substr('abcdefghijklmnopqrstuvwxyz234567',
           (substring((('x' || replace($1::text, '-', ''))::bit(128) || B'00') FROM 5 * n + 1 FOR 5))::bit(5)::int + 1, 1),
         '' ORDER BY n)
    FROM generate_series(0, 25) n
$$;
CREATE OR REPLACE FUNCTION sys.base32_str_to_uuid(text) RETURNS uuid LANGUAGE plpgsql IMMUTABLE STRICT AS $$
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
CREATE OR REPLACE FUNCTION pg_dsqltui.new_job_id() RETURNS text LANGUAGE sql VOLATILE
AS $$ SELECT sys.uuid_to_base32_str(gen_random_uuid()) $$;

CREATE OR REPLACE VIEW sys.iam_pg_role_mappings AS
SELECT m.iam_oid, m.arn, m.pg_role_oid, r.rolname AS pg_role_name, m.grantor_pg_role_oid,
       g.rolname AS grantor_pg_role_name
  FROM pg_dsqltui.iam_mappings m
  JOIN pg_catalog.pg_roles r ON r.oid = m.pg_role_oid
  LEFT JOIN pg_catalog.pg_roles g ON g.oid = m.grantor_pg_role_oid;

GRANT SELECT ON sys.jobs, sys.iam_pg_role_mappings TO PUBLIC;

-- true: the job completed; false: it failed or is not known. The wait ends with the job.
CREATE OR REPLACE PROCEDURE sys.wait_for_job(job_id text, INOUT succeeded boolean DEFAULT NULL)
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

CREATE OR REPLACE FUNCTION sys.current_session_id() RETURNS text LANGUAGE sql STABLE
AS $$ SELECT current_setting('dsqltui.session_id', true) $$;

CREATE OR REPLACE FUNCTION sys.dsql_major_version() RETURNS integer LANGUAGE sql IMMUTABLE AS $$ SELECT 1 $$;

CREATE OR REPLACE FUNCTION sys.cluster_size() RETURNS bigint LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$ SELECT pg_database_size(current_database()) $$;

-- What a client sees of version and indexes. The primary key is the table: its index carries all other columns.
CREATE OR REPLACE FUNCTION pg_dsqltui.index_definition(oid) RETURNS text LANGUAGE internal STABLE STRICT AS 'pg_get_indexdef';
CREATE OR REPLACE FUNCTION pg_dsqltui.index_definition(oid, integer, boolean) RETURNS text
LANGUAGE internal STABLE STRICT AS 'pg_get_indexdef_ext';

CREATE OR REPLACE FUNCTION pg_dsqltui.dsql_definition(index_oid oid, definition text) RETURNS text
LANGUAGE sql STABLE STRICT AS $$
  SELECT replace(definition, ' USING btree ', ' USING btree_index ') || coalesce((
    SELECT ' INCLUDE (' || string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum) || ')'
      FROM pg_catalog.pg_index i JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid
     WHERE i.indexrelid = index_oid AND i.indisprimary AND i.indnatts = i.indnkeyatts
       AND a.attnum > 0 AND NOT a.attisdropped AND a.attnum <> ALL (i.indkey::int2[])), '')
$$;
-- PostgreSQL calls its built-in functions by number, whatever pg_proc says of them, unless the planner inlines their
-- new SQL text: hence one expression each, not STRICT, and the work in helpers.
CREATE OR REPLACE FUNCTION pg_dsqltui.shown_definition(index_oid oid, column_number integer, pretty boolean) RETURNS text
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

-- The superuser and who owns the simulator's functions are the simulator's, not the cluster's: psql's \du and others do
-- not see them. By number: EXPLAIN shows the condition.
DO $$
BEGIN
  EXECUTE format('CREATE OR REPLACE VIEW pg_dsqltui.hidden_roles AS SELECT a.oid, a.rolname FROM pg_catalog.pg_authid a '
                 'WHERE a.oid = ANY (%L::oid[])', ARRAY['postgres'::regrole, 'dsqltui_keeper'::regrole]::oid[]);
  EXECUTE format('CREATE OR REPLACE VIEW pg_catalog.pg_roles AS '
                 'SELECT a.rolname, a.rolsuper, a.rolinherit, a.rolcreaterole, a.rolcreatedb, '
                 'a.rolcanlogin AND NOT EXISTS (SELECT FROM pg_dsqltui.lent_logins l WHERE l.role_oid = a.oid) AS rolcanlogin, '
                 'a.rolreplication, a.rolconnlimit, ''********''::text AS rolpassword, a.rolvaliduntil, a.rolbypassrls, '
                 's.setconfig AS rolconfig, a.oid '
                 'FROM pg_catalog.pg_authid a '
                 'LEFT JOIN pg_catalog.pg_db_role_setting s ON a.oid = s.setrole AND s.setdatabase = 0 '
                 'WHERE a.oid <> ALL (%L::oid[])', ARRAY['postgres'::regrole, 'dsqltui_keeper'::regrole]::oid[]);
END
$$;
