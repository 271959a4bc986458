-- What a client's session does on the simulator's word, inside the client's transaction. The client's role can call these
-- functions too, but does not know the word: it holds for one PostgreSQL session and one owner, and reaches PostgreSQL
-- as a parameter, which no view shows.

CREATE SCHEMA IF NOT EXISTS pg_dsqltui_act;
GRANT USAGE ON SCHEMA pg_dsqltui_act TO PUBLIC;

CREATE OR REPLACE FUNCTION pg_dsqltui_act.check_word(word text, subject text) RETURNS void LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF word IS DISTINCT FROM encode(sha256(convert_to(
       format('%s:%s:%s', (SELECT w.word FROM pg_dsqltui.word w), subject, pg_backend_pid()), 'UTF8')), 'hex') THEN
    RAISE EXCEPTION 'permission denied' USING ERRCODE = '42501';
  END IF;
END
$$;
ALTER FUNCTION pg_dsqltui_act.check_word(text, text) OWNER TO dsqltui_keeper;

-- Acting as the owner of a relation: all code that belongs to the relation runs with its owner's rights, never more.
-- The commands are run in turn with the argument as $1; the answer is that of the last one if it is a query. There is one
-- such function for each role that is an owner, made when it is first needed.
CREATE OR REPLACE FUNCTION pg_dsqltui.let_act(role_oid oid) RETURNS void LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp AS $body$
BEGIN
  IF EXISTS (SELECT FROM pg_catalog.pg_proc p WHERE p.proname = format('as_%s', role_oid)
                AND p.pronamespace = 'pg_dsqltui_act'::regnamespace) THEN
    RETURN;
  END IF;
  EXECUTE format($f$CREATE FUNCTION pg_dsqltui_act.as_%1$s(word text, commands json, argument json) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET check_function_bodies = off AS $$
DECLARE
  command text;
  answer text;
BEGIN
  PERFORM pg_dsqltui_act.check_word(word, '%1$s');
  FOR command IN SELECT json_array_elements_text(commands) LOOP
    IF command LIKE 'SELECT %%' THEN
      EXECUTE command INTO answer USING argument;
    ELSIF strpos(command, '$1') > 0 THEN
      EXECUTE command USING argument;
    ELSE
      EXECUTE command;
    END IF;
  END LOOP;
  RETURN answer;
END
$$$f$, role_oid);
  -- without an entry in pg_shdepend: it must not stand in the way of DROP ROLE, nor be dropped by DROP OWNED
  UPDATE pg_catalog.pg_proc SET proowner = role_oid
   WHERE proname = format('as_%s', role_oid) AND pronamespace = 'pg_dsqltui_act'::regnamespace;
