-- From the first form, which had no mark of its version.
CREATE TABLE pg_dsqltui.installed (version integer NOT NULL, code text NOT NULL);
INSERT INTO pg_dsqltui.installed VALUES (1, '');
GRANT USAGE ON SCHEMA pg_dsqltui TO PUBLIC;
DROP FUNCTION pg_dsqltui.next_identity(regclass);
