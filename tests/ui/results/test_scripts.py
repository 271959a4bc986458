"""A script is one tab, which opens a list of its statements."""

from functools import partial
from pathlib import Path

import pytest

from dsqltui.core.results.outcome import Done
from dsqltui.core.scripts.statement import split
from dsqltui.core.settings.sections import ResultSettings, Settings
from dsqltui.ui.results.grid import ResultGrid
from dsqltui.ui.results.script_view import ScriptView
from support.screens.console import Console, console
from support.screens.fake_session import refused, rows


def written(it: Console, tab: int = 0) -> str:
    """A tab of pane A as its line says it."""
    one = it.pane_a.tabs.tabs[tab]
    return f"{one.title} {one.sign}"


def listed(it: Console) -> list[str]:
    """What pane A's list of statements says."""
    return ["".join(text for text, _look in line.parts).rstrip() for line in it.pane_a.statements.lines]


def _shows(it: Console, value: str) -> bool:
    return it.pane_a.grid.value == value


async def ran(it: Console, sign: str) -> None:
    await it.until(lambda: it.pane_a.tabs.tabs and it.pane_a.tabs.tabs[-1].sign == sign)


@pytest.mark.parametrize(
    ("script", "comments"),
    [
        ("-- yesterday's orders\nselect 1", ["yesterday's orders"]),
        ("select 1; -- done\nselect 2", ["", ""]),
        ("-- Copyright 2026\n\n-- all people\n-- by name\nselect 1;\n\n/* two */ select 2;", ["all people", "two"]),
        ("/*\n * What sold\n */\nselect 1; select 2", ["What sold", ""]),
        ("-- ------\n-- tables\n-- ------\ncreate table t (id int)", ["tables"]),
    ],
)
def test_a_statement_knows_the_comment_above_it(script: str, comments: list[str]) -> None:
    assert [statement.comment for statement in split(script)] == comments


async def test_thirty_statements_are_one_tab_and_one_list() -> None:
    async with console((80, 24)) as it:
        for n in range(30):
            it.a.answer(f"insert into t values ({n})", Done("INSERT 0 1", 0.004))
        it.write("-- people\n" + "\n".join(f"insert into t values ({n});" for n in range(30)))
        await it.press("shift+f5")
        await ran(it, "30 ✓")
        assert written(it) == "people 30 ✓"
        assert "30 of 30 statements" in it.screen_text()
        await it.until(lambda: len(listed(it)) == 30)
        assert listed(it)[-1].startswith("30 ✓ insert into t values (29)")
        assert listed(it)[-1].endswith("INSERT 0 1  4 ms")
        await it.press("f4")
        await it.until(lambda: isinstance(it.app.focused, ScriptView))
        assert "Enter Open" in it.screen_text()
        await it.press("home", "enter")
        await it.until(lambda: "insert into t values (0)" in it.screen_text() and len(it.app.screen_stack) > 1)


async def test_rows_of_a_script_are_opened_from_its_list() -> None:
    async with console((120, 40)) as it:
        for n in range(3):
            it.a.answer(f"select {n} from t", rows("n", (str(n),)))
        it.a.answer("insert into t values (9)", Done("INSERT 0 1", 0.004))
        it.write("select 0 from t; select 1 from t; insert into t values (9); select 2 from t;")
        await it.press("shift+f5")
        await ran(it, "4 ✓")
        assert it.pane_a.results is it.pane_a.grid, "the last rows are what a person ran it for"
        assert it.pane_a.grid.value == "2"
        await it.press("f4", "left_square_bracket", "up", "up", "enter")
        await it.until(lambda: isinstance(it.app.focused, ResultGrid) and it.pane_a.grid.value == "1")
        assert len(it.pane_a.tabs.tabs) == 1
        await it.press("left_square_bracket")
        await it.until(lambda: isinstance(it.app.focused, ScriptView))
        await it.press("left_square_bracket")
        await it.until(lambda: "No older results are kept." in it.notice)


async def test_a_file_stops_at_its_error_which_the_list_opens(tmp_path: Path) -> None:
    path = tmp_path / "ddl.sql"
    path.write_text("insert into t values (1);\nselect no;\nselect 3;\n")
    async with console((120, 40)) as it:
        it.a.answer("insert into t values (1)", Done("INSERT 0 1", 0.004))
        it.a.answer("select no", refused("42703", 'column "no" does not exist'))
        it.write(f"\\i {path}")
        await it.press("f5")
        await ran(it, "2/3 ✗")
        assert written(it) == "ddl.sql 2/3 ✗"
        assert it.pane_a.results is it.pane_a.report
        assert len(it.pane_a.tabs.tabs) == 1, "the error is the script's"
        await it.press("f4", "left_square_bracket", "enter")
        await it.until(lambda: it.pane_a.results is it.pane_a.report)
        assert 'column "no" does not exist' in it.screen_text()


async def test_a_file_that_fails_at_its_last_statement_says_so_in_the_same_form(tmp_path: Path) -> None:
    path = tmp_path / "ddl.sql"
    path.write_text("insert into t values (1);\nselect no;\n")
    async with console((120, 40)) as it:
        it.a.answer("insert into t values (1)", Done("INSERT 0 1", 0.004))
        it.a.answer("select no", refused("42703", 'column "no" does not exist'))
        it.write(f"\\i {path}")
        await it.press("f5")
        await ran(it, "2/2 ✗")
        assert written(it) == "ddl.sql 2/2 ✗"


async def test_a_job_is_a_line(tmp_path: Path) -> None:
    path = tmp_path / "ddl.sql"
    path.write_text("create index async on t (id);\ncreate index async on t (name);\n")
    async with console((120, 40)) as it:
        for column in ("id", "name"):
            it.a.answer(f"create index async on t ({column})", rows("job_id", ("e2fsq7k3xrgqnbkw4fsuzjvd6i",)))
        it.write(f"\\i {path}")
        await it.press("f5")
        await ran(it, "2 ✓")
        await it.until(lambda: len(listed(it)) == 2)
        assert "job e2fs… building" in listed(it)[0]
        it.write("create index async on t (id)")
        await it.press("f5")
        await it.until(lambda: it.pane_a.results is it.pane_a.report)
        assert len(it.pane_a.tabs.tabs) == 1, "no tab of its own"


async def test_how_many_are_kept_is_a_setting() -> None:
    async with console(settings=Settings(results=ResultSettings(kept=2))) as it:
        for n in range(4):
            it.a.answer(f"select {n}", rows("n", (str(n),)))
        it.write("select 0; select 1; select 2; select 3;")
        await it.press("shift+f5")
        await ran(it, "4 ✓")
        assert [result.statement for result in it.pane_a.kept_results] == ["select 2", "select 3"]
        for n in range(3):
            it.write(f"select {n}")
            await it.press("f5")
            await it.until(partial(_shows, it, str(n)))
        assert [result.statement for result in it.pane_a.kept_results] == ["select 1", "select 2"]
