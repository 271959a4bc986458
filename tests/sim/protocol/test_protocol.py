"""The wire protocol, message by message: what drivers other than libpq send, and what no driver should."""

import os
import random
import struct
import time
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from dsqltui.sim.protocol.session import new_cancel_key
from sim.conftest import BehindTheScenes, behind_the_scenes
from support.servers.raw_client import (
    GSS_REQUEST,
    Message,
    RawClient,
    bind,
    brief,
    close_statement,
    describe_portal,
    describe_statement,
    error_fields,
    execute,
    flush,
    message,
    parse,
    query,
    row,
    startup,
    sync,
)
from support.servers.simulator import RunningSimulator, running_simulator

FUZZ_MESSAGES = int(os.environ.get("FUZZ_MESSAGES", "2000"))
FUZZ_SEED = int(os.environ.get("FUZZ_SEED", "20261123"))


@pytest.fixture
def raw(simulator: RunningSimulator) -> Iterator[RawClient]:
    """A session on endpoint A."""
    with RawClient.logged_in(simulator.parameters(0)) as client:
        yield client


@pytest.fixture
def table(raw: RawClient, schema: str) -> str:
    """A table (id int PRIMARY KEY, n int) with the rows (1, 0), (2, 0), (3, 0)."""
    name = f"{schema}.items"
    assert brief(raw.ask(query(f"CREATE TABLE {name} (id int PRIMARY KEY, n int)"))) == "C:CREATE TABLE Z:I"
    assert brief(raw.ask(query(f"INSERT INTO {name} VALUES (1, 0), (2, 0), (3, 0)"))) == "C:INSERT 0 3 Z:I"
    return name


def rows(messages: list[Message]) -> list[tuple[str | None, ...]]:
    return [row(body) for kind, body in messages if kind == "D"]


def one_error(messages: list[Message]) -> dict[str, str]:
    (body,) = (body for kind, body in messages if kind == "E")
    return error_fields(body)


class TestOpening:
    def test_tls_after_ssl_request(self, simulator: RunningSimulator) -> None:
        with RawClient.logged_in(simulator.parameters(0)) as client:
            assert rows(client.ask(query("SELECT 1"))) == [("1",)]

    def test_direct_tls_agrees_on_the_protocol(self, simulator: RunningSimulator) -> None:
        with RawClient.logged_in(simulator.parameters(1), direct=True) as client:
            assert client.alpn == "postgresql"
            assert rows(client.ask(query("SELECT 1"))) == [("1",)]

    def test_gss_encryption_is_declined_and_tls_may_follow(self, simulator: RunningSimulator) -> None:
        with RawClient(simulator.parameters(0)) as client:
            client.send(GSS_REQUEST)
            assert client.byte() == b"N"
            client.ask_for_tls()
            client.start_tls()

    def test_plain_text_is_refused(self, simulator: RunningSimulator) -> None:
        with RawClient(simulator.parameters(0)) as client:
            client.send(startup(user="admin", database="postgres"))
            refused = one_error(client.until_closed())
            assert refused["S"] == "FATAL"
            assert "SSL is mandatory" in refused["M"]

    def test_what_is_no_startup_packet_ends_the_connection(self, simulator: RunningSimulator) -> None:
        for garbage in (b"GET / HTTP/1.1\r\n\r\n", bytes(64), struct.pack("!II", 8, 12345)):
            with RawClient(simulator.parameters(0)) as client:
                client.send(garbage)
                assert client.until_closed() == []

    @pytest.mark.parametrize(
        ("packet", "sqlstate"),
        [
            (struct.pack("!II", 9, 196608) + b"\0", "28000"),
            (struct.pack("!II", 8, 2 << 16), "0A000"),
            (struct.pack("!II", 4, 196608), "08P01"),
            (struct.pack("!II", 20_000, 196608), "08P01"),
            (struct.pack("!II", 13, 196608) + b"user\0", "08P01"),
            (struct.pack("!II", 16, 196608) + b"\xff\xff\0x\0\0\0\0", "08P01"),
            (startup(database="postgres"), "28000"),
            (startup(user="admin", statement_timeout="1"), "0A000"),
            (startup(user="admin", options="-c statement_timeout=1"), "0A000"),
        ],
    )
    def test_bad_startup_packets_are_fatal(self, simulator: RunningSimulator, packet: bytes, sqlstate: str) -> None:
        with RawClient(simulator.parameters(0)) as client:
            client.ask_for_tls()
            client.start_tls()
            client.send(packet)
            refused = one_error(client.until_closed())
            assert (refused["S"], refused["C"]) == ("FATAL", sqlstate)

    def test_a_newer_minor_version_is_offered_3_0(self, simulator: RunningSimulator) -> None:
        parameters = simulator.parameters(0)
        with RawClient(parameters) as client:
            client.ask_for_tls()
            client.start_tls()
            packet = bytearray(startup(user="admin", database="postgres"))
            packet[4:8] = struct.pack("!I", 196610)
            client.send(bytes(packet))
            assert client.receive() == ("v", struct.pack("!II", 196608, 0))
            assert client.receive() == ("R", struct.pack("!I", 3))
            client.send(message("p", parameters["password"].encode() + b"\0"))
            assert brief(client.until_ready())[-3:] == "Z:I"

    def test_a_wrong_password_message(self, simulator: RunningSimulator) -> None:
        with RawClient(simulator.parameters(0)) as client:
            client.ask_for_tls()
            client.start_tls()
            client.send(startup(user="admin", database="postgres"))
            client.receive()
            client.send(query("SELECT 1"))
            assert one_error(client.until_closed())["C"] == "08P01"

    def test_what_a_new_session_is_told(self, raw: RawClient) -> None:
        assert raw.settings["server_version"] == "16.15"
        assert raw.settings["session_authorization"] == "admin"
        assert raw.settings["is_superuser"] == "off"
        assert raw.settings["client_encoding"] == "UTF8"
        assert len(raw.key) == 8


