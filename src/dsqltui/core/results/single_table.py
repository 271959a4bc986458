"""Which table a plain SELECT reads, so that its primary key may be looked up, and its rows be inserted again."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from dsqltui.core.results.outcome import Row
from dsqltui.core.sql.classify import said_words
from dsqltui.core.sql.lexer import Kind, Token, scan
from dsqltui.core.sql.relation_places import RelationPlace, relation_places

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
    tokens = tuple(token for token in scan(statement)[0] if token.kind not in (Kind.COMMENT, Kind.SEMICOLON))
    said = tuple(said_words(tokens))
    places = {place.start: place for place in relation_places(tokens, said)}
    if said[:1] == ("table",):
        return _table_at(tokens, places, 2 if said[1:2] == ("only",) else 1)
    if said[:1] != ("select",):
        return None
    depth, outer = 0, []
    for at, word in enumerate(said):
        depth += (word == "(") - (word == ")")
        if depth == 0:
            outer.append(at)
    words = [said[at] for at in outer]
    if _NOT_PLAIN & set(words) or words.count("from") != 1:
        return None
    at = outer[words.index("from")] + 1
    table = _table_at(tokens, places, at)
    if table is None:
        return None
    after = at + (1 if table.schema is None else 3)
    clause = next((at for at in outer if at >= after and said[at] in ("where", "order", "limit", "for")), len(tokens))
    is_alone = all(said[at] != "," for at in outer if after <= at < clause)
    return table if is_alone and clause - after <= 2 else None  # at most an alias, with or without AS


def _table_at(tokens: tuple[Token, ...], places: Mapping[int, RelationPlace], at: int) -> TableName | None:
    """The table named at the token `at`; None when none is, or one of another database."""
    place = places.get(tokens[at].start) if at < len(tokens) else None
    if place is None:
        return None
    behind = next((token for token in tokens if token.start >= place.end), None)
    return None if behind is not None and behind.text == "." else TableName(place.name, place.schema)


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
