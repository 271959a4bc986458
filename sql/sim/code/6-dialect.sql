-- What a client sees of catalogs where Aurora DSQL differs from PostgreSQL: its access method, the primary key that holds
-- the whole table, compression, settings; and what belongs to the simulator's own roles is shown as admin's, so that the
-- catalogs agree with each other. Made anew with pg_dsqltui_shown (2-shown.sql); catalog_use.py knows the same names.

CREATE OR REPLACE FUNCTION pg_dsqltui.view_definition(oid) RETURNS text LANGUAGE internal STABLE STRICT
AS 'pg_get_viewdef';
CREATE OR REPLACE VIEW pg_dsqltui.admin_role AS
SELECT a.oid FROM pg_catalog.pg_authid a WHERE a.rolname = 'admin';

-- Columns of catalogs with another value than PostgreSQL's; x is the row.
DO $$
DECLARE
  changed record;
  source text;
  columns text;
BEGIN
  FOR changed IN
    WITH values_of (catalog, attribute, expression) AS (
      SELECT c.relname::text, a.attname::text,
             format('CASE WHEN x.%1$I IN (SELECT oid FROM pg_dsqltui.hidden_roles) '
                    'THEN (SELECT oid FROM pg_dsqltui.admin_role) ELSE x.%1$I END', a.attname)
        FROM pg_catalog.pg_class c JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid
       WHERE c.relnamespace = 'pg_catalog'::regnamespace AND c.relkind = 'r' AND a.attnum > 0
         AND (a.attname ~ 'owner$' OR a.attname = 'datdba') AND a.atttypid = 'oid'::regtype
         AND has_table_privilege('admin', c.oid, 'SELECT') AND c.relname <> 'pg_largeobject_metadata'
       UNION ALL VALUES
         ('pg_am', 'oid', 'CASE x.oid WHEN 403 THEN 10003::oid ELSE x.oid END'),
         ('pg_am', 'amname', 'CASE x.oid WHEN 403 THEN ''btree_index''::name ELSE x.amname END'),
         ('pg_class', 'relam', 'CASE x.relam WHEN 403 THEN 10003::oid ELSE x.relam END'),
         ('pg_opclass', 'opcmethod', 'CASE x.opcmethod WHEN 403 THEN 10003::oid ELSE x.opcmethod END'),
         ('pg_opfamily', 'opfmethod', 'CASE x.opfmethod WHEN 403 THEN 10003::oid ELSE x.opfmethod END'),
         ('pg_attribute', 'attcompression', 'CASE WHEN x.attlen = -1 AND x.attstorage IN (''x'', ''m'') '
            'AND x.attrelid >= 16384 THEN ''l''::"char" ELSE x.attcompression END'),
         ('pg_index', 'indnatts', 'CASE WHEN x.indisprimary AND x.indrelid >= 16384 '
            'THEN cardinality(pg_dsqltui_shown.key_columns(x.indrelid, x.indkey))::int2 ELSE x.indnatts END'),
         ('pg_index', 'indkey', 'CASE WHEN x.indisprimary AND x.indrelid >= 16384 '
            'THEN array_to_string(pg_dsqltui_shown.key_columns(x.indrelid, x.indkey), '' '')::int2vector '
            'ELSE x.indkey END'))
    SELECT catalog, array_agg(attribute) AS attributes, array_agg(expression) AS expressions
      FROM values_of GROUP BY catalog ORDER BY catalog = 'pg_index'
  LOOP
    IF changed.catalog = 'pg_index' THEN
      -- A primary key's columns and then all others: the key is the table.
      CREATE OR REPLACE FUNCTION pg_dsqltui_shown.key_columns(of_table oid, key int2vector) RETURNS int2[]
      LANGUAGE sql STABLE AS $function$
        SELECT key::int2[] || coalesce((
          SELECT array_agg(a.attnum ORDER BY a.attnum) FROM pg_catalog.pg_attribute a
           WHERE a.attrelid = of_table AND a.attnum > 0 AND NOT a.attisdropped AND a.attnum <> ALL (key::int2[])), '{}')
      $function$;
    END IF;
    source := coalesce('(' || rtrim(pg_dsqltui.view_definition(to_regclass('pg_dsqltui_shown.' || changed.catalog)), ';') || ')',
                       'pg_catalog.' || quote_ident(changed.catalog));
    SELECT string_agg(coalesce(changed.expressions[array_position(changed.attributes, a.attname::text)] || ' AS ', 'x.')
                      || quote_ident(a.attname), ', ' ORDER BY a.attnum)
      INTO columns FROM pg_catalog.pg_attribute a
     WHERE a.attrelid = ('pg_catalog.' || quote_ident(changed.catalog))::regclass AND a.attnum > 0 AND NOT a.attisdropped;
    EXECUTE format('CREATE OR REPLACE VIEW pg_dsqltui_shown.%I AS SELECT %s FROM %s x',
                   changed.catalog, columns, source);
  END LOOP;
