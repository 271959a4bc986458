"""What a statement is, from its tokens: the one place that knows. Console, guards, queue and simulator ask here.

Nothing is parsed and no catalog is asked. PostgreSQL judges the grammar; this says what a statement does if it is
accepted. Where that depends on what only the server knows (a function's body), the answer is `Writes.MAYBE`.
"""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache

from dsqltui.core.sql.lexer import Kind, Token, identifier, scan
from dsqltui.core.sql.queries import DML, QUERY_VERBS, QueryParts, RowFlag, read_query
from dsqltui.core.sql.utility import SettingChange, TransactionControl, control_of, setting_by_call, setting_of


class StatementKind(Enum):
    """The coarse kind. The server decides what a statement may do; this only routes it."""

    BEGIN = "begin"
    COMMIT = "commit"
    ROLLBACK = "rollback"
    READ = "read"
    """SELECT, VALUES, TABLE, SHOW, COPY TO, EXPLAIN; EXPLAIN ANALYZE of one of them."""
    WRITE = "write"
    """INSERT, UPDATE, DELETE, MERGE, COPY FROM, what carries one of them and runs it, SELECT ... FOR UPDATE."""
    DDL = "ddl"
    """Changes the schema, its rights or its comments, AWS IAM included."""
    COMMAND = "command"
    """A backslash command such as \\i; not SQL."""
    OTHER = "other"
    """SET, RESET, CALL and the like, and what nobody knows."""


class Writes(Enum):
    """Whether data or schema can be other ones after a statement."""

    NO = "no"
    MAYBE = "maybe"
    """It runs code that is not seen here: CALL, DO, EXECUTE, functions that are not PostgreSQL's own readers."""
    YES = "yes"


class CopyDirection(Enum):
    """Where the rows of a COPY go, seen from the server."""

    IN = "from"
    OUT = "to"


@dataclass(frozen=True, slots=True)
class CopyParts:
    """What a COPY says besides its table."""

    direction: CopyDirection
    is_query: bool
    """COPY (query) TO, not COPY table."""
    other_end: str
    """`stdin`, `stdout` or `program`; `file` for a file of the server's."""


@dataclass(frozen=True, slots=True)
class Classified:
    """One statement."""

    kind: StatementKind
    writes: Writes
    verb: str = ""
    """The first word that says what is done, lower case: `update` of `WITH ... UPDATE`, `explain` of EXPLAIN."""
    is_ddl: bool = False
    control: TransactionControl | None = None
    """Which statement of transaction control it is."""
    chains: bool = False
    """COMMIT or ROLLBACK AND CHAIN: the next transaction begins at once."""
    row_flag: RowFlag | None = None
    """The strongest locking clause that runs: FOR UPDATE, FOR KEY SHARE and between."""
    copy: CopyParts | None = None
    is_explain: bool = False
    is_analyzed: bool = False
    """EXPLAIN ANALYZE: what is explained is run."""
    has_writing_with: bool = False
    """WITH ... AS (INSERT, UPDATE, DELETE or MERGE)."""
    changes_rows: bool = False
    """INSERT, UPDATE, DELETE, MERGE or COPY FROM runs; a locking clause alone does not change rows."""
    setting: SettingChange | None = None
    """What SET, RESET, DISCARD ALL or a set_config with a literal name changes."""
    calls: tuple[str, ...] = ()
    """Functions that a query or a write calls, `schema.name` where the schema is written; folded as PostgreSQL does."""
    unknown_calls: tuple[str, ...] = ()
    """Those of them that are not known to only read."""

    @property
    def only_reads(self) -> bool:
        """Whether it is a query, as far as is known here, that leaves data, schema and session as they are."""
        return self.kind is StatementKind.READ and self.writes is Writes.NO and self.setting is None


