"""F8: what both panes ran is found by typing and goes to the editor; nothing runs."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from dsqltui.core.results.errors import ServerError
from dsqltui.core.results.outcome import Refused
from dsqltui.store.history import HistoryFile
from dsqltui.ui.dialogs.picker import PickList
from dsqltui.ui.features.history.dialog import HistoryDialog
from support.screens.console import Console, console


@pytest.fixture
def history(tmp_path: Path) -> Iterator[HistoryFile]:
    file = HistoryFile(tmp_path / "history.sqlite", limit=100)
    yield file
    file.close()


@asynccontextmanager
async def with_runs(history: HistoryFile, size: tuple[int, int] = (140, 40)) -> AsyncIterator[Console]:
    """`table a` and a refused `table b` in pane A, `table c` in pane B."""
    async with console(size, history=history) as it:
        journal = it.app.console_screen.services.journal
        journal.listen(history.record)
        it.a.answer("table b", Refused(ServerError("42P01", 'relation "b" does not exist'), 0.01))
        it.write("table a; table b;")
        it.pane_b.editor.load_text("table c;")
        await it.press("f5", "f5", "f3", "f5", "f2")
        await it.until(lambda: len([entry for entry in journal if entry.sql]) == 3)
        it.write("select 1;")
        yield it


def listed(it: Console) -> list[str]:
    """The SQL of each line, once the dialog is there."""
    assert isinstance(it.app.screen, HistoryDialog)
    return [line.parts[-1][0] for line in it.app.screen.query_one(PickList).lines]


async def opened(it: Console) -> None:
    await it.press("f8")
    await it.until(lambda: isinstance(it.app.screen, HistoryDialog) and len(listed(it)) == 3)


@pytest.mark.parametrize("size", [(80, 24), (140, 40)])
async def test_it_shows_the_newest_of_both_panes_first_with_outcome(
    history: HistoryFile, size: tuple[int, int]
) -> None:
    async with with_runs(history, size) as it:
        await opened(it)
        assert {*listed(it)} == {"table a", "table b", "table c"}
        line = next(line for line in it.screen_text().split("\n") if "A ✗ table b" in line)
        assert ":" in line
        await it.press("f4")
        await it.until(lambda: listed(it) == ["table b"])
        await it.until(lambda: '42P01 relation "b" does not exist' in it.screen_text())
        assert "A us-east-1  admin  10 ms" in it.screen_text()


async def test_typing_searches_and_enter_puts_it_below_the_text_without_running(history: HistoryFile) -> None:
    async with with_runs(history) as it:
        sent = len(it.a.sent)
        await it.press("f8", *"TABLE c", "enter")
        await it.until(lambda: it.pane_a.editor.text == "select 1;\n\ntable c")
        assert len(it.a.sent) == sent
        assert it.b.sent == ["table c"]
        await it.press("ctrl+z")
        await it.until(lambda: it.pane_a.editor.text == "select 1;")


async def test_it_is_narrowed_to_a_pane_and_widened_again(history: HistoryFile) -> None:
    async with with_runs(history) as it:
        await opened(it)
        await it.press("f3")
        await it.until(lambda: listed(it) == ["table c"])
        await it.until(lambda: "pane B, all " in it.screen_text())
        await it.press("f2")
        await it.until(lambda: {*listed(it)} == {"table a", "table b"})
        await it.press("f2")
        await it.until(lambda: len(listed(it)) == 3)


async def test_the_cursor_moves_while_typing_goes_on(history: HistoryFile) -> None:
    async with with_runs(history) as it:
        await opened(it)
        second = listed(it)[1]
        await it.press("down", "enter")
        await it.until(lambda: it.pane_a.editor.text.endswith(second))


async def test_nothing_found_says_so_and_enter_does_nothing(history: HistoryFile) -> None:
    async with with_runs(history) as it:
        await opened(it)
        await it.press(*"xyzzy", "enter")
        await it.until(lambda: "No run matches." in it.screen_text())
        await it.press("escape")
        await it.until(lambda: not isinstance(it.app.screen, HistoryDialog))
        assert it.pane_a.editor.text == "select 1;"


async def test_without_a_history_it_says_how_to_have_one() -> None:
    async with console() as it:
        await it.press("f8")
        await it.until(lambda: "history.enabled" in it.notice)


async def test_a_history_that_cannot_be_read_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    broken = HistoryFile(tmp_path / "file" / "history.sqlite", limit=1)
    async with console(history=broken) as it:
        await it.press("f8")
        await it.until(lambda: "cannot be used" in it.screen_text())
    broken.close()


async def test_a_statement_of_which_only_the_beginning_was_kept_is_not_put_back(history: HistoryFile) -> None:
    async with with_runs(history) as it:
        it.write("select '" + "x" * 150_000 + "';")
        await it.press("f5")
        await it.until(lambda: len(it.a.sent) == 3)
        it.write("")
        await it.press("f8")
        await it.until(lambda: isinstance(it.app.screen, HistoryDialog) and len(listed(it)) == 4)
        await it.until(lambda: "(only the beginning was kept)" in it.screen_text())
        await it.press("enter")
        await it.until(lambda: "nothing was inserted" in it.notice)
        assert it.pane_a.editor.text == ""
