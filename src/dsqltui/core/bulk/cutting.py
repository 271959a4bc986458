r"""Whether a DELETE or UPDATE may be cut into transactions by primary key, and its parts: what `\batch` works with.

Each transaction does the statement's own work on some keys that were read at the start: the WHERE is asked again, so a
row that others have changed since is left alone. That is the same as one big statement only when no transaction changes
what a later one, or the same one tried again, looks at; what could is refused, with the reason.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from dsqltui.core.language import _
from dsqltui.core.results.single_table import TableName
from dsqltui.core.sql.classify import call_names, said_words
from dsqltui.core.sql.lexer import Kind, Token, identifier, quote_identifier, scan
from dsqltui.core.sql.relation_places import relation_places

_OTHER_EACH_TIME = frozenset({"random", "gen_random_uuid", "nextval", "setval", "clock_timestamp", "timeofday"})


class CannotCut(Exception):
    """It may not be cut; the message is a sentence that says why."""


@dataclass(frozen=True, slots=True)
class CutWork:
    """A DELETE or UPDATE of one table."""

    verb: str
    """`delete` or `update`."""
    table: TableName
    target: str
    """Table and alias as written."""
    prefix: str
    """The name that columns are qualified with, quoted, with the dot."""
    assignments: str
    """What stands between SET and WHERE; empty for DELETE."""
    columns: tuple[str, ...]
    """Columns that SET names."""
    condition: str
    """Behind WHERE; empty without one."""

    def keys_sql(self, key: Sequence[str]) -> str:
        """Reads the keys of all rows, in order."""
        names = ", ".join(self.prefix + quote_identifier(name) for name in key)
        where = f" WHERE {self.condition}" if self.condition else ""
        return f"SELECT {names} FROM {self.target}{where} ORDER BY {names}"

    def change_sql(self, key: Sequence[str], types: Sequence[str], count: int) -> str:
        """Does the work on `count` keys, parameters $1, $2, ... in the order of the key."""
        join = self._keys_table("USING" if self.verb == "delete" else "FROM", types, count)
        if self.verb == "delete":
            return f"DELETE FROM {self.target} {join} WHERE {self._matches(key)}"
        returned = ", ".join(self.prefix + quote_identifier(name) for name in (*key, *self.columns))
        return f"UPDATE {self.target} SET {self.assignments} {join} WHERE {self._matches(key)} RETURNING {returned}"

    def look_sql(self, key: Sequence[str], types: Sequence[str], count: int, *, is_matching: bool) -> str:
        """Reads keys and the columns that SET names, of those of the keys that still match, or of all."""
        names = ", ".join(self.prefix + quote_identifier(name) for name in (*key, *self.columns))
        join = f"JOIN {self._keys_table('', types, count).strip()} ON {self._equal(key)}"
        where = f" WHERE {self.condition}" if self.condition and is_matching else ""
        return f"SELECT {names} FROM {self.target} {join}{where}"

    def _keys_table(self, word: str, types: Sequence[str], count: int) -> str:
        width = len(types)
        rows = (
            "(" + ", ".join(f"${row * width + n}::{name}" for n, name in enumerate(types, 1)) + ")"
            for row in range(count)
        )
        names = ", ".join(f'"key {n}"' for n in range(1, width + 1))
        return f'{word} (VALUES {", ".join(rows)}) AS "keys of the batch"({names})'

    def _equal(self, key: Sequence[str]) -> str:
        pairs = (f'{self.prefix}{quote_identifier(k)} = "keys of the batch"."key {n}"' for n, k in enumerate(key, 1))
        return " AND ".join(pairs)

    def _matches(self, key: Sequence[str]) -> str:
        return f"{self._equal(key)} AND ({self.condition})" if self.condition else self._equal(key)


def read_work(sql: str) -> CutWork:
    """The parts of a statement. Raises CannotCut."""
    tokens = tuple(token for token in scan(sql)[0] if token.kind is not Kind.COMMENT)
    while tokens and tokens[-1].kind is Kind.SEMICOLON:
        tokens = tokens[:-1]
    words = tuple(said_words(tokens))
    if any(token.kind is Kind.SEMICOLON for token in tokens):
        raise CannotCut(_("More than one statement stands there; cut one at a time."))
    if words[:1] not in (("delete",), ("update",)):
        raise CannotCut(_("Only DELETE and UPDATE of one table can be cut into transactions."))
    verb = words[0]
    outer = _outer(words)
    clauses = {word: at for at, word in reversed(outer) if word in ("set", "using", "from", "where", "returning")}
    if verb == "delete":
        clauses.pop("from", None)
    if "returning" in clauses:
        raise CannotCut(_("RETURNING gives one result, and there would be many; leave it out."))
    joined = clauses.get("using", clauses.get("from"))
    if joined is not None and joined < clauses.get("where", len(tokens)):
        raise CannotCut(
            _("It reads another table beside its own (USING, FROM), so its rows cannot be told by their keys.")
        )
    places = relation_places(tokens, words)
    if not places or (verb == "update" and "set" not in clauses):
        raise CannotCut(_("The table cannot be read; write DELETE FROM t WHERE ..., or UPDATE t SET ... WHERE ..."))
    table = TableName(places[0].name, places[0].schema)
    _refuse_own_rows(places[1:], table)
    end = len(sql) if not tokens else tokens[-1].end
    where_at = clauses.get("where")
    target_end = clauses["set"] if verb == "update" else where_at if where_at is not None else len(tokens)
    first = 1 if verb == "update" else 2
    target_tokens = tokens[first:target_end]
    condition = sql[tokens[where_at].end : end].strip() if where_at is not None else ""
    condition_tokens = tokens[where_at + 1 :] if where_at is not None else ()
    if condition_tokens and (called := call_names(condition_tokens) & _OTHER_EACH_TIME):
        raise CannotCut(
            _("Its WHERE calls {called}(), which answers otherwise each time it is asked.").format(
                called=sorted(called)[0]
            )
        )
    assignments = ""
    columns: tuple[str, ...] = ()
    if verb == "update":
        set_tokens = tokens[clauses["set"] + 1 : where_at if where_at is not None else len(tokens)]
        if not set_tokens:
            raise CannotCut(_("SET names no column."))
        assignments = sql[set_tokens[0].start : set_tokens[-1].end]
        columns = _assigned(set_tokens)
        _refuse_tested(columns, condition_tokens)
    target = sql[target_tokens[0].start : target_tokens[-1].end]
    return CutWork(verb, table, target, _prefix(target_tokens), assignments, columns, condition)


def refuse_key(work: CutWork, key: Sequence[str]) -> None:
    """Raises CannotCut when the table's primary key does not allow to cut."""
    if not key:
        raise CannotCut(_("{name} has no primary key, so its rows cannot be told apart.").format(name=work.table.name))
    changed = [column for column in work.columns if column in key]
    if changed:
        raise CannotCut(
            _(
                "It changes the primary key ({changed}): a row that is done could not be told from one that is not."
            ).format(changed=changed[0])
        )