END
$body$;
-- CREATE INDEX ASYNC: the new index is invalid from the first moment, and there is a job for it. With duplicates the
-- index is not maintained either, so that it does not refuse new rows.
CREATE OR REPLACE FUNCTION pg_dsqltui_act.submit_index(word text, job text, after oid, failure text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  PERFORM pg_dsqltui_act.check_word(word, 'jobs');
  PERFORM pg_dsqltui.forget_old_jobs();
  UPDATE pg_catalog.pg_index i SET indisvalid = false, indisready = indisready AND failure IS NULL,
         indisunique = indisunique OR failure IS NOT NULL WHERE i.indexrelid > greatest(after, 16383);
  INSERT INTO pg_dsqltui.jobs (job_id, status, job_type, class_id, object_id, object_name, failure, command)
  SELECT job, 'submitted', 'INDEX_BUILD', 1259, c.oid,
         CASE WHEN c.oid IS NOT NULL THEN n.nspname || '.' || c.relname END, failure,
         'UPDATE pg_catalog.pg_index SET indisvalid = true WHERE indexrelid = ' || c.oid
    FROM (SELECT 1) AS always
    LEFT JOIN pg_catalog.pg_index i ON i.indexrelid > greatest(after, 16383)
    LEFT JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid
    LEFT JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace;
END
$$;

-- Finished jobs are forgotten when another is submitted. Source: AWS User Guide, asynchronous DDL, read 2026-09.
CREATE OR REPLACE FUNCTION pg_dsqltui.forget_old_jobs() RETURNS void LANGUAGE sql
SET search_path = pg_catalog, pg_temp AS $$
  DELETE FROM pg_dsqltui.jobs WHERE status IN ('completed', 'failed')
     AND update_time < clock_timestamp() - interval '30 minutes'
$$;

-- ALTER TABLE ASYNC ... VALIDATE CONSTRAINT. The job runs in a session of the table's owner.
CREATE OR REPLACE FUNCTION pg_dsqltui_act.submit_validation(word text, job text, of_table oid, constraint_name text)
RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  PERFORM pg_dsqltui_act.check_word(word, 'jobs');
  PERFORM pg_dsqltui.forget_old_jobs();
  INSERT INTO pg_dsqltui.jobs (job_id, status, job_type, class_id, object_id, object_name, command)
  SELECT job, 'submitted', 'VALIDATE_CONSTRAINT', 1259, c.oid, n.nspname || '.' || c.relname,
         format('ALTER TABLE %I.%I VALIDATE CONSTRAINT %I', n.nspname, c.relname, constraint_name)
    FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = of_table;
END
$$;
ALTER FUNCTION pg_dsqltui_act.submit_validation(text, text, oid, text) OWNER TO dsqltui_keeper;
ALTER FUNCTION pg_dsqltui.forget_old_jobs() OWNER TO dsqltui_keeper;

-- AWS IAM GRANT and REVOKE.
CREATE OR REPLACE FUNCTION pg_dsqltui_act.map_principal(word text, is_grant boolean, role_oid oid, principal text,
                                                        grantor oid) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  PERFORM pg_dsqltui_act.check_word(word, 'iam');
  IF is_grant THEN
    -- no sequence: it would change what the client's lastval() tells
    INSERT INTO pg_dsqltui.iam_mappings
    SELECT coalesce(max(m.iam_oid::int8), 26397) + 1, principal, role_oid, grantor FROM pg_dsqltui.iam_mappings m
    ON CONFLICT DO NOTHING;
  ELSE
    DELETE FROM pg_dsqltui.iam_mappings m WHERE m.pg_role_oid = role_oid AND m.arn = principal;
  END IF;
END
$$;
ALTER FUNCTION pg_dsqltui_act.map_principal(text, boolean, oid, text, oid) OWNER TO dsqltui_keeper;

-- The number that rows carry which the transaction changes or locks now.
CREATE OR REPLACE FUNCTION pg_dsqltui_act.subtransaction(word text) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  number text;
BEGIN
  PERFORM pg_dsqltui_act.check_word(word, 'subtransaction');
  INSERT INTO pg_dsqltui.scratch DEFAULT VALUES RETURNING xmin::text INTO number;
  DELETE FROM pg_dsqltui.scratch;
  RETURN number;
END
$$;
ALTER FUNCTION pg_dsqltui_act.subtransaction(text) OWNER TO dsqltui_keeper;

-- A transaction's private copy of a table tells what is done to it as the table does.
CREATE OR REPLACE FUNCTION pg_dsqltui_act.capture_copy(word text, of_table oid, copy oid) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  PERFORM pg_dsqltui_act.check_word(word, 'copies');
  PERFORM pg_dsqltui.attach_triggers(copy, format('capture_%s', of_table));
END
$$;

-- What views and functions that clients see call in their name.
GRANT USAGE ON SCHEMA pg_dsqltui TO PUBLIC;
REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA pg_dsqltui FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pg_dsqltui.is_hidden_schema(text),
  pg_dsqltui.index_definition(oid), pg_dsqltui.index_definition(oid, integer, boolean),
  pg_dsqltui.dsql_definition(oid, text), pg_dsqltui.shown_definition(oid, integer, boolean) TO PUBLIC;
