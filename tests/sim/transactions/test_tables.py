"""Tables of every shape inside writing transactions: what the private copies must get right."""

import boto3
import pytest

from sim.conftest import ROLE_ARN, BehindTheScenes, Connect
from support.servers.forms import Client, Form

CONFLICT = "40001"
UNIQUE_VIOLATION = "23505"


def make(client: Client, *statements: str) -> None:
    """Set the scene."""
    for sql in statements:
        answer = client.run(sql)
        assert answer.sqlstate is None, f"{sql!r} gave {answer}"


def in_transaction(client: Client, *statements: str) -> None:
    """Run and commit; every statement succeeds."""
    make(client, "BEGIN", *statements, "COMMIT")


def both_change(a: Client, b: Client, sql_a: str, sql_b: str) -> None:
    """Both transactions succeed at once, A commits, B loses."""
    make(a, "BEGIN", sql_a)
    make(b, "BEGIN", sql_b)
    a.expect("COMMIT", "COMMIT")
    assert b.run("COMMIT").sqlstate == CONFLICT


class TestNames:
    def test_qualified_names(self, connect: Connect, form: Form, schema: str) -> None:
        client = connect(0, form)  # no search path: the schema's name is the only way
        t = f"{schema}.items"
        make(client, f"CREATE TABLE {t} (id int PRIMARY KEY, n int)", f"INSERT INTO {t} VALUES (1, 0), (2, 0)")
        make(client, "BEGIN")
        client.expect(f"UPDATE {t} SET n = 1 WHERE {t}.id = 1", "UPDATE 1")
        client.expect(
            f"INSERT INTO {t} AS i (id, n) VALUES (2, 5) ON CONFLICT (id) DO UPDATE SET n = i.n + 7", "INSERT 0 1"
        )
        client.expect(f"DELETE FROM {t} USING {t} AS other WHERE {t}.id = 1 AND other.id = 2", "DELETE 1")
        assert client.rows(f"SELECT items.id, {t}.n, x.n FROM {t}, {t} AS x") == (("2", "7", "7"),)
        assert client.rows(f"SELECT {t}.* FROM {t} JOIN {t} y USING (id) WHERE EXISTS (SELECT FROM {t} WHERE n = 7)")
        make(client, "COMMIT")
        assert client.rows(f"SELECT * FROM {t}") == (("2", "7"),)

    def test_quoted_names(self, a: Client, b: Client, schema: str) -> None:
        t = '"Wéird ""table"""'
        make(
            a, f'CREATE TABLE {t} ("Key" int PRIMARY KEY, "select" text)', f"INSERT INTO {t} VALUES (1, 'x'), (2, 'y')"
        )
        in_transaction(a, f"""UPDATE "{schema}".{t} SET "select" = 'o''k' WHERE "Key" = 1""")
        assert b.rows(f'SELECT "select" FROM {t} WHERE "Key" = 1') == (("o'k",),)
        both_change(a, b, f'DELETE FROM {t} WHERE "Key" = 2', f"""UPDATE {t} SET "select" = 'z' WHERE "Key" = 2""")

    def test_one_name_in_two_schemas(self, a: Client, schema: str) -> None:
        other = f"{schema}_b"
        make(a, f"CREATE SCHEMA {other}")
        for name in (schema, other):
            make(a, f"CREATE TABLE {name}.twin (id int PRIMARY KEY, n int)", f"INSERT INTO {name}.twin VALUES (1, 0)")
        make(a, f"SET search_path TO {other}, {schema}", "BEGIN")
        a.expect(f"UPDATE {schema}.twin SET n = 1", "UPDATE 1")
        assert a.rows(f"SELECT n, (SELECT n FROM {schema}.twin), (SELECT n FROM {other}.twin) FROM twin") == (
            ("0", "1", "0"),
        )
        a.expect("UPDATE twin SET n = 2", "UPDATE 1")
        assert a.rows(f"SELECT twin.n, t.n FROM {schema}.twin t, {other}.twin") == (("2", "1"),)
        a.expect(f"UPDATE {schema}.twin SET n = twin.n + 10 WHERE {schema}.twin.n = 1", "UPDATE 1")
        make(a, "COMMIT")
        assert a.rows(f"SELECT n, (SELECT n FROM {schema}.twin) FROM {other}.twin") == (("2", "11"),)
        make(a, f"DROP SCHEMA {other} CASCADE")

    def test_position_in_a_statement_with_a_replaced_name(self, a: Client, schema: str) -> None:
        other = f"{schema}_b"
        make(a, f"CREATE SCHEMA {other}", f"CREATE TABLE {other}.far (id int PRIMARY KEY)")
        make(a, "BEGIN", f"INSERT INTO {other}.far VALUES (1)")
        sql = f"SELECT {other}.far.id FROM {other}.far, {other}.far AS x WHERE nothing = 1"
        assert a.run(sql).position == sql.index("nothing") + 1
        make(a, "ROLLBACK", f"DROP SCHEMA {other} CASCADE")


