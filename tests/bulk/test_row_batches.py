"""Files cut into batches: every row once, each with its place, whatever quotes and line ends are in it."""

import io
import itertools
import random

import pytest

from dsqltui.core.bulk.copy_values import read_value_format, values_of
from dsqltui.core.bulk.ledger import Gap, LoadLedger, Piece
from dsqltui.core.results.copy_rows import read_options, rows_of
from dsqltui.runner.bulk.row_batches import BatchReader, RowBatch

FILES = {
    "plain": ("csv", b"1,a\n2,b\n3,c\n4,d\n5,e\n"),
    "no end of line": ("csv", b"1,a\n2,b\n3,c"),
    "header": ("csv header", b"id,v\n1,a\n2,b\n3,c\n"),
    "header over two lines": ("csv header", b'id,"v\nw"\n1,a\n2,b\n'),
    "mark": ("csv header", b"\xef\xbb\xbfid,v\n1,a\n2,b\n"),
    "quoted line ends": ("csv", b'1,"a\nb"\n2,"c"\n3,"d\n\ne"\n4,f\n'),
    "quotes in every line": ("csv", b'1,"a"\n2,"b ""x"""\n3,"c"\n'),
    "own escape": ("csv escape '\\'", b'1,"a \\" b"\n2,"c\n3"\n4,d\n'),
    "text": ("", b"1\ta\n2\tb\\\nc\n3\td\n"),
    "end mark": ("csv", b"1,a\n2,b\n\\.\n3,c\n"),
    "empty": ("csv", b""),
    "only a header": ("csv header", b"id\n"),
}


def batches(options: str, data: bytes, size: int, gaps: list[Gap] | None = None) -> list[RowBatch]:
    reader = BatchReader(io.BytesIO(data), "x", read_options(options), size)
    reader.open()
    if gaps is not None:
        reader.limit_to(gaps)
    found = []
    while (batch := reader.next()) is not None:
        found.append(batch)
    return found


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("size", [1, 2, 3, 100])
def test_every_row_once_with_its_place(name: str, size: int) -> None:
    options, data = FILES[name]
    form = read_options(options)
    expected = list(rows_of(io.BytesIO(data.removeprefix(b"\xef\xbb\xbf")), form))[form.has_header :]
    found = batches(options, data, size)
    assert [row for batch in found for row in batch.rows()] == expected
    for batch in found:
        piece = batch.piece
        assert data[piece.start : piece.end] == batch.data
        assert piece.rows == len(batch.rows()) <= size
        assert piece.line == data[: piece.start].count(b"\n") + 1
    assert all(one.piece.end == two.piece.start for one, two in itertools.pairwise(found))


@pytest.mark.parametrize("seed", range(30))
def test_what_earlier_runs_loaded_is_left_out_and_nothing_else(seed: int) -> None:
    draw = random.Random(seed)
    options, data = draw.choice([entry for entry in FILES.values() if entry[1].count(b"\n") > 2])
    first = batches(options, data, draw.randint(1, 3))
    ledger = LoadLedger()
    for batch in first:
        ledger.hear({"is": "sent", "piece": batch.piece.as_list()})
        fate = draw.choice(["in", "out", ""])
        if fate:
            ledger.hear({"is": fate, "piece": batch.piece.as_list(), "rows": batch.piece.rows})
        if fate == "in":
            assert ledger.rows_in >= batch.piece.rows
    done = [tuple(batch.rows()) for batch in first if (batch.piece.start, batch.piece.end) in ledger.uncertain]
    start, line = first[0].piece.start, first[0].piece.line
    rest = batches(options, data, draw.randint(1, 4), ledger.gaps(start, line))
    taken = sum(batch.piece.rows for batch in rest)
    assert taken + ledger.rows_in + sum(map(len, done)) == sum(batch.piece.rows for batch in first)
    for batch in rest:
        assert data[batch.piece.start : batch.piece.end] == batch.data
        assert batch.piece.line == data[: batch.piece.start].count(b"\n") + 1


def test_a_batch_in_parts() -> None:
    (batch,) = batches("csv", b'1,a\n2,"b\nc"\n3,d\n4,e\n', 10)
    parts = batch.parts(1, 1, 10)
    assert [part.data for part in parts] == [b"1,a\n", b'2,"b\nc"\n', b"3,d\n4,e\n"]
    assert [part.piece for part in parts] == [
        Piece(0, 4, 1, 1, 1),
        Piece(4, 12, 2, 2, 1),
        Piece(12, 20, 4, 2, 2),
    ]
    assert [part.piece.rows for part in batch.parts(0, 2, 9)] == [2, 2]


@pytest.mark.parametrize(
    ("options", "row", "values"),
    [
        ("csv", b'1,"a ""b"",\nc",,""\n', ["1", 'a "b",\nc', None, ""]),
        ("csv delimiter ';' null 'nil'", b"1;nil;\r\n", ["1", None, ""]),
        ("csv escape '\\'", b'1,"a\\"b"\n', ["1", 'a"b']),
        ("csv quote ''''", b"1,'a,b'\n", ["1", "a,b"]),
        ("", b"1\t\\N\ta\\tb\\\\\\x41\\101\t\n", ["1", None, "a\tb\\AA", ""]),
        ("delimiter '|'", b"1|a\\|b\n", ["1", "a|b"]),
    ],
)
def test_values_of_a_row(options: str, row: bytes, values: list[str | None]) -> None:
    assert values_of(row, read_value_format(options, read_options(options))) == values
