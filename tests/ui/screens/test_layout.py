"""What is seen at which size."""

import pytest

from dsqltui.core.results.outcome import Refused
from dsqltui.core.results.transaction_state import TransactionState
from dsqltui.ui.panes.room import editor_lines
from support.screens.console import Console, console
from support.screens.fake_session import CONFLICT


async def _conflict_in_b_with_open_transaction_in_a(it: Console) -> None:
    it.b.answer("commit", Refused(CONFLICT, 0.01))
    it.write("begin;")
    it.pane_b.editor.load_text("commit;")
    await it.press("f5", "f3", "f5", "f2")
    await it.until(lambda: it.pane_b.status.has_class("-conflict"))
    await it.until(lambda: it.pane_a.status.state is TransactionState.OPEN)


async def test_at_80x24_the_other_pane_is_two_lines_with_badge_and_last_outcome() -> None:
    async with console((80, 24)) as it:
        await _conflict_in_b_with_open_transaction_in_a(it)
        await it.until(lambda: it.pane_b.size.height == 2)
        lines = it.screen_text().split("\n")
        assert lines[0].startswith("▶F2  A  us-east-1")
        assert lines[-4].startswith(" =* in transaction ")
        assert lines[-3].startswith(" F3  B  us-east-2")
        assert lines[-2].startswith(" =  idle   ERROR 40001 OC000  change conflicts")
        assert lines[-1].startswith(" F5 Run  ^G k Commit  ^G u Roll back  F2/F3 Pane  F6 Both  ^G Menu ")
        assert len(lines) == 24


async def test_at_80x24_switching_panes_swaps_their_places() -> None:
    async with console((80, 24)) as it:
        await it.press("f3", "x")
        await it.until(lambda: it.pane_a.size.height == 2)
        assert it.pane_b.editor.text == "x"
        await it.press("f2", "y")
        await it.until(lambda: it.pane_b.size.height == 2)
        assert it.pane_a.editor.text == "y"


@pytest.mark.parametrize("size", [(80, 40), (99, 30)])
async def test_narrow_but_tall_stacks_the_panes(size: tuple[int, int]) -> None:
    async with console(size) as it:
        assert it.pane_a.region.width == it.pane_b.region.width == size[0]
        assert it.pane_b.region.y == it.pane_a.region.bottom
        assert min(it.pane_a.editor.size.height, it.pane_b.editor.size.height) >= 3


@pytest.mark.parametrize("size", [(100, 24), (160, 45)])
async def test_wide_puts_the_panes_side_by_side(size: tuple[int, int]) -> None:
    async with console(size) as it:
        assert it.pane_a.region.y == it.pane_b.region.y == 0
        assert it.pane_b.region.x == it.pane_a.region.right
        share = 0.4 * (size[1] - 1) if size[1] > 30 else 3  # in a low pane: its lines and one more, three at least
        assert it.pane_a.editor.size.height == pytest.approx(share, abs=1)
        assert it.pane_a.log_lines.size.height == (4 if size[1] >= 30 else 2)


async def test_zoom_gives_one_pane_the_screen_and_back() -> None:
    async with console((140, 40)) as it:
        await it.press("f12")
        await it.until(lambda: it.pane_a.region.width == 140)
        assert it.pane_b.size.height == 2
        await it.press("f3")
        await it.until(lambda: it.pane_b.size.height > 30)
        await it.press("f12")  # its results alone
        await it.until(lambda: it.pane_b.grid.size.height > 30 or it.pane_b.report.size.height > 30)
        assert not it.pane_b.editor.display
        assert it.app.focused is it.pane_b.results
        await it.press("f12")
        await it.until(lambda: it.pane_a.region.y == it.pane_b.region.y)


async def test_the_editor_ends_results_alone() -> None:
    async with console((80, 24)) as it:
        await it.press("f12", "f12")
        await it.until(lambda: it.pane_a.report.size.height > 15)
        await it.press("escape", "x")
        await it.until(lambda: it.pane_a.editor.text == "x")
        assert it.pane_a.editor.size.height >= 3


@pytest.mark.parametrize(
    ("height", "text_lines", "is_reading", "wished", "lines"),
    [
        (21, 1, False, None, 3),
        (21, 5, False, None, 6),
        (21, 200, False, None, 9),
        (21, 200, True, None, 3),
        (43, 200, True, None, None),
        (21, 1, True, 12, 12),
        (21, 1, False, 40, 14),
        (43, 1, False, 0, 1),
    ],
)
def test_room_goes_where_the_eyes_are(
    height: int, text_lines: int, is_reading: bool, wished: int | None, lines: int | None
) -> None:
    assert editor_lines(height, text_lines, is_reading=is_reading, wished=wished) == lines


async def test_at_80x24_the_editor_takes_its_lines_and_the_results_the_rest() -> None:
    async with console((80, 24)) as it:
        it.write("\n".join(f"select {n};" for n in range(30)))
        await it.until(lambda: it.pane_a.editor.size.height == 9)
        before = it.pane_a.report.size.height
        await it.press("f4")
        await it.until(lambda: it.pane_a.editor.size.height == 3)
        assert it.pane_a.report.size.height == before + 6
        await it.press("escape")
        await it.until(lambda: it.pane_a.editor.size.height == 9)


async def test_the_split_moves_by_key_and_by_dragging() -> None:
    async with console((140, 40)) as it:
        before = it.pane_a.editor.size.height
        await it.press("alt+up", "alt+up")
        await it.until(lambda: it.pane_a.editor.size.height == before - 2)
        await it.press("ctrl+g", "e", "plus")
        await it.until(lambda: it.pane_a.editor.size.height == before - 1)
        log = it.pane_a.log_lines
        await it.pilot.mouse_down(log, offset=(5, 0))
        await it.pilot.hover(log, offset=(5, 4))
        await it.until(lambda: it.pane_a.editor.size.height == before + 3)
        await it.pilot.mouse_up(log, offset=(5, 0))


async def test_resizing_rearranges() -> None:
    async with console((140, 40)) as it:
        await it.pilot.resize_terminal(80, 24)
        await it.until(lambda: it.pane_b.size.height == 2)
        await it.pilot.resize_terminal(140, 24)
        await it.until(lambda: it.pane_a.region.y == it.pane_b.region.y)


@pytest.mark.parametrize("size", [(20, 6), (10, 3)])
async def test_tiny_screens_do_not_break_it(size: tuple[int, int]) -> None:
    async with console(size) as it:
        await it.press("f1", "escape", "f3", "f12", "f2")
        assert it.screen_text()


async def test_the_badge_stays_whole_in_the_narrowest_pair_of_panes() -> None:
    async with console((100, 24)) as it:
        await _conflict_in_b_with_open_transaction_in_a(it)
        assert " =* in transaction " in it.screen_text()
        assert " =  idle " in it.screen_text()