class TestKeys:
    def test_composite_keys(self, a: Client, b: Client) -> None:
        make(
            a,
            "CREATE TABLE seats (flight text, seat text, who text, PRIMARY KEY (flight, seat))",
            "INSERT INTO seats VALUES ('ab', 'c', ''), ('a', 'bc', '')",
        )
        make(a, "BEGIN", "UPDATE seats SET who = 'A' WHERE flight = 'ab'")
        make(b, "BEGIN", "UPDATE seats SET who = 'B' WHERE flight = 'a'")
        make(a, "COMMIT")
        make(b, "COMMIT")
        both_change(
            a, b, "UPDATE seats SET who = 'A2' WHERE seat = 'c'", "UPDATE seats SET who = 'B2' WHERE seat = 'c'"
        )

    def test_a_changed_key(self, a: Client, b: Client) -> None:
        make(a, "CREATE TABLE t (id int PRIMARY KEY, n int)", "INSERT INTO t VALUES (1, 0), (2, 0)")
        make(b, "BEGIN")
        b.expect("UPDATE t SET id = 3 WHERE id = 1", "UPDATE 1")
        a.expect("INSERT INTO t VALUES (3, 9)", "INSERT 0 1")
        assert b.run("COMMIT").sqlstate == CONFLICT
        in_transaction(b, "UPDATE t SET id = id + 10")
        assert a.rows("SELECT id FROM t ORDER BY id") == (("11",), ("12",), ("13",))

    def test_no_key(self, a: Client, b: Client) -> None:
        make(a, "CREATE TABLE log (line text)", "INSERT INTO log VALUES ('x'), ('x'), ('y')")
        in_transaction(a, "UPDATE log SET line = 'z' WHERE line = 'y'", "INSERT INTO log VALUES ('x')")
        assert b.rows("SELECT line, count(*) FROM log GROUP BY line ORDER BY line") == (("x", "3"), ("z", "1"))
        make(a, "BEGIN", "INSERT INTO log VALUES ('a')")
        make(b, "BEGIN", "INSERT INTO log VALUES ('b')")
        make(a, "COMMIT")
        make(b, "COMMIT")
        both_change(a, b, "DELETE FROM log WHERE line = 'z'", "UPDATE log SET line = 'w' WHERE line = 'z'")

    def test_a_secondary_unique_index_and_a_swap(self, a: Client, b: Client) -> None:
        make(
            a,
            "CREATE TABLE runners (id int PRIMARY KEY, place int UNIQUE)",
            "INSERT INTO runners VALUES (1, 10), (2, 20)",
        )
        in_transaction(
            a,
            "UPDATE runners SET place = -1 WHERE id = 1",
            "UPDATE runners SET place = 10 WHERE id = 2",
            "UPDATE runners SET place = 20 WHERE id = 1",
        )
        assert b.rows("SELECT place FROM runners ORDER BY id") == (("20",), ("10",))
        make(b, "BEGIN")
        refused = b.run("INSERT INTO runners VALUES (3, 10)")
        assert (refused.sqlstate, "runners_place_key" in refused.message) == (UNIQUE_VIOLATION, True)
        make(b, "ROLLBACK")
        both_change(a, b, "INSERT INTO runners VALUES (4, 40)", "INSERT INTO runners VALUES (5, 40)")

    def test_empty_tables(self, a: Client, b: Client) -> None:
        make(a, "CREATE TABLE t (id int PRIMARY KEY)")
        in_transaction(a, "DELETE FROM t", "SELECT * FROM t FOR UPDATE")
        both_change(a, b, "INSERT INTO t VALUES (1)", "INSERT INTO t VALUES (1)")
        in_transaction(a, "DELETE FROM t")
        assert b.rows("SELECT * FROM t") == ()

    def test_a_table_without_columns(self, a: Client) -> None:
        make(a, "CREATE TABLE nothing ()")
        in_transaction(a, "INSERT INTO nothing DEFAULT VALUES", "INSERT INTO nothing DEFAULT VALUES")
        assert a.run("SELECT count(*) FROM nothing").value == "2"