DDL_VERBS = frozenset(
    "alter aws comment create drop grant import reassign refresh reindex revoke security truncate".split()
)
_QUERIES = QUERY_VERBS | {"with", "("}
_KINDS_BY_VERB = dict.fromkeys(DML, StatementKind.WRITE) | dict.fromkeys(DDL_VERBS, StatementKind.DDL)
"""What these words begin needs no further look."""
_CONTROL_KINDS = {
    TransactionControl.BEGIN: StatementKind.BEGIN,
    TransactionControl.COMMIT: StatementKind.COMMIT,
    TransactionControl.ROLLBACK: StatementKind.ROLLBACK,
}
_HARMLESS = frozenset("set reset show discard prepare deallocate listen unlisten close lock checkpoint".split())
"""Neither data nor schema are other ones after these."""
_SWITCHED_OFF = frozenset({"false", "off", "0", "'false'", "'off'", "'0'", "'f'", "'no'", "'n'"})
NOTHING = Classified(StatementKind.OTHER, Writes.NO)
"""No statement: white space and comments."""


def classify(sql: str) -> Classified:
    """What one statement is, or several that are sent as one (`a; b`): then what they do together."""
    return _classified(sql) if len(sql) <= _SHORT else _classified_long(sql)


_SHORT = 20_000
"""Characters up to which many answers are kept; of longer statements only the last few."""
_BEGINNING = 1_000


@lru_cache(maxsize=512)
def _classified(sql: str) -> Classified:
    return classify_tokens(scan(sql)[0])


@lru_cache(maxsize=4)
def _classified_long(sql: str) -> Classified:
    return classify_tokens(scan(sql)[0])


def kind_of(sql: str) -> StatementKind:
    """The coarse kind of one statement. A long INSERT is known by its beginning."""
    if len(sql) > _BEGINNING and ";" not in sql:
        tokens = [token for token in scan(sql[:_BEGINNING])[0] if token.kind is not Kind.COMMENT]
        if len(tokens) > 1 and (kind := _KINDS_BY_VERB.get(tokens[0].text.lower())) is not None:
            return kind
    return classify(sql).kind


def said_words(tokens: Sequence[Token]) -> list[str]:
    """Lower-case text of the tokens that are not comments; quoted identifiers and strings keep their quotes."""
    return [t.text.lower() if t.kind is Kind.WORD else t.text for t in tokens if t.kind is not Kind.COMMENT]


def kind_of_tokens(tokens: Sequence[Token]) -> StatementKind:
    """The kind alone: most statements say it by their first word, and the rest of a long one is not looked at."""
    first = next((token for token in tokens if token.kind is not Kind.COMMENT), None)
    if first is None:
        return StatementKind.OTHER
    if first.kind is Kind.BACKSLASH:
        return StatementKind.COMMAND
    if first.kind is Kind.WORD and not any(token.kind is Kind.SEMICOLON for token in tokens):
        word = first.text.lower()
        if word in DML:
            return StatementKind.WRITE
        if word in DDL_VERBS:
            return StatementKind.DDL
    return classify_tokens(tokens).kind


def classify_tokens(tokens: Sequence[Token]) -> Classified:
    """What the statement of these tokens is. Comments may be among them."""
    tokens = [token for token in tokens if token.kind is not Kind.COMMENT]
    parts = _parts(tokens)
    if not parts:
        return NOTHING
    found = [_of_one(part, said_words(part)) for part in parts]
    return found[0] if len(found) == 1 else _together(found)


def _parts(tokens: list[Token]) -> list[list[Token]]:
    """The statements between semicolons; one that makes a routine keeps those of its body."""
    if not any(token.kind is Kind.SEMICOLON for token in tokens):
        return [tokens] if tokens else []
    parts: list[list[Token]] = [[]]
    for token in tokens:
        is_routine = bool(parts[-1]) and parts[-1][0].text.lower() == "create"
        if token.kind is not Kind.SEMICOLON or is_routine:
            parts[-1].append(token)
        else:
            parts.append([])
    return [part for part in parts if part]


