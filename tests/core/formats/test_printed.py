r"""What `\pset`, `\t`, `\a` and `\x` make of a result: the texts are psql 15's."""

import pytest

from dsqltui.core.formats import encoded
from dsqltui.core.formats.printed import printed
from dsqltui.core.psql.print_options import BadPrintOption, PrintOptions
from dsqltui.core.results.outcome import Column

COLUMNS = (Column("abcdef", 23), Column("b", 25), Column("c", 25), Column("d", 25))
ROWS = (("1", None, "", 'x|"y'), ("2", "a", "b", "c"))


def text_of(*changes: tuple[str, str | None], is_expanded: bool = False, rows: tuple = ROWS) -> str:  # type: ignore[type-arg]
    options = PrintOptions()
    for name, value in changes:
        options, _ = options.changed(name, value)
    columns = COLUMNS if rows else COLUMNS[:1]
    return "".join(encoded(printed(options, columns, is_expanded=is_expanded), rows))


T, UNALIGNED, NULL, TITLE = ("t", None), ("format", "unaligned"), ("null", "NN"), ("title", "title")


@pytest.mark.parametrize(
    ("changes", "is_expanded", "text"),
    [
        ((NULL, T), False, '      1 | NN |   | x|"y\n      2 | a  | b | c\n\n'),
        (
            (NULL, T),
            True,
            'abcdef | 1\nb      | NN\nc      | \nd      | x|"y\n-------+-----\n'
            "abcdef | 2\nb      | a\nc      | b\nd      | c\n\n",
        ),
        ((NULL, T, UNALIGNED), True, 'abcdef|1\nb|NN\nc|\nd|x|"y\n\nabcdef|2\nb|a\nc|b\nd|c\n'),
        ((NULL, TITLE, UNALIGNED), False, 'title\nabcdef|b|c|d\n1|NN||x|"y\n2|a|b|c\n(2 rows)\n'),
        ((NULL, TITLE, T, UNALIGNED), False, '1|NN||x|"y\n2|a|b|c\n'),
        ((NULL, T, UNALIGNED, ("recordsep", "#")), False, '1|NN||x|"y#2|a|b|c\n'),
        (
            (NULL, T, UNALIGNED, ("recordsep", "#")),
            True,
            'abcdef|1#b|NN#c|#d|x|"y##abcdef|2#b|a#c|b#d|c\n',
        ),
        ((NULL, ("format", "csv")), False, 'abcdef,b,c,d\n1,NN,,"x|""y"\n2,a,b,c\n'),
        (
            (("format", "csv"), ("csv_fieldsep", ";")),
            True,
            'abcdef;1\nb;\nc;\nd;"x|""y"\nabcdef;2\nb;a\nc;b\nd;c\n',
        ),
    ],
)
def test_forms(changes: tuple[tuple[str, str | None], ...], is_expanded: bool, text: str) -> None:
    assert text_of(*changes, is_expanded=is_expanded) == text


@pytest.mark.parametrize(
    ("changes", "is_expanded", "text"),
    [
        ((TITLE, UNALIGNED), False, "title\nabcdef\n(0 rows)\n"),
        ((T, UNALIGNED), False, ""),
        ((), True, "(0 rows)\n\n"),
        ((T,), False, "\n"),
        ((T,), True, "\n"),
        ((("footer", "off"),), False, " abcdef \n--------\n\n"),
    ],
)
def test_no_rows(changes: tuple[tuple[str, str | None], ...], is_expanded: bool, text: str) -> None:
    assert text_of(*changes, is_expanded=is_expanded, rows=()) == text


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("format", "a", "Output format is aligned."),
        ("format", "toggle", "Output format is unaligned."),
        ("null", "x", 'Null display is "x".'),
        ("null", None, 'Null display is "".'),
        ("pager", "off", "pager has no effect here: nothing is paged or wrapped."),
        ("border", "1", "border is 1."),
    ],
)
def test_what_is_said(name: str, value: str | None, sentence: str) -> None:
    assert PrintOptions().changed(name, value)[1] == sentence


@pytest.mark.parametrize(
    ("name", "value"),
    [("format", "html"), ("border", "2"), ("nonsense", "1"), ("footer", "maybe"), ("csv_fieldsep", "ab"), ("T", "x")],
)
def test_what_is_refused(name: str, value: str) -> None:
    with pytest.raises(BadPrintOption):
        PrintOptions().changed(name, value)
