"""The key line: the keys of where the person is, of what works now first; each can be clicked."""

from dsqltui.core.results.outcome import Refused
from dsqltui.core.results.transaction_state import TransactionState
from dsqltui.ui.keys.key_items import KeySituation, key_items
from dsqltui.ui.keys.keymap import KeyScope
from dsqltui.ui.widgets.key_line import KeyLine
from support.screens.console import Console, console
from support.screens.fake_session import CONFLICT, refused, rows


def line_of(it: Console) -> str:
    return it.screen_text().split("\n")[-1]


def shown(now: KeySituation) -> str:
    return "  ".join(f"{item.key} {item.label}" for item in key_items(now))


def test_what_can_be_done_now_comes_first() -> None:
    assert shown(KeySituation()).startswith("F5 Run  F6 Both  F2/F3 Pane  F4 Results")
    assert shown(KeySituation(is_running=True)).startswith("^C Cancel  F5 Run")
    assert shown(KeySituation(state=TransactionState.FAILED)).startswith("^G u Roll back  ^G Menu")
    assert shown(KeySituation(state=TransactionState.OPEN)).startswith("F5 Run  ^G k Commit  ^G u Roll back")
    lost = KeySituation(offered=("retry_transaction", "edit_transaction"))
    assert shown(lost).startswith("^G y Retry  ^G w e Edit lost  F5 Run")


def test_every_scope_with_keys_of_its_own_has_a_line() -> None:
    for scope in (KeyScope.GRID, KeyScope.RECORD, KeyScope.PLAN, KeyScope.SIDEBAR, KeyScope.LAB, KeyScope.TIMELINE):
        items = key_items(KeySituation(scopes=(scope,)))
        assert all(item.key and item.label and (item.action or item.press) for item in items)
        assert items[0].press
        assert "F5" not in shown(KeySituation(scopes=(scope,)))


async def test_it_follows_the_focus() -> None:
    async with console((80, 24)) as it:
        it.a.answer("select 1", rows("n", ("1",), ("2",)))
        it.write("select 1")
        await it.until(lambda: line_of(it).startswith(" F5 Run  F6 Both  F2/F3 Pane  F4 Results  ^G Menu"))
        await it.press("f5", "f4")
        await it.until(lambda: line_of(it).startswith(" Enter Show value  / Find  s Sort  c Copy  e Export  r Record"))
        await it.press("r")
        await it.until(lambda: " Previous row " in line_of(it))
        await it.press("escape", "escape")
        await it.until(lambda: line_of(it).startswith(" F5 Run"))
        assert it.app.focused is it.pane_a.editor


async def test_a_failed_transaction_offers_the_way_out() -> None:
    async with console((80, 24)) as it:
        it.a.answer("select nope", refused("42703", "no such column"))
        it.write("begin;\nselect nope;")
        await it.press("f5", "f5")
        await it.until(lambda: it.pane_a.status.state is TransactionState.FAILED)
        await it.until(lambda: line_of(it).startswith(" ^G u Roll back"))
        assert "^G u roll back the failed transaction" in it.screen_text()


async def test_a_click_does_what_the_key_does() -> None:
    async with console((80, 24)) as it:
        it.a.answer("select 1", rows("n", ("1",), ("2",)))
        it.write("select 1")
        await it.pilot.click(KeyLine, offset=(3, 0))
        await it.until(lambda: it.a.sent == ["select 1"])
        await it.press("f4")
        await it.until(lambda: " / Find " in line_of(it))
        await it.pilot.click(KeyLine, offset=(line_of(it).index("r Record"), 0))
        await it.until(lambda: it.pane_a.results is it.pane_a.record)


async def test_the_card_of_a_conflict_begins_with_the_way_out_and_takes_single_letters() -> None:
    async with console((80, 24)) as it:
        it.a.answer("update t set n = 1", Refused(CONFLICT, 0.01))
        it.write("update t set n = 1")
        await it.press("f5")
        await it.until(lambda: "^G y retry it   ^G w e edit" in it.screen_text())
        await it.press("y")
        assert it.pane_a.editor.text.endswith("y"), "letters stay text in the editor"
        await it.press("backspace", "f4")
        await it.until(lambda: "y retry it   e edit   l timeline   x details" in it.screen_text())
        assert line_of(it).startswith(" y Retry  e Edit  l Timeline  x Details  Esc Editor")
        assert "OC000: another transaction" not in it.screen_text()
        await it.press("x")
        await it.until(lambda: "OC000: another transaction" in it.screen_text())
        sent = len(it.a.sent)
        await it.press("y")
        await it.until(lambda: len(it.a.sent) > sent)


async def test_the_keys_stay_beside_a_notice_and_work_there() -> None:
    async with console((80, 24)) as it:
        it.app.console_screen.tell("No rows.")
        await it.until(lambda: line_of(it).startswith(" No rows.   F5 Run  F6 Both"))
        it.app.console_screen.tell("A sentence that takes all of the line, so that no key has room beside it here.")
        await it.until(lambda: line_of(it).startswith(" A sentence that takes all of the line"))
        it.app.console_screen.tell("No rows.")
        await it.until(lambda: line_of(it).startswith(" No rows.   F5 Run"))
        await it.pilot.click(KeyLine, offset=(line_of(it).index("F4 Results"), 0))
        await it.until(lambda: it.app.focused is it.pane_a.report)
        await it.pilot.click(KeyLine, offset=(2, 0))
        await it.until(lambda: it.notice == "")
