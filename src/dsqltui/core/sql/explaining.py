"""EXPLAIN around a statement, and a statement out of its EXPLAIN."""

from dsqltui.core.sql.classify import StatementKind, Writes, classify, said_words
from dsqltui.core.sql.lexer import Kind, scan

_EXPLAINED = frozenset({"select", "values", "table", "insert", "update", "delete", "merge"})


def can_be_explained(sql: str) -> bool:
    """Whether it is a query or a write of rows, which have plans; an EXPLAIN is none."""
    what = classify(sql)
    return what.verb in _EXPLAINED and what.kind in (StatementKind.READ, StatementKind.WRITE) and what.copy is None


def changes_data(sql: str) -> bool:
    """Whether EXPLAIN ANALYZE of it may change data."""
    what = classify(sql)
    return what.writes is not Writes.NO or what.row_flag is not None


def explain_words(*, is_analyzed: bool, lacks_values: bool = False) -> str:
    """What stands before the statement, a blank at its end. Without ANALYZE nothing is run, nor where $1 has no value:
    then it is a plan for any value."""
    if lacks_values:
        return "EXPLAIN (VERBOSE, GENERIC_PLAN) "
    return "EXPLAIN (ANALYZE, VERBOSE) " if is_analyzed else "EXPLAIN (VERBOSE) "


def has_parameters(sql: str) -> bool:
    """Whether $1 or the like stands in it."""
    return any(token.kind is Kind.PARAM for token in scan(sql)[0])


def without_explain(sql: str) -> str:
    """The statement that an EXPLAIN explains; any other statement as it is."""
    tokens = [token for token in scan(sql)[0] if token.kind not in (Kind.COMMENT, Kind.SEMICOLON)]
    words = said_words(tokens)
    if words[:1] != ["explain"]:
        return sql
    at = 1
    if words[1:2] == ["("] and ")" in words and words[2:3] not in (["select"], ["values"], ["with"], ["table"], ["("]):
        at = words.index(")") + 1
    while words[at : at + 1] in (["analyze"], ["analyse"], ["verbose"]):
        at += 1
    return sql[tokens[at].start : tokens[-1].end] if at < len(tokens) else ""
