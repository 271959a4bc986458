"""Limits of the bytes of values, rows and keys, wherever they are written."""

import pytest

from sim.conftest import Connect
from support.servers.forms import Answer, Client, Form

MIB = 1024 * 1024
TEXT = ("54000", "datatype limit greater than 1048576 bytes not supported for text")
VARCHAR = ("54000", "datatype limit greater than 65535 bytes not supported for varchar")
ROW = ("54000", "maximum row size exceeded")
KEY = ("54000", "key size too large")


@pytest.fixture
def a(connect: Connect, form: Form, schema: str) -> Client:
    client = connect(0, form)
    for sql in (
        f"SET search_path TO {schema}",
        "CREATE DOMAIN notes AS text",
        "CREATE TABLE wide (id int PRIMARY KEY, a text, b bytea, c jsonb, d varchar, e json, f notes)",
        "CREATE TABLE keyed (id text PRIMARY KEY, n int)",
    ):
        assert client.run(sql).sqlstate is None, sql
    return client


@pytest.fixture(params=[True, False], ids=["transaction", "autocommit"])
def begins(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


def said(answer: Answer) -> tuple[str | None, str]:
    return answer.sqlstate, answer.message


def run(client: Client, sql: str, *, begins: bool) -> Answer:
    """Run it, perhaps in a transaction of its own, which is committed when it can be."""
    if not begins:
        return client.run(sql)
    client.expect("BEGIN", "BEGIN")
    answer = client.run(sql)
    client.expect("COMMIT", "ROLLBACK" if answer.sqlstate else "COMMIT")
    return answer


@pytest.mark.parametrize(
    ("column", "value", "expected"),
    [
        ("a", f"repeat('x', {MIB})", None),
        ("a", f"repeat('x', {MIB} + 1)", TEXT),
        ("a", f"repeat('é', {MIB} / 2 + 1)", TEXT),
        ("b", f"convert_to(repeat('x', {MIB} + 1), 'UTF8')", (TEXT[0], TEXT[1].replace("text", "bytea"))),
        ("c", f"to_jsonb(repeat('x', {MIB} + 1))", (TEXT[0], TEXT[1].replace("text", "jsonb"))),
        ("e", f"to_json(repeat('x', {MIB} + 1))", (TEXT[0], TEXT[1].replace("text", "json"))),
        ("d", "repeat('x', 65535)", None),
        ("d", "repeat('x', 65536)", VARCHAR),
        ("f", f"repeat('x', {MIB} + 1)", TEXT),
    ],
)
def test_values(a: Client, begins: bool, column: str, value: str, expected: tuple[str, str] | None) -> None:
    answer = run(a, f"INSERT INTO wide (id, {column}) VALUES (1, {value})", begins=begins)
    assert (said(answer) if expected else answer.tag) == (expected or "INSERT 0 1")
    run(a, "INSERT INTO wide VALUES (2)", begins=begins)
    answer = run(a, f"UPDATE wide SET {column} = {value} WHERE id = 2", begins=begins)
    assert (said(answer) if expected else answer.tag) == (expected or "UPDATE 1")


def test_rows(a: Client, begins: bool) -> None:
    insert = "INSERT INTO wide (id, a, b, d) VALUES (1, repeat('x', {0}), convert_to(repeat('x', {0}), 'UTF8'), {1})"
    assert said(run(a, insert.format(MIB, "'x'"), begins=begins)) == ROW
    assert run(a, insert.format(MIB, "NULL"), begins=begins).tag == "INSERT 0 1"


def test_keys(a: Client, begins: bool) -> None:
    insert = "INSERT INTO keyed VALUES (repeat('x', {}), 1)"
    assert said(run(a, insert.format(1982), begins=begins)) == KEY
    assert run(a, insert.format(1981), begins=begins).tag == "INSERT 0 1"
    assert said(run(a, "UPDATE keyed SET id = id || 'x'", begins=begins)) == KEY


def test_keys_of_indexes(a: Client) -> None:
    job = a.rows("CREATE INDEX ASYNC wide_a ON wide (a)")[0][0]
    a.rows(f"CALL sys.wait_for_job('{job}')")  # its end amid the transaction would be OC001
    value = "(SELECT string_agg(md5(i::text), '') FROM generate_series(1, 100) i)"
    insert = f"INSERT INTO wide (id, a) VALUES (1, {value})"
    assert said(a.run(insert)) == KEY
    a.expect("BEGIN", "BEGIN")
    assert said(a.run(insert)) == KEY
    a.expect("COMMIT", "ROLLBACK")
    assert a.rows("SELECT count(*) FROM wide") == (("0",),)


def test_copy(a: Client) -> None:
    assert said(a.copy_in("COPY wide (id, a) FROM STDIN", b"1\t" + b"x" * (MIB + 1) + b"\n")) == TEXT
    assert a.copy_in("COPY wide (id, a) FROM STDIN", b"1\t" + b"x" * MIB + b"\n").tag == "COPY 1"


def test_the_limits_follow_the_columns(a: Client) -> None:
    large = f"repeat('x', {MIB} + 1)"
    for sql in (
        "ALTER TABLE keyed ADD COLUMN x text",
        "ALTER TABLE keyed RENAME COLUMN x TO y",
        "CREATE TABLE alike (LIKE keyed INCLUDING ALL)",
        "ALTER TABLE wide DROP COLUMN a",
    ):
        assert a.run(sql).sqlstate is None, sql
    assert said(a.run(f"INSERT INTO keyed (id, y) VALUES ('1', {large})")) == TEXT
    assert said(a.run(f"INSERT INTO alike (id, y) VALUES ('1', {large})")) == TEXT
    row = f"INSERT INTO wide (id, b, e, d) VALUES (1, convert_to(repeat('x', {MIB}), 'UTF8'), {{}}, 'xxx')"
    assert said(a.run(row.format(f"to_json(repeat('x', {MIB} - 2))"))) == ROW
    assert a.run(row.format(f"to_json(repeat('x', {MIB} - 20))")).tag == "INSERT 0 1"


def test_nobody_sees_them(a: Client) -> None:
    nothing = (("0",),)
    like = "LIKE '%dsqltui%'"
    assert a.rows(f"SELECT count(*) FROM pg_constraint WHERE conname {like}") == nothing
    assert a.rows("SELECT relchecks FROM pg_class WHERE oid = 'wide'::regclass") == nothing
    assert a.rows("SELECT count(*) FROM pg_event_trigger") == nothing
    for view in ("check_constraints", "table_constraints", "constraint_column_usage", "constraint_table_usage"):
        assert a.rows(f"SELECT count(*) FROM information_schema.{view} WHERE constraint_name {like}") == nothing


@pytest.mark.parametrize("unique", ["", "UNIQUE "])
def test_the_key_of_a_secondary_index_carries_the_primary_key(a: Client, schema: str, unique: str) -> None:
    """With a primary key of 500 bytes 1,474 are left."""
    table = f"{schema}.carried"
    a.expect(f"CREATE TABLE {table} (id varchar(500) PRIMARY KEY, name text, n int)", "CREATE TABLE")
    a.expect(f"INSERT INTO {table} VALUES (repeat('i', 500), repeat('n', 1500), 1)", "INSERT 0 1")
    job = a.run(f"CREATE {unique}INDEX ASYNC ON {table} (name)").value
    a.expect(f"CALL sys.wait_for_job('{job}')", "CALL")
    assert said(a.run(f"INSERT INTO {table} VALUES (repeat('j', 500), repeat('m', 1475), 1)")) == KEY
    a.expect(f"INSERT INTO {table} VALUES (repeat('j', 500), repeat('m', 1474), 1)", "INSERT 0 1")
    a.expect(f"INSERT INTO {table} VALUES (repeat('k', 100), repeat('l', 1874), 1)", "INSERT 0 1")
    a.expect(f"DROP INDEX {schema}.carried_name_idx", "DROP INDEX")
    a.expect(f"INSERT INTO {table} VALUES (repeat('l', 500), repeat('m', 1500), 1)", "INSERT 0 1")
