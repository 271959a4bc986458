"""Catalogs named where a view cannot stand for them: with their system columns, or grouped by their key.

A view has no system columns, and GROUP BY its key does not let its other columns stand alone. There the catalog itself
is read, joined with its filtered view, which lets only the rows pass that a client may see and adds no column. Only
`tableoid`, which tools as pg_dump ask for with everything, is written out: a function of that name gives the number.
"""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass

from dsqltui.core.sql.lexer import Token, identifier
from dsqltui.core.sql.lexer import quote_identifier as ident
from dsqltui.core.sql.relation_places import RelationPlace, is_name
from dsqltui.sim.sql.rewrite import Replacement

_BY_OID = frozenset(
    """
    pg_attrdef pg_class pg_collation pg_constraint pg_conversion pg_database pg_event_trigger pg_extension
    pg_foreign_data_wrapper pg_foreign_server pg_language pg_namespace pg_opclass pg_operator pg_opfamily pg_proc
    pg_publication pg_rewrite pg_statistic_ext pg_tablespace pg_trigger pg_ts_config pg_ts_dict pg_type
    """.split()
)
_KEYS = dict.fromkeys(_BY_OID, ("oid",)) | {
    "pg_attribute": ("attrelid", "attnum"),
    "pg_index": ("indexrelid",),
    "pg_sequence": ("seqrelid",),
}
_KEY_COLUMNS = frozenset(column for key in _KEYS.values() for column in key)
_AFTER_GROUP_BY = frozenset("having order limit offset union intersect except window fetch".split())
_SYSTEM_COLUMNS = frozenset({"tableoid", "ctid", "xmin", "xmax", "cmin", "cmax"})
_QUERIES = frozenset({"select", "with", "values", "("})
_NOT_AN_ALIAS = frozenset(
    """
    as cross except fetch for full group having inner intersect join left limit natural offset on order returning right
    set tablesample union using where window
    """.split()
)


@dataclass(frozen=True, slots=True)
class _Catalog:
    """A catalog in a query."""

    place: RelationPlace
    first: int
    """The token that it begins with."""
    last: int
    """The token that it ends with, its alias included."""
    alias: str
    group: int
    """The query that it belongs to."""


