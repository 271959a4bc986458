"""Rules about conditions that no index serves: why an index that exists is not used, and which one is missing."""

from collections.abc import Iterator

from dsqltui.core.language import ENGLISH, _, as_sentence, language
from dsqltui.core.plans import cures
from dsqltui.core.plans.conditions import ConditionComparison, Wrap, conjuncts, has_same_type, without_prefix
from dsqltui.core.plans.finding import ExaminedPlan, Finding
from dsqltui.core.plans.known_tables import KnownIndex, KnownTable
from dsqltui.core.plans.scans import TableScan, Tested, compared
from dsqltui.core.sql.lexer import Kind, identifier, scan

FEW_ROWS = 100
"""Below that a scan reads about as much as the 2,048 bytes that a transaction is billed for at least."""
_JOIN_DETAILS = ("Hash Cond", "Merge Cond", "Join Filter")


def type_mismatches(case: ExaminedPlan) -> Iterator[Finding]:
    """A column compared with a value, or another column, of a type that its index does not know."""
    for scan_, table, found in _missed(case):
        other = _other_type(table, found)
        if other and not _is_cast_written(case.sql, found.column):
            column, own = f"{table.sql_name}.{found.column}", table.type_of(found.column)
            cause = _("{column} is {own}, but is compared as {other}: {unused}").format(
                column=column, own=own, other=other, unused=_unused(table, found.column)
            )
            sql = cures.rewritten(case.sql, found, own) or cures.advice(
                case.sql,
                _("write the value as {own} instead of {other}: {text}").format(own=own, other=other, text=found.text),
            )
            yield _finding(scan_, cause, _proof(scan_, found), _with_index(table, found.column, sql))
    yield from _join_mismatches(case)


def _join_mismatches(case: ExaminedPlan) -> Iterator[Finding]:
    for node in case.plan.root.walk():
        for part in (part for name in _JOIN_DETAILS for part in conjuncts(node.detail(name))):
            for scan_ in case.scans:
                if scan_.table is None or f"{scan_.alias}." not in part:
                    continue
                found = compared(without_prefix(part, {scan_.alias}), scan_.table)
                other = _other_type(scan_.table, found) if found is not None and found.wrap is Wrap.CAST else ""
                if found is None or not other or _is_cast_written(case.sql, found.column):
                    continue
                own = scan_.table.type_of(found.column)
                cause = _("{sql_name}.{column} is {own}, but is joined as {other}: no index can join").format(
                    sql_name=scan_.table.sql_name, column=found.column, own=own, other=other
                )
                yield Finding(
                    "",
                    cause,
                    _("{title} tests {part}.").format(title=node.title, part=part),
                    cures.advice(case.sql, _("give both columns one type: {part}").format(part=part)),
                    rows=scan_.rows_read or 0.0,
                )


def functions_on_columns(case: ExaminedPlan) -> Iterator[Finding]:
    """A column inside a function, an expression or a cast that was written."""
    for scan_, table, found in _missed(case):
        is_cast = found.wrap is Wrap.CAST and bool(_other_type(table, found))
        if found.wrap not in (Wrap.FUNCTION, Wrap.EXPRESSION) and not (
            is_cast and _is_cast_written(case.sql, found.column)
        ):
            continue
        what = {Wrap.FUNCTION: _("a function"), Wrap.CAST: _("a cast")}.get(found.wrap, _("an expression"))
        unused = _unused(table, found.column)
        cause = _("{sql_name}.{column} is compared inside {what}, {side}: {unused}").format(
            sql_name=table.sql_name, column=found.column, what=what, side=found.side, unused=unused
        )
        sql = cures.rewritten(case.sql, found, table.type_of(found.column)) if is_cast else ""
        if sql:
            yield _finding(scan_, cause, _proof(scan_, found), _with_index(table, found.column, sql))
            continue
        sql = cures.index_sql(table, (cures.as_expression(found),))
        note = "-- refused with 42P17 unless the expression is IMMUTABLE; or compare the column itself\n"
        yield _finding(scan_, cause, _proof(scan_, found), note + sql, cures.index_price())


def other_collations(case: ExaminedPlan) -> Iterator[Finding]:
    """COLLATE beside a column whose index is sorted by another collation."""
    for scan_, table, found in _missed(case):
        if found.wrap is Wrap.COLLATE:
            cause = _("{sql_name}.{column} is compared by another collation than C: {side} uses no index").format(
                sql_name=table.sql_name, column=found.column, side=found.side
            )
            note = _("leave COLLATE out: all indexes of Aurora DSQL are sorted by C")
            yield _finding(scan_, cause, _proof(scan_, found), cures.advice(case.sql, note))


