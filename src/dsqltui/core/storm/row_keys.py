"""Which rows a statement writes or flags, where it shows: `WHERE id = 7`, `VALUES (7, ...)`, rows that it returns.

Nothing is asked of the server. Where the key is not in sight the table alone is told, never a guess.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from dsqltui.core.language import _
from dsqltui.core.results.outcome import Row
from dsqltui.core.results.single_table import TableName, key_columns
from dsqltui.core.sql.classify import StatementKind, kind_of
from dsqltui.core.sql.lexer import Kind, Token, identifier, scan
from dsqltui.core.sql.touches import touches_of
from dsqltui.core.storm.functions import ScriptValue
from dsqltui.core.storm.template import Template, put_back

PrimaryKeyOf = Callable[[str], tuple[str, ...]]
"""A relation as written in SQL to the columns of its primary key; empty when they are not known."""
_MOST_ROWS = 20
"""Rows of one statement whose keys are told."""


@dataclass(frozen=True, slots=True)
class RowKey:
    """A row, as far as it is known."""

    table: str
    """As written in SQL."""
    key: str = ""
    """`id=7`, `shop=1, day='Mon'`; empty: not told."""

    @property
    def shown(self) -> str:
        """For people."""
        return f"{self.table} {self.key}" if self.key else _("{table} (key not told)").format(table=self.table)


@dataclass(frozen=True, slots=True)
class WrittenRows:
    """Where a statement's rows are found when it is run."""

    table: str
    keys: tuple[tuple[tuple[str, Template], ...], ...] = ()
    """For each row its columns and their values; empty: the words do not tell."""
    from_rows: tuple[str, ...] = ()
    """Columns of the primary key to look for in the rows that come back; empty: not known, or not needed."""

    def of_run(self, variables: Mapping[str, ScriptValue | str]) -> tuple[RowKey, ...]:
        """The rows with these values of the variables."""
        if not self.keys:
            return (RowKey(self.table),)
        return tuple(
            RowKey(self.table, ", ".join(f"{column}={value.filled(variables)}" for column, value in key))
            for key in self.keys
        )

    def of_result(self, columns: Sequence[str], rows: Sequence[Row]) -> tuple[RowKey, ...]:
        """The rows that a statement returned; without a key when they do not show it."""
        try:
            at = [columns.index(name) for name in self.from_rows]
        except ValueError:
            at = []
        if not at or not 0 < len(rows) <= _MOST_ROWS:
            return (RowKey(self.table),)
        named = tuple(zip(self.from_rows, at, strict=True))
        return tuple(RowKey(self.table, ", ".join(f"{name}={row[place]}" for name, place in named)) for row in rows)


def no_primary_keys(_table: str) -> tuple[str, ...]:
    """For when the catalog was not read."""
    return ()


def primary_keys_in(rows: Sequence[Row]) -> PrimaryKeyOf:
    """By the rows of `sql/catalog/primary_keys.sql`: schema, table, column."""

    def of(table: str) -> tuple[str, ...]:
        schema, _unused, name = table.rpartition(".")
        return key_columns(TableName(name, schema or None), rows)

    return of


def rows_of_statement(sql: str, primary_key: PrimaryKeyOf = no_primary_keys) -> tuple[RowKey, ...]:
    """The rows that a statement as it was sent writes or flags; empty when it writes nothing."""
    written = written_rows(Template((sql,)), primary_key)
    return () if written is None else written.of_run({})


def written_rows(template: Template, primary_key: PrimaryKeyOf = no_primary_keys) -> WrittenRows | None:
    """Where the rows of a statement are found; None when it writes and flags none."""
    text, stands = template.with_stand_ins()
    touched = touches_of(text)
    if kind_of(text) is not StatementKind.WRITE or touched.is_ddl or not touched.writes:
        return None
    table = touched.writes[0]
    columns = primary_key(table)
    if len(touched.writes) > 1 or touched.is_guess:
        return WrittenRows(table)
    found = _inserted(text, columns) if text.lstrip()[:6].lower() == "insert" else _where(touched.where, columns)
    if not found:
        return WrittenRows(table, from_rows=columns)
    return WrittenRows(table, tuple(tuple((column, put_back(value, stands)) for column, value in key) for key in found))


_Key = tuple[tuple[str, str], ...]


