"""The labs' schema and data, run on a plain PostgreSQL: everything that a lab step relies on.

PostgreSQL builds indexes at once, so CREATE INDEX ASYNC is run as CREATE INDEX. The data is loaded once; each test
works in a transaction that is rolled back.
"""

import uuid
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass

import psycopg
import pytest
import pytest_asyncio

from dsqltui.resources import data
from dsqltui.sim.postgres.postgres import Postgres
from support.servers.plain_postgres import SECRET

ROWS_PER_TRANSACTION = 3_000

ROW_COUNTS = {
    "catalog_images": 200,
    "catalog_items": 200,
    "customers": 5_000,
    "image_urls": 0,
    "images": 200,
    "order_items": 100,
    "points_balances": 5_000,
    "shopping_cart_items": 30,
    "transactions": 300,
}

# "!" stands for NOT NULL.
COLUMNS = {
    "catalog_images": "item_id uuid!, image_id uuid!",
    "catalog_items": "id uuid!, name character varying(50), description character varying(200), "
    "category character varying(20), usd_price numeric(8,2), points_price integer, rating real, "
    "sku character varying(20), weight real, width real, height real, depth real, thumbnail_id uuid",
    "customers": "id uuid! = gen_random_uuid(), username character varying(50), first_name character varying(50), "
    "last_name character varying(50), maiden_name character varying(50), gender character varying(10), "
    "email character varying(50), phone_num character varying(20), age integer, address character varying(100), "
    "city character varying(50), state character varying(25), state_code character varying(20), "
    "postal_code character varying(10)",
    "image_urls": "image_id uuid!, region character varying(20)!, presigned_url character varying(2000), "
    "created timestamp without time zone = now()",
    "images": "id uuid! = gen_random_uuid(), filename character varying(100)",
    "order_items": "tx_id uuid!, cat_item_id uuid!, unit_cnt integer, unit_points_price integer",
    "points_balances": "customer_id uuid!, points_balance bigint!",
    "shopping_cart_items": "customer_id uuid!, item_id uuid!, quantity integer",
    "transactions": "id uuid! = gen_random_uuid(), customer_id uuid, tx_type character varying(10), points bigint, "
    "tx_dt timestamp without time zone = now(), tx_description character varying(50)",
}

INDEXES = {
    "catalog_images_item_id_idx": "(item_id)",
    "catalog_images_pkey": "(item_id, image_id)",
    "catalog_items_pkey": "(id)",
    "customers_pkey": "(id)",
    "customers_username_idx": "(username)",
    "image_urls_pkey": "(image_id, region)",
    "images_pkey": "(id)",
    "order_items_pkey": "(tx_id, cat_item_id)",
    "order_items_tx_id_idx": "(tx_id)",
    "points_balances_pkey": "(customer_id)",
    "shopping_cart_items_customer_id_idx": "(customer_id)",
    "shopping_cart_items_pkey": "(customer_id, item_id)",
    "transactions_customer_id_idx": "(customer_id)",
    "transactions_pkey": "(id)",
}

MARTHA = uuid.UUID("84c0b418-f3ad-4b8c-b51e-78a882a7d004")
CARLOS = uuid.UUID("cde00641-e5e0-4987-b9c6-2957d0ed9b87")

# Learners compare their screens with the labs' text: change a customer only on purpose.
CUSTOMERS_DIGEST = "9d5e3ddc0d8329bbdeb730b815d4be74"

