r"""What is known of a load that was cut into transactions, from the records of its journal.

A record is written before a piece of the file is sent, and another one when its fate is known. A program that was
killed between the two leaves a piece that may or may not be in: the ledger names it, and nobody loads it again before
it was looked for.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from dsqltui.core.language import _


@dataclass(frozen=True, slots=True)
class Piece:
    """Whole rows of a file that make one transaction."""

    start: int
    """Byte offset of the first row."""
    end: int
    """Byte offset behind the last one."""
    line: int
    """Number of the first line, 1 for the file's first."""
    lines: int
    """Lines, more than `rows` when values hold line ends."""
    rows: int

    def as_list(self) -> list[int]:
        """For a record."""
        return [self.start, self.end, self.line, self.lines, self.rows]

    @classmethod
    def of_list(cls, numbers: object) -> "Piece":
        """From a record. Raises ValueError."""
        if not isinstance(numbers, list) or len(numbers) != 5 or not all(type(n) is int for n in numbers):
            raise ValueError(_("a record of the journal is damaged"))
        return cls(*numbers)


@dataclass(frozen=True, slots=True)
class Gap:
    """A part of the file that is still to be loaded."""

    start: int
    line: int
    end: int | None
    """None: to the end of the file."""


@dataclass(slots=True)
class LoadLedger:
    """Take records with `hear`, in the order in which they were written."""

    rows_in: int = 0
    rejected: int = 0
    rejects_bytes: int = 0
    """Size of the file of rejected rows when the last of them was recorded."""
    reasons_bytes: int = 0
    """The same of the file that says why."""
    is_complete: bool = False
    ending: str = ""
    """What was said when it ended by itself; empty when it was killed or still runs."""
    uncertain: dict[tuple[int, int], Piece] = field(default_factory=dict)
    """Pieces that were sent and whose fate nobody recorded, by their offsets."""
    _done: list[Piece] = field(default_factory=list)

    def hear(self, record: Mapping[str, object]) -> None:
        """One record. Raises ValueError when it is damaged."""
        what = record.get("is")
        if what == "resumed":
            self.ending = ""
        elif what == "complete":
            self.is_complete = True
        elif what == "ended":
            self.ending = str(record.get("said", ""))
        elif what in ("sent", "in", "out", "rejected"):
            piece = Piece.of_list(record.get("piece"))
            key = piece.start, piece.end
            if what == "sent":
                self.uncertain[key] = piece
                return
            self.uncertain.pop(key, None)
            if what == "in":
                self._done.append(piece)
                self.rows_in += _number(record, "rows")
            elif what == "rejected":
                self._done.append(piece)
                self.rejected += 1
                self.rejects_bytes = _number(record, "rejects_bytes")
                self.reasons_bytes = _number(record, "reasons_bytes")

    def gaps(self, start: int, line: int) -> list[Gap]:
        """What is left of a file whose rows begin at that offset and line, uncertain pieces not among it."""
        found: list[Gap] = []
        for piece in sorted((*self._done, *self.uncertain.values()), key=lambda piece: piece.start):
            if piece.start > start:
                found.append(Gap(start, line, piece.start))
            if piece.end > start:
                start, line = piece.end, piece.line + piece.lines
        return [*found, Gap(start, line, None)]

    @property
    def bytes_done(self) -> int:
        """Of the file."""
        return sum(piece.end - piece.start for piece in self._done)

    @property
    def is_begun(self) -> bool:
        """Whether something of it may be in."""
        return bool(self._done or self.uncertain)


def ledger_of(records: Iterable[Mapping[str, object]]) -> LoadLedger:
    """From all records. Raises ValueError when one is damaged."""
    ledger = LoadLedger()
    for record in records:
        ledger.hear(record)
    return ledger


def _number(record: Mapping[str, object], name: str) -> int:
    value = record.get(name)
    return value if isinstance(value, int) else 0
