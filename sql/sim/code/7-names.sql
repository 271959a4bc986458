-- Names of the simulator's own, where no query of a catalog is rewritten: the system's views, which clients' views and
-- functions read too; what functions say of objects; texts of views and functions.

-- A text without names of ours: what stands in pg_dsqltui_shown is the system's, the rest passes for a part of sys.
-- Not in SQL: the planner would write it out, and EXPLAIN show what it looks for.
CREATE OR REPLACE FUNCTION pg_dsqltui_shown.nameless(text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
  RETURN pg_catalog.regexp_replace(pg_catalog.replace(pg_catalog.replace($1, 'pg_dsqltui_shown.', ''), '''dsqltui.', ''''),
                                   'pg_dsqltui(_act|_shown)?|dsqltui_(keeper|insert|update|delete|truncate)', 'sys', 'g');
END
$$;

-- One expression each, as 1-sys.sql says.
CREATE OR REPLACE FUNCTION pg_dsqltui_shown.view_text(oid) RETURNS text LANGUAGE internal STABLE STRICT
AS 'pg_get_viewdef';
CREATE OR REPLACE FUNCTION pg_dsqltui_shown.view_text(oid, boolean) RETURNS text LANGUAGE internal STABLE STRICT
AS 'pg_get_viewdef_ext';
CREATE OR REPLACE FUNCTION pg_dsqltui_shown.view_text(oid, integer) RETURNS text LANGUAGE internal STABLE STRICT
AS 'pg_get_viewdef_wrap';
CREATE OR REPLACE FUNCTION pg_dsqltui_shown.view_text(text) RETURNS text LANGUAGE internal STABLE STRICT
AS 'pg_get_viewdef_name';
CREATE OR REPLACE FUNCTION pg_dsqltui_shown.view_text(text, boolean) RETURNS text LANGUAGE internal STABLE STRICT
AS 'pg_get_viewdef_name_ext';
CREATE OR REPLACE FUNCTION pg_catalog.pg_get_viewdef(oid) RETURNS text LANGUAGE sql STABLE
AS $$ SELECT pg_dsqltui_shown.nameless(pg_dsqltui_shown.view_text($1)) $$;
CREATE OR REPLACE FUNCTION pg_catalog.pg_get_viewdef(oid, boolean) RETURNS text LANGUAGE sql STABLE
AS $$ SELECT pg_dsqltui_shown.nameless(pg_dsqltui_shown.view_text($1, $2)) $$;
CREATE OR REPLACE FUNCTION pg_catalog.pg_get_viewdef(oid, integer) RETURNS text LANGUAGE sql STABLE
AS $$ SELECT pg_dsqltui_shown.nameless(pg_dsqltui_shown.view_text($1, $2)) $$;
CREATE OR REPLACE FUNCTION pg_catalog.pg_get_viewdef(text) RETURNS text LANGUAGE sql STABLE
AS $$ SELECT pg_dsqltui_shown.nameless(pg_dsqltui_shown.view_text($1)) $$;
CREATE OR REPLACE FUNCTION pg_catalog.pg_get_viewdef(text, boolean) RETURNS text LANGUAGE sql STABLE
AS $$ SELECT pg_dsqltui_shown.nameless(pg_dsqltui_shown.view_text($1, $2)) $$;

CREATE OR REPLACE FUNCTION pg_dsqltui_shown.rule_text(oid) RETURNS text LANGUAGE internal STABLE STRICT
AS 'pg_get_ruledef';
CREATE OR REPLACE FUNCTION pg_dsqltui_shown.rule_text(oid, boolean) RETURNS text LANGUAGE internal STABLE STRICT
AS 'pg_get_ruledef_ext';
CREATE OR REPLACE FUNCTION pg_catalog.pg_get_ruledef(oid) RETURNS text LANGUAGE sql STABLE
AS $$ SELECT pg_dsqltui_shown.nameless(pg_dsqltui_shown.rule_text($1)) $$;
CREATE OR REPLACE FUNCTION pg_catalog.pg_get_ruledef(oid, boolean) RETURNS text LANGUAGE sql STABLE
AS $$ SELECT pg_dsqltui_shown.nameless(pg_dsqltui_shown.rule_text($1, $2)) $$;

CREATE OR REPLACE FUNCTION pg_dsqltui_shown.trigger_text(oid) RETURNS text LANGUAGE internal STABLE STRICT
AS 'pg_get_triggerdef';
CREATE OR REPLACE FUNCTION pg_dsqltui_shown.trigger_text(oid, boolean) RETURNS text LANGUAGE internal STABLE STRICT
AS 'pg_get_triggerdef_ext';
CREATE OR REPLACE FUNCTION pg_catalog.pg_get_triggerdef(oid) RETURNS text LANGUAGE sql STABLE
AS $$ SELECT pg_dsqltui_shown.nameless(pg_dsqltui_shown.trigger_text($1)) $$;
CREATE OR REPLACE FUNCTION pg_catalog.pg_get_triggerdef(oid, boolean) RETURNS text LANGUAGE sql STABLE
AS $$ SELECT pg_dsqltui_shown.nameless(pg_dsqltui_shown.trigger_text($1, $2)) $$;

CREATE OR REPLACE FUNCTION pg_dsqltui_shown.function_text(oid) RETURNS text LANGUAGE internal STABLE STRICT
AS 'pg_get_functiondef';
CREATE OR REPLACE FUNCTION pg_dsqltui_shown.shown_function(oid) RETURNS text LANGUAGE sql STABLE AS $$
  SELECT pg_dsqltui_shown.nameless(pg_dsqltui_shown.function_text(p.oid)) FROM pg_dsqltui_shown.pg_proc p WHERE p.oid = $1
$$;
CREATE OR REPLACE FUNCTION pg_catalog.pg_get_functiondef(oid) RETURNS text LANGUAGE sql STABLE
AS $$ SELECT pg_dsqltui_shown.shown_function($1) $$;
CREATE OR REPLACE FUNCTION pg_dsqltui_shown.function_body(oid) RETURNS text LANGUAGE internal STABLE STRICT
AS 'pg_get_function_sqlbody';
CREATE OR REPLACE FUNCTION pg_catalog.pg_get_function_sqlbody(oid) RETURNS text LANGUAGE sql STABLE
AS $$ SELECT pg_dsqltui_shown.nameless(pg_dsqltui_shown.function_body($1)) $$;

CREATE OR REPLACE FUNCTION pg_dsqltui_shown.description_of(oid, oid, integer) RETURNS text LANGUAGE internal STABLE STRICT
AS 'pg_describe_object';
CREATE OR REPLACE FUNCTION pg_catalog.pg_describe_object(oid, oid, integer) RETURNS text LANGUAGE sql STABLE
AS $$ SELECT pg_dsqltui_shown.nameless(pg_dsqltui_shown.description_of($1, $2, $3)) $$;

-- The bodies of functions, in pg_proc.
DO $$
DECLARE
  columns text;
BEGIN
  SELECT string_agg(CASE attname WHEN 'prosrc' THEN 'pg_dsqltui_shown.nameless(x.prosrc) AS prosrc'
                      ELSE 'x.' || quote_ident(attname) END, ', ' ORDER BY attnum)
    INTO columns FROM pg_catalog.pg_attribute
   WHERE attrelid = 'pg_catalog.pg_proc'::regclass AND attnum > 0 AND NOT attisdropped;
  EXECUTE format('CREATE OR REPLACE VIEW pg_dsqltui_shown.pg_proc AS SELECT %s FROM (%s) x', columns,
                 rtrim(pg_dsqltui.view_definition('pg_dsqltui_shown.pg_proc'::regclass), ';'));
END
$$;

-- What catalogs say of objects by their oids alone.
CREATE OR REPLACE VIEW pg_dsqltui.hidden_objects AS
SELECT 'pg_catalog.pg_namespace'::regclass::oid AS classid, oid AS objid FROM pg_dsqltui.hidden_schemas
UNION ALL SELECT 'pg_catalog.pg_class'::regclass, oid FROM pg_dsqltui.hidden_relations
UNION ALL SELECT 'pg_catalog.pg_proc'::regclass, p.oid FROM pg_catalog.pg_proc p
           WHERE p.pronamespace IN (SELECT oid FROM pg_dsqltui.hidden_schemas)
UNION ALL SELECT 'pg_catalog.pg_type'::regclass, t.oid FROM pg_catalog.pg_type t
           WHERE t.typnamespace IN (SELECT oid FROM pg_dsqltui.hidden_schemas)
UNION ALL SELECT 'pg_catalog.pg_constraint'::regclass, k.oid FROM pg_catalog.pg_constraint k
           WHERE k.connamespace IN (SELECT oid FROM pg_dsqltui.hidden_schemas)
UNION ALL SELECT 'pg_catalog.pg_rewrite'::regclass, r.oid FROM pg_catalog.pg_rewrite r
           WHERE r.ev_class IN (SELECT oid FROM pg_dsqltui.hidden_relations)
UNION ALL SELECT 'pg_catalog.pg_attrdef'::regclass, d.oid FROM pg_catalog.pg_attrdef d
           WHERE d.adrelid IN (SELECT oid FROM pg_dsqltui.hidden_relations)
UNION ALL SELECT 'pg_catalog.pg_trigger'::regclass, t.oid FROM pg_catalog.pg_trigger t
           WHERE t.tgisinternal AND t.tgfoid IN (SELECT p.oid FROM pg_catalog.pg_proc p
                                                  WHERE p.pronamespace IN (SELECT oid FROM pg_dsqltui.hidden_schemas))
UNION ALL SELECT 'pg_catalog.pg_event_trigger'::regclass, e.oid FROM pg_catalog.pg_event_trigger e;

CREATE OR REPLACE VIEW pg_dsqltui_shown.pg_depend AS
SELECT d.* FROM pg_catalog.pg_depend d
 WHERE (d.classid, d.objid) NOT IN (SELECT h.classid, h.objid FROM pg_dsqltui.hidden_objects h)
   AND (d.refclassid, d.refobjid) NOT IN (SELECT h.classid, h.objid FROM pg_dsqltui.hidden_objects h);
CREATE OR REPLACE VIEW pg_dsqltui_shown.pg_rewrite AS
SELECT * FROM pg_catalog.pg_rewrite WHERE ev_class NOT IN (SELECT oid FROM pg_dsqltui.hidden_relations);
CREATE OR REPLACE VIEW pg_dsqltui_shown.pg_shdescription AS
SELECT * FROM pg_catalog.pg_shdescription d
 WHERE d.classoid <> 'pg_catalog.pg_database'::regclass OR d.objoid IN (SELECT oid FROM pg_dsqltui_shown.pg_database);

-- A table has no triggers of the simulator's.
DO $$
BEGIN
  EXECUTE format('CREATE OR REPLACE VIEW pg_dsqltui_shown.pg_trigger AS SELECT x.* FROM (%s) x '
                 'WHERE x.oid NOT IN (SELECT h.objid FROM pg_dsqltui.hidden_objects h '
                 'WHERE h.classid = ''pg_catalog.pg_trigger''::regclass)',
                 rtrim(pg_dsqltui.view_definition('pg_dsqltui_shown.pg_trigger'::regclass), ';'));
END
$$;

-- The system's views, in place, so that clients' views of them show no more: those that name a schema, a database or a
-- role. One that is filtered already is left.
DO $$
DECLARE
  found record;
  old text;
  condition text;
BEGIN
  FOR found IN
    SELECT c.oid, n.nspname AS schema, c.relname AS name,
           string_agg(CASE a.attname WHEN 'routine_definition'
                        THEN 'pg_dsqltui_shown.nameless(x.routine_definition)::information_schema.character_data '
                             'AS routine_definition'
                        ELSE format('x.%I', a.attname) END, ', ' ORDER BY a.attnum) AS columns,
           string_agg(CASE WHEN a.attname ~ '(^|_)schema(name)?$'
                             THEN format('pg_dsqltui.is_hidden_schema(x.%I::text) IS NOT TRUE', a.attname)
                           WHEN a.attname = 'datname' AND c.relname ~ '^pg_stat_database'
                             THEN 'coalesce(x.datname IN (''postgres'', ''template0'', ''template1''), true)'
                           WHEN a.attname = 'grosysid'
                             THEN 'x.grosysid NOT IN (SELECT h.oid FROM pg_dsqltui.hidden_roles h)'
                      END, ' AND ' ORDER BY a.attnum) AS condition
      FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
      JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0
     WHERE n.nspname IN ('pg_catalog', 'information_schema') AND c.relkind = 'v'
     GROUP BY c.oid, n.nspname, c.relname
  LOOP
    old := pg_dsqltui.view_definition(found.oid);
    CONTINUE WHEN found.condition IS NULL OR old ~ 'pg_dsqltui';
    EXECUTE format('CREATE OR REPLACE VIEW %I.%I AS SELECT %s FROM (%s) x WHERE %s',
                   found.schema, found.name, found.columns, rtrim(old, ';'), found.condition);
  END LOOP;
END
$$;
GRANT SELECT ON ALL TABLES IN SCHEMA pg_dsqltui_shown TO PUBLIC;
DROP FUNCTION IF EXISTS pg_dsqltui.is_hidden_constraint(text);
