-- What is dropped is cleared away by jobs of the type DROP. That the type exists is documented; which statements submit
-- one, and one for each table and each index dropped by its name, is inferred.

CREATE OR REPLACE FUNCTION pg_dsqltui.submit_drops() RETURNS event_trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  INSERT INTO pg_dsqltui.jobs (job_id, status, job_type, class_id, object_id, object_name)
  SELECT pg_dsqltui.new_job_id(), 'submitted', 'DROP', dropped.classid, dropped.objid, dropped.object_identity
    FROM pg_event_trigger_dropped_objects() AS dropped
   WHERE NOT dropped.is_temporary AND NOT pg_dsqltui.is_hidden_schema(dropped.schema_name)
     AND (dropped.object_type = 'table' OR dropped.object_type = 'index' AND dropped.original);
END
$$;
DROP EVENT TRIGGER IF EXISTS dsqltui_drops;
CREATE EVENT TRIGGER dsqltui_drops ON sql_drop WHEN TAG IN ('DROP TABLE', 'DROP INDEX', 'DROP SCHEMA', 'DROP OWNED')
EXECUTE FUNCTION pg_dsqltui.submit_drops();
