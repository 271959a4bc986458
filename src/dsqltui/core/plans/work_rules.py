"""Rules about work beside the missing index: lookups, late filters, foreign keys, joins, sorts, counts, estimates."""

from collections.abc import Iterator

from dsqltui.core.catalog.relations import quoted
from dsqltui.core.language import _
from dsqltui.core.plans import cures
from dsqltui.core.plans.conditions import Wrap
from dsqltui.core.plans.finding import ExaminedPlan, Finding
from dsqltui.core.plans.index_rules import FEW_ROWS
from dsqltui.core.plans.known_tables import KnownForeignKey, KnownTable
from dsqltui.core.plans.scans import TableScan, Tested, sort_columns
from dsqltui.core.results.plan import PlanNode
from dsqltui.core.sql.lexer import Kind, identifier, scan

ESTIMATE_IS_FAR_OFF = 50
"""Times by which an estimate must miss."""
MANY_ROWS = 10_000
"""Sorted, hashed or counted."""
_SORTS = ("Sort", "Incremental Sort")


def lookups(case: ExaminedPlan) -> Iterator[Finding]:
    """The index lacks columns, so each row that it gives is looked up in the table."""
    for scan_ in case.scans:
        table, lookup = scan_.table, scan_.lookup
        if lookup is None:
            continue
        rows = scan_.rows_looked_up
        index = table.index(scan_.index_name) if table is not None else None
        looked_up = _("{rows:,.0f} rows are").format(rows=rows) if rows != 1 else _("1 row is")
        cause = _("The index {index_name} lacks columns: {looked_up} looked up in {shown_name}.").format(
            index_name=scan_.index_name, looked_up=looked_up, shown_name=scan_.shown_name
        )
        if table is None or index is None:
            if rows < FEW_ROWS:
                continue
            yield Finding("", cause, _("Storage Lookup stands below the Index Scan."), rows=rows)
            continue
        held = table.held_by(index)
        late = (c for c in scan_.conditions if c.where is not Tested.INDEX)
        tested = {c.comparison.column for c in late if c.comparison is not None}
        wanted = [name for name in table.names if name in {*scan_.projected, *tested} and name not in held]
        proof = (
            _("Storage Lookup reads {wanted}, which the index does not hold.").format(wanted=", ".join(wanted))
            if wanted
            else ""
        )
        is_copy = len(wanted) > 1 and held | set(wanted) >= set(table.names)
        if not wanted or is_copy or len(wanted) > cures.MOST_INCLUDED:
            if not wanted and rows < FEW_ROWS:
                continue
            note = (
                _("It would have to carry {count} columns: ask for fewer, or let it be.").format(count=len(wanted))
                if wanted
                else ""
            )
            yield Finding("", cause, proof or _("Storage Lookup stands below the Index Scan."), "", note, rows=rows)
            continue
        sql = cures.covering_index_sql(table, index, wanted)
        yield Finding("", cause, proof, sql, cures.index_price(), rows=rows)


def late_filters(case: ExaminedPlan) -> Iterator[Finding]:
    """An index is searched by one condition, and most of what it gives is thrown away by another."""
    for scan_ in case.scans:
        table = scan_.table
        read, passed = scan_.rows_read or 0.0, scan_.rows_passed or 0.0
        late = [c for c in scan_.conditions if c.where is not Tested.INDEX]
        if table is None or scan_.is_full or not late or read - passed < FEW_ROWS or read < 10 * passed:
            continue
        texts = ", ".join(_("{text} in the {value}").format(text=c.text, value=_(c.where.value)) for c in late)
        cause = _(
            "{index_name} gives {read:,.0f} rows of which {passed:,.0f} are wanted: the rest is tested too late."
        ).format(index_name=scan_.index_name, read=read, passed=passed)
        found = [c for c in scan_.comparisons if c.wrap is Wrap.NONE]
        keys, included = cures.fitting_index(table, found, scan_.projected)
        known = table.index(scan_.index_name)
        is_new = bool(keys) and (known is None or tuple(map(quoted, known.keys)) != keys)
        sql = cures.index_sql(table, keys, included) if is_new else ""
        yield Finding(
            "",
            cause,
            _("Tested after the index: {texts}.").format(texts=texts),
            sql,
            cures.index_price() if sql else "",
            rows=read - passed,
        )


