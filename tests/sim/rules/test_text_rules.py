"""Every rule of the first stage: its example is refused in exactly these words, its near miss is not."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsqltui.sim.pg.wire import PgError
from dsqltui.sim.rules.alter_table import parse_validate_command
from dsqltui.sim.rules.catalog import catalog_checks
from dsqltui.sim.rules.examples.table import RULES
from dsqltui.sim.rules.messages import Evidence
from dsqltui.sim.rules.parameters import stand_in
from dsqltui.sim.rules.refusals import refuse, refuse_startup_parameter
from dsqltui.sim.rules.rule import Rule, Stage
from dsqltui.sim.rules.transactions import refuse_in_transaction
from dsqltui.sim.sql.analysis import analyse
from dsqltui.sim.sql.stand_ins import SYNC_INDEX_STAND_IN

TEXT_RULES = [rule for rule in RULES if rule.stage is Stage.TEXT]


def judge(sql: str) -> PgError | None:
    """The refusal of a statement."""
    try:
        refuse(analyse(sql), sql)
    except PgError as error:
        return error
    return None


def forms(sql: str) -> list[str]:
    """The statement with other white space, comments and letters' case where that changes nothing."""
    spaced = sql.replace(" ", '\n/* it\'s; "so" */ ') if "'" not in sql and '"' not in sql else sql
    return [sql, f"  -- comment\n{sql}", spaced]


@pytest.mark.parametrize("rule", TEXT_RULES, ids=lambda rule: rule.id)
def test_the_example_is_refused_and_the_near_miss_is_not(rule: Rule) -> None:
    for sql in forms(rule.example):
        error = judge(sql)
        assert error is not None, sql
        assert (error.sqlstate, error.message) == (rule.sqlstate, rule.text)
        assert error.fields.get("D", "") == rule.message.detail
    assert judge(rule.near_miss) is None
    for sql in rule.setup:
        assert judge(sql) is None, sql


@pytest.mark.parametrize("rule", [rule for rule in RULES if rule.stage is Stage.CATALOG], ids=lambda rule: rule.id)
def test_catalog_rules_are_not_the_first_stages_business(rule: Rule) -> None:
    assert judge(rule.example) is None
    assert judge(rule.near_miss) is None


def test_ids_are_unique_and_every_message_says_where_it_is_from() -> None:
    assert [rule_id for rule_id, count in Counter(rule.id for rule in RULES).items() if count > 1] == []
    for rule in RULES:
        assert "{" not in rule.text, rule.id
        year, month = rule.seen.split("-")
        assert (year, 1 <= int(month) <= 12) == ("2026", True)
        if rule.evidence is Evidence.GUESSED:
            assert rule.seen == "2026-11"


