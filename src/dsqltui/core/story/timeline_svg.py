"""The timeline as a picture: one SVG of its own, without fonts or anything else from elsewhere."""

from collections.abc import Iterable

from dsqltui.core.journal.journal import Entry
from dsqltui.core.journal.kept_entry import kept_entry
from dsqltui.core.language import _
from dsqltui.core.story.timeline import LEGEND, PANES, Mark, Timeline, clock, shown_s, timeline
from dsqltui.core.text.markup import svg_text
from dsqltui.core.text.safe_text import one_line

_CELL, _LANE_TOP, _LANE_GAP, _LEFT = 9, 92, 132, 96
"""Pixels."""
_CELLS = 150
_TEXT_LIMIT = 44
_COLORS = {
    "rule": "#4a5670",
    "quiet": "#8390a8",
    "begin": "#5cb3ff",
    "commit": "#7fd88f",
    "rollback": "#ffcb6b",
    "conflict": "#ff6ac1",
    "refused": "#ff5f6d",
    "read": "#82aaff",
    "write": "#ffb454",
    "ddl": "#c792ea",
    "event": "#7fdbca",
}
_PANE_COLORS = {"A": "#5cb3ff", "B": "#ffb454"}
_LABEL_ROWS = 4


def timeline_svg(entries: Iterable[Entry], *, title: str = "Timeline") -> str:
    """The newest entries, as many as fit; all text in it is escaped."""
    known = list(map(kept_entry, entries))
    strip = timeline(known, _CELLS)
    width = _LEFT + _CELLS * _CELL + 24
    height = _LANE_TOP + 2 * _LANE_GAP + 40
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" '
        'font-family="DejaVu Sans Mono, Menlo, Consolas, monospace" font-size="11">',
        f'<rect width="{width}" height="{height}" fill="#0d1119"/>',
        _text(16, 28, title, "#dbe2ef", size=15),
    ]
    regions = {entry.pane: entry.region for entry in known}
    for pane in PANES:
        y = _lane_y(pane)
        parts.append(_text(16, y + 5, pane, _PANE_COLORS[pane], size=15))
        parts.append(_text(32, y + 5, one_line(regions.get(pane, ""), 10), "#8390a8", size=10))
        parts.append(f'<line x1="{_LEFT}" y1="{y}" x2="{width - 16}" y2="{y}" stroke="#2b3448"/>')
    if strip.scale is not None:
        parts += _ruler(strip)
        parts += _spans(strip)
        parts += _joins(strip)
        parts += [shape for pane in PANES for shape in _marks(strip, pane)]
    parts.append(_text(16, height - 14, _(LEGEND), "#8390a8", size=10))
    return "\n".join([*parts, "</svg>", ""])


def _lane_y(pane: str) -> int:
    return _LANE_TOP + (0 if pane == PANES[0] else _LANE_GAP)


def _x(place: int) -> int:
    return _LEFT + place * _CELL


def _text(x: int, y: int, text: str, color: str, *, size: int = 11) -> str:
    return f'<text x="{x}" y="{y}" fill="{color}" font-size="{size}">{svg_text(text)}</text>'


def _ruler(strip: Timeline) -> list[str]:
    parts: list[str] = []
    free_from, told = 0, -1
    for mark in strip.marks:
        second = int(mark.entry.started_s)
        if second != told and _x(mark.place) >= free_from:
            parts.append(_text(_x(mark.place), 54, clock(mark.entry.started_s), "#8390a8", size=10))
            free_from, told = _x(mark.place) + 62, second
    for gap in strip.scale.gaps if strip.scale else ():
        middle = (_x(gap.first) + _x(gap.last)) // 2
        parts.append(_text(middle - 14, 68, f"~{shown_s(gap.seconds)}~", "#4a5670", size=9))
    return parts


def _spans(strip: Timeline) -> list[str]:
    parts = []
    for span in strip.spans:
        y, end = _lane_y(span.pane), _CELLS if span.is_open else span.end
        color = _PANE_COLORS[span.pane]
        parts.append(
            f'<rect x="{_x(span.place)}" y="{y - 9}" width="{max(4, _x(end) - _x(span.place))}" height="18" rx="4" '
            f'fill="{color}" fill-opacity="0.15" stroke="{color}" stroke-opacity="0.5"/>'
        )
    return parts


def _joins(strip: Timeline) -> list[str]:
    parts = []
    for join in strip.joins:
        (x1, y1), (x2, y2) = ((_x(m.place), _lane_y(m.entry.pane)) for m in (join.winner, join.loser))
        middle = (y1 + y2) // 2
        parts.append(
            f'<path d="M {x1} {y1} C {x1} {middle}, {x2} {middle}, {x2} {y2}" fill="none" '
            f'stroke="{_COLORS["conflict"]}" stroke-width="2" stroke-dasharray="5 3"/>'
        )
    return parts


def _marks(strip: Timeline, pane: str) -> list[str]:
    parts: list[str] = []
    row_ends = [0] * _LABEL_ROWS
    y = _lane_y(pane)
    for mark in strip.marks:
        if mark.entry.pane != pane:
            continue
        color = _COLORS[mark.look]
        x = _x(mark.place)
        if mark.end > mark.place:
            parts.append(f'<rect x="{x}" y="{y - 4}" width="{_x(mark.end) - x}" height="8" fill="{color}"/>')
        parts.append(f'<circle cx="{x}" cy="{y}" r="4" fill="{color}"><title>{svg_text(_told(mark))}</title></circle>')
        label = _label(mark)
        row = next((at for at, end in enumerate(row_ends) if end <= x), None)
        if row is not None:
            row_ends[row] = x + int(len(label) * 5.6) + 10
            parts.append(f'<line x1="{x}" y1="{y + 4}" x2="{x}" y2="{y + 16 + row * 14}" stroke="#2b3448"/>')
            parts.append(_text(x + 2, y + 24 + row * 14, label, color, size=9))
    return parts


def _label(mark: Mark) -> str:
    entry = mark.entry
    words = " ".join(entry.sql[: _TEXT_LIMIT * 8].split()) or entry.event.value
    cut = words if len(words) <= _TEXT_LIMIT else words[: _TEXT_LIMIT - 1] + "…"
    return f"{mark.glyph} {cut}" if mark.glyph in "✗!" else cut


def _told(mark: Mark) -> str:
    entry = mark.entry
    words = entry.sql[:4_000] or entry.note
    return one_line(f"{entry.pane} {clock(entry.started_s)} {shown_s(entry.duration_s)}  {words}", 400)