class TestCancel:
    def cancel(self, parameters: dict[str, Any], key: bytes) -> None:
        with RawClient(parameters) as other:
            other.ask_for_tls()
            other.start_tls()
            other.send(struct.pack("!II", 16, 80877102) + key)
            assert other.until_closed() == []

    def test_has_no_effect(self, raw: RawClient, simulator: RunningSimulator, behind: BehindTheScenes) -> None:
        raw.send(query("SELECT 'undisturbed', pg_sleep(1)"))
        behind.wait_until_running("undisturbed")
        self.cancel(simulator.parameters(0), raw.key)
        assert rows(raw.until_ready()) == [("undisturbed", "")]

    def test_is_honoured_on_request(self, tmp_path_factory: pytest.TempPathFactory) -> None:
        with (
            running_simulator(tmp_path_factory.mktemp("cancelling"), "--honour-cancel") as simulator,
            behind_the_scenes(simulator) as behind,
            RawClient.logged_in(simulator.parameters(1)) as raw,
        ):
            raw.send(query("SELECT pg_sleep(60)"))
            behind.wait_until_running("pg_sleep(60)")
            self.cancel(simulator.parameters(1), raw.key)
            assert one_error(raw.until_ready())["C"] == "57014"
            assert rows(raw.ask(query("SELECT 1"))) == [("1",)]


