"""The SQL of cures: indexes to make, statements to write otherwise. For an editor; nothing here runs."""

import datetime
import re
from collections.abc import Callable, Iterable, Sequence

from dsqltui.core.aws.dpu_rates import MINIMUM_ACCESS_BYTES, WRITE_DPU_PER_BYTE
from dsqltui.core.catalog.relations import count_sql_of, create_index_sql, quoted, recreate_sql, wait_sql
from dsqltui.core.language import _
from dsqltui.core.plans.conditions import ConditionComparison, Wrap, plain_type, type_of_constant
from dsqltui.core.plans.known_tables import NOT_IN_KEYS, KnownIndex, KnownTable
from dsqltui.core.sql.lexer import Kind, Token, identifier, quote_literal, scan

__all__ = [
    "MOST_INCLUDED",
    "advice",
    "as_expression",
    "covering_index_sql",
    "fitting_index",
    "index_price",
    "index_sql",
    "literal",
    "plain_index_sql",
    "quoted",
    "rebuilt_index_sql",
    "rewritten",
    "row_estimate_sql",
    "wait_sql",
]

MOST_KEYS = 8
"""`more than 8 column keys in an index are not supported` (recorded)."""
MOST_INCLUDED = 6
"""Columns that a covering index is proposed with; one that holds more is a copy of the table."""
WRITE_DPU = MINIMUM_ACCESS_BYTES * WRITE_DPU_PER_BYTE
"""Least of one more index entry: 128 bytes at the documented rate (AWS User Guide, billing)."""


def index_price() -> str:
    """What one more index costs, as a sentence."""
    return _(
        "Each row written then also writes an index entry: at least 128 bytes, {dpu:.5f} DPU, "
        "twice on a multi-Region cluster; and its storage."
    ).format(dpu=WRITE_DPU)


