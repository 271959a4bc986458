"""Asynchronous index builds and IAM mappings, as SQL shows them."""

import re
import time
from pathlib import Path

import psycopg
import pytest

from sim.conftest import ROLE_ARN, Connect
from support.servers.forms import Answer, Client, Form
from support.servers.simulator import RunningSimulator, running_simulator

DEADLINE_S = 30.0
USER_ARN = "arn:aws:iam::111122223333:user/someone"


@pytest.fixture
def a(connect: Connect, form: Form, schema: str) -> Client:
    client = connect(0, form)
    client.expect(f"SET search_path TO {schema}", "SET")
    client.expect("CREATE TABLE items (id int PRIMARY KEY, n int, name text)", "CREATE TABLE")
    client.expect("INSERT INTO items VALUES (1, 1, 'x'), (2, 1, 'y')", "INSERT 0 2")
    return client


def submitted(answer: Answer) -> str:
    """The job's id of a CREATE INDEX ASYNC."""
    assert answer.tag == "CREATE INDEX", answer
    job = answer.value or ""
    assert re.fullmatch("[a-z2-7]{26}", job)
    return job


def job_row(client: Client, job: str) -> tuple[str | None, ...]:
    (row,) = client.rows(
        f"SELECT status, details, job_type, object_name, class_id FROM sys.jobs WHERE job_id = '{job}'"
    )
    return row


def wait_for(client: Client, job: str) -> str | None:
    answer = client.run(f"CALL sys.wait_for_job('{job}')")
    assert answer.sqlstate is None, answer
    return answer.value


def is_valid(client: Client, index: str) -> str | None:
    return client.run(f"SELECT indisvalid FROM pg_index WHERE indexrelid = '{index}'::regclass").value


