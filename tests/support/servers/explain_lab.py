"""A schema like the rewards shop's on a plain embedded PostgreSQL 16, and statements whose plans have all shapes.

Run as a program it records the plans that the golden tests use: `python -m support.servers.explain_lab FILE`.
"""

import asyncio
import json
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, LiteralString

import psycopg
from psycopg.types.string import TextLoader

from dsqltui.sim.explain.explain import FACTS, ExplainRequest, PlanSchema, parse_explain, render
from dsqltui.sim.explain.plan_schema import plan_schema
from dsqltui.sim.postgres.postgres import Postgres

SCHEMA: LiteralString = """
CREATE SCHEMA xpoints;
SET search_path = xpoints;
CREATE TABLE customers (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(), username varchar(50), first_name varchar(50), last_name varchar(50),
    phone_num varchar(20), age int, address varchar(100), state varchar(25));
INSERT INTO customers (id, username, first_name, last_name, phone_num, age, address, state)
    SELECT md5('c' || n)::uuid, 'user_' || n || '@example.com', 'First' || n % 97, 'Last' || n % 89,
           '555-' || lpad((n % 1000)::text, 4, '0'), 18 + n % 70, n || ' Main Street', 'State ' || n % 50
      FROM generate_series(1, 5000) n;
CREATE INDEX customers_username_idx ON customers (username);
CREATE INDEX customers_phone_num_idx ON customers (phone_num);
CREATE TABLE points_balances (
    customer_id uuid PRIMARY KEY REFERENCES customers (id), points_balance int, updated timestamp);
INSERT INTO points_balances
    SELECT id, (age * 37) % 900, timestamp '2025-01-01' + age * interval '1 day' FROM customers
     WHERE age < 87;
CREATE TABLE transactions (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(), customer_id uuid, tx_type varchar(20), points int,
    tx_dt timestamp DEFAULT now(), tx_description text);
INSERT INTO transactions
    SELECT md5('t' || n)::uuid, md5('c' || n % 2000)::uuid, CASE WHEN n % 5 = 0 THEN 'BOOST' ELSE 'PURCHASE' END,
           n % 300, timestamp '2025-01-01' + n * interval '1 minute', 'Transaction ' || n
      FROM generate_series(1, 20000) n;
CREATE INDEX transactions_customer_id_idx ON transactions (customer_id);
CREATE TABLE catalog_items (id int PRIMARY KEY, name varchar(50), usd_price numeric(8, 2), is_active bool, "Order" int);
INSERT INTO catalog_items SELECT n, 'Item ' || n, n * 1.25, n % 3 = 0, n FROM generate_series(1, 200) n;
CREATE INDEX catalog_items_price_idx ON catalog_items (usd_price);
CREATE TABLE order_items (tx_id uuid, cat_item_id int, unit_cnt int, PRIMARY KEY (tx_id, cat_item_id));
INSERT INTO order_items SELECT md5('t' || n)::uuid, n % 200, n % 7 FROM generate_series(1, 4000) n;
CREATE TABLE log_lines (at timestamp, account uuid, line text);
INSERT INTO log_lines SELECT timestamp '2025-01-01' + n * interval '1 hour', md5('c' || n)::uuid,
    CASE WHEN n % 3 = 0 THEN 'external ' ELSE 'internal ' END || n FROM generate_series(1, 3000) n;
CREATE TABLE account (customer_id uuid, balance int, status varchar, created_at timestamp);
INSERT INTO account SELECT md5('c' || n % 500)::uuid, n % 400, CASE WHEN n % 4 = 0 THEN 'pending' ELSE 'active' END,
    timestamp '2024-06-01' + n * interval '1 hour' FROM generate_series(1, 20000) n;
CREATE INDEX idx1 ON account (customer_id) INCLUDE (balance, status);
CREATE VIEW rich AS SELECT c.username, b.points_balance FROM customers c JOIN points_balances b ON b.customer_id = c.id
    WHERE b.points_balance > 800;
CREATE FUNCTION older(int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT $1 + 1';
"""
TABLES = ("customers", "points_balances", "transactions", "catalog_items", "order_items", "log_lines", "account")

