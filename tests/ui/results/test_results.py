"""What a person does with rows: sort, find, records, plans, older results, all that is left, flat memory."""

import json
from pathlib import Path

import pytest

from dsqltui.core.results.outcome import Column, Row, Rows
from dsqltui.core.sessions.session import Page
from dsqltui.core.settings.sections import ResultSettings, Settings
from dsqltui.store.rows import RowStore
from dsqltui.ui.results.grid import ResultGrid
from dsqltui.ui.results.plan_view import PlanView
from dsqltui.ui.results.record_view import RecordView
from dsqltui.ui.results.result_tabs import fitted_titles, rows_sign, tabs_of, title_of
from dsqltui.ui.state.result import PaneResult
from dsqltui.ui.words.report import Report
from dsqltui.ui.words.severity import Severity
from support.long_cases import spread
from support.screens.console import Console, console
from support.screens.fake_session import refused, rows

PLAN_COLUMN = Column("QUERY PLAN", 25)
PEOPLE = rows(
    "id name note", ("10", "Zoe", None), ("9", "Ann", '{"a": [1, 2]}'), ("200", "bob", "two\nlines"), number_columns=1
)


async def showing(it: Console, outcome: Rows = PEOPLE, sql: str = "table people") -> ResultGrid:
    """Run a query that gives these rows, and go to them."""
    it.a.answer(sql, outcome)
    it.write(sql)
    ran = len(it.pane_a.kept_results)
    await it.press("f5")
    await it.until(lambda: it.pane_a.kept_results and it.pane_a.kept_results[-1].statement == sql)
    assert len(it.pane_a.kept_results) == min(ran + 1, 5), "the pane keeps the last five"
    await it.press("f4")
    return it.pane_a.grid


def column(grid: ResultGrid, index: int) -> list[str | None]:
    """A column's values as shown."""
    result = grid.result
    return [(result.store.get(result.place(row)) or ())[index] for row in range(result.row_count)]


def many(count: int, start: int = 0) -> tuple[Row, ...]:
    return tuple((str(n), f"name {n}") for n in range(start, start + count))


class TestSorting:
    async def test_three_ways(self) -> None:
        async with console() as it:
            grid = await showing(it)
            await it.press("s")
            await it.until(lambda: column(grid, 0) == ["9", "10", "200"])
            assert "# id ▲" in it.screen_text()
            await it.press("s")
            await it.until(lambda: column(grid, 0) == ["200", "10", "9"])
            await it.press("s")
            await it.until(lambda: column(grid, 0) == ["10", "9", "200"])

    async def test_the_cursor_stays_on_its_row(self) -> None:
        async with console() as it:
            grid = await showing(it)
            await it.press("down", "right", "s")
            await it.until(lambda: column(grid, 1) == ["Ann", "Zoe", "bob"])
            assert grid.cursor == (0, 1)
            assert grid.value == "Ann"

    async def test_it_says_when_only_a_page_is_sorted(self) -> None:
        async with console() as it:
            await showing(it, rows("n name", *many(100), has_more=True, number_columns=1))
            await it.press("s")
            await it.until(lambda: "ORDER BY sorts all of them" in it.notice)
            assert "fetched rows sorted" in it.screen_text()


class TestFinding:
    async def test_around_the_end_and_back(self) -> None:
        async with console() as it:
            grid = await showing(it, rows("n name", *many(100), number_columns=1))
            await it.press("slash", *"name 42", "enter")
            await it.until(lambda: grid.cursor == (42, 1))
            await it.press("slash", *"7", "enter")
            await it.until(lambda: grid.cursor == (47, 0))
            await it.press("n")
            await it.until(lambda: grid.cursor == (47, 1))
            await it.press("N", "N", "N")
            await it.until(lambda: grid.cursor == (37, 0))

    async def test_what_is_not_there(self) -> None:
        async with console() as it:
            grid = await showing(it)
            await it.press("slash", *"nobody", "enter")
            await it.until(lambda: "No match for nobody in the fetched rows" in it.notice)
            assert grid.cursor == (0, 0)

    async def test_in_sorted_rows(self) -> None:
        async with console() as it:
            grid = await showing(it)
            await it.press("s")
            await it.until(lambda: column(grid, 0)[0] == "9")
            await it.press("g", "slash", *"bob", "enter")
            await it.until(lambda: grid.cursor == (2, 1))


