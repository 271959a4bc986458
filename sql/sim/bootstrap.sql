-- What the simulator installs once in a fresh PostgreSQL: the role admin, and what it keeps: the schemas and tables behind
-- sys, which Aurora DSQL shows, in pg_dsqltui, which only the simulator uses. Run as the superuser, in one transaction.
-- A change of this file needs a step in upgrades/, and the next number in installed.py.

CREATE ROLE admin LOGIN CREATEROLE;
ALTER DATABASE postgres OWNER TO postgres;
REVOKE ALL ON DATABASE postgres FROM PUBLIC;
-- TEMPORARY: a transaction that has lost goes on with private copies, which belong to the tables' owners.
GRANT CONNECT, TEMPORARY ON DATABASE postgres TO PUBLIC;
GRANT CREATE ON DATABASE postgres TO admin;
GRANT ALL ON SCHEMA public TO admin;

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
  -- the order; no sequence, which would change what the client's lastval() tells
  number      bigint NOT NULL DEFAULT pg_catalog.date_part('epoch', clock_timestamp()) * 1000000
);

CREATE TABLE pg_dsqltui.iam_mappings (
  iam_oid             oid NOT NULL,
  arn                 text NOT NULL,
  pg_role_oid         oid NOT NULL,
  grantor_pg_role_oid oid NOT NULL,
  PRIMARY KEY (pg_role_oid, arn)
);

-- Who owns the functions by which a client's session asks for something on the simulator's word: no login, no rights but
-- on these tables.
CREATE ROLE dsqltui_keeper NOLOGIN;
ALTER TABLE pg_dsqltui.jobs OWNER TO dsqltui_keeper;
ALTER TABLE pg_dsqltui.iam_mappings OWNER TO dsqltui_keeper;
-- Roles to which the simulator gave LOGIN for its jobs, and which cannot log in for Aurora DSQL.
CREATE TABLE pg_dsqltui.lent_logins (role_oid oid PRIMARY KEY);
-- What proves the simulator's word; another at each start.
CREATE TABLE pg_dsqltui.word (word text NOT NULL);
ALTER TABLE pg_dsqltui.word OWNER TO dsqltui_keeper;
-- Always empty: a row that is inserted shows the number of the subtransaction.
CREATE UNLOGGED TABLE pg_dsqltui.scratch ();
ALTER TABLE pg_dsqltui.scratch OWNER TO dsqltui_keeper;

-- Which dsqltui made or last upgraded this: the number of the last step in upgrades/, and what of code/ is installed.
CREATE TABLE pg_dsqltui.installed (version integer NOT NULL, code text NOT NULL);
