"""What the `\\d` commands show, as values: titled tables with footers, made from the rows of `sql/catalog/`.

The screen and the command line draw the same tables; `text_of` draws them as psql would.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from dsqltui.core.formats import Encoder, Format, encoded, encoder
from dsqltui.core.formats.cells import plain_lines
from dsqltui.core.formats.table import Table
from dsqltui.core.language import N_, _
from dsqltui.core.psql import Listing, ListObjects
from dsqltui.core.psql.pattern import BadPattern, NamePattern, parse_pattern
from dsqltui.core.results.outcome import Column, Row

_TITLES = {
    Listing.RELATIONS: N_("List of relations"),
    Listing.SCHEMAS: N_("List of schemas"),
    Listing.ROLES: N_("List of roles"),
    Listing.PRIVILEGES: N_("Access privileges"),
    Listing.DATABASES: N_("List of databases"),
    Listing.FUNCTIONS: N_("List of functions"),
}
_VERBOSE_COLUMNS = {
    Listing.RELATIONS: frozenset({"Access method", "Rows (estimate)", "Description"}),
    Listing.SCHEMAS: frozenset({"Access privileges", "Description"}),
    Listing.ROLES: frozenset({"Description"}),
    Listing.DATABASES: frozenset({"Size"}),
    Listing.FUNCTIONS: frozenset({"Volatility", "Owner", "Security", "Access privileges", "Language", "Description"}),
}
"""Columns shown with `+` only."""
_RIGHT = frozenset({"Rows (estimate)", "Start", "Minimum", "Maximum", "Increment", "Cache"})
_UNCOUNTED = frozenset({Listing.ROLES})
"""psql says no "(n rows)" below these."""
_TEXT, _BIGINT = 25, 20
_KINDS = {
    "r": N_("Table"),
    "p": N_("Partitioned table"),
    "v": N_("View"),
    "m": N_("Materialized view"),
    "i": N_("Index"),
    "S": N_("Sequence"),
    "c": N_("Composite type"),
}

_HEADINGS = (
    *(N_("Schema"), N_("Name"), N_("Type"), N_("Owner"), N_("Table"), N_("Access method"), N_("Rows (estimate)")),
    *(N_("Description"), N_("Access privileges"), N_("Column privileges"), N_("Role name"), N_("Attributes")),
    *(N_("Member of"), N_("IAM mappings"), N_("Encoding"), N_("Size"), N_("Result data type")),
    *(N_("Argument data types"), N_("Volatility"), N_("Security"), N_("Language"), N_("Column"), N_("Collation")),
    *(N_("Nullable"), N_("Default"), N_("Storage"), N_("Key?"), N_("Definition"), N_("Start"), N_("Minimum")),
    *(N_("Maximum"), N_("Increment"), N_("Cycles?"), N_("Cache")),
)
"""Every column of these tables. They are English until they are drawn: JSON and CSV are read by programs."""


@dataclass(frozen=True, slots=True)
class TitledTable:
    """A titled table with footers. Texts are the database's: make them safe before they are shown."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    footers: tuple[str, ...] = ()
    counts_rows: bool = False
    """Whether "(9 rows)" stands below."""
    right_aligned: frozenset[int] = frozenset()
    """Columns of numbers, by place."""

    @property
    def typed_columns(self) -> tuple[Column, ...]:
        """The columns as those of a result: bigint where they are numbers, else text."""
        return tuple(
            Column(name, _BIGINT if place in self.right_aligned else _TEXT) for place, name in enumerate(self.columns)
        )

    @property
    def in_words(self) -> "TitledTable":
        """With its columns called as the person's language calls them."""
        return replace(self, columns=tuple(_(name) if name in _HEADINGS else name for name in self.columns))


def text_of(table: TitledTable, *, is_expanded: bool = False) -> str:
    """The table as psql prints it, the empty line behind it included."""
    columns = table.in_words.typed_columns
    drawn: Encoder = Table(columns, title=table.title, has_footer=table.counts_rows)
    if is_expanded:
        drawn = encoder(Format.RECORDS, columns, title=table.title)
    text = "".join(encoded(drawn, table.rows))
    footers = "".join("\n".join(plain_lines(footer)) + "\n" for footer in table.footers)
    return f"{text.removesuffix(chr(10))}{footers}\n"


def query_parameters(command: ListObjects) -> tuple[str | None, ...]:
    """$1 to $5 of the command's query: schema, name, also the system's, also the hidden, kinds. Raises BadPattern."""
    pattern = parse_pattern(command.pattern)
    _refuse_other_database(pattern, command.pattern)
    if command.listing in (Listing.SCHEMAS, Listing.ROLES, Listing.DATABASES) and pattern.is_qualified:
        raise BadPattern(
            _("{pattern} has a dot; schemas, roles and databases have names without one.").format(
                pattern=command.pattern
            )
        )
    return (
        pattern.schema,
        pattern.name,
        _flag(command.with_system or bool(command.pattern)),
        _flag(pattern.is_qualified),
        command.kinds or "tiv",
    )


def _refuse_other_database(pattern: NamePattern, text: str) -> None:
    if pattern.database not in (None, "postgres"):
        raise BadPattern(_("{text} names another database; Aurora DSQL has one, postgres.").format(text=text))