class TestColumns:
    def test_defaults_identity_and_generated_columns(self, a: Client, b: Client) -> None:
        make(
            a,
            "CREATE TABLE orders (id bigint GENERATED BY DEFAULT AS IDENTITY (CACHE 1) PRIMARY KEY, "
            "price numeric DEFAULT 10, twice numeric GENERATED ALWAYS AS (price * 2) STORED, "
            "at timestamptz DEFAULT now(), CHECK (price > 0))",
            "INSERT INTO orders DEFAULT VALUES",
        )
        make(a, "BEGIN")
        make(b, "BEGIN")
        for client in (a, b, a):
            make(client, "INSERT INTO orders DEFAULT VALUES")
        make(a, "UPDATE orders SET price = 7 WHERE id = 1", "COMMIT")
        make(b, "COMMIT")
        assert len(a.rows("SELECT DISTINCT id FROM orders")) == 4
        assert a.rows("SELECT twice FROM orders WHERE id = 1") == (("14.000000",),)
        make(a, "BEGIN")
        assert a.run("UPDATE orders SET twice = 1").sqlstate == "428C9"
        make(a, "ROLLBACK", "BEGIN")
        assert a.run("INSERT INTO orders (price) VALUES (-1)").sqlstate == "23514"
        make(a, "ROLLBACK")

    @pytest.mark.parametrize("begins", [True, False], ids=["transaction", "autocommit"])
    def test_identity_always_takes_no_value(self, a: Client, b: Client, begins: bool) -> None:
        make(
            a,
            "CREATE TABLE always (id bigint GENERATED ALWAYS AS IDENTITY (CACHE 1) PRIMARY KEY, n int)",
            "CREATE TABLE written (id int PRIMARY KEY)",
            "INSERT INTO always (n) VALUES (1)",
        )
        for sql, text in (
            ("INSERT INTO always VALUES (77, 1)", 'cannot insert a non-DEFAULT value into column "id"'),
            ("INSERT INTO always SELECT 77, 1", 'cannot insert a non-DEFAULT value into column "id"'),
            ("UPDATE always SET id = 77", 'column "id" can only be updated to DEFAULT'),
        ):
            make(a, *["BEGIN"] * begins)
            refused = a.run(sql)
            assert (refused.sqlstate, refused.message) == ("428C9", text)
            make(a, *["ROLLBACK"] * begins)
        make(
            a,
            *["BEGIN"] * begins,
            "INSERT INTO always OVERRIDING SYSTEM VALUE VALUES (77, 2)",
            "INSERT INTO always OVERRIDING USER VALUE VALUES (78, 3)",
            "INSERT INTO always (id, n) VALUES (DEFAULT, 4)",
            *["COMMIT"] * begins,
        )
        make(b, "INSERT INTO always (n) VALUES (5)")
        assert b.rows("SELECT n, id FROM always ORDER BY n") == (
            ("1", "1"),
            ("2", "77"),
            ("3", "2"),
            ("4", "3"),
            ("5", "4"),
        )
        assert a.rows("SELECT pg_get_serial_sequence('always', 'id') IS NOT NULL") == (("t",),)

    def test_the_sequence_of_a_copied_table_stays(self, a: Client) -> None:
        """However the transaction ends, and however often: dropping the copy does not take the sequence along."""
        make(a, "CREATE TABLE always (id bigint GENERATED ALWAYS AS IDENTITY (CACHE 1) PRIMARY KEY, n int)")
        for end in ("COMMIT", "ROLLBACK", "COMMIT"):
            make(a, "BEGIN", "INSERT INTO always (n) VALUES (1)", end)
        make(a, "BEGIN")
        assert a.run("INSERT INTO always (id) VALUES (1)").sqlstate == "428C9"
        make(a, "COMMIT", "INSERT INTO always (n) VALUES (1)")
        assert a.rows("SELECT id FROM always ORDER BY id") == (("1",), ("3",), ("4",))

    def test_returning(self, a: Client) -> None:
        make(a, "CREATE TABLE t (id int PRIMARY KEY, n int DEFAULT 5)", "BEGIN")
        assert a.rows("INSERT INTO t VALUES (1), (2) RETURNING id, n") == (("1", "5"), ("2", "5"))
        assert a.rows("UPDATE t SET n = n + id RETURNING t.n") == (("6",), ("7",))
        assert a.rows("DELETE FROM t WHERE id = 1 RETURNING *") == (("1", "6"),)
        make(a, "COMMIT")

    def test_a_dropped_and_an_added_column(self, a: Client) -> None:
        make(a, "CREATE TABLE t (id int PRIMARY KEY, gone int, n int)", "INSERT INTO t VALUES (1, 2, 3)")
        make(a, "ALTER TABLE t DROP COLUMN gone", "ALTER TABLE t ADD COLUMN late text")
        in_transaction(a, "UPDATE t SET late = 'x'", "INSERT INTO t VALUES (2, 4, 'y')")
        assert a.rows("SELECT * FROM t ORDER BY id") == (("1", "3", "x"), ("2", "4", "y"))

    def test_json_and_null_values(self, a: Client) -> None:
        make(a, "CREATE TABLE t (id int PRIMARY KEY, j json, b jsonb, x text)")
        in_transaction(
            a, """INSERT INTO t VALUES (1, '{"a": 1}', '{"b":  2}', NULL)""", "UPDATE t SET x = '' WHERE id = 1"
        )
        in_transaction(a, "UPDATE t SET x = NULL")
        assert a.rows("SELECT j, b, x FROM t") == (('{"a": 1}', '{"b": 2}', None),)


