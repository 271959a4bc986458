"""Each format over what is awkward in it; what psql and COPY write is compared in tests/client/test_formats_like_psql.py."""

import csv
import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsqltui.core.formats import Format, encoded, encoder
from dsqltui.core.results.outcome import Column, Row

INT8, TEXT, BOOL, JSONB, NUMERIC, FLOAT8 = 20, 25, 16, 3802, 1700, 701
COLUMNS = (Column("id", INT8), Column("note", TEXT))


def written(format_: Format, columns: tuple[Column, ...], *rows: Row, **options: str) -> str:
    return "".join(encoded(encoder(format_, columns, **options), rows))


def test_csv_tells_null_from_empty() -> None:
    assert written(Format.CSV, COLUMNS, ("1", None), ("2", ""), ("3", 'a "b", c\nd')) == (
        'id,note\n1,\n2,""\n3,"a ""b"", c\nd"\n'
    )


@pytest.mark.parametrize(("value", "field"), [(None, ""), ("", '""'), ("\\.", '"\\."'), ("a\rb", '"a\rb"')])
def test_csv_of_one_column(value: str | None, field: str) -> None:
    assert written(Format.CSV, (Column("n", TEXT),), (value,)) == f"n\n{field}\n"


@given(st.lists(st.tuples(st.text(), st.text(), st.one_of(st.none(), st.text())), max_size=8))
def test_csv_is_read_back_by_python(rows: list[Row]) -> None:
    columns = (Column("a", TEXT), Column("b", TEXT), Column("c", TEXT))
    text = "".join(encoded(encoder(Format.CSV, columns), rows))
    read = list(csv.reader(io.StringIO(text, newline=""), strict=True))[1:]
    assert read == [[value or "" for value in row] for row in rows]


def test_tsv_escapes_as_copy_does() -> None:
    assert written(Format.TSV, COLUMNS, ("1", None), ("2", "a\tb\\c\nd")) == "id\tnote\n1\t\\N\n2\ta\\tb\\\\c\\nd\n"


def test_json_keeps_numbers_booleans_and_json() -> None:
    columns = (
        Column("n", INT8),
        Column("n", NUMERIC),
        Column("ok", BOOL),
        Column("doc", JSONB),
        Column("f", FLOAT8),
        Column("t", TEXT),
    )
    row = ("9007199254740993", "1.50", "t", '{"a": [1,\n 2]}', "NaN", 'q"\x01é')
    text = written(Format.JSONL, columns, row, (None,) * 6)
    first, second = text.splitlines()
    assert json.loads(first) == {
        "n": 9007199254740993,
        "n_2": 1.5,
        "ok": True,
        "doc": {"a": [1, 2]},
        "f": "NaN",
        "t": 'q"\x01é',
    }
    assert '"n_2": 1.50' in first  # the digits the server wrote
    assert set(json.loads(second).values()) == {None}
    assert json.loads(written(Format.JSON, columns, row, row)) == [json.loads(first)] * 2
    assert json.loads(written(Format.JSON, columns)) == []


def test_markdown_shows_markup_as_text() -> None:
    text = written(Format.MARKDOWN, COLUMNS, ("1", "a|b <i> *x* snake_case _y_\nz"), ("2", None))
    assert text.splitlines() == [
        "| id | note |",
        "| ---: | --- |",
        "| 1 | a\\|b &lt;i> \\*x\\* snake_case \\_y\\_<br>z |",
        "| 2 | NULL |",
    ]


def test_insert_quotes_what_needs_it_and_stays_below_the_row_limit() -> None:
    columns = (Column("id", INT8), Column("Order", TEXT), Column("ok", BOOL), Column("x", FLOAT8))
    text = written(Format.INSERT, columns, ("-1", "it's", "f", "Infinity"), (None, None, None, "1e-07"), table="t")
    assert text == (
        "INSERT INTO t (id, \"Order\", ok, x) VALUES\n  (-1, 'it''s', false, 'Infinity'),\n"
        "  (NULL, NULL, NULL, 1e-07);\n"
    )
    many = "".join(encoded(encoder(Format.INSERT, COLUMNS, table="t"), [("1", "x")] * 1_001))
    assert (many.count("INSERT"), many.count(";\n"), many.count("(1, 'x')")) == (3, 3, 1_001)


def test_a_table_makes_controls_visible() -> None:
    text = written(Format.TABLE, COLUMNS, ("1", "\x1b[31m\x9b\ud800"))
    assert "\\x1B[31m\\u009B\\uD800" in text


def test_a_large_table_is_written_while_it_comes() -> None:
    table = encoder(Format.TABLE, COLUMNS)
    table.begin()
    assert table.page([("1", "x")] * 4_000) == ""
    assert table.page([("1", "x")] * 1_000).count("\n") == 5_002
    assert table.page([("1", "longer")] * 2) == "  1 | longer\n" * 2
    assert table.end() == "(5002 rows)\n\n"


def test_every_format_can_write_nothing() -> None:
    for format_ in Format:
        assert isinstance(written(format_, COLUMNS), str)