ACCEPTED = """
CREATE TABLE t (type text, serial int, role text, "money" text, language text, cache int, partition int)
CREATE TABLE t (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), at timestamptz NOT NULL DEFAULT now())
CREATE TABLE t (a double precision, b national character varying(10), c time(3) with time zone)
CREATE TABLE t (d interval day to second(3), e timestamp without time zone)
CREATE TABLE t (a int4, b int8, c float(24), d numeric(18, 6), e bpchar(5), f dec, g date, h boolean, i real)
CREATE TABLE t (d interval(3), e interval year to month, f character(10), g nchar varying(3), h timestamp(6))
CREATE TABLE IF NOT EXISTS s.t (LIKE s.u INCLUDING ALL, CONSTRAINT u UNIQUE NULLS NOT DISTINCT (a, b) INCLUDE (c))
CREATE TABLE t (mood my_domain, other s.money)
CREATE TABLE t (a int CHECK (a IN (SELECT 1)), b text DEFAULT 'x, y serial', c int REFERENCES u ON DELETE SET NULL)
CREATE SCHEMA s CREATE TABLE t (a int) CREATE VIEW v AS SELECT a FROM t
CREATE VIEW v AS SELECT id AS "for share" FROM t
CREATE OR REPLACE VIEW v AS SELECT 'LISTEN c' FROM t
CREATE FUNCTION f(a int, b text DEFAULT 'SET x') RETURNS TABLE (set int) LANGUAGE sql STABLE AS $$ TRUNCATE t $$
CREATE FUNCTION f() RETURNS int LANGUAGE sql AS $set$ SELECT 1; SET LOCAL search_path = public $set$
CREATE FUNCTION to_tsvector(text) RETURNS int LANGUAGE sql AS 'SELECT 1'
CREATE STATISTICS s (ndistinct) ON a, b FROM t
COMMENT ON TABLE t IS 'TRUNCATE'
CREATE ROLE app WITH LOGIN
CREATE UNIQUE INDEX ASYNC i ON s.t (a NULLS LAST, (lower(b)) COLLATE "C") INCLUDE (c) WHERE a > 0 AND b LIKE 'x DESC'
ALTER TABLE t ADD COLUMN c s.my_domain, ADD d numeric(10, 2)
ALTER TABLE t ADD CONSTRAINT u UNIQUE USING INDEX i
ALTER TABLE t ALTER CONSTRAINT c DEFERRABLE INITIALLY DEFERRED
ALTER TABLE t ALTER COLUMN type SET DEFAULT 1, ALTER set DROP DEFAULT
ALTER TABLE t RENAME COLUMN type TO set
ALTER TABLE t SET SCHEMA s
ALTER TABLE ASYNC t VALIDATE CONSTRAINT c
ALTER TABLE ASYNC IF EXISTS ONLY s.t VALIDATE CONSTRAINT "C"
ALTER TABLE async ADD COLUMN c int
ALTER DEFAULT PRIVILEGES IN SCHEMA s GRANT SELECT ON TABLES TO app
ALTER ROLE app RENAME TO other
ALTER FUNCTION f(int) SET SCHEMA s
ALTER SEQUENCE s OWNED BY t.a
ALTER INDEX i RENAME TO j
ALTER STATISTICS s RENAME TO r
ALTER DOMAIN d DROP CONSTRAINT c
ALTER DOMAIN s.d SET DEFAULT 7
ALTER VIEW v RENAME COLUMN a TO type
DROP TABLE a, type CASCADE
DROP FUNCTION f(int[])
DROP ROLE app
DROP STATISTICS s
GRANT SELECT ON public.t TO app
GRANT SELECT ON ALL TABLES IN SCHEMA public TO app
GRANT USAGE, CREATE ON SCHEMA s TO app
GRANT app TO other
GRANT EXECUTE ON FUNCTION line(int) TO app
REVOKE SELECT ON t FROM app
AWS IAM GRANT app TO 'arn:aws:iam::111122223333:role/app'
BEGIN
BEGIN TRANSACTION READ WRITE, ISOLATION LEVEL REPEATABLE READ
START TRANSACTION READ ONLY
COMMIT
END TRANSACTION
ABORT
SET search_path TO a, b
SET "search_path" = 'a'
SET SESSION application_name = 'x'
SET LOCAL TIME ZONE 'UTC'
SET TIME ZONE LOCAL
SET SCHEMA 's'
SET statement_timeout TO DEFAULT
SET DATESTYLE TO iso
SET disable_sync_create_index = off
RESET statement_timeout
RESET TIME ZONE
RESET ALL
SHOW ALL
SHOW lc_collate
SHOW TIME ZONE
SET CONSTRAINTS ALL DEFERRED
DEALLOCATE PREPARE ALL
ANALYZE t
CALL sys.wait_for_job('abc')
COPY t FROM STDIN WITH (FORMAT csv)
COPY (SELECT 1) TO STDOUT
EXPLAIN ANALYZE VERBOSE UPDATE t SET a = 1
EXPLAIN (ANALYZE, VERBOSE) SELECT 1
SELECT * FROM t FOR UPDATE OF t SKIP LOCKED
SELECT * FROM t FOR KEY SHARE
SELECT 1 IS DISTINCT FROM 2 FOR SHARE
SELECT (SELECT max(id) FROM t) FOR NO KEY UPDATE
SELECT 'a' AS share, overlay('abc' PLACING 'x' FROM 1 FOR no) FROM t
SELECT $$ FOR SHARE $$, U&"for share" FROM t
SELECT name FROM box, path, "truncate" WHERE circle(id, 2) > 1
SELECT s.pg_advisory_lock(1), my.to_tsvector('english', 'x')
SELECT string_to_array('1,2', ','), '127.0.0.1'::inet, ARRAY[1, 2]
INSERT INTO box (path, line) VALUES ('a', 'b') ON CONFLICT (path) DO UPDATE SET line = excluded.line RETURNING *
INSERT INTO t SELECT * FROM u FOR UPDATE
UPDATE t SET lock = 'LISTEN', declare = 1 WHERE vacuum = 2
DELETE FROM merge USING into WHERE merge.id = into.id
WITH x AS (INSERT INTO t VALUES (1) RETURNING id), merge AS (SELECT 1) SELECT * FROM x
VALUES (1)
TABLE t
""".strip().splitlines()


