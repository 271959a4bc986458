"""Where rows of COPY data end: checked against Python's csv module, and by hand for the text format."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsqltui.core.results.copy_rows import CopyFormat, read_options, rows_of


@pytest.mark.parametrize(
    ("options", "form"),
    [
        ("", CopyFormat()),
        ("csv", CopyFormat(True)),
        ("csv header", CopyFormat(True, True)),
        (r"csv escape '\'", CopyFormat(True, False, b'"', b"\\")),
        ("with csv quote as '''' header", CopyFormat(True, True, b"'", b"'")),
        ("with (format csv, header true, quote '~')", CopyFormat(True, True, b"~", b"~")),
        ("with (format csv, header false, escape e'\\\\')", CopyFormat(True, False, b'"', b"\\")),
        ("(format 'csv', header)", CopyFormat(True, True)),
        ("delimiter '|' null 'csv header'", CopyFormat()),
    ],
)
def test_options(options: str, form: CopyFormat) -> None:
    assert read_options(options) == form


@given(st.lists(st.lists(st.text('ab",\n\\ ', max_size=6), min_size=1, max_size=3), max_size=8))
def test_csv_rows(table: list[list[str]]) -> None:
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\n", quoting=csv.QUOTE_ALL).writerows(table)
    data = buffer.getvalue().encode()
    rows = list(rows_of(io.BytesIO(data), CopyFormat(is_csv=True)))
    assert b"".join(rows) == data
    assert [next(csv.reader(io.StringIO(row.decode(), newline=""))) for row in rows] == table


def test_csv_with_another_escape() -> None:
    data = b'1,"a \\" b\nstill"\n2,"x\\\\"\n3,plain \\" here\n4,end'
    rows = list(rows_of(io.BytesIO(data), CopyFormat(True, escape=b"\\")))
    assert rows[:2] == [b'1,"a \\" b\nstill"\n', b'2,"x\\\\"\n']


def test_text_rows_go_on_behind_a_backslash() -> None:
    data = b"1\ta\\\nb\n2\tc\\\\\n3\td\n\\.\n4\tnever\n"
    assert list(rows_of(io.BytesIO(data), CopyFormat())) == [b"1\ta\\\nb\n", b"2\tc\\\\\n", b"3\td\n"]