_ID = "id = '0000a2c0-71c2-473a-856b-ffb89526d5e5'"

STATEMENTS = (
    "SELECT 1",
    "VALUES (1, 'a'), (2, 'b')",
    "SELECT * FROM customers LIMIT 1",
    "SELECT phone_num FROM customers LIMIT 1",
    "SELECT count(*) FROM customers",
    f"SELECT * FROM customers WHERE {_ID}",
    "SELECT address FROM customers WHERE username = 'user_7@example.com'",
    "SELECT id FROM customers WHERE username = 'user_7@example.com'",
    "SELECT first_name FROM customers WHERE age > 40 AND last_name LIKE 'Last1%' AND state IN ('State 1', 'State 2')",
    "SELECT upper(first_name) || '!' FROM customers WHERE lower(username) = 'x' OR age IS NULL",
    "SELECT * FROM customers WHERE username = 'a' OR phone_num = 'b'",
    "SELECT * FROM customers ORDER BY username DESC LIMIT 3",
    "SELECT * FROM customers ORDER BY state, username LIMIT 3",
    "SELECT account, line FROM log_lines WHERE at > '2025-02-01' AND line LIKE '%external%'",
    "SELECT balance FROM account WHERE customer_id = md5('c7')::uuid AND balance % 2 = 0 AND status = 'pending'",
    "SELECT created_at FROM account WHERE customer_id = md5('c7')::uuid AND status = 'pending' "
    "AND created_at > '2024-07-01'",
    'SELECT name FROM catalog_items WHERE usd_price BETWEEN 10 AND 20 AND NOT is_active AND "Order" < 100',
    "SELECT t.points, b.points_balance FROM transactions t JOIN points_balances b USING (customer_id) "
    "WHERE t.id = md5('t9')::uuid",
    "SELECT c.username, t.points FROM customers c LEFT JOIN transactions t ON t.customer_id = c.id "
    "WHERE c.username IN ('user_1@example.com', 'user_2@example.com')",
    "SELECT name, sum(unit_cnt) AS sum_items FROM catalog_items LEFT JOIN order_items "
    "ON catalog_items.id = order_items.cat_item_id GROUP BY name HAVING sum(unit_cnt) > 0 "
    "ORDER BY sum_items DESC, name",
    "SELECT * FROM transactions a FULL JOIN order_items b ON a.id = b.tx_id",
    "SELECT state, age, count(*) FROM customers GROUP BY GROUPING SETS ((state), (age), ())",
    "SELECT state, count(*) FROM customers GROUP BY CUBE (state)",
    "SELECT DISTINCT state FROM customers",
    "SELECT DISTINCT ON (customer_id) customer_id, points FROM transactions ORDER BY customer_id, tx_dt",
    "WITH t AS MATERIALIZED (SELECT customer_id, sum(points) AS total FROM transactions GROUP BY 1) "
    "SELECT * FROM t WHERE total > 100",
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10) SELECT * FROM n",
    "SELECT username, (SELECT max(points) FROM transactions t WHERE t.customer_id = c.id) FROM customers c "
    "WHERE age = 30",
    "SELECT * FROM customers WHERE age > (SELECT avg(age) FROM customers)",
    "SELECT * FROM customers c WHERE EXISTS (SELECT 1 FROM transactions t WHERE t.customer_id = c.id)",
    "SELECT * FROM customers c WHERE NOT EXISTS (SELECT 1 FROM transactions t WHERE t.customer_id = c.id)",
    "SELECT * FROM customers WHERE id NOT IN (SELECT customer_id FROM transactions)",
    "SELECT username FROM customers UNION ALL SELECT name FROM catalog_items",
    "SELECT id FROM customers INTERSECT SELECT customer_id FROM transactions",
    "SELECT id FROM catalog_items EXCEPT ALL SELECT cat_item_id FROM order_items",
    "SELECT username, rank() OVER (PARTITION BY state ORDER BY age) FROM customers",
    "SELECT * FROM (SELECT id, row_number() OVER (ORDER BY id) AS n FROM catalog_items) q WHERE n < 5",
    "SELECT * FROM generate_series(1, 10) g WHERE g > 3",
    "SELECT * FROM ROWS FROM (generate_series(1, 2), generate_series(1, 3)) AS g (a, b)",
    "SELECT * FROM rich",
    "SELECT * FROM customers TABLESAMPLE BERNOULLI (10) REPEATABLE (1)",
    "SELECT * FROM customers WHERE ctid = '(0,1)'",
    "SELECT * FROM catalog_items, "
    "LATERAL (SELECT * FROM order_items o WHERE o.cat_item_id = catalog_items.id LIMIT 2) l",
    "SELECT * FROM catalog_items a JOIN catalog_items b ON a.usd_price < b.usd_price",
    "SELECT * FROM pg_catalog.pg_class WHERE relname = 'customers'",
    "SELECT * FROM customers WHERE false",
    "SELECT * FROM customers WHERE username = 'a' FOR UPDATE",
    "INSERT INTO catalog_items (id, name) VALUES (1001, 'x'), (1002, 'y'), (1003, 'z')",
    "INSERT INTO catalog_items (id, name) VALUES (1, 'x') ON CONFLICT (id) DO UPDATE SET name = excluded.name",
    "INSERT INTO log_lines SELECT tx_dt, customer_id, tx_description FROM transactions WHERE points = 7 RETURNING at",
    "UPDATE customers SET address = '123 Main Street' WHERE username = 'user_3@example.com'",
    "UPDATE points_balances b SET points_balance = points_balance + t.points FROM transactions t "
    "WHERE t.customer_id = b.customer_id AND t.points = 42",
    "DELETE FROM transactions WHERE customer_id = md5('c3')::uuid",
    "MERGE INTO catalog_items c USING (VALUES (1, 'a'), (999, 'b')) v (id, name) ON c.id = v.id "
    "WHEN MATCHED THEN UPDATE SET name = v.name WHEN NOT MATCHED THEN INSERT (id, name) VALUES (v.id, v.name)",
    "WITH gone AS (DELETE FROM log_lines WHERE at < '2025-01-05' RETURNING *) SELECT count(*) FROM gone",
    "INSERT INTO points_balances SELECT id, 1, now() FROM customers WHERE age = 20 ON CONFLICT DO NOTHING",
    "INSERT INTO points_balances SELECT id, 1, now() FROM customers WHERE age = 87",
    "SELECT older(age) FROM customers WHERE older(age) = 30",
    "CREATE TABLE copied AS SELECT id FROM customers",
    "SELECT name FROM catalog_items ORDER BY usd_price LIMIT 1",
    "SELECT * FROM transactions WHERE customer_id = md5('c3')::uuid AND points = 7 AND tx_description LIKE 'T%'",
    "SELECT b.points_balance FROM customers c JOIN points_balances b ON b.customer_id = c.id AND c.age = 30",
)


