"""Whether a statement is the one that is meant, however it was written.

Two answers: it has all the words that the lab names, in their order; or it is of the same kind and touches the same
tables and values, so that what the server answered may decide (`select *`, `between`, another order of columns).
"""

from collections.abc import Iterator, Sequence

from dsqltui.core.scripts.statement import StatementKind, words
from dsqltui.core.sql.lexer import scan

_BY_KIND = {
    "begin": StatementKind.BEGIN,
    "commit": StatementKind.COMMIT,
    "rollback": StatementKind.ROLLBACK,
}


def words_of(text: str) -> tuple[str, ...]:
    """The words of SQL, or of a part of it: lower case, comments left out, strings as they are.

    Names are normalised: without needless quotes, and without what stands before their last dot. So it does not
    matter whether a schema was written or found by the search_path, or a table has a short name in the statement.
    """
    if text.startswith("\\"):
        return tuple(text.rstrip(";").split())
    return tuple(_normalised(list(words(scan(text)[0]))))


def has_words(sql: str, kind: StatementKind, wanted: Sequence[str]) -> bool:
    """Whether a statement has these words in this order; `begin`, `commit`, `rollback` alone mean the kind."""
    if len(wanted) == 1 and wanted[0] in _BY_KIND:
        return kind is _BY_KIND[wanted[0]]
    rest = iter(words_of(sql))
    return all(word in rest for word in wanted)


def is_of_the_kind(sql: str, wanted: str) -> bool:
    """Whether a statement begins with the same word, and has the tables and the strings that `wanted` names."""
    needed = _tables_and_strings(wanted)
    if not any(not word.startswith("'") for word in needed):
        return False  # without a table any statement would do
    there = words_of(sql)
    return bool(there) and there[0] == words_of(wanted)[0] and all(word in there for word in needed)


def same_text(one: str, other: str) -> bool:
    """Whether two statements are the same words."""
    return words_of(one) == words_of(other)


def _tables_and_strings(text: str) -> tuple[str, ...]:
    if text.startswith("\\"):
        return ()
    found = []
    tokens = list(words(scan(text)[0]))
    for place, token in enumerate(tokens):
        if token.startswith("'"):
            found.append(token)
        elif token == "." and place + 1 < len(tokens):
            found.append(_bare(tokens[place + 1]))
    return tuple(found)


def _normalised(tokens: Sequence[str]) -> Iterator[str]:
    for place, token in enumerate(tokens):
        if token == "." or (place + 1 < len(tokens) and tokens[place + 1] == "." and token != ")"):
            continue
        if token != ";":
            yield _bare(token)


def _bare(token: str) -> str:
    """A quoted name that needs no quotes is the name."""
    inner = token[1:-1]
    is_plain = inner.replace("_", "a").isalnum() and inner == inner.lower() and not inner[:1].isdigit()
    return inner if token.startswith('"') and token.endswith('"') and is_plain else token