class TestSimpleQueries:
    def test_several_statements_in_one_string(self, raw: RawClient) -> None:
        answer = raw.ask(query("SELECT 1; SELECT 2 WHERE false; SHOW timezone"))
        assert brief(answer) == "T D C:SELECT 1 T C:SELECT 0 T D C:SHOW Z:I"

    @pytest.mark.parametrize("nothing", ["", "  ", ";", ";;  -- nothing\n"])
    def test_empty_queries(self, raw: RawClient, nothing: str) -> None:
        assert brief(raw.ask(query(nothing))) == "I Z:I"

    def test_a_string_is_one_transaction(self, raw: RawClient, table: str) -> None:
        answer = raw.ask(query(f"DELETE FROM {table}; INSERT INTO {table} VALUES (9, 9); SELECT 1 / 0; SELECT 2"))
        assert brief(answer) == "C:DELETE 3 C:INSERT 0 1 E:22012 Z:I"
        assert rows(raw.ask(query(f"SELECT id FROM {table} ORDER BY id"))) == [("1",), ("2",), ("3",)]

    def test_begin_and_commit_inside_a_string(self, raw: RawClient, table: str) -> None:
        assert brief(raw.ask(query(f"BEGIN; DELETE FROM {table} WHERE id = 1"))) == "C:BEGIN C:DELETE 1 Z:T"
        assert brief(raw.ask(query(f"COMMIT; DELETE FROM {table} WHERE id = 2"))) == "C:COMMIT C:DELETE 1 Z:I"
        assert rows(raw.ask(query(f"SELECT id FROM {table}"))) == [("3",)]

    def test_two_ddl_in_a_string_are_refused(self, raw: RawClient, schema: str) -> None:
        answer = raw.ask(query(f"CREATE TABLE {schema}.x (id int); CREATE TABLE {schema}.y (id int)"))
        assert one_error(answer)["M"] == "multiple ddl statements not supported in a transaction"
        assert brief(raw.ask(query(f"SELECT 1 FROM {schema}.x"))) == "E:42P01 Z:I"

    def test_ddl_and_dml_in_a_string_are_refused(self, raw: RawClient, table: str) -> None:
        answer = raw.ask(query(f"DELETE FROM {table}; CREATE INDEX ASYNC ON {table} (n)"))
        assert one_error(answer)["M"] == "ddl and dml are not supported in the same transaction"
        assert len(rows(raw.ask(query(f"SELECT id FROM {table}")))) == 3

    def test_an_error_in_a_failed_string_leaves_the_session_idle(self, raw: RawClient) -> None:
        assert brief(raw.ask(query("SELECT 1; nonsense; SELECT 2"))) == "T D C:SELECT 1 E:42601 Z:I"

    def test_positions_count_from_the_beginning_of_the_string(self, raw: RawClient) -> None:
        for sql in ("SELECT 1; SELECT nothing", "  CREATE TABLE x (id nothing)", "SELECT 'ä'; SELECT 1, nothing"):
            assert int(one_error(raw.ask(query(sql)))["P"]) == sql.index("nothing") + 1

    def test_notices_and_changed_settings_pass(self, raw: RawClient, schema: str) -> None:
        notices = [body for kind, body in raw.ask(query("COMMIT")) if kind == "N"]
        assert error_fields(notices[0])["M"] == "there is no transaction in progress"
        skipped = raw.ask(query(f"DROP TABLE IF EXISTS {schema}.absent"))
        assert brief(skipped) == "N C:DROP TABLE Z:I"
        raw.ask(query("SET application_name = 'renamed'"))
        assert raw.settings["application_name"] == "renamed"

    @pytest.mark.parametrize("sql", [b"SELECT '\xff'", b"SELECT \xc3", b"\xff\xfe"])
    def test_invalid_utf_8_is_refused_and_the_session_goes_on(self, raw: RawClient, sql: bytes) -> None:
        assert one_error(raw.ask(message("Q", sql + b"\0")))["C"] == "22021"
        assert rows(raw.ask(query("SELECT 1"))) == [("1",)]

    def test_invalid_utf_8_in_a_writing_statement(self, raw: RawClient, table: str) -> None:
        raw.ask(query("BEGIN"))
        sql = f"INSERT INTO {table} VALUES (7, '".encode() + b"\xff')\0"
        assert one_error(raw.ask(message("Q", sql)))["C"] == "22021"
        assert brief(raw.ask(query("ROLLBACK"))) == "C:ROLLBACK Z:I"

    def test_a_nul_in_a_query_ends_the_connection(self, raw: RawClient) -> None:
        raw.send(message("Q", b"SELECT 1\0SELECT 2\0"))
        assert one_error(raw.until_closed())["C"] == "08P01"