class TestIndexJobs:
    def test_a_job_goes_its_way(self, tmp_path: Path) -> None:
        """Slowly, in a simulator of its own, so that every state is seen from the other endpoint."""
        with running_simulator(tmp_path, "--job-delay", "0.4") as simulator:
            a, b = (Client(simulator.connect(number), Form.SIMPLE) for number in (0, 1))
            a.expect("CREATE TABLE t (id int PRIMARY KEY, n int)", "CREATE TABLE")
            job = submitted(a.run("CREATE INDEX ASYNC t_n ON t (n)"))
            seen: list[tuple[str | None, ...]] = []
            ends = time.monotonic() + DEADLINE_S
            while not seen or seen[-1][0] != "completed":
                assert time.monotonic() < ends
                (row,) = b.rows(
                    "SELECT status, update_time IS NULL, (SELECT indisvalid FROM pg_index "
                    f"WHERE indexrelid = 't_n'::regclass) FROM sys.jobs WHERE job_id = '{job}'"
                )
                if row not in seen:
                    seen.append(row)
            assert [row for row in seen if row != ("processing", "f", "t")] == [
                ("submitted", "t", "f"),
                ("processing", "f", "f"),
                ("completed", "f", "t"),
            ]
            a.close()
            b.close()

    def test_named_and_unnamed(self, a: Client, b: Client, schema: str) -> None:
        named = submitted(a.run("CREATE INDEX ASYNC by_name ON items (name)"))
        unnamed = submitted(a.run(f"CREATE INDEX ASYNC ON {schema}.items (n, name)"))
        assert (wait_for(a, named), wait_for(b, unnamed)) == ("t", "t")
        assert job_row(b, named) == ("completed", None, "INDEX_BUILD", f"{schema}.by_name", "1259")
        assert job_row(a, unnamed)[3] == f"{schema}.items_n_name_idx"
        assert is_valid(b, "by_name") == is_valid(a, "items_n_name_idx") == "t"

    def test_if_not_exists_twice_gives_an_id_each_time(self, a: Client) -> None:
        first = submitted(a.run("CREATE INDEX ASYNC IF NOT EXISTS once ON items (n)"))
        assert wait_for(a, first) == "t"
        second = submitted(a.run("CREATE INDEX ASYNC IF NOT EXISTS once ON items (n)"))
        assert second != first
        assert wait_for(a, second) == "t"
        assert is_valid(a, "once") == "t"

    def test_a_unique_index_is_enforced(self, a: Client, b: Client) -> None:
        job = submitted(a.run("CREATE UNIQUE INDEX ASYNC one_name ON items (name)"))
        assert wait_for(a, job) == "t"
        assert b.run("INSERT INTO items VALUES (3, 3, 'x')").sqlstate == "23505"
        b.expect("BEGIN", "BEGIN")
        refused = b.run("INSERT INTO items VALUES (3, 3, 'x')")
        assert (refused.sqlstate, '"one_name"' in refused.message) == ("23505", True)
        b.expect("ROLLBACK", "ROLLBACK")

    def test_a_unique_index_on_duplicates_fails(self, a: Client, b: Client, schema: str) -> None:
        job = submitted(a.run("CREATE UNIQUE INDEX ASYNC one_n ON items (n)"))
        assert wait_for(b, job) == "f"
        details = "found duplicate key(s) while validating index uniqueness"
        assert job_row(b, job) == ("failed", details, "INDEX_BUILD", f"{schema}.one_n", "1259")
        assert is_valid(b, "one_n") == "f"
        for begins in (False, True):
            if begins:
                b.expect("BEGIN", "BEGIN")
            b.expect(f"INSERT INTO items VALUES ({3 + begins}, 1, 'z')", "INSERT 0 1")
        b.expect("COMMIT", "COMMIT")
        # it is in the way until it is dropped
        again = submitted(a.run("CREATE UNIQUE INDEX ASYNC IF NOT EXISTS one_n ON items (n)"))
        assert wait_for(a, again) == "t"
        assert is_valid(a, "one_n") == "f"
        assert a.run("CREATE UNIQUE INDEX ASYNC one_n ON items (n)").sqlstate == "42P07"
        a.expect("DROP INDEX one_n", "DROP INDEX")
        a.expect("DELETE FROM items WHERE id > 1", "DELETE 3")
        assert wait_for(a, submitted(a.run("CREATE UNIQUE INDEX ASYNC one_n ON items (n)"))) == "t"

    def test_in_a_transaction(self, a: Client, b: Client) -> None:
        a.expect("BEGIN", "BEGIN")
        job = submitted(a.run("CREATE INDEX ASYNC later ON items (n)"))
        assert b.rows(f"SELECT 1 FROM sys.jobs WHERE job_id = '{job}'") == ()
        a.expect("COMMIT", "COMMIT")
        assert wait_for(b, job) == "t"
        assert is_valid(b, "later") == "t"

    def test_rolled_back(self, a: Client, b: Client) -> None:
        a.expect("BEGIN", "BEGIN")
        job = submitted(a.run("CREATE INDEX ASYNC never ON items (n)"))
        a.expect("ROLLBACK", "ROLLBACK")
        assert b.rows(f"SELECT 1 FROM sys.jobs WHERE job_id = '{job}'") == ()
        assert b.run("SELECT 'never'::regclass").sqlstate == "42P01"

    def test_it_is_ddl(self, a: Client, b: Client) -> None:
        b.expect("BEGIN", "BEGIN")
        b.expect("UPDATE items SET n = 5 WHERE id = 1", "UPDATE 1")
        job = submitted(a.run("CREATE INDEX ASYNC ON items (n)"))
        assert "(OC001)" in b.run("COMMIT").message
        a.expect("BEGIN", "BEGIN")
        assert a.run("DELETE FROM items WHERE id = 1").sqlstate is None
        assert a.run("CREATE INDEX ASYNC ON items (name)").sqlstate == "0A000"
        a.expect("ROLLBACK", "ROLLBACK")
        assert wait_for(a, job) == "t"

    def test_errors_come_at_once_and_in_their_place(self, a: Client) -> None:
        assert a.run("CREATE INDEX ON items (n)").message == "unsupported mode. please use CREATE INDEX ASYNC."
        assert a.run("CREATE INDEX ASYNC ON absent (n)").sqlstate == "42P01"
        sql = "CREATE INDEX ASYNC broken ON items (nothing)"
        assert a.run(sql).sqlstate == "42703"
        sql = "CREATE INDEX ASYNC broken ON ON items (n)"
        refused = a.run(sql)
        assert (refused.sqlstate, refused.position) == ("42601", sql.index("ON items") + 1)

    def test_dropped_while_it_is_built(self, a: Client) -> None:
        """Whether the DROP or the end of the job comes first, the job ends the same: each holds the commit lock."""
        job = submitted(a.run("CREATE INDEX ASYNC gone ON items (n)"))
        a.expect("DROP INDEX gone", "DROP INDEX")
        assert wait_for(a, job) == "t"
        assert job_row(a, job) == ("completed", None, "INDEX_BUILD", None, "1259")
        assert a.run("INSERT INTO items VALUES (9, 9, '')").tag == "INSERT 0 1"


