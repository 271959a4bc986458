"""The watch of a comparison, F5 pressed once too often, and texts after a kill: the real program on a real simulator."""

from collections.abc import Iterator

import pytest

from dsqltui.store.journal_file import journal_files, read_journal
from support.screens.console_program import CLEAR, CTRL_G, F2, F3, F5, Place, place
from support.screens.terminal import Terminal

pytestmark = pytest.mark.e2e
SHIFT_F6 = "\x1b[17;2~"
BACKSPACE = "\x7f"
IN_A = "select n from accounts where id = 1"
IN_B = "select n + 1 as n from accounts where id = 1"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    with place(tmp_path_factory.mktemp("home")) as made:
        made.sql("create table accounts (id int primary key, n int)", "insert into accounts values (1, 200)")
        yield made


def begin_watch(terminal: Terminal) -> None:
    """A watch of two results that never become identical."""
    terminal.send(F2 + CLEAR + IN_A + ";" + F5)
    terminal.wait_for("SELECT 1")
    terminal.send(F3 + CLEAR + IN_B + ";" + F5)
    terminal.wait_for(lambda screen: screen.count("1 row") >= 2)
    terminal.send(CTRL_G + "vw")
    terminal.wait_for("Compare again every")
    terminal.send(BACKSPACE + "0.2\r")
    terminal.wait_for("Watching, round 3")


def recorded(home: Place) -> list[str]:
    """What pane A sent, as the journal on disk has it."""
    record = read_journal(journal_files(home.state / "dsqltui" / "journal")[0])
    return [entry.sql for entry in record.entries if entry.sql and entry.pane == "A"]


def test_a_watch_never_runs_what_the_person_runs_meanwhile(home: Place) -> None:
    home.sql("update accounts set n = 200 where id = 1")
    update = "update accounts set n = n + 1 where id = 1 returning n"
    with home.console(160, 45) as terminal:
        begin_watch(terminal)
        terminal.send(F2 + CLEAR + update + ";" + F5)
        terminal.wait_for("another statement ran in pane A")
        terminal.send(CTRL_G + "d")
        terminal.wait_for(lambda screen: "Watch ended" not in screen)
    assert home.sql("select n from accounts where id = 1") == [(201,)]
    sent = recorded(home)
    assert sent.count(update) == 1
    assert sent[-1] == update
    assert sent.count(IN_A) >= 4, "each round is in the journal"


def test_a_watch_leaves_a_transaction_alone(home: Place) -> None:
    home.sql("update accounts set n = 200 where id = 1")
    with home.console(160, 45) as terminal:
        begin_watch(terminal)
        terminal.send(F2 + CLEAR + "begin;" + F5)
        terminal.wait_for("a transaction began in pane A", "=* in transaction")
        terminal.send(CLEAR + "update accounts set n = 300 where id = 1;" + F5)
        terminal.wait_for("UPDATE 1")
        terminal.send(CLEAR + "commit;" + F5)
        terminal.wait_for("COMMIT")
    assert home.sql("select n from accounts where id = 1") == [(300,)]
    assert recorded(home)[-3:] == ["begin", "update accounts set n = 300 where id = 1", "commit"]


def test_f5_once_too_often_does_not_repeat_a_write(home: Place) -> None:
    home.sql("update accounts set n = 200 where id = 1")
    with home.console() as terminal:
        terminal.send("update accounts set n = n + 1 where id = 1;" + F5 + F5 + F5)
        terminal.wait_for("UPDATE 1", "Not run again")
    assert home.sql("select n from accounts where id = 1") == [(201,)]


def texts_on_disk(home: Place) -> str:
    """What the console has kept of its editors so far; a text that stands in a pane is not listed among the others."""
    return "".join(path.read_text() for path in home.state.rglob("*.json"))


def test_the_text_that_the_mirror_replaced_outlives_kill_9(home: Place) -> None:
    with home.console(120, 40) as terminal:
        terminal.send("select 'mine';" + F3 + "select 'yours';" + SHIFT_F6 + SHIFT_F6)
        terminal.wait_for("whose text shall both editors hold?")
        terminal.send("a")
        terminal.wait_for("A = B", lambda screen: screen.count("select 'mine';") == 2)
        terminal.wait_for(lambda _screen: texts_on_disk(home).count("select 'mine';") == 2)
        terminal.kill()
    with home.console(120, 40, has_past=True) as terminal:
        terminal.send(CTRL_G + "ek")
        terminal.wait_for("Kept texts", "pane B, before the mirror")
        terminal.send("\r")
        terminal.wait_for("select 'yours';")