class TestViews:
    def test_a_view_shows_the_transactions_own_changes(self, a: Client, schema: str) -> None:
        make(
            a,
            "CREATE TABLE t (id int PRIMARY KEY, n int)",
            "INSERT INTO t VALUES (1, 1)",
            "CREATE VIEW sums AS SELECT sum(n) AS total FROM t",
            "CREATE VIEW twice AS SELECT total * 2 AS total FROM sums",
        )
        make(a, "BEGIN", "UPDATE t SET n = 5")
        assert a.rows(f"SELECT s.total, w.total FROM sums s, {schema}.twice w") == (("5", "10"),)
        make(a, "ROLLBACK")
        assert a.run("SELECT total FROM twice").value == "2"

    def test_updatable_and_nested_views(self, a: Client, b: Client) -> None:
        make(
            a,
            "CREATE TABLE t (id int PRIMARY KEY, n int)",
            "INSERT INTO t VALUES (1, 1), (2, -1)",
            "CREATE VIEW positive AS SELECT * FROM t WHERE n > 0",
            "CREATE VIEW small AS SELECT * FROM positive WHERE n < 100",
        )
        make(a, "BEGIN")
        a.expect("UPDATE small SET n = n + 1", "UPDATE 1")
        a.expect("INSERT INTO positive VALUES (3, 3)", "INSERT 0 1")
        assert a.rows("SELECT id, n FROM t ORDER BY id") == (("1", "2"), ("2", "-1"), ("3", "3"))
        make(a, "COMMIT")
        both_change(a, b, "UPDATE small SET n = 50 WHERE id = 1", "DELETE FROM t WHERE id = 1")