class TestWaiting:
    def test_an_id_that_is_none(self, a: Client) -> None:
        refused = a.run("CALL sys.wait_for_job('nonsense')")
        assert (refused.sqlstate, refused.message) == ("22P02", "Unable to convert text to UUID")

    def test_an_unknown_job(self, a: Client) -> None:
        assert a.run(f"CALL sys.wait_for_job('{'a' * 26}')").value == "f"

    def test_select_is_the_wrong_way(self, a: Client) -> None:
        refused = a.run(f"SELECT sys.wait_for_job('{'a' * 26}')")
        assert refused.sqlstate == "42809"
        assert refused.message == "sys.wait_for_job(text) is a procedure"

    def test_not_in_a_transaction(self, a: Client) -> None:
        job = submitted(a.run("CREATE INDEX ASYNC ON items (n)"))
        a.expect("BEGIN", "BEGIN")
        assert a.run(f"CALL sys.wait_for_job('{job}')").sqlstate is not None
        a.expect("ROLLBACK", "ROLLBACK")


class TestIam:
    MAPPINGS = (
        "SELECT arn, grantor_pg_role_name FROM sys.iam_pg_role_mappings WHERE pg_role_name = '{role}' ORDER BY arn"
    )

    @pytest.fixture
    def role(self, a: Client, schema: str) -> str:
        name = f"{schema}_app"
        a.expect(f"CREATE ROLE {name} WITH LOGIN", "CREATE ROLE")
        return name

    def test_grant_and_revoke(self, a: Client, b: Client, role: str) -> None:
        for arn in (ROLE_ARN, USER_ARN, ROLE_ARN):
            a.expect(f"AWS IAM GRANT {role} TO '{arn}'", "AWS IAM GRANT")
        shown = self.MAPPINGS.format(role=role)
        assert b.rows(shown) == ((ROLE_ARN, "admin"), (USER_ARN, "admin"))
        a.expect(f"aws iam revoke {role} from '{USER_ARN}'", "AWS IAM REVOKE")
        assert b.rows(shown) == ((ROLE_ARN, "admin"),)

    @pytest.mark.parametrize(
        ("sql", "sqlstate", "text"),
        [
            ("AWS IAM GRANT absent_role TO '{arn}'", "42704", 'role "absent_role" does not exist'),
            ("AWS IAM GRANT {role} TO 'someone'", "22023", "IAM role must look like an IAM ARN"),
            ("AWS IAM GRANT {role} TO 'arn:aws:s3:::bucket'", "22023", "IAM role must look like an IAM ARN"),
            ("AWS IAM GRANT {role} FROM '{arn}'", "42601", ""),
            ("AWS IAM GRANT {role}", "42601", ""),
            ("AWS IAM", "42601", ""),
        ],
    )
    def test_errors(self, a: Client, role: str, sql: str, sqlstate: str, text: str) -> None:
        refused = a.run(sql.format(role=role, arn=ROLE_ARN))
        assert refused.sqlstate == sqlstate
        assert text in refused.message

    def test_it_is_ddl_and_can_be_rolled_back(self, a: Client, b: Client, role: str) -> None:
        a.expect("BEGIN", "BEGIN")
        a.expect(f"AWS IAM GRANT {role} TO '{ROLE_ARN}'", "AWS IAM GRANT")
        assert a.run("DELETE FROM items").sqlstate == "0A000"
        a.expect("ROLLBACK", "ROLLBACK")
        assert b.rows(self.MAPPINGS.format(role=role)) == ()
        b.expect("BEGIN", "BEGIN")
        a.expect(f"AWS IAM GRANT {role} TO '{ROLE_ARN}'", "AWS IAM GRANT")
        b.expect("COMMIT", "COMMIT")

    def test_a_dropped_role_leaves_no_mapping(self, a: Client, role: str) -> None:
        a.expect(f"AWS IAM GRANT {role} TO '{ROLE_ARN}'", "AWS IAM GRANT")
        a.expect(f"DROP ROLE {role}", "DROP ROLE")
        assert a.rows(self.MAPPINGS.format(role=role)) == ()


