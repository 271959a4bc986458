-- What a client sees of the system catalogs: neither the simulator's own schemas nor the copies that transactions work
-- on. The simulator sends queries of pg_catalog and information_schema here (catalog_use.py knows the same names).

-- Views of clients may read these: what is there is replaced, not dropped.
CREATE SCHEMA IF NOT EXISTS pg_dsqltui_shown;
GRANT USAGE ON SCHEMA pg_dsqltui_shown TO PUBLIC;

-- No client can make a schema whose name begins with pg_. EXPLAIN shows these conditions: they name nothing of ours.
CREATE OR REPLACE FUNCTION pg_dsqltui.is_hidden_schema(text) RETURNS boolean LANGUAGE sql IMMUTABLE
AS $$ SELECT $1 OPERATOR(pg_catalog.~) '^pg_' AND $1 OPERATOR(pg_catalog.!~) '^pg_(catalog|toast)$' $$;

CREATE OR REPLACE VIEW pg_dsqltui.hidden_schemas AS
SELECT oid FROM pg_catalog.pg_namespace WHERE pg_dsqltui.is_hidden_schema(nspname);
CREATE OR REPLACE VIEW pg_dsqltui.hidden_relations AS
SELECT c.oid FROM pg_catalog.pg_class c WHERE c.relnamespace IN (SELECT oid FROM pg_dsqltui.hidden_schemas);

DO $$
DECLARE
  shown record;
  conditions text;
BEGIN
  FOR shown IN
    SELECT * FROM (VALUES
      ('pg_namespace', 'oid', 'hidden_schemas'),
      ('pg_type', 'typnamespace', 'hidden_schemas'), ('pg_proc', 'pronamespace', 'hidden_schemas'),
      ('pg_attribute', 'attrelid', 'hidden_relations'),
      ('pg_index', 'indrelid', 'hidden_relations'), ('pg_attrdef', 'adrelid', 'hidden_relations'),
      ('pg_trigger', 'tgrelid', 'hidden_relations'), ('pg_sequence', 'seqrelid', 'hidden_relations')
    ) AS catalogs (name, key, hidden)
  LOOP
    EXECUTE format('CREATE OR REPLACE VIEW pg_dsqltui_shown.%I AS SELECT * FROM pg_catalog.%I '
                   'WHERE %I NOT IN (SELECT oid FROM pg_dsqltui.%I)', shown.name, shown.name, shown.key, shown.hidden);
  END LOOP;
  EXECUTE 'CREATE OR REPLACE VIEW pg_dsqltui_shown.pg_constraint AS SELECT * FROM pg_catalog.pg_constraint '
          'WHERE connamespace NOT IN (SELECT oid FROM pg_dsqltui.hidden_schemas)';
  EXECUTE 'CREATE OR REPLACE VIEW pg_dsqltui_shown.pg_database AS SELECT * FROM pg_catalog.pg_database '
          'WHERE datname IN (''postgres'', ''template0'', ''template1'')';
  EXECUTE 'CREATE OR REPLACE VIEW pg_dsqltui_shown.pg_event_trigger AS SELECT * FROM pg_catalog.pg_event_trigger '
          'WHERE false';
  EXECUTE 'CREATE OR REPLACE VIEW pg_dsqltui_shown.pg_class AS SELECT * FROM pg_catalog.pg_class '
          'WHERE relnamespace NOT IN (SELECT oid FROM pg_dsqltui.hidden_schemas)';
  FOR shown IN
    SELECT n.nspname AS schema, c.relname AS name, array_agg(a.attname) AS columns
      FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
      JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attname IN ('schemaname', 'schema_name',
             'table_schema', 'constraint_schema', 'view_schema', 'sequence_schema', 'specific_schema')
     WHERE n.nspname = 'pg_catalog' AND c.relname IN ('pg_tables', 'pg_views', 'pg_indexes', 'pg_sequences', 'pg_stats')
        OR n.nspname = 'information_schema' AND c.relname IN (
             'check_constraints', 'column_privileges', 'columns', 'constraint_column_usage', 'constraint_table_usage',
             'key_column_usage', 'referential_constraints', 'role_column_grants', 'role_table_grants', 'routines',
             'schemata', 'sequences', 'table_constraints', 'table_privileges', 'tables', 'view_column_usage',
             'view_table_usage', 'views')
     GROUP BY n.nspname, c.relname
  LOOP
    SELECT string_agg(format('pg_dsqltui.is_hidden_schema(%I::text) IS NOT TRUE', name), ' AND ')
      INTO conditions FROM unnest(shown.columns) AS name;
    EXECUTE format('CREATE OR REPLACE VIEW pg_dsqltui_shown.%I AS SELECT * FROM %I.%I WHERE %s',
                   shown.name, shown.schema, shown.name, conditions);
  END LOOP;
END
$$;

CREATE OR REPLACE FUNCTION pg_dsqltui_shown.current_schemas(boolean) RETURNS name[] LANGUAGE sql STABLE AS $$
  SELECT coalesce(array_agg(name ORDER BY place), '{}')
    FROM unnest(pg_catalog.current_schemas($1)) WITH ORDINALITY AS schemas (name, place)
   WHERE NOT pg_dsqltui.is_hidden_schema(name)
$$;
GRANT SELECT ON ALL TABLES IN SCHEMA pg_dsqltui_shown TO PUBLIC;

-- A catalog's own number (catalog_guard.py), under the name that the column has.
CREATE OR REPLACE FUNCTION pg_dsqltui_shown.tableoid(regclass) RETURNS oid LANGUAGE sql IMMUTABLE
AS $$ SELECT $1::pg_catalog.oid $$;

-- The table behind a copy, for tableoid. The simulator writes the pairs of them.
DROP FUNCTION IF EXISTS pg_dsqltui.tableoid(oid, jsonb);
CREATE OR REPLACE FUNCTION pg_dsqltui_shown.tableoid(oid, copies jsonb) RETURNS oid LANGUAGE sql IMMUTABLE
AS $$ SELECT coalesce((copies OPERATOR(pg_catalog.->>) $1::pg_catalog.text)::pg_catalog.oid, $1) $$;
DROP FUNCTION IF EXISTS pg_dsqltui.look_at(text);