def fitting_index(
    table: KnownTable, found: Sequence[ConditionComparison], projected: Iterable[str]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Keys (as SQL) and INCLUDE columns (as names) of the index for these conditions: equality first, then one range.

    No keys: none fits. No INCLUDE: nothing more is asked for, or the index would be a copy of the table.
    """
    equal = [_key(c) for c in found if c.is_equality and _can_be_key(table, c)]
    ranged = [_key(c) for c in found if c.is_range and _can_be_key(table, c) and _key(c) not in equal]
    keys = tuple(dict.fromkeys((*equal, *ranged[:1])))[:MOST_KEYS]
    if not keys:
        return (), ()
    bare = {c.column for c in found if quoted(c.column) in keys}
    wanted = [*projected, *(c.column for c in found)]
    included = tuple(dict.fromkeys(c for c in wanted if c not in bare and c not in table.key and c in table.names))
    is_copy = len(included) > 1 and {*included, *bare, *table.key} >= set(table.names)
    return keys, () if is_copy or len(included) > MOST_INCLUDED else included


def index_sql(table: KnownTable, keys: Sequence[str], included: Sequence[str] = ()) -> str:
    """CREATE INDEX ASYNC; `keys` are SQL: columns quoted where needed, or expressions in parentheses."""
    include = f" INCLUDE ({', '.join(map(quoted, included))})" if included else ""
    return f"CREATE INDEX ASYNC ON {table.sql_name} ({', '.join(keys)}){include};"


def plain_index_sql(table: KnownTable, columns: Sequence[str]) -> str:
    """CREATE INDEX ASYNC on columns by their names."""
    return create_index_sql(table.sql_name, columns, is_unique=False, includes=())


def covering_index_sql(table: KnownTable, index: KnownIndex, added: Sequence[str]) -> str:
    """An index like `index` that also carries the columns `added`, and how to get rid of the old one."""
    keys = [quoted(key) if key in table.names else f"({key})" for key in index.keys]
    included = tuple(dict.fromkeys((*index.includes, *added)))
    unique = "UNIQUE " if index.is_unique else ""
    made = index_sql(table, keys, included).replace("CREATE INDEX", f"CREATE {unique}INDEX", 1)
    return f"{made}\n-- when it is built: DROP INDEX {quoted(table.schema)}.{quoted(index.name)};"


def rebuilt_index_sql(table: KnownTable, index: KnownIndex) -> str:
    """The way out of an invalid index: drop it, then build it again."""
    return recreate_sql(f"{quoted(table.schema)}.{quoted(index.name)}", index.definition)


def row_estimate_sql(table: KnownTable) -> str:
    """The catalog's estimate in place of count(*)."""
    return count_sql_of(table.sql_name)


def literal(text: str) -> str:
    """A text as SQL."""
    return quote_literal(text)


def as_expression(comparison: ConditionComparison) -> str:
    """The column's side as an index key."""
    return f"({comparison.side})"


def rewritten(sql: str, found: ConditionComparison, column_type: str) -> str:
    """The statement with the column alone on its side and the constant in its type; empty where a person must do it.

    Rewritten are, where the comparison stands once in the statement: an integer column compared with a whole number of
    another type (5.0, '5'), and a timestamp cast to a date compared with a date for equality (which becomes a range).
    """
    family = plain_type(column_type)
    constant = _bare_constant(found.other)
    if family in ("smallint", "integer", "bigint") and re.fullmatch(r"-?\d+(\.0+)?", constant):
        written = constant.partition(".")[0]
        return _replaced(sql, found, constant, lambda name: f"{name} {found.operator} {written}")
    is_moment = family in ("timestamp without time zone", "timestamp with time zone")
    if is_moment and found.cast_to == "date" and found.operator == "=" and (after := _day_after(constant)):
        return _replaced(sql, found, constant, lambda name: f"{name} >= '{constant}' AND {name} < '{after}'")
    return ""


def _replaced(sql: str, found: ConditionComparison, constant: str, made: Callable[[str], str]) -> str:
    """The statement with `column[::type] operator constant[::type]` written anew; empty unless it stands there once."""
    tokens = [token for token in scan(sql)[0] if token.kind is not Kind.COMMENT]
    spans: list[tuple[int, int, str]] = []
    for at, token in enumerate(tokens):
        if token.kind not in (Kind.WORD, Kind.IDENT) or identifier(token) != found.column:
            continue
        place = _behind_cast(tokens, at + 1)
        if [t.text for t in tokens[place : place + 1]] != [found.operator]:
            continue
        value = place + 1
        is_negative = [t.text for t in tokens[value : value + 1]] == ["-"]
        value += is_negative
        if value >= len(tokens) or ("-" if is_negative else "") + tokens[value].text.strip("'") != constant:
            continue
        first = at - 2 if at >= 2 and tokens[at - 1].text == "." else at
        end = _behind_cast(tokens, value + 1)
        spans.append((tokens[first].start, tokens[end - 1].end, sql[tokens[first].start : token.end]))
    if len(spans) != 1:
        return ""
    ((start, end, name),) = spans
    return _with_semicolon(sql[:start] + made(name) + sql[end:])


def _behind_cast(tokens: Sequence[Token], at: int) -> int:
    """The place behind `::type`, if that stands there."""
    if at + 1 >= len(tokens) or tokens[at].text != "::" or tokens[at + 1].kind is not Kind.WORD:
        return at
    return at + 2


def _day_after(day: str) -> str:
    try:
        return (datetime.date.fromisoformat(day) + datetime.timedelta(days=1)).isoformat()
    except (ValueError, OverflowError):
        return ""


def advice(sql: str, *lines: str) -> str:
    """Comments above the statement, for what a person has to write."""
    return "\n".join([*(f"-- {line}" for line in lines), *([_with_semicolon(sql)] if sql else [])])


def _with_semicolon(sql: str) -> str:
    return sql.strip().rstrip(";") + ";"


def _bare_constant(text: str) -> str:
    """`'5.0'::numeric` as `5.0`; empty for what is no constant."""
    if not type_of_constant(text):
        return ""
    first = scan(text.strip("()"))[0]
    body = first[0].text if first[0].text != "-" else "".join(t.text for t in first[:2])
    return body.strip("'")


def _key(comparison: ConditionComparison) -> str:
    return quoted(comparison.column)


def _can_be_key(table: KnownTable, comparison: ConditionComparison) -> bool:
    return comparison.wrap is Wrap.NONE and plain_type(table.type_of(comparison.column)) not in NOT_IN_KEYS
