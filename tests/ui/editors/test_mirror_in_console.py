"""The mirror in the whole console, by keys: whatever is done in either pane, both hold the same text."""

import itertools
import random

import pytest
from textual import events

from dsqltui.ui.dialogs.whose_text import WhoseText
from dsqltui.ui.state.sync_mode import SyncMode
from support.long_cases import spread
from support.screens.console import Console, console

PASTED = (
    "select id, name from people where id = 1;\n",
    "-- 日本\nupdate t set n = n + 1;",
    "$$ it's ( open",
    "\t x\n\n",
)


async def act(it: Console, rng: random.Random) -> None:
    """What a person might do in the pane that has the focus."""
    match rng.randrange(8):
        case 0 | 1:
            await it.press(*rng.choice(("se", "x;", "éa", "a,b")), *rng.choice(((), ("enter",), ("left", "left"))))
        case 2:
            focused = it.app.focused
            assert focused is not None
            focused.post_message(events.Paste(rng.choice(PASTED)))
            await it.pilot.pause()
        case 3:
            await it.press("ctrl+z")
        case 4:
            await it.press("ctrl+y")
        case 5:  # completion: the first of the list
            await it.press("space", *"sel", "tab")
        case 6:
            it.app.console_screen.do(rng.choice(("format", "toggle_comment")))
            await it.pilot.pause()
        case _:
            await it.press(rng.choice(("home", "end", "up", "ctrl+home")), rng.choice(("backspace", "delete")))


@pytest.mark.parametrize(("seed", "size"), spread(itertools.product(range(12), [(80, 24), (160, 45)]), 5))
async def test_both_texts_are_always_the_same(seed: int, size: tuple[int, int]) -> None:
    rng = random.Random(seed)
    async with console(size) as it:
        a, b = it.pane_a.editor, it.pane_b.editor
        a.load_text("select 1;\nselect 2;")
        b.load_text("table of_b;")
        await it.press("shift+f6", "shift+f6")
        await it.until(lambda: isinstance(it.app.screen, WhoseText))
        await it.press("a")
        await it.until(lambda: it.app.console_screen.sync_mode is SyncMode.MIRROR)
        for step in range(16):
            await it.press("f2" if step % 2 else "f3")
            await act(it, rng)
            assert a.text == b.text, step
            assert (it.app.focused is a) == bool(step % 2), step
        shared = a.text
        await it.press("shift+f6")
        await it.until(lambda: it.app.console_screen.sync_mode is SyncMode.INDEPENDENT)
        assert a.text == b.text == shared
        b.undo()
        assert b.text == "table of_b;", "what the mirror replaced comes back"
        assert a.text == shared