@pytest.mark.parametrize("sql", ACCEPTED)
def test_what_only_looks_refused_is_accepted(sql: str) -> None:
    assert judge(sql) is None
    catalog_checks(analyse(sql), sql)


@pytest.mark.parametrize(
    ("sql", "says"),
    [
        ("SET SESSION session_authorization TO DEFAULT", 'parameter "session_authorization" not'),
        ('SET LOCAL "SESSION_AUTHORIZATION" TO DEFAULT', 'parameter "SESSION_AUTHORIZATION" not'),
        ('RESET U&"session\\005fauthorization"', "not supported"),
        ("SET LOCAL session_authorization = 'postgres'", 'parameter "session_authorization" not'),
        ('SET "Statement_Timeout" = 1', 'parameter "Statement_Timeout" not'),
        ("CREATE INDEX CONCURRENTLY i ON t USING gin (a, b, c, d, e, f, g, h, i DESC)", "CONCURRENTLY not"),
        ("CREATE INDEX i ON t USING gin (a, b, c, d, e, f, g, h, i DESC)", "USING not"),
        ("CREATE INDEX i ON t (a, b, c, d, e, f, g, h, i DESC)", "more than 8"),
        ("CREATE INDEX i ON t (a DESC)", "unsupported mode"),
        ("CREATE INDEX CONCURRENTLY s.i ON t (a)", 'syntax error at or near "."'),
        ("CREATE TABLE t (a int, b serial8, c money)", 'type "serial8"'),
        ("CREATE TABLE t (a bit varying(8)[])", "datatype bit varying[] not"),
        ("CREATE TABLE t (a time[])", "datatype time without time zone[] not"),
        ("CREATE TABLE t (a timestamptz[])", "datatype timestamp with time zone[] not"),
        ("CREATE TABLE t (a smallint GENERATED ALWAYS AS IDENTITY (CACHE 1))", "datatype smallint not"),
        ("ALTER TABLE async VALIDATE CONSTRAINT c", "VALIDATE CONSTRAINT"),
        ("ALTER TABLE t DROP COLUMN a, ADD COLUMN b int DEFAULT 1", "ADD COLUMN with constraint"),
        ("TABLE t FOR SHARE", "locking clauses"),
        ("INSERT INTO t SELECT * FROM u FOR SHARE", "locking clauses"),
        ("CREATE VIEW v AS SELECT * FROM t FOR SHARE", "locking clauses"),
        ("WITH x AS (SELECT * FROM t FOR NO KEY UPDATE) SELECT * FROM x", "locking clauses"),
        ("EXPLAIN ANALYZE CREATE TABLE c AS SELECT 1", "CreateTableAs"),
        ("EXPLAIN (SELECT * FROM t FOR SHARE)", "locking clauses"),
        ("ALTER TYPE mood RENAME VALUE 'a' TO 'b'", "ALTER TYPE not supported"),
        ("ALTER TYPE pair RENAME ATTRIBUTE a TO b", "RENAME statement"),
        ("EXPLAIN EXECUTE q", "unsupported statement: Execute"),
        ("CREATE CONSTRAINT TRIGGER g AFTER INSERT ON t FOR EACH ROW EXECUTE FUNCTION f()", "CREATE TRIGGER not"),
        ("CREATE OR REPLACE PROCEDURE p() LANGUAGE sql AS 'SELECT 1'", "PROCEDURE is not supported"),
        ("DROP PROCEDURAL LANGUAGE plpgsql", "unsupported object in DROP"),
        ("GRANT USAGE ON SCHEMA s, public TO app", "system entity"),
    ],
)
def test_further_refusals(sql: str, says: str) -> None:
    error = judge(sql)
    assert error is not None
    assert says in error.message


