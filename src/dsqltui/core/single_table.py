"""Which table a plain SELECT reads, so that its primary key may be looked up, and its rows be inserted again."""

from collections.abc import Iterable
from dataclasses import dataclass

from dsqltui.core.lexer import Kind, Token, identifier, scan
from dsqltui.core.outcome import Row

_NOT_PLAIN = frozenset(
    {"join", "union", "intersect", "except", "group", "distinct", "natural", "cross", "having", "with", "window"}
)


@dataclass(frozen=True, slots=True)
class TableName:
    """As the server stores it."""

    name: str
    schema: str | None = None


def table_of(statement: str) -> TableName | None:
    """The table of `SELECT ... FROM table ...` or `TABLE table`; None for joins, groups and the rest."""
    tokens = [token for token in scan(statement)[0] if token.kind not in (Kind.COMMENT, Kind.SEMICOLON)]
    said = [_word(token) for token in tokens]
    if said[:1] == ["table"]:
        found = _name_at(tokens, 1)
        return found[0] if found else None
    if said[:1] != ["select"]:
        return None
    depth, outer = 0, []
    for at, token in enumerate(tokens):
        depth += (token.text == "(") - (token.text == ")")
        if depth == 0:
            outer.append(at)
    words = [said[at] for at in outer]
    if _NOT_PLAIN & set(words) or words.count("from") != 1:
        return None
    found = _name_at(tokens, outer[words.index("from")] + 1)
    if found is None:
        return None
    table, after = found
    clause = next((at for at in outer if at >= after and said[at] in ("where", "order", "limit", "for")), len(tokens))
    is_alone = all(tokens[at].text != "," for at in outer if after <= at < clause)
    return table if is_alone and clause - after <= 2 else None  # at most an alias, with or without AS


def _word(token: Token) -> str:
    return token.text.lower() if token.kind is Kind.WORD else ""


def _name_at(tokens: list[Token], at: int) -> tuple[TableName, int] | None:
    """The name that begins at `at`, and where it ends; None when none does, as in `FROM (`, or for a function."""
    parts: list[str] = []
    while at < len(tokens) and tokens[at].kind in (Kind.WORD, Kind.IDENT):
        parts.append(identifier(tokens[at]))
        at += 1
        if at < len(tokens) and tokens[at].text == ".":
            at += 1
            continue
        break
    if not 1 <= len(parts) <= 2 or (at < len(tokens) and tokens[at].text == "("):
        return None
    return TableName(parts[-1], parts[0] if len(parts) == 2 else None), at


def key_columns(table: TableName, primary_keys: Iterable[Row]) -> tuple[str, ...]:
    """The table's primary key among rows of `sql/catalog/primary_keys.sql`: schema, table, column. Empty: none.

    Without a schema, the table of that name in public, else the only one of that name.
    """
    found: dict[str, list[str]] = {}
    for schema, name, column in primary_keys:
        if name == table.name and schema is not None and column is not None:
            found.setdefault(schema, []).append(column)
    if table.schema is not None:
        return tuple(found.get(table.schema, ()))
    if "public" in found:
        return tuple(found["public"])
    return tuple(next(iter(found.values()))) if len(found) == 1 else ()