class TestRecord:
    async def test_a_row_a_column_a_line(self) -> None:
        async with console() as it:
            grid = await showing(it)
            await it.press("down", "r")
            await it.until(lambda: isinstance(it.app.focused, RecordView))
            text = it.pane_a.record.text
            assert text.splitlines()[0] == " record 2 of 3"
            assert "name │ Ann" in text
            await it.press("right")
            await it.until(lambda: "record 3 of 3" in it.pane_a.record.text)
            assert "two\n" in it.pane_a.record.text
            await it.press("down", "escape")
            await it.until(lambda: it.app.focused is grid)
            assert grid.cursor == (2, 1)

    async def test_enter_shows_the_value_in_full(self) -> None:
        async with console() as it:
            await showing(it)
            await it.press("down", "r")
            await it.until(lambda: isinstance(it.app.focused, RecordView))
            await it.press("end", "enter")
            await it.until(lambda: '  "a": [ ' in it.screen_text())
            await it.press("i")
            await it.until(
                lambda: "i: as the server wrote it" in it.screen_text() and '  "a": [ ' not in it.screen_text()
            )


class TestPlan:
    GOLDENS = json.loads((Path(__file__).parents[2] / "sim" / "explain" / "explain_goldens.json").read_text())[
        "goldens"
    ]
    LINES = next(g["lines"] for g in GOLDENS if "UPDATE customers" in g["sql"])

    async def test_a_plan_is_a_tree_and_its_text_one_key_away(self) -> None:
        async with console((160, 45)) as it:
            await showing(it, rows("x", *((line,) for line in self.LINES)), "select x")
            assert it.pane_a.results is it.pane_a.grid
            plan = Rows((PLAN_COLUMN,), tuple((line,) for line in self.LINES), "EXPLAIN", False, 0.01)
            await showing(it, plan, "explain analyze verbose update")
            assert isinstance(it.app.focused, PlanView)
            assert "◀ 90% of the time" in it.screen_text()
            assert "results.price_per_million_dpu" in it.screen_text()
            await it.press("i")
            await it.until(lambda: it.app.focused is it.pane_a.grid)
            assert "Statement DPU Estimate:" in it.screen_text()
            it.app.console_screen.do("plan")
            await it.until(lambda: it.pane_a.results is it.pane_a.plan)

    async def test_the_price_that_is_set(self) -> None:
        settings = Settings(results=ResultSettings(price_per_million_dpu=8.0))
        async with console((160, 45), settings=settings) as it:
            plan = Rows((PLAN_COLUMN,), tuple((line,) for line in self.LINES), "EXPLAIN", False, 0.01)
            await showing(it, plan, "explain analyze verbose update")
            assert "$0.57 for a million runs" in it.screen_text()


