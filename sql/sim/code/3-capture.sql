-- What a transaction changes, told to the simulator by the rows themselves: every table has three statement triggers
-- with transition tables. A trigger sends a NOTICE (SQLSTATE DSQLK) with the keys and images of the rows; the simulator
-- keeps it (changes.py) and the client never sees it. So COMMIT knows what to compare without reading a table, whatever
-- statement, function or foreign key's action did it. The triggers are marked internal: not shown by \d, and their
-- table's owner can neither disable nor drop them. They run with the rights of whoever changes the table.
--
-- The same triggers hold the limits of values, rows and keys (sizes.py has Aurora DSQL's words for them). The bytes are
-- counted before compression; those of jsonb as PostgreSQL stores it.

CREATE OR REPLACE FUNCTION pg_dsqltui.base_type(oid) RETURNS oid LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp AS $$
  WITH RECURSIVE bases AS (
    SELECT t.oid, t.typbasetype FROM pg_catalog.pg_type t WHERE t.oid = $1
    UNION ALL
    SELECT t.oid, t.typbasetype FROM bases b JOIN pg_catalog.pg_type t ON t.oid = b.typbasetype)
  SELECT oid FROM bases WHERE typbasetype = 0
$$;

-- A table's columns that can hold much: how to measure one of the row `of_row`, and the limit. Lengths of varchar are
-- characters.
DROP FUNCTION IF EXISTS pg_dsqltui.large_columns(oid);
CREATE OR REPLACE FUNCTION pg_dsqltui.large_columns(of_table oid, of_row text)
RETURNS TABLE (number int2, type text, size text, byte_limit int) LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp AS $$
  SELECT a.attnum, CASE b.type WHEN 'character varying' THEN 'varchar' ELSE b.type END,
         format(CASE b.type WHEN 'jsonb' THEN 'pg_column_size(%s.%I)' WHEN 'json' THEN 'octet_length(%s.%I::text)'
                            ELSE 'octet_length(%s.%I)' END, of_row, a.attname),
         CASE b.type WHEN 'character varying' THEN 65535 ELSE 1048576 END
    FROM pg_catalog.pg_attribute a,
         LATERAL (SELECT format_type(pg_dsqltui.base_type(a.atttypid), NULL) AS type) b
   WHERE a.attrelid = of_table AND a.attnum > 0 AND NOT a.attisdropped
     AND (b.type IN ('text', 'bytea', 'json', 'jsonb')
          OR b.type = 'character varying' AND (a.atttypmod < 0 OR 4 * (a.atttypmod - 4) > 65535))
$$;

-- An expression for what of a row is too large, NULL when nothing is. NULL when nothing can be.
CREATE OR REPLACE FUNCTION pg_dsqltui.size_check(of_table oid, of_row text) RETURNS text LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp AS $$
  SELECT 'CASE ' || string_agg(format('WHEN %s THEN %L', condition, name), ' ' ORDER BY place, name) || ' END'
    FROM (
      SELECT 1 AS place, format('value:%s:%s', type, number) AS name, format('%s > %s', size, byte_limit) AS condition
        FROM pg_dsqltui.large_columns(of_table, of_row)
      UNION ALL
      SELECT 2, 'row', string_agg(format('coalesce(%s, 0)', size), ' + ') || ' > 2097152'
        FROM pg_dsqltui.large_columns(of_table, of_row) HAVING sum(byte_limit) >= 2097152
      UNION ALL
      -- the key of a secondary index carries the primary key, and each column more takes about 7 bytes
      SELECT 3, 'key:' || a.indexrelid, string_agg(format('coalesce(octet_length(%s.%I), 0)', of_row, a.attname), ' + ')
               FILTER (WHERE a.is_text) || format(' > %s', 1981 - 7 * (count(*) - 1))
        FROM (SELECT DISTINCT i.indexrelid, a.attname, a.atttypmod,
                     pg_dsqltui.base_type(a.atttypid) IN ('text'::regtype, 'varchar'::regtype, 'bpchar'::regtype) AS is_text
                FROM pg_catalog.pg_index i
                JOIN pg_catalog.pg_attribute a ON a.attrelid = of_table
                 AND (a.attnum = ANY ((i.indkey::int2[])[0 : i.indnkeyatts - 1])
                      OR EXISTS (SELECT FROM pg_catalog.pg_index p WHERE p.indrelid = of_table AND p.indisprimary
                                    AND a.attnum = ANY (p.indkey::int2[])))
               WHERE i.indrelid = of_table) a
       GROUP BY a.indexrelid
      HAVING sum(CASE WHEN a.atttypmod < 0 THEN 1982 ELSE 4 * (a.atttypmod - 4) END) FILTER (WHERE a.is_text)
             > 1981 - 7 * (count(*) - 1)
    ) AS limits
$$;

-- An expression for a key of the row: equal for equal values whatever their form (1.0, 1.00) and the session's settings.
CREATE OR REPLACE FUNCTION pg_dsqltui.hash_of(of_table oid, of_row text, columns int2[]) RETURNS text LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp AS $$
  SELECT format('hash_record_extended(ROW(%s), 0)', string_agg(format('%s.%I', of_row, a.attname), ', ' ORDER BY c.place))
    FROM unnest(columns) WITH ORDINALITY c(number, place)
    JOIN pg_catalog.pg_attribute a ON a.attrelid = of_table AND a.attnum = c.number
$$;

-- The keys of a table's rows that two transactions can contend for: of its primary key (`space` is the table), of its
-- unique indexes (`space` is the index), and, `is_shared`, of the rows it refers to.
CREATE OR REPLACE FUNCTION pg_dsqltui.key_spaces(of_table oid, of_row text)
RETURNS TABLE (space oid, is_shared boolean, hash text) LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp AS $$
  SELECT CASE WHEN i.indisprimary THEN i.indrelid ELSE i.indexrelid END, false,
         CASE WHEN conditions.list IS NULL THEN keys.hash ELSE format('CASE WHEN %s THEN %s END', conditions.list, keys.hash) END
    FROM pg_catalog.pg_index i,
         LATERAL (SELECT CASE WHEN 0 = ANY (i.indkey::int2[]) THEN
                    (SELECT format('hash_record_extended(ROW(%s), 0)',
                            string_agg(pg_dsqltui.index_definition(i.indexrelid, n, false), ', ' ORDER BY n))
                       FROM generate_series(1, i.indnkeyatts) n)
                    ELSE pg_dsqltui.hash_of(of_table, of_row, (i.indkey::int2[])[0 : i.indnkeyatts - 1]) END AS hash) keys,
         LATERAL (SELECT string_agg(condition, ' AND ') AS list FROM (
                    SELECT format('%s.%I IS NOT NULL', of_row, a.attname) AS condition
                      FROM unnest((i.indkey::int2[])[0 : i.indnkeyatts - 1]) AS n(number)
                      JOIN pg_catalog.pg_attribute a ON a.attrelid = of_table AND a.attnum = n.number
                     WHERE NOT i.indisprimary AND NOT i.indnullsnotdistinct
                    UNION ALL
                    SELECT format('(%s)', pg_get_expr(i.indpred, i.indrelid)) WHERE i.indpred IS NOT NULL) c) conditions
   WHERE i.indrelid = of_table AND i.indisunique
  UNION ALL
  SELECT CASE WHEN i.indisprimary THEN k.confrelid ELSE k.conindid END, true,
         format('CASE WHEN %s THEN %s END',
                (SELECT string_agg(format('%s.%I IS NOT NULL', of_row, a.attname), ' AND ')
                   FROM unnest(k.conkey) AS c (number)
                   JOIN pg_catalog.pg_attribute a ON a.attrelid = of_table AND a.attnum = c.number),
                -- in the order of the index, not of the constraint
                pg_dsqltui.hash_of(of_table, of_row, (
                  SELECT array_agg(k.conkey[array_position(k.confkey, x.number)] ORDER BY x.place)
                    FROM unnest((i.indkey::int2[])[0 : i.indnkeyatts - 1]) WITH ORDINALITY x (number, place))))
    FROM pg_catalog.pg_constraint k JOIN pg_catalog.pg_index i ON i.indexrelid = k.conindid
   WHERE k.conrelid = of_table AND k.contype = 'f'
$$;

-- Whether a table's rows look the same in every session: no column whose text depends on a setting.
CREATE OR REPLACE FUNCTION pg_dsqltui.looks_the_same(of_table oid) RETURNS boolean LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp AS $$
  SELECT coalesce(bool_and(pg_dsqltui.base_type(a.atttypid) = ANY ('{bool,int2,int4,int8,numeric,text,varchar,bpchar,uuid,json,jsonb}'::regtype[])), true)
    FROM pg_catalog.pg_attribute a WHERE a.attrelid = of_table AND a.attnum > 0 AND NOT a.attisdropped
$$;

-- The body of a table's trigger function. The message is a JSON object: the table, the operation, the keys' spaces, and
-- the rows by column, their images and then each of their keys (thousands of small lists would cost more to read than the
-- rows cost to write); where there are very many, as only COPY can bring, their number instead.
-- One query for all of it: each one costs about as much as changing the row.
CREATE OR REPLACE FUNCTION pg_dsqltui.capture_body(of_table oid) RETURNS text LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp AS $body$
DECLARE
  r text := 'dsqltui_row';
  spaces text;
  hashes text;
  too_large text;
  rows_of text;
  keys_of text;
BEGIN
  WHILE EXISTS (SELECT FROM pg_catalog.pg_attribute a WHERE a.attrelid = of_table AND a.attname = r) LOOP
    r := r || '_';
  END LOOP;
  SELECT json_agg(json_build_array(s.space::text, s.is_shared) ORDER BY s.is_shared, s.space)::text,
         string_agg(format(', json_agg(%s)', s.hash), '' ORDER BY s.is_shared, s.space)
    INTO spaces, hashes FROM pg_dsqltui.key_spaces(of_table, r) s;
  too_large := coalesce('min(' || pg_dsqltui.size_check(of_table, r) || ')', 'NULL');
  rows_of := format('SELECT count(*), json_build_array(json_agg(%1$s::text)%2$s)', r, coalesce(hashes, ''));
  -- a COPY that is run again from its data needs no images; rows without a primary key are told apart by them alone
  keys_of := CASE WHEN EXISTS (SELECT FROM pg_catalog.pg_index i WHERE i.indrelid = of_table AND i.indisprimary)
    THEN format('SELECT count(*), json_build_array(NULL%s)', hashes) ELSE rows_of END;
  RETURN format($f$%6$s#variable_conflict use_column
DECLARE
  old_rows_told json;
  new_rows_told json;
  old_rows_count int8 := 0;
  new_rows_count int8 := 0;
  dsqltui_size text;
BEGIN
  IF TG_OP = 'UPDATE' THEN
    SELECT * INTO new_rows_count, new_rows_told, dsqltui_size, old_rows_count, old_rows_told
      FROM (%2$s, %3$s FROM (SELECT * FROM new_rows LIMIT 20001) AS %1$s) AS n,
           (%2$s FROM (SELECT * FROM old_rows LIMIT 20001) AS %1$s) AS o;
  ELSIF TG_OP = 'INSERT' AND current_setting('dsqltui.row_images', true) = 'off' THEN
    %7$s, %3$s
      INTO new_rows_count, new_rows_told, dsqltui_size FROM (SELECT * FROM new_rows LIMIT 20001) AS %1$s;
  ELSIF TG_OP = 'INSERT' THEN
    %2$s, %3$s
      INTO new_rows_count, new_rows_told, dsqltui_size FROM (SELECT * FROM new_rows LIMIT 20001) AS %1$s;
  ELSIF TG_OP = 'DELETE' THEN
    %2$s
      INTO old_rows_count, old_rows_told FROM (SELECT * FROM old_rows LIMIT 20001) AS %1$s;
  ELSE
    RAISE EXCEPTION 'unsupported statement: Truncate' USING ERRCODE = '0A000';
  END IF;
  IF new_rows_count > 20000 THEN
    SELECT to_json(count(*)), %3$s INTO new_rows_told, dsqltui_size FROM new_rows AS %1$s;
  END IF;
  IF old_rows_count > 20000 THEN
    old_rows_told := (SELECT to_json(count(*)) FROM old_rows);
  END IF;
  IF dsqltui_size IS NOT NULL THEN
    RAISE EXCEPTION 'too large' USING ERRCODE = '23514', CONSTRAINT = 'dsqltui:' || dsqltui_size;
  END IF;
  IF old_rows_count > 0 OR new_rows_count > 0 THEN
    RAISE NOTICE USING ERRCODE = 'DSQLK', MESSAGE = format('{"table": "%4$s", "spaces": %%s, "old": %%s, "new": %%s}',
      %5$L, coalesce(old_rows_told::text, 'null'), coalesce(new_rows_told::text, 'null'));
  END IF;
  RETURN NULL;
END$f$,
    r, rows_of, too_large, of_table, coalesce(spaces, '[]'),
    CASE WHEN pg_dsqltui.looks_the_same(of_table) THEN '' ELSE E'-- the session\'s settings do not count\n' END,
    keys_of);
END
$body$;

CREATE OR REPLACE FUNCTION pg_dsqltui.attach_triggers(of_table oid, name text) RETURNS void LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp AS $body$
BEGIN
  EXECUTE format('CREATE TRIGGER dsqltui_insert AFTER INSERT ON %1$s REFERENCING NEW TABLE AS new_rows '
                 'FOR EACH STATEMENT EXECUTE FUNCTION pg_dsqltui.%2$I();'
                 'CREATE TRIGGER dsqltui_update AFTER UPDATE ON %1$s REFERENCING NEW TABLE AS new_rows OLD TABLE AS old_rows '
                 'FOR EACH STATEMENT EXECUTE FUNCTION pg_dsqltui.%2$I();'
                 'CREATE TRIGGER dsqltui_delete AFTER DELETE ON %1$s REFERENCING OLD TABLE AS old_rows '
                 'FOR EACH STATEMENT EXECUTE FUNCTION pg_dsqltui.%2$I();'
                 'CREATE TRIGGER dsqltui_truncate BEFORE TRUNCATE ON %1$s '
                 'FOR EACH STATEMENT EXECUTE FUNCTION pg_dsqltui.%2$I()', of_table::regclass, name);
  UPDATE pg_catalog.pg_trigger SET tgisinternal = true WHERE tgrelid = of_table AND tgname LIKE 'dsqltui\_%';
  UPDATE pg_catalog.pg_depend d SET deptype = 'i' FROM pg_catalog.pg_trigger t
   WHERE d.classid = 'pg_trigger'::regclass AND d.objid = t.oid AND d.refclassid = 'pg_class'::regclass
     AND d.refobjid = of_table AND d.deptype = 'a' AND t.tgrelid = of_table AND t.tgname LIKE 'dsqltui\_%';
END
$body$;

CREATE OR REPLACE FUNCTION pg_dsqltui.capture(of_table oid) RETURNS void LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp AS $body$
DECLARE
  name text := format('capture_%s', of_table);
  body text := pg_dsqltui.capture_body(of_table);
BEGIN
  IF body IS NOT DISTINCT FROM (SELECT p.prosrc FROM pg_catalog.pg_proc p
      WHERE p.proname = name AND p.pronamespace = 'pg_dsqltui'::regnamespace) THEN
    RETURN;
  END IF;
  EXECUTE format('CREATE OR REPLACE FUNCTION pg_dsqltui.%I() RETURNS trigger LANGUAGE plpgsql '
                 'SET search_path = pg_catalog, pg_temp SET client_min_messages = notice %s AS %L', name,
                 CASE WHEN pg_dsqltui.looks_the_same(of_table) THEN '' ELSE
                   'SET datestyle = ''ISO, MDY'' SET intervalstyle = postgres SET timezone = ''UTC'' '
                   'SET extra_float_digits = 1 SET bytea_output = hex' END, body);
  IF EXISTS (SELECT FROM pg_catalog.pg_trigger t WHERE t.tgrelid = of_table AND t.tgname = 'dsqltui_insert') THEN
    RETURN;
  END IF;
  PERFORM pg_dsqltui.attach_triggers(of_table, name);
  -- the function goes with its table
  INSERT INTO pg_catalog.pg_depend (classid, objid, objsubid, refclassid, refobjid, refobjsubid, deptype)
  SELECT 'pg_proc'::regclass, p.oid, 0, 'pg_class'::regclass, of_table, 0, 'a' FROM pg_catalog.pg_proc p
   WHERE p.proname = name AND p.pronamespace = 'pg_dsqltui'::regnamespace;
END
$body$;

CREATE OR REPLACE FUNCTION pg_dsqltui.is_users_table(oid) RETURNS boolean LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp AS $$
  SELECT EXISTS (SELECT FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
                  WHERE c.oid = $1 AND c.oid >= 16384 AND c.relkind = 'r' AND c.relpersistence = 'p'
                    AND n.nspname NOT IN ('sys', 'information_schema') AND NOT pg_dsqltui.is_hidden_schema(n.nspname))
$$;

CREATE OR REPLACE FUNCTION pg_dsqltui.capture_changes() RETURNS event_trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  of_table oid;
BEGIN
  FOR of_table IN
    SELECT DISTINCT coalesce(i.indrelid, done.objid) FROM pg_event_trigger_ddl_commands() AS done
      LEFT JOIN pg_catalog.pg_index i ON i.indexrelid = done.objid
     WHERE done.classid = 'pg_class'::regclass AND pg_dsqltui.is_users_table(coalesce(i.indrelid, done.objid))
  LOOP
    PERFORM pg_dsqltui.capture(of_table);
  END LOOP;
END
$$;
DROP EVENT TRIGGER IF EXISTS dsqltui_sizes;
DROP EVENT TRIGGER IF EXISTS dsqltui_capture;
CREATE EVENT TRIGGER dsqltui_capture ON ddl_command_end
WHEN TAG IN ('CREATE TABLE', 'CREATE TABLE AS', 'SELECT INTO', 'ALTER TABLE', 'CREATE SCHEMA', 'CREATE INDEX')
EXECUTE FUNCTION pg_dsqltui.capture_changes();

-- An index that is dropped limits nothing any more.
CREATE OR REPLACE FUNCTION pg_dsqltui.forget_index() RETURNS event_trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  of_table oid;
BEGIN
  FOR of_table IN
    SELECT DISTINCT substr(p.proname, 9)::oid FROM pg_event_trigger_dropped_objects() AS dropped
      JOIN pg_catalog.pg_proc p ON p.pronamespace = 'pg_dsqltui'::regnamespace AND p.proname ~ '^capture_[0-9]+$'
                               AND strpos(p.prosrc, format('key:%s', dropped.objid)) > 0
     WHERE dropped.object_type = 'index'
  LOOP
    IF pg_dsqltui.is_users_table(of_table) THEN
      PERFORM pg_dsqltui.capture(of_table);
    END IF;
  END LOOP;
END
$$;
DROP EVENT TRIGGER IF EXISTS dsqltui_forget_index;
CREATE EVENT TRIGGER dsqltui_forget_index ON sql_drop WHEN TAG IN ('DROP INDEX')
EXECUTE FUNCTION pg_dsqltui.forget_index();
DROP FUNCTION IF EXISTS pg_dsqltui.limit_sizes();
DROP FUNCTION IF EXISTS pg_dsqltui.limit_sizes_of(oid);
DROP FUNCTION IF EXISTS pg_dsqltui.size_limits(oid);

-- Tables that were there before, without the constraints that held the limits once.
DO $$
DECLARE
  old record;
BEGIN
  FOR old IN SELECT k.conrelid::regclass AS of_table, k.conname FROM pg_catalog.pg_constraint k
              WHERE k.contype = 'c' AND k.conname LIKE 'dsqltui:%' LOOP
    EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', old.of_table, old.conname);
  END LOOP;
END
$$;
SELECT pg_dsqltui.capture(c.oid) FROM pg_catalog.pg_class c WHERE pg_dsqltui.is_users_table(c.oid);
