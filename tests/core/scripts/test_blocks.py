r"""Blocks: what is left in psql's query buffer between commands, and which branch of an `\if` is done."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsqltui.core.scripts.blocks import CommandPiece, Conditions, EndPiece, QueryBuffer, SqlPiece, pieces_of
from dsqltui.core.scripts.statement import split
from dsqltui.core.sql.lexer import Kind, scan
from support.sql_text import SQL


def buffered(block: str) -> list[str]:
    """The statements that would be sent if every command did nothing."""
    buffer, sent = QueryBuffer(), list[str]()
    for piece in pieces_of(block):
        if isinstance(piece, SqlPiece):
            buffer.add(piece.text, piece.start)
        elif isinstance(piece, EndPiece):
            sent.append(buffer.text)
            buffer.clear()
    return [*sent, buffer.text] if buffer.text else sent


@pytest.mark.parametrize(
    ("block", "sent"),
    [
        ("delete from t\n\\echo x\n where id = 1;", ["delete from t\n where id = 1"]),
        ("delete from t\r\n\\echo x\r\n where id = 1;", ["delete from t\r\n where id = 1"]),
        ("select 1 \\echo a \\echo b\n+ 2;", ["select 1 \n+ 2"]),
        ("select 1\n  \\echo a\n+ 2;", ["select 1\n  \n+ 2"]),
        ("select 1 \\set x 1 \\\\ + 2;", ["select 1  + 2"]),
        ("\n -- a\n\\echo x\n-- b\n/* c */ select 1;", ["/* c */ select 1"]),
        ("select ';\n\\echo' \\p\n;select 2", ["select ';\n\\echo' \n", "select 2"]),
        ("select (1; \\p\n); select 2;", ["select (1; \n)", "select 2"]),
        ("\\copy t from stdin\n1;\n\\.\nselect 1;", ["select 1"]),
    ],
)
def test_what_is_sent(block: str, sent: list[str]) -> None:
    assert [text.strip("\n") if "copy" in block else text for text in buffered(block)] == sent


@given(SQL, st.sampled_from(["\\echo x\n", "\\p\n", "\\if true\n", "\\endif\n", "\\\\\n"]))
def test_no_token_is_lost(script: str, command: str) -> None:
    block = script + "\n" + command + script
    covered = set[int]()
    for piece in pieces_of(block):
        end = piece.end if isinstance(piece, CommandPiece) else piece.start + 1
        end = piece.start + len(piece.text) if isinstance(piece, SqlPiece) else end
        covered |= set(range(piece.start, end))
        if isinstance(piece, CommandPiece | EndPiece) and piece.copy_data is not None:
            return  # its rows are no tokens
    for token in scan(block)[0]:
        if token.kind is not Kind.BACKSLASH:
            assert covered.issuperset(range(token.start, token.end)), token


@given(SQL)
def test_the_offsets_are_those_of_the_text(script: str) -> None:
    for statement in split(script):
        for piece in pieces_of(statement.text):
            if not isinstance(piece, EndPiece):
                assert statement.text.startswith(piece.text, piece.start)


def active(*words: str) -> list[bool]:
    """Whether what follows is done, after each of the words; a + behind one: its condition holds."""
    it = Conditions()
    found = []
    for word in words:
        assert not it.take(word.rstrip("+"), is_true=word.endswith("+"))
        found.append(it.is_active)
    assert it.is_closed
    return found


@pytest.mark.parametrize(
    ("words", "is_done"),
    [
        ("if+ endif", [True, True]),
        ("if endif", [False, True]),
        ("if else endif", [False, True, True]),
        ("if+ else endif", [True, False, True]),
        ("if elif+ elif+ else endif", [False, True, False, False, True]),
        ("if+ elif+ else endif", [True, False, False, True]),
        ("if if+ else endif else endif", [False, False, False, False, True, True]),
        ("if+ if else endif endif", [True, False, True, True, True]),
    ],
)
def test_branches(words: str, is_done: list[bool]) -> None:
    assert active(*words.split()) == is_done


def test_conditions_that_do_not_count_are_not_read() -> None:
    it = Conditions()
    assert it.wants_value("if")
    it.take("if")
    assert not it.wants_value("if")
    assert it.wants_value("elif")
    it.take("elif", is_true=True)
    assert not it.wants_value("elif")


def test_what_stands_where_it_cannot() -> None:
    it = Conditions()
    assert it.take("else") == r"\else: no matching \if"
    assert it.take("endif") == r"\endif: no matching \if"
    it.take("if")
    it.take("else")
    assert it.take("else") == r"\else: cannot occur after \else"
    assert it.take("elif", is_true=True) == r"\elif: cannot occur after \else"