class TestStatements:
    @pytest.fixture(autouse=True)
    def tables(self, a: Client) -> None:
        make(
            a,
            "CREATE TABLE source (id int PRIMARY KEY, n int)",
            "CREATE TABLE target (id int PRIMARY KEY, n int)",
            "INSERT INTO source VALUES (1, 10), (2, 20)",
        )

    def test_data_modifying_with(self, a: Client, b: Client) -> None:
        move = "WITH moved AS (DELETE FROM source WHERE id = 1 RETURNING *) INSERT INTO target SELECT * FROM moved"
        make(a, "BEGIN")
        a.expect(move, "INSERT 0 1")
        make(b, "BEGIN")
        b.expect("UPDATE source SET n = 11 WHERE id = 1", "UPDATE 1")
        make(a, "COMMIT")
        assert b.run("COMMIT").sqlstate == CONFLICT
        assert b.rows("SELECT * FROM target") == (("1", "10"),)

    def test_select_around_a_modifying_with(self, a: Client, b: Client) -> None:
        make(a, "BEGIN")
        assert a.rows("WITH d AS (DELETE FROM source RETURNING n) SELECT sum(n) FROM d") == (("30",),)
        assert b.run("SELECT count(*) FROM source").value == "2"
        make(a, "ROLLBACK")
        assert b.run("SELECT count(*) FROM source").value == "2"

    def test_several_tables_in_one_transaction(self, a: Client, b: Client) -> None:
        make(a, "BEGIN", "DELETE FROM source WHERE id = 1", "INSERT INTO target VALUES (1, 10)")
        assert b.rows("SELECT (SELECT count(*) FROM source), (SELECT count(*) FROM target)") == (("2", "0"),)
        make(a, "COMMIT")
        assert b.rows("SELECT (SELECT count(*) FROM source), (SELECT count(*) FROM target)") == (("1", "1"),)

    def test_update_from_and_delete_using(self, a: Client) -> None:
        in_transaction(
            a,
            "INSERT INTO target VALUES (1, 0), (2, 0)",
            "UPDATE target AS t SET n = s.n FROM source AS s WHERE s.id = t.id",
            "DELETE FROM source USING target WHERE target.id = source.id AND target.n = 20",
        )
        assert a.rows("SELECT n FROM target ORDER BY id") == (("10",), ("20",))
        assert a.rows("SELECT id FROM source") == (("1",),)

    def test_a_function_that_writes(self, a: Client, b: Client, schema: str) -> None:
        make(
            a,
            "CREATE FUNCTION spend(int) RETURNS int LANGUAGE sql "
            f"AS 'UPDATE {schema}.source SET n = n - $1 WHERE id = 1 RETURNING n'",
            "CREATE FUNCTION unqualified(int) RETURNS int LANGUAGE sql "
            "AS 'UPDATE source SET n = n - $1 WHERE id = 2 RETURNING n'",
        )
        make(a, "BEGIN")
        assert a.run("SELECT unqualified(1)").value == "19"
        assert a.run("SELECT n FROM source WHERE id = 2").value == "19"
        assert b.run("SELECT n FROM source WHERE id = 2").value == "20"
        make(b, "BEGIN", "UPDATE source SET n = 0 WHERE id = 2")
        make(a, "COMMIT")
        assert b.run("COMMIT").sqlstate == CONFLICT
        assert a.run("SELECT unqualified(1)").value == "18"

    @pytest.mark.parametrize(
        ("arguments", "body", "value"),
        [
            ("$1 int", "AS 'UPDATE {s}.source SET n = n - $1 WHERE id = 2 RETURNING n'", "19"),
            ("by_much int", "BEGIN ATOMIC UPDATE source SET n = n - by_much WHERE id = 2 RETURNING n; END", "19"),
            ("x int", "AS 'SELECT {s}.inner_spend(x)'", "19"),
            ("x int DEFAULT 1", "RETURN inner_spend(x)", "19"),
            (
                "x int",
                "STRICT AS 'UPDATE source AS s SET n = s.n - x WHERE s.id = 2; SELECT n FROM {s}.source WHERE id = 2'",
                "19",
            ),
        ],
        ids=["qualified", "atomic", "nested", "return", "mixed"],
    )
    def test_functions_work_on_the_transactions_own_rows(
        self, a: Client, b: Client, schema: str, arguments: str, body: str, value: str
    ) -> None:
        inner = f"AS 'UPDATE {schema}.source SET n = n - $1 WHERE id = 2 RETURNING n'"
        make(
            a,
            f"CREATE FUNCTION inner_spend(int) RETURNS int LANGUAGE sql {inner}",
            f"CREATE FUNCTION spend({arguments.removeprefix('$1 ')}) RETURNS int LANGUAGE sql {body.format(s=schema)}",
        )
        assert a.run("SELECT spend(1)").value == value, "in autocommit"
        make(a, "UPDATE source SET n = 20 WHERE id = 2", "BEGIN")
        assert a.run("SELECT spend(1)").value == value
        assert a.run(f"SELECT {schema}.spend(1) AS left FROM source WHERE id = 2").value == "18"
        assert a.run("SELECT n FROM source WHERE id = 2").value == "18"
        assert b.run("SELECT n FROM source WHERE id = 2").value == "20"
        b.expect("UPDATE source SET n = 0 WHERE id = 2", "UPDATE 1")
        assert a.run("COMMIT").sqlstate == CONFLICT
        in_transaction(a, "UPDATE source SET n = 10 WHERE id = 2", "SELECT spend(1)")
        assert b.run("SELECT n FROM source WHERE id = 2").value == "9"
        assert a.run("SELECT count(*) FROM pg_proc WHERE proname = 'spend'").value == "1"

    def test_functions_that_read_see_the_transactions_own_rows(self, a: Client, schema: str) -> None:
        total = f"'SELECT sum(n) FROM {schema}.source'"
        make(a, f"CREATE FUNCTION total() RETURNS bigint STABLE LANGUAGE sql AS {total}")
        before = int(a.run("SELECT total()").value or "")
        make(a, "BEGIN", "UPDATE source SET n = n + 1 WHERE id = 1")
        assert a.run("SELECT total()").value == str(before + 1)
        assert (
            a.run("SELECT id FROM source WHERE total() > 0 AND id = 1 AND 'source'::regclass IS NOT NULL").value == "1"
        )
        make(a, "UPDATE source SET n = n + 1 WHERE id = 1")
        assert a.run("SELECT total()").value == str(before + 2)
        make(a, "ROLLBACK")
        assert a.run("SELECT total()").value == str(before)

    def test_copy_into_a_written_table(self, a: Client, b: Client) -> None:
        make(a, "BEGIN", "INSERT INTO target VALUES (1, 0)")
        assert a.copy_in("COPY target FROM STDIN", b"2\t2\n3\t3\n").tag == "COPY 2"
        assert b.run("SELECT count(*) FROM target").value == "0"
        make(a, "COMMIT")
        assert b.run("SELECT count(*) FROM target").value == "3"

    def test_explain_analyze_of_a_write_writes(self, a: Client, b: Client) -> None:
        make(a, "BEGIN", "EXPLAIN ANALYZE UPDATE source SET n = 0")
        assert a.run("SELECT sum(n) FROM source").value == "0"
        assert b.run("SELECT sum(n) FROM source").value == "30"
        make(a, "ROLLBACK")
        assert a.run("SELECT sum(n) FROM source").value == "30"

    def test_locking_only_one_table_of_a_join(self, a: Client, b: Client) -> None:
        make(a, "INSERT INTO target VALUES (1, 0)", "BEGIN")
        a.expect("SELECT s.n FROM source s JOIN target t USING (id) FOR UPDATE OF s", "SELECT 1")
        make(b, "UPDATE target SET n = 1 WHERE id = 1")
        make(a, "COMMIT", "BEGIN")
        a.expect("SELECT s.n FROM source s JOIN target t USING (id) FOR UPDATE OF s", "SELECT 1")
        make(b, "UPDATE source SET n = 1 WHERE id = 1")
        assert a.run("COMMIT").sqlstate == CONFLICT

    def test_parameters(self, a: Client, form: Form) -> None:
        if form is Form.SIMPLE:
            pytest.skip("the simple form has none")
        make(a, "BEGIN")
        assert a.run("UPDATE source SET n = $1::int WHERE id = $2", "5", "1").tag == "UPDATE 1"
        assert a.run("SELECT n FROM source WHERE n = $1", "5").value == "5"
        assert a.run("INSERT INTO target VALUES ($1, $2)", "1", None).tag == "INSERT 0 1"
        make(a, "COMMIT")
        assert a.rows("SELECT n FROM target") == ((None,),)


