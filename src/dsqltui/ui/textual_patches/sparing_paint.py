"""Of a change, only the widgets and lines are rendered that it shows.

Stock Textual 8.2 renders every widget that lies anywhere in the rectangle around all changes, and each of them whole:
fifteen widgets and four hundred lines for a letter and the list of completions below it.
"""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from textual._compositor import ChopsUpdate, Compositor
from textual.geometry import Region
from textual.strip import Strip

if TYPE_CHECKING:
    from textual.screen import Screen

    _Mixed = Screen[Any]
else:  # see Ordered: a mixin must not be a widget
    _Mixed = object

_Span = tuple[int, int, int]
"""A line of the screen, its first cell that changes, and the cell behind the last."""
_NEAR = 4
"""Lines between two changes of a widget that are rendered with them: to begin anew costs more."""


class SparingPaint(_Mixed):
    """Goes before a screen class."""

    def __init__(self, *arguments: object, **named: object) -> None:
        super().__init__(*arguments, **named)  # type: ignore[arg-type]
        self._compositor = SparingCompositor()


class SparingCompositor(Compositor):
    """Overrides `render_partial_update` of Textual 8.2."""

    def render_partial_update(self) -> ChopsUpdate | None:
        """Of all that waits to be painted; None when that is nothing."""
        screen = self.size.region
        regions = {changed for region in self._dirty_regions if (changed := region.intersection(screen))}
        self._dirty_regions.clear()
        if not regions:
            return None
        spans = list(self._regions_to_spans(regions))
        return ChopsUpdate(self._rendered(spans), spans, [cuts[1:] for cuts in self.cuts])

    def _rendered(self, spans: Iterable[_Span]) -> list[dict[int, Strip | None]]:
        """The pieces of each line by the cell where they begin, those that lie in no span left out."""
        cuts = self.cuts
        pieces: list[dict[int, Strip | None]] = [{} for _ in cuts]
        waiting: dict[int, set[int]] = {}
        for y, first, behind in spans:
            pieces[y] = dict.fromkeys(cuts[y][:-1])
            overlapping = (x for x, end in zip(cuts[y], cuts[y][1:], strict=False) if x < behind and first < end)
            waiting.setdefault(y, set()).update(overlapping)
        for widget, (region, clip) in self.visible_widgets.items():  # those in front come first
            if not waiting:
                break
            shown = region.intersection(clip)
            left, right = shown.column_span
            rows = [
                y
                for y, missing in waiting.items()
                if shown.y <= y < shown.bottom and any(left <= x < right for x in missing)
            ]
            for first, last in _runs(rows):
                crop = Region(left - region.x, first - region.y, shown.width, last - first + 1)
                for y, strip in enumerate(widget.render_lines(crop), first):
                    if y not in waiting:
                        continue
                    edges = [x for x in cuts[y] if left <= x <= right]
                    missing = waiting[y]
                    for x, piece in zip(edges, strip.divide([x - left for x in edges[1:]]), strict=False):
                        if x in missing:
                            pieces[y][x] = piece
                            missing.remove(x)
                    if not missing:
                        del waiting[y]
        return pieces


def _runs(rows: list[int]) -> Iterator[tuple[int, int]]:
    """First and last of the rows that are rendered together; `rows` are in order."""
    first = last = -1
    for row in rows:
        if first < 0:
            first = row
        elif row - last > _NEAR:
            yield first, last
            first = row
        last = row
    if first >= 0:
        yield first, last