def _together(found: list[Classified]) -> Classified:
    """Several statements in one message: the strongest of what they do."""
    kinds = {one.kind for one in found}
    strongest = (StatementKind.DDL, StatementKind.WRITE, StatementKind.OTHER)
    kind = found[0].kind if len(kinds) == 1 else next((k for k in strongest if k in kinds), StatementKind.OTHER)
    writes = max((one.writes for one in found), key=(Writes.NO, Writes.MAYBE, Writes.YES).index)
    flags = [one.row_flag for one in found if one.row_flag is not None]
    last_control = next((one for one in reversed(found) if one.control is not None), None)
    return Classified(
        kind,
        writes,
        found[0].verb,
        is_ddl=any(one.is_ddl for one in found),
        control=last_control.control if last_control else None,
        chains=last_control.chains if last_control else False,
        row_flag=max(flags, default=None),
        copy=next((one.copy for one in found if one.copy), None),
        has_writing_with=any(one.has_writing_with for one in found),
        changes_rows=any(one.changes_rows for one in found),
        setting=next((one.setting for one in reversed(found) if one.setting), None),
        calls=tuple(dict.fromkeys(call for one in found for call in one.calls)),
        unknown_calls=tuple(dict.fromkeys(call for one in found for call in one.unknown_calls)),
    )


def _of_one(tokens: list[Token], words: list[str]) -> Classified:
    first = words[0]
    if tokens[0].kind is Kind.BACKSLASH:
        return Classified(StatementKind.COMMAND, Writes.MAYBE)
    if first in _QUERIES or first in DML:
        return _of_query(tokens, words)
    if first == "copy":
        return _of_copy(tokens, words)
    if first == "explain":
        return _of_explain(tokens, words)
    if first in DDL_VERBS:
        return Classified(StatementKind.DDL, Writes.YES, first, is_ddl=True)
    setting = setting_of(tokens, words)
    if (control := control_of(words)) is not None:
        kind = _CONTROL_KINDS.get(control.control, StatementKind.OTHER)
        return Classified(kind, Writes.NO, first, control=control.control, chains=control.chains, setting=setting)
    if first == "call":
        return _of_call(tokens, words)
    if first == "show":
        return Classified(StatementKind.READ, Writes.NO, first)
    writes = Writes.NO if first in _HARMLESS else Writes.MAYBE
    return Classified(StatementKind.OTHER, writes, first, setting=setting)


def _of_call(tokens: list[Token], words: list[str]) -> Classified:
    """CALL runs code that is not seen here; `unknown_calls` is empty for what is known to only wait."""
    end = words.index("(") if "(" in words else len(words)
    name = ".".join(identifier(token) for token in tokens[1:end] if token.kind in (Kind.WORD, Kind.IDENT))
    calls = (name,) if name else ()
    return Classified(StatementKind.OTHER, Writes.MAYBE, "call", calls=calls, unknown_calls=_unknown(calls))


def _of_query(tokens: list[Token], words: list[str]) -> Classified:
    """SELECT, VALUES, TABLE, WITH, a query in parentheses, and the writes."""
    return _from_parts(read_query(tokens, words), tokens, words)


def _from_parts(parts: QueryParts, tokens: list[Token], words: list[str]) -> Classified:
    changes_rows = parts.verb in DML or parts.has_writing_with
    unknown = _unknown(parts.calls)
    if parts.makes_table:
        kind, writes = StatementKind.DDL, Writes.YES
    elif changes_rows or parts.row_flag is not None:
        kind, writes = StatementKind.WRITE, Writes.YES if changes_rows else _maybe(unknown)
    else:
        kind, writes = StatementKind.READ, _maybe(unknown)
    return Classified(
        kind,
        writes,
        parts.verb,
        is_ddl=parts.makes_table,
        row_flag=parts.row_flag,
        has_writing_with=parts.has_writing_with,
        changes_rows=changes_rows,
        setting=setting_by_call(tokens, words) if any(c.endswith("set_config") for c in parts.calls) else None,
        calls=parts.calls,
        unknown_calls=unknown,
    )


def _maybe(unknown_calls: tuple[str, ...]) -> Writes:
    return Writes.MAYBE if unknown_calls else Writes.NO