class ExplainLab:
    """A connection to the schema."""

    def __init__(self, connection: "psycopg.Connection[Any]", socket_path: Path, secret: str) -> None:
        self.connection = connection
        self.socket_path = socket_path
        self.secret = secret

    def run(self, statement: str) -> list[tuple[Any, ...]]:
        """Execute; the rows, if any. What it changed is undone."""
        with self.connection.transaction(force_rollback=True):
            cursor = self.connection.execute(statement.encode())
            return cursor.fetchall() if cursor.description else []

    def run_in_transaction(self, script: str) -> None:
        """Execute statements in the transaction that is open."""
        self.connection.execute(script.encode())

    @property
    def schema(self) -> PlanSchema:
        return plan_schema(self.run(FACTS))

    def plan_json(self, request: ExplainRequest) -> str:
        """PostgreSQL's answer to what we send it."""
        ((plan,),) = self.run(request.json_sql(request.statement))
        return str(plan)

    def explain(self, sql: str) -> list[str]:
        """Our lines for a client's EXPLAIN."""
        request = parse_explain(sql)
        assert request is not None, sql
        return render(self.plan_json(request), request, self.schema)

    def lines(self, sql: str) -> list[str]:
        """PostgreSQL's own lines."""
        return [str(line) for (line,) in self.run(sql)]


