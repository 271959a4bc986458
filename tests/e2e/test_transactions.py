"""Transactions and sessions in the real program, in a real terminal of 80x24, on one real simulator."""

import os
import signal
from collections.abc import Iterator

import pytest

from dsqltui.core.answers.fate import Fate
from dsqltui.core.results.outcome import Lost
from dsqltui.store.journal_file import journal_files, read_journal
from support.screens.console_program import CLEAR, CTRL_C, CTRL_G, CTRL_Q, F2, F3, F5, F9, Place, connected, place
from support.screens.terminal import Terminal

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    with place(tmp_path_factory.mktemp("home")) as made:
        made.sql("create table accounts (id int primary key, n int)", "insert into accounts values (1, 100), (2, 200)")
        yield made


def run(terminal: Terminal, sql: str, *wanted: str) -> None:
    """Replace the editor's text, run its one statement in the same write, and wait for all that the screen must show."""
    terminal.send(CLEAR + sql + F5)
    terminal.wait_for(*wanted)


def test_typed_text_and_f5_in_one_write_run_what_was_typed(home: Place) -> None:
    with home.console() as terminal:
        terminal.send("select 'a' || 'b' as x;" + F5 + "\rselect 'c' || 'd';" + F5 + "\rselect 'e' || 'f';" + F5)
        terminal.wait_for("ef", "select 'a' || 'b' as x;")


def test_pasted_escape_characters_are_text(home: Place) -> None:
    with home.console() as terminal:
        terminal.send("\x1b[200~select 'p' || '\x1b[31mred\x1b]0;title\x07' || 'q' as pasted;\x1b[201~")
        terminal.wait_for("pasted")
        terminal.wait_until_quiet()
        before = len(terminal.raw)
        terminal.send(F5)
        terminal.wait_for("Run the pasted text?")
        terminal.send("y")
        terminal.wait_for("SELECT 1")
        sent = bytes(terminal.raw[before:])
        assert b"\x1b]0;title" not in sent
        assert b"\x1b[31mred" not in sent


def test_a_conflict_is_explained_and_the_whole_transaction_is_retried(home: Place) -> None:
    home.sql("update accounts set n = 100 where id = 1")
    with home.console() as terminal:
        run(terminal, "begin;", "=* in transaction 0:0")
        run(terminal, "update accounts set n = n + 1 where id = 1;", "  1 row ")
        terminal.send(F3 + "update accounts set n = n + 10 where id = 1;" + F5)
        terminal.wait_for("▶F3", "✓ UPDATE 1", lambda screen: "✓ BEGIN" not in screen)  # B's own, not A's
        terminal.send(F2)
        run(
            terminal,
            "commit;",
            "pane B committed first",
            "(OC000)",
            "A wrote 1 row of accounts WHERE id = 1",
            "B wrote 1 row of accounts WHERE id = 1",
            "the same rows of accounts",
            "^G y retry from BEGIN",
        )
        terminal.send(CTRL_G + "y")
        terminal.wait_for("COMMITTED after 1 attempt")
    assert home.sql("select n from accounts where id = 1") == [(111,)]


def test_a_retry_goes_on_until_the_conflicts_end(home: Place) -> None:
    home.sql("update accounts set n = 100 where id = 1")
    with home.console() as terminal:
        try:
            home.faults.change_faults({"conflict-every": 1})
            run(terminal, "begin;", "=* in transaction")
            run(terminal, "update accounts set n = n + 1 where id = 1;", "  1 row ")
            run(terminal, "commit;", "someone else committed first")
            terminal.send(CTRL_G + "y")
            terminal.wait_for("retry 3/10")
        finally:
            home.faults.change_faults({"conflict-every": None})
        terminal.wait_for("COMMITTED after", lambda screen: "COMMITTED after 1 attempt" not in screen)
    assert home.sql("select n from accounts where id = 1") == [(101,)]


