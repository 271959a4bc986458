"""The three ways in which the panes work together."""

from dsqltui.ui.dialogs.confirm import ConfirmBoth
from dsqltui.ui.dialogs.whose_text import WhoseText
from dsqltui.ui.state.sync_mode import SyncMode
from support.screens.console import Console, console
from support.screens.fake_session import refused

SHIFT_F6 = "shift+f6"


def mode_of(running: Console) -> SyncMode:
    return running.app.console_screen.sync_mode


async def test_the_mode_is_always_on_the_key_line() -> None:
    for size in ((80, 24), (160, 45)):
        async with console(size) as running:
            seen = []
            for _ in range(3):
                await running.until(lambda: not running.notice)
                seen.append(running.screen_text().splitlines()[-1])
                await running.press(SHIFT_F6)
                assert mode_of(running).sentence == running.notice
                running.app.console_screen.tell("")
            assert ["A | B" in seen[0], "A + B" in seen[1], "A = B" in seen[2]] == [True] * 3
            assert "Quit" in seen[2]


async def test_independent_panes_run_by_themselves() -> None:
    async with console() as running:
        running.write("select 1")
        await running.press("f5")
        await running.until(lambda: running.a.sent == ["select 1"])
        assert running.b.sent == []


async def test_in_both_a_run_goes_to_both_and_writes_are_asked_about() -> None:
    async with console() as running:
        await running.press(SHIFT_F6)
        running.write("select 1; delete from t;")
        await running.press("f5")
        await running.until(lambda: running.a.sent == running.b.sent == ["select 1"])
        await running.press("f5")
        await running.until(lambda: isinstance(running.app.screen, ConfirmBoth))
        await running.press("n")
        assert running.a.sent == running.b.sent == ["select 1"]
        await running.press("shift+f5", "y")
        await running.until(lambda: running.b.sent[1:] == ["select 1", "delete from t"] == running.a.sent[1:])
        assert running.pane_b.editor.text == ""


async def test_mirror_asks_whose_text_when_they_differ() -> None:
    async with console() as running:
        running.pane_a.editor.load_text("mine")
        running.pane_b.editor.load_text("yours\nlong")
        await running.press(SHIFT_F6, SHIFT_F6)
        await running.until(lambda: isinstance(running.app.screen, WhoseText))
        text = running.screen_text()
        assert "A: mine" in text
        assert "B: yours  … 2 lines" in text
        await running.press("escape")
        assert (mode_of(running), running.pane_a.editor.text) == (SyncMode.INDEPENDENT, "mine")
        await running.press(SHIFT_F6, SHIFT_F6, "b")
        await running.until(lambda: mode_of(running) is SyncMode.MIRROR)
        assert running.pane_a.editor.text == running.pane_b.editor.text == "yours\nlong"
        await running.press(SHIFT_F6)
        assert mode_of(running) is SyncMode.INDEPENDENT
        running.pane_a.editor.undo()
        assert (running.pane_a.editor.text, running.pane_b.editor.text) == ("mine", "yours\nlong")


async def test_mirror_takes_the_only_text_without_a_question() -> None:
    async with console() as running:
        running.pane_b.editor.load_text("only")
        await running.press(SHIFT_F6, SHIFT_F6)
        assert mode_of(running) is SyncMode.MIRROR
        assert running.pane_a.editor.text == "only"


async def test_in_the_mirror_each_pane_shows_its_own_marks() -> None:
    async with console() as running:
        running.b.answer("select nope", refused("42703", "column does not exist", position=8))
        await running.press(SHIFT_F6, SHIFT_F6, *"select")
        running.pane_a.editor.insert(" nope")
        await running.press("f6")
        await running.until(lambda: running.pane_b.editor.error_offset is not None)
        assert running.pane_b.editor.error_offset == 7
        assert running.pane_a.editor.error_offset is None
        assert running.pane_a.editor.ran_range == (0, 11)
        await running.press("x")
        assert running.pane_b.editor.error_offset is None


async def test_in_the_mirror_a_run_is_this_panes_alone() -> None:
    async with console() as running:
        await running.press(SHIFT_F6, SHIFT_F6, *"table", "f3", "f5")
        await running.until(lambda: running.b.sent == ["table"])
        assert running.a.sent == []


async def test_run_in_both_steps_both_editors_that_stand_before_the_same_statement() -> None:
    async with console() as it:
        it.write("select 1;\nselect 2;\nselect 3;")
        it.pane_b.editor.load_text("-- mine\nselect 1;\nselect 2;")
        it.pane_b.editor.go_to(8)
        await it.press("f6", "f6")
        await it.until(lambda: it.b.sent == ["select 1", "select 2"])
        assert it.pane_a.editor.cursor_location[0] == 2
        assert it.pane_b.editor.cursor_location[0] == 2


async def test_a_statement_goes_into_the_other_pane_and_does_not_run() -> None:
    async with console() as it:
        it.write("select 1;\nselect 2;")
        it.pane_b.editor.load_text("table t;")
        await it.press("ctrl+g", "e", "t")
        await it.until(lambda: it.pane_b.editor.text.startswith("table t;\n\nselect 1"))
        assert it.app.focused is it.pane_a.editor
        assert it.a.sent == it.b.sent == []
