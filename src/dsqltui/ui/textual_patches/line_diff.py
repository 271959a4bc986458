"""Only the cells that changed go to the terminal: 100 bytes a key instead of 22,000 over SSH."""

from collections.abc import Collection
from typing import TYPE_CHECKING, Any

from rich.cells import cell_len
from rich.segment import Segment
from textual.geometry import Region, Size
from textual.screen import Screen
from textual.strip import Strip

if TYPE_CHECKING:
    from textual.scroll_view import ScrollView as _Mixed
else:  # see Ordered: a mixin must not be a widget
    _Mixed = object


class LineDiff(_Mixed):
    """Goes before a widget that renders by lines and refreshes all of itself at each key, such as TextArea.

    `_exchange_repaint_regions` and `_full_map_invalidated` are private to Textual 8.2, and each has a test.
    """

    _painted: list[Strip] | None = None
    _painted_look: tuple[object, ...] | None = None
    _style_generation = 0

    def notify_style_update(self) -> None:
        """The styles changed: everything is painted anew."""
        self._style_generation += 1
        super().notify_style_update()

    def _exchange_repaint_regions(self) -> Collection[Region]:
        return self.changed_only(super()._exchange_repaint_regions())

    def changed_only(self, regions: Collection[Region]) -> Collection[Region]:
        """Of what Textual would paint, the cells that look different from when they were painted last.

        In cells of the screen's canvas, as `regions` are. All of `regions` where that cannot be known.
        """
        if waits_for_layout(self.screen):
            self._painted = None
            return regions
        if not self.is_mounted or not self.size:
            return regions
        whole: Region = self.outer_size.region
        inner: Size = self.content_region.size
        look = (self._style_generation, whole, inner, self.has_focus, self.scrollbars_enabled, self.app.theme)
        rows = [self.render_line(y) for y in range(self.size.height)]
        before, self._painted = self._painted, rows
        is_same_look, self._painted_look = look == self._painted_look, look
        if whole not in regions or not is_same_look or before is None or len(before) != len(rows):
            return regions
        offset = self.content_offset
        return [
            Region(offset.x + start, offset.y + y, end - start, 1)
            for y, (old, new) in enumerate(zip(before, rows, strict=True))
            if old is not new and old != new
            for start, end in (changed_cells(old, new, self.size.width),)
        ]


def waits_for_layout(screen: Screen[Any]) -> bool:
    """Whether new widgets wait for their layout.

    To ask for a widget's size then would lay them out early, and the layout that follows would find nothing changed
    and leave them unpainted.
    """
    return screen._compositor._full_map_invalidated


def changed_cells(old: Strip, new: Strip, width: int) -> tuple[int, int]:
    """First cell that differs, and the one behind the last; at most `width`. The two strips differ."""
    start = min(_same_cells(list(old), list(new), from_left=True), max(0, width - 1))
    end = width
    if old.cell_length == new.cell_length <= width:
        end = new.cell_length - _same_cells(list(old)[::-1], list(new)[::-1], from_left=False)
    return start, max(end, start + 1)


def _same_cells(old: list[Segment], new: list[Segment], *, from_left: bool) -> int:
    """Cells at one end that look the same in both; segments come in the order in which they are compared."""
    cells = 0
    for (text, style, _), (other_text, other_style, _) in zip(old, new, strict=False):
        if style != other_style:
            break
        if text == other_text:
            cells += cell_len(text)
            continue
        size = min(len(text), len(other_text))
        pairs = zip(text, other_text, strict=False) if from_left else zip(text[::-1], other_text[::-1], strict=False)
        same = next((index for index, (one, other) in enumerate(pairs) if one != other), size)
        if not (text.isascii() and other_text.isascii()):
            same = max(0, same - 1)  # what follows may be an accent on the last of them
        cells += cell_len(text[:same] if from_left else text[len(text) - same :])
        break
    return cells
