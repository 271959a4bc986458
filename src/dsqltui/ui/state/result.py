"""A result set as a pane keeps it: its rows, where they came from, how the person looks at them."""

import time
from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from dsqltui.core.results.outcome import Column, Notice, Row, Rows
from dsqltui.core.story.compare import Change
from dsqltui.runner.results.held_result import HeldResult
from dsqltui.store.rows import RowStore
from dsqltui.ui.state.background import in_daemon_thread

if TYPE_CHECKING:
    from dsqltui.core.plans.report import PlanReport


@dataclass(frozen=True, slots=True)
class RowMark:
    """How a row differs from its partner in the other pane."""

    change: Change
    columns: frozenset[int] = frozenset()
    """Places of the changed columns; empty: the whole row."""


@dataclass(slots=True, eq=False)
class PaneResult:
    """Rows in memory and in a nameless file; see store.rows. Row numbers are places in the result, from 0."""

    columns: tuple[Column, ...]
    store: RowStore
    statement: str = ""
    """As sent; empty when it is not known."""
    comment: str = ""
    """What stands above the statement in the text it came from."""
    tag: str = ""
    has_more: bool = False
    """Whether the server has more rows."""
    held: HeldResult | None = None
    """Where those come from."""
    duration_s: float = 0.0
    ended_s: float = 0.0
    """Unix time."""
    notices: tuple[Notice, ...] = ()
    snapshot_s: float | None = None
    """When the snapshot was taken that it shows, Unix time; None while that is not known."""
    order: "array[int] | None" = None
    """Places in the order in which they are shown; None: as they came."""
    sorted_by: tuple[int, bool] | None = None
    """Column and whether descending."""
    marks: Mapping[int, RowMark] | None = None
    """By place; None while nothing is compared."""
    frozen: int = 0
    """Columns at the left that stay in sight."""
    cursor: tuple[int, int] = (0, 0)
    """Row as shown, column; kept while another result is shown."""
    doctor: "PlanReport | None" = None
    """Why it is slow, when it is a plan; None while that is not known."""
    heading: tuple[tuple[str, str], ...] = ()
    """Text and look of lines above a plan that is shown beside another."""
    widths: list[int] = field(default_factory=list)

    @classmethod
    def of(cls, columns: Sequence[Column], rows: Sequence[Row]) -> "PaneResult":
        """A result whose rows are all here."""
        return cls(tuple(columns), RowStore(rows))

    @classmethod
    def of_outcome(cls, outcome: Rows, statement: str, held: HeldResult | None, comment: str = "") -> "PaneResult":
        """What a statement gave, `statement` as it was sent; `held` is what the session has of it."""
        return cls(
            outcome.columns,
            RowStore(outcome.rows),
            statement=statement,
            comment=comment,
            tag=outcome.tag,
            has_more=outcome.has_more,
            held=held,
            duration_s=outcome.duration_s,
            ended_s=time.time(),
            notices=outcome.notices,
        )

    async def cooled(self) -> None:
        """Move the rows of a result that is not shown to its file."""
        numbers = self.store.surplus(hot_bytes=0)
        if not numbers:
            return  # they are there already: no thread for each result at each statement
        await in_daemon_thread(partial(self.store.write, numbers))
        self.store.release(numbers)

    def copied(self) -> "PaneResult":
        """The rows that are here, for another pane."""
        copy = PaneResult.of(self.columns, tuple(self.store.rows()))
        copy.statement, copy.comment, copy.tag, copy.doctor = self.statement, self.comment, self.tag, self.doctor
        copy.duration_s, copy.ended_s = self.duration_s, self.ended_s
        return copy

    @property
    def is_held(self) -> bool:
        """Whether the session still holds the rest."""
        return self.has_more and self.held is not None and self.held.is_held

    @property
    def row_count(self) -> int:
        """Rows that were fetched."""
        return len(self.store)

    def place(self, row: int) -> int:
        """The place of the row shown as number `row`."""
        return self.order[row] if self.order is not None and row < len(self.order) else row

    def row_of(self, place: int) -> int:
        """Where the row at `place` is shown."""
        if self.order is None:
            return place
        try:
            return self.order.index(place)
        except ValueError:
            return place  # it came after the rows were sorted

    @property
    def title(self) -> str:
        """The statement on one line, cut."""
        return " ".join(self.statement[:400].split())
