"""Only the lines that changed go to the terminal: 400 bytes a key instead of 22,000 over SSH."""

from collections.abc import Collection
from typing import TYPE_CHECKING

from textual.geometry import Region, Size
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
        regions = super()._exchange_repaint_regions()
        if self.screen._compositor._full_map_invalidated:
            # New widgets wait for their layout. To ask for our own size now would lay them out early, and the layout
            # that follows would find nothing changed and leave them unpainted.
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
            Region(offset.x, offset.y + y, self.size.width, 1)
            for y, (old, new) in enumerate(zip(before, rows, strict=True))
            if old is not new and old != new
        ]
