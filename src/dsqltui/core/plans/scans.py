"""The scans of a plan: which table, by which index, which condition is tested where, how many rows that leaves.

A condition is tested in one of three places, from cheap to dear: in the B-tree (`Index Cond`), in the storage nodes
(`Filters`), in the query processor (`Filter`). Source: AWS User Guide, "Reading Aurora DSQL EXPLAIN plans".
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import Enum

from dsqltui.core.language import N_
from dsqltui.core.plans.conditions import (
    ConditionComparison,
    Wrap,
    columns_in,
    comparison,
    conjuncts,
    plain_type,
    without_prefix,
)
from dsqltui.core.plans.known_tables import KnownTable, KnownTables
from dsqltui.core.results.plan import Plan, PlanNode
from dsqltui.core.sql.lexer import identifier, scan

_IDENT = r'(?:"(?:[^"]|"")+"|[^\s."]+)'
_TITLE = re.compile(
    rf"(?P<kind>Full Scan(?: \(btree-table\))?|Seq Scan|Index Only Scan|Index Scan)(?: Backward)?"
    rf"(?: using (?P<index>{_IDENT}))? on (?:(?P<schema>{_IDENT})\.)?(?P<table>{_IDENT})(?: (?P<alias>{_IDENT}))?"
)
_TARGET = re.compile(
    rf"(?P<verb>Insert|Update|Delete) on (?:(?P<schema>{_IDENT})\.)?(?P<table>{_IDENT})(?: (?P<alias>{_IDENT}))?"
)


class Tested(Enum):
    """Where a condition is tested. The value is said to people."""

    INDEX = N_("index")
    STORAGE = N_("storage")
    PROCESSOR = N_("query processor")


@dataclass(frozen=True, slots=True)
class TestedCondition:
    """One part of a scan's conditions."""

    text: str
    """As the plan prints it, without the scan's own alias."""
    where: Tested
    comparison: ConditionComparison | None
    """None for what is no comparison of one of the table's columns, or where the columns are not known."""


@dataclass(frozen=True, slots=True)
class TableScan:
    """A scan node of a table."""

    node: PlanNode
    kind: str
    """`Full Scan`, `Index Scan`, `Index Only Scan`."""
    name: str
    """The table's."""
    schema: str
    """Empty where the plan does not say it (without VERBOSE)."""
    alias: str
    index_name: str
    table: KnownTable | None
    """None when the catalog does not know it, or was not asked."""
    conditions: tuple[TestedCondition, ...]

    @property
    def is_full(self) -> bool:
        """Whether all rows of the table are read."""
        return self.kind == "Full Scan" or (self.kind == "Index Only Scan" and not self.of(Tested.INDEX))

    @property
    def shown_name(self) -> str:
        """`schema.table` where the schema is known."""
        return self.table.sql_name if self.table is not None else ".".join(filter(None, (self.schema, self.name)))

    def of(self, where: Tested) -> tuple[TestedCondition, ...]:
        """The conditions tested there."""
        return tuple(condition for condition in self.conditions if condition.where is where)

    @property
    def comparisons(self) -> tuple[ConditionComparison, ...]:
        """All that are understood, in their order."""
        return tuple(c.comparison for c in self.conditions if c.comparison is not None)

    @property
    def rows_read(self) -> float | None:
        """Entries that the B-tree gave, of all loops; estimated where nothing was run."""
        layers = [layer for layer in self.node.walk() if layer.title.startswith("B-Tree Scan")]
        return max((_rows(layer) or 0.0 for layer in layers), default=_rows(self.node))

    @property
    def rows_passed(self) -> float | None:
        """Rows that left the scan."""
        return _rows(self.node)

    @property
    def lookup(self) -> PlanNode | None:
        """The layer in which each row is looked up in the table."""
        return next((layer for layer in self.node.layers if layer.title.startswith("Storage Lookup")), None)

    @property
    def rows_looked_up(self) -> float:
        """Rows looked up in the table."""
        found = [layer for layer in self.node.walk() if layer.title.startswith("B-Tree Lookup")]
        return max((_rows(layer) or 0.0 for layer in found), default=0.0)

    @property
    def projected(self) -> tuple[str, ...]:
        """Columns that the storage sends up, as far as the plan tells."""
        text = next((t for node in self.node.layers if (t := node.detail("Projections"))), "")
        return tuple(identifier(token) for token in scan(text)[0] if token.text != ",")


