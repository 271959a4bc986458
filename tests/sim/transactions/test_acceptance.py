"""What a user of two panes sees of optimistic concurrency: A and B on different endpoints, in every form of the protocol.

Every statement has a deadline (support.servers.forms): where PostgreSQL would wait for a lock, these tests fail.
"""

import pytest

from sim.conftest import BehindTheScenes
from support.servers.forms import Answer, Client, Form

CONFLICT = "40001"
UNIQUE_VIOLATION = "23505"
FAILED_TRANSACTION = "25P02"
LIMIT = "54000"


@pytest.fixture
def accounts(a: Client) -> None:
    """Three accounts with a balance of 100 each."""
    a.expect("CREATE TABLE accounts (id int PRIMARY KEY, balance int NOT NULL CHECK (balance >= 0))", "CREATE TABLE")
    a.expect("INSERT INTO accounts SELECT n, 100 FROM generate_series(1, 3) n", "INSERT 0 3")


def begin(*clients: Client) -> None:
    """A transaction in each, one after the other."""
    for client in clients:
        client.expect("BEGIN", "BEGIN")


def balances(client: Client) -> list[tuple[str | None, ...]]:
    return list(client.rows("SELECT id, balance FROM accounts ORDER BY id"))


def assert_data_conflict(answer: Answer) -> None:
    assert answer.sqlstate == CONFLICT, answer
    assert "(OC000)" in answer.message


def assert_schema_conflict(answer: Answer) -> None:
    assert answer.sqlstate == CONFLICT, answer
    assert "(OC001)" in answer.message


@pytest.mark.usefixtures("accounts")
class TestFirstCommitterWins:
    def test_both_updates_succeed_and_the_second_commit_loses(self, a: Client, b: Client) -> None:
        begin(a, b)
        a.expect("UPDATE accounts SET balance = 90 WHERE id = 1", "UPDATE 1")
        b.expect("UPDATE accounts SET balance = 80 WHERE id = 1", "UPDATE 1")
        a.expect("COMMIT", "COMMIT")
        assert_data_conflict(b.run("COMMIT"))
        assert b.status == "IDLE"
        b.expect("ROLLBACK", "ROLLBACK")
        assert b.notices == ["there is no transaction in progress"]
        assert balances(b) == [("1", "90"), ("2", "100"), ("3", "100")]

    def test_it_does_not_matter_who_started_first(self, a: Client, b: Client) -> None:
        begin(b)
        b.expect("UPDATE accounts SET balance = 80 WHERE id = 1", "UPDATE 1")
        begin(a)
        a.expect("UPDATE accounts SET balance = 90 WHERE id = 1", "UPDATE 1")
        a.expect("COMMIT", "COMMIT")
        assert_data_conflict(b.run("COMMIT"))

    def test_the_write_may_come_after_the_other_committed(self, a: Client, b: Client) -> None:
        begin(b)
        assert len(balances(b)) == 3
        a.expect("UPDATE accounts SET balance = 90 WHERE id = 1", "UPDATE 1")
        b.expect("UPDATE accounts SET balance = balance - 1 WHERE id = 1", "UPDATE 1")
        assert balances(b)[0] == ("1", "99")
        assert_data_conflict(b.run("COMMIT"))
        assert balances(b)[0] == ("1", "90")

    def test_different_rows_do_not_conflict(self, a: Client, b: Client) -> None:
        begin(a, b)
        a.expect("UPDATE accounts SET balance = 90 WHERE id = 1", "UPDATE 1")
        b.expect("UPDATE accounts SET balance = 80 WHERE id = 2", "UPDATE 1")
        b.expect("INSERT INTO accounts VALUES (4, 0)", "INSERT 0 1")
        a.expect("COMMIT", "COMMIT")
        b.expect("COMMIT", "COMMIT")
        assert balances(a) == [("1", "90"), ("2", "80"), ("3", "100"), ("4", "0")]

    def test_a_retry_after_the_conflict_succeeds(self, a: Client, b: Client) -> None:
        for attempt in range(2):
            begin(b)
            b.expect("UPDATE accounts SET balance = balance - 10 WHERE id = 1", "UPDATE 1")
            if attempt == 0:
                a.expect("UPDATE accounts SET balance = 50 WHERE id = 1", "UPDATE 1")
                assert_data_conflict(b.run("COMMIT"))
        b.expect("COMMIT", "COMMIT")
        assert balances(a)[0] == ("1", "40")

    def test_autocommit_beats_an_open_transaction(self, a: Client, b: Client) -> None:
        begin(b)
        b.expect("UPDATE accounts SET balance = 80 WHERE id = 1", "UPDATE 1")
        a.expect("UPDATE accounts SET balance = 90 WHERE id = 1", "UPDATE 1")
        assert_data_conflict(b.run("COMMIT"))
        assert balances(b)[0] == ("1", "90")

    def test_a_rolled_back_transaction_conflicts_with_nobody(self, a: Client, b: Client) -> None:
        begin(a)
        a.expect("UPDATE accounts SET balance = 90 WHERE id = 1", "UPDATE 1")
        begin(b)
        b.expect("UPDATE accounts SET balance = 80 WHERE id = 1", "UPDATE 1")
        a.expect("ROLLBACK", "ROLLBACK")
        b.expect("COMMIT", "COMMIT")
        assert balances(a)[0] == ("1", "80")

    def test_a_delete_of_a_changed_row_succeeds_and_its_commit_loses(self, a: Client, b: Client) -> None:
        begin(b)
        assert len(balances(b)) == 3
        a.expect("UPDATE accounts SET balance = 90 WHERE id = 1", "UPDATE 1")
        b.expect("DELETE FROM accounts WHERE balance = 100", "DELETE 3")
        assert_data_conflict(b.run("COMMIT"))
        assert len(balances(b)) == 3

    def test_a_slow_autocommit_statement_conflicts_at_the_statement(
        self, a: Client, b: Client, behind: BehindTheScenes
    ) -> None:
        begin(a)
        b.start("UPDATE accounts SET balance = 80 + length(pg_sleep(1)::text) WHERE id = 1")
        behind.wait_until_running("length(pg_sleep(1)")
        a.expect("UPDATE accounts SET balance = 90 WHERE id = 1", "UPDATE 1")
        a.expect("COMMIT", "COMMIT")
        assert_data_conflict(b.finish())
        assert b.status == "IDLE"
        assert balances(b)[0] == ("1", "90")


