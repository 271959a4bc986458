"""What the official suites and drivers look for, over the wire: settings, names of columns, prepared statements."""

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from support.servers.raw_client import RawClient, bind, brief, error_fields, execute, parse, query, sync
from support.servers.simulator import RunningSimulator

Connection = psycopg.Connection[Any]
BOTH = pytest.mark.parametrize("threshold", [None, 0], ids=["simple", "extended"])


@pytest.fixture
def connection(simulator: RunningSimulator, threshold: int | None) -> Iterator[Connection]:
    with simulator.connect(prepare_threshold=threshold) as opened:
        yield opened


@BOTH
@pytest.mark.parametrize(
    "name", ["server_version", "server_version_num", "max_connections", "disable_sync_create_index"]
)
def test_show_calls_its_column_by_the_parameters_name(connection: Connection, name: str) -> None:
    cursor = connection.execute(f"SHOW {name}")
    assert cursor.description is not None
    assert [column.name for column in cursor.description] == [name]
    expected = {"server_version": "16.15", "server_version_num": "160015", "max_connections": "20"}
    assert cursor.fetchone() == (expected.get(name, "on"),)


@BOTH
def test_current_setting_tells_the_same(connection: Connection) -> None:
    asked = "SELECT current_setting('server_version'), pg_catalog.current_setting('server_version_num')::int + 1"
    assert connection.execute(asked).fetchone() == ("16.15", 160016)
    assert connection.execute("SELECT 'current_setting(''server_version'')'").fetchone() is not None


@BOTH
def test_a_session_that_is_read_only_by_its_characteristics(connection: Connection) -> None:
    connection.execute("CREATE TABLE IF NOT EXISTS public.characters (id int)")
    connection.execute("SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY")
    for sql in (
        "INSERT INTO public.characters VALUES (1)",
        "CREATE TABLE more (id int)",
        "DROP TABLE public.characters",
    ):
        with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
            connection.execute(sql)
        connection.execute("BEGIN")
        with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
            connection.execute(sql)
        connection.execute("ROLLBACK")
    connection.execute("BEGIN READ WRITE")
    assert connection.execute("INSERT INTO public.characters VALUES (1)").statusmessage == "INSERT 0 1"
    connection.execute("COMMIT")
    connection.execute("SET SESSION CHARACTERISTICS AS TRANSACTION READ WRITE")
    connection.execute("DROP TABLE public.characters")


@pytest.mark.parametrize("form", ["simple", "extended"])
def test_deallocate_all_frees_the_names(simulator: RunningSimulator, form: str) -> None:
    deallocate = query("DEALLOCATE ALL") if form == "simple" else parse("DEALLOCATE ALL") + bind() + execute() + sync()
    with RawClient.logged_in(simulator.parameters()) as client:
        assert brief(client.ask(parse("SELECT 1", "s1") + sync())) == "1 Z:I"
        assert brief(client.ask(deallocate)).endswith("C:DEALLOCATE ALL Z:I")
        assert brief(client.ask(bind(name="s1") + execute() + sync())) == "E:26000 Z:I"
        assert brief(client.ask(parse("SELECT 2", "s1") + sync())) == "1 Z:I"
        assert brief(client.ask(bind(name="s1") + execute() + sync())) == "2 D C:SELECT 1 Z:I"


@pytest.mark.parametrize(
    ("sql", "sqlstate"), [("SELECT nonsense FROM nowhere", "42P01"), ("TRUNCATE t", "0A000"), ("SELEC 1", "42601")]
)
def test_the_error_of_a_parse_comes_at_once(simulator: RunningSimulator, sql: str, sqlstate: str) -> None:
    with RawClient.logged_in(simulator.parameters()) as client:
        client.send(parse(sql))
        kind, body = client.receive()
        assert (kind, error_fields(body)["C"]) == ("E", sqlstate)
        assert brief(client.ask(sync())) == "Z:I"
        assert brief(client.ask(parse("SELECT 1") + bind() + execute() + sync())) == "1 2 D C:SELECT 1 Z:I"


@BOTH
def test_there_are_no_bitmap_scans(connection: Connection) -> None:
    connection.execute("CREATE SCHEMA bitmaps")
    connection.execute("CREATE TABLE bitmaps.t (id int PRIMARY KEY, a int, created_at timestamptz, filler text)")
    for first in range(1, 12_000, 3_000):
        connection.execute(
            "INSERT INTO bitmaps.t SELECT i, i % 500, now() - i * interval '1 minute', repeat('x', 100) "
            f"FROM generate_series({first}, {first + 2999}) i"
        )
    job = connection.execute("CREATE INDEX ASYNC ON bitmaps.t (a, created_at)").fetchone()
    assert job is not None
    connection.execute(f"CALL sys.wait_for_job('{job[0]}')")
    connection.execute("ANALYZE bitmaps.t")
    assert connection.execute("SHOW enable_bitmapscan").fetchone() == ("on",)
    connection.execute("SET enable_bitmapscan = on")
    asked = "EXPLAIN SELECT * FROM bitmaps.t WHERE a = 1 ORDER BY created_at DESC LIMIT 5"
    lines = [line for (line,) in connection.execute(asked).fetchall()]
    assert lines[0].startswith("Limit"), lines
    assert "Index Scan Backward using t_a_created_at_idx on t" in lines[1], lines
    assert not any("Sort" in line or "Bitmap" in line for line in lines)
    with pytest.raises(psycopg.errors.InvalidParameterValue):
        connection.execute("SET enable_bitmapscan = 'banana'")
    connection.execute("DROP SCHEMA bitmaps CASCADE")


@pytest.mark.parametrize("statement", ["INSERT INTO {0} VALUES (1)", "UPDATE {0} SET a = 2", "DELETE FROM {0}"])
def test_a_write_is_prepared_where_its_table_was_made_and_refused_when_it_runs(
    simulator: RunningSimulator, schema: str, statement: str
) -> None:
    sql = statement.format(f"{schema}.fresh")
    with RawClient.logged_in(simulator.parameters()) as client:
        client.ask(query("BEGIN"))
        client.ask(query(f"CREATE TABLE {schema}.fresh (a int)"))
        assert brief(client.ask(parse(sql, name="s") + sync())) == "1 Z:T"
        answer = client.ask(bind(name="s") + execute() + sync())
        assert brief(answer) == "2 E:0A000 Z:E"
        refused = next(error_fields(body)["M"] for kind, body in answer if kind == "E")
        assert refused == "ddl and dml are not supported in the same transaction"
        client.ask(query("ROLLBACK"))