def test_the_other_panes_ddl_is_named(home: Place) -> None:
    home.sql("create table ddl_of_b (id int)")
    with home.console() as terminal:
        run(terminal, "begin;", "=* in transaction")
        run(terminal, "select * from ddl_of_b;", "SELECT 0")
        terminal.send(F3 + "alter table ddl_of_b add column n int;" + F5)
        terminal.wait_for("ALTER TABLE")
        terminal.send(F2)
        told = ("the schema changed: DDL of pane B", "B changed the schema of ddl_of_b")
        run(terminal, "select id from ddl_of_b;", "OC001", *told)


def test_a_killed_backend_in_a_transaction_is_said_and_nothing_is_replayed(home: Place) -> None:
    home.sql("update accounts set n = 100 where id = 1")
    with home.console() as terminal:
        run(terminal, "begin;", "=* in transaction")
        run(terminal, "update accounts set n = 1 where id = 1;", "  1 row ")
        home.kill_backends_in_transaction()
        told = ("Lost with it: 1 statement, 1 row changed", "The open transaction was rolled back", "Pane B is")
        run(terminal, "update accounts set n = 2 where id = 2;", "CONNECTION LOST", *told)
        terminal.send(F9)
        terminal.wait_for(connected)
        run(terminal, "select 'n=' || n as found from accounts order by id;", "n=200", "n=100")
        terminal.send(F3 + "select 'still ' || 'here';" + F5)
        terminal.wait_for("still here")
    record = read_journal(journal_files(home.state / "dsqltui" / "journal")[0])
    lost = [entry for entry in record.entries if isinstance(entry.outcome, Lost)]
    assert [entry.sql for entry in lost] == ["update accounts set n = 2 where id = 2"]
    assert "X-Amz" not in record.path.read_text()


def test_a_region_that_is_lost_and_comes_back(home: Place) -> None:
    with home.console() as terminal:
        run(terminal, "begin;", "=* in transaction")
        try:
            home.faults.change_faults({"unreachable": ["us-east-1"]})
            # found without a key being pressed
            terminal.wait_for("connection lost  F9", "The open transaction was rolled back.")
            terminal.send(F3 + "update accounts set n = 7 where id = 2;" + F5)
            terminal.wait_for("UPDATE 1")  # the other Region goes on
            terminal.send(F2 + F9)
            terminal.wait_for("NOT CONNECTED")
        finally:
            home.faults.change_faults({"unreachable": None})
        terminal.send(F9)
        terminal.wait_for(connected)
        run(terminal, "select 'n is ' || n as found from accounts where id = 2;", "n is 7")


def test_read_only_is_enforced_by_the_server(home: Place) -> None:
    with home.console() as terminal:
        terminal.send(CTRL_G + "wr")
        terminal.wait_for("READ ONLY")
        run(terminal, "delete from accounts;", "25006")
        run(terminal, "select 'left ' || count(*) as found from accounts;", "left 2")
        run(terminal, "begin;", "=* in transaction")
        run(terminal, "update accounts set n = 0;", "25006", "=! failed")


def test_cancelling_names_the_cost_and_dropping_it_is_a_second_step(home: Place) -> None:
    with home.console() as terminal:
        run(terminal, "begin;", "=* in transaction")
        terminal.send(CLEAR + "select pg_sleep(600);" + F5)
        terminal.wait_for("▶ running")
        terminal.send(CTRL_C)
        terminal.wait_for(
            "CANCELLING", "Still running: select pg_sleep(600)", "Dropping it rolls the open transaction back"
        )
        terminal.send(CTRL_C)
        terminal.wait_for("CONNECTION LOST")
        terminal.send(F9)
        terminal.wait_for(connected)


def test_quitting_works_with_a_server_that_hangs(home: Place) -> None:
    with home.console() as terminal:
        run(terminal, "begin;", "=* in transaction")
        os.kill(home.simulator.process.pid, signal.SIGSTOP)
        try:
            terminal.send(CLEAR + "select 1;" + F5)
            terminal.wait_for("▶ running")
            terminal.send(CTRL_Q)
            terminal.wait_for("A transaction is open")
            terminal.send(CTRL_Q)
            assert terminal.wait_for_exit() == 0
        finally:
            os.kill(home.simulator.process.pid, signal.SIGCONT)