@pytest.mark.usefixtures("accounts")
class TestReads:
    def test_reads_never_conflict(self, a: Client, b: Client) -> None:
        begin(b)
        assert balances(b)[0] == ("1", "100")
        a.expect("UPDATE accounts SET balance = 90 WHERE id = 1", "UPDATE 1")
        b.expect("UPDATE accounts SET balance = 0 WHERE id = 2", "UPDATE 1")
        b.expect("COMMIT", "COMMIT")

    def test_a_transaction_keeps_its_snapshot(self, a: Client, b: Client) -> None:
        b.expect("BEGIN READ ONLY", "BEGIN")
        a.expect("UPDATE accounts SET balance = 90 WHERE id = 1", "UPDATE 1")
        a.expect("DELETE FROM accounts WHERE id = 2", "DELETE 1")
        a.expect("INSERT INTO accounts VALUES (4, 0)", "INSERT 0 1")
        assert balances(b) == [("1", "100"), ("2", "100"), ("3", "100")]
        b.expect("COMMIT", "COMMIT")
        assert balances(b) == [("1", "90"), ("3", "100"), ("4", "0")]

    def test_a_transaction_sees_its_own_changes_and_no_others(self, a: Client, b: Client) -> None:
        begin(b)
        b.expect("UPDATE accounts SET balance = 1 WHERE id = 3", "UPDATE 1")
        a.expect("UPDATE accounts SET balance = 90 WHERE id = 1", "UPDATE 1")
        assert balances(b) == [("1", "100"), ("2", "100"), ("3", "1")]
        assert balances(a) == [("1", "90"), ("2", "100"), ("3", "100")]
        b.expect("COMMIT", "COMMIT")

    def test_read_only_refuses_writes_by_their_name(self, b: Client) -> None:
        b.expect("BEGIN READ ONLY", "BEGIN")
        refused = b.run("UPDATE accounts SET balance = 0 WHERE id = 1")
        assert (refused.sqlstate, refused.message) == ("25006", "cannot execute UPDATE in a read-only transaction")
        b.expect("ROLLBACK", "ROLLBACK")