class TestForeignKeys:
    @pytest.fixture(autouse=True)
    def tables(self, a: Client) -> None:
        make(
            a,
            "CREATE TABLE parent (id int PRIMARY KEY, name text)",
            "CREATE TABLE child (id int PRIMARY KEY, parent_id int REFERENCES parent ON DELETE CASCADE)",
            "INSERT INTO parent VALUES (1, 'one'), (2, 'two')",
            "INSERT INTO child VALUES (1, 1)",
        )

    def test_a_changed_parent_keeps_its_children(self, a: Client) -> None:
        in_transaction(a, "UPDATE parent SET name = 'uno' WHERE id = 1", "INSERT INTO parent VALUES (3, 'three')")
        assert a.rows("SELECT name FROM parent ORDER BY id") == (("uno",), ("two",), ("three",))
        assert a.rows("SELECT id FROM child") == (("1",),)

    def test_children_and_parents_in_any_order(self, a: Client) -> None:
        in_transaction(
            a,
            "DELETE FROM child WHERE id = 1",
            "INSERT INTO parent VALUES (3, 'three')",
            "INSERT INTO child VALUES (3, 3)",
            "DELETE FROM parent WHERE id = 1",
        )
        assert a.rows("SELECT parent_id FROM child") == (("3",),)
        in_transaction(a, "INSERT INTO parent VALUES (4, 'x')", "INSERT INTO child VALUES (4, 4)")
        in_transaction(a, "UPDATE parent SET name = 'y'", "DELETE FROM child", "DELETE FROM parent WHERE id = 4")
        assert a.rows("SELECT id FROM parent ORDER BY id") == (("2",), ("3",))

    def test_deleting_a_parent_deletes_its_children(self, a: Client) -> None:
        in_transaction(a, "DELETE FROM parent WHERE id = 1")
        assert a.rows("SELECT id FROM child") == ()

    def test_a_child_without_a_parent_is_refused(self, a: Client) -> None:
        assert a.run("INSERT INTO child VALUES (2, 99)").sqlstate == "23503"

    @pytest.mark.parametrize("child_first", [True, False])
    def test_a_new_child_and_its_deleted_parent_conflict(self, a: Client, b: Client, child_first: bool) -> None:
        insert, delete = "INSERT INTO child VALUES (2, 2)", "DELETE FROM parent WHERE id = 2"
        make(a, "ALTER TABLE child DROP CONSTRAINT child_parent_id_fkey")
        make(a, "DROP TABLE child", "CREATE TABLE child (id int PRIMARY KEY, parent_id int REFERENCES parent)")
        both_change(a, b, *((insert, delete) if child_first else (delete, insert)))