def leading_wildcards(case: ExaminedPlan) -> Iterator[Finding]:
    """LIKE that does not say how the value begins."""
    for scan_, table, found in _missed(case):
        if found.operator not in ("~~", "~~*") or not found.pattern or found.is_range:
            continue
        word = "LIKE" if found.operator == "~~" else "ILIKE"
        column = cures.quoted(found.column)
        cause = _("{word} '{pattern}' does not say how {sql_name}.{column} begins: no index is searched").format(
            word=word, pattern=found.pattern, sql_name=table.sql_name, column=found.column
        )
        ending = found.pattern.removeprefix("%")
        is_ending = word == "LIKE" and found.pattern.startswith("%") and not set(ending) & set("%_\\")
        if is_ending and ending:
            literal = cures.literal(ending)
            sql = (
                f"-- then search the other way round: reverse({column}) LIKE reverse({literal}) || '%'\n"
                + cures.index_sql(table, (f"(reverse({column}))",))
            )
            yield _finding(scan_, cause, _proof(scan_, found), sql, cures.index_price())
        else:
            note = _(
                "let the pattern begin with letters, or keep what is searched in a column of its own: {text}"
            ).format(text=found.text)
            yield _finding(scan_, cause, _proof(scan_, found), cures.advice(case.sql, note))


def leading_columns_missing(case: ExaminedPlan) -> Iterator[Finding]:
    """An index has the column, but not first, and its first key is not asked for."""
    for scan_, table in _full_scans(case):
        usable = _usable(scan_)
        asked = {c.column for c in usable}
        if any(index.serves and index.keys[:1] and index.keys[0] in asked for index in table.indexes):
            continue
        for found in usable:
            index = next((i for i in table.indexes if i.serves and found.column in i.keys[1:]), None)
            if index is None:
                continue
            place = index.keys.index(found.column) + 1
            cause = _(
                "the index {name} has {column} as key {place}, and its first key, {keys}, is not asked "
                "for: it is not searched"
            ).format(name=index.name, column=found.column, place=place, keys=index.keys[0])
            keys, included = cures.fitting_index(table, usable, scan_.projected)
            yield _finding(
                scan_, cause, _proof(scan_, found), cures.index_sql(table, keys, included), cures.index_price()
            )
            break


def invalid_indexes(case: ExaminedPlan) -> Iterator[Finding]:
    """An index that would be searched, but its build failed or is not done."""
    for scan_ in case.scans:
        table = scan_.table
        if table is None:
            continue
        missed = {c.comparison.column for c in scan_.conditions if c.where is not Tested.INDEX and c.comparison}
        for index in table.indexes:
            if index.is_valid or not missed & set(index.keys[:1]):
                continue
            if index.is_building:
                cause = _("the index {name} is still being built (job {job_id}): it is not searched yet").format(
                    name=index.name, job_id=index.job_id
                )
                yield _finding(scan_, cause, _proof(scan_), cures.wait_sql(index.job_id))
            else:
                cause = _("the index {name} is INVALID, its build has failed: it is never searched").format(
                    name=index.name
                )
                yield _finding(scan_, cause, _proof(scan_), _rebuilt(table, index))


def missing_indexes(case: ExaminedPlan) -> Iterator[Finding]:
    """No index begins with a column that is asked for."""
    for scan_, table in _full_scans(case):
        usable = _usable(scan_)
        asked = {c.column for c in usable}
        if any(set(index.keys) & asked for index in table.indexes if not index.is_primary or index.keys[:1]):
            begun = [i for i in table.indexes if set(i.keys[:1]) & asked or (set(i.keys) & asked and i.serves)]
            if begun:
                continue  # another rule's: invalid, not chosen, or a leading column is missing
        keys, included = cures.fitting_index(table, usable, scan_.projected)
        if not keys:
            continue
        names = ", ".join(dict.fromkeys(c.column for c in usable))
        cause = _("no index of {sql_name} begins with a column that is asked for ({names}): all rows are read").format(
            sql_name=table.sql_name, names=names
        )
        yield _finding(scan_, cause, _proof(scan_), cures.index_sql(table, keys, included), cures.index_price())


def indexes_not_chosen(case: ExaminedPlan) -> Iterator[Finding]:
    """An index could be searched, and the planner prefers to read everything."""
    for scan_, table in _full_scans(case):
        usable = _usable(scan_)
        asked = {c.column for c in usable}
        index = next((i for i in table.indexes if i.serves and i.keys[:1] and i.keys[0] in asked), None)
        if index is None or scan_.is_full is False:
            continue
        estimated = scan_.node.rows or 0.0
        cause = _(
            "the index {name} could be searched, but the planner expects {estimated:,.0f} rows to "
            "look up and reads the whole table instead"
        ).format(name=index.name, estimated=estimated)
        keys, included = cures.fitting_index(table, usable, scan_.projected)
        is_covering = set(scan_.projected) <= {*table.key, *included, *(c.column for c in usable)}
        sql = cures.index_sql(table, keys, included) if keys and included and is_covering else ""
        price = cures.index_price() if sql else ""
        yield _finding(scan_, cause, _proof(scan_), sql or f"ANALYZE {table.sql_name};", price)


