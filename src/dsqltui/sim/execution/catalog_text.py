"""Views and SQL functions of clients that read the catalogs: stored so that they show what a query would.

A query of a catalog is sent as one of its filtered view (`sim/sql/catalog_use.py`). PostgreSQL keeps the text of a view
or a function, so what stands in it is replaced when it is made; `sql/sim/code/7-names.sql` shows texts as they were.
"""

from collections.abc import Iterator

from dsqltui.core.scripts.statement import split
from dsqltui.core.sql.lexer import Kind, Token, scan
from dsqltui.sim.sql.analysis import analyse
from dsqltui.sim.sql.rewrite import Replacement, replaced

_QUOTE = "$dsql$"


def shown_catalogs(sql: str) -> Iterator[Replacement]:
    """Filtered views for the catalogs in a CREATE VIEW or CREATE FUNCTION; nothing for other statements."""
    tokens = [token for token in scan(sql)[0] if token.kind is not Kind.COMMENT]
    words = [token.text.lower() if token.kind is Kind.WORD else "" for token in tokens]
    if words[:1] != ["create"]:
        return
    made = [word for word in words[1:5] if word not in ("or", "replace", "recursive", "temporary", "temp")][:1]
    if made == ["view"]:
        yield from _in_view(sql, tokens, words)
    elif made == ["function"]:
        yield from _in_function(sql, tokens, words)


def _in_view(sql: str, tokens: list[Token], words: list[str]) -> Iterator[Replacement]:
    """What follows the AS that no parentheses enclose."""
    depth = 0
    for index, token in enumerate(tokens):
        depth += (token.text == "(") - (token.text == ")")
        if words[index] == "as" and depth == 0 and index + 1 < len(tokens):
            yield from _in_statements(sql[tokens[index + 1].start :], tokens[index + 1].start)
            return


def _in_function(sql: str, tokens: list[Token], words: list[str]) -> Iterator[Replacement]:
    for index in range(len(tokens) - 1):
        following = tokens[index + 1]
        if words[index] == "as" and following.kind is Kind.STRING:
            yield from _in_string(following)
            return
        if words[index : index + 2] == ["begin", "atomic"]:
            yield from _in_statements(sql[following.end :], following.end)
            return
        if words[index] == "return" and words[index - 1] != "returns":
            yield from _in_statements("select " + sql[following.start :], following.start - len("select "))
            return


def _in_string(body: Token) -> Iterator[Replacement]:
    """A body in dollar quotes or plain ones; those with escapes are left as they are."""
    if body.text[0] == "$":
        length = body.text.index("$", 1) + 1
        yield from _in_statements(body.text[length : len(body.text) - length], body.start + length)
    elif body.text[0] == "'" and _QUOTE not in body.text:
        text = body.text[1:-1].replace("''", "'")
        found = list(_in_statements(text, 0))
        if found:
            yield Replacement(body.start, body.end, f"{_QUOTE}{replaced(text, found).text}{_QUOTE}")


def _in_statements(text: str, offset: int) -> Iterator[Replacement]:
    for statement in split(text):
        use = analyse(statement.text).catalog_use
        for each in use.shown if use is not None else ():
            start = offset + statement.start
            yield Replacement(start + each.start, start + each.end, each.text)
