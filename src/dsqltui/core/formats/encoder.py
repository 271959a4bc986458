"""What all formats have in common: text out, a page of rows at a time, so that no result need be in memory."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Protocol

from dsqltui.core.results.outcome import Column, Row

_PAGE_ROWS = 1_000


class Encoder(Protocol):
    """Writes one result. `begin`, then `page` any number of times, then `end`; joined, the texts are the whole."""

    def begin(self) -> str:
        """What stands before the first row."""
        ...

    def page(self, rows: Sequence[Row]) -> str:
        """The next rows; may be empty while the format has to see more of them."""
        ...

    def end(self) -> str:
        """What is left, and what stands behind the last row."""
        ...


def encoded(encoder: Encoder, rows: Iterable[Row]) -> Iterator[str]:
    """The whole text in pieces, for rows that are all here or come from an iterator."""
    yield encoder.begin()
    left = iter(rows)
    while page := tuple(islice(left, _PAGE_ROWS)):
        yield encoder.page(page)
    yield encoder.end()


def unique_names(columns: Sequence[Column]) -> list[str]:
    """Column names without repetition, for formats whose rows are keyed by name: `id`, `id_2`."""
    names: list[str] = []
    taken: set[str] = set()
    for column in columns:
        name, number = column.name, 1
        while name in taken:
            number += 1
            name = f"{column.name}_{number}"
        taken.add(name)
        names.append(name)
    return names
