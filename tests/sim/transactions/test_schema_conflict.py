"""Who is told OC001 of another session's DDL, and that nobody waits for DDL that is not committed."""

import itertools
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from sim.conftest import ROLE_ARN
from support.long_cases import spread
from support.servers.simulator import RunningSimulator, running_simulator

Connection = psycopg.Connection[Any]
OC001 = "40001 schema has been updated by another transaction (OC001)"


@pytest.fixture(scope="module", params=["relation", "cluster"])
def telling(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Iterator[RunningSimulator]:
    options = ("--ephemeral", "--job-delay", "0.01", "--oc001", request.param)
    with running_simulator(tmp_path_factory.mktemp("telling"), *options) as running:
        yield running


@pytest.fixture
def is_relation(request: pytest.FixtureRequest) -> bool:
    return "relation" in request.node.callspec.id


@pytest.fixture(autouse=True)
def tables(telling: RunningSimulator) -> None:
    with telling.connect() as owner:
        for sql in (
            "DROP VIEW IF EXISTS v",
            "DROP FUNCTION IF EXISTS count_t()",
            "DROP TABLE IF EXISTS t, u, made, renamed",
            "CREATE TABLE t (id int PRIMARY KEY, v int)",
            "INSERT INTO t VALUES (1, 0)",
            "CREATE TABLE u (id int PRIMARY KEY)",
            "CREATE VIEW v AS SELECT id FROM t",
        ):
            owner.execute(sql)


@pytest.fixture(
    params=[
        pytest.param((None, None), id="both simple"),
        pytest.param((0, 0), id="both extended"),
        pytest.param((None, 0), id="a simple, b extended", marks=pytest.mark.long),
        pytest.param((0, None), id="a extended, b simple", marks=pytest.mark.long),
    ]
)
def thresholds(request: pytest.FixtureRequest) -> tuple[int | None, int | None]:
    """psycopg's prepare_threshold of A and of B: None sends simple queries, 0 prepares each."""
    return request.param  # type: ignore[no-any-return]


@pytest.fixture
def b(telling: RunningSimulator, thresholds: tuple[int | None, int | None]) -> Iterator[Connection]:
    with telling.connect(1, prepare_threshold=thresholds[1]) as connection:
        yield connection


@pytest.fixture
def a(telling: RunningSimulator, thresholds: tuple[int | None, int | None]) -> Iterator[Connection]:
    with telling.connect(0, prepare_threshold=thresholds[0]) as connection:
        yield connection


def run(connection: Connection, sql: str) -> str:
    try:
        return connection.execute(sql).statusmessage or ""
    except psycopg.Error as error:
        return f"{error.sqlstate} {error.diag.message_primary}"


def runs(connection: Connection, *statements: str) -> list[str]:
    return [run(connection, sql) for sql in statements]


# --- who is told ------------------------------------------------------------------------------------------------------


CHANGES = (
    "ALTER TABLE t ADD COLUMN more int",
    "ALTER TABLE t ALTER COLUMN v SET DEFAULT 1",
    "ALTER TABLE t ADD CONSTRAINT positive CHECK (v >= 0) NOT VALID",
    "ALTER TABLE public.t RENAME COLUMN v TO w",
    "GRANT SELECT ON t TO PUBLIC",
    "GRANT SELECT ON ALL TABLES IN SCHEMA public TO PUBLIC",
    "CREATE INDEX ASYNC ON t (v)",
    "CREATE STATISTICS of_t ON id, v FROM t",
)
USES = ("SELECT id FROM t", "UPDATE t SET id = 1", "SELECT id FROM public.t FOR UPDATE", "SELECT id FROM v")


@pytest.mark.parametrize(("ddl", "sql"), spread(itertools.product(CHANGES, USES), 3))
def test_the_next_statement_on_the_changed_table_fails_once(a: Connection, b: Connection, ddl: str, sql: str) -> None:
    assert not run(a, ddl).startswith(("4", "0", "2"))
    assert run(b, "SELECT 1") == "SELECT 1", "no table, nothing to tell"
    assert run(b, "SELECT count(*) FROM sys.jobs") == "SELECT 1"
    assert run(b, "SELECT count(*) FROM pg_class") == "SELECT 1"
    assert run(b, sql) == OC001
    assert not run(b, sql).startswith("4"), "the retry passes"
    assert run(a, "SELECT id FROM t") == "SELECT 1", "whoever did it knows"


def test_a_statement_on_another_table(a: Connection, b: Connection, is_relation: bool) -> None:
    run(a, "ALTER TABLE t ADD COLUMN more int")
    assert run(b, "SELECT count(*) FROM u") == ("SELECT 1" if is_relation else OC001)
    assert run(b, "SELECT count(*) FROM t") == (OC001 if is_relation else "SELECT 1")


def test_a_new_table_is_news_to_nobody(a: Connection, b: Connection, is_relation: bool) -> None:
    run(a, "CREATE TABLE made (id int)")
    assert run(b, "INSERT INTO made VALUES (1)") == ("INSERT 0 1" if is_relation else OC001)


def test_a_dropped_and_a_renamed_table(a: Connection, b: Connection) -> None:
    run(a, "ALTER TABLE u RENAME TO renamed")
    assert run(b, "SELECT count(*) FROM renamed") == OC001
    assert run(b, "SELECT count(*) FROM renamed") == "SELECT 1"
    run(a, "DROP TABLE renamed")
    assert run(b, "SELECT count(*) FROM renamed") == OC001
    assert run(b, "SELECT count(*) FROM renamed").startswith("42P01")


def test_through_a_function(a: Connection, b: Connection, is_relation: bool) -> None:
    run(a, "CREATE FUNCTION count_t() RETURNS bigint LANGUAGE sql AS 'SELECT count(*) FROM public.t'")
    assert run(b, "SELECT count_t()") == ("SELECT 1" if is_relation else OC001)
    run(a, "ALTER TABLE t ADD COLUMN more int")
    assert runs(b, "SELECT count_t()", "SELECT count_t()") == [OC001, "SELECT 1"]


def test_a_table_of_the_same_name_in_another_schema(a: Connection, b: Connection, is_relation: bool) -> None:
    run(a, "CREATE SCHEMA IF NOT EXISTS other")
    run(a, "CREATE TABLE IF NOT EXISTS other.t (id int)")
    run(b, "SELECT count(*) FROM t")
    run(a, "ALTER TABLE other.t ADD COLUMN more int")
    assert run(b, "SELECT count(*) FROM t") == ("SELECT 1" if is_relation else OC001)
    run(b, "SET search_path = other")
    assert run(b, "SELECT count(*) FROM t") == (OC001 if is_relation else "SELECT 1")
    run(a, "DROP SCHEMA other CASCADE")


def test_own_ddl_brings_a_session_up_to_date(a: Connection, b: Connection) -> None:
    run(a, "ALTER TABLE t ADD COLUMN more int")
    assert runs(b, "CREATE TABLE made (id int)", "INSERT INTO made VALUES (1)", "SELECT id FROM t") == [
        "CREATE TABLE",
        "INSERT 0 1",
        "SELECT 1",
    ]


@pytest.mark.parametrize(
    "ddl",
    [
        ["CREATE TABLE IF NOT EXISTS t (id int)"],
        ["DROP TABLE IF EXISTS absent"],
        ["DROP VIEW IF EXISTS absent"],
        ["CREATE INDEX ASYNC IF NOT EXISTS t_pkey ON t (id)"],
        ["GRANT ALL ON t TO admin"],
        ["BEGIN", "ALTER TABLE t ADD COLUMN more int", "ROLLBACK"],
        ["BEGIN", "DROP VIEW v", "ROLLBACK"],
        ["CREATE TABLE t (id int)"],
    ],
    ids=lambda ddl: ddl[-2 if ddl[-1] == "ROLLBACK" else -1],
)
def test_what_changes_nothing_reaches_nobody(a: Connection, b: Connection, ddl: list[str]) -> None:
    run(a, "GRANT ALL ON t TO admin")
    runs(b, "SELECT id FROM t", "SELECT id FROM t", "BEGIN", "SELECT id FROM t")
    runs(a, *ddl)
    assert runs(b, "SELECT id FROM t", "COMMIT", "SELECT id FROM t") == ["SELECT 1", "COMMIT", "SELECT 1"]


def test_a_revoke_of_what_was_granted(a: Connection, b: Connection) -> None:
    runs(a, "GRANT SELECT ON t TO PUBLIC")
    runs(b, "SELECT id FROM t", "SELECT id FROM t")
    assert runs(a, "REVOKE SELECT ON t FROM PUBLIC") == ["REVOKE"]
    assert run(b, "SELECT id FROM t") == OC001


# --- transactions -----------------------------------------------------------------------------------------------------


def test_a_transaction_that_touched_nothing_is_not_told(a: Connection, b: Connection) -> None:
    runs(b, "BEGIN", "SELECT 1", "SELECT count(*) FROM generate_series(1, 3)")
    run(a, "ALTER TABLE t ADD COLUMN more int")
    assert runs(b, "SELECT 1", "COMMIT") == ["SELECT 1", "COMMIT"]
    run(b, "BEGIN")
    run(a, "ALTER TABLE t ADD COLUMN much int")
    assert run(b, "COMMIT") == "COMMIT"


@pytest.fixture
def no_role(telling: RunningSimulator) -> Iterator[str]:
    """A name for a role; what the test makes of it is gone afterwards."""
    yield "mapped"
    with telling.connect() as owner:
        runs(owner, f"AWS IAM REVOKE mapped FROM '{ROLE_ARN}'", "DROP ROLE IF EXISTS mapped")


def test_iam_and_index_jobs_do_not_reach_one_either(a: Connection, b: Connection, no_role: str) -> None:
    runs(b, "BEGIN", "SELECT 1")
    assert runs(a, f"CREATE ROLE {no_role} LOGIN", f"AWS IAM GRANT {no_role} TO '{ROLE_ARN}'") == [
        "CREATE ROLE",
        "AWS IAM GRANT",
    ]
    job = a.execute("CREATE INDEX ASYNC ON t (v)").fetchone()
    assert job is not None
    assert run(b, "SELECT 1") == "SELECT 1"
    a.execute(f"CALL sys.wait_for_job('{job[0]}')")
    assert runs(b, "SELECT count(*) FROM generate_series(1, 3)", "COMMIT") == ["SELECT 1", "COMMIT"]


@pytest.mark.parametrize(
    ("statement", "ddl"),
    spread(
        itertools.product(
            ["SELECT id FROM t", "UPDATE t SET v = 1", "SELECT id FROM t FOR UPDATE"],
            ["ALTER TABLE t ADD COLUMN more int", "GRANT SELECT ON t TO PUBLIC", "CREATE INDEX ASYNC ON t (v)"],
        ),
        2,
    ),
)
def test_commit_of_a_transaction_that_touched_the_table(a: Connection, b: Connection, statement: str, ddl: str) -> None:
    runs(b, "BEGIN", statement)
    run(a, ddl)
    assert runs(b, "COMMIT", "SELECT id, v FROM t") == [OC001, "SELECT 1"]
    assert a.execute("SELECT v FROM t").fetchone() == (0,)


def test_commit_of_a_transaction_that_touched_another_table(a: Connection, b: Connection, is_relation: bool) -> None:
    runs(b, "BEGIN", "INSERT INTO u VALUES (1)")
    run(a, "ALTER TABLE t ADD COLUMN more int")
    assert run(b, "COMMIT") == ("COMMIT" if is_relation else OC001)


def test_the_next_statement_on_the_table_in_a_transaction(a: Connection, b: Connection) -> None:
    runs(b, "BEGIN READ ONLY", "SELECT id FROM t")
    run(a, "ALTER TABLE t ADD COLUMN more int")
    assert runs(b, "SELECT id FROM t", "COMMIT", "SELECT id FROM t") == [OC001, "ROLLBACK", "SELECT 1"]


def test_a_transaction_begun_afterwards_fails_at_its_first_statement_on_the_table(a: Connection, b: Connection) -> None:
    run(a, "GRANT SELECT ON t TO PUBLIC")
    assert run(b, "BEGIN") == "BEGIN"
    assert run(b, "SELECT v FROM t") == OC001
    assert run(b, "SELECT v FROM t").startswith("25P02")
    assert runs(b, "COMMIT", "SELECT v FROM t") == ["ROLLBACK", "SELECT 1"]


def test_a_table_made_after_begin_is_not_seen(a: Connection, b: Connection, is_relation: bool) -> None:
    run(b, "BEGIN")
    run(a, "CREATE TABLE made (id int)")
    said = runs(b, "SELECT * FROM made", "ROLLBACK", "SELECT * FROM made")
    assert said == ['42P01 relation "made" does not exist' if is_relation else OC001, "ROLLBACK", "SELECT 0"]


def test_an_index_job_that_ends_reaches_open_transactions_on_the_table_only(a: Connection, b: Connection) -> None:
    job = a.execute("CREATE INDEX ASYNC ON t (v)").fetchone()
    assert job is not None
    assert run(b, "SELECT v FROM t") == OC001
    assert a.execute(f"CALL sys.wait_for_job('{job[0]}')").fetchone() == (True,)
    assert run(b, "SELECT v FROM t") == "SELECT 1"


# --- DDL in a transaction ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ddl", "tag"),
    [
        ("ALTER TABLE t ADD COLUMN more int", "ALTER TABLE"),
        ("DROP TABLE u", "DROP TABLE"),
        ("CREATE INDEX ASYNC ON t (v)", "CREATE INDEX"),
        ("CREATE TABLE made (id int)", "CREATE TABLE"),
        ("GRANT SELECT ON t TO PUBLIC", "GRANT"),
        ("CREATE OR REPLACE VIEW v AS SELECT id, 1 AS one FROM t", "CREATE VIEW"),
    ],
)
def test_nobody_waits_for_ddl_that_is_not_committed(a: Connection, b: Connection, ddl: str, tag: str) -> None:
    assert runs(a, "BEGIN", ddl) == ["BEGIN", tag]
    statements = ("SELECT id FROM t", "UPDATE t SET v = 5", "SELECT count(*) FROM u", "SELECT id FROM v", "BEGIN",
                  "UPDATE t SET v = 6", "COMMIT")  # fmt: skip
    assert [said.split()[0] for said in runs(b, *statements)] == [
        "SELECT",
        "UPDATE",
        "SELECT",
        "SELECT",
        "BEGIN",
        "UPDATE",
        "COMMIT",
    ]
    assert run(a, "ROLLBACK") == "ROLLBACK"
    assert run(b, "SELECT v, id FROM t") == "SELECT 1"