def _unknown(calls: tuple[str, ...]) -> tuple[str, ...]:
    if not calls:
        return ()
    from dsqltui.core.sql.known_functions import only_reads  # a long list: not needed at the start

    return tuple(call for call in calls if not only_reads(call))


def _of_explain(tokens: list[Token], words: list[str]) -> Classified:
    at, is_analyzed = 1, False
    is_option_list = words[1:2] == ["("] and words[2:3] != ["("] and not (set(words[2:3]) & (_QUERIES | DML))
    if is_option_list:
        at, is_analyzed = _explain_options(words)
    else:
        while at < len(words) and words[at] in ("analyze", "analyse", "verbose"):
            is_analyzed = is_analyzed or words[at] != "verbose"
            at += 1
    if not is_analyzed or at >= len(words):
        return Classified(StatementKind.READ, Writes.NO, "explain", is_explain=True)
    inner = _of_one(tokens[at:], words[at:])
    is_query = inner.kind in (StatementKind.READ, StatementKind.WRITE, StatementKind.DDL)
    return Classified(
        inner.kind if is_query else StatementKind.OTHER,
        inner.writes,
        "explain",
        is_ddl=inner.is_ddl,
        row_flag=inner.row_flag,
        is_explain=True,
        is_analyzed=True,
        has_writing_with=inner.has_writing_with,
        changes_rows=inner.changes_rows,
        setting=inner.setting,
        calls=inner.calls,
        unknown_calls=inner.unknown_calls,
    )


def _explain_options(words: list[str]) -> tuple[int, bool]:
    """Where the explained statement begins behind `EXPLAIN (options)`, and whether ANALYZE is on: the last one says."""
    at, is_analyzed = 2, False
    while at < len(words) and words[at] != ")":
        if words[at] in ("analyze", "analyse"):
            is_analyzed = words[at + 1 : at + 2] == [] or words[at + 1].lower() not in _SWITCHED_OFF
        at += 1
    return at + 1, is_analyzed


def _of_copy(tokens: list[Token], words: list[str]) -> Classified:
    depth, opening, closing, at = 0, -1, -1, -1
    for index, word in enumerate(words):
        if word == "(":
            depth += 1
            opening = index if opening < 0 else opening
        elif word == ")":
            depth -= 1
            closing = index if depth == 0 and closing < 0 else closing
        elif depth == 0 and word in ("from", "to"):
            at = index
            break
    if at < 0:
        return Classified(StatementKind.OTHER, Writes.MAYBE, "copy")
    other_end = words[at + 1] if words[at + 1 : at + 2] in (["stdin"], ["stdout"], ["program"]) else "file"
    is_query = words[1:2] == ["("]
    direction = CopyDirection.IN if words[at] == "from" else CopyDirection.OUT
    if other_end in ("stdin", "stdout"):  # PostgreSQL takes either word for the client
        other_end = "stdin" if direction is CopyDirection.IN else "stdout"
    copy = CopyParts(direction, is_query, other_end)
    if direction is CopyDirection.IN:
        return Classified(StatementKind.WRITE, Writes.YES, "copy", copy=copy, changes_rows=True)
    if not is_query or closing < 0:
        return Classified(StatementKind.READ, Writes.NO, "copy", copy=copy)
    inner = tokens[opening + 1 : closing], words[opening + 1 : closing]
    found = _from_parts(read_query(*inner), *inner)
    return Classified(
        found.kind,
        found.writes,
        "copy",
        is_ddl=found.is_ddl,
        row_flag=found.row_flag,
        copy=copy,
        has_writing_with=found.has_writing_with,
        changes_rows=found.changes_rows,
        setting=found.setting,
        calls=found.calls,
        unknown_calls=found.unknown_calls,
    )


def call_names(tokens: Sequence[Token]) -> frozenset[str]:
    """Names followed by a parenthesis, without their schemas: each may be a function's."""
    pairs = itertools.pairwise(tokens)
    return frozenset(identifier(t) for t, after in pairs if after.text == "(" and t.kind in (Kind.WORD, Kind.IDENT))