@contextmanager
def explain_lab(directory: Path) -> Iterator[ExplainLab]:
    """The server, the schema and a connection, for as long as the block runs."""
    with asyncio.Runner() as runner:
        server = Postgres(directory)
        runner.run(server.start())
        try:
            with psycopg.connect(
                host=str(server.socket_dir),
                port=5432,
                user="postgres",
                password=server.secret,
                dbname="postgres",
                autocommit=True,
            ) as connection:
                # the JSON as text, as it comes over the wire
                connection.adapters.register_loader("json", TextLoader)
                connection.execute(SCHEMA)
                for table in TABLES:
                    connection.execute(f"VACUUM ANALYZE xpoints.{table}".encode())
                yield ExplainLab(connection, server.socket_path, server.secret)
        finally:
            runner.run(server.stop())


GOLDEN_STATEMENTS = (
    "EXPLAIN SELECT * FROM customers LIMIT 1",
    "EXPLAIN SELECT phone_num FROM customers LIMIT 1",
    "EXPLAIN VERBOSE SELECT address FROM customers WHERE username = 'user_7@example.com'",
    "EXPLAIN ANALYZE SELECT account, line FROM log_lines WHERE at > '2025-02-01' AND line LIKE '%external%'",
    "EXPLAIN ANALYZE SELECT created_at FROM account WHERE customer_id = md5('c7')::uuid AND status = 'active' "
    "AND created_at > '2024-07-01'",
    "EXPLAIN ANALYZE SELECT c.username, t.points FROM customers c LEFT JOIN transactions t ON t.customer_id = c.id "
    "WHERE c.username IN ('user_1@example.com', 'user_2@example.com')",
    "EXPLAIN ANALYZE VERBOSE SELECT name, sum(unit_cnt) AS sum_items FROM catalog_items LEFT JOIN order_items "
    "ON catalog_items.id = order_items.cat_item_id GROUP BY name HAVING sum(unit_cnt) > 0 "
    "ORDER BY sum_items DESC, name",
    "EXPLAIN ANALYZE VERBOSE INSERT INTO catalog_items (id, name) VALUES (1001, 'x'), (1002, 'y'), (1003, 'z')",
    "EXPLAIN (ANALYZE, VERBOSE) UPDATE customers SET address = 'x' WHERE username = 'user_3@example.com'",
    "EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF) "
    "INSERT INTO points_balances SELECT id, 1 FROM customers WHERE age = 87",
)


def record_goldens(path: Path) -> None:
    """Write statements, PostgreSQL's plans and our lines to a file; to be read before it is committed."""
    with tempfile.TemporaryDirectory() as directory, explain_lab(Path(directory)) as lab:
        goldens = []
        for sql in GOLDEN_STATEMENTS:
            request = parse_explain(sql)
            assert request is not None, sql
            plan = lab.plan_json(request)
            lines = render(plan, request, lab.schema)
            goldens.append({"sql": sql, "lines": lines, "plan": json.loads(plan)})
        path.write_text(json.dumps({"tables": lab.run(FACTS), "goldens": goldens}, indent=1) + "\n")


if __name__ == "__main__":
    record_goldens(Path(sys.argv[1]))
