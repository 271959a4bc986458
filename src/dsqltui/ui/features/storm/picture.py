"""What the storm screen shows, as lines of differently looking parts. Pure: from a view and a width."""

from collections.abc import Sequence

from dsqltui.core.language import _
from dsqltui.core.storm.heat import Heat
from dsqltui.core.storm.view import DesignView, EndpointView, StormView
from dsqltui.core.text.bars import bars
from dsqltui.core.text.safe_text import one_line
from dsqltui.core.text.wrapping import padded
from dsqltui.ui.results.line_view import Part

LOOKS = ("text", "quiet", "pane-a", "pane-b", "commit", "conflict", "title", "hot", "warm", "cool")
_TWO_COLUMNS = 120
_BESIDE = 3
_MOST_ATTEMPTS = 6
_HEAT_ROWS = 4
_MOST_SECONDS = 40
"""Seconds of a sparkline: all of it is sent anew each second."""

Line = list[Part]


def picture(view: StormView, width: int, height: int) -> list[Line]:
    """All lines; as many keys and attempts as fit into `height`."""
    head = [*_head(view, width), *_designs(view)]
    if width >= _TWO_COLUMNS:
        left = (width - _BESIDE) // 2
        right = width - _BESIDE - left
        room = height - len(head)
        first = [*_endpoints(view.design, left), [], *_attempts(view.design, left)]
        second = _heat(view.design.heat, right, most_keys=10, rows=max(_HEAT_ROWS, min(8, room - 14)))
        return [*head, *_side_by_side(first, second, left)]
    design_heat, endpoints = view.design.heat, _endpoints(view.design, width)
    left_over = height - len(head) - len(endpoints)
    attempts = _attempts(view.design, width, most=4 if left_over < 16 else _MOST_ATTEMPTS)
    rows = 2 if left_over < 14 else _HEAT_ROWS
    rows = min(rows, -(-len(design_heat.curve) // width))
    keys = max(2, left_over - len(attempts) - rows - 1 - bool(design_heat.not_told))
    return [*head, *endpoints, *attempts, *_heat(design_heat, width, most_keys=min(10, keys), rows=rows)]


def heat_cells(heat: Heat, width: int, rows: int) -> list[list[tuple[str, str]]]:
    """Keys by losers, the hottest first, a cell each (or a group of neighbours, when they are too many): sign, look."""
    counts = list(heat.curve)
    room = max(1, width * rows)
    group = -(-len(counts) // room) or 1
    cells = [sum(counts[at : at + group]) / group for at in range(0, len(counts), group)]
    top = max(cells, default=0.0)
    signs = [_heat_sign(value / top) for value in cells]
    return [signs[at : at + width] for at in range(0, len(signs), width)]


def _heat_sign(share: float) -> tuple[str, str]:
    for least, sign, look in ((0.75, "█", "hot"), (0.5, "▓", "hot"), (0.25, "▒", "warm"), (0.1, "░", "cool")):
        if share >= least:
            return sign, look
    return "·", "cool"


def _head(view: StormView, width: int) -> list[Line]:
    design = view.design
    if view.ended_early:
        state = _(view.ended_early)
    elif view.connected < view.sessions and not design.elapsed_s:
        state = _("connecting, {connected} of {sessions}").format(connected=view.connected, sessions=view.sessions)
    elif view.is_paused:
        state = _("paused")
    elif view.left_s is None:
        state = _("running")
    else:
        state = _("{left_s:.0f} s left").format(left_s=view.left_s) if view.left_s > 0 else _("over")
    name = f"{design.name} " if design.name else ""
    title = f"{name}{one_line(design.scripts, max(10, width // 3))}"
    words = _("  {sessions} sessions  {elapsed_s:.0f} s  {state}").format(
        sessions=view.sessions, elapsed_s=design.elapsed_s, state=one_line(state, max(20, width - len(title) - 30))
    )
    lines: list[Line] = [[(title, "title"), (words, "text")]]
    if view.is_simulator:
        lines.append([(_("Simulator: the shares of conflicts are meant, not the speed."), "quiet")])
    return lines


def _designs(view: StormView) -> list[Line]:
    """Two designs in one line each."""
    if len(view.designs) < 2:
        return []
    first, second = view.designs
    ratio = f"   B : A {second.commits_per_s / first.commits_per_s:.2f}" if first.commits_per_s else ""
    return [
        [
            (f"{one.name} {one_line(one.scripts, 30):<30}", "title" if one is view.design else "quiet"),
            (_(" {commits_per_s:>8,.1f} commits/s").format(commits_per_s=one.commits_per_s), "commit"),
            (_("  {conflict_share:5.1f} % lost").format(conflict_share=one.conflict_share * 100), "conflict"),
            (ratio if one is second else "", "text"),
        ]
        for one in view.designs
    ]


def _endpoints(design: DesignView, width: int) -> list[Line]:
    lines: list[Line] = []
    top = max((n for one in design.endpoints for n in (*one.commits_by_second, *one.conflicts_by_second)), default=0)
    for number, one in enumerate(design.endpoints):
        lines += _endpoint(one, "AB"[number], width, top)
    return lines


def _endpoint(one: EndpointView, letter: str, width: int, top: int) -> list[Line]:
    share = one.conflicts / one.attempts * 100 if one.attempts else 0.0
    name = one_line(one.name, 16)
    name = name if name.startswith(f"{letter} ") else f"{letter} {name}"
    failed = _("  {failed:,} failed").format(failed=one.failed) if one.failed else ""
    took = one.transaction
    ms = _("p50 {p50_s:,.0f} p99 {p99_s:,.0f} ms").format(p50_s=took.p50_s * 1000.0, p99_s=took.p99_s * 1000.0)
    given_up = _("  {given_up:,} given up").format(given_up=one.given_up) if one.given_up else ""
    figures = _(" {commits:,} commits  {share:.1f} % lost{given_up}{failed}").format(
        commits=one.commits, share=share, given_up=given_up, failed=failed
    )
    room = min(_MOST_SECONDS, max(10, width - 26))
    commits, conflicts = one.commits_by_second, one.conflicts_by_second
    lines: list[Line] = [[(f"{name:<14}", f"pane-{letter.lower()}"), (figures, "text")]]
    if max(14, len(name)) + len(figures) + len(ms) + 2 <= width:
        lines[0].append((f"  {ms}", "quiet"))
    lines += [
        [
            (f"  {padded(word, 10)}{values[-1] if values else 0:>6,}/s ", "quiet"),
            (f"{bars(values[-room:], top):<{room}}", look),
        ]
        for word, values, look in ((_("commits"), commits, "commit"), (_("conflicts"), conflicts, "conflict"))
    ]
    return lines


def _attempts(design: DesignView, width: int, most: int = _MOST_ATTEMPTS) -> list[Line]:
    """A bar for each number of attempts; what is beyond `most` together."""
    shown = [(str(attempts), count) for attempts, count in design.by_attempts if attempts < most]
    more = sum(count for attempts, count in design.by_attempts if attempts >= most)
    shown += [(f"{most}+", more)] if more else []
    top = max((count for _unused, count in shown), default=0)
    room = max(10, min(50, width - 24))
    return [
        [(_("Commits by attempts"), "title")],
        *(
            [(f"  {label:>3} {count:>9,} ", "text"), ("█" * max(1, round(room * count / top)), "commit")]
            for label, count in shown
        ),
    ]


def _heat(heat: Heat, width: int, *, most_keys: int, rows: int) -> list[Line]:
    if not heat.told and not heat.not_told:
        return [[(_("Nothing lost yet."), "quiet")]]
    share = (
        _("  the hottest 1 % of {keys:,} keys: {hottest_share:.0f} %").format(
            keys=heat.keys, hottest_share=heat.hottest_share * 100
        )
        if heat.keys > 1
        else ""
    )
    lines: list[Line] = [[(_("Rows of losing transactions"), "title"), (share, "quiet")]]
    lines += [
        [(f"{hot.lost:>9,}  ", "conflict"), (one_line(hot.row.shown, max(10, width - 12)), "text")]
        for hot in heat.top[:most_keys]
    ]
    missing = sum(heat.not_told.values())
    if missing:
        tables = ", ".join(one_line(table, 30) for table in heat.not_told)
        lines.append(
            [
                (f"{missing:>9,}  ", "conflict"),
                (one_line(_("{tables} (key not told)").format(tables=tables), width - 12), "quiet"),
            ]
        )
    if heat.keys > 1:
        lines += [_joined(cells) for cells in heat_cells(heat, width, rows)]
    return lines


def _joined(cells: Sequence[tuple[str, str]]) -> Line:
    """Neighbours of one look as one part."""
    line: Line = []
    for sign, look in cells:
        if line and line[-1][1] == look:
            line[-1] = (line[-1][0] + sign, look)
        else:
            line.append((sign, look))
    return line


def _side_by_side(first: Sequence[Line], second: Sequence[Line], left: int) -> list[Line]:
    lines: list[Line] = []
    for at in range(max(len(first), len(second))):
        line = list(first[at]) if at < len(first) else []
        used = sum(len(text) for text, _unused in line)
        line.append((" " * max(1, left + _BESIDE - used), "text"))
        lines.append([*line, *(second[at] if at < len(second) else [])])
    return lines
