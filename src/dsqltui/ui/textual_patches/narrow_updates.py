"""A repaint of a few cells sends these cells only. Textual 8.2 sends everything from the widget's left edge on."""

from typing import Any

from rich.console import Console
from rich.control import Control
from textual._compositor import ChopsUpdate, Compositor
from textual.screen import Screen


class NarrowUpdate(ChopsUpdate):
    """Cuts what is sent at both ends of the cells that changed."""

    def render_segments(self, console: Console) -> str:
        """The bytes for the terminal."""
        out: list[str] = []
        last_y = self.spans[-1][0]
        for y, first, behind in self.spans:
            for end, (x, strip) in zip(self.chop_ends[y], self.chops[y].items(), strict=False):
                if strip is None or x >= behind or end <= first:
                    continue
                left, right = max(x, first), min(end, behind)
                piece = strip if (left, right) == (x, end) else strip.crop(left - x, right - x)
                out += Control.move_to(left, y).segment.text, piece.render(console)
            if y != last_y:
                out.append("\n")
        return "".join(out)


class NarrowCompositor(Compositor):
    """Takes the place of a screen's compositor."""

    def render_partial_update(self) -> ChopsUpdate | None:
        """Textual's update, cut narrowly."""
        update = super().render_partial_update()
        return update and NarrowUpdate(update.chops, update.spans, update.chop_ends)


def send_narrow_updates(screen: Screen[Any]) -> None:
    """From now on, before the screen is shown."""
    screen._compositor = NarrowCompositor()