def _refuse_own_rows(places: Sequence[object], table: TableName) -> None:
    for place in places:
        if getattr(place, "name", "") == table.name:
            raise CannotCut(
                _(
                    "It reads {name} in a subquery, and each transaction would change what the next one reads there."
                ).format(name=table.name)
            )


def _refuse_tested(columns: Sequence[str], condition: Sequence[Token]) -> None:
    names = {identifier(token) for token in condition if token.kind in (Kind.WORD, Kind.IDENT)}
    for column in columns:
        if column in names:
            raise CannotCut(
                _(
                    "It changes {column}, which its WHERE tests: after a lost answer nobody could tell a row "
                    "that is done from one that never was to be."
                ).format(column=column)
            )


def _outer(words: Sequence[str]) -> list[tuple[int, str]]:
    """Words outside parentheses, with their places."""
    found, depth = [], 0
    for at, word in enumerate(words):
        depth += (word == "(") - (word == ")")
        if depth == 0:
            found.append((at, word))
    return found


def _prefix(target: Sequence[Token]) -> str:
    """`t.` or the alias: the last name of `schema.t AS x`."""
    names = [token for token in target if token.kind in (Kind.WORD, Kind.IDENT)]
    if not names:
        raise CannotCut(_("The table cannot be read."))
    return quote_identifier(identifier(names[-1])) + "."


def _assigned(tokens: Sequence[Token]) -> tuple[str, ...]:
    """The columns of `a = 1, (b, c) = (2, 3)`."""
    found: list[str] = []
    depth, is_left = 0, True
    for token in tokens:
        if token.text == "=" and depth == 0:
            is_left = False
        elif token.text == "," and depth == 0:
            is_left = True
        elif is_left and token.kind in (Kind.WORD, Kind.IDENT):
            found.append(identifier(token))
        depth += (token.text in ("(", "[")) - (token.text in (")", "]"))
    return tuple(found)