@dataclass(frozen=True, slots=True)
class WriteTarget:
    """The table that an INSERT, UPDATE or DELETE changes."""

    verb: str
    """insert, update, delete."""
    name: str
    schema: str


def scans_of(plan: Plan, known: KnownTables) -> tuple[TableScan, ...]:
    """All scans of tables, from the top."""
    return tuple(_scans(plan, known))


def write_targets(plan: Plan) -> tuple[WriteTarget, ...]:
    """The tables that the plan changes."""
    found = (_TARGET.match(node.title) for node in plan.root.walk())
    return tuple(WriteTarget(m["verb"].lower(), _name(m["table"]), _name(m["schema"])) for m in found if m)


def table_names(plan: Plan) -> tuple[str, ...]:
    """Names of all tables in the plan, for the catalog to be asked about."""
    names = [m["table"] for node in plan.root.walk() if (m := _TITLE.match(node.title) or _TARGET.match(node.title))]
    return tuple(dict.fromkeys(map(_name, names)))


def _scans(plan: Plan, known: KnownTables) -> Iterator[TableScan]:
    for node in plan.root.walk():
        found = _TITLE.match(node.title)
        if found is None:
            continue
        name, schema = _name(found["table"]), _name(found["schema"])
        table = known.find(name, schema)
        alias = _name(found["alias"]) or name
        kind = "Full Scan" if found["kind"].startswith(("Full", "Seq")) else found["kind"]
        yield TableScan(
            node, kind, name, schema, alias, _name(found["index"]), table, tuple(_conditions(node, alias, table))
        )


def _conditions(node: PlanNode, alias: str, table: KnownTable | None) -> Iterator[TestedCondition]:
    trees = [layer for storage in node.layers for layer in storage.walk()]
    index_cond = next((text for each in (node, *trees) if (text := each.detail("Index Cond"))), "")
    places = [(index_cond, Tested.INDEX)]
    places += [(layer.detail("Filters"), Tested.STORAGE) for layer in node.layers]
    places.append((node.detail("Filter"), Tested.PROCESSOR))
    for condition, where in places:
        for part in conjuncts(without_prefix(condition, {alias})):
            yield TestedCondition(part, where, compared(part, table) if table is not None else None)


def compared(part: str, table: KnownTable) -> ConditionComparison | None:
    """A part of a condition as a comparison of one of the table's columns. A varchar as text is no cast to an index."""
    found = comparison(part, table.names)
    if found is None or found.wrap is not Wrap.CAST or found.cast_to != "text":
        return found
    is_relabelled = plain_type(table.type_of(found.column)) in ("character varying", "text")
    return replace(found, wrap=Wrap.NONE, cast_to="") if is_relabelled else found


def sort_columns(text: str, scan: TableScan) -> tuple[str, ...]:
    """The columns of a `Sort Key` when it is nothing but columns of the scan, all in one direction; else none."""
    if scan.table is None:
        return ()
    keys = [key.strip() for key in text.split(",")]
    bare = [key.removesuffix(" DESC").removesuffix(" NULLS FIRST").removesuffix(" NULLS LAST") for key in keys]
    if len({key.endswith(" DESC") for key in keys}) > 1 or any("NULLS" in key for key in keys):
        return ()
    names: list[str] = []
    for key in bare:
        alone = key.rpartition(".")[2] or key
        found = columns_in(alone, "", scan.table.names, are_bare=True)
        if len(found) != 1 or alone.strip('"') not in found:
            return ()
        names.extend(found)
    return tuple(names)


def _rows(node: PlanNode) -> float | None:
    return node.all_rows if node.all_rows is not None else node.rows


def _name(text: str | None) -> str:
    return identifier(scan(text)[0][0]) if text else ""
