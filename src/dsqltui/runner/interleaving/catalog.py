"""What the catalog says of the tables that a case touches: columns, sequences, foreign keys, contents."""

from collections.abc import Sequence
from dataclasses import dataclass

from dsqltui.core.interleaving.put_back import MOST_ROWS, TableContents, in_order_of_parents, quoted_name
from dsqltui.core.language import _
from dsqltui.core.sessions.asking import NoAnswer, rows_of
from dsqltui.core.sessions.session import Session
from dsqltui.core.sql.lexer import quote_identifier, quote_literal
from dsqltui.runner.interleaving.trouble import CannotExplore

_COLUMNS = """
SELECT a.attname, a.attidentity, a.attgenerated, coalesce(pg_get_expr(d.adbin, d.adrelid), '')
FROM pg_attribute a LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
WHERE a.attrelid = to_regclass({table}) AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum
"""
_FOREIGN_KEYS = """
SELECT child.nspname || '.' || c.relname, parent.nspname || '.' || p.relname
FROM pg_constraint f
JOIN pg_class c ON c.oid = f.conrelid JOIN pg_namespace child ON child.oid = c.relnamespace
JOIN pg_class p ON p.oid = f.confrelid JOIN pg_namespace parent ON parent.oid = p.relnamespace
WHERE f.contype = 'f'
"""
_FULL_NAME = """
SELECT n.nspname || '.' || c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.oid = to_regclass({table}) AND c.relkind = 'r'
"""


@dataclass(frozen=True, slots=True)
class TouchedTables:
    """The tables of a case."""

    names: tuple[str, ...]
    """`schema.name`, parents before their children."""
    contents: tuple[TableContents, ...]
    drawn_columns: tuple[str, ...]
    """Columns that a sequence fills."""
    drawing_tables: tuple[str, ...]
    has_foreign_keys: bool


async def read_tables(session: Session, tables: Sequence[str]) -> TouchedTables:
    """The tables, and those whose foreign keys point at them. Raises CannotExplore."""
    try:
        full = [name for table in tables if (name := await full_name(session, table)) is not None]
        pairs = await rows_of(session, _FOREIGN_KEYS, limit=10_000)
    except NoAnswer as problem:
        raise CannotExplore(_("The catalog could not be read: {problem}.").format(problem=problem)) from None
    parents: dict[str, list[str]] = {}
    for child, parent in pairs:
        if child and parent:
            parents.setdefault(child, []).append(parent)
    found = dict.fromkeys(full)
    while more := [c for c, ps in parents.items() if c not in found and any(p in found for p in ps)]:
        found.update(dict.fromkeys(more))
    names = in_order_of_parents(found, parents)
    contents, drawn, drawing = [], [], []
    for name in names:
        table, own = await _contents(session, name)
        contents.append(table)
        drawn += own
        drawing += [name] * bool(own)
    has_keys = any(child in found or not found.keys().isdisjoint(ps) for child, ps in parents.items())
    return TouchedTables(names, tuple(contents), tuple(dict.fromkeys(drawn)), tuple(drawing), has_keys)


async def full_name(session: Session, table: str) -> str | None:
    """`schema.name` of a table; None when there is no such table. Raises NoAnswer."""
    asked = _FULL_NAME.format(table=quote_literal(quoted_name(table)))
    rows = await rows_of(session, asked, limit=1)
    return rows[0][0] if rows else None


async def _contents(session: Session, name: str) -> tuple[TableContents, list[str]]:
    """A table's rows, and its columns that a sequence fills."""
    quoted = quoted_name(name)
    try:
        columns = await rows_of(session, _COLUMNS.format(table=quote_literal(quoted)), limit=1_000)
        written = [str(row[0]) for row in columns if not row[2]]
        listed = ", ".join(map(quote_identifier, written))
        rows = await rows_of(session, f"SELECT {listed or '1'} FROM {quoted}", limit=MOST_ROWS + 1)
    except NoAnswer as problem:
        raise CannotExplore(_("{name} could not be read: {problem}.").format(name=name, problem=problem)) from None
    if len(rows) > MOST_ROWS:
        raise CannotExplore(
            _(
                "{name} has more than {most_rows} rows, too many to put back before each order; say how "
                "with a reset (--reset FILE)."
            ).format(name=name, most_rows=MOST_ROWS)
        )
    drawn = [str(row[0]) for row in columns if row[1] or "nextval(" in str(row[3])]
    is_always = any(row[1] == "a" for row in columns)
    return TableContents(quoted, tuple(written), rows, is_always), drawn
