-- Sessions log in as their roles: nothing of a superuser is in them any more.
GRANT TEMPORARY ON DATABASE postgres TO PUBLIC;
GRANT EXECUTE ON FUNCTION pg_catalog.set_config(text, text, boolean) TO PUBLIC;
CREATE ROLE dsqltui_keeper NOLOGIN;
ALTER TABLE pg_dsqltui.jobs OWNER TO dsqltui_keeper;
ALTER TABLE pg_dsqltui.iam_mappings OWNER TO dsqltui_keeper;
ALTER SEQUENCE pg_dsqltui.iam_oids OWNER TO dsqltui_keeper;
CREATE TABLE pg_dsqltui.lent_logins (role_oid oid PRIMARY KEY);
CREATE TABLE pg_dsqltui.word (word text NOT NULL);
ALTER TABLE pg_dsqltui.word OWNER TO dsqltui_keeper;
-- Always empty: a row that is inserted shows the number of the subtransaction.
CREATE UNLOGGED TABLE pg_dsqltui.scratch ();
ALTER TABLE pg_dsqltui.scratch OWNER TO dsqltui_keeper;
DROP EVENT TRIGGER IF EXISTS dsqltui_sizes;
DROP FUNCTION IF EXISTS pg_dsqltui.look_at(text);
