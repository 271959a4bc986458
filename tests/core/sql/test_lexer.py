"""The lexer: PostgreSQL's token rules by table, and its invariants by random text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsqltui.core.sql.lexer import (
    Inside,
    Kind,
    LineLexer,
    State,
    Token,
    identifier,
    quote_identifier,
    quote_literal,
    scan,
)
from support.sql_text import SQL


def kinds(text: str) -> list[tuple[Kind, str]]:
    return [(token.kind, token.text) for token in scan(text)[0]]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("select a1_$ from É", [(Kind.WORD, "select"), (Kind.WORD, "a1_$"), (Kind.WORD, "from"), (Kind.WORD, "É")]),
        ("'it''s'", [(Kind.STRING, "'it''s'")]),
        (r"'back\' 1", [(Kind.STRING, r"'back\'"), (Kind.NUMBER, "1")]),
        (r"e'it\'s' 1", [(Kind.STRING, r"e'it\'s'"), (Kind.NUMBER, "1")]),
        (r"E'\\' x", [(Kind.STRING, r"E'\\'"), (Kind.WORD, "x")]),
        ("U&'d\\0061' b'01' X'1f' n'x'", [(Kind.STRING, t) for t in ("U&'d\\0061'", "b'01'", "X'1f'", "n'x'")]),
        ('"a""b" U&"c"', [(Kind.IDENT, '"a""b"'), (Kind.IDENT, 'U&"c"')]),
        ("$$a;'b$$", [(Kind.STRING, "$$a;'b$$")]),
        ("$f$ $g$ $$ $f$", [(Kind.STRING, "$f$ $g$ $$ $f$")]),
        ("$é🙂$;$é🙂$", [(Kind.STRING, "$é🙂$;$é🙂$")]),
        ("a$$b", [(Kind.WORD, "a$$b")]),
        ("$1+$23", [(Kind.PARAM, "$1"), (Kind.OP, "+"), (Kind.PARAM, "$23")]),
        ("a--b\nc", [(Kind.WORD, "a"), (Kind.COMMENT, "--b"), (Kind.WORD, "c")]),
        ("--b\rc", [(Kind.COMMENT, "--b"), (Kind.WORD, "c")]),
        ("/* a /* b */ ; */c", [(Kind.COMMENT, "/* a /* b */ ; */"), (Kind.WORD, "c")]),
        ("1 1.5 .5 1e10 1_000 0xFF 0b1 0o7", [(Kind.NUMBER, t) for t in "1 1.5 .5 1e10 1_000 0xFF 0b1 0o7".split()]),
        ("a::int", [(Kind.WORD, "a"), (Kind.OP, "::"), (Kind.WORD, "int")]),
        ("a;b", [(Kind.WORD, "a"), (Kind.SEMICOLON, ";"), (Kind.WORD, "b")]),
        ("a \\i file;'x\nb", [(Kind.WORD, "a"), (Kind.BACKSLASH, "\\i file;'x"), (Kind.WORD, "b")]),
        ("select\u00a0a", [(Kind.WORD, "select\u00a0a")]),
        ("🙂", [(Kind.WORD, "🙂")]),
        ("", []),
        (" \t\r\n\f\v", []),
    ],
)
def test_tokens(text: str, expected: list[tuple[Kind, str]]) -> None:
    assert kinds(text) == expected


@pytest.mark.parametrize(
    ("text", "state"),
    [
        ("", None),
        ("select 1;", None),
        ("'open", Inside("'")),
        ("'open ''", Inside("'")),
        (r"e'open\'", Inside("e'")),
        ('"open', Inside('"')),
        ("$tag$ open $$", Inside("$tag$")),
        ("/* /* */", Inside("/*", 1)),
        ("/* /* /*", Inside("/*", 3)),
        ("-- not open", None),
    ],
)
def test_what_is_open_at_the_end(text: str, state: State) -> None:
    assert scan(text)[1] == state


def test_a_piece_may_begin_inside() -> None:
    tokens, state = scan("b */ c", Inside("/*", 2))
    assert tokens == (Token(Kind.COMMENT, 0, 6, "b */ c"),)
    assert state == Inside("/*", 1)
    tokens, state = scan("''end' x", Inside("'"))
    assert [(token.kind, token.text) for token in tokens] == [(Kind.STRING, "''end'"), (Kind.WORD, "x")]
    assert state is None


@given(SQL)
def test_tokens_and_the_white_space_between_them_are_the_text(text: str) -> None:
    tokens, _ = scan(text)
    position, rebuilt = 0, ""
    for token in tokens:
        assert position <= token.start < token.end
        assert token.text == text[token.start : token.end]
        between = text[position : token.start]
        assert between.strip(" \t\n\r\f\v") == ""
        rebuilt += between + token.text
        position = token.end
    assert text[position:].strip(" \t\n\r\f\v") == ""
    assert rebuilt + text[position:] == text


@given(SQL)
def test_line_by_line_gives_the_same_as_the_whole(text: str) -> None:
    whole, end = scan(text)
    kind_at = {offset: token.kind for token in whole for offset in range(token.start, token.end)}
    state: State = None
    offset = 0
    seen: dict[int, Kind] = {}
    for line in text.split("\n"):
        tokens, state = scan(line, state)
        for token in tokens:
            seen.update((offset + place, token.kind) for place in range(token.start, token.end))
        offset += len(line) + 1
    assert state == end
    assert seen == {place: kind for place, kind in kind_at.items() if text[place] != "\n"}


@given(SQL, st.integers(0, 80))
def test_scanning_goes_on_at_any_line(text: str, cut: int) -> None:
    newline = text.find("\n", cut)
    first, rest = (text, "") if newline < 0 else (text[: newline + 1], text[newline + 1 :])
    _, state = scan(first)
    assert scan(rest, state)[1] == scan(text)[1]


def test_a_carriage_return_ends_a_comment_within_a_line() -> None:
    lines = ["--\r'", "'x"]
    assert [token.text for token in LineLexer(lambda row: lines[row]).tokens(1)] == ["'", "x"]


@given(st.lists(SQL, min_size=1, max_size=6), st.data())
def test_the_line_lexer_is_right_after_edits(lines: list[str], data: st.DataObject) -> None:
    document = [line.replace("\n", " ") for line in lines]
    lexer = LineLexer(lambda row: document[row])
    for _ in range(3):
        row = data.draw(st.integers(0, len(document) - 1))
        lexer.tokens(data.draw(st.integers(0, len(document) - 1)))
        document[row] = data.draw(SQL).replace("\n", " ")
        lexer.changed_from(row)
        state: State = None
        for number, line in enumerate(document):
            expected, state = scan(line, state)
            assert lexer.tokens(number) == expected


@pytest.mark.parametrize(
    ("text", "name"),
    [("Abc", "abc"), ("ÄBC", "Äbc"), ('"Abc"', "Abc"), ('"a""b"', 'a"b'), ('U&"x"', "x"), ("straße", "straße")],
)
def test_identifier(text: str, name: str) -> None:
    (token,) = scan(text)[0]
    assert identifier(token) == name


@given(st.text(min_size=1).filter(lambda name: "\0" not in name))
def test_quoting_an_identifier_is_undone_by_reading_it(name: str) -> None:
    (token,) = scan(quote_identifier(name))[0]
    assert (token.kind, identifier(token)) == (Kind.IDENT, name)


@given(st.text())
def test_a_quoted_literal_is_one_string(value: str) -> None:
    (token,) = scan(quote_literal(value))[0]
    assert token.kind is Kind.STRING
    assert token.text[1:-1].replace("''", "'") == value
