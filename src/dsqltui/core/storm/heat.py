"""Where it conflicts: the rows of transactions that lost, counted by table and key.

The server does not say which row a transaction lost for. All rows that it wrote are counted; over many transactions the
hot ones stand out.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from dsqltui.core.storm.row_keys import RowKey

KEPT_KEYS = 20_000
"""Rows that are told apart; those that come first later are counted together with the keys not told."""
TOP = 10


@dataclass(frozen=True, slots=True)
class HotKey:
    """A row and how often transactions that wrote it lost."""

    row: RowKey
    lost: int


@dataclass(frozen=True, slots=True)
class Heat:
    """The picture at a moment."""

    top: tuple[HotKey, ...]
    """The hottest first, at most TOP."""
    by_table: Mapping[str, int]
    """Rows of losers by table, the hottest table first."""
    keys: int
    """Different rows with a key in sight."""
    told: int
    """Rows of losers whose key was in sight."""
    not_told: Mapping[str, int]
    """Rows of losers whose key was not, by table."""
    hottest_share: float
    """Of `told`, the share of the hottest 1 % of the keys (at least one of them), from 0 to 1."""
    curve: tuple[int, ...] = ()
    """Losers by key, the hottest first: what a heat map shows."""


class HeatMap:
    """Counts."""

    def __init__(self) -> None:
        self._lost: dict[RowKey, int] = {}
        self._not_told: dict[str, int] = {}
        self._tables: dict[str, int] = {}

    def add(self, rows: Iterable[RowKey]) -> None:
        """The rows of a transaction that lost, each once."""
        for row in set(rows):
            self._tables[row.table] = self._tables.get(row.table, 0) + 1
            if not row.key or (row not in self._lost and len(self._lost) >= KEPT_KEYS):
                self._not_told[row.table] = self._not_told.get(row.table, 0) + 1
            else:
                self._lost[row] = self._lost.get(row, 0) + 1

    def hottest(self) -> HotKey | None:
        """The row that most losers wrote."""
        if not self._lost:
            return None
        row = max(self._lost, key=self._lost.__getitem__)
        return HotKey(row, self._lost[row])

    def picture(self, curve: int = 4_000) -> Heat:
        """What is known now; at most `curve` keys in the curve."""
        ordered: Sequence[tuple[RowKey, int]] = sorted(self._lost.items(), key=lambda one: (-one[1], one[0].shown))
        told = sum(count for _, count in ordered)
        hottest = sum(count for _, count in ordered[: max(1, len(ordered) // 100)])
        return Heat(
            tuple(HotKey(row, count) for row, count in ordered[:TOP]),
            dict(sorted(self._tables.items(), key=lambda one: -one[1])),
            len(ordered),
            told,
            dict(sorted(self._not_told.items(), key=lambda one: -one[1])),
            hottest / told if told else 0.0,
            tuple(count for _, count in ordered[:curve]),
        )