@pytest.mark.usefixtures("accounts")
class TestWriteSkewAndForUpdate:
    SUM = "SELECT sum(balance) FROM accounts WHERE id IN (1, 2)"

    def test_write_skew_is_possible(self, a: Client, b: Client) -> None:
        for client, row in ((a, 1), (b, 2)):
            client.expect("BEGIN", "BEGIN")
            assert client.run(self.SUM).value == "200"
            client.expect(f"UPDATE accounts SET balance = 0 WHERE id = {row}", "UPDATE 1")
        a.expect("COMMIT", "COMMIT")
        b.expect("COMMIT", "COMMIT")
        assert a.run(self.SUM).value == "0"

    def test_for_update_prevents_it_at_commit(self, a: Client, b: Client) -> None:
        for client, row in ((a, 1), (b, 2)):
            client.expect("BEGIN", "BEGIN")
            client.expect("SELECT balance FROM accounts WHERE id IN (1, 2) FOR UPDATE", "SELECT 2")
            client.expect(f"UPDATE accounts SET balance = 0 WHERE id = {row}", "UPDATE 1")
        a.expect("COMMIT", "COMMIT")
        assert_data_conflict(b.run("COMMIT"))
        assert a.run(self.SUM).value == "100"

    def test_one_side_with_for_update_is_enough_when_it_commits_second(self, a: Client, b: Client) -> None:
        begin(a, b)
        b.expect("SELECT balance FROM accounts WHERE id = 1 FOR UPDATE", "SELECT 1")
        b.expect("UPDATE accounts SET balance = 0 WHERE id = 2", "UPDATE 1")
        a.expect("UPDATE accounts SET balance = 0 WHERE id = 1", "UPDATE 1")
        a.expect("COMMIT", "COMMIT")
        assert_data_conflict(b.run("COMMIT"))

    def test_for_update_alone_is_checked(self, a: Client, b: Client) -> None:
        begin(b)
        b.expect("SELECT balance FROM accounts WHERE id = 1 FOR UPDATE", "SELECT 1")
        a.expect("UPDATE accounts SET balance = 90 WHERE id = 1", "UPDATE 1")
        assert_data_conflict(b.run("COMMIT"))

    def test_two_for_updates_of_one_row_conflict(self, a: Client, b: Client) -> None:
        for client in (a, b):
            client.expect("BEGIN", "BEGIN")
            client.expect("SELECT balance FROM accounts WHERE id = 1 FOR UPDATE", "SELECT 1")
        a.expect("COMMIT", "COMMIT")
        assert_data_conflict(b.run("COMMIT"))

    @pytest.mark.parametrize("clause", ["FOR UPDATE NOWAIT", "FOR UPDATE SKIP LOCKED", "FOR UPDATE OF accounts"])
    def test_for_update_sees_rows_that_others_hold(self, a: Client, b: Client, clause: str) -> None:
        begin(a)
        a.expect("UPDATE accounts SET balance = 90 WHERE id = 1", "UPDATE 1")
        begin(b)
        b.expect(f"SELECT balance FROM accounts WHERE id = 1 {clause}", "SELECT 1")
        b.expect("COMMIT", "COMMIT")
        assert_data_conflict(a.run("COMMIT"))

    def test_a_slow_for_update_in_autocommit_holds_up_nobody(
        self, a: Client, b: Client, behind: BehindTheScenes
    ) -> None:
        begin(a)
        b.start("SELECT pg_sleep(30) FROM (SELECT id FROM accounts WHERE id = 1 FOR UPDATE) locked")
        behind.wait_until_running("pg_sleep(30) FROM (SELECT")
        a.expect("UPDATE accounts SET balance = 90 WHERE id = 1", "UPDATE 1")
        a.expect("COMMIT", "COMMIT")
        a.expect("DROP TABLE accounts", "DROP TABLE")  # ends the slow statement
        assert_schema_conflict(b.finish())