class TestExtendedQueries:
    def test_a_pipeline_of_writes_is_one_transaction(self, raw: RawClient, table: str) -> None:
        insert = parse(f"INSERT INTO {table} VALUES ($1, 0)")
        batch = b"".join(insert + bind(str(key)) + execute() for key in (4, 5, 1)) + sync()
        assert brief(raw.ask(batch)) == "1 2 C:INSERT 0 1 1 2 C:INSERT 0 1 1 2 E:23505 Z:I"
        assert len(rows(raw.ask(query(f"SELECT id FROM {table}")))) == 3

    def test_an_error_skips_to_the_next_sync(self, raw: RawClient) -> None:
        good = parse("SELECT 1") + bind() + execute()
        bad = parse("SELECT 1 / (random() * 0)::int") + bind() + execute()
        assert brief(raw.ask(good + bad + good + sync())) == "1 2 D C:SELECT 1 1 2 E:22012 Z:I"
        assert brief(raw.ask(good + sync())) == "1 2 D C:SELECT 1 Z:I"

    def test_errors_of_the_simulator_come_in_their_place(self, raw: RawClient) -> None:
        good = parse("SELECT 1") + bind() + execute()
        assert brief(raw.ask(good + parse("SAVEPOINT s") + good + sync())) == "1 2 D C:SELECT 1 E:0A000 Z:I"

    def test_a_transaction_in_one_pipeline(self, raw: RawClient, table: str) -> None:
        def run(sql: str) -> bytes:
            return parse(sql) + bind() + describe_portal() + execute()

        batch = run("SELECT 1") + run("BEGIN") + run(f"UPDATE {table} SET n = 1") + run("SELECT 2") + run("COMMIT")
        assert brief(raw.ask(batch + run("SELECT 3") + sync())) == (
            "1 2 T D C:SELECT 1 1 2 n C:BEGIN 1 2 n C:UPDATE 3 1 2 T D C:SELECT 1 1 2 n C:COMMIT 1 2 T D C:SELECT 1 Z:I"
        )
        assert rows(raw.ask(query(f"SELECT DISTINCT n FROM {table}"))) == [("1",)]

    def test_parse_and_flush_then_bind_later(self, raw: RawClient, table: str) -> None:
        """As asyncpg does it."""
        raw.send(parse(f"UPDATE {table} SET n = $1 WHERE id = $2", "u") + describe_statement("u") + flush())
        assert brief(raw.until("n")) == "1 t n"
        raw.send(bind("7", "1", name="u") + execute() + flush())
        assert brief([raw.receive()]) == "2"
        assert brief(raw.ask(sync())) == "C:UPDATE 1 Z:I"
        assert rows(raw.ask(query(f"SELECT n FROM {table} WHERE id = 1"))) == [("7",)]

    def test_named_statements_live_until_they_are_closed(self, raw: RawClient) -> None:
        assert brief(raw.ask(parse("SELECT $1::int + 1", "plus") + sync())) == "1 Z:I"
        assert rows(raw.ask(bind("1", name="plus") + execute() + sync())) == [("2",)]
        assert brief(raw.ask(parse("SELECT 1", "plus") + sync())) == "E:42P05 Z:I"
        assert brief(raw.ask(close_statement("plus") + close_statement("absent") + sync())) == "3 3 Z:I"
        assert brief(raw.ask(bind("1", name="plus") + execute() + sync())) == "E:26000 Z:I"
        assert brief(raw.ask(parse("SELECT 1", "plus") + sync())) == "1 Z:I"

    def test_a_name_is_free_after_its_statement_was_refused(self, raw: RawClient, table: str) -> None:
        for wrong in ("nonsense", f"INSERT INTO {table} VALUES (nothing)", "SAVEPOINT s"):
            refused = raw.ask(parse("SELECT 1") + parse(wrong, "again") + parse("SELECT 2", "never") + sync())
            assert brief(refused)[:3] == "1 E"
        assert brief(raw.ask(parse("SELECT 1", "again") + parse("SELECT 2", "never") + sync())) == "1 1 Z:I"

    def test_prepared_statements_follow_the_transaction(self, raw: RawClient, table: str) -> None:
        """One plan before, in and after a transaction that writes the table it reads."""
        raw.ask(parse(f"SELECT sum(n) FROM {table}", "sum") + parse(f"UPDATE {table} SET n = n + 1", "add") + sync())
        total = bind(name="sum") + execute() + sync()
        assert rows(raw.ask(total)) == [("0",)]
        raw.ask(query("BEGIN"))
        assert brief(raw.ask(bind(name="add") + execute() + sync())) == "2 C:UPDATE 3 Z:T"
        assert rows(raw.ask(total)) == [("3",)]
        raw.ask(query("ROLLBACK"))
        assert rows(raw.ask(total)) == [("0",)]
        assert brief(raw.ask(bind(name="add") + execute() + sync())) == "2 C:UPDATE 3 Z:I"
        assert rows(raw.ask(total)) == [("3",)]

    def test_describe_statement_and_portal(self, raw: RawClient, table: str) -> None:
        sql = f"SELECT id, n FROM {table} WHERE id > $1"
        answer = raw.ask(parse(sql, "d") + describe_statement("d") + bind("1", name="d") + describe_portal() + sync())
        assert brief(answer) == "1 t T 2 T Z:I"
        assert answer[1][1] == struct.pack("!hI", 1, 23)

    def test_describe_in_a_transaction_that_wrote_the_table(self, raw: RawClient, table: str) -> None:
        raw.ask(parse(f"SELECT id FROM {table}", "d") + sync())
        raw.ask(query(f"BEGIN; UPDATE {table} SET n = 1"))
        assert brief(raw.ask(describe_statement("d") + sync())) == "t T Z:T"
        raw.ask(query("ROLLBACK"))

    @pytest.mark.parametrize(
        ("sql", "described", "executed"),
        [
            ("BEGIN", "1 t n 2 n", "C:BEGIN Z:T"),
            ("COMMIT", "1 t n 2 n", "N C:COMMIT Z:I"),
            ("CREATE INDEX ASYNC ON {table} (n)", "1 t T 2 T", "D C:CREATE INDEX Z:I"),
            ("CREATE TABLE {table}_more (id int)", "1 t n 2 n", "C:CREATE TABLE Z:I"),
        ],
    )
    def test_statements_that_the_simulator_answers(
        self, raw: RawClient, table: str, sql: str, described: str, executed: str
    ) -> None:
        prepared = parse(sql.format(table=table)) + describe_statement() + bind() + describe_portal()
        assert brief(raw.ask(prepared + execute() + sync())) == f"{described} {executed}"
        raw.ask(query("ROLLBACK"))

    def test_a_portal_gives_its_rows_in_portions(self, raw: RawClient, table: str) -> None:
        raw.ask(query("BEGIN"))
        first = parse(f"SELECT id FROM {table} ORDER BY id") + bind(portal="p") + execute("p", 2) + sync()
        assert brief(raw.ask(first)) == "1 2 D D s Z:T"
        assert brief(raw.ask(execute("p", 2) + sync())) == "D C:SELECT 1 Z:T"
        raw.ask(query("COMMIT"))

    def test_portions_without_a_transaction(self, raw: RawClient, table: str) -> None:
        batch = parse(f"SELECT id FROM {table} ORDER BY id") + bind(portal="p")
        assert brief(raw.ask(batch + execute("p", 2) + execute("p", 2) + sync())) == "1 2 D D s D C:SELECT 1 Z:I"

    def test_returning_in_portions(self, raw: RawClient, table: str) -> None:
        batch = parse(f"UPDATE {table} SET n = 5 RETURNING id") + bind(portal="p")
        assert brief(raw.ask(batch + execute("p", 2) + execute("p", 2) + sync())) == "1 2 D D s D C:UPDATE 1 Z:I"
        assert rows(raw.ask(query(f"SELECT DISTINCT n FROM {table}"))) == [("5",)]

    def test_empty_statements(self, raw: RawClient) -> None:
        assert brief(raw.ask(parse("") + describe_statement() + bind() + execute() + sync())) == "1 t n 2 I Z:I"

    def test_unknown_names(self, raw: RawClient) -> None:
        assert brief(raw.ask(bind(name="absent") + sync())) == "E:26000 Z:I"
        assert brief(raw.ask(execute("absent") + sync())) == "E:34000 Z:I"
        assert brief(raw.ask(describe_portal("absent") + sync())) == "E:34000 Z:I"

    def test_several_statements_in_one_parse_are_refused(self, raw: RawClient) -> None:
        assert brief(raw.ask(parse("SELECT 1; SELECT 2") + sync())) == "E:42601 Z:I"

    def test_too_few_parameters(self, raw: RawClient, table: str) -> None:
        assert brief(raw.ask(parse(f"DELETE FROM {table} WHERE id = $1") + bind() + execute() + sync())) == (
            "1 E:08P01 Z:I"
        )
        assert len(rows(raw.ask(query(f"SELECT id FROM {table}")))) == 3

    def test_sync_alone(self, raw: RawClient) -> None:
        assert brief(raw.ask(sync())) == "Z:I"
        raw.ask(query("BEGIN"))
        assert brief(raw.ask(sync())) == "Z:T"
        raw.ask(query("ROLLBACK"))

    def test_a_big_pipeline(self, raw: RawClient, table: str) -> None:
        value = "x" * 100_000
        one = parse(f"SELECT id FROM {table} WHERE id::text <> $1") + bind(value) + execute()
        answer = raw.ask(one * 200 + sync())
        assert brief(answer) == "1 2 D D D C:SELECT 3 " * 200 + "Z:I"


