"""The result grid alone."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from textual.app import App, ComposeResult
from textual.pilot import Pilot

from dsqltui.core.results.outcome import Column
from dsqltui.core.story.compare import Change
from dsqltui.resources import data
from dsqltui.ui.results.grid import ResultGrid
from dsqltui.ui.state import theme
from dsqltui.ui.state.messages import MoreRequested, ValueRequested
from dsqltui.ui.state.result import RowMark

TEXT, INT4 = 25, 23


class GridApp(App[None]):
    """One grid of 40 x 8 cells."""

    CSS_PATH = [str(path) for path in sorted(data("styles").glob("*.tcss"))]  # noqa: RUF012 - Textual's annotation

    def __init__(self) -> None:
        super().__init__()
        self.more_count = 0
        self.requested: list[tuple[str, str]] = []

    def get_theme_variable_defaults(self) -> dict[str, str]:
        return theme.VARIABLES

    def compose(self) -> ComposeResult:
        yield ResultGrid()

    def on_more_requested(self, _message: MoreRequested) -> None:
        self.more_count += 1

    def on_value_requested(self, message: ValueRequested) -> None:
        self.requested.append((message.column, message.value))


@asynccontextmanager
async def showing(
    columns: list[Column], rows: list[tuple[str | None, ...]]
) -> AsyncIterator[tuple[GridApp, Pilot[None], ResultGrid]]:
    app = GridApp()
    async with app.run_test(size=(40, 8)) as pilot:
        grid = app.query_one(ResultGrid)
        grid.show(columns, rows)
        grid.focus()
        await pilot.pause()
        yield app, pilot, grid


def painted(grid: ResultGrid) -> list[str]:
    return [grid.render_line(y).text.rstrip() for y in range(grid.size.height)]


async def test_header_alignment_and_null() -> None:
    async with showing([Column("n", INT4), Column("note", TEXT)], [("7", None), ("1234567", "x")]) as (_, _, grid):
        assert painted(grid)[:3] == [
            "     # n │ s note │",
            "       7 │ NULL   │",
            " 1234567 │ x      │",
        ]


async def test_long_values_are_cut_with_an_ellipsis_and_wide_ones_measured_in_cells() -> None:
    async with showing([Column("note", TEXT)], [("東" * 40,), ("x" * 100,)]) as (_, _, grid):
        line = grid.render_line(1).text
        assert "…" in line or len(line) < 48
        assert grid.render_line(1).cell_length == grid.render_line(2).cell_length == grid.size.width


async def test_hostile_values_and_names_stay_in_their_cells() -> None:
    hostile = ["\x1b[31m", "a\nb", "\x00", "\u202e", "\ud800", "[red]", "\x9b"]
    async with showing([Column("".join(hostile), TEXT), Column("z", TEXT)], [(value, "z") for value in hostile]) as it:
        for line in painted(it[2]):
            assert line.isprintable()
            assert line.count("│") == 2


async def test_a_huge_value_costs_nothing() -> None:
    huge = "\x1b[31m" * 2_000_000
    started = time.perf_counter()
    async with showing([Column("note", TEXT)], [(huge,)] * 50) as (_, _, grid):
        assert painted(grid)[1].startswith(" ␛[31m")
    assert time.perf_counter() - started < 30  # painting all of it would take minutes


async def test_a_hundred_thousand_rows_are_shown_at_once() -> None:
    rows: list[tuple[str | None, ...]] = [(str(n), "x") for n in range(100_000)]
    async with showing([Column("n", INT4), Column("note", TEXT)], rows) as (_, pilot, grid):
        await pilot.press("G")
        assert grid.cursor == (99_999, 0)
        assert "99999" in painted(grid)[-1]
        await pilot.press("g")
        assert grid.cursor == (0, 0)


async def test_paging_asks_for_more_only_on_the_last_row() -> None:
    async with showing([Column("n", INT4)], [(str(n),) for n in range(10)]) as (app, pilot, grid):
        await pilot.press("pagedown")
        assert (app.more_count, grid.cursor[0] > 0) == (0, True)
        await pilot.press("pagedown", "pagedown", "pagedown")
        assert grid.cursor == (9, 0)
        assert app.more_count >= 1
        grid.append([("10",)])
        assert grid.row_count == 11
        assert grid.cursor == (9, 0)


async def test_the_cursor_moves_over_many_columns_and_stays_inside() -> None:
    columns = [Column(f"column_{n}", TEXT) for n in range(120)]
    async with showing(columns, [tuple(str(n) for n in range(120))]) as (_, pilot, grid):
        await pilot.press("end")
        assert grid.cursor == (0, 119)
        assert "column_119" in painted(grid)[0]
        await pilot.press("right", "down")
        assert grid.cursor == (0, 119)
        await pilot.press("home", "up", "left")
        assert grid.cursor == (0, 0)


async def test_enter_asks_to_see_a_value_but_not_a_null() -> None:
    async with showing([Column("a", TEXT), Column("b", TEXT)], [(None, "x")]) as (app, pilot, _):
        await pilot.press("enter", "y")
        assert app.requested == []
        await pilot.press("right", "enter")
        assert app.requested == [("b", "x")]


@pytest.mark.parametrize("columns", [[], [Column("a", TEXT)]])
async def test_no_rows_and_no_columns_are_shown_too(columns: list[Column]) -> None:
    async with showing(columns, []) as (_, pilot, grid):
        await pilot.press("down", "right", "pagedown", "G", "end", "enter", "y")
        assert grid.value is None
        assert grid.cursor == (0, 0)


async def test_a_click_puts_the_cursor_on_the_value() -> None:
    async with showing([Column("a", TEXT), Column("b", TEXT)], [("1", "2"), ("3", "4")]) as (_, pilot, grid):
        await pilot.click(ResultGrid, offset=(9, 2))
        assert grid.cursor == (1, 1)


async def test_marks_of_a_comparison_leave_the_text_readable() -> None:
    async with showing([Column("a", TEXT), Column("b", TEXT)], [("1", "2"), ("3", "4"), ("5", "6")]) as (
        app,
        pilot,
        grid,
    ):
        app.register_theme(theme.DARK)
        app.theme = theme.DARK.name
        changed = RowMark(Change.CHANGED, frozenset({1}))
        grid.result.marks = {0: changed, 1: RowMark(Change.ADDED), 2: RowMark(Change.MISSING)}
        grid.repaint()
        await pilot.pause()
        for y in (1, 2, 3):
            for segment in grid.render_line(y):
                style = segment.style
                if segment.text.strip(" │~+-") and style is not None and style.color and style.bgcolor:
                    front, back = (c.get_truecolor() for c in (style.color, style.bgcolor))
                    assert abs(sum(front) - sum(back)) > 250, (segment.text, front, back)


async def test_cells_that_are_dragged_over_are_copied() -> None:
    rows: list[tuple[str | None, ...]] = [(str(n), f"name {n}", None) for n in range(5)]
    async with showing([Column("id", INT4), Column("name", TEXT), Column("note", TEXT)], rows) as (app, pilot, grid):
        await pilot.mouse_down(ResultGrid, offset=(1, 2))
        await pilot.hover(ResultGrid, offset=(12, 4))
        await pilot.mouse_up(ResultGrid, offset=(12, 4))
        await pilot.pause()
        assert grid.cursor == (3, 1)
        for key in ("ctrl+c", "c", "y"):
            app.copy_to_clipboard("")
            await pilot.press(key)
            await pilot.app.workers.wait_for_complete()
            assert app.clipboard == "1\tname 1\n2\tname 2\n3\tname 3", key
        await pilot.press("left", "y")
        await pilot.pause()
        assert app.clipboard == "3", "the cursor moved on: nothing is selected any more"


async def test_a_click_selects_nothing() -> None:
    async with showing([Column("name", TEXT)], [("a",), ("b",)]) as (app, pilot, grid):
        await pilot.click(ResultGrid, offset=(2, 2))
        await pilot.press("y")
        await pilot.pause()
        assert (grid.block, app.clipboard) == (None, "b")