@pytest.mark.usefixtures("accounts")
class TestSameKey:
    def test_the_second_insert_of_a_key_loses_at_commit(self, a: Client, b: Client) -> None:
        for client in (a, b):
            client.expect("BEGIN", "BEGIN")
            client.expect("INSERT INTO accounts VALUES (7, 7)", "INSERT 0 1")
        a.expect("COMMIT", "COMMIT")
        assert_data_conflict(b.run("COMMIT"))

    def test_a_key_of_the_snapshot_is_refused_at_the_statement(self, a: Client, b: Client) -> None:
        a.expect("INSERT INTO accounts VALUES (7, 7)", "INSERT 0 1")
        begin(b)
        refused = b.run("INSERT INTO accounts VALUES (7, 8)")
        assert refused.sqlstate == UNIQUE_VIOLATION
        assert refused.message == 'duplicate key value violates unique constraint "accounts_pkey"'
        b.expect("COMMIT", "ROLLBACK")

    def test_a_key_deleted_by_another_is_still_in_the_snapshot(self, a: Client, b: Client) -> None:
        begin(b)
        assert len(balances(b)) == 3
        a.expect("DELETE FROM accounts WHERE id = 1", "DELETE 1")
        assert b.run("INSERT INTO accounts VALUES (1, 1)").sqlstate == UNIQUE_VIOLATION

    def test_insert_and_delete_by_another_in_between_still_conflict(self, a: Client, b: Client) -> None:
        begin(b)
        b.expect("INSERT INTO accounts VALUES (7, 7)", "INSERT 0 1")
        a.expect("INSERT INTO accounts VALUES (7, 8)", "INSERT 0 1")
        a.expect("DELETE FROM accounts WHERE id = 7", "DELETE 1")
        assert_data_conflict(b.run("COMMIT"))

    def test_equal_keys_that_are_written_differently_are_the_same_key(self, a: Client, b: Client) -> None:
        a.expect("CREATE TABLE prices (price double precision PRIMARY KEY)", "CREATE TABLE")
        begin(b)
        b.expect("INSERT INTO prices VALUES ('0')", "INSERT 0 1")
        a.expect("INSERT INTO prices VALUES ('-0')", "INSERT 0 1")
        a.expect("DELETE FROM prices", "DELETE 1")
        assert_data_conflict(b.run("COMMIT"))

    def test_insert_in_autocommit_while_another_holds_the_key(self, a: Client, b: Client) -> None:
        begin(b)
        b.expect("INSERT INTO accounts VALUES (7, 7)", "INSERT 0 1")
        a.expect("INSERT INTO accounts VALUES (7, 8)", "INSERT 0 1")
        assert_data_conflict(b.run("COMMIT"))
        assert balances(b)[-1] == ("7", "8")

    def test_on_conflict_looks_at_the_snapshot(self, a: Client, b: Client) -> None:
        upsert = "INSERT INTO accounts VALUES (7, 7) ON CONFLICT (id) DO UPDATE SET balance = excluded.balance + 1"
        begin(b)
        a.expect("INSERT INTO accounts VALUES (7, 70)", "INSERT 0 1")
        b.expect(upsert, "INSERT 0 1")
        assert balances(b)[-1] == ("7", "7")
        assert_data_conflict(b.run("COMMIT"))
        begin(b)
        b.expect(upsert, "INSERT 0 1")
        b.expect("COMMIT", "COMMIT")
        assert balances(a)[-1] == ("7", "8")

    def test_on_conflict_on_constraint_do_nothing(self, b: Client) -> None:
        begin(b)
        b.expect("INSERT INTO accounts VALUES (1, 7) ON CONFLICT ON CONSTRAINT accounts_pkey DO NOTHING", "INSERT 0 0")
        b.expect("COMMIT", "COMMIT")


