"""Results in the real program: one changed cell among 5,000 rows, an export that is broken off, the story as Markdown."""

import re
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from support.screens.terminal import Terminal

pytestmark = pytest.mark.e2e

F2, F3, F4, F5 = "\x1bOQ", "\x1bOR", "\x1bOS", "\x1b[15~"
CTRL_C, CTRL_G, CTRL_U, CTRL_END, ENTER = "\x03", "\x07", "\x15", "\x1b[1;5F", "\r"
SIZES = [pytest.param(80, 24, id="80x24"), pytest.param(160, 45, id="160x45")]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    folder = tmp_path / "home"
    folder.mkdir()
    return folder


def console(home: Path, columns: int = 160, rows: int = 45) -> Terminal:
    """`dsqltui --local` with data of its own."""
    return Terminal(
        [sys.executable, "-m", "dsqltui", "--local"],
        columns=columns,
        rows=rows,
        env={"XDG_DATA_HOME": str(home / "data"), "XDG_STATE_HOME": str(home / "state"), "HOME": str(home)},
    )


def connected(screen: str) -> bool:
    return screen.count("connected") >= 2 and "connecting" not in screen


def run(terminal: Terminal, sql: str, shows: str | Callable[[str], bool]) -> None:
    """Run a statement below what stands in the editor, and wait for a text that was not on the screen."""
    terminal.send(f"{CTRL_END}{ENTER}{sql};{F5}")
    terminal.wait_for(shows)


def write_to(terminal: Terminal, asks: str, path: Path) -> None:
    """Put a path into the field of a dialog that asks for one, and go on."""
    terminal.wait_for(asks)
    terminal.send(f"{CTRL_U}{path}")
    terminal.wait_for(path.name)
    terminal.send(ENTER)


@pytest.mark.parametrize(("columns", "rows"), SIZES)
def test_one_changed_cell_among_five_thousand_rows(home: Path, columns: int, rows: int) -> None:
    with console(home, columns, rows) as terminal:
        terminal.wait_for(connected)
        run(terminal, "create table people (id bigint primary key, name text)", "CREATE TABLE")
        fill = "insert into people select g, 'name ' || g from generate_series({}, {}) g"
        run(terminal, fill.format(1, 2_600), "INSERT 0 2600")
        run(terminal, fill.format(2_601, 5_000), "INSERT 0 2400")
        look = "select id, name from people order by id"
        run(terminal, look, "1,000 rows, more exist")
        terminal.send(F3)
        run(terminal, "update people set name = 'somebody' where id = 4321", "UPDATE 1")
        run(terminal, look, lambda screen: screen.count("1,000 rows, more exist") >= 2)
        terminal.send(f"{CTRL_G}d")
        says = (
            "1 cell in 1 row; 4,999 same; "
            if columns == 80
            else "1 changed cell in 1 row; 4,999 the same, compared by key id"
        )
        terminal.wait_for(says)
        terminal.wait_for("1 of 1: 4321  changed: name")
        terminal.wait_for(lambda screen: re.search(r"~ +4321 │ somebody", screen) is not None)


@pytest.mark.parametrize("way", ["stopped", "killed"])
def test_an_export_that_is_broken_off_leaves_no_file(home: Path, tmp_path: Path, way: str) -> None:
    folder = tmp_path / "out"
    folder.mkdir()
    with console(home) as terminal:
        terminal.wait_for(connected)
        run(terminal, "select g, md5(g::text) from generate_series(1, 5000000) g", "more exist")
        terminal.send(f"{F4}e")
        terminal.wait_for("Export")
        terminal.send("\t\t")
        write_to(terminal, "Enter: write", folder / "out.csv")
        terminal.wait_for(lambda screen: re.search(r"exporting [1-9][\d,]* rows", screen) is not None)
        if way == "stopped":
            terminal.send(CTRL_C)
            terminal.wait_for("Export stopped after")
        else:
            terminal.kill()
    assert [path.name for path in folder.iterdir()] == []


def test_the_story_of_the_first_conflict_as_markdown(home: Path, tmp_path: Path) -> None:
    path = tmp_path / "story.md"
    with console(home) as terminal:
        terminal.wait_for(connected)
        run(terminal, "create table customers (username text primary key, address text)", "CREATE TABLE")
        run(terminal, "insert into customers values ('carlos', '| old street')", "INSERT 0 1")
        update = "update customers set address = '{}' where username = 'carlos'"
        run(terminal, "begin", "BEGIN")
        run(terminal, update.format("123 Main Street"), "UPDATE 1")
        terminal.send(F3)
        run(terminal, "table customers", "SELECT 1")
        run(terminal, "begin", lambda screen: screen.count("BEGIN") >= 2)
        run(terminal, update.format("201 Rocky Blvd"), lambda screen: screen.count("UPDATE 1") >= 2)
        run(terminal, "commit", "COMMIT")
        terminal.send(F2)
        run(terminal, "commit", "OC000")
        terminal.send(f"{CTRL_G}vm")
        write_to(terminal, "Save transcript as", path)
        terminal.wait_for("Written to")
    document = path.read_text(encoding="utf-8")
    table = [line for line in document.splitlines() if line.startswith("| ")]
    assert "| time | A us-east-1 | B us-east-2 |" in table
    assert all(line.count(" | ") == 2 for line in table if "<code>" in line)
    assert any("<code>commit</code><br>→ **✗ 40001**" in line for line in table)
    assert "| carlos | \\| old street |" in document
    lost = re.search(r"\*\*(\d+)\*\* in A lost to \*\*(\d+)\*\* in B", document)
    assert lost is not None
    assert int(lost[1]) > int(lost[2])


def test_tabs_by_key_and_mouse_with_wide_characters(home: Path) -> None:
    with console(home, 80, 24) as terminal:
        terminal.wait_for(connected)
        run(terminal, 'create table "顧客" (id int primary key, "名前" text)', "CREATE TABLE")
        run(terminal, """insert into "顧客" values (1, '山田')""", "INSERT 0 1")
        run(terminal, """table "顧客\"""", "山田")
        assert "1 顧客 1" not in terminal.text
        run(terminal, "select 'second' as n union select 'third'", "1 顧客 1  2 'second' as n union select 'third' 2")
        run(terminal, "select nope", "3 ERROR 42703")
        terminal.send(f"{F4}[")
        terminal.wait_for(lambda text: "third  │" in text and "Check the name" not in text)
        terminal.wait_until_quiet()  # the tabs may still move
        row = next(number for number, line in enumerate(terminal.text.splitlines(), 1) if "1 顧客 1" in line)
        terminal.send(f"\x1b[<0;4;{row}M\x1b[<0;4;{row}m")
        terminal.wait_for(lambda text: "1 │ 山田" in text)
        terminal.send("]]")
        terminal.wait_for("LINE 1: select nope", "Check the name at the caret.")
        terminal.send(f"[]{CTRL_G}ve")  # an error is no rows to export
        terminal.wait_for("No result to show yet.")