# Each finds rows that must not be there.
STRAY_ROWS = {
    "a balance per customer": "SELECT id FROM xpoints.customers c FULL JOIN xpoints.points_balances b "
    "ON b.customer_id = c.id WHERE c.id IS NULL OR b.customer_id IS NULL",
    "carts of nobody": "SELECT customer_id FROM xpoints.shopping_cart_items WHERE quantity < 1 "
    "OR customer_id NOT IN (SELECT id FROM xpoints.customers)",
    "carts of unknown items": "SELECT item_id FROM xpoints.shopping_cart_items "
    "WHERE item_id NOT IN (SELECT id FROM xpoints.catalog_items)",
    "transactions of nobody": "SELECT id FROM xpoints.transactions "
    "WHERE customer_id IS NULL OR customer_id NOT IN (SELECT id FROM xpoints.customers)",
    "transactions to come": "SELECT id FROM xpoints.transactions WHERE tx_dt IS NULL OR tx_dt >= '2025-08-01'",
    "orders that spend nothing": "SELECT tx_id FROM xpoints.order_items WHERE unit_cnt < 1 "
    "OR tx_id NOT IN (SELECT id FROM xpoints.transactions WHERE tx_type = 'SPEND')",
    "orders of unknown items": "SELECT cat_item_id FROM xpoints.order_items WHERE unit_points_price IS DISTINCT FROM "
    "(SELECT points_price FROM xpoints.catalog_items WHERE id = cat_item_id)",
    "spendings that differ from the order": "SELECT id FROM xpoints.transactions WHERE tx_type = 'SPEND' "
    "AND -points IS DISTINCT FROM (SELECT sum(unit_cnt * unit_points_price) FROM xpoints.order_items WHERE tx_id = id)",
    "points received from nobody": "SELECT id FROM xpoints.transactions r WHERE tx_type = 'RECEIVE' AND NOT EXISTS "
    "(SELECT FROM xpoints.transactions s WHERE s.tx_type = 'SEND' AND s.points = -r.points AND s.tx_dt = r.tx_dt "
    "AND s.customer_id <> r.customer_id)",
    "items without their picture": "SELECT id FROM xpoints.catalog_items WHERE (id, thumbnail_id) NOT IN "
    "(SELECT item_id, image_id FROM xpoints.catalog_images)",
    "pictures without a file": "SELECT image_id FROM xpoints.catalog_images "
    "WHERE image_id NOT IN (SELECT id FROM xpoints.images WHERE filename LIKE '%.png')",
}


@dataclass(frozen=True, slots=True)
class Shop:
    """The loaded database: where it listens, and how many rows each statement of the load wrote."""

    socket_dir: str
    written: tuple[int, ...]


def connect(socket_dir: str) -> psycopg.Connection:
    return psycopg.connect(host=socket_dir, user="postgres", dbname="postgres", password=SECRET, autocommit=True)


def statements(name: str) -> list[str]:
    """The statements of a file in sql/rewards/, each of which ends with a semicolon at the end of a line."""
    text = (data("sql") / "rewards" / name).read_text(encoding="utf-8")
    code = "".join(line for line in text.splitlines(keepends=True) if not line.startswith("--"))
    return [statement.strip() for statement in code.split(";\n") if statement.strip()]


def run(connection: psycopg.Connection, name: str) -> tuple[int, ...]:
    """Runs a file of sql/rewards/ up to its first error; returns the rows written by each statement."""
    return tuple(
        connection.execute(statement.replace("CREATE INDEX ASYNC", "CREATE INDEX").encode()).rowcount
        for statement in statements(name)
    )


def column(connection: psycopg.Connection, query: str) -> list[object]:
    """The first column of a query's rows."""
    return [row[0] for row in connection.execute(query.encode())]


def pairs(connection: psycopg.Connection, query: str) -> dict[object, object]:
    """A query's two columns, the first as keys."""
    return {row[0]: row[1] for row in connection.execute(query.encode())}


def digest(connection: psycopg.Connection, table: str) -> object:
    """The md5 of all rows of a table, whatever their order (None for no rows)."""
    rows = f'SELECT t::text COLLATE "C" AS line FROM xpoints.{table} AS t'
    return column(connection, f"SELECT md5(string_agg(line, chr(10) ORDER BY line)) FROM ({rows}) AS r")[0]


def digests(connection: psycopg.Connection) -> dict[str, object]:
    return {table: digest(connection, table) for table in ROW_COUNTS}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shop(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Shop]:
    postgres = Postgres(tmp_path_factory.mktemp("rewards") / "pg", secret=SECRET)
    await postgres.start()
    try:
        with connect(str(postgres.socket_dir)) as connection:
            run(connection, "ddl.sql")
            written = run(connection, "load_rewards_data.sql")
        yield Shop(str(postgres.socket_dir), written)
    finally:
        await postgres.stop()


@pytest.fixture
def connection(shop: Shop) -> Iterator[psycopg.Connection]:
    with connect(shop.socket_dir) as connection, connection.transaction(force_rollback=True):
        yield connection


def test_tables_are_the_workshops(connection: psycopg.Connection) -> None:
    found = pairs(
        connection,
        """
        SELECT relname, string_agg(attname || ' ' || format_type(atttypid, atttypmod)
                                   || CASE WHEN attnotnull THEN '!' ELSE '' END
                                   || coalesce(' = ' || pg_get_expr(adbin, adrelid), ''), ', ' ORDER BY attnum)
        FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid
                      LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
        WHERE relnamespace = 'xpoints'::regnamespace AND relkind = 'r' AND attnum > 0
        GROUP BY relname
        """,
    )
    assert found == COLUMNS


