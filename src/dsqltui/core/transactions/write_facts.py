"""What a write says of single rows: which ones by their key, and what it makes of them. Read from its tokens alone;
what would have to be understood further is said not to be readable, with the reason."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from dsqltui.core.language import _
from dsqltui.core.results.single_table import TableName
from dsqltui.core.sql.classify import said_words
from dsqltui.core.sql.lexer import Kind, Token, identifier, scan
from dsqltui.core.sql.relation_places import relation_places

MOST_KEYS = 100
"""Rows of one statement that are looked for."""
_ENDS_OF_INSERT = ("on", "returning", "overriding")


class WriteUnreadable(Exception):
    """What the statement makes of which rows cannot be told from its text; the message says why, no full stop."""


@dataclass(frozen=True, slots=True)
class Written:
    """An expression as it was written."""

    sql: str
    names: frozenset[str] = frozenset()
    """Names in it that may be columns."""
    calls: frozenset[str] = frozenset()
    literal: str | None = None
    """The value as text, when it is a plain literal that is not NULL."""


@dataclass(frozen=True, slots=True)
class InsertFacts:
    """INSERT ... VALUES."""

    table: TableName
    columns: tuple[str, ...]
    """Empty: all of the table's, in its order."""
    rows: tuple[tuple[Written | None, ...], ...]
    """None: DEFAULT."""
    has_conflict_clause: bool = False


@dataclass(frozen=True, slots=True)
class ChangeFacts:
    """UPDATE or DELETE of one table."""

    is_delete: bool
    table: TableName
    alias: str
    assignments: Mapping[str, Written | None]
    equal: Mapping[str, tuple[Written, ...]]
    """Columns that WHERE, whose parts are joined by AND, compares with literals: `=` with one, IN with several."""
    problem: str = ""
    """Why the rows cannot be told by their key, whatever the key is; no full stop."""


def write_facts(sql: str) -> InsertFacts | ChangeFacts:
    """Of one INSERT, UPDATE or DELETE. Raises WriteUnreadable."""
    tokens = tuple(t for t in scan(sql)[0] if t.kind not in (Kind.COMMENT, Kind.SEMICOLON))
    words = tuple(said_words(tokens))
    places = relation_places(tokens, words)
    if words[:1] not in (("insert",), ("update",), ("delete",)) or not places:
        raise WriteUnreadable(_("it is no plain INSERT, UPDATE or DELETE"))
    if any(token.kind is Kind.PARAM for token in tokens):
        raise WriteUnreadable(_("it was sent with parameters, which the journal does not keep"))
    table = TableName(places[0].name, places[0].schema)
    reader = _Reader(sql, tokens, words)
    if words[0] == "insert":
        return reader.insert(table, places[0].end)
    return reader.change(table, places[0].end)