class TestResults:
    async def test_the_last_five_are_kept(self) -> None:
        async with console() as it:
            for number in range(7):
                grid = await showing(it, rows("n", (str(number),)), f"select {number}")
            assert [result.statement for result in it.pane_a.kept_results] == [f"select {n}" for n in range(2, 7)]
            await it.press("left_square_bracket", "left_square_bracket")
            assert grid.value == "4"
            assert it.pane_a.tabs.current == 2
            await it.press("right_square_bracket")
            assert grid.value == "5"

    @pytest.mark.parametrize("size", [(80, 24), (160, 45)])
    async def test_tabs_when_there_are_two(self, size: tuple[int, int]) -> None:
        async with console(size) as it:
            await showing(it, rows("id name", *many(3)), "select * from 顧客名簿")
            before = it.pane_a.grid.size.height
            assert not it.pane_a.tabs.display
            await showing(it, rows("n", *many(100), has_more=True), "select '日本語' as x, count(*) from t group by 1")
            await it.until(lambda: it.pane_a.tabs.region.height == 1)
            assert it.pane_a.grid.size.height == before - 1
            line = it.screen_text().splitlines()[it.pane_a.tabs.region.y]
            assert line.startswith(" 1 顧客名簿 3  2 t 100+ ")
            await it.pilot.click("#pane-a ResultTabs", offset=(3, 0))
            await it.until(lambda: it.pane_a.grid.row_count == 3)
            assert it.app.focused is it.pane_a.grid
            await it.pilot.click("#pane-a ResultTabs", offset=(17, 0))
            await it.until(lambda: it.pane_a.grid.row_count == 100)

    async def test_no_tabs_where_every_line_is_dear(self) -> None:
        async with console((80, 16)) as it:
            await showing(it)
            grid = await showing(it, rows("n", *many(100)), "select 2")
            assert len(it.pane_a.tabs.tabs) == 2
            assert not it.pane_a.tabs.display
            await it.press("left_square_bracket")
            await it.until(lambda: grid.row_count == 3)

    def test_the_title_of_the_tab_one_looks_at_is_cut_last(self) -> None:
        titles = ["ddl.sql", "load_rewards_data.sql", "スクリプト", "競合 OC000"]
        assert fitted_titles(titles, 60, 3) == titles
        assert fitted_titles(titles, 32, 3) == ["ddl.sql", "load_r…", "スクリ…", "競合 OC000"]
        assert fitted_titles(titles, 14, 3) == ["", "", "", "競合 OC000"]
        assert fitted_titles(titles, 8, 3) == ["", "", "", "競合 OC…"]
        assert fitted_titles(titles, -5, 3) == ["", "", "", ""]
        titles = ["script", "script", "points_balances_of_customers"]
        assert fitted_titles(titles, 30, 2) == ["scri…", "scri…", "points_balances_of_…"], (
            "the others can be told apart"
        )

    def test_a_reports_tab_says_what_it_is_and_no_more(self) -> None:
        report = Report(Severity.CONFLICT, "CONFLICT OC000: pane B committed first; nothing of A was saved")
        kept = (PaneResult((Column("n", 23),), RowStore([("1",)]), "select 1"),)
        assert [tab.title for tab in tabs_of(kept, report)][-1] == "CONFLICT OC000"

    @pytest.mark.parametrize(
        ("tone", "title", "told"),
        [
            (Severity.LOST, "CANCELLING…", ("CANCELLING", "…", False)),
            (Severity.QUIET, "RECONNECTED. Before that:", ("RECONNECTED. Before that", "·", False)),
            (Severity.FAILED, "ERROR 42P01", ("ERROR 42P01", "✗", True)),
            (Severity.GOOD, "COMMIT", ("COMMIT", "✓", False)),
        ],
    )
    def test_a_reports_tab_is_signed_as_it_went(self, tone: Severity, title: str, told: tuple[str, str, bool]) -> None:
        kept = (PaneResult((Column("n", 23),), RowStore([("1",)]), "select 1"),)
        tab = tabs_of(kept, Report(tone, title))[-1]
        assert (tab.title, tab.sign, tab.is_bad) == told

    async def test_an_error_is_a_tab_too(self) -> None:
        async with console((80, 24)) as it:
            await showing(it)
            it.a.answer("select oops", refused("42703", "no such column"))
            it.write("select oops")
            await it.press("f2", "f5", "f4")
            await it.until(lambda: "1 people 3  2 ERROR" in it.screen_text())
            await it.press("left_square_bracket")
            await it.until(lambda: it.pane_a.results is it.pane_a.grid)
            await it.press("right_square_bracket")
            await it.until(lambda: it.pane_a.results is it.pane_a.report)
            await it.press("right_square_bracket")
            await it.until(lambda: "That is the newest result." in it.notice)

    async def test_an_older_result_comes_back_after_an_error(self) -> None:
        async with console() as it:
            await showing(it)
            it.a.answer("select oops", refused("42703", "no such column"))
            it.write("select oops")
            await it.press("f2", "f5")
            await it.until(lambda: it.pane_a.results is it.pane_a.report)
            it.app.console_screen.do("results_next")
            await it.until(lambda: it.pane_a.results is it.pane_a.grid)

    async def test_all_that_is_left(self) -> None:
        async with console() as it:
            grid = await showing(it, rows("n name", *many(100), has_more=True, number_columns=1))
            it.a.pages = [
                Page(many(100, start), start < 1_000, "" if start < 1_000 else "SELECT 1100")
                for start in range(100, 1_001, 100)
            ]
            await it.press("a")
            await it.until(lambda: grid.row_count == 1_100)
            assert not grid.result.has_more
            assert it.pane_a.log_lines.lines[-1] == "SELECT 1100"

    async def test_the_rest_is_gone_after_another_statement(self) -> None:
        async with console() as it:
            await showing(it, rows("n name", *many(100), has_more=True, number_columns=1))
            await showing(it, rows("n", ("1",)), "select 1")
            await it.press("left_square_bracket", "a")
            await it.until(lambda: "remaining rows are gone" in it.notice)

    async def test_frozen_columns_stay_in_sight(self) -> None:
        names = " ".join(f"column_{n}" for n in range(40))
        async with console() as it:
            grid = await showing(it, rows(names, tuple(str(n) for n in range(40))))
            await it.press("z", "end")
            assert "column_0" in grid.render_line(0).text
            assert "column_39" in grid.render_line(0).text
            assert grid.render_line(0).cell_length == grid.size.width
            await it.press("z")
            assert "column_0 " not in grid.render_line(0).text