@pytest.mark.usefixtures("accounts")
class TestErrorsInATransaction:
    def test_everything_is_refused_until_the_end(self, a: Client) -> None:
        begin(a)
        a.expect("UPDATE accounts SET balance = 90 WHERE id = 1", "UPDATE 1")
        assert a.run("SELECT 1 / 0").sqlstate == "22012"
        assert a.status == "INERROR"
        for sql in ("SELECT 1", "UPDATE accounts SET balance = 1", "CREATE TABLE other (id int)"):
            assert a.run(sql).sqlstate == FAILED_TRANSACTION
        assert a.status == "INERROR"
        a.expect("COMMIT", "ROLLBACK")
        assert a.status == "IDLE"
        assert balances(a)[0] == ("1", "100")

    @pytest.mark.parametrize(
        "refused", ["SAVEPOINT s", "TRUNCATE accounts", "SET statement_timeout = 1", "CREATE DATABASE d"]
    )
    def test_a_refused_statement_fails_the_transaction_too(self, a: Client, refused: str) -> None:
        begin(a)
        assert a.run(refused).sqlstate == "0A000"
        assert a.status == "INERROR"
        assert a.run("SELECT 1").sqlstate == FAILED_TRANSACTION
        a.expect("ROLLBACK", "ROLLBACK")

    def test_a_refused_statement_outside_a_transaction_changes_nothing(self, a: Client) -> None:
        assert a.run("TRUNCATE accounts").sqlstate == "0A000"
        assert a.status == "IDLE"
        assert len(balances(a)) == 3

    def test_check_constraints_fail_at_the_statement(self, a: Client) -> None:
        begin(a)
        refused = a.run("UPDATE accounts SET balance = -1 WHERE id = 1")
        assert refused.sqlstate == "23514"
        assert 'relation "accounts"' in refused.message
        a.expect("ROLLBACK", "ROLLBACK")

    def test_error_fields_name_the_real_schema(self, a: Client, schema: str) -> None:
        begin(a)
        refused = a.run(f"INSERT INTO {schema}.accounts VALUES (1, 1)")
        assert (refused.schema, refused.table) == (schema, "accounts")
        a.expect("ROLLBACK", "ROLLBACK")

    def test_positions_point_into_the_text_of_the_client(self, a: Client, schema: str) -> None:
        begin(a)
        a.expect("UPDATE accounts SET balance = 90 WHERE id = 1", "UPDATE 1")
        sql = f"  SELECT x.balance FROM {schema}.accounts AS x WHERE nothing = 1"
        refused = a.run(sql)
        assert refused.sqlstate == "42703"
        assert refused.position == sql.index("nothing") + 1
        a.expect("ROLLBACK", "ROLLBACK")

    def test_positions_without_a_transaction(self, a: Client) -> None:
        sql = "\n  SELECT id, nothing FROM accounts"
        assert a.run(sql).position == sql.index("nothing") + 1


@pytest.mark.usefixtures("accounts")
class TestNothingWaits:
    def test_statements_return_while_another_holds_every_row(self, a: Client, b: Client) -> None:
        begin(a)
        a.expect("UPDATE accounts SET balance = balance + 1", "UPDATE 3")
        a.expect("INSERT INTO accounts VALUES (9, 9)", "INSERT 0 1")
        b.expect("UPDATE accounts SET balance = balance + 2 WHERE id = 1", "UPDATE 1")
        b.expect("INSERT INTO accounts VALUES (9, 10)", "INSERT 0 1")
        begin(b)
        b.expect("SELECT id FROM accounts FOR UPDATE", "SELECT 4")
        b.expect("DELETE FROM accounts WHERE id = 2", "DELETE 1")
        b.expect("INSERT INTO accounts VALUES (8, 8)", "INSERT 0 1")
        b.expect("COMMIT", "COMMIT")
        assert_data_conflict(a.run("COMMIT"))

    def test_deadlocks_do_not_exist(self, a: Client, b: Client) -> None:
        begin(a, b)
        a.expect("UPDATE accounts SET balance = 1 WHERE id = 1", "UPDATE 1")
        b.expect("UPDATE accounts SET balance = 2 WHERE id = 2", "UPDATE 1")
        a.expect("UPDATE accounts SET balance = 1 WHERE id = 2", "UPDATE 1")
        b.expect("UPDATE accounts SET balance = 2 WHERE id = 1", "UPDATE 1")
        b.expect("COMMIT", "COMMIT")
        assert_data_conflict(a.run("COMMIT"))

    def test_commits_do_not_wait_for_a_slow_writer(self, a: Client, b: Client, behind: BehindTheScenes) -> None:
        b.start("UPDATE accounts SET balance = 5 + length(pg_sleep(1)::text) WHERE id = 2")
        behind.wait_until_running("length(pg_sleep(1)")
        for _ in range(3):
            begin(a)
            a.expect("UPDATE accounts SET balance = balance + 1 WHERE id = 1", "UPDATE 1")
            a.expect("COMMIT", "COMMIT")
        assert b.finish().says == "UPDATE 1"
        assert balances(a)[:2] == [("1", "103"), ("2", "5")]