@pytest.mark.parametrize(
    ("touch", "end", "said"),
    spread(
        [
            ("SELECT id FROM t", "ROLLBACK", "COMMIT"),
            ("UPDATE t SET v = 7", "ROLLBACK", "COMMIT"),
            ("SELECT id FROM t FOR UPDATE", "COMMIT", OC001),
            ("SELECT id FROM t", "COMMIT", OC001),
            ("UPDATE t SET v = 7", "COMMIT", OC001),
            ("SELECT id FROM t FOR UPDATE", "ROLLBACK", "COMMIT"),
        ],
        2,
    ),
)
def test_ddl_on_what_an_open_transaction_uses(a: Connection, b: Connection, touch: str, end: str, said: str) -> None:
    runs(b, "BEGIN", touch)
    assert runs(a, "BEGIN", "ALTER TABLE t ADD COLUMN more int") == ["BEGIN", "ALTER TABLE"]
    assert not run(b, "SELECT id FROM t").startswith("4"), "it is told at COMMIT of the other one"
    assert run(a, end) == end
    assert run(b, "COMMIT") == said
    assert a.execute(
        "SELECT count(*) FROM pg_attribute WHERE attrelid = 't'::regclass AND attname = 'more'"
    ).fetchone() == (int(end == "COMMIT"),)


