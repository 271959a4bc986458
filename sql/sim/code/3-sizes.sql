-- Sizes of values, rows and keys at run time, as CHECK constraints that clients do not see: 2-shown.sql hides them, and
-- the simulator puts Aurora DSQL's words for their violation (sizes.py reads their names). An event trigger keeps them
-- in step with the columns. The bytes are counted before compression; those of jsonb as PostgreSQL stores it.

CREATE OR REPLACE FUNCTION pg_dsqltui.base_type(oid) RETURNS oid LANGUAGE sql STABLE AS $$
  WITH RECURSIVE bases AS (
    SELECT t.oid, t.typbasetype FROM pg_catalog.pg_type t WHERE t.oid = $1
    UNION ALL
    SELECT t.oid, t.typbasetype FROM bases b JOIN pg_catalog.pg_type t ON t.oid = b.typbasetype)
  SELECT oid FROM bases WHERE typbasetype = 0
$$;

-- A table's columns that can hold much: how to measure one, and the limit. Lengths of varchar are characters.
CREATE OR REPLACE FUNCTION pg_dsqltui.large_columns(of_table oid)
RETURNS TABLE (number int2, type text, size text, byte_limit int) LANGUAGE sql STABLE AS $$
  SELECT a.attnum, CASE b.type WHEN 'character varying' THEN 'varchar' ELSE b.type END,
         format(CASE b.type WHEN 'jsonb' THEN 'pg_column_size(%I)' WHEN 'json' THEN 'octet_length(%I::text)'
                            ELSE 'octet_length(%I)' END, a.attname),
         CASE b.type WHEN 'character varying' THEN 65535 ELSE 1048576 END
    FROM pg_catalog.pg_attribute a,
         LATERAL (SELECT format_type(pg_dsqltui.base_type(a.atttypid), NULL) AS type) b
   WHERE a.attrelid = of_table AND a.attnum > 0 AND NOT a.attisdropped
     AND (b.type IN ('text', 'bytea', 'json', 'jsonb')
          OR b.type = 'character varying' AND (a.atttypmod < 0 OR 4 * (a.atttypmod - 4) > 65535))
$$;

CREATE OR REPLACE FUNCTION pg_dsqltui.size_limits(of_table oid)
RETURNS TABLE (name text, condition text) LANGUAGE sql STABLE AS $$
  SELECT format('dsqltui:value:%s:%s', type, number), format('%s <= %s', size, byte_limit)
    FROM pg_dsqltui.large_columns(of_table)
  UNION ALL
  SELECT 'dsqltui:row:' || md5(string_agg(number::text, ',')),
         string_agg(format('coalesce(%s, 0)', size), ' + ') || ' <= 2097152'
    FROM pg_dsqltui.large_columns(of_table) HAVING sum(byte_limit) >= 2097152
  UNION ALL
  SELECT 'dsqltui:key:' || md5(string_agg(a.attnum::text, ',')),
         string_agg(format('coalesce(octet_length(%I), 0)', a.attname), ' + ') || ' <= 1981'
    FROM pg_catalog.pg_constraint k JOIN pg_catalog.pg_attribute a ON a.attrelid = of_table AND a.attnum = ANY (k.conkey)
   WHERE k.conrelid = of_table AND k.contype IN ('p', 'u')
     AND pg_dsqltui.base_type(a.atttypid) IN ('text'::regtype, 'varchar'::regtype, 'bpchar'::regtype)
   GROUP BY k.oid HAVING sum(CASE WHEN a.atttypmod < 0 THEN 1982 ELSE 4 * (a.atttypmod - 4) END) > 1981
$$;

CREATE OR REPLACE FUNCTION pg_dsqltui.limit_sizes_of(of_table oid) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  changes text;
BEGIN
  SELECT string_agg(change, ', ') INTO changes FROM (
    SELECT format('DROP CONSTRAINT %I', k.conname) AS change FROM pg_catalog.pg_constraint k
     WHERE k.conrelid = of_table AND k.contype = 'c' AND k.conname LIKE 'dsqltui:%'
       AND k.conname NOT IN (SELECT l.name FROM pg_dsqltui.size_limits(of_table) l)
    UNION ALL
    SELECT DISTINCT format('ADD CONSTRAINT %I CHECK (%s) NOT VALID', l.name, l.condition)
      FROM pg_dsqltui.size_limits(of_table) l
     WHERE l.name NOT IN (SELECT k.conname FROM pg_catalog.pg_constraint k WHERE k.conrelid = of_table)) AS changes;
  IF changes IS NOT NULL THEN
    EXECUTE format('ALTER TABLE %s %s', of_table::regclass, changes);
  END IF;
END
$$;

CREATE OR REPLACE FUNCTION pg_dsqltui.limit_sizes() RETURNS event_trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  of_table oid;
BEGIN
  FOR of_table IN
    SELECT DISTINCT c.oid FROM pg_event_trigger_ddl_commands() AS done JOIN pg_catalog.pg_class c ON c.oid = done.objid
     WHERE done.classid = 'pg_class'::regclass AND c.relkind = 'r' AND c.relpersistence = 'p'
       AND c.relnamespace <> 'pg_dsqltui'::regnamespace
  LOOP
    PERFORM pg_dsqltui.limit_sizes_of(of_table);
  END LOOP;
END
$$;
DROP EVENT TRIGGER IF EXISTS dsqltui_sizes;
CREATE EVENT TRIGGER dsqltui_sizes ON ddl_command_end WHEN TAG IN ('CREATE TABLE', 'ALTER TABLE', 'CREATE SCHEMA')
EXECUTE FUNCTION pg_dsqltui.limit_sizes();

-- Tables that were there before.
SELECT pg_dsqltui.limit_sizes_of(c.oid) FROM pg_catalog.pg_class c
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
 WHERE c.oid >= 16384 AND c.relkind = 'r' AND c.relpersistence = 'p' AND NOT pg_dsqltui.is_hidden_schema(n.nspname)
   AND n.nspname <> 'sys';