class TestLargeTables:
    """Too large to be copied without need: written in place until somebody else commits a change of it."""

    ROWS = 60_000

    @pytest.fixture(autouse=True)
    def big(self, a: Client) -> None:
        make(a, "CREATE TABLE big (id int PRIMARY KEY, n int, pad text)")
        data = b"".join(b"%d\t0\t%s\n" % (number, b"x" * 80) for number in range(self.ROWS))
        assert a.copy_in("COPY big FROM STDIN", data).tag == f"COPY {self.ROWS}"

    def test_conflicts_are_the_same(self, a: Client, b: Client) -> None:
        both_change(a, b, "UPDATE big SET n = 1 WHERE id = 1", "UPDATE big SET n = 2 WHERE id = 1")
        both_change(a, b, "INSERT INTO big VALUES (-1)", "INSERT INTO big VALUES (-1)")
        both_change(b, a, "DELETE FROM big WHERE id = 2", "SELECT n FROM big WHERE id = 2 FOR UPDATE")

    def test_other_rows_do_not_conflict_and_nobody_waits(self, a: Client, b: Client) -> None:
        make(a, "BEGIN", "UPDATE big SET n = 1 WHERE id < 100", "DELETE FROM big WHERE id = 100")
        make(
            b, "BEGIN", "UPDATE big SET n = 2 WHERE id BETWEEN 200 AND 299", "INSERT INTO big VALUES (-1, 5)", "COMMIT"
        )
        make(b, "UPDATE big SET n = 3 WHERE id = 300")
        assert a.rows("SELECT sum(n), count(*) FROM big") == (("100", str(self.ROWS - 1)),)
        make(a, "UPDATE big SET n = n + 1 WHERE id = 0", "COMMIT")
        assert b.rows("SELECT sum(n), count(*) FROM big") == (("309", str(self.ROWS)),)

    def test_a_copy_that_waits_for_its_client_holds_up_nobody(self, a: Client, b: Client) -> None:
        make(b, "BEGIN", "UPDATE big SET n = 1 WHERE id = 1")
        b.start("COPY big FROM STDIN")
        b.finish()
        b.put_copy_data(b"-1\t1\tx\n")
        make(a, "UPDATE big SET n = 2 WHERE id = 2")
        assert b.end_copy().tag == "COPY 1"
        make(b, "COMMIT")
        assert a.run("SELECT sum(n) FROM big").value == "4"

    def test_a_slow_statement_holds_up_nobody(self, a: Client, b: Client, behind: BehindTheScenes) -> None:
        make(b, "BEGIN", "UPDATE big SET n = 1 WHERE id = 1")
        b.start("SELECT pg_sleep(30) FROM big WHERE id = 1")
        behind.wait_until_running("pg_sleep(30) FROM big")
        make(a, "UPDATE big SET n = 2 WHERE id = 2")
        assert behind.running("pg_sleep(30) FROM big") == 1, "another row: not disturbed"
        make(a, "UPDATE big SET n = 2 WHERE id = 1")
        assert "(OC000)" in b.finish().message
        b.expect("COMMIT", "ROLLBACK")


class TestErrors:
    @pytest.mark.parametrize("on_path", [True, False], ids=["on the path", "off the path"])
    def test_messages_name_tables_and_constraints_as_they_are(self, a: Client, schema: str, on_path: bool) -> None:
        t = f"{schema}.t"
        make(
            a, "CREATE TABLE t (id int PRIMARY KEY, n int NOT NULL UNIQUE CHECK (n > 0))", "INSERT INTO t VALUES (1, 1)"
        )
        if not on_path:
            make(a, "SET search_path TO pg_catalog")
        for sql, sqlstate, text in (
            (f"INSERT INTO {t} VALUES (1, 2)", "23505", 'duplicate key value violates unique constraint "t_pkey"'),
            (f"INSERT INTO {t} VALUES (2, 1)", "23505", 'duplicate key value violates unique constraint "t_n_key"'),
            (f"UPDATE {t} SET n = 0", "23514", 'new row for relation "t" violates check constraint "t_n_check"'),
            (
                f"UPDATE {t} SET n = NULL",
                "23502",
                'null value in column "n" of relation "t" violates not-null constraint',
            ),
            (f"UPDATE {t} SET x = 1", "42703", 'column "x" of relation "t" does not exist'),
        ):
            make(a, "BEGIN")
            refused = a.run(sql)
            assert (refused.sqlstate, refused.message) == (sqlstate, text)
            if sqlstate != "42703":
                assert (refused.schema, refused.table) == (schema, "t")
            make(a, "ROLLBACK")