class TestRowLimit:
    @pytest.fixture(autouse=True)
    def many(self, a: Client) -> None:
        a.expect("CREATE TABLE many (id int PRIMARY KEY, n int NOT NULL)", "CREATE TABLE")
        a.expect("INSERT INTO many SELECT i, 0 FROM generate_series(1, 3000) i", "INSERT 0 3000")

    def total(self, client: Client) -> tuple[str | None, ...]:
        (row,) = client.rows("SELECT count(*), sum(n) FROM many")
        return row

    def test_3000_single_row_updates_in_one_transaction(self, a: Client) -> None:
        begin(a)
        for number in range(1, 3001):
            if a.form is Form.SIMPLE:
                answer = a.run(f"UPDATE many SET n = n + 1 WHERE id = {number}")
            else:
                answer = a.run("UPDATE many SET n = n + 1 WHERE id = $1::int", str(number))
            assert answer.tag == "UPDATE 1"
        a.expect("COMMIT", "COMMIT")
        assert self.total(a) == ("3000", "3000")

    def test_the_statement_that_crosses_the_limit_fails(self, a: Client) -> None:
        begin(a)
        a.expect("UPDATE many SET n = n + 1", "UPDATE 3000")
        refused = a.run("INSERT INTO many VALUES (3001, 0)")
        assert (refused.sqlstate, refused.message) == (LIMIT, "transaction row limit exceeded")
        assert a.status == "INERROR"
        a.expect("COMMIT", "ROLLBACK")
        assert self.total(a) == ("3000", "0")

    def test_one_statement_in_a_transaction(self, a: Client) -> None:
        begin(a)
        assert a.run("INSERT INTO many SELECT i, 0 FROM generate_series(10001, 13001) i").sqlstate == LIMIT
        a.expect("ROLLBACK", "ROLLBACK")

    def test_autocommit_changes_nothing(self, a: Client) -> None:
        assert a.run("INSERT INTO many SELECT i, 0 FROM generate_series(10001, 13001) i").sqlstate == LIMIT
        assert a.status == "IDLE"
        assert self.total(a) == ("3000", "0")

    def test_autocommit_beside_an_open_transaction_changes_nothing(self, a: Client, b: Client) -> None:
        begin(b)
        assert a.run("INSERT INTO many SELECT i, 0 FROM generate_series(10001, 13001) i").sqlstate == LIMIT
        assert a.status == "IDLE"
        assert self.total(a) == ("3000", "0")
        b.expect("COMMIT", "COMMIT")


