"""The console in a browser's terminal, as a cloud shell has it: Chromium, xterm.js, no COLORTERM.

Pictures are kept in `.browser/pictures/`. The first conflict is played in `make test`, the rest in `make test-long`.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

import pytest

from support.screens.console_program import Place, place
from support.screens.web_terminal import WebTerminal, web_terminal, why_not

pytestmark = [
    pytest.mark.browser,
    pytest.mark.timeout(300),
    pytest.mark.skipif(bool(why_not()), reason=why_not()),
]
SIZES = [pytest.param(80, 24, id="80x24"), pytest.param(120, 40, id="120x40")]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    with place(tmp_path_factory.mktemp("browser")) as found:
        found.sql("create table shop (id int primary key, name text)", "insert into shop values (1, '東京')")
        yield found


@contextmanager
def console(home: Place, columns: int, rows: int, *arguments: str) -> Iterator[WebTerminal]:
    """`dsqltui --local` in a page, both panes connected."""
    state = home.home / f"web-{columns}-{len(list(home.home.iterdir()))}"
    folders = {"DATA": home.home / "data", "CONFIG": home.home / "config", "STATE": state}
    env = {f"XDG_{name}_HOME": str(folder) for name, folder in folders.items()} | {"HOME": str(home.home)}
    argv = [sys.executable, "-m", "dsqltui", *(arguments or ("--local",))]
    with web_terminal(argv, columns=columns, rows=rows, env=env) as running:
        if not arguments:
            running.wait_for(lambda text: text.count("admin  connected") == 2)
        yield running


def run(running: WebTerminal, pane: str, sql: str, sign: str) -> None:
    """A statement below what a pane holds."""
    running.press(pane)
    running.type(sql)
    running.press("F5")
    running.wait_for(sign)
    running.press("Enter")


def has_updated(panes: int, text: str) -> bool:
    return text.count("UPDATE 1") >= panes


@pytest.mark.parametrize(("columns", "rows"), SIZES)
def test_the_first_conflict(home: Place, columns: int, rows: int) -> None:
    with console(home, columns, rows) as running:
        running.picture(f"first-screen-{columns}x{rows}")
        for pane, name in (("F2", "a"), ("F3", "b")):
            run(running, pane, "begin;", "BEGIN")
            running.type(f"update shop set name = '{name}' where id = 1;")
            running.press("F5")
            running.wait_for(partial(has_updated, 1 if pane == "F2" else 2))
            running.press("Enter")
        running.type("commit;")
        running.press("F5")
        running.wait_for("COMMIT")
        running.press("F2")
        running.type("commit;")
        running.press("F5")
        running.wait_for("OC000")
        running.wait_until_quiet()
        running.picture(f"conflict-{columns}x{rows}")
        running.press("ctrl+q")
        running.press("ctrl+q")


@pytest.mark.long
@pytest.mark.parametrize(("columns", "rows"), SIZES)
def test_a_lab_begins(home: Place, columns: int, rows: int) -> None:
    with console(home, columns, rows, "lab", "run", "3", "--local") as running:
        running.wait_for("1/", "F5", lambda text: text.count("admin") >= 2)
        running.wait_until_quiet(1_000)
        running.picture(f"lab-3-{columns}x{rows}")
        seen = running.text
        running.type("n")
        running.wait_for(lambda text: text != seen)
        running.wait_until_quiet(1_000)
        running.picture(f"lab-3-next-{columns}x{rows}")


@pytest.mark.long
def test_a_paste_is_not_run_and_ends_where_it_ends(home: Place) -> None:
    with console(home, 80, 24) as running:
        running.paste("select 1;\nselect '東京';\n")
        running.wait_for("select 1;", "select '東京';")
        running.wait_until_quiet()
        assert "✓" not in running.text
        running.picture("paste-80x24")


@pytest.mark.long
def test_another_size_is_painted_whole_and_the_old_one_again(home: Place) -> None:
    with console(home, 120, 40) as running:
        running.type("select 'wide 東京' as city;")
        running.press("F5")
        running.wait_for("city")
        running.resize(80, 24)
        running.wait_for("F3  B", "city", "^Q Quit")
        running.wait_until_quiet()
        running.picture("resized-80x24")
        running.resize(120, 40)
        running.wait_for("F3  B", "city", "^Q Quit")
        running.wait_until_quiet()
        running.picture("resized-120x40")


@pytest.mark.long
def test_the_mouse_chooses_the_pane(home: Place) -> None:
    with console(home, 120, 40) as running:
        text = running.wait_for("▶F2")
        row = next(number for number, line in enumerate(text.split("\n")) if "F3  B" in line)
        column = text.split("\n")[row].index("F3  B")
        running.click(column + 2, row + 1)
        running.wait_for("▶F3")


@pytest.mark.long
def test_a_page_that_was_loaded_again_shows_all_and_goes_on(home: Place) -> None:
    with console(home, 80, 24) as running:
        running.type("select 40 + 2 as answer;")
        running.press("F5")
        running.wait_for("answer", "42")
        running.page.reload()
        running.wait_for("▶F2  A", "answer", "42", "F3  B", "^Q Quit")
        running.type(" -- more")
        running.wait_for("-- more")
        running.wait_until_quiet()
        running.picture("reloaded-80x24")


@pytest.mark.long
def test_a_value_is_copied_to_the_browser(home: Place) -> None:
    with console(home, 80, 24) as running:
        running.type("select '東京 \\ 1' as city;")
        running.press("F5")
        running.wait_for("city")
        running.press("F4")
        running.wait_for("Enter")  # the key line of results
        running.wait_until_quiet()
        running.type("y")
        running.wait_until_quiet()
        assert running.copied == "東京 \\ 1"


@pytest.mark.long
def test_bytes_in_the_browser_are_those_of_any_terminal(home: Place) -> None:
    with console(home, 80, 24) as running:
        running.wait_until_quiet(1_500)
        for key, most in (("F1", 10_000), ("Escape", 2_000), ("ctrl+p", 6_000), ("Escape", 2_000), ("F3", 2_000)):
            before = running.sent
            running.press(key)
            running.wait_until_quiet(1_000)
            assert running.sent - before <= most, key
        assert running.wait_until_quiet(2_000) == 0
