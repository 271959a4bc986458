"""psycopg against the simulator: its archive holds no tests, so these are ours for what its users rely on."""

import datetime
import decimal
import os
import uuid

import boto3
import psycopg
import pytest
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb
from psycopg_pool import ConnectionPool


def parameters():
    host = os.environ["CLUSTER_ENDPOINT"]
    client = boto3.client("dsql", region_name=os.environ["REGION"])
    return {
        "host": host,
        "user": "admin",
        "dbname": "postgres",
        "password": client.generate_db_connect_admin_auth_token(host),
        "sslmode": "verify-full",
        "sslrootcert": os.environ["SSL_CERT_PATH"],
    }


@pytest.fixture
def connection():
    with psycopg.connect(**parameters(), autocommit=True) as opened:
        yield opened
        opened.execute("drop table if exists psycopg_t")


VALUES = [
    ("int", 7),
    ("bigint", 2**40),
    ("numeric(20,4)", decimal.Decimal("12.3456")),
    ("text", "é ' \\ \n"),
    ("bool", True),
    ("date", datetime.date(2026, 11, 29)),
    ("timestamptz", datetime.datetime(2026, 11, 29, 23, 0, tzinfo=datetime.UTC)),
    ("interval", datetime.timedelta(days=1, seconds=5)),
    ("uuid", uuid.uuid4()),
    ("bytea", b"\0\xff"),
    ("double precision", 1.5),
]


@pytest.mark.parametrize(("of_type", "value"), VALUES, ids=[name for name, _ in VALUES])
@pytest.mark.parametrize("binary", [False, True])
def test_values_come_back(connection, of_type, value, binary):
    connection.execute(f"create table psycopg_t (id int primary key, v {of_type})")
    connection.execute("insert into psycopg_t values (1, %s)", (value,))
    cursor = connection.cursor(binary=binary)
    assert cursor.execute("select v from psycopg_t where id = %s", (1,)).fetchone() == (value,)


def test_jsonb(connection):
    connection.execute("create table psycopg_t (id int primary key, v jsonb)")
    connection.execute("insert into psycopg_t values (1, %s)", (Jsonb({"a": [1, None]}),))
    assert connection.execute("select v from psycopg_t").fetchone() == ({"a": [1, None]},)


def test_copy_both_ways(connection):
    connection.execute("create table psycopg_t (id int primary key, v text)")
    cursor = connection.cursor()
    with cursor.copy("copy psycopg_t from stdin") as copy:
        for number in range(100):
            copy.write_row((number, f"row {number}"))
    with cursor.copy("copy (select * from psycopg_t order by id) to stdout") as copy:
        copy.set_types(["int4", "text"])
        assert list(copy.rows())[99] == (99, "row 99")


def test_executemany_with_returning_in_a_pipeline(connection):
    connection.execute("create table psycopg_t (id int primary key, v text)")
    cursor = connection.cursor()
    with connection.transaction():
        cursor.executemany("insert into psycopg_t values (%s, %s) returning id", [(1, "a"), (2, "b")], returning=True)
    found = []
    while True:
        found.append(cursor.fetchone()[0])
        if not cursor.nextset():
            break
    assert found == [1, 2]


def test_prepared_statements_are_used_after_five(connection):
    connection.execute("create table psycopg_t (id int primary key)")
    for number in range(8):
        connection.execute("insert into psycopg_t values (%s)", (number,))
    assert connection.cursor(row_factory=dict_row).execute("select count(*) as n from psycopg_t").fetchone() == {"n": 8}


def test_a_failed_transaction_is_rolled_back(connection):
    connection.execute("create table psycopg_t (id int primary key)")
    with pytest.raises(psycopg.errors.UniqueViolation), connection.transaction():
        connection.execute("insert into psycopg_t values (1)")
        connection.execute("insert into psycopg_t values (1)")
    assert connection.execute("select count(*) from psycopg_t").fetchone() == (0,)


def test_savepoints_are_refused(connection):
    with pytest.raises(psycopg.errors.FeatureNotSupported), connection.transaction(), connection.transaction():
        pass


def test_a_pool(connection):
    with (
        ConnectionPool(kwargs=parameters(), min_size=2, max_size=2) as pool,
        pool.connection() as one,
        pool.connection() as two,
    ):
        assert one.execute("select 1").fetchone() == two.execute("select 1").fetchone()
