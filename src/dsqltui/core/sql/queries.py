"""What a query, or a write, is made of: its verb, writes inside WITH, locking clauses, the functions it calls.

One pass over the tokens with a stack of parentheses; each keeps where in a query it stands. A column called `update`,
a function's argument `delete` or the `for` of substring() is none of them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, IntEnum, auto

from dsqltui.core.sql.lexer import Kind, Token, identifier

DML = frozenset({"insert", "update", "delete", "merge"})
QUERY_VERBS = frozenset({"select", "values", "table"})


class RowFlag(IntEnum):
    """A locking clause; the higher, the stronger."""

    KEY_SHARE = 1
    SHARE = 2
    NO_KEY_UPDATE = 3
    UPDATE = 4


@dataclass(frozen=True, slots=True)
class QueryParts:
    """What was found."""

    verb: str
    """The main one, behind WITH and parentheses."""
    has_writing_with: bool
    row_flag: RowFlag | None
    makes_table: bool
    """SELECT ... INTO."""
    calls: tuple[str, ...]


class _At(Enum):
    START = auto()
    """A statement or query may begin."""
    WITH_NAME = auto()
    WITH_AS = auto()
    """Behind the name: its columns, AS, MATERIALIZED, then the query in parentheses."""
    WITH_DONE = auto()
    """Behind the query of a WITH: the next one, SEARCH, CYCLE, or the main statement."""
    WITH_CLAUSE = auto()
    """In SEARCH or CYCLE, before its SET."""
    WITH_SET = auto()
    """Behind that SET."""
    BODY = auto()


class _Role(Enum):
    MAIN = auto()
    """The statement itself, also in parentheses."""
    WITH = auto()
    """The query of a WITH, also in parentheses."""
    OTHER = auto()


@dataclass(slots=True)
class _Level:
    """One level of parentheses."""

    role: _Role
    at: _At = _At.START
    is_query: bool = False
    """FOR UPDATE and the like belong to a query here."""
    is_main_select: bool = False
    sees_as: bool = False


_LOCKS = (
    (("update",), RowFlag.UPDATE),
    (("no", "key", "update"), RowFlag.NO_KEY_UPDATE),
    (("share",), RowFlag.SHARE),
    (("key", "share"), RowFlag.KEY_SHARE),
)
_NOT_CALLED = frozenset(
    """
    all and any array as asc between by case cast cast character coalesce conflict cube cycle dec decimal delete desc
    distinct do else end escape except exists extract filter float for from group grouping having ilike in insert
    intersect interval into is isnull join key last lateral left like limit materialized nchar normalize not notnull
    nullif numeric nulls of offset on only or order over overlay overriding partition position precision recursive
    returning right rollup row rows search select set sets similar some symmetric table tablesample then time timestamp
    trim union update user using values varchar varying when where window with within bit char greatest least full
    inner outer cross natural
    """.split()
)
"""Words with a parenthesis behind them that are no function, or an expression of SQL's own."""


class _Reader:
    """Reads the tokens of one query or write."""

    def __init__(self, tokens: Sequence[Token], words: Sequence[str]) -> None:
        self._tokens = tokens
        self._words = words
        self._levels = [_Level(_Role.MAIN)]
        self._verb = ""
        self._has_writing_with = False
        self._makes_table = False
        self._flag: RowFlag | None = None
        self._calls: dict[str, None] = {}

    def read(self) -> QueryParts:
        for index, word in enumerate(self._words):
            level = self._levels[-1]
            if word == "(":
                self._open(index, level)
            elif word == ")":
                if len(self._levels) > 1:
                    self._levels.pop()
            elif level.at is _At.BODY:
                self._in_body(index, word, level)
            else:
                self._before_body(index, word, level)
        return QueryParts(self._verb, self._has_writing_with, self._flag, self._makes_table, tuple(self._calls))

    def _open(self, index: int, level: _Level) -> None:
        inner = _Level(_Role.OTHER)
        if level.at in (_At.START, _At.WITH_DONE, _At.WITH_SET):
            inner.role = level.role
            level.at, level.is_query = _At.BODY, True
        elif level.at is _At.WITH_AS:
            if level.sees_as:
                inner.role, level.at, level.sees_as = _Role.WITH, _At.WITH_DONE, False
            else:  # the columns of a WITH
                inner.at = _At.BODY
        elif level.at is _At.BODY:
            self._call(index)
        self._levels.append(inner)

    def _before_body(self, index: int, word: str, level: _Level) -> None:
        match level.at:
            case _At.START:
                self._begin(word, level)
            case _At.WITH_NAME:
                names_itself = self._words[index + 1 : index + 2] in (["as"], ["("])
                if word != "recursive" or names_itself:
                    level.at = _At.WITH_AS
            case _At.WITH_AS:
                level.sees_as = level.sees_as or word == "as"
            case _At.WITH_DONE:
                if word in ("search", "cycle"):
                    level.at = _At.WITH_CLAUSE
                else:
                    self._behind_with(word, level)
            case _At.WITH_CLAUSE:
                if word == "set":
                    level.at = _At.WITH_SET
            case _At.WITH_SET:
                is_operand = self._words[index - 1] in ("set", "using", "to", "default")
                if not is_operand and word not in ("using", "to", "default"):
                    self._behind_with(word, level)

    def _behind_with(self, word: str, level: _Level) -> None:
        if word == ",":
            level.at = _At.WITH_NAME
        elif word in ("search", "cycle"):
            level.at = _At.WITH_CLAUSE
        else:
            self._begin(word, level)

    def _begin(self, word: str, level: _Level) -> None:
        """The first word of a statement or query, or of anything else in parentheses."""
        if word == "with":
            level.at = _At.WITH_NAME
            return
        level.at = _At.BODY
        level.is_query = word in QUERY_VERBS
        if level.role is _Role.MAIN and not self._verb:
            self._verb = word
            level.is_main_select = word == "select"
        if level.role is _Role.WITH and word in DML:
            self._has_writing_with = True

    def _in_body(self, index: int, word: str, level: _Level) -> None:
        if word == "for" and level.is_query:
            self._lock(index)
        elif word == "select":
            level.is_query = True  # INSERT ... SELECT
        elif word == "into" and level.is_main_select:
            self._makes_table = True

    def _lock(self, index: int) -> None:
        for following, flag in _LOCKS:
            if tuple(self._words[index + 1 : index + 1 + len(following)]) == following:
                self._flag = max(self._flag or flag, flag)

    def _call(self, index: int) -> None:
        """The name before the parenthesis at `index`, if it is a function's."""
        last = index - 1
        token = self._tokens[last]
        if token.kind not in (Kind.WORD, Kind.IDENT):
            return
        parts = [identifier(token)]
        first = last
        while first >= 2 and self._words[first - 1] == "." and self._tokens[first - 2].kind in (Kind.WORD, Kind.IDENT):
            first -= 2
            parts.insert(0, identifier(self._tokens[first]))
        if len(parts) == 1 and token.kind is Kind.WORD and self._words[last] in _NOT_CALLED:
            return
        before = self._words[first - 1] if first else ""
        if before in ("into", "as", ")"):
            return  # columns of INSERT INTO or of an alias, a type
        self._calls[".".join(parts)] = None


def read_query(tokens: Sequence[Token], words: Sequence[str]) -> QueryParts:
    """What the query or write of these tokens (without comments) is made of."""
    return _Reader(tokens, list(words)).read()