class TestCopy:
    def test_in_as_text_and_csv(self, raw: RawClient, table: str) -> None:
        raw.send(query(f"COPY {table} FROM STDIN"))
        assert brief([raw.receive()]) == "G"
        raw.send(message("d", b"4\t4\n5") + message("d", b"\t\\N\n") + message("c"))
        assert brief(raw.until_ready()) == "C:COPY 2 Z:I"
        raw.send(query(f"COPY {table} (n, id) FROM STDIN WITH (FORMAT csv, HEADER true)"))
        raw.send(message("d", b"n,id\n6,6\n") + message("c"))
        assert brief(raw.until_ready()) == "G C:COPY 1 Z:I"
        assert rows(raw.ask(query(f"SELECT id, n FROM {table} WHERE id > 3 ORDER BY id"))) == [
            ("4", "4"),
            ("5", None),
            ("6", "6"),
        ]

    def test_the_client_gives_up(self, raw: RawClient, table: str) -> None:
        raw.send(query(f"COPY {table} FROM STDIN") + message("d", b"4\t4\n") + message("f", b"enough\0"))
        assert brief(raw.until_ready()) == "G E:57014 Z:I"
        assert len(rows(raw.ask(query(f"SELECT id FROM {table}")))) == 3

    @pytest.mark.parametrize("begins", [True, False], ids=["transaction", "autocommit"])
    def test_an_error_in_the_data(self, raw: RawClient, table: str, begins: bool) -> None:
        if begins:
            raw.ask(query("BEGIN"))
        raw.send(query(f"COPY {table} FROM STDIN") + message("d", b"4\tfour\n"))
        raw.send(message("d", b"5\t5\n") * 1000 + message("c"))
        assert brief(raw.until_ready()) == f"G E:22P02 Z:{'E' if begins else 'I'}"
        raw.ask(query("ROLLBACK"))
        assert len(rows(raw.ask(query(f"SELECT id FROM {table}")))) == 3

    def test_a_key_twice(self, raw: RawClient, table: str) -> None:
        raw.send(query(f"COPY {table} FROM STDIN") + message("d", b"4\t4\n1\t1\n") + message("c"))
        assert brief(raw.until_ready()) == "G E:23505 Z:I"

    def test_in_by_the_extended_protocol(self, raw: RawClient, table: str) -> None:
        """A Sync that comes with it has no meaning; the one behind the data has."""
        raw.send(parse(f"COPY {table} FROM STDIN") + bind() + execute() + sync())
        assert brief(raw.until("G")) == "1 2 G"
        raw.send(message("d", b"4\t4\n") + message("c") + sync())
        assert brief(raw.until_ready()) == "C:COPY 1 Z:I"
        assert rows(raw.ask(query("SELECT 1"))) == [("1",)]

    def test_an_error_in_extended_copy(self, raw: RawClient, table: str) -> None:
        raw.send(parse(f"COPY {table} FROM STDIN") + bind() + execute() + flush())
        raw.send(message("d", b"1\t1\n") + message("c") + sync())
        assert brief(raw.until_ready()) == "1 2 G E:23505 Z:I"
        assert rows(raw.ask(query("SELECT 1"))) == [("1",)]

    def test_another_message_during_copy_ends_the_connection(self, raw: RawClient, table: str) -> None:
        raw.send(query(f"COPY {table} FROM STDIN") + query("SELECT 1"))
        assert brief(raw.until_closed()) == "G E:08P01"

    def test_out(self, raw: RawClient, table: str) -> None:
        answer = raw.ask(query(f"COPY (SELECT id FROM {table} ORDER BY id) TO STDOUT"))
        assert brief(answer) == "H d d d c C:COPY 3 Z:I"
        raw.ask(query(f"BEGIN; DELETE FROM {table} WHERE id = 1"))
        answer = raw.ask(query(f"COPY {table} TO STDOUT (FORMAT csv)"))
        assert [body for kind, body in answer if kind == "d"] == [b"2,0\n", b"3,0\n"]
        raw.ask(query("ROLLBACK"))

    @pytest.mark.parametrize("target", ["'/tmp/file'", "PROGRAM 'cat'"])
    def test_files_of_the_server_are_out_of_reach(self, raw: RawClient, table: str, target: str) -> None:
        assert one_error(raw.ask(query(f"COPY {table} TO {target}")))["C"] == "42501"
        assert one_error(raw.ask(query(f"COPY {table} FROM {target}")))["C"] == "42501"


