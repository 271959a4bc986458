"""The results of a pane that can be gone back to, on one line: number, what it is, how many rows or how it went."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import ClassVar

from rich.cells import cell_len
from textual import events
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive

from dsqltui.core.results.single_table import table_of
from dsqltui.core.sql.classify import said_words
from dsqltui.core.sql.lexer import Kind, scan
from dsqltui.core.sql.relation_places import relation_places
from dsqltui.core.text.safe_text import one_line
from dsqltui.core.text.wrapping import cells, shortened
from dsqltui.ui.results.script_result import ScriptResult
from dsqltui.ui.state.result import PaneResult
from dsqltui.ui.widgets.parts import Parts
from dsqltui.ui.words.report import Report
from dsqltui.ui.words.severity import Severity

_LEAST_CURRENT, _LEAST_OTHER = 14, 5
"""Cells of titles: as long as the other tabs can keep theirs, the current one gives way down to its own."""
_READ_CHARACTERS = 4_000
"""Of a statement, to find a name for it."""
_TELLING = 4
"""Characters of a name that is not taken for the number beside it."""


@dataclass(frozen=True, slots=True)
class Tab:
    """One result. Texts are made safe here."""

    title: str
    sign: str
    """How many rows, or how it went."""
    is_bad: bool = False
    is_script: bool = False


@lru_cache(256)
def title_of(statement: str) -> str:
    """What it is about: its first comment, else its table, else what it makes, else its own words."""
    head = statement[:_READ_CHARACTERS]
    tokens = tuple(token for token in scan(head)[0] if token.kind is not Kind.SEMICOLON)
    if tokens and tokens[0].kind is Kind.COMMENT and (comment := tokens[0].text.strip("-/* \t\n")):
        return one_line(" ".join(comment.split()), 100)
    sql = tuple(token for token in tokens if token.kind is not Kind.COMMENT)
    said = tuple(said_words(sql))
    table = table_of(head) or next(iter(relation_places(sql, said)), None)
    if table is not None:
        return one_line(table.name, 100)
    if said[:1] in (("create",), ("alter",), ("drop",)):
        return " ".join(said[:2]).upper()
    text = " ".join(head.split())
    first, _, rest = text.partition(" ")
    return one_line(rest if first.lower() == "select" and len(rest) >= _TELLING else text, 100)


def tabs_of(kept: Iterable[PaneResult | ScriptResult], report: Report | None) -> tuple[Tab, ...]:
    """One for each result or script, and behind them what the last statement said without rows, unless it goes on."""
    tabs = [_script_tab(one) if isinstance(one, ScriptResult) else _result_tab(one) for one in kept]
    if report is not None and tabs and "jobs" not in report.offers:
        goes_on = report.title.endswith("…")  # CANCELLING…: nobody knows yet
        is_bad = not goes_on and report.tone not in (Severity.QUIET, Severity.GOOD, Severity.PENDING)
        sign = "…" if goes_on else "✗" if is_bad else "·" if report.tone is Severity.QUIET else "✓"
        title = " ".join(report.title.split()).partition(":")[0]  # `CONFLICT OC000`: the card says the rest
        tabs.append(Tab(one_line(title.removesuffix("…"), 60), sign, is_bad))
    return tuple(tabs)


def _result_tab(kept: PaneResult) -> Tab:
    title = one_line(kept.comment, 100) or title_of(kept.statement)
    return Tab(title, rows_sign(kept.row_count, kept.has_more))


def _script_tab(script: ScriptResult) -> Tab:
    """`ddl.sql 21 ✓`; `12/21` where it stands, or stopped, also at the last one."""
    is_whole = script.is_over and script.count == script.total and not script.has_failed
    count = f"{script.count}" if script.total is None or is_whole else f"{script.count}/{script.total}"
    sign = "✗" if script.has_failed else "✓" if script.is_over else "…"
    return Tab(one_line(script.name, 100), f"{count} {sign}", script.has_failed, is_script=True)


def rows_sign(count: int, has_more: bool) -> str:
    """`17`, `1000+`, `250k`, `12M`: short, for the status line tells it in full."""
    if count >= 1_000_000:
        text = f"{count // 1_000_000}M"
    else:
        text = f"{count // 1_000}k" if count >= 10_000 else str(count)
    return f"{text}+" if has_more else text


class ResultTabs(Parts):
    """Hidden while there is one result or none. Tells of a click."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"result-tabs--current", "result-tabs--other", "result-tabs--bad"}

    tabs: reactive[tuple[Tab, ...]] = reactive(())
    current = reactive(0)

    class Chosen(Message):
        """The person clicked a tab."""

        def __init__(self, place: int) -> None:
            super().__init__()
            self.place = place

    def watch_tabs(self, tabs: tuple[Tab, ...]) -> None:
        """One result needs no line; a script does, which is more than what is seen of it."""
        self.set_class(len(tabs) > 1 or any(tab.is_script for tab in tabs), "-open")

    def render(self) -> Content:
        """One line; what does not fit at all is left out at the side that is farther from the current one."""
        line = Content("")
        for place, text in self._texts():
            look = "current" if place == self.current else "bad" if self.tabs[place].is_bad else "other"
            line += self.part(text, f"result-tabs--{look}")
        return line.truncate(self.content_size.width, ellipsis=True)

    def on_click(self, event: events.Click) -> None:
        """To the tab under the pointer."""
        event.stop()
        end = 0
        for place, text in self._texts():
            end += cell_len(text)
            if event.x < end:
                self.post_message(self.Chosen(place))
                return

    def _texts(self) -> list[tuple[int, str]]:
        """Place and text of each tab that is shown."""
        width = self.content_size.width
        bare = [f" {place + 1} {tab.sign} " for place, tab in enumerate(self.tabs)]
        first = 0
        while first < self.current and sum(map(len, bare[first:])) > width:
            first += 1
        shown = range(first, len(self.tabs))
        room = width - sum(len(bare[place]) + 1 for place in shown)
        titles = fitted_titles([self.tabs[place].title for place in shown], room, self.current - first)
        return [
            (place, f" {place + 1} {title + ' ' if title else ''}{self.tabs[place].sign} ")
            for place, title in zip(shown, titles, strict=True)
        ]


def fitted_titles(titles: Sequence[str], room: int, current: int) -> list[str]:
    """The titles, cut so that all of them take at most `room` cells: the longest ones first, the current one last."""
    widths = [cells(title) for title in titles]
    others = [width for place, width in enumerate(widths) if place != current]

    def taken(most: int) -> int:
        return sum(min(width, most) for width in others)

    own = min(widths[current], max(0, room)) if current < len(widths) else 0
    own = min(own, max(_LEAST_CURRENT, room - taken(_LEAST_OTHER)))
    most = max(others, default=0)
    while most > 0 and taken(most) > room - own:
        most -= 1
    return [_cut(title, own if place == current else most) for place, title in enumerate(titles)]


def _cut(title: str, room: int) -> str:
    """The title in so many cells; nothing of it in less than two."""
    if cells(title) <= room:
        return title
    return f"{shortened(title, room - 1).rstrip()}…" if room > 2 else ""
