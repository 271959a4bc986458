"""Mirrored editors: the same text whatever is done in either, one undo history, nothing lost afterwards."""

import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from textual.pilot import Pilot
from textual.widgets.text_area import Selection

from dsqltui.core.sql.lexer import LineLexer
from dsqltui.ui.panes.mirror import Mirror
from dsqltui.ui.widgets.editor import Editor
from support.long_cases import spread
from ui.editors.test_editor import EditorApp, burst

PIECES = ("x", "é", "\n", "select $$\n", "'", "日本", "(a,b)", "/*", "*/", "  ", "\t", "")


@asynccontextmanager
async def mirrored(
    first: str = "", second: str = ""
) -> AsyncIterator[tuple[EditorApp, Pilot[None], Editor, Editor, Mirror]]:
    app = EditorApp()
    async with app.run_test(size=(60, 20)) as pilot:
        a, b = app.query_one("#first", Editor), app.query_one("#second", Editor)
        a.load_text(first)
        b.load_text(second)
        a.focus()
        await pilot.pause()
        yield app, pilot, a, b, Mirror(a, b)


def act(rng: random.Random, editor: Editor) -> None:
    """Something a person might do."""

    def place() -> tuple[int, int]:
        row = rng.randrange(editor.document.line_count)
        return row, rng.randint(0, len(editor.document[row]))

    match rng.randrange(9):
        case 0 | 1 | 2:
            editor.move_cursor(place())
            editor.replace(rng.choice(PIECES), *editor.selection, maintain_selection_offset=False)
        case 3:
            editor.selection = Selection(place(), place())
            editor.action_delete_left()
        case 4 | 5:
            editor.undo()
        case 6:
            editor.redo()
        case 7:
            editor.selection = Selection(place(), place())
            editor.change_lines(lambda lines: [f"  {line}" for line in lines])
        case _:
            editor.insert(rng.choice(PIECES), place())


@pytest.mark.parametrize("seed", spread(range(30), 6))
async def test_random_work_in_either_pane_keeps_both_the_same(seed: int) -> None:
    rng = random.Random(seed)
    async with mirrored("select 1;\nselect 2;", "select 1;\nselect 2;") as (_, _, a, b, mirror):
        start = a.text
        mirror.join(rng.choice((a, b)))
        for step in range(150):
            act(rng, rng.choice((a, b)))
            assert (a.text, a.selection) == (b.text, b.selection), step
            for editor in (a, b):
                lexer = LineLexer(editor.document.get_line)
                for row in range(editor.document.line_count):
                    assert editor.tokens(row) == lexer.tokens(row)
        after, steps = a.text, len(a.history.undo_stack)
        for _ in range(steps + 1):
            rng.choice((a, b)).undo()
            assert a.text == b.text
        assert a.text == start
        for _ in range(steps):
            rng.choice((a, b)).redo()
            assert a.text == b.text
        assert a.text == after


async def test_typed_letters_of_both_panes_undo_word_by_word() -> None:
    async with mirrored() as (app, pilot, a, b, mirror):
        mirror.join(a)
        burst(app, *"select")
        await pilot.pause()
        assert b.text == "select"
        b.focus()
        await pilot.pause()
        burst(app, *"from")
        await pilot.pause()
        assert a.text == "selectfrom"
        a.undo()
        assert (a.text, b.text) == ("select", "select")
        b.undo()
        assert (a.text, b.text) == ("", "")
        a.redo()
        assert (a.text, b.text) == ("select", "select")


async def test_the_cursor_follows() -> None:
    async with mirrored("one\ntwo") as (app, pilot, a, b, mirror):
        mirror.join(a)
        for key, there in (("down", (1, 0)), ("right", (1, 1))):
            burst(app, key)
            await pilot.pause()
            assert a.cursor_location == b.cursor_location == there
        a.selection = Selection((0, 1), (1, 2))
        assert b.selection == a.selection


async def test_the_losers_text_comes_back_with_one_undo_after_parting() -> None:
    async with mirrored("mine", "yours") as (_, _, a, b, mirror):
        b.insert("!", b.document.end)
        mirror.join(a)
        assert (a.text, b.text) == ("mine", "mine")
        a.insert(" too", a.document.end)
        mirror.part()
        assert (a.text, b.text) == ("mine too", "mine too")
        b.undo()
        assert (a.text, b.text) == ("mine too", "yours!")
        b.undo()
        assert b.text == "yours"
        for text in ("yours!", "mine too"):
            b.redo()
            assert b.text == text
        a.undo()
        assert (a.text, b.text) == ("mine", "mine too")


async def test_parting_without_a_change_keeps_the_history() -> None:
    async with mirrored() as (_, _, a, b, mirror):
        for editor in (a, b):
            editor.insert("same", (0, 0))
        mirror.join(a)
        mirror.part()
        b.insert("!", b.document.end)
        assert a.text == "same"
        for text in ("same", ""):
            b.undo()
            assert b.text == text


async def test_loaded_text_is_loaded_in_both() -> None:
    async with mirrored("a", "a") as (_, _, a, b, mirror):
        mirror.join(b)
        a.load_text("loaded")
        assert b.text == "loaded"
        b.undo()
        assert (a.text, b.text) == ("loaded", "loaded")
        assert mirror.is_on


async def test_history_from_before_can_be_undone_in_both() -> None:
    async with mirrored() as (_, _, a, b, mirror):
        for letter in "ab":
            a.insert(letter, a.document.end)
            a.history.checkpoint()
        mirror.join(a)
        for editor, text in ((b, "a"), (a, "")):
            editor.undo()
            assert (a.text, b.text) == (text, text)