def test_a_syntax_error_points_at_its_token() -> None:
    error = judge("CREATE INDEX ASYNC public.i ON t (a)")
    assert error is not None
    assert error.fields["P"] == "26"


def test_a_session_may_allow_synchronous_indexes() -> None:
    sql = "CREATE INDEX i ON t (a)"
    refuse(analyse(sql), sql, allows_sync_index=True)


@pytest.mark.parametrize("name", ["statement_timeout", "role", "options", "jit"])
def test_startup_parameters_are_refused_fatally(name: str) -> None:
    with pytest.raises(PgError, match=f'parameter "{name}" not supported') as refused:
        refuse_startup_parameter(name)
    assert refused.value.fields["S"] == "FATAL"


@pytest.mark.parametrize("name", ["application_name", "TimeZone", "search_path", "dsql.enable_batched_nestloop"])
def test_startup_parameters_on_the_list_are_accepted(name: str) -> None:
    refuse_startup_parameter(name)


def test_analyze_runs_outside_transactions_only() -> None:
    with pytest.raises(PgError, match="ANALYZE cannot run inside a transaction block"):
        refuse_in_transaction(("analyze", "t"))
    refuse_in_transaction(("explain", "analyze", "select", "1"))


def test_validate_commands_are_taken_apart() -> None:
    sql = 'ALTER TABLE /* so */ ASYNC IF EXISTS ONLY s."T" VALIDATE CONSTRAINT c'
    command = parse_validate_command(sql)
    assert command is not None
    assert (command.schema, command.table, command.constraint, command.is_optional) == ("s", "T", "c", True)
    assert command.rewritten.text == 'ALTER TABLE /* so */  IF EXISTS ONLY s."T" VALIDATE CONSTRAINT c'
    assert (
        command.rewritten.original_position(command.rewritten.text.index("VALIDATE") + 1) == sql.index("VALIDATE") + 1
    )


@pytest.mark.parametrize("verb", ["SET LOCAL {} = off", "RESET {}", "SHOW {}", "set session {} to 'off'"])
def test_the_parameter_postgresql_lacks_has_a_stand_in(verb: str) -> None:
    assert stand_in(verb.format("disable_sync_create_index")).text == verb.format(SYNC_INDEX_STAND_IN)
    assert stand_in(verb.format("search_path")).text == verb.format("search_path")


WORDS = sorted(
    {word for rule in RULES for sql in (rule.example, rule.near_miss) for word in sql[:300].split()}
    | set("( ) [ ] , . ; ' \" $$ $a$ /* */ -- :: = 1 99999999999999999999 E' U&\" ° é".split())
)


@given(st.lists(st.sampled_from(WORDS), max_size=25).map(" ".join) | st.text(max_size=60))
def test_token_soup_never_crashes_it(sql: str) -> None:
    judge(sql)
    stand_in(sql)
    parse_validate_command(sql)
    analysis = analyse(sql)
    if judge(sql) is None:
        catalog_checks(analysis, sql)


@given(st.sampled_from(TEXT_RULES), st.integers(min_value=0, max_value=400))
def test_an_unfinished_statement_never_crashes_it(rule: Rule, length: int) -> None:
    for sql in (rule.example[:length], rule.near_miss[:length]):
        if judge(sql) is None:
            catalog_checks(analyse(sql), sql)