class _Reader:
    def __init__(self, sql: str, tokens: Sequence[Token], words: Sequence[str]) -> None:
        self._sql, self._tokens, self._words = sql, tokens, words

    def insert(self, table: TableName, table_end: int) -> InsertFacts:
        at = next(i for i, token in enumerate(self._tokens) if token.start >= table_end)
        columns: tuple[str, ...] = ()
        if self._words[at : at + 1] == ("as",):
            at += 2
        if self._words[at : at + 1] == ("(",):
            end = self._closing(at)
            columns = tuple(identifier(t) for t in self._tokens[at + 1 : end] if t.kind in (Kind.WORD, Kind.IDENT))
            at = end + 1
        if self._words[at : at + 1] != ("values",):
            raise WriteUnreadable(_("its rows come from a query"))
        at += 1
        rows = []
        while self._words[at : at + 1] == ("(",):
            end = self._closing(at)
            rows.append(tuple(self._written(a, b) for a, b in self._split(at + 1, end, ",")))
            at = end + 1
            at += self._words[at : at + 1] == (",",)
        return InsertFacts(table, columns, tuple(rows), "on" in self._words[at:])

    def change(self, table: TableName, table_end: int) -> ChangeFacts:
        is_delete = self._words[0] == "delete"
        at = next((i for i, t in enumerate(self._tokens) if t.start >= table_end), len(self._tokens))
        outer = dict(reversed([(word, i) for i, word in self._outer(at)]))
        if "using" in outer or "from" in outer:
            raise WriteUnreadable(_("its rows depend on another table"))
        end = outer.get("returning", len(self._tokens))
        where = outer.get("where")
        head_end = outer.get("set", where if where is not None else end)
        names = [t for t in self._tokens[at:head_end] if t.kind in (Kind.WORD, Kind.IDENT) and t.text.lower() != "as"]
        alias = identifier(names[0]) if names else table.name
        assignments: dict[str, Written | None] = {}
        if not is_delete:
            if "set" not in outer:
                raise WriteUnreadable(_("its SET cannot be read"))
            for a, b in self._split(outer["set"] + 1, where if where is not None else end, ","):
                self._assign(a, b, assignments)
        if where is None:
            every = _("it changes every row, and none is named by its key")
            return ChangeFacts(is_delete, table, alias, assignments, {}, every)
        if any(word == "or" for _unused, word in self._outer(where + 1, end)):
            return ChangeFacts(is_delete, table, alias, assignments, {}, _("its WHERE has an OR"))
        return ChangeFacts(is_delete, table, alias, assignments, self._equalities(where + 1, end))

    def _assign(self, a: int, b: int, assignments: dict[str, Written | None]) -> None:
        if b - a < 3 or self._words[a + 1] != "=":
            raise WriteUnreadable(_("its SET cannot be read"))
        assignments[identifier(self._tokens[a])] = self._written(a + 2, b)

    def _equalities(self, at: int, end: int) -> dict[str, tuple[Written, ...]]:
        found: dict[str, tuple[Written, ...]] = {}
        for a, b in self._split(at, end, "and"):
            a, b = self._without_parentheses(a, b)
            if self._words[a + 1 : a + 2] == (".",):
                a += 2
            if b - a < 3 or self._tokens[a].kind not in (Kind.WORD, Kind.IDENT):
                continue
            name = identifier(self._tokens[a])
            if self._words[a + 1] == "=":
                value = self._written(a + 2, b)
                if value is not None and value.literal is not None:
                    found[name] = (value,)
            elif self._words[a + 1] == "in" and self._words[a + 2] == "(" and self._closing(a + 2) == b - 1:
                values = [self._written(c, d) for c, d in self._split(a + 3, b - 1, ",")]
                if all(value is not None and value.literal is not None for value in values):
                    found[name] = tuple(value for value in values if value is not None)
        return found

    def _without_parentheses(self, a: int, b: int) -> tuple[int, int]:
        while self._words[a : a + 1] == ("(",) and self._closing(a) == b - 1:
            a, b = a + 1, b - 1
        return a, b

    def _written(self, a: int, b: int) -> Written | None:
        """The expression between two tokens; None for DEFAULT."""
        tokens, words = self._tokens[a:b], self._words[a:b]
        if not tokens:
            raise WriteUnreadable(_("a value is missing"))
        if words == ("default",):
            return None
        if "select" in words:
            return Written(self._text(a, b), calls=frozenset({"select"}))
        names = frozenset(identifier(t) for t in tokens if t.kind in (Kind.WORD, Kind.IDENT))
        calls = frozenset(
            identifier(t) for t, after in zip(tokens, words[1:], strict=False) if after == "(" and t.kind is Kind.WORD
        ) | (names & _CALLS_WITHOUT_PARENTHESES)
        return Written(self._text(a, b), names, calls, _literal(tokens))

    def _text(self, a: int, b: int) -> str:
        return self._sql[self._tokens[a].start : self._tokens[b - 1].end]

    def _closing(self, at: int) -> int:
        depth = 0
        for i in range(at, len(self._words)):
            depth += (self._words[i] == "(") - (self._words[i] == ")")
            if depth == 0:
                return i
        raise WriteUnreadable(_("a parenthesis is not closed"))

    def _outer(self, at: int, end: int | None = None) -> list[tuple[int, str]]:
        depth, found = 0, []
        for i in range(at, len(self._words) if end is None else end):
            depth += (self._words[i] == "(") - (self._words[i] == ")")
            if depth == 0:
                found.append((i, self._words[i]))
        return found

    def _split(self, at: int, end: int, separator: str) -> list[tuple[int, int]]:
        """Ranges between separators outside parentheses."""
        found, start = [], at
        for i, word in self._outer(at, end):
            if word == separator:
                found.append((start, i))
                start = i + 1
        found.append((start, end))
        return found


_CALLS_WITHOUT_PARENTHESES = frozenset(
    "current_timestamp current_date current_time localtime localtimestamp current_user session_user".split()
)


def _literal(tokens: Sequence[Token]) -> str | None:
    """`5`, `-5`, `'a'`, `'a'::text`, `date '2026-01-01'`, `true`: the value as text."""
    texts = [token.text for token in tokens]
    if "::" in texts:
        texts = texts[: texts.index("::")]
        tokens = tokens[: len(texts)]
    sign = ""
    if len(tokens) == 2 and texts[0] in ("-", "+") and tokens[1].kind is Kind.NUMBER:
        sign, tokens = texts[0].replace("+", ""), tokens[1:]
    elif len(tokens) == 2 and tokens[0].kind is Kind.WORD and tokens[1].kind is Kind.STRING:
        tokens = tokens[1:]
    if len(tokens) != 1:
        return None
    token = tokens[0]
    if token.kind is Kind.NUMBER:
        return sign + token.text
    if token.kind is Kind.STRING and token.text.startswith("'"):
        return token.text[1:-1].replace("''", "'")
    if token.kind is Kind.WORD and token.text.lower() in ("true", "false"):
        return token.text.lower()
    return None
