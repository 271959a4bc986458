r"""What is known of a `\batch` from its journal: which keys are done, which are in doubt, which are left."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from dsqltui.core.language import _


@dataclass(frozen=True, slots=True, order=True)
class Part:
    """Keys of one transaction: of the batch with that number, from 0, those from `first` up to `end`."""

    batch: int
    first: int
    end: int

    def as_list(self) -> list[int]:
        """For a record."""
        return [self.batch, self.first, self.end]

    @property
    def size(self) -> int:
        """Keys."""
        return self.end - self.first

    def halves(self) -> "tuple[Part, Part]":
        """Two parts of it; it has two keys or more."""
        middle = (self.first + self.end) // 2
        return Part(self.batch, self.first, middle), Part(self.batch, middle, self.end)


@dataclass(frozen=True, slots=True)
class Images:
    """What a transaction made of its rows, written down before its COMMIT was sent."""

    rows: int
    """That it changed."""
    before: tuple[str, ...]
    """A print of each row's key, a colon, and one of the columns that are set."""
    after: tuple[str, ...]


@dataclass(slots=True)
class BatchLedger:
    """Take records with `hear`, in the order in which they were written."""

    sizes: list[int] = field(default_factory=list)
    """Keys of each batch."""
    places: list[int] = field(default_factory=list)
    """Where the keys of each batch stand in the journal, in bytes."""
    has_all_keys: bool = False
    is_complete: bool = False
    ending: str = ""
    rows_changed: int = 0
    keys_done: int = 0
    transactions: int = 0
    doubts: dict[Part, Images | None] = field(default_factory=dict)
    """Parts that were sent and whose fate nobody recorded; without images COMMIT was not sent yet."""
    _done: dict[int, list[Part]] = field(default_factory=dict)

    def hear(self, record: Mapping[str, object], place: int = 0) -> None:
        """One record and where it stands. Raises ValueError when it is damaged."""
        what = record.get("is")
        match what:
            case "keys":
                keys = record.get("keys")
                self.sizes.append(len(keys) if isinstance(keys, list) else 0)
                self.places.append(place)
            case "all keys":
                self.has_all_keys = True
            case "complete":
                self.is_complete = True
            case "ended":
                self.ending = str(record.get("said", ""))
            case "resumed":
                self.ending = ""
            case "sent" | "commit" | "done" | "out":
                self._hear_part(str(what), _part(record), record)

    def _hear_part(self, what: str, part: Part, record: Mapping[str, object]) -> None:
        if what == "sent":
            self.doubts[part] = None
        elif what == "commit":
            self.doubts[part] = Images(_number(record, "rows"), _texts(record, "before"), _texts(record, "after"))
        else:
            self.doubts.pop(part, None)
        if what == "done":
            self.rows_changed += _number(record, "rows")
            self.keys_done += part.size
            self.transactions += 1
            self._done.setdefault(part.batch, []).append(part)

    @property
    def keys(self) -> int:
        """Of all batches."""
        return sum(self.sizes)

    def left(self) -> list[Part]:
        """What is to be done, what is in doubt not among it."""
        found = []
        for batch, size in enumerate(self.sizes):
            at = 0
            known = [*self._done.get(batch, ()), *(part for part in self.doubts if part.batch == batch)]
            for part in sorted(known):
                if part.first > at:
                    found.append(Part(batch, at, part.first))
                at = max(at, part.end)
            if at < size:
                found.append(Part(batch, at, size))
        return found


def batch_ledger_of(records: Iterable[tuple[int, Mapping[str, object]]]) -> BatchLedger:
    """From all records and their places. Raises ValueError when one is damaged."""
    ledger = BatchLedger()
    for place, record in records:
        ledger.hear(record, place)
    return ledger


def _part(record: Mapping[str, object]) -> Part:
    numbers = record.get("part")
    if not isinstance(numbers, list) or len(numbers) != 3 or not all(type(n) is int for n in numbers):
        raise ValueError(_("a record of the journal is damaged"))
    return Part(*numbers)


def _number(record: Mapping[str, object], name: str) -> int:
    value = record.get(name)
    return value if isinstance(value, int) else 0


def _texts(record: Mapping[str, object], name: str) -> tuple[str, ...]:
    value = record.get(name)
    return tuple(str(one) for one in value) if isinstance(value, list) else ()