# -- what they share ---------------------------------------------------------------------------------------------------


def _missed(case: ExaminedPlan) -> Iterator[tuple[TableScan, KnownTable, ConditionComparison]]:
    """Comparisons that no index was searched by."""
    for scan_ in case.scans:
        if scan_.table is None or (scan_.rows_read or 0.0) < FEW_ROWS:
            continue
        for condition in scan_.conditions:
            if condition.where is not Tested.INDEX and condition.comparison is not None:
                yield scan_, scan_.table, condition.comparison


def _full_scans(case: ExaminedPlan) -> Iterator[tuple[TableScan, KnownTable]]:
    """Scans of all rows of a table that is worth an index."""
    for scan_ in case.scans:
        if scan_.table is not None and scan_.is_full and (scan_.rows_read or 0.0) >= FEW_ROWS:
            yield scan_, scan_.table


def _usable(scan_: TableScan) -> tuple[ConditionComparison, ...]:
    """Comparisons of a column alone with a value of its type."""
    table = scan_.table
    return tuple(
        c
        for c in scan_.comparisons
        if table is not None
        and c.wrap is Wrap.NONE
        and (c.is_equality or c.is_range)
        and (not c.constant_type or has_same_type(table.type_of(c.column), c.constant_type))
    )


def _other_type(table: KnownTable, found: ConditionComparison) -> str:
    """The type it is compared as, where that is another than the column's; else empty."""
    own = table.type_of(found.column)
    other = found.cast_to if found.wrap is Wrap.CAST else found.constant_type if found.wrap is Wrap.NONE else ""
    return other if other and not has_same_type(own, other) else ""


def _is_cast_written(sql: str, column: str) -> bool:
    """Whether the statement casts that column itself: `column::type`, `cast(column as type)`."""
    tokens = [token for token in scan(sql)[0] if token.kind is not Kind.COMMENT]
    for at, token in enumerate(tokens):
        if token.kind in (Kind.WORD, Kind.IDENT) and identifier(token) == column:
            behind = [t.text.lower() for t in tokens[at + 1 : at + 3]]
            if behind[:1] in (["::"], ["as"]) or behind == [")", "::"]:
                return True
    return False


def _unused(table: KnownTable, column: str) -> str:
    index = next((i for i in table.indexes if i.serves and i.keys[:1] == (column,)), None)
    return (
        _("the index {name} is not used").format(name=index.name)
        if index is not None
        else _("no index can be searched by it")
    )


def _with_index(table: KnownTable, column: str, sql: str) -> str:
    """The statement, and the index that it then needs if there is none."""
    is_there = any(i.serves and i.keys[:1] == (column,) for i in table.indexes)
    return (
        sql if is_there else f"{sql}\n-- no index begins with {column} yet:\n{cures.plain_index_sql(table, (column,))}"
    )


def _rebuilt(table: KnownTable, index: KnownIndex) -> str:
    note = "-- it is UNIQUE: where rows are equal, the build fails again\n" if index.is_unique else ""
    return note + cures.rebuilt_index_sql(table, index)


def _proof(scan_: TableScan, found: ConditionComparison | None = None) -> str:
    """How many rows were read for how many, and where the condition was tested."""
    read, passed = scan_.rows_read, scan_.rows_passed
    verb = _("reads") if scan_.node.actual_rows is not None else _("is expected to read")
    passes = _("passes") if scan_.node.actual_rows is not None else _("pass")
    told = _("{kind} of {shown_name} {verb} {read:,.0f} rows and {passes} {passed:,.0f} on").format(
        kind=scan_.kind, shown_name=scan_.shown_name, verb=verb, read=read or 0, passes=passes, passed=passed or 0
    )
    where = next((_(c.where.value) for c in scan_.conditions if found is not None and c.comparison is found), "")
    return (
        _("{told}; {text} is tested in the {where}.").format(told=told, text=found.text, where=where)
        if found is not None and where
        else (f"{told}." if language() == ENGLISH else as_sentence(told))
    )


def _finding(scan_: TableScan, cause: str, proof: str, cure: str, price: str = "") -> Finding:
    saved = max(0.0, (scan_.rows_read or 0.0) - (scan_.rows_passed or 0.0))
    told = as_sentence(cause) if language() != ENGLISH or cause.startswith(("the ", "no ")) else f"{cause}."
    return Finding("", told, proof, cure, price, rows=saved)
