-- What the simulator installs once in a fresh PostgreSQL: the role admin, and what it keeps: the schemas and tables behind
-- sys, which Aurora DSQL shows, in pg_dsqltui, which only the simulator uses. Run as the superuser, in one transaction.
-- A change of this file needs a step in upgrades/, and the next number in installed.py.

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
GRANT USAGE ON SCHEMA sys, pg_dsqltui TO PUBLIC;

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

CREATE TABLE pg_dsqltui.iam_mappings (
  iam_oid             oid NOT NULL,
  arn                 text NOT NULL,
  pg_role_oid         oid NOT NULL,
  grantor_pg_role_oid oid NOT NULL,
  PRIMARY KEY (pg_role_oid, arn)
);
CREATE SEQUENCE pg_dsqltui.iam_oids START 26398;

-- Which dsqltui made or last upgraded this: the number of the last step in upgrades/, and what of code/ is installed.
CREATE TABLE pg_dsqltui.installed (version integer NOT NULL, code text NOT NULL);