class TestSynchronousIndex:
    """disable_sync_create_index is on by default."""

    REFUSED = ("0A000", "unsupported mode. please use CREATE INDEX ASYNC.")

    @pytest.mark.parametrize("sql", ["CREATE INDEX now ON nobody (n)", "CREATE UNIQUE INDEX ON nobody (n)"])
    def test_off_allows_it_on_an_empty_table(self, a: Client, sql: str) -> None:
        a.expect("CREATE TABLE nobody (id int PRIMARY KEY, n int)", "CREATE TABLE")
        refused = a.run(sql)
        assert (refused.sqlstate, refused.message) == self.REFUSED
        a.expect("SET disable_sync_create_index = off", "SET")
        answer = a.expect(sql, "CREATE INDEX")
        assert answer.rows == ()
        valid = "SELECT bool_and(indisvalid), count(*) FROM pg_index WHERE indrelid = 'nobody'::regclass"
        assert a.rows(valid) == (("t", "2"),)
        a.expect("RESET disable_sync_create_index", "RESET")
        refused = a.run(sql.replace("now", "later"))
        assert (refused.sqlstate, refused.message) == self.REFUSED

    def test_a_table_with_rows_needs_async(self, a: Client) -> None:
        a.expect("SET disable_sync_create_index = off", "SET")
        refused = a.run("CREATE INDEX now ON items (n)")
        assert (refused.sqlstate, refused.message) == self.REFUSED
        refused = a.run("CREATE INDEX now ON nothing (n)")
        assert (refused.sqlstate, refused.message) == ("42P01", 'relation "nothing" does not exist')
        assert refused.position is None

    def test_in_a_transaction(self, a: Client) -> None:
        a.expect("CREATE TABLE nobody (id int PRIMARY KEY, n int)", "CREATE TABLE")
        a.expect("BEGIN", "BEGIN")
        a.expect("SET LOCAL disable_sync_create_index = off", "SET")
        a.expect("CREATE INDEX now ON nobody (n)", "CREATE INDEX")
        a.expect("COMMIT", "COMMIT")
        refused = a.run("CREATE INDEX later ON nobody (n)")
        assert (refused.sqlstate, refused.message) == self.REFUSED

    @pytest.mark.parametrize(
        ("value", "said"),
        [("off", "off"), ("nonsense", 'parameter "disable_sync_create_index" requires a Boolean value')],
    )
    def test_in_the_startup_packet(self, simulator: RunningSimulator, value: str, said: str) -> None:
        options = f"-c disable_sync_create_index={value}"
        if value == "off":
            with simulator.connect(options=options) as connection:
                assert connection.execute("SHOW disable_sync_create_index").fetchone() == (said,)
        else:
            with pytest.raises(psycopg.OperationalError, match=said):
                simulator.connect(options=options)


