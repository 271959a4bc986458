"""Textual's own bookkeeping of lines, and ours: the same answers."""

import random

from textual.document._document import Document
from textual.document._wrapped_document import WrappedDocument
from textual.geometry import Offset

from dsqltui.ui.textual_patches.light_document import LightDocument

PIECES = ("select", " ", "\t", "\n", "顧客", "é", "e\u0301", "🙂", ";")


def answers(wrapped: WrappedDocument) -> list[object]:
    rows = [*range(wrapped.document.line_count)]
    places = [(row, column) for row in rows for column in range(len(wrapped.document[row]) + 1)]
    cells = [Offset(x, y) for y in (*rows, len(rows) + 2) for x in (0, 1, 2, 5, 9, 40)]
    return [
        wrapped.height,
        wrapped.wrapped,
        [wrapped.location_to_offset(place) for place in places],
        [wrapped.offset_to_location(cell) for cell in cells],
        [wrapped.get_target_document_column(row, x, 0) for row in rows for x in (0, 3, 8, 90)],
        [wrapped.get_sections(row) for row in rows],
        [wrapped.get_offsets(row) for row in rows],
    ]


def test_it_answers_as_textual_does() -> None:
    for seed in range(60):
        rng = random.Random(seed)
        text = "".join(rng.choice(PIECES) for _ in range(rng.randint(0, 30)))
        document, other = Document(text), Document(text)
        stock, light = WrappedDocument(document), LightDocument(other)
        for width in (0, 7, 0):
            stock.wrap(width)
            light.wrap(width)
            assert answers(light) == answers(stock), (seed, width)
            row = rng.randrange(document.line_count)
            new = rng.choice(PIECES)
            for one, wrapped in ((document, stock), (other, light)):
                changed = one.replace_range((row, 0), (row, 0), new)
                wrapped.wrap_range((row, 0), (row, 0), changed.end_location)
            assert answers(light) == answers(stock), (seed, width)
