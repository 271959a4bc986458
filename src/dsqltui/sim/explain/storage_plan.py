"""PostgreSQL's scans as Aurora DSQL's: no heap, a primary key that is the table, filters done by the storage.

Sources: AWS User Guide, "Working with" and "Reading Aurora DSQL EXPLAIN plans", and plans of real clusters published in
2026. The row estimates of the layers are interpolated between what is scanned and what the scan returns.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from dsqltui.sim.explain import conditions
from dsqltui.sim.explain.plan import Layer, ServedPlanNode
from dsqltui.sim.explain.plan_access import is_of_system
from dsqltui.sim.explain.plan_schema import VARYING_WIDTH, IndexFacts, PlanSchema, TableFacts

FULL_SCAN = "Full Scan (btree-table)"
INDEX_SCAN = "Index Scan"
INDEX_ONLY_SCAN = "Index Only Scan"

_ROW_IDENTITY = "ctid"
_SYSTEM_COLUMNS = frozenset({_ROW_IDENTITY, "tableoid", "xmin", "xmax", "cmin", "cmax"})
_EXACT = frozenset({"InitPlan", "SubPlan", "Subquery"})
"""Relationships in which PostgreSQL's plan outputs no more than is needed."""
_NOT_EXPRESSIONS = frozenset({"Alias", "Schema", "Relation Name", "Index Name", "Subplan Name"})


def with_storage(root: ServedPlanNode, schema: PlanSchema, limit: int | None = None) -> ServedPlanNode:
    """The tree with Aurora DSQL's scans and their layers; costs are still PostgreSQL's.

    `limit` is the number behind the statement's LIMIT, which a scan of one B-tree right below is told.
    """
    converted = _Conversion(root, schema, is_one_relation(root)).convert(root, None)
    if limit is None or converted.kind != "Limit" or len(converted.children) != 1:
        return converted
    (scan,) = converted.children
    if len(scan.layers) != 1 or scan.text("Filter"):
        return converted
    told = replace(scan, layers=(replace(scan.layers[0], limit=limit),))
    return replace(converted, children=(told,))


def is_one_relation(root: ServedPlanNode) -> bool:
    """Whether PostgreSQL writes columns without their relation in this plan, as it does when there is only one."""
    aliases = {node.text("Alias") for node in root.walk()} - {""}
    prefixes = tuple(prefix for alias in aliases for prefix in (f"{alias}.", f'"{alias}".'))
    outputs = (text for node in root.walk() for text in node.texts("Output"))
    return len(aliases) <= 1 and not any(text.startswith(prefixes) for text in outputs)


@dataclass(frozen=True, slots=True)
class _Access:
    """How a table is read: through an index, or as a whole (no index name)."""

    index_name: str = ""
    index: IndexFacts | None = None
    is_primary: bool = False
    index_cond: tuple[str, ...] = ()
    filters: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Filters:
    """Who evaluates which part of a scan's filter, in this order."""

    in_index: tuple[str, ...]
    in_table: tuple[str, ...]
    """By the storage, after a row was looked up in the table."""
    by_query_processor: tuple[str, ...]

    @property
    def stages(self) -> int:
        return sum(map(bool, (self.in_index, self.in_table, self.by_query_processor)))