async def test_a_million_rows_scroll_and_few_are_in_memory() -> None:
    async with console() as it:
        grid = await showing(it, rows("n name", *many(100), has_more=True, number_columns=1))
        for start in range(100, 200_000, 10_000):
            grid.append(many(10_000, start))
            await it.until(lambda: not grid.result.store.surplus())
        await it.press("g", "G")
        await it.until(lambda: "200099 │" in it.screen_text())
        await it.press("g")
        await it.until(lambda: "name 3 " in it.screen_text())
        await it.press("enter")
        await it.until(lambda: len(it.app.screen_stack) == 2)
        in_memory = sum(grid.result.store.get(row) is not None for row in range(0, 200_000, 500))
        assert in_memory < 100


@pytest.mark.parametrize("key", spread(["s", "slash", "n", "r", "z", "a", "c", "e", "left_square_bracket"], 3))
async def test_no_key_of_the_results_fails_on_an_empty_result(key: str) -> None:
    async with console() as it:
        grid = await showing(it, rows("id"))
        await it.press(key)
        await it.pilot.pause()
        assert grid.row_count == 0


def test_a_tab_s_title_is_safe_and_short() -> None:
    assert title_of('select * from "we\x1b[31mird\u202e" limit 3') == "we␛[31mird‹U+202E›"
    assert title_of("select\n  1,\n  2") == "1, 2"
    assert title_of("-- yesterday's orders\nselect * from orders") == "yesterday's orders"
    assert title_of("insert into s.orders values (1) returning id") == "orders"
    assert title_of("select c.name from customers c join orders o on true") == "customers"
    assert title_of("create index async on orders (id)") == "CREATE INDEX"
    assert title_of("\\dt") == "\\dt"
    assert title_of("select") == "select"
    assert len(title_of("values ('" + "x" * 10_000_000 + "')")) <= 101


@pytest.mark.parametrize(
    ("count", "has_more", "sign"),
    [(0, False, "0"), (9_999, True, "9999+"), (12_345, False, "12k"), (1_999_999, True, "1M+")],
)
def test_a_tab_tells_the_rows_in_few_cells(count: int, has_more: bool, sign: str) -> None:
    assert rows_sign(count, has_more) == sign


@pytest.mark.parametrize("width", spread(range(80, 88), 3))
async def test_the_end_of_a_number_does_not_pass_for_a_number(width: int) -> None:
    """The first column that scrolls may be cut, more or less of it by the width of the screen."""
    async with console((width, 24)) as it:
        names = " ".join(f"c{n}" for n in range(40))
        await showing(it, rows(names, tuple(str(1_000 + n) for n in range(40)), number_columns=40))
        await it.press("z", "end")
        await it.until(lambda: "1039 │" in it.screen_text())
        line = next(line for line in it.screen_text().splitlines() if "1039 │" in line)
        frozen, *others = (value.strip() for value in line.split("│") if value.strip())
        assert frozen == "1000"
        assert all(len(value) == 4 or value.startswith("…") for value in others), line


async def test_a_click_on_a_columns_name_sorts() -> None:
    async with console() as it:
        grid = await showing(it)
        await it.pilot.click(ResultGrid, offset=(2, 0))
        await it.until(lambda: "ascending" in it.notice)
        assert grid.result.sorted_by == (0, False)


async def test_a_job_is_no_tab_but_a_word_with_a_way_to_follow_it() -> None:
    async with console() as it:
        await showing(it)
        it.a.answer("create index async on people (id)", rows("job_id", ("e2fsabc",)))
        it.write("create index async on people (id)")
        await it.press("f2", "f5")
        await it.until(lambda: "JOB e2fsabc BUILDING" in it.screen_text())
        assert [kept.statement for kept in it.pane_a.kept_results] == ["table people"]


async def test_a_record_that_is_open_while_the_rest_is_fetched_says_the_true_count() -> None:
    async with console() as it:
        await showing(it, rows("n name", *many(100), has_more=True, number_columns=1))
        it.a.pages = [Page(many(20, 100), False, "SELECT 120")]
        await it.press("r")
        await it.until(lambda: " record 1 of 100+" in it.pane_a.record.text)
        it.app.console_screen.do("results_all")
        await it.until(lambda: it.pane_a.record.text.startswith(" record 1 of 120\n"))