def test_the_transaction_itself_sees_its_ddl(a: Connection, b: Connection) -> None:
    assert runs(a, "BEGIN", "ALTER TABLE t ADD COLUMN more int", "SELECT more FROM t", "SELECT more FROM t") == [
        "BEGIN",
        "ALTER TABLE",
        "SELECT 1",
        "SELECT 1",
    ]
    assert run(b, "SELECT more FROM t").startswith("42703")
    assert run(b, "UPDATE t SET v = 9") == "UPDATE 1"
    assert runs(a, "SELECT attname FROM pg_attribute WHERE attname = 'more'", "COMMIT") == ["SELECT 1", "COMMIT"]
    assert a.execute("SELECT v, more FROM t").fetchone() == (9, None)


def test_what_fails_at_once_is_told_at_once(a: Connection) -> None:
    run(a, "BEGIN")
    assert run(a, "ALTER TABLE t ADD COLUMN v int").startswith("42701")
    assert runs(a, "SELECT 1", "COMMIT") == [
        "25P02 current transaction is aborted, commands ignored until end of transaction block",
        "ROLLBACK",
    ]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("CREATE TABLE made (id int)", "CREATE TABLE made (id int)"),
        ("ALTER TABLE t ADD COLUMN one int", "ALTER TABLE t ADD COLUMN two int"),
        ("ALTER TABLE t ADD COLUMN one int", "DROP TABLE t CASCADE"),
    ],
)
def test_two_transactions_change_the_same_relation(a: Connection, b: Connection, first: str, second: str) -> None:
    runs(a, "BEGIN", first)
    assert not run(b, "BEGIN").startswith("4")
    assert not run(b, second).startswith("4")
    assert run(a, "COMMIT") == "COMMIT"
    assert run(b, "COMMIT") == OC001
    assert run(b, "SELECT count(*) FROM t") == "SELECT 1"


