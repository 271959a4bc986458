"""Whether a statement is the one that is meant, however it was written."""

from collections.abc import Sequence

from dsqltui.core.scripts.statement import StatementKind, words
from dsqltui.core.sql.lexer import scan

_BY_KIND = {
    "begin": StatementKind.BEGIN,
    "commit": StatementKind.COMMIT,
    "rollback": StatementKind.ROLLBACK,
}


def words_of(text: str) -> tuple[str, ...]:
    """The words of SQL, or of a part of it: lower case, comments left out, strings as they are."""
    if text.startswith("\\"):
        return tuple(text.split())
    return tuple(words(scan(text)[0]))


def has_words(sql: str, kind: StatementKind, wanted: Sequence[str]) -> bool:
    """Whether a statement has these words in this order; `begin`, `commit`, `rollback` alone mean the kind."""
    if len(wanted) == 1 and wanted[0] in _BY_KIND:
        return kind is _BY_KIND[wanted[0]]
    rest = iter(words_of(sql))
    return all(word in rest for word in wanted)