@pytest.mark.usefixtures("accounts")
class TestSchemaConflict:
    def test_the_next_statement_says_so(self, a: Client, b: Client) -> None:
        begin(b)
        b.expect("UPDATE accounts SET balance = 80 WHERE id = 1", "UPDATE 1")
        a.expect("ALTER TABLE accounts ADD COLUMN note text", "ALTER TABLE")
        assert_schema_conflict(b.run("SELECT 1 FROM accounts"))
        assert b.status == "INERROR"
        assert b.run("SELECT 1").sqlstate == FAILED_TRANSACTION
        b.expect("COMMIT", "ROLLBACK")
        assert b.rows("SELECT balance, note FROM accounts WHERE id = 1") == (("100", None),)

    def test_commit_says_so(self, a: Client, b: Client) -> None:
        begin(b)
        b.expect("UPDATE accounts SET balance = 80 WHERE id = 1", "UPDATE 1")
        a.expect("ALTER TABLE accounts ADD COLUMN note text", "ALTER TABLE")
        assert_schema_conflict(b.run("COMMIT"))
        assert b.status == "IDLE"
        assert balances(b)[0] == ("1", "100")

    def test_readers_are_told_too(self, a: Client, b: Client) -> None:
        b.expect("BEGIN READ ONLY", "BEGIN")
        assert len(balances(b)) == 3
        a.expect("DROP TABLE accounts", "DROP TABLE")
        assert_schema_conflict(b.run("SELECT 1 FROM accounts"))
        b.expect("ROLLBACK", "ROLLBACK")
        assert b.run("SELECT 1 FROM accounts").sqlstate == "42P01"

    def test_ddl_does_not_wait_for_a_running_statement(self, a: Client, b: Client, behind: BehindTheScenes) -> None:
        begin(b)
        b.start("SELECT id, pg_sleep(30) FROM accounts")
        behind.wait_until_running("pg_sleep(30) FROM accounts")
        a.expect("ALTER TABLE accounts ADD COLUMN note text", "ALTER TABLE")
        assert_schema_conflict(b.finish())
        b.expect("ROLLBACK", "ROLLBACK")
        assert b.run("SELECT count(*) FROM accounts").value == "3"

    def test_ddl_does_not_wait_for_a_running_statement_in_autocommit(
        self, a: Client, b: Client, behind: BehindTheScenes
    ) -> None:
        b.start("SELECT id, pg_sleep(30) FROM accounts")
        behind.wait_until_running("pg_sleep(30) FROM accounts")
        a.expect("ALTER TABLE accounts ADD COLUMN note text", "ALTER TABLE")
        assert_schema_conflict(b.finish())
        assert b.status == "IDLE"

    def test_ddl_does_not_wait_for_a_running_write(self, a: Client, b: Client, behind: BehindTheScenes) -> None:
        begin(b)
        b.start("UPDATE accounts SET balance = 1 WHERE pg_sleep(30) IS NOT NULL")
        behind.wait_until_running("pg_sleep(30) IS NOT NULL")
        a.expect("DROP TABLE accounts", "DROP TABLE")
        assert_schema_conflict(b.finish())
        b.expect("ROLLBACK", "ROLLBACK")

    @pytest.mark.parametrize("in_transaction", [True, False], ids=["transaction", "autocommit"])
    def test_ddl_does_not_wait_for_a_copy(self, a: Client, b: Client, in_transaction: bool) -> None:
        if in_transaction:
            begin(b)
        b.start("COPY accounts FROM STDIN")
        b.finish()
        b.put_copy_data(b"11\t1\n")
        a.expect("ALTER TABLE accounts ADD COLUMN note text", "ALTER TABLE")
        assert_schema_conflict(b.end_copy())
        if in_transaction:
            assert b.status == "INERROR"
            b.expect("ROLLBACK", "ROLLBACK")
        assert b.status == "IDLE"
        assert balances(b) == [("1", "100"), ("2", "100"), ("3", "100")]

    def test_ddl_while_a_big_table_is_being_copied_to_its_shadow(self, a: Client, b: Client) -> None:
        a.expect("CREATE TABLE big (id int PRIMARY KEY, n int)", "CREATE TABLE")
        assert a.copy_in("COPY big FROM STDIN", b"".join(b"%d\t0\n" % n for n in range(300_000))).tag == "COPY 300000"
        begin(b)
        b.start("UPDATE big SET n = 1 WHERE id = 1")
        a.expect("ALTER TABLE big ADD COLUMN note text", "ALTER TABLE")
        answer = b.finish()
        if answer.sqlstate is None:  # the update came first
            assert_schema_conflict(b.run("COMMIT"))
        else:
            assert_schema_conflict(answer)
            b.expect("ROLLBACK", "ROLLBACK")

    @pytest.mark.parametrize(
        ("typo", "sqlstate"),
        [
            ("CREATE TABLE accounts (id int)", "42P07"),
            ("CREATE TABEL x (id int)", "42601"),
            ("selct 1", "42601"),
            ("DROP TABLE absent", "42P01"),
        ],
    )
    def test_ddl_that_fails_evicts_nobody(self, a: Client, b: Client, typo: str, sqlstate: str) -> None:
        begin(b)
        b.expect("UPDATE accounts SET balance = 80 WHERE id = 1", "UPDATE 1")
        assert a.run(typo).sqlstate == sqlstate
        b.expect("COMMIT", "COMMIT")

    def test_a_typing_error_in_a_transaction_is_no_ddl(self, a: Client) -> None:
        begin(a)
        a.expect("UPDATE accounts SET balance = 80 WHERE id = 1", "UPDATE 1")
        assert a.run("selct 1").sqlstate == "42601"
        a.expect("ROLLBACK", "ROLLBACK")

    def test_an_uncommitted_ddl_can_be_rolled_back(self, a: Client, b: Client) -> None:
        begin(a)
        a.expect("CREATE TABLE other (id int PRIMARY KEY)", "CREATE TABLE")
        a.expect("ROLLBACK", "ROLLBACK")
        assert b.run("SELECT 1 FROM other").sqlstate == "42P01"

    def test_one_ddl_per_transaction_and_no_dml_with_it(self, a: Client) -> None:
        for first, second, text in (
            (
                "CREATE TABLE x (id int)",
                "CREATE TABLE y (id int)",
                "multiple ddl statements not supported in a transaction",
            ),
            (
                "CREATE TABLE x (id int)",
                "DELETE FROM accounts",
                "ddl and dml are not supported in the same transaction",
            ),
            (
                "DELETE FROM accounts",
                "CREATE TABLE x (id int)",
                "ddl and dml are not supported in the same transaction",
            ),
        ):
            begin(a)
            assert a.run(first).sqlstate is None
            refused = a.run(second)
            assert (refused.sqlstate, refused.message) == ("0A000", text)
            a.expect("COMMIT", "ROLLBACK")
