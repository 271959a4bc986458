"""Offsets of a text kept as lines, beside what counting gives."""

from hypothesis import given
from hypothesis import strategies as st

from dsqltui.core.text.line_index import LineIndex

lines = st.lists(st.text(alphabet="ab東", max_size=5), min_size=1, max_size=6)


@given(lines, lines)
def test_places_and_offsets_lead_to_each_other_after_every_change(first: list[str], then: list[str]) -> None:
    now = first
    index = LineIndex(lambda: now)
    for now in (first, then):
        index.forget()
        text = "\n".join(now)
        assert index.text == text
        for offset in range(len(text) + 1):
            row, column = index.location_at(offset)
            assert (row, column) == (text.count("\n", 0, offset), offset - (text.rfind("\n", 0, offset) + 1))
            assert index.offset_at(row, column) == offset
        assert index.location_at(len(text) + 5) == (len(now) - 1, len(now[-1]))
        assert index.location_at(-1) == (0, 0)