class TestViolations:
    def test_an_unknown_message_type_is_fatal(self, raw: RawClient) -> None:
        raw.send(message("y"))
        refused = one_error(raw.until_closed())
        assert (refused["S"], refused["C"]) == ("FATAL", "08P01")

    @pytest.mark.parametrize("length", [0, 3, 10 * 1024 * 1024 + 1, 0xFFFFFFFF])
    def test_a_wrong_length_ends_the_connection(self, raw: RawClient, length: int) -> None:
        raw.send(b"Q" + struct.pack("!I", length))
        refused = one_error(raw.until_closed())
        assert (refused["C"], refused["M"]) == ("08P01", "invalid message length")

    def test_the_longest_message_passes(self, raw: RawClient) -> None:
        room = 10 * 1024 * 1024 - 4 - 1 - len("SELECT length('')")
        assert rows(raw.ask(query(f"SELECT length('{'x' * room}')"))) == [(str(room),)]

    def test_who_sends_too_much_hears_why(self, simulator: RunningSimulator) -> None:
        with simulator.connect() as client, pytest.raises(psycopg.Error, match="invalid message length"):
            client.execute(f"SELECT length('{'x' * 12 * 1024 * 1024}')")

    @pytest.mark.parametrize(
        ("kind", "body"), [("P", b""), ("P", b"name"), ("P", b"\0SELECT 1"), ("B", b""), ("B", b"portal\0name")]
    )
    def test_strings_without_an_end_are_an_error(self, raw: RawClient, kind: str, body: bytes) -> None:
        assert brief(raw.ask(message(kind, body) + execute() + sync())) == "E:08P01 Z:I"
        assert brief(raw.ask(message(kind, body) + flush() + bind() + sync())) == "E:08P01 Z:I"
        assert rows(raw.ask(query("SELECT 1"))) == [("1",)]

    def test_strings_without_an_end_in_one_statement_at_once(self, raw: RawClient, table: str) -> None:
        """Parse, Bind, Execute of a write in autocommit go another way."""
        good = parse(f"UPDATE {table} SET n = 1")
        assert brief(raw.ask(message("P", b"\0UPDATE") + bind() + execute() + sync())) == "E:08P01 Z:I"
        assert brief(raw.ask(good + message("B", b"\0") + execute() + sync())) == "1 E:08P01 Z:I"
        assert brief(raw.ask(good + bind() + execute() + sync())) == "1 2 C:UPDATE 3 Z:I"

    def test_fast_path_calls_are_refused(self, raw: RawClient) -> None:
        assert brief(raw.ask(message("F", bytes(12)))) == "E:0A000 Z:I"

    def test_terminate_closes(self, raw: RawClient) -> None:
        raw.send(message("X"))
        assert raw.until_closed() == []

    @pytest.mark.parametrize(
        "work",
        ["SELECT 'vanished', pg_sleep(60)", "BEGIN; SELECT 'vanished', pg_sleep(60)"],
        ids=["autocommit", "transaction"],
    )
    def test_a_vanished_client_stops_its_statement(
        self, simulator: RunningSimulator, behind: BehindTheScenes, work: str
    ) -> None:
        client = RawClient.logged_in(simulator.parameters(0))
        client.send(query(work))
        behind.wait_until_running("vanished")
        client.vanish()
        behind.wait_until_running("vanished", 0)

    def test_a_client_that_vanishes_during_copy(
        self, simulator: RunningSimulator, behind: BehindTheScenes, table: str, raw: RawClient
    ) -> None:
        client = RawClient.logged_in(simulator.parameters(0))
        client.send(query(f"COPY {table} FROM STDIN") + message("d", b"4\t4\n"))
        behind.wait_until_running("COPY")
        client.vanish()
        behind.wait_until_running("COPY", 0)
        assert len(rows(raw.ask(query(f"SELECT id FROM {table}")))) == 3

    def test_random_messages_harm_nobody_else(self, simulator: RunningSimulator, raw: RawClient, table: str) -> None:
        dice = random.Random(FUZZ_SEED)
        sent = 0
        parameters = simulator.parameters(1)
        while sent < FUZZ_MESSAGES:
            client = RawClient.logged_in(parameters)
            try:
                for _ in range(dice.randrange(1, 60)):
                    client.send(_random_message(dice, table))
                    sent += 1
            except OSError:  # it was sent away
                pass
            client.vanish()
        began = time.monotonic()
        assert rows(raw.ask(query(f"SELECT count(*) FROM {table}"))) == [("3",)]
        assert time.monotonic() - began < 20
        assert simulator.process.poll() is None