def _where(text: str, primary_key: tuple[str, ...]) -> list[_Key]:
    """The keys of a WHERE that compares columns with constants: `a = 1 AND b = 'x'`, `a IN (1, 2)`."""
    equal: dict[str, str] = {}
    among: tuple[str, list[str]] | None = None
    for part in _parts(_tokens(text), "and"):
        if any(token.text.lower() == "or" for token in part):
            return []
        name, length = _column(part)
        rest = part[length:]
        if not name or len(rest) < 2:
            continue
        if rest[0].text == "=" and (value := _constant(rest[1:])):
            equal.setdefault(name, value)
        elif rest[0].text.lower() == "in" and rest[1].text == "(" and rest[-1].text == ")":
            values = [_constant(one) for one in _parts(rest[2:-1], ",")]
            if all(values) and 0 < len(values) <= _MOST_ROWS:
                among = (name, values)
    if among is not None and among[0] not in equal:
        return [key for value in among[1] if (key := _chosen({**equal, among[0]: value}, primary_key))]
    key = _chosen(equal, primary_key)
    return [key] if key else []


def _chosen(found: Mapping[str, str], primary_key: tuple[str, ...]) -> _Key:
    """Of the columns that are known those of the primary key; all, when that is not known."""
    if not primary_key:
        return tuple(found.items())
    return tuple((name, found[name]) for name in primary_key) if all(name in found for name in primary_key) else ()


def _inserted(text: str, primary_key: tuple[str, ...]) -> list[_Key]:
    """The keys of an INSERT that names its columns, when the primary key is known and given as constants."""
    tokens = _tokens(text)
    words = [token.text.lower() for token in tokens]
    if not primary_key or "values" not in words or "(" not in words[: words.index("values")]:
        return []
    at = words.index("values")
    first = words.index("(")
    names = [identifier(part[0]) for part in _parts(tokens[first + 1 : at - 1], ",") if len(part) == 1]
    if words[at - 1] != ")" or not set(primary_key) <= set(names):
        return []
    keys: list[_Key] = []
    rest = tokens[at + 1 :]
    while rest and rest[0].text == "(" and len(keys) < _MOST_ROWS:
        end = _closing(rest)
        values = [_constant(part) for part in _parts(rest[1:end], ",")]
        if len(values) != len(names):
            return []
        given = {name: value for name, value in zip(names, values, strict=True) if value}
        key = _chosen(given, primary_key)
        if not key:
            return []
        keys.append(key)
        rest = rest[end + 2 :] if rest[end + 1 : end + 2] and rest[end + 1].text == "," else []
    return keys


def _tokens(text: str) -> list[Token]:
    return [token for token in scan(text)[0] if token.kind is not Kind.COMMENT]


def _parts(tokens: Sequence[Token], separator: str) -> list[list[Token]]:
    """Cut at a word or sign outside parentheses."""
    parts: list[list[Token]] = [[]]
    depth = 0
    for token in tokens:
        depth += (token.text == "(") - (token.text == ")")
        if depth == 0 and token.text.lower() == separator and token.kind in (Kind.WORD, Kind.OP):
            parts.append([])
        else:
            parts[-1].append(token)
    return parts


def _closing(tokens: Sequence[Token]) -> int:
    depth = 0
    for at, token in enumerate(tokens):
        depth += (token.text == "(") - (token.text == ")")
        if depth == 0:
            return at
    return len(tokens) - 1


def _column(tokens: Sequence[Token]) -> tuple[str, int]:
    """The column at the start, with or without its table's name, and how many tokens it takes."""
    if not tokens or tokens[0].kind not in (Kind.WORD, Kind.IDENT):
        return "", 0
    if len(tokens) > 2 and tokens[1].text == "." and tokens[2].kind in (Kind.WORD, Kind.IDENT):
        return identifier(tokens[2]), 3
    return identifier(tokens[0]), 1


def _constant(tokens: Sequence[Token]) -> str:
    """A number or a string, with a sign or a cast; empty when it is anything else."""
    sign = "-" if tokens and tokens[0].text == "-" else ""
    rest = list(tokens[1:] if sign else tokens)
    if len(rest) > 2 and rest[1].text == "::":
        rest = rest[:1]
    if len(rest) != 1 or rest[0].kind not in (Kind.NUMBER, Kind.STRING):
        return ""
    return sign + rest[0].text