@dataclass(frozen=True, slots=True)
class _Conversion:
    root: ServedPlanNode
    schema: PlanSchema
    is_one_relation: bool

    def convert(self, node: ServedPlanNode, parent: ServedPlanNode | None) -> ServedPlanNode:
        """The node and what is below it."""
        output = [text for text in node.texts("Output") if _column(text) not in _SYSTEM_COLUMNS]
        converted = node.changed(Output=list(output) or None) if not is_of_system(node) else node
        if node.kind in ("Seq Scan", INDEX_SCAN, INDEX_ONLY_SCAN) and not is_of_system(node):
            table = self.schema.tables.get((node.text("Schema"), node.text("Relation Name")))
            converted = self._scan(node, parent, table or TableFacts(columns=_plain_columns(node), rows=-1))
        return replace(converted, children=tuple(self.convert(child, node) for child in node.children))

    def _scan(self, node: ServedPlanNode, parent: ServedPlanNode | None, table: TableFacts) -> ServedPlanNode:
        needed = self._needed(node, parent, table)
        access = self._access(node, needed, table)
        if node.kind == "Seq Scan" and access.index_cond:
            node = node.changed(Rows_Removed_by_Filter=None)  # PostgreSQL read rows that the search would not
        pushed = tuple(c for c in access.filters if conditions.is_done_by_storage(_bare(node, c)))
        left = tuple(c for c in access.filters if c not in pushed)
        projected = needed | self._columns(node, left, table)
        if _needs_row_identity(node) and table.primary is not None:
            projected |= frozenset(table.primary.keys)
        kind = FULL_SCAN
        held = frozenset(table.columns)
        if access.index_name:
            kind = INDEX_ONLY_SCAN
            if not access.is_primary:
                held = table.held_by(access.index) if access.index is not None else frozenset()
                if _needs_row_identity(node) or not projected | self._columns(node, pushed, table) <= held:
                    kind = INDEX_SCAN
        in_index = tuple(c for c in pushed if kind != INDEX_SCAN or self._columns(node, (c,), table) <= held)
        filters = _Filters(in_index, tuple(c for c in pushed if c not in in_index), left)
        in_order = table.columns
        if kind == INDEX_ONLY_SCAN and not access.is_primary and access.index is not None:
            in_order = tuple(dict.fromkeys((*access.index.columns, *table.columns)))
        projections = tuple(column for column in in_order if column in projected)
        layers = _Layers(node, table, access, filters, projections).of(kind)
        return replace(_shown(node, access, filters, needed if parent else None), kind=kind, layers=layers)

    def _access(self, node: ServedPlanNode, needed: frozenset[str], table: TableFacts) -> _Access:
        filters = conditions.conjuncts(node.text("Filter"))
        name = node.text("Index Name")
        if name:
            index = table.index(name)
            # the primary key of a table that nothing is known of: by PostgreSQL's habit of naming
            is_primary = index.is_primary if index is not None else not table.indexes and name.endswith("_pkey")
            return _Access(name, index, is_primary, conditions.conjuncts(node.text("Index Cond")), filters)
        wanted = needed | self._columns(node, filters, table)
        covering = [index for index in table.indexes if wanted <= table.held_by(index)]
        if _needs_row_identity(node):
            covering = [index for index in covering if index.is_primary]
        for index in sorted(covering, key=lambda i: (i.is_primary, len(i.columns), i.name)):
            conds = tuple(c for c in filters if self._searches(node, c, index, table))
            if conds or not filters:
                others = tuple(c for c in filters if c not in conds)
                return _Access(index.name, index, index.is_primary, conds, others)
        return _Access(filters=filters)

    def _searches(self, node: ServedPlanNode, condition: str, index: IndexFacts, table: TableFacts) -> bool:
        """Whether the condition limits the index's first key, in its own type.

        Across types, smallint, integer and bigint aside, Aurora DSQL scans all (AWS plan interpretation guide, 2026).
        A text type relabelled as another one is of varying length, unlike a number that is made a text.
        """
        bare = _bare(node, condition)
        if self._columns(node, (condition,), table) != frozenset(index.keys[:1]):
            return False
        is_text = table.widths.get(index.keys[0], VARYING_WIDTH) == VARYING_WIDTH
        return conditions.is_key_comparison(bare, with_relabelling=is_text)

    def _needed(self, node: ServedPlanNode, parent: ServedPlanNode | None, table: TableFacts) -> frozenset[str]:
        """The columns that leave the scan. PostgreSQL's own may output more where that costs it nothing."""
        output = self._columns(node, node.texts("Output"), table)
        if parent is None or parent.kind == "ModifyTable" or not parent.texts("Output"):
            return output
        if node.text("Parent Relationship") in _EXACT:
            return output
        computed = tuple(text for text in node.texts("Output") if _column(text) not in table.columns)
        others = (text for other in self.root.walk() if other is not node for text in _expressions(other))
        return output & self._columns(node, (*others, *computed), table)

    def _columns(self, node: ServedPlanNode, texts: tuple[str, ...], table: TableFacts) -> frozenset[str]:
        found = (
            conditions.columns_in(text, node.text("Alias"), table.columns, are_bare=self.is_one_relation)
            for text in texts
        )
        return frozenset().union(*found)