class TestPrivileges:
    @pytest.fixture
    def reader(self, a: Client, connect: Connect, schema: str, assumed: boto3.Session) -> Client:
        """A session of a role that may only read."""
        role = f"{schema}_reader"
        make(a, "CREATE TABLE t (id int PRIMARY KEY)", "INSERT INTO t VALUES (1)")
        make(a, f"CREATE ROLE {role} WITH LOGIN", f"AWS IAM GRANT {role} TO '{ROLE_ARN}'")
        make(a, f"GRANT USAGE ON SCHEMA {schema} TO {role}", f"GRANT SELECT ON t TO {role}")
        return connect(0, a.form, user=role, session=assumed)

    @pytest.mark.parametrize("sql", ["INSERT INTO {t} VALUES (2)", "DELETE FROM {t}", "SELECT * FROM {t} FOR UPDATE"])
    def test_permission_is_denied_at_the_statement(self, reader: Client, schema: str, sql: str) -> None:
        for begins in (False, True):
            if begins:
                make(reader, "BEGIN", f"SELECT * FROM {schema}.t")
            refused = reader.run(sql.format(t=f"{schema}.t"))
            assert (refused.sqlstate, refused.message) == ("42501", "permission denied for table t")
        reader.expect("COMMIT", "ROLLBACK")

    def test_grants_on_columns(self, a: Client, connect: Connect, schema: str, assumed: boto3.Session) -> None:
        role = f"{schema}_columns"
        make(a, "CREATE TABLE t (id int PRIMARY KEY, open int, secret int)", "INSERT INTO t VALUES (1, 2, 3)")
        make(a, "CREATE VIEW v AS SELECT secret FROM t")
        make(a, f"CREATE ROLE {role} WITH LOGIN", f"AWS IAM GRANT {role} TO '{ROLE_ARN}'")
        make(a, f"GRANT USAGE ON SCHEMA {schema} TO {role}")
        make(a, f"GRANT SELECT (id, open), UPDATE (open) ON t TO {role}")
        make(a, f"GRANT SELECT ON v TO {role}")
        client = connect(0, a.form, user=role, session=assumed)
        client.expect(f"SET search_path TO {schema}", "SET")
        make(client, "BEGIN", "UPDATE t SET open = open + 1 WHERE id = 1")
        assert client.rows("SELECT id, open FROM t") == (("1", "3"),)
        assert client.rows("SELECT secret FROM v") == (("3",),)
        assert client.run("SELECT secret FROM t").message == "permission denied for table t"
        make(client, "ROLLBACK", "BEGIN", "UPDATE t SET open = 9 WHERE id = 1")
        assert client.run("UPDATE t SET secret = 0").message == "permission denied for table t"
        client.expect("ROLLBACK", "ROLLBACK")
        in_transaction(client, "UPDATE t SET open = 9 WHERE id = 1")
        assert a.rows("SELECT * FROM t") == (("1", "9", "3"),)

    def test_a_role_may_use_the_sequence_behind_an_identity(
        self, a: Client, connect: Connect, schema: str, assumed: boto3.Session
    ) -> None:
        role = f"{schema}_writer"
        make(a, "CREATE TABLE t (id bigint GENERATED BY DEFAULT AS IDENTITY (CACHE 1) PRIMARY KEY, n int)")
        make(a, f"CREATE ROLE {role} WITH LOGIN", f"AWS IAM GRANT {role} TO '{ROLE_ARN}'")
        make(a, f"GRANT USAGE ON SCHEMA {schema} TO {role}", f"GRANT SELECT, INSERT ON t TO {role}")
        writer = connect(1, a.form, user=role, session=assumed)
        make(writer, f"INSERT INTO {schema}.t (n) VALUES (1)")
        in_transaction(writer, f"INSERT INTO {schema}.t (n) VALUES (1)")
        assert a.rows("SELECT id FROM t ORDER BY id") == (("1",), ("2",))