def test_a_killed_console_leaves_its_journal(home: Place) -> None:
    with home.console() as terminal:
        run(terminal, "select 'kept' as journal;", "SELECT 1")
        terminal.kill()
    record = read_journal(journal_files(home.state / "dsqltui" / "journal")[0])
    assert [entry.sql for entry in record.entries if entry.sql] == ["select 'kept' as journal"]


def test_a_commit_whose_answer_is_lost_is_not_called_rolled_back(home: Place) -> None:
    home.sql("update accounts set n = 100 where id = 1")
    with home.console() as terminal:
        run(terminal, "begin;", "=* in transaction")
        run(terminal, "update accounts set n = 101 where id = 1;", "  1 row ")
        home.faults.change_faults({"lose-commit-answer": 1})
        run(terminal, "commit;", "CONNECTION LOST", "may or may not", "look for what it wrote")
        assert "rolled back" not in terminal.text
        terminal.send(F9)
        terminal.wait_for(connected)
        run(terminal, "select n from accounts where id = 1;", "101")
    assert home.sql("select n from accounts where id = 1") == [(101,)]
    record = read_journal(journal_files(home.state / "dsqltui" / "journal")[0])
    assert [entry.fate for entry in record.entries if entry.sql == "commit"] == [Fate.UNKNOWN]


def test_leaving_while_commit_is_on_its_way_says_that_it_stays_unknown(home: Place) -> None:
    with home.console() as terminal:
        run(terminal, "begin;", "=* in transaction")
        run(terminal, "update accounts set n = 102 where id = 1;", "  1 row ")
        try:
            home.faults.change_faults({"commit-latency": 30.0})
            run(terminal, "commit;", "running")
            terminal.send(CTRL_Q)
            terminal.wait_for("Not known yet what is saved", "COMMIT is running in pane A", "stays unknown")
            assert "rolls it back" not in terminal.text
            terminal.send(CTRL_Q)
            assert terminal.wait_for_exit() == 0
        finally:
            home.faults.change_faults({"commit-latency": None})


def test_what_was_typed_behind_a_refused_begin_is_not_run(home: Place) -> None:
    home.sql("update accounts set n = 100 where id = 2")
    with home.console() as terminal:
        home.faults.change_faults({"server-unavailable": 1})
        terminal.send("begin;\rdelete from accounts where id = 2;\rrollback;" + "\x1b[A\x1b[A" + F5 + F5 + F5)
        terminal.wait_for("XX000", "2 statements behind it were not sent")
    assert home.sql("select n from accounts where id = 2") == [(100,)]


def test_a_commit_answered_with_rollback_is_no_success(home: Place) -> None:
    with home.console() as terminal:
        run(terminal, "begin;", "=* in transaction")
        run(terminal, "select nope;", "42703", "=! failed")
        run(terminal, "commit;", "COMMIT → ROLLED BACK: NOTHING WAS SAVED", "It failed at select nope", "^G w e edit")
        terminal.send(CTRL_G + "we")
        terminal.wait_for(lambda screen: "begin;" in screen and "select nope;" in screen and "commit;" in screen)


@pytest.mark.long
def test_the_clocks_know_the_limits_that_a_fault_has_set(home: Place) -> None:
    try:
        home.faults.change_faults({"transaction-age": 40.0, "session-age": 1800.0})
        with home.console() as terminal:
            terminal.wait_for("of 30 min")
            run(terminal, "begin;", "=* in transaction")
            terminal.send(CLEAR + "\\conninfo" + F5)
            terminal.wait_for("of 0:40")
    finally:
        home.faults.change_faults({"transaction-age": None, "session-age": None})