def _random_message(dice: random.Random, table: str) -> bytes:
    """A message that is right, damaged, or nothing but noise; none of them adds or removes a row."""
    right = [
        query("SELECT 1"),
        query(f"BEGIN; UPDATE {table} SET n = n + 1"),
        query("ROLLBACK"),
        query(f"SELECT tableoid::regclass FROM {table}, pg_class c WHERE c.oid = tableoid"),
        query("SET search_path TO public"),
        parse(f"SELECT n FROM {table} WHERE tableoid = '{table}'::regclass AND id = $1", "s"),
        parse("BEGIN"),
        parse(f"WITH new AS (UPDATE {table} SET n = n + 1 RETURNING id) SELECT id FROM new, pg_class LIMIT 3", "s"),
        query(f"COPY {table} FROM STDIN"),
        parse(f"SELECT n FROM {table} WHERE id = $1", "s"),
        parse("SELECT nothing"),
        bind("1", name="s", portal="p"),
        bind(),
        describe_statement("s"),
        describe_portal("p"),
        execute("p", 1),
        execute(),
        close_statement("s"),
        flush(),
        sync(),
        message("f", b"no\0"),
    ]
    chosen = dice.choice(right)
    fate = dice.random()
    if fate < 0.7:
        return chosen
    if fate < 0.8:
        return chosen[: dice.randrange(len(chosen))]
    if fate < 0.9:
        damaged = bytearray(chosen)
        damaged[dice.randrange(len(damaged))] = dice.randrange(256)
        return bytes(damaged)
    return message(dice.choice("QPBDECHSdcfFXyz"), dice.randbytes(dice.randrange(30)))


@pytest.mark.parametrize("text", ["begin; select 1", "drop table if exists nowhere; select 1", "select 1;; select 2"])
def test_a_prepared_statement_is_one_command(raw: RawClient, text: str) -> None:
    told = one_error(raw.ask(parse(text) + sync()))
    assert (told["C"], told["M"]) == ("42601", "cannot insert multiple commands into a prepared statement")
    assert brief(raw.ask(parse("select 1; ;") + sync())) == "1 Z:I"


def test_the_number_of_a_process_is_positive() -> None:
    assert all(int.from_bytes(new_cancel_key()[:4], "big", signed=True) > 0 for _ in range(200))