class TestDrops:
    def jobs(self, client: Client, *oids: str) -> list[tuple[str | None, ...]]:
        """Type, class and name of the jobs about these objects, when all of them are done."""
        ends = time.monotonic() + DEADLINE_S
        query = (
            "SELECT status, object_id, job_type, class_id, object_name, details FROM sys.jobs "
            f"WHERE object_id IN ({', '.join(oids)}) AND job_type = 'DROP' ORDER BY object_id"
        )
        while True:
            rows = client.rows(query)
            if all(row[0] == "completed" for row in rows):
                return [row[1:] for row in rows]
            assert time.monotonic() < ends, rows

    def oid(self, client: Client, name: str) -> str:
        ((oid,),) = client.rows(f"SELECT '{name}'::regclass::oid")
        return oid or ""

    def test_of_a_table(self, a: Client, b: Client) -> None:
        table, key = self.oid(a, "items"), self.oid(a, "items_pkey")
        a.expect("DROP TABLE items", "DROP TABLE")
        assert self.jobs(b, table, key) == [(table, "DROP", "1259", None, None)]

    def test_of_an_index(self, a: Client, b: Client) -> None:
        wait_for(a, submitted(a.run("CREATE INDEX ASYNC items_n ON items (n)")))
        index = self.oid(a, "items_n")
        a.expect("DROP INDEX items_n", "DROP INDEX")
        assert self.jobs(b, index) == [(index, "DROP", "1259", None, None)]

    def test_in_a_transaction(self, a: Client, b: Client) -> None:
        table = self.oid(a, "items")
        a.expect("BEGIN", "BEGIN")
        a.expect("DROP TABLE items", "DROP TABLE")
        a.expect("ROLLBACK", "ROLLBACK")
        assert self.jobs(b, table) == []
        a.expect("BEGIN", "BEGIN")
        a.expect("DROP TABLE items", "DROP TABLE")
        a.expect("COMMIT", "COMMIT")
        assert self.jobs(b, table) == [(table, "DROP", "1259", None, None)]

    def test_of_a_schema(self, a: Client, b: Client, schema: str) -> None:
        a.expect(f"CREATE SCHEMA {schema}_gone", "CREATE SCHEMA")
        a.expect(f"CREATE TABLE {schema}_gone.t (id int PRIMARY KEY)", "CREATE TABLE")
        a.expect(f"CREATE VIEW {schema}_gone.v AS SELECT 1 AS one", "CREATE VIEW")
        table, view = self.oid(a, f"{schema}_gone.t"), self.oid(a, f"{schema}_gone.v")
        a.expect(f"DROP SCHEMA {schema}_gone CASCADE", "DROP SCHEMA")
        assert self.jobs(b, table, view) == [(table, "DROP", "1259", None, None)]


def test_jobs_that_a_stop_left_unfinished_are_finished_by_the_next_start(tmp_path: Path) -> None:
    with running_simulator(tmp_path, "--job-delay", "600") as simulator, simulator.connect(0) as connection:
        connection.execute("CREATE TABLE t (id int PRIMARY KEY, n int)")
        connection.execute("INSERT INTO t VALUES (1, 1), (2, 1)")
        good = connection.execute("CREATE INDEX ASYNC ON t (n)").fetchone()
        bad = connection.execute("CREATE UNIQUE INDEX ASYNC t_unique ON t (n)").fetchone()
        dropped = connection.execute("CREATE INDEX ASYNC t_dropped ON t (n, id)").fetchone()
        connection.execute("DROP INDEX t_dropped")
        before = simulator.ready["endpoints"][0]["cluster_id"]
    with running_simulator(tmp_path, "--job-delay", "0.01") as simulator, simulator.connect(1) as connection:
        assert simulator.ready["endpoints"][0]["cluster_id"] == before
        assert connection.execute("SELECT n FROM t").fetchall() == [(1,), (1,)]
        assert good is not None
        assert bad is not None
        assert dropped is not None
        assert connection.execute(f"CALL sys.wait_for_job('{good[0]}')").fetchone() == (True,)
        assert connection.execute(f"CALL sys.wait_for_job('{bad[0]}')").fetchone() == (False,)
        assert connection.execute(f"CALL sys.wait_for_job('{dropped[0]}')").fetchone() == (True,), (
            "it had nothing to do"
        )