class CatalogGuards:
    """Finds the queries of a statement that need catalogs themselves, and puts these beside their views."""

    def __init__(
        self, tokens: tuple[Token, ...], words: tuple[str, ...], places: list[RelationPlace], *, is_mixed: bool
    ) -> None:
        """`places` are those of catalogs. `is_mixed`: the statement reads tables too, and an unqualified system column
        is taken to be of these."""
        self._tokens = tokens
        self._words = words
        self._groups = _groups(words)
        self._is_mixed = is_mixed
        by_start = {token.start: index for index, token in enumerate(tokens)}
        self._catalogs = [self._catalog(place, by_start[place.start]) for place in places]
        is_query = words[0] in _QUERIES or words[:2] == ("copy", "(")
        self._numbers = dict(self._tableoids()) if is_query else {}
        groups = self._with_system_columns() | self._grouping_by_key() if is_query else set()
        self._guarded = [c for c in self._catalogs if c.group in groups and _is_a_table(c.place)]

    @property
    def guarded(self) -> list[RelationPlace]:
        """Catalogs that views do not stand for."""
        return [catalog.place for catalog in self._guarded]

    @property
    def numbered(self) -> frozenset[int]:
        """Where a `tableoid` ends that is written out."""
        return frozenset(self._tokens[index].end for index in self._numbers)

    def replacements(self, views: str) -> Iterator[Replacement]:
        """Put each guarded catalog beside its view, which is in the schema `views`."""
        for index, name in self._numbers.items():
            first = index if self._qualifier(index) is None else index - 2
            called = f"{views}.tableoid('pg_catalog.{name}'::pg_catalog.regclass)"
            yield Replacement(self._tokens[first].start, self._tokens[index].end, called)
        for number, catalog in enumerate(self._guarded, 1):
            key = _KEYS.get(catalog.place.name)
            if key is None:
                continue
            same = " AND ".join(f"s.{column} OPERATOR(pg_catalog.=) {ident(catalog.alias)}.{column}" for column in key)
            start, end = self._tokens[catalog.first].start, self._tokens[catalog.last].end
            view = f"{views}.{catalog.place.name}"
            yield Replacement(start, start, "(")
            yield Replacement(end, end, f" JOIN LATERAL (SELECT FROM {view} s WHERE {same}) AS shown_{number} ON true)")
        if not self._is_mixed:
            yield from self._qualified_system_columns()

    def _qualified_system_columns(self) -> Iterator[Replacement]:
        """A join shows system columns behind a relation's name only."""
        for index in self._system_columns():
            if self._qualifier(index) is None:
                beside = [c.alias for c in self._guarded if c.group == self._groups[index]]
                if len(beside) == 1:
                    start = self._tokens[index].start
                    yield Replacement(start, start, f"{ident(beside[0])}.")

    def _catalog(self, place: RelationPlace, index: int) -> _Catalog:
        words = self._words
        last = index + (2 if words[index + 1 : index + 2] == (".",) else 0)
        following = last + 1
        if words[following : following + 1] == ("as",):
            following += 1
        alias = place.name
        if following < len(words) and is_name(self._tokens[following]) and words[following] not in _NOT_AN_ALIAS:
            alias, last = identifier(self._tokens[following]), following
        first = index - 1 if index and words[index - 1] == "only" else index
        return _Catalog(place, first, last, alias, self._groups[index])

    def _system_columns(self) -> Iterator[int]:
        for index, word in enumerate(self._words):
            if word in _SYSTEM_COLUMNS and self._words[index - 1 : index] != ("as",) and index not in self._numbers:
                yield index

    def _tableoids(self) -> Iterator[tuple[int, str]]:
        """Where a `tableoid` stands that is of one catalog for certain, and the catalog's name."""
        for index, word in enumerate(self._words):
            qualifier = self._qualifier(index)
            if word != "tableoid" or self._words[index - 1 : index] == ("as",):
                continue
            if index >= 4 and qualifier is not None and self._words[index - 3] == ".":  # schema.catalog.tableoid
                continue
            if qualifier is not None:
                meant = [catalog for catalog in self._catalogs if catalog.alias == qualifier]
            elif not self._is_mixed:
                meant = [catalog for catalog in self._catalogs if catalog.group == self._groups[index]]
            else:
                meant = []
            if len(meant) == 1 and _is_a_table(meant[0].place):
                yield index, meant[0].place.name

    def _with_system_columns(self) -> set[int]:
        found: set[int] = set()
        for index in self._system_columns():
            qualifier = self._qualifier(index)
            if qualifier is not None or not self._is_mixed:
                found |= self._meant(index, qualifier)
        return found

    def _grouping_by_key(self) -> set[int]:
        found: set[int] = set()
        for start, pair in enumerate(itertools.pairwise(self._words)):
            if pair != ("group", "by"):
                continue
            for index in range(start + 2, len(self._words)):
                word = self._words[index]
                if word in _AFTER_GROUP_BY or self._groups[index] != self._groups[start]:
                    break
                if word.isdecimal():
                    found.add(self._groups[start])
                elif word in _KEY_COLUMNS:
                    found |= self._meant(index, self._qualifier(index))
        return found

    def _qualifier(self, index: int) -> str | None:
        """The relation's name before a column."""
        if index < 2 or self._words[index - 1] != ".":
            return None
        return identifier(self._tokens[index - 2])

    def _meant(self, index: int, qualifier: str | None) -> set[int]:
        """The queries whose catalogs a column at `index` may be of."""
        if qualifier is None:
            return {self._groups[index]}
        return {catalog.group for catalog in self._catalogs if catalog.alias == qualifier}


def _is_a_table(place: RelationPlace) -> bool:
    """Whether it is a catalog with a key, or one that holds nothing of the simulator's, but no view."""
    return place.schema in (None, "pg_catalog") and (place.name in _KEYS or place.name == "pg_am")


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