@dataclass(frozen=True, slots=True)
class _Layers:
    """Makes the layers of one scan."""

    node: ServedPlanNode
    table: TableFacts
    access: _Access
    filters: _Filters
    projections: tuple[str, ...]

    def of(self, kind: str) -> tuple[Layer, ...]:
        """Storage Scan, and Storage Lookup where rows are looked up in the table."""
        looks_up = kind == INDEX_SCAN
        index_cond = conditions.conjunction(_bare(self.node, c) for c in self.access.index_cond)
        scan = self._storage("Scan", self.access.index_name, self.filters.in_index, stage=0)
        qualified = conditions.conjunction(self.access.index_cond)
        scan = replace(scan, child=replace(scan.bottom, index_cond=index_cond, qualified_index_cond=qualified))
        if not looks_up:
            return (replace(scan, projections=self.projections),)
        lookup = self._storage("Lookup", "", self.filters.in_table, stage=int(bool(self.filters.in_index)))
        return scan, replace(lookup, projections=self.projections)

    def _storage(self, kind: str, index: str, filters: tuple[str, ...], *, stage: int) -> Layer:
        """A B-tree access after so many filtering stages, and the storage's filter above it."""
        scanned, passed = self._rows(stage), self._rows(stage + bool(filters))
        scanned_now, passed_now = self._actual_rows(stage), self._actual_rows(stage + bool(filters))
        return Layer(
            name=f"Storage {kind}",
            index=index,
            rows=passed,
            actual_rows=passed_now,
            filters=conditions.conjunction(_bare(self.node, c) for c in filters),
            rows_filtered=scanned_now - passed_now
            if filters and scanned_now is not None and passed_now is not None
            else None,
            child=Layer(name=f"B-Tree {kind}", index=index, rows=scanned, actual_rows=scanned_now),
        )

    def _rows(self, stage: int) -> float:
        """The estimate. What a whole table holds is known; what an index search finds is taken to be the result."""
        rows = self.node.cost.rows
        if stage >= self.filters.stages or self.access.index_cond:
            return rows
        scanned = max(rows, float(self.table.rows))
        return scanned - (scanned - rows) * stage / self.filters.stages

    def _actual_rows(self, stage: int) -> float | None:
        """PostgreSQL counts what it filtered as a whole: all of it is put down to the first stage."""
        actual = self.node.actual
        if actual is None:
            return None
        return actual.rows + (_removed(self.node) if stage == 0 else 0)


def _shown(node: ServedPlanNode, access: _Access, filters: _Filters, needed: frozenset[str] | None) -> ServedPlanNode:
    """The scan without what its layers do. `needed` are the columns to output, None for those PostgreSQL outputs."""
    left = filters.by_query_processor
    output = [
        text
        for text in node.texts("Output")
        if _column(text) not in _SYSTEM_COLUMNS and (needed is None or _is_needed(text, needed))
    ]
    counts = node.actual is not None and left and filters.stages == 1
    stripped = node.changed(
        Output=list(output) or None,
        Index_Name=access.index_name or None,
        Index_Cond=conditions.conjunction(access.index_cond) or None,
        Filter=None,
        Rows_Removed_by_Filter=None,
        Rows_Removed_by_Index_Recheck=None,
    )
    return stripped.changed(
        Filter=conditions.conjunction(left) or None, Rows_Removed_by_Filter=_removed(node) if counts else None
    )


def _is_needed(output: str, needed: frozenset[str]) -> bool:
    column = _column(output)
    return column in needed or (column == output and not output.isidentifier())


def _removed(node: ServedPlanNode) -> float:
    return node.number("Rows Removed by Filter") + node.number("Rows Removed by Index Recheck")


def _bare(node: ServedPlanNode, condition: str) -> str:
    return conditions.without_prefix(condition, {node.text("Alias")})


def _needs_row_identity(node: ServedPlanNode) -> bool:
    """Whether rows are read to be changed or flagged."""
    return any(_column(text) == _ROW_IDENTITY for text in node.texts("Output"))


def _expressions(node: ServedPlanNode) -> Iterator[str]:
    for name, value in node.properties.items():
        if name in _NOT_EXPRESSIONS:
            continue
        if isinstance(value, str):
            yield value
        elif isinstance(value, list):
            yield from (text for text in value if isinstance(text, str))


def _plain_columns(node: ServedPlanNode) -> tuple[str, ...]:
    """The columns of a table that nothing is known of, as far as the scan outputs them."""
    names = (_column(text) for text in node.texts("Output"))
    return tuple(name for name in names if name.isidentifier() and name not in _SYSTEM_COLUMNS)


def _column(output: str) -> str:
    """The column that an output `column` or `alias.column` is; an expression is returned as it is."""
    return conditions.plain_column(output) or output
