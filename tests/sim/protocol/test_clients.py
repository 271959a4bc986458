"""Clients that nobody here wrote, used as people use them: psql's own commands and scripts, and psycopg's features."""

import asyncio
import os
import shutil
import subprocess
import threading
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from sim.conftest import BehindTheScenes, Connect
from support.servers.forms import Client
from support.servers.simulator import RunningSimulator

PSQL = shutil.which("psql")
ITEMS = 5


@pytest.fixture
def items(connect: Connect, schema: str) -> Client:
    """A table items with ITEMS rows, a view, an index, a sequence and a function, in a schema of the test's own."""
    client = connect(0)
    client.expect(f"SET search_path TO {schema}", "SET")
    client.expect("CREATE TABLE items (id int PRIMARY KEY, name text NOT NULL DEFAULT 'x')", "CREATE TABLE")
    client.expect("CREATE VIEW names AS SELECT name FROM items", "CREATE VIEW")
    client.expect("CREATE SEQUENCE numbers CACHE 65536", "CREATE SEQUENCE")
    client.expect("CREATE FUNCTION next(a int) RETURNS int LANGUAGE sql AS 'SELECT a + 1'", "CREATE FUNCTION")
    job = client.run("CREATE INDEX ASYNC by_name ON items (name)").value
    assert client.rows(f"CALL sys.wait_for_job('{job}')") == (("t",),)
    client.expect(f"INSERT INTO items SELECT n, 'name' || n FROM generate_series(1, {ITEMS}) n", f"INSERT 0 {ITEMS}")
    return client