def foreign_keys(case: ExaminedPlan) -> Iterator[Finding]:
    """Deleting a parent, or changing its key, looks for children in a table without an index for it."""
    for target in case.targets:
        parent = case.known.find(target.name, target.schema)
        if parent is None or target.verb == "insert":
            continue
        for child, key in case.known.children(parent):
            if target.verb == "update" and not set(key.parent_columns) & set_columns(case.sql):
                continue
            if not child.is_indexed(key.columns):
                yield _foreign_key(case, child, key)


def _foreign_key(case: ExaminedPlan, child: KnownTable, key: KnownForeignKey) -> Finding:
    columns = ", ".join(key.columns)
    cause = _("No index of {sql_name} begins with {columns}: the foreign key {name} has all its rows read.").format(
        sql_name=child.sql_name, columns=columns, name=key.name
    )
    trigger = next((text for name, text in case.plan.summary if f"constraint {key.name}" in name), "")
    rows = child.row_estimate
    told = _("a number of rows that was never counted") if rows is None else _("about {rows:,} rows").format(rows=rows)
    proof = _("{sql_name} has {told}").format(sql_name=child.sql_name, told=told) + (
        _("; the check took {trigger}.").format(trigger=trigger) if trigger else "."
    )
    sql = cures.plain_index_sql(child, key.columns)
    return Finding("", cause, proof, sql, cures.index_price(), rows=float(rows or MANY_ROWS))


def set_columns(sql: str) -> frozenset[str]:
    """The columns that an UPDATE sets, as far as its text tells: names before = behind SET."""
    tokens = [token for token in scan(sql)[0] if token.kind is not Kind.COMMENT]
    words = [token.text.lower() for token in tokens]
    if "set" not in words:
        return frozenset()
    found: set[str] = set()
    depth = 0
    for at in range(words.index("set") + 1, len(tokens)):
        depth += (words[at] == "(") - (words[at] == ")")
        if depth == 0 and words[at] in ("where", "from", "returning"):
            break
        is_name = tokens[at].kind in (Kind.WORD, Kind.IDENT)
        if is_name and (words[at - 1] in ("set", ",", "(")) and words[at + 1 : at + 2] in (["="], [","], [")"]):
            found.add(identifier(tokens[at]))
    return frozenset(found)


def estimates_off(case: ExaminedPlan) -> Iterator[Finding]:
    """The planner expected another number of rows than came."""
    if not case.plan.was_run:
        return
    for scan_ in case.scans:
        node = scan_.node
        if node.actual_rows is None or node.rows is None or node.was_never_run:
            continue
        larger, smaller = max(node.actual_rows, node.rows), max(1.0, min(node.actual_rows, node.rows))
        if larger < FEW_ROWS or larger / smaller < ESTIMATE_IS_FAR_OFF:
            continue
        cause = _("The planner expected {rows:,.0f} rows of {shown_name} and got {actual_rows:,.0f}.").format(
            rows=node.rows, shown_name=scan_.shown_name, actual_rows=node.actual_rows
        )
        table = scan_.table
        if table is None:
            yield Finding("", cause, _("{larger:,.0f} times off.").format(larger=larger / smaller), rows=larger)
            continue
        proof = _("{larger:,.0f} times off").format(larger=larger / smaller) + (
            _("; never analysed.") if table.row_estimate is None else "."
        )
        equal = list(dict.fromkeys(c.column for c in scan_.comparisons if c.is_equality))
        sql = f"ANALYZE {table.sql_name};"
        if len(equal) > 1 and table.row_estimate is not None:
            sql = f"CREATE STATISTICS ON {', '.join(map(quoted, equal))} FROM {table.sql_name};\n{sql}"
        yield Finding(
            "", cause, proof, sql, _("ANALYZE reads a sample, and does not run within a transaction."), rows=larger
        )


