"""Twelve tasks of a day, done by keys that are counted; docs/keystrokes.md is the same table."""

import re
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from dsqltui.core.results.outcome import Done, Refused
from dsqltui.core.results.transaction_state import TransactionState
from dsqltui.core.sessions.session import Page
from dsqltui.store.history import HistoryFile
from dsqltui.ui.features.export.export_dialog import ExportDialog
from support.screens.console import Console, console
from support.screens.fake_session import CONFLICT, rows

TABLE = Path(__file__).parents[3] / "docs" / "keystrokes.md"
PEOPLE = rows("id name", ("2", "Zoe"), ("1", "Ann"), number_columns=1)


async def with_rows(it: Console) -> None:
    """The query stands in the editor, was run, and the focus is in its rows."""
    it.a.answer("table people", PEOPLE)
    it.write("table people")
    await it.press("f5")
    await it.until(lambda: it.pane_a.kept_results)
    await it.press("f4")


async def run(it: Console) -> tuple[str, ...]:
    it.write("select 1")
    return await pressed(it, ("f5",), lambda: it.a.sent == ["select 1"])


async def again(it: Console) -> tuple[str, ...]:
    it.write("select 1")
    await it.press("f5")
    return await pressed(it, ("f5",), lambda: it.a.sent == ["select 1"] * 2)


async def next_page(it: Console) -> tuple[str, ...]:
    it.a.answer("table people", rows("n", *((str(n),) for n in range(3)), has_more=True))
    it.a.pages.append(Page((("9",),), False, "SELECT 4"))
    it.write("table people")
    await it.press("f5")
    await it.until(lambda: it.pane_a.kept_results)
    await it.press("f4", "ctrl+end")
    return await pressed(it, ("pagedown",), lambda: it.pane_a.grid.row_count == 4)


async def one_row(it: Console) -> tuple[str, ...]:
    await with_rows(it)
    return await pressed(it, ("r",), lambda: it.pane_a.results is it.pane_a.record)


async def copy_a_value(it: Console) -> tuple[str, ...]:
    await with_rows(it)
    return await pressed(it, ("y",), lambda: "copied" in it.notice)


async def export(it: Console) -> tuple[str, ...]:
    await with_rows(it)
    keys = await pressed(it, ("e",), lambda: isinstance(it.app.screen, ExportDialog))
    await it.press("escape")
    return (*keys, "enter")  # the suggested file, which a test does not write


async def sort(it: Console) -> tuple[str, ...]:
    await with_rows(it)
    return await pressed(it, ("s",), lambda: "ascending" in it.notice)


async def from_history(it: Console) -> tuple[str, ...]:
    it.write("select 'old'")
    await it.press("f5")
    await it.until(lambda: it.a.sent)
    it.write("")
    await it.press("f8")
    await it.until(lambda: "select 'old'" in it.screen_text())
    await it.press("f5")
    await it.until(lambda: it.a.sent == ["select 'old'"] * 2)
    return ("f8", "f5")


async def full_screen(it: Console) -> tuple[str, ...]:
    await with_rows(it)
    return await pressed(it, ("f12",), lambda: it.pane_a.grid.size.height > 30)


async def roll_back(it: Console) -> tuple[str, ...]:
    it.write("begin;")
    await it.press("f5")
    await it.until(lambda: it.pane_a.status.state is TransactionState.OPEN)
    return await pressed(it, ("ctrl+g", "u"), lambda: it.a.sent[-1] == "ROLLBACK")


async def conflict(it: Console) -> tuple[str, ...]:
    """Both texts stand there: three statements in A, three in B, A's COMMIT last."""
    script = "begin;\nupdate t set n = 1;\ncommit;"
    it.a.answer("commit", Refused(CONFLICT, 0.01))
    it.b.answer("commit", Done("COMMIT", 0.01))
    it.write(script)
    it.pane_b.editor.load_text(script)
    it.pane_b.editor.go_to(0)
    keys = ("f5", "f5", "f3", "f5", "f5", "f5", "f2", "f5")
    return await pressed(it, keys, lambda: it.pane_a.status.has_class("-conflict"))


async def retry(it: Console) -> tuple[str, ...]:
    await conflict(it)
    it.a.answer("commit", Done("COMMIT", 0.01))
    return await pressed(it, ("ctrl+g", "y"), lambda: it.a.sent[3:] == ["begin", "update t set n = 1", "commit"])


async def pressed(it: Console, keys: tuple[str, ...], is_done: Callable[[], object]) -> tuple[str, ...]:
    """Press them, and wait for what they were to do."""
    await it.press(*keys)
    await it.until(is_done)
    return keys


TASKS: dict[str, Callable[[Console], Awaitable[tuple[str, ...]]]] = {
    "run a statement": run,
    "run it again": again,
    "next page of rows": next_page,
    "one row as a record": one_row,
    "copy a value": copy_a_value,
    "export the result": export,
    "sort by a column": sort,
    "a statement from the history, run": from_history,
    "results on the full screen": full_screen,
    "roll back": roll_back,
    "a conflict of two sessions": conflict,
    "retry the transaction": retry,
}


def told() -> dict[str, tuple[int, list[int]]]:
    """By task: our count, and the others' where they can do it."""
    found = {}
    for line in TABLE.read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if len(cells) == 5 and re.match(r"\d+\b", cells[1]):
            counts = [re.match(r"\d+\b", cell) for cell in cells[1:4]]
            ours, *others = [int(count[0]) if count else None for count in counts]
            found[cells[0]] = (ours or 0, [other for other in others if other is not None])
    return found


@pytest.mark.parametrize("task", TASKS)
async def test_a_task_takes_as_many_keys_as_the_table_says(task: str, tmp_path: Path) -> None:
    history = HistoryFile(tmp_path / "history.sqlite", limit=100)
    async with console((80, 40), history=history) as it:
        it.journal.listen(history.record)
        keys = await TASKS[task](it)
    history.close()
    assert len(keys) == told()[task][0]


def test_the_table_has_the_twelve_and_none_takes_more_keys_than_elsewhere() -> None:
    assert list(told()) == list(TASKS)
    for task, (ours, others) in told().items():
        assert all(ours <= other for other in others), task
