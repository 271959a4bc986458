r"""psql's habits in the real program: `\watch` until Ctrl+C, `\copy` both ways with progress, a script with an error."""

import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.screens.terminal import Terminal

pytestmark = pytest.mark.e2e

F2, F3, F5 = "\x1bOQ", "\x1bOR", "\x1b[15~"
CTRL_C, CTRL_END, ENTER = "\x03", "\x1b[1;5F", "\r"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where the files of the commands are."""
    made = tmp_path / "files"
    made.mkdir()
    return made


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Terminal]:
    """`dsqltui --local` at 80x24, connected."""
    home = tmp_path / "home"
    home.mkdir()
    environment = {"XDG_DATA_HOME": str(home / "data"), "XDG_STATE_HOME": str(home / "state"), "HOME": str(home)}
    with Terminal([sys.executable, "-m", "dsqltui", "--local"], env=environment) as terminal:
        terminal.wait_for(lambda screen: screen.count("connected") >= 2 and "connecting" not in screen)
        yield terminal


def run(terminal: Terminal, text: str, shows: str, timeout_s: float = 90) -> None:
    """Run a text below what stands in the editor, and wait for a regular expression."""
    terminal.send(f"{CTRL_END}{ENTER}{text}{F5}")
    see(terminal, shows, timeout_s)


def see(terminal: Terminal, pattern: str, timeout_s: float = 90) -> None:
    terminal.wait_for(lambda screen: re.search(pattern, screen) is not None, timeout_s=timeout_s)


def test_watch_follows_the_other_region_until_ctrl_c(terminal: Terminal) -> None:
    run(terminal, "create table seen (id int primary key);", "CREATE TABLE")
    run(terminal, r"select count(*) as many from seen \watch 0.2", r"# many │\s+0 │")
    see(terminal, r"watch [3-9], every 0\.2 s")
    terminal.send(F3)
    run(terminal, "insert into seen values (7), (8);", "INSERT 0 2")
    terminal.send(F2)
    see(terminal, r"# many │\s+2 │")
    terminal.send(CTRL_C)
    see(terminal, r"Watched \d+ times; you stopped it\.")
    assert "# many" in terminal.text  # the last rows stay
    run(terminal, "select 'after' as it_goes_on;", "after")


def test_copy_out_and_in_again_by_batches_with_progress(terminal: Terminal, folder: Path) -> None:
    out, back = folder / "out.csv", folder / "in.csv"
    query = "select g as id, md5(g::text) as v from generate_series(1, 2000000) g"
    run(terminal, rf"\copy ({query}) to '{out}' csv header", r"\\copy [\d,]+ bytes written")
    see(terminal, r"✓ COPY 2000000")
    with out.open() as lines:
        assert next(lines) == "id,v\n"
        first = [next(lines) for _ in range(100_000)]
        assert sum(1 for _ in lines) == 1_900_000
    back.write_text("id,v\n" + "".join(first))
    run(terminal, "create table back (id int primary key, v text);", "CREATE TABLE")
    run(
        terminal,
        rf"\copy back from '{back}' csv header batch 500",
        r"\\copy [\d,]+ bytes read \(\d+ %\), [1-9][\d,]* rows in",
    )
    see(terminal, r"✓ COPY 100000")
    run(terminal, "select count(*), min(v) = md5('1') as odd, max(id) from back;", r"100000 │ . +│ 100000")
    assert sorted(path.name for path in folder.iterdir()) == ["in.csv", "out.csv"]


def test_copy_in_that_is_stopped_says_which_rows_are_in(terminal: Terminal, folder: Path) -> None:
    path = folder / "many.csv"
    path.write_text("".join(f"{n},{'x' * 40}\n" for n in range(1, 200_001)))
    run(terminal, "create table many (id int primary key, v text);", "CREATE TABLE")
    run(terminal, rf"\copy many from '{path}' csv batch 500", r"[1-9][\d,]* rows in")
    terminal.send(CTRL_C)
    see(terminal, r"Rows 1 to [\d,]+ are in, the rest is")
    said = re.search(r"Rows 1 to ([\d,]+) are in", terminal.text)
    assert said is not None
    count = int(said[1].replace(",", ""))
    assert count % 500 == 0
    run(terminal, "select count(*) as found from many;", rf"# found │\s+{count} │")


def test_a_script_stops_at_its_error_and_says_where(terminal: Terminal, folder: Path) -> None:
    script = folder / "steps.sql"
    script.write_text(
        "create table steps (id int primary key);\n"
        "insert into steps values (1);\n"
        "\\echo half way\n"
        "insert into steps\n"
        "  values (1);\n"
        "insert into steps values (3);\n"
    )
    run(terminal, rf"\i {script}", "stopped at line 4")
    assert "23505" in terminal.text
    run(terminal, "select count(*) as kept, max(id) from steps;", r"1 │ +1 │")
