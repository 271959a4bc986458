"""Catalogs named where a view cannot stand for them: with their system columns, or grouped by their key.

A view has no `tableoid`, and GROUP BY its key does not let its other columns stand alone. There the catalog itself is
read, joined with its filtered view, which lets only the rows pass that a client may see and adds no column.
"""

import itertools
from collections.abc import Iterator

from dsqltui.core.lexer import Token, identifier
from dsqltui.core.lexer import quote_identifier as ident
from dsqltui.sim.relation_places import Place, is_name
from dsqltui.sim.rewrite import Replacement

_BY_OID = frozenset(
    """
    pg_am pg_attrdef pg_class pg_collation pg_constraint pg_conversion pg_database pg_event_trigger pg_extension
    pg_foreign_data_wrapper pg_foreign_server pg_language pg_namespace pg_opclass pg_operator pg_opfamily pg_proc
    pg_publication pg_statistic_ext pg_tablespace pg_trigger pg_ts_config pg_ts_dict pg_type
    """.split()
)
_KEYS = dict.fromkeys(_BY_OID, ("oid",)) | {
    "pg_attribute": ("attrelid", "attnum"),
    "pg_index": ("indexrelid",),
    "pg_sequence": ("seqrelid",),
}
_KEY_COLUMNS = frozenset(column for key in _KEYS.values() for column in key)
_AFTER_GROUP_BY = frozenset("having order limit offset union intersect except window fetch".split())
_OTHER_OIDS = frozenset({"pg_am"})
"""Catalogs whose rows have another oid in the view."""
_SYSTEM_COLUMNS = frozenset({"tableoid", "ctid", "xmin", "xmax", "cmin", "cmax"})
_QUERIES = frozenset({"select", "with", "values", "("})
_NOT_AN_ALIAS = frozenset(
    """
    as cross except fetch for full group having inner intersect join left limit natural offset on order returning right
    set tablesample union using where window
    """.split()
)


def needs_catalogs_themselves(words: tuple[str, ...], *, is_mixed: bool) -> bool:
    """Whether the query names system columns, or groups by what may be a catalog's key.

    `is_mixed`: it reads tables too, and a `tableoid` is taken to be of these.
    """
    system_columns = _SYSTEM_COLUMNS - {"tableoid"} if is_mixed else _SYSTEM_COLUMNS
    is_query = words[0] in _QUERIES or words[:2] == ("copy", "(")
    return is_query and (not system_columns.isdisjoint(words) or _groups_by_key(words))


def _groups_by_key(words: tuple[str, ...]) -> bool:
    for index, pair in enumerate(itertools.pairwise(words)):
        if pair == ("group", "by"):
            rest = itertools.takewhile(lambda word: word not in _AFTER_GROUP_BY, words[index + 2 :])
            if any(word in _KEY_COLUMNS or word.isdecimal() for word in rest):
                return True
    return False


def can_be_guarded(place: Place) -> bool:
    """Whether the catalog has a key by which its rows are looked for in the view."""
    return place.schema in (None, "pg_catalog") and place.name in _KEYS and place.name not in _OTHER_OIDS


def guards(
    tokens: tuple[Token, ...], words: tuple[str, ...], places: list[Place], views: str, *, is_mixed: bool
) -> Iterator[Replacement]:
    """Put each catalog beside its view, which is in the schema `views`."""
    by_start = {token.start: index for index, token in enumerate(tokens)}
    groups = _groups(words)
    aliases: list[tuple[int, str]] = []
    for number, place in enumerate(places, 1):
        first = by_start[place.start]
        if first and words[first - 1] == "only":
            first -= 1
        last = by_start[place.start] + (2 if place.schema is not None else 0)
        alias, last = _alias(tokens, words, last, place.name)
        aliases.append((first, alias))
        same = " AND ".join(f"s.{key} OPERATOR(pg_catalog.=) {ident(alias)}.{key}" for key in _KEYS[place.name])
        yield Replacement(tokens[first].start, tokens[first].start, "(")
        yield Replacement(
            tokens[last].end,
            tokens[last].end,
            f" JOIN LATERAL (SELECT FROM {views}.{place.name} s WHERE {same}) AS shown_{number} ON true)",
        )
    if is_mixed:
        return
    for index, word in enumerate(words):  # a join shows system columns behind a relation's name only
        if word in _SYSTEM_COLUMNS and words[index - 1 : index] not in ((".",), ("as",)):
            beside = [alias for place, alias in aliases if groups[place] == groups[index]]
            if len(beside) == 1:
                yield Replacement(tokens[index].start, tokens[index].start, f"{ident(beside[0])}.")


def _groups(words: tuple[str, ...]) -> list[int]:
    """For each token the parentheses it stands in, those of a query; other parentheses are no world of their own."""
    found: list[int] = []
    open_ones = [0]
    for index, word in enumerate(words):
        if word == "(":
            is_query = words[index + 1 : index + 2] in (("select",), ("with",), ("values",))
            open_ones.append(index + 1 if is_query else open_ones[-1])
        elif word == ")" and len(open_ones) > 1:
            open_ones.pop()
        found.append(open_ones[-1])
    return found


def _alias(tokens: tuple[Token, ...], words: tuple[str, ...], last: int, name: str) -> tuple[str, int]:
    """What the catalog is called in the query, and the index of the last token that says so."""
    following = last + 1
    if words[following : following + 1] == ("as",):
        following += 1
    if following < len(tokens) and is_name(tokens[following]) and words[following] not in _NOT_AN_ALIAS:
        return identifier(tokens[following]), following
    return name, last
