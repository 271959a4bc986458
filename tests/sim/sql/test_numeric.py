"""A bare numeric column is numeric(18,6)."""

from typing import Any

import psycopg
import pytest

from dsqltui.sim.execution.ddl_text import for_postgres
from support.servers.simulator import RunningSimulator

Connection = psycopg.Connection[Any]


@pytest.mark.parametrize(
    ("sql", "sent"),
    [
        ("CREATE TABLE t (a numeric, b decimal)", "CREATE TABLE t (a numeric(18,6), b decimal(18,6))"),
        ("create table s.t (a NUMERIC NOT NULL DEFAULT 1, dec dec)", "create table s.t (a NUMERIC(18,6) NOT NULL DEFAULT 1, dec dec(18,6))"),
        ('CREATE TABLE t ("numeric" int, numeric text)', None),
        ("CREATE TABLE t (a numeric(1000, 500), b numeric (5))", None),
        ("CREATE TABLE t (a pg_catalog.numeric, b s.numeric)", "CREATE TABLE t (a pg_catalog.numeric(18,6), b s.numeric)"),
        ("CREATE TABLE t (a int DEFAULT (1::numeric), CHECK (a::numeric > 1))", None),
        ("CREATE TABLE t (LIKE numeric)", None),
        ("ALTER TABLE t ADD COLUMN IF NOT EXISTS a numeric, ADD b numeric", "ALTER TABLE t ADD COLUMN IF NOT EXISTS a numeric(18,6), ADD b numeric(18,6)"),
        ("ALTER TABLE t RENAME COLUMN a TO numeric", None),
        ("CREATE DOMAIN money_of AS numeric CHECK (VALUE > 0)", "CREATE DOMAIN money_of AS numeric(18,6) CHECK (VALUE > 0)"),
        ("CREATE SCHEMA s CREATE TABLE t (a numeric)", "CREATE SCHEMA s CREATE TABLE t (a numeric(18,6))"),
        ("CREATE VIEW v AS SELECT 1::numeric AS numeric", None),
        ("ALTER TABLE t DISABLE TRIGGER ALL", "ALTER TABLE t DISABLE TRIGGER USER"),
        ("ALTER TABLE t RENAME TO trigger", None),
    ],
)  # fmt: skip
def test_what_is_sent(sql: str, sent: str | None) -> None:
    assert for_postgres(sql).text == (sent or sql)


@pytest.mark.parametrize("threshold", [None, 0], ids=["simple", "extended"])
def test_values(simulator: RunningSimulator, threshold: int | None) -> None:
    with simulator.connect(prepare_threshold=threshold) as connection:
        connection.execute("CREATE SCHEMA numbers")
        connection.execute(
            "CREATE TABLE numbers.t (id int PRIMARY KEY, a numeric, b numeric(1000, 2), c decimal DEFAULT 1.0000005)"
        )
        connection.execute("INSERT INTO numbers.t (id, a, b) VALUES (1, 1.123456789, 123456789012345678901234567890)")
        asked = "SELECT a::text, b::text, c::text FROM numbers.t"
        assert connection.execute(asked).fetchone() == ("1.123457", "123456789012345678901234567890.00", "1.000001")
        connection.execute("INSERT INTO numbers.t (id, a) VALUES (2, 123456789012.1)")
        with pytest.raises(psycopg.errors.NumericValueOutOfRange):
            connection.execute("INSERT INTO numbers.t (id, a) VALUES (3, 1234567890123)")
        connection.execute("ALTER TABLE numbers.t ADD COLUMN d numeric")
        types = connection.execute(
            "SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute "
            "WHERE attrelid = 'numbers.t'::regclass AND attnum > 1 ORDER BY attnum"
        ).fetchall()
        assert types == [
            ("a", "numeric(18,6)"),
            ("b", "numeric(1000,2)"),
            ("c", "numeric(18,6)"),
            ("d", "numeric(18,6)"),
        ]
        assert connection.execute("SELECT 1.123456789::numeric::text").fetchone() == ("1.123456789",)
        connection.execute("DROP SCHEMA numbers CASCADE")


def test_positions_of_errors(simulator: RunningSimulator) -> None:
    sql = "CREATE TABLE broken (a numeric, b numeric, c nosuchtype)"
    with simulator.connect() as connection, pytest.raises(psycopg.errors.UndefinedObject) as refused:
        connection.execute(sql)
    assert refused.value.diag.statement_position == str(sql.index("nosuchtype") + 1)