@pytest.mark.skipif(PSQL is None, reason="psql is not installed")
class TestPsql:
    @pytest.fixture
    def environment(self, simulator: RunningSimulator, schema: str) -> dict[str, str]:
        endpoint = simulator.endpoints[0]
        return simulator.environment | {
            "PGHOST": endpoint.host,
            "PGHOSTADDR": endpoint.hostaddr,
            "PGPORT": str(endpoint.port),
            "PGUSER": "admin",
            "PGDATABASE": "postgres",
            "PGPASSWORD": simulator.token(0),
            "PGOPTIONS": f"-c search_path={schema}",
            "PATH": os.environ["PATH"],
            "PAGER": "",
        }

    def psql(self, environment: dict[str, str], *arguments: str, script: str = "") -> tuple[int, str, list[str]]:
        """Run psql: its exit status, what it printed, and its errors without the line's number."""
        done = subprocess.run(
            [str(PSQL), "-X", "-q", "-A", "-t", *arguments],
            env=environment,
            input=script,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        return (
            done.returncode,
            done.stdout,
            [line.partition("ERROR:  ")[2] or line for line in done.stderr.splitlines()],
        )

    DESCRIBE = (
        "\\d items \\d+ items \\d names \\d numbers \\di+ by_name \\dv names \\dn \\dn+ \\du \\dp items \\df+ next \\l "
        "\\sf next \\sv names \\dT \\dD \\ddp \\dx \\db"
    )

    @pytest.mark.usefixtures("items")
    def test_what_backslash_d_says_is_the_same_inside_transactions(
        self, environment: dict[str, str], schema: str
    ) -> None:
        commands = self.DESCRIBE.replace(" \\", "\n\\") + "\n"
        status, alone, errors = self.psql(environment, script=commands)
        assert (status, errors) == (0, [])
        for line in (
            f"{schema}|by_name|index|admin|items|permanent|btree_index|",
            "SELECT a + 1",
            "CREATE OR REPLACE VIEW",
        ):
            assert line in alone
        update = "UPDATE items SET name = name WHERE id < 0;\n"
        for begin in ("BEGIN;\n", f"BEGIN;\n{update}"):
            assert self.psql(environment, script=f"{begin}{commands}COMMIT;\n") == (0, alone, [])

    @pytest.mark.usefixtures("items")
    def test_lists_of_relations(self, environment: dict[str, str], schema: str) -> None:
        for command, expected in (
            ("\\dt", f"{schema}|items|table|admin\n"),
            ("\\di", f"{schema}|by_name|index|admin|items\n{schema}|items_pkey|index|admin|items\n"),
            ("\\dv", f"{schema}|names|view|admin\n"),
            ("\\ds", f"{schema}|numbers|sequence|admin\n"),
            ("\\df", f"{schema}|next|integer|a integer|func\n"),
        ):
            assert self.psql(environment, "-c", command) == (0, expected, [])

    SCRIPT = """
        INSERT INTO items VALUES (10);
        SELECT 1 / 0;
        BEGIN;
        INSERT INTO items VALUES (11);
        INSERT INTO items VALUES (1);
        SELECT 'never';
        COMMIT;
        BEGIN;
        SAVEPOINT s;
        ROLLBACK;
        INSERT INTO items VALUES (12);
    """

    def test_a_script_goes_on_after_errors(self, environment: dict[str, str], items: Client) -> None:
        status, printed, errors = self.psql(environment, script=self.SCRIPT)
        assert (status, printed) == (0, "")
        assert [line for line in errors if not line.startswith("DETAIL")] == [
            "division by zero",
            'duplicate key value violates unique constraint "items_pkey"',
            "current transaction is aborted, commands ignored until end of transaction block",
            "unsupported transaction statement: SAVEPOINT",
        ]
        assert items.rows("SELECT id FROM items WHERE id >= 10 ORDER BY id") == (("10",), ("12",))

    def test_a_script_stops_at_an_error(self, environment: dict[str, str], items: Client) -> None:
        assert self.psql(environment, "-v", "ON_ERROR_STOP=1", script=self.SCRIPT) == (3, "", ["division by zero"])
        assert items.rows("SELECT id FROM items WHERE id >= 10") == (("10",),)

    def test_a_script_as_one_transaction(self, environment: dict[str, str], items: Client) -> None:
        for last, status in (("SELECT 2", 0), ("SELECT 1 / 0", 3)):
            script = f"INSERT INTO items VALUES ({20 + status});\n{last};\n"
            assert self.psql(environment, "-1", "-v", "ON_ERROR_STOP=1", script=script)[0] == status
        assert items.rows("SELECT id FROM items WHERE id >= 20") == (("20",),)

    def test_several_statements_in_one_command(self, environment: dict[str, str], items: Client) -> None:
        assert self.psql(environment, "-c", "DELETE FROM items; SELECT 1 / 0; SELECT 2")[0] == 1
        done = self.psql(
            environment, "-c", "DELETE FROM items WHERE id = 1; SELECT count(*) FROM items", "-c", "SELECT 9"
        )
        assert done == (0, "4\n9\n", [])
        assert items.run("SELECT count(*) FROM items").value == "4"

    @pytest.mark.usefixtures("items")
    def test_copy_inside_a_script(self, environment: dict[str, str]) -> None:
        script = """
            COPY items FROM STDIN;
            10\tten
            \\.
            BEGIN;
            \\copy items FROM STDIN (FORMAT csv)
            11,eleven
            12,twelve
            \\.
            \\copy (SELECT id FROM items WHERE id >= 10 ORDER BY id) TO STDOUT
            ROLLBACK;
            COPY items FROM STDIN;
            13\tthirteen
            10\tagain
            \\.
            SELECT id FROM items WHERE id >= 10;
        """
        status, printed, errors = self.psql(environment, script="\n".join(line.strip() for line in script.splitlines()))
        assert (status, printed) == (0, "10\n11\n12\n10\n")
        assert errors[0] == 'duplicate key value violates unique constraint "items_pkey"'

    @pytest.mark.usefixtures("items")
    def test_other_ways_to_send_a_query(self, environment: dict[str, str]) -> None:
        script = """
            SELECT id, name FROM items WHERE id = 1 \\gx
            SELECT 'items' AS "table" \\gset
            SELECT count(*) FROM :table;
            SELECT format('SELECT %s', n) FROM generate_series(1, 2) n \\gexec
            SELECT 1 AS a, 'x' AS b \\gdesc
        """
        assert self.psql(environment, script=script) == (0, "id|1\nname|name1\n5\n1\n2\na|integer\nb|text\n", [])

    def test_watch(self, environment: dict[str, str], items: Client) -> None:
        """It goes on until an error."""
        script = "DELETE FROM items WHERE id = (SELECT min(id) FROM items) RETURNING 1 / (3 - id) \\watch 0.01\n"
        assert self.psql(environment, script=script)[2] == ["division by zero"]
        assert items.rows("SELECT id FROM items ORDER BY id") == (("3",), ("4",), ("5",))

    @pytest.mark.usefixtures("items")
    def test_fetch_count_before_psql_17_needs_a_cursor(self, environment: dict[str, str]) -> None:
        """Aurora DSQL knows no DECLARE; since version 17 psql fetches in pieces without one."""
        _, version, _ = self.psql(environment, script="\\echo :VERSION_NUM\n")
        _, printed, errors = self.psql(environment, "-v", "FETCH_COUNT=2", script="SELECT id FROM items ORDER BY id;")
        if int(version) < 170_000:
            assert (printed, errors) == ("", ["unsupported statement: DeclareCursor"])
        else:
            assert (printed, errors) == ("1\n2\n3\n4\n5\n", [])


class TestPsycopg:
    @pytest.fixture
    def session(self, simulator: RunningSimulator, items: Client, schema: str) -> Iterator["psycopg.Connection[Any]"]:
        """A transaction begins by itself, as psycopg's users have it."""
        assert items.status == "IDLE"
        with psycopg.connect(**simulator.parameters(0, options=f"-c search_path={schema}")) as connection:
            yield connection

    def test_executemany(self, session: "psycopg.Connection[Any]") -> None:
        with session.cursor() as cursor:
            cursor.executemany("INSERT INTO items VALUES (%s, %s)", [(n, str(n)) for n in range(100, 400)])
            assert cursor.rowcount == 300
            with pytest.raises(psycopg.errors.UniqueViolation):
                cursor.executemany("INSERT INTO items VALUES (%s)", [(400,), (1,), (401,)])
        session.rollback()
        assert session.execute("SELECT count(*) FROM items").fetchone() == (ITEMS,)

    def test_a_named_cursor_is_refused(self, session: "psycopg.Connection[Any]") -> None:
        with (
            session.cursor("named") as cursor,
            pytest.raises(psycopg.errors.FeatureNotSupported, match="DeclareCursor"),
        ):
            cursor.execute("SELECT id FROM items")
        session.rollback()

    def test_a_nested_transaction_block_is_refused(self, session: "psycopg.Connection[Any]") -> None:
        def nest() -> None:
            with session.transaction(), session.transaction():
                pass

        with pytest.raises(psycopg.errors.FeatureNotSupported, match="SAVEPOINT"):
            nest()
        assert session.execute("SELECT 1").fetchone() == (1,)

    def test_pipeline(self, session: "psycopg.Connection[Any]") -> None:
        with session.pipeline():
            cursors = [session.execute("SELECT %s::int", (n,)) for n in range(50)]
            session.execute("UPDATE items SET name = %s WHERE id = %s", ("piped", 3))
        assert [cursor.fetchone() for cursor in cursors] == [(n,) for n in range(50)]
        session.commit()

        def fail() -> None:
            with session.pipeline():
                session.execute("DELETE FROM items")
                session.execute("SELECT 1 / 0")
                session.execute("SELECT 3")

        with pytest.raises(psycopg.errors.DivisionByZero):
            fail()
        session.rollback()
        found = session.execute("SELECT id FROM items WHERE name = 'piped'").fetchall()
        assert found == [(3,)]

    def test_copy(self, session: "psycopg.Connection[Any]") -> None:
        with session.cursor() as cursor:
            with cursor.copy("COPY items FROM STDIN (FORMAT binary)") as copy:
                copy.set_types(["int4", "text"])
                for number in range(1000, 1500):
                    copy.write_row((number, "tab\there"))
            assert cursor.rowcount == 500
            with cursor.copy("COPY (SELECT name FROM items WHERE id >= 1000) TO STDOUT") as copy:
                assert list(copy.rows()) == [("tab\there",)] * 500
        session.commit()

        def abandon() -> None:
            with session.cursor() as cursor, cursor.copy("COPY items FROM STDIN") as copy:
                copy.write_row((2000, "abandoned"))
                raise InterruptedError

        with pytest.raises(InterruptedError):
            abandon()
        session.rollback()
        assert session.execute("SELECT count(*) FROM items WHERE id >= 1000").fetchone() == (500,)

    @pytest.mark.parametrize("threshold", [0, 2])
    def test_statements_are_prepared_and_given_up(self, session: "psycopg.Connection[Any]", threshold: int) -> None:
        session.prepare_threshold = threshold
        session.prepared_max = 3
        for number in range(1, ITEMS + 1):
            for column in ("id", "name", "upper(name)", "lower(name)", "length(name)"):
                session.execute(f"SELECT {column} FROM items WHERE id = %s", (number,))
            session.execute("UPDATE items SET name = %s WHERE id = %s", ("prepared", number))
            session.commit()
        found = session.execute("SELECT DISTINCT name FROM items").fetchall()
        assert found == [("prepared",)]

    def test_cancel_is_ignored(self, session: "psycopg.Connection[Any]", behind: BehindTheScenes) -> None:
        def cancel() -> None:
            behind.wait_until_running("undisturbed")
            session.cancel_safe()

        canceller = threading.Thread(target=cancel)
        canceller.start()
        found = session.execute("SELECT 'undisturbed' FROM pg_sleep(1)").fetchall()
        canceller.join()
        assert found == [("undisturbed",)]

    async def test_many_async_sessions_count_together(
        self, simulator: RunningSimulator, items: Client, schema: str
    ) -> None:
        items.expect("CREATE TABLE counter (id int PRIMARY KEY, n int)", "CREATE TABLE")
        items.expect("INSERT INTO counter VALUES (1, 0)", "INSERT 0 1")

        async def count(number: int) -> None:
            async with await simulator.connect_async(number % 2) as session:
                for _ in range(10):
                    while True:
                        try:
                            await session.execute(f"UPDATE {schema}.counter SET n = n + 1")
                        except psycopg.errors.SerializationFailure:
                            continue
                        break

        await asyncio.gather(*(count(number) for number in range(6)))
        assert items.run("SELECT n FROM counter").value == "60"
