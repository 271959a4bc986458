"""How often the two panes' own transactions lost, and for which rows: counted from the journal as it is written.

A transaction counts when its COMMIT went well or when it lost a conflict; in autocommit, a statement that writes or
changes the schema. What only read counts when it was within BEGIN and COMMIT.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from dsqltui.core.journal.journal import Entry, Event
from dsqltui.core.language import _
from dsqltui.core.results.errors import Conflict, conflict_of
from dsqltui.core.results.outcome import Done, Refused, Rows
from dsqltui.core.sql.classify import StatementKind
from dsqltui.core.text.safe_text import one_line

if TYPE_CHECKING:
    from dsqltui.core.storm.heat import Heat, HeatMap

_KEPT_STATEMENTS = 300
"""Writing statements of an open transaction that are looked at when it loses."""
_ALONE = (StatementKind.WRITE, StatementKind.DDL)


@dataclass(slots=True)
class PaneMeter:
    """One pane's figures."""

    region: str = ""
    ended: int = 0
    """Transactions that committed or lost."""
    lost: Counter[Conflict] = field(default_factory=Counter)

    @property
    def words(self) -> str:
        """`3 of 17 lost`."""
        return _("{total:,} of {ended:,} lost").format(total=self.lost.total(), ended=self.ended)


class ConflictMeter:
    """Hears of every entry of a journal."""

    def __init__(self) -> None:
        self.panes: dict[str, PaneMeter] = {"A": PaneMeter(), "B": PaneMeter()}
        self._written: dict[str, list[str]] = {}
        """Of each pane's open transaction: the statements that wrote."""

    @classmethod
    def of(cls, entries: Iterable[Entry]) -> "ConflictMeter":
        """What a journal tells as far as it is kept."""
        meter = cls()
        for entry in entries:
            meter.record(entry)
        return meter

    @property
    def has_conflicts(self) -> bool:
        """Whether anything lost."""
        return any(pane.lost for pane in self.panes.values())

    def record(self, entry: Entry) -> None:
        """One more entry."""
        if entry.event is not Event.STATEMENT or entry.outcome is None:
            self._written.pop(entry.pane, None)
            return
        pane = self.panes.setdefault(entry.pane, PaneMeter())
        pane.region = entry.region
        conflict = conflict_of(entry.outcome.error) if isinstance(entry.outcome, Refused) else None
        if conflict is not None:
            self._lost(entry, pane, conflict)
        elif isinstance(entry.outcome, Done | Rows):
            is_commit = entry.kind is StatementKind.COMMIT and entry.outcome.tag == "COMMIT"
            is_alone = entry.transaction is None and entry.kind in _ALONE
            pane.ended += is_commit or is_alone
            written = self._written.setdefault(entry.pane, [])
            if entry.kind is StatementKind.WRITE and entry.transaction is not None and len(written) < _KEPT_STATEMENTS:
                written.append(entry.sql)
        if not entry.state_after.is_open:
            self._written.pop(entry.pane, None)

    def _lost(self, entry: Entry, pane: PaneMeter, conflict: Conflict) -> None:
        pane.ended += 1
        pane.lost[conflict] += 1
        if conflict is Conflict.DATA:
            from dsqltui.core.storm.row_keys import rows_of_statement

            statements = [*self._written.get(entry.pane, ()), entry.sql]
            self._heat.add(row for sql in statements for row in rows_of_statement(sql))

    @property
    def words(self) -> str:
        """`A 3 of 17 lost, B 1 of 15; hot: shop.orders id=1`. Safe to show."""
        hottest = self._heat.hottest()
        if hottest is None:
            return self.counts
        return _("{counts}; hot: {shown}").format(counts=self.counts, shown=one_line(hottest.row.shown, 60))

    @property
    def counts(self) -> str:
        """`A 3 of 17 lost, B 1 of 15`: where there is no room for more."""
        told = {letter.lower(): f"{letter} {pane.words}" for letter, pane in self.panes.items()}
        return _("{a}, {b}").format(**told)

    @cached_property
    def _heat(self) -> "HeatMap":
        from dsqltui.core.storm.heat import HeatMap  # the console starts without it

        return HeatMap()

    @property
    def heat(self) -> "Heat":
        """The rows of those that lost."""
        return self._heat.picture()

    @property
    def lines(self) -> list[str]:
        r"""The answer of `\conflicts`. Safe to show."""
        lines = []
        for letter, pane in self.panes.items():
            kinds = ", ".join(
                f"{conflict.value} {pane.lost[conflict]:,}" for conflict in Conflict if pane.lost[conflict]
            )
            where = f" ({one_line(pane.region, 40)})" if pane.region else ""
            lines.append(f"{letter}{where}: {pane.words}{f' ({kinds})' if kinds else ''}")
        heat = self.heat
        if heat.told or heat.not_told:
            lines.append(_("Rows of transactions that lost, all that they wrote:"))
            lines += [f"  {hot.lost:>5,}  {one_line(hot.row.shown, 80)}" for hot in heat.top]
            lines += [
                _("  {count:>5,}  {table} (key not told)").format(count=count, table=one_line(table, 60))
                for table, count in heat.not_told.items()
            ]
        return lines
