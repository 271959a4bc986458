"""What is rendered of a change is what Textual would render of it."""

import random

from textual._compositor import ChopsUpdate, Compositor
from textual.geometry import Region
from textual.screen import Screen
from textual.strip import Strip

from dsqltui.ui.textual_patches.line_diff import LineDiff
from dsqltui.ui.textual_patches.sparing_paint import SparingCompositor
from support.screens.console import console


def painted(update: object) -> dict[tuple[int, int], Strip | None]:
    """The pieces that go to the screen, by line and cell."""
    assert isinstance(update, ChopsUpdate)
    return {
        (y, x): piece
        for y, first, behind in update.spans
        for end, (x, piece) in zip(update.chop_ends[y], update.chops[y].items(), strict=True)
        if x < behind and first < end
    }


async def test_the_same_pieces_as_textuals() -> None:
    async with console() as it:
        await it.pilot.press(*"select 1; sel")
        await it.pilot.pause()
        screen, rng = it.pilot.app.screen, random.Random(1)
        ours, stock = SparingCompositor(), Compositor()
        for compositor in (ours, stock):
            compositor.reflow(screen, screen.size)
            compositor.render_update(full=True)
        # Those with LineDiff answer only the first who asks.
        widgets = sorted((one for one in stock.visible_widgets if not isinstance(one, Screen | LineDiff)), key=repr)
        assert len(widgets) > 10
        for _ in range(25):
            some = rng.sample(widgets, rng.randint(1, 3))
            sent = []
            for compositor in (ours, stock):
                for widget in some:
                    widget.refresh(Region(0, 0, *widget.size))
                compositor.update_widgets({*some})
                sent.append(painted(compositor.render_update()))
            assert sent[0] == sent[1], some
