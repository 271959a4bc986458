"""Results of the two panes held against each other."""

import pytest

from dsqltui.core.sessions.session import Page
from dsqltui.core.story.compare import Change
from support.screens.fake_session import CONFLICT, refused, rows
from support.servers.comparing import SQL, compare, comparing, line, people, run_both


async def test_one_changed_cell_is_found_marked_and_gone_to() -> None:
    async with comparing() as it:
        await run_both(it, people(500), people(500, {321: "somebody"}))
        await compare(it)
        assert line(it).startswith("Different: 1 changed cell in 1 row; 499 the same, compared by key id; snapshots ")
        for pane in (it.pane_a, it.pane_b):
            marks = pane.grid.result.marks
            assert marks is not None
            assert (list(marks), marks[321].change, marks[321].columns) == ([321], Change.CHANGED, frozenset({1}))
            assert pane.grid.cursor == (321, 1)
        await it.until(lambda: it.screen_text().count("~ ") == 2)
        await it.until(lambda: "1 of 1: 321  changed: name" in it.notice)


async def test_rows_that_one_side_lacks_are_walked_in_order() -> None:
    async with comparing() as it:
        await run_both(it, people(6), rows("id name", ("0", "name 0"), ("3", "x"), ("9", "new"), number_columns=1))
        await compare(it)
        assert "1 row only in B, 4 rows only in A" in line(it)
        await it.press("f4")
        seen = []
        for _ in range(6):
            seen.append(it.notice.partition(": ")[2])
            await it.press("n")
        assert seen[0].startswith("1  only in A")
        assert "3  changed: name" in seen
        assert "9  only in B" in seen
        await it.press("p")
        assert it.notice.partition(": ")[2] == seen[5]


async def test_identical_and_ended() -> None:
    async with comparing() as it:
        await run_both(it, people(50), people(50))
        await compare(it)
        assert line(it).startswith("Identical: 50 rows, compared by key id; snapshots ")
        it.app.console_screen.do("compare")
        await it.until(lambda: not line(it))
        assert it.pane_a.grid.result.marks is None


async def test_what_the_sessions_still_hold_is_fetched_first() -> None:
    async with comparing() as it:
        await run_both(it, people(100, has_more=True), people(100, has_more=True))
        for session, name in ((it.a, "name 150"), (it.b, "other")):
            rest = tuple((str(n), f"name {n}" if n != 150 else name) for n in range(100, 200))
            session.pages = [Page(rest[:50], True, ""), Page(rest[50:], False, "SELECT 200")]
        await compare(it)
        assert line(it).startswith("Different: 1 changed cell in 1 row; 199 the same")


async def test_without_rows_in_both_panes_it_says_what_to_do() -> None:
    async with comparing() as it:
        it.app.console_screen.do("compare")
        await it.until(lambda: "Both panes must show rows" in it.notice)


async def test_a_join_is_compared_by_order() -> None:
    async with comparing() as it:
        sql = "select id, name from people join u using (id)"
        for session in (it.a, it.b):
            session.answer(sql, people(3))
        it.write(sql)
        await it.press("f6")
        await it.until(lambda: it.pane_a.result and it.pane_b.result)
        await compare(it)
        assert "compared by order of rows" in line(it)


async def test_scrolling_together() -> None:
    async with comparing() as it:
        await run_both(it, people(100), people(100))
        it.app.console_screen.do("results_lock")
        await it.press("f4", "pagedown", "right")
        await it.until(lambda: it.pane_b.grid.cursor == it.pane_a.grid.cursor and it.pane_a.grid.cursor[0] > 5)
        assert it.pane_b.grid.scroll_offset == it.pane_a.grid.scroll_offset
        it.app.console_screen.do("results_lock")
        await it.press("down")
        assert it.pane_b.grid.cursor != it.pane_a.grid.cursor


class TestWatch:
    async def test_until_identical(self) -> None:
        async with comparing() as it:
            await run_both(it, people(5), people(5, {2: "old"}))
            it.app.console_screen.do("compare_watch")
            await it.until(lambda: len(it.app.screen_stack) == 2)
            await it.press("backspace", *"0.2", "enter")
            await it.until(lambda: line(it).startswith("Watching, round 2"))
            assert "1 changed cell" in line(it)
            it.b.answer(SQL, people(5))
            await it.until(lambda: line(it).startswith("Identical since "))
            assert "s: 5 rows, compared by key id" in line(it)
            assert it.pane_b.result is not None
            assert it.pane_b.result.store.get(2) == ("2", "name 2")
            assert len(it.pane_b.kept_results) == 1
            sent = len(it.a.sent)
            await it.pilot.pause(0.5)
            assert len(it.a.sent) == sent

    async def test_stopped_by_the_person(self) -> None:
        async with comparing() as it:
            await run_both(it, people(5), people(5, {2: "old"}))
            it.app.console_screen.do("compare_watch")
            await it.until(lambda: len(it.app.screen_stack) == 2)
            await it.press("enter")
            await it.until(lambda: line(it).startswith("Watching, round 1"))
            it.app.console_screen.do("compare_watch")
            await it.until(lambda: "Watch ended after 1 round: you ended it." in it.notice)

    async def test_an_error_ends_it_and_is_shown(self) -> None:
        async with comparing() as it:
            await run_both(it, people(5), people(5, {2: "old"}))
            it.app.console_screen.do("compare_watch")
            await it.until(lambda: len(it.app.screen_stack) == 2)
            it.b.answer(SQL, refused(CONFLICT.sqlstate, CONFLICT.message))
            await it.press("enter")
            await it.until(lambda: it.pane_b.results is it.pane_b.report)
            assert "40001" in it.screen_text()

    @pytest.mark.parametrize("text", ["x", "0", "nan", "99999999"])
    async def test_a_wrong_number_of_seconds(self, text: str) -> None:
        async with comparing() as it:
            await run_both(it, people(5), people(5))
            it.app.console_screen.do("compare_watch")
            await it.until(lambda: len(it.app.screen_stack) == 2)
            await it.press("backspace", *text, "enter")
            await it.until(lambda: "from 0.2 to 3600" in it.notice)

    async def test_not_in_a_transaction(self) -> None:
        async with comparing() as it:
            await run_both(it, people(5), people(5))
            it.write("begin")
            await it.press("f2", "f5")
            await it.until(lambda: it.pane_a.status.state.is_open)
            it.pane_a.step_result(-1)
            it.app.console_screen.do("compare_watch")
            await it.until(lambda: "whose snapshot stays" in it.notice)