def unbatched_joins(case: ExaminedPlan) -> Iterator[Finding]:
    """A nested loop that asks the storage once for each outer row."""
    for node in case.plan.root.walk():
        if node.title != "Nested Loop" or len(node.nodes) < 2:
            continue
        outer, inner = node.nodes[:2]
        scan_ = next((each for each in case.scans if each.node is inner), None)
        rows = outer.all_rows if outer.all_rows is not None else outer.rows or 0.0
        if scan_ is None or scan_.is_full or rows < FEW_ROWS:
            continue
        cause = _("The join asks the storage for {shown_name} once for each of {rows:,.0f} rows.").format(
            shown_name=scan_.shown_name, rows=rows
        )
        proof = _("It is a Nested Loop, not a Nested Loop (Batched Join).")
        yield Finding("", cause, proof, "SET dsql.enable_batched_nestloop = on;", rows=rows)


def large_sorts(case: ExaminedPlan) -> Iterator[Finding]:
    """Many rows are sorted or hashed by the query processor."""
    for node in case.plan.root.walk():
        is_sort = node.title in _SORTS
        if not is_sort and node.title != "Hash":
            continue
        rows = max((_rows(child) for child in node.nodes), default=0.0)
        is_on_disk = "external" in node.detail("Sort Method").lower()
        if rows < MANY_ROWS and not is_on_disk:
            continue
        below = next((each for each in case.scans if each.node in node.nodes), None)
        cause = _("{rows:,.0f} rows are {value} by the query processor.").format(
            rows=rows, value=_("sorted") if is_sort else _("hashed")
        )
        proof = (
            _("{title} by {detail}.").format(title=node.title, detail=node.detail("Sort Key"))
            if is_sort
            else _("All of them travel there first.")
        )
        columns = sort_columns(node.detail("Sort Key"), below) if is_sort and below is not None else ()
        sql, price = _sorted_index(below, columns) if below is not None and columns else ("", "")
        yield Finding("", cause, proof, sql, price, rows=rows)


def _sorted_index(scan_: TableScan, columns: tuple[str, ...]) -> tuple[str, str]:
    table = scan_.table
    if table is None or any(index.serves and index.keys[: len(columns)] == columns for index in table.indexes):
        return "", ""
    note = "-- read in its order, either way; it helps most together with LIMIT\n"
    return note + cures.plain_index_sql(table, columns), cures.index_price()


def counts_of_all(case: ExaminedPlan) -> Iterator[Finding]:
    """count(*) of a whole large table."""
    said = "".join(token.text.lower() for token in scan(case.sql)[0] if token.kind is not Kind.COMMENT)
    if "count(*)" not in said and "count(1)" not in said:
        return
    for node in case.plan.root.walk():
        if "Aggregate" not in node.title or node.detail("Group Key"):
            continue
        scan_ = next((each for each in case.scans if each.node in node.nodes), None)
        rows = scan_.rows_read or 0.0 if scan_ is not None else 0.0
        if scan_ is None or scan_.table is None or scan_.conditions or rows < MANY_ROWS:
            continue
        cause = _("count(*) reads all {rows:,.0f} rows of {shown_name}.").format(rows=rows, shown_name=scan_.shown_name)
        sql = cures.row_estimate_sql(scan_.table)
        yield Finding(
            "",
            cause,
            _("Rows are counted where they are read."),
            sql,
            _("An estimate, as of the last ANALYZE."),
            rows=rows,
        )


def _rows(node: PlanNode) -> float:
    rows = node.all_rows if node.all_rows is not None else node.rows
    return rows or 0.0