def test_indexes_are_the_workshops(connection: psycopg.Connection) -> None:
    query = "SELECT indexname, substring(indexdef FROM '[(].*$') FROM pg_indexes WHERE schemaname = 'xpoints'"
    assert pairs(connection, query) == INDEXES


def test_secondary_indexes_are_asynchronous_and_unnamed() -> None:
    found = [statement for statement in statements("ddl.sql") if "INDEX" in statement]
    assert len(found) == 5
    assert all(statement.startswith("CREATE INDEX ASYNC ON xpoints.") for statement in found)


def test_reader_reads_and_writer_writes(connection: psycopg.Connection) -> None:
    privileges = "SELECT array_agg(DISTINCT {0}) FROM information_schema.table_privileges WHERE grantee = '{1}'"
    for role, granted in (("rewards_ro", ["SELECT"]), ("rewards_rw", ["DELETE", "INSERT", "SELECT", "UPDATE"])):
        assert column(connection, privileges.format("privilege_type::text", role)) == [granted]
        assert column(connection, privileges.format("table_name::text", role)) == [sorted(ROW_COUNTS)]
        assert column(connection, f"SELECT rolcanlogin FROM pg_roles WHERE rolname = '{role}'") == [True]
    connection.execute("SET ROLE rewards_ro")
    assert column(connection, "SELECT age FROM xpoints.customers WHERE id = '00152be0-72d3-4dfc-be63-aaa0596991b9'")
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="permission denied for table customers"):
        connection.execute("UPDATE xpoints.customers SET age = 70")


def test_second_run_of_the_schema_stops_before_it_doubles_an_index(connection: psycopg.Connection) -> None:
    before = digests(connection)
    refused = pytest.raises(psycopg.errors.DuplicateObject, match='role "rewards_ro" already exists')
    with refused, connection.transaction():
        run(connection, "ddl.sql")
    assert digests(connection) == before
    assert len(column(connection, "SELECT 1 FROM pg_indexes WHERE schemaname = 'xpoints'")) == len(INDEXES)


def test_row_counts(connection: psycopg.Connection) -> None:
    assert {table: column(connection, f"SELECT count(*) FROM xpoints.{table}")[0] for table in ROW_COUNTS} == ROW_COUNTS


def test_each_statement_fits_one_transaction(shop: Shop) -> None:
    assert sum(shop.written) == sum(ROW_COUNTS.values())
    assert min(shop.written) > 0
    assert max(shop.written) <= ROWS_PER_TRANSACTION


def test_two_halves_of_the_customers_differ_only_in_their_range() -> None:
    first, second = (text for text in statements("load_rewards_data.sql") if "INTO xpoints.customers " in text)
    assert first.replace("WHERE id < ", "WHERE id >= ") == second


def test_categories(connection: psycopg.Connection) -> None:
    found = pairs(connection, "SELECT category, count(*) FROM xpoints.catalog_items GROUP BY category")
    assert found == {"Home": 50, "Toys": 45, "Electronics": 41, "Accessories": 36, "Clothing": 27, "Sports": 1}
    assert column(connection, "SELECT count(DISTINCT (name, sku)) FROM xpoints.catalog_items") == [200]


def test_transaction_types(connection: psycopg.Connection) -> None:
    found = pairs(connection, "SELECT tx_type, count(*) FROM xpoints.transactions GROUP BY tx_type")
    assert found == {"RECEIVE": 90, "SEND": 90, "ADJUST": 60, "SPEND": 60}


@pytest.mark.parametrize(
    ("username", "customer", "known", "value"),
    [
        ("carlos_salazar_125@example.edu", "02ed6bb8-386a-4577-8f7f-c60f5fd098b3", "age", 65),
        ("carlos_salazar_125@example.edu", "02ed6bb8-386a-4577-8f7f-c60f5fd098b3", "address", "4550 Z Street"),
        ("nikki_wolf_132@example.edu", "00152be0-72d3-4dfc-be63-aaa0596991b9", "age", 54),
        ("nikki_wolf_132@example.edu", "00152be0-72d3-4dfc-be63-aaa0596991b9", "last_name", "Wolf"),
        ("martha_rivera_88@example.com", str(MARTHA), "points_balance", 283),
        ("carlos_salazar_11@example.au", str(CARLOS), "points_balance", 288),
    ],
)
def test_named_customers(
    connection: psycopg.Connection, username: str, customer: str, known: str, value: object
) -> None:
    found = connection.execute(
        f"SELECT id::text, email, {known} FROM xpoints.customers JOIN xpoints.points_balances ON customer_id = id "
        "WHERE username = %s".encode(),
        [username],
    ).fetchall()
    assert found == [(customer, username, value)]