def _flag(value: bool) -> str:
    return "true" if value else "false"


def nothing_found(command: ListObjects) -> str | None:
    """What to say when there is nothing; None where an empty table says it, as in psql."""
    is_relation = command.listing in (Listing.RELATIONS, Listing.DETAILS)
    if not is_relation:
        return None
    if command.pattern:
        return _('Did not find any relation named "{pattern}".').format(pattern=command.pattern)
    return _("Did not find any relations.")


def tables_of(command: ListObjects, columns: Sequence[str], rows: Sequence[Row]) -> tuple[TitledTable, ...]:
    """The tables that answer the command, from the columns and rows of its query."""
    if command.listing is Listing.DETAILS:
        return tuple(
            _described(list(facts), command.is_verbose) for _name, facts in groupby(rows, key=lambda row: row[:2])
        )
    hidden = set(() if command.is_verbose else _VERBOSE_COLUMNS.get(command.listing, ()))
    if command.listing is Listing.RELATIONS and "i" not in command.kinds:
        hidden.add("Table")
    kept = [place for place, name in enumerate(columns) if name not in hidden]
    names = tuple(columns[place] for place in kept)
    return (
        TitledTable(
            _(_TITLES[command.listing]),
            names,
            tuple(tuple(row[place] for place in kept) for row in rows),
            counts_rows=command.listing not in _UNCOUNTED,
            right_aligned=_numbers(names),
        ),
    )


def _numbers(names: Sequence[str]) -> frozenset[int]:
    return frozenset(place for place, name in enumerate(names) if name in _RIGHT)


def _described(facts: list[Row], is_verbose: bool) -> TitledTable:
    """One relation. A fact: schema, relation, what it tells of, v1 to v8; see sql/catalog/psql/describe.sql."""
    schema, name = facts[0][:2]
    by_kind: dict[str, list[Row]] = {}
    for fact in facts:
        by_kind.setdefault(fact[2] or "", []).append(fact[3:])
    kind, access_method, view, *_more = by_kind["relation"][0]
    called = _(_KINDS.get(kind or "", N_("Relation")))
    title = f'{called} "{schema}.{name}"'
    if kind == "S":
        return _sequence(title, by_kind)
    if kind == "i":
        return _index(title, by_kind, is_verbose)
    columns: tuple[str, ...] = ("Column", "Type", "Collation", "Nullable", "Default")
    rows: tuple[Row, ...] = tuple((*column[:5],) for column in by_kind.get("column", []))
    if is_verbose:
        columns += ("Storage", "Description")
        rows = tuple((*column[:5], column[5], column[6]) for column in by_kind.get("column", []))
    footers = list(_indexes(by_kind.get("index", [])))
    footers += _section(_("Check constraints:"), [f'"{c[0]}" {c[1]}' for c in by_kind.get("check", [])])
    footers += _section(_("Foreign-key constraints:"), [f'"{c[0]}" {c[1]}' for c in by_kind.get("foreign key", [])])
    footers += _section(
        _("Referenced by:"), [f'TABLE "{c[2]}" CONSTRAINT "{c[0]}" {c[1]}' for c in by_kind.get("referenced by", [])]
    )
    if is_verbose and view is not None:
        footers += [_("View definition:"), *view.split("\n")]
    if is_verbose and kind == "r" and access_method:
        footers.append(_("Access method: {access_method}").format(access_method=access_method))
    return TitledTable(title, columns, rows, tuple(footers))


def _section(heading: str, lines: list[str]) -> list[str]:
    return [heading, *(f"    {line}" for line in lines)] if lines else []


def _indexes(indexes: list[Row]) -> list[str]:
    lines = []
    for name, uniqueness, definition, deferral, validity, *_more in indexes:
        using = (definition or "").partition(" USING ")[2]
        what = f" {uniqueness}," if uniqueness else ""
        more = "".join(f" {word}" for word in (deferral, validity) if word)
        lines.append(f'"{name}"{what} {using}{more}')
    return _section(_("Indexes:"), lines)


def _index(title: str, by_kind: dict[str, list[Row]], is_verbose: bool) -> TitledTable:
    columns: tuple[str, ...] = ("Column", "Type", "Key?", "Definition")
    rows: tuple[Row, ...] = tuple((c[0], c[1], c[6], c[7]) for c in by_kind.get("column", []))
    if is_verbose:
        columns += ("Storage",)
        rows = tuple((*row, c[5]) for row, c in zip(rows, by_kind.get("column", []), strict=True))
    footers = []
    for schema, table, uniqueness, method, predicate, validity, *_more in by_kind.get("index of", []):
        line = f"{uniqueness}{method}" + _(', for table "{schema}.{table}"').format(schema=schema, table=table)
        line += f", predicate ({predicate})" if predicate else ""
        footers.append(line + (f", {validity}" if validity else ""))
    return TitledTable(title, columns, rows, tuple(footers))


def _sequence(title: str, by_kind: dict[str, list[Row]]) -> TitledTable:
    columns = ("Type", "Start", "Minimum", "Maximum", "Increment", "Cycles?", "Cache")
    facts = by_kind.get("sequence", [])
    footers = tuple(fact[7] for fact in facts if fact[7] is not None)
    return TitledTable(title, columns, tuple(fact[:7] for fact in facts), footers, right_aligned=_numbers(columns))