def test_many_statements_in_one_string(a: Connection, b: Connection, is_relation: bool) -> None:
    with psycopg.connect(a.info.dsn, password=a.info.password, autocommit=True, prepare_threshold=None) as once:
        assert run(once, "CREATE TABLE made (id int); SELECT id FROM made; SELECT 2") == "CREATE TABLE"
        assert run(b, "SELECT * FROM made") == ("SELECT 0" if is_relation else OC001)
        assert run(once, "BEGIN; DROP TABLE made; COMMIT") == "BEGIN"
    assert run(b, "SELECT * FROM made") == OC001


def test_jobs_start_after_commit_only_and_once(a: Connection) -> None:
    run(a, "BEGIN")
    (job,) = a.execute("CREATE INDEX ASYNC made_idx ON t (v)").fetchone() or ("",)
    assert a.execute("SELECT status FROM sys.jobs WHERE job_id = %s", (job,)).fetchall() == [("submitted",)]
    run(a, "COMMIT")
    assert a.execute(f"CALL sys.wait_for_job('{job}')").fetchone() == (True,)
    found = a.execute("SELECT status FROM sys.jobs WHERE object_name = 'public.made_idx'").fetchall()
    assert found == [("completed",)]


def test_ddl_waits_for_no_idle_transaction(a: Connection, b: Connection) -> None:
    runs(b, "BEGIN", "UPDATE t SET v = 3", "SELECT id FROM u")
    assert run(a, "DROP TABLE u") == "DROP TABLE"
    assert run(b, "COMMIT") == OC001