def test_household_has_no_transactions_yet(connection: psycopg.Connection) -> None:
    assert column(
        connection, f"SELECT count(*) FROM xpoints.transactions WHERE customer_id IN ('{MARTHA}', '{CARLOS}')"
    ) == [0]


@pytest.mark.parametrize("query", STRAY_ROWS.values(), ids=STRAY_ROWS.keys())
def test_no_stray_rows(connection: psycopg.Connection, query: str) -> None:
    assert column(connection, query) == []


def test_customers_look_like_customers(connection: psycopg.Connection) -> None:
    assert column(connection, "SELECT count(DISTINCT username) FROM xpoints.customers") == [5_000]
    odd = column(
        connection,
        """
        SELECT customers FROM xpoints.customers
        WHERE (username ~ '^[a-z-]+_[a-z]+_[0-9]+@example[.](com|net|org|edu|au)$' AND email = username
               AND phone_num ~ '^555-01[0-9]{2}$' AND age BETWEEN 18 AND 80 AND gender IN ('Female', 'Male', 'Other')
               AND address ~ '^[1-9][0-9]{3} [A-Z] Street$' AND state_code ~ '^[A-Z]{2}$'
               AND state ~ '^[A-Z][A-Za-z ]+$'
               AND city IN ('Any Town', 'Anytown', 'Anywhere', 'Nowhere') AND postal_code ~ '^[1-9][0-9]{4}$'
               AND length(first_name) > 1 AND length(last_name) > 1 AND length(maiden_name) > 1) IS NOT TRUE
        """,
    )
    assert odd == []
    assert column(connection, "SELECT count(DISTINCT state || state_code) FROM xpoints.customers") == [50]
    assert column(connection, "SELECT DISTINCT state_code FROM xpoints.customers WHERE state = 'Missouri'") == ["MO"]
    assert column(connection, "SELECT DISTINCT last_name FROM xpoints.customers WHERE first_name = 'Sofía'") == [
        "Martínez"
    ]


@pytest.mark.parametrize("table", ["customers", "catalog_items", "transactions", "images"])
def test_ids_are_random_uuids_and_start_in_key_order(connection: psycopg.Connection, table: str) -> None:
    ids = [uuid.UUID(str(found)) for found in column(connection, f"SELECT id FROM xpoints.{table}")]
    assert ids[:20] == sorted(ids)[:20]  # further down PostgreSQL is free to fill its pages in another order
    assert {(found.version, found.variant) for found in ids} == {(4, uuid.RFC_4122)}


def test_best_sellers_query_of_the_workshop(connection: psycopg.Connection) -> None:
    sold = pairs(
        connection,
        """
        SELECT name, sum(unit_cnt) AS sum_items
        FROM xpoints.catalog_items LEFT JOIN xpoints.order_items ON catalog_items.id = order_items.cat_item_id
        GROUP BY name HAVING sum(unit_cnt) > 0 ORDER BY sum_items DESC, name
        """,
    )
    assert len(sold) == 44
    assert next(iter(sold.items())) == ("Red Watch Strap", 10)


def test_second_load_changes_nothing(connection: psycopg.Connection) -> None:
    connection.execute("UPDATE xpoints.customers SET age = 99 WHERE username = 'carlos_salazar_125@example.edu'")
    before = digests(connection)
    assert set(run(connection, "load_rewards_data.sql")) == {0}
    assert digests(connection) == before


def test_second_load_completes_a_broken_one(connection: psycopg.Connection) -> None:
    before = digests(connection)
    for table in ("customers", "points_balances", "transactions"):
        connection.execute(f"DELETE FROM xpoints.{table}".encode())
    run(connection, "load_rewards_data.sql")
    assert digests(connection) == before


def test_every_load_is_the_same(connection: psycopg.Connection) -> None:
    before = digests(connection)
    run(connection, "reset.sql")
    assert column(connection, "SELECT 1 FROM pg_namespace WHERE nspname = 'xpoints'") == []
    assert column(connection, "SELECT rolname FROM pg_roles WHERE rolname LIKE 'rewards%'") == []
    run(connection, "reset.sql")
    run(connection, "ddl.sql")
    run(connection, "load_rewards_data.sql")
    assert digests(connection) == before
    assert before["customers"] == CUSTOMERS_DIGEST


def test_load_uses_nothing_that_aurora_dsql_refuses() -> None:
    for statement in statements("load_rewards_data.sql"):
        assert statement.startswith("INSERT INTO xpoints.")
        assert statement.endswith("ON CONFLICT DO NOTHING")
        assert "random" not in statement
