-- PostgreSQL is disarmed: what a role that owns nothing could still do to others, or to the machine. Run at every start
-- at which something of it is not so, a data directory copied from a template included.

DO $$
DECLARE
  armed record;
BEGIN
  FOR armed IN
    SELECT p.oid::regprocedure AS function FROM pg_catalog.pg_proc p
     WHERE p.pronamespace = 'pg_catalog'::regnamespace AND p.prokind <> 'p' AND (
           p.proname ~ '^(lo_|loread$|lowrite$|pg_(try_)?advisory_|pg_control_|pg_stat_reset|pg_get_wal|pg_ls_|pg_read_)'
        OR p.proname ~ '^(query|cursor|table|schema|database)_to_xml'
        OR p.proname IN ('pg_terminate_backend', 'pg_cancel_backend', 'pg_notify', 'pg_export_snapshot',
             'pg_logical_emit_message', 'pg_log_backend_memory_contexts', 'pg_current_logfile', 'pg_listening_channels',
             'pg_lock_status', 'pg_blocking_pids', 'pg_safe_snapshot_blocking_pids', 'pg_config', 'pg_postmaster_start_time',
             'pg_conf_load_time', 'ts_stat', 'pg_isolation_test_session_is_blocked', 'pg_get_backend_memory_contexts'))
       AND EXISTS (SELECT FROM aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a
                    WHERE a.grantee = 0 AND a.privilege_type = 'EXECUTE')
  LOOP
    EXECUTE format('REVOKE EXECUTE ON FUNCTION %s FROM PUBLIC', armed.function);
  END LOOP;
  -- no language in which a client could write more than SQL: DO and CREATE FUNCTION need this right
  FOR armed IN SELECT quote_ident(l.lanname) AS language FROM pg_catalog.pg_language l
                WHERE l.lanpltrusted AND l.lanname <> 'sql' LOOP
    EXECUTE format('REVOKE USAGE ON LANGUAGE %s FROM PUBLIC', armed.language);
  END LOOP;
END
$$;

-- What is not for clients at all, however it is written: extensions and languages bring code with them, names of the
-- simulator's are not theirs.
CREATE OR REPLACE FUNCTION pg_dsqltui.guard_start() RETURNS event_trigger LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF current_user <> 'postgres' THEN
    RAISE EXCEPTION 'unsupported statement: %', tg_tag USING ERRCODE = '0A000';
  END IF;
END
$$;
DROP EVENT TRIGGER IF EXISTS dsqltui_guard_start;
CREATE EVENT TRIGGER dsqltui_guard_start ON ddl_command_start
WHEN TAG IN ('CREATE EXTENSION', 'ALTER EXTENSION', 'DROP EXTENSION', 'CREATE LANGUAGE', 'ALTER LANGUAGE',
             'CREATE TRIGGER', 'ALTER TRIGGER', 'DROP TRIGGER', 'CREATE RULE', 'ALTER RULE', 'CREATE POLICY',
             'ALTER POLICY', 'CREATE PUBLICATION', 'ALTER PUBLICATION', 'CREATE SERVER', 'CREATE FOREIGN TABLE',
             'IMPORT FOREIGN SCHEMA', 'CREATE CAST', 'CREATE TRANSFORM', 'CREATE CONVERSION', 'CREATE ACCESS METHOD')
EXECUTE FUNCTION pg_dsqltui.guard_start();

CREATE OR REPLACE FUNCTION pg_dsqltui.guard_end() RETURNS event_trigger LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  done record;
BEGIN
  IF current_user = 'postgres' THEN
    RETURN;
  END IF;
  FOR done IN SELECT * FROM pg_event_trigger_ddl_commands() LOOP
    IF done.schema_name ~ '^(pg_dsqltui|sys$)' OR done.object_identity ~ '(^|[."])(pg_dsqltui|dsqltui:)' THEN
      RAISE EXCEPTION 'permission denied for %', done.object_identity USING ERRCODE = '42501';
    END IF;
  END LOOP;
END
$$;
DROP EVENT TRIGGER IF EXISTS dsqltui_guard_end;
CREATE EVENT TRIGGER dsqltui_guard_end ON ddl_command_end EXECUTE FUNCTION pg_dsqltui.guard_end();

CREATE OR REPLACE FUNCTION pg_dsqltui.guard_drop() RETURNS event_trigger LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  gone record;
BEGIN
  IF current_user = 'postgres' THEN
    RETURN;
  END IF;
  FOR gone IN SELECT * FROM pg_event_trigger_dropped_objects() WHERE original LOOP
    IF gone.schema_name ~ '^(pg_dsqltui|sys$)' THEN
      RAISE EXCEPTION 'must be owner of %', gone.object_identity USING ERRCODE = '42501';
    END IF;
  END LOOP;
END
$$;
DROP EVENT TRIGGER IF EXISTS dsqltui_guard_drop;
CREATE EVENT TRIGGER dsqltui_guard_drop ON sql_drop EXECUTE FUNCTION pg_dsqltui.guard_drop();