END
$$;

-- There are no extensions, and no view of other sessions and their locks.
DO $$
DECLARE
  name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['pg_available_extensions', 'pg_available_extension_versions', 'pg_stat_activity', 'pg_locks',
                              'pg_stat_ssl', 'pg_stat_gssapi'] LOOP
    EXECUTE format('CREATE OR REPLACE VIEW pg_dsqltui_shown.%I AS SELECT * FROM pg_catalog.%I WHERE false', name, name);
  END LOOP;
END
$$;
CREATE OR REPLACE VIEW pg_dsqltui_shown.pg_extension AS SELECT * FROM pg_catalog.pg_extension WHERE false;

-- Settings: Aurora DSQL's values under PostgreSQL's names, and nothing of this machine.
-- Not in SQL: EXPLAIN would show what they look for.
CREATE OR REPLACE FUNCTION pg_dsqltui_shown.told_setting(name text) RETURNS text LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  RETURN coalesce(pg_catalog.current_setting('dsqltui.' || name, true),
                  CASE WHEN name IN ('cluster_name', 'listen_addresses') THEN '' END);
END
$$;
CREATE OR REPLACE FUNCTION pg_dsqltui_shown.is_shown_setting(name text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  -- pg_dump sets restrict_nonsystem_relation_kind where there is one, and could not read what is shown of catalogs then
  RETURN name NOT LIKE 'dsqltui.%' AND name NOT LIKE 'log\_%' AND name !~ '(directory|directories|_file)$'
         AND name <> 'restrict_nonsystem_relation_kind';
END
$$;
CREATE OR REPLACE VIEW pg_dsqltui_shown.pg_settings AS
SELECT s.name, coalesce(told.setting, s.setting) AS setting, s.unit, s.category, s.short_desc, s.extra_desc, s.context,
       s.vartype, CASE WHEN own.is_own THEN s.source ELSE 'default' END AS source, s.min_val, s.max_val, s.enumvals,
       CASE WHEN own.is_own THEN s.boot_val ELSE coalesce(told.setting, s.setting) END AS boot_val,
       coalesce(told.setting, s.reset_val) AS reset_val,
       NULL::text AS sourcefile, NULL::integer AS sourceline, s.pending_restart
  FROM pg_catalog.pg_settings s
  LEFT JOIN LATERAL (SELECT pg_dsqltui_shown.told_setting(s.name)) AS told (setting) ON true
 CROSS JOIN LATERAL (SELECT told.setting IS NULL AND s.source IN ('session', 'client')) AS own (is_own)
 WHERE pg_dsqltui_shown.is_shown_setting(s.name);

-- PostgreSQL's functions with other answers: one expression each, which the planner inlines (1-sys.sql).
CREATE OR REPLACE FUNCTION pg_dsqltui_shown.role_name(oid) RETURNS name LANGUAGE internal STABLE STRICT
AS 'pg_get_userbyid';
CREATE OR REPLACE FUNCTION pg_dsqltui_shown.shown_role_name(oid) RETURNS name LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  name name := pg_dsqltui_shown.role_name($1);
BEGIN
  RETURN CASE WHEN name = 'postgres' OR name LIKE 'dsqltui%' THEN 'admin' ELSE name END;
END
$$;
CREATE OR REPLACE FUNCTION pg_catalog.pg_get_userbyid(oid) RETURNS name LANGUAGE sql STABLE
AS $$ SELECT pg_dsqltui_shown.shown_role_name($1) $$;

CREATE OR REPLACE FUNCTION pg_dsqltui_shown.constraint_definition(oid, boolean) RETURNS text
LANGUAGE internal STABLE STRICT AS 'pg_get_constraintdef_ext';
CREATE OR REPLACE FUNCTION pg_dsqltui_shown.shown_constraint(oid, boolean) RETURNS text LANGUAGE sql STABLE AS $$
  SELECT pg_dsqltui_shown.constraint_definition($1, $2) || coalesce((
    SELECT ' INCLUDE (' || string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum) || ')'
      FROM pg_catalog.pg_constraint k JOIN pg_catalog.pg_attribute a ON a.attrelid = k.conrelid
     WHERE k.oid = $1 AND k.contype = 'p' AND a.attnum > 0 AND NOT a.attisdropped AND a.attnum <> ALL (k.conkey)), '')
$$;
CREATE OR REPLACE FUNCTION pg_catalog.pg_get_constraintdef(oid) RETURNS text LANGUAGE sql STABLE
AS $$ SELECT pg_dsqltui_shown.shown_constraint($1, false) $$;
CREATE OR REPLACE FUNCTION pg_catalog.pg_get_constraintdef(oid, boolean) RETURNS text LANGUAGE sql STABLE
AS $$ SELECT pg_dsqltui_shown.shown_constraint($1, $2) $$;

GRANT SELECT ON ALL TABLES IN SCHEMA pg_dsqltui_shown TO PUBLIC;
