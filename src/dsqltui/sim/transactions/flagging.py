"""SELECT ... FOR UPDATE without waiting: which rows it flags is read with the rows themselves.

No trigger tells of a row that is only locked. So the keys of the flagged rows are selected too, in columns at the end
that the client does not see, and PostgreSQL takes the weakest lock, which checks the same privileges and which almost
nothing waits for: what counts are the keys, at COMMIT. That works for a plain SELECT from tables, which is what FOR
UPDATE is for; for views, subqueries and outer joins the rows are locked, and `Transaction.flag_locked` reads them.
"""

from dataclasses import dataclass, field
from functools import lru_cache

from dsqltui.core.sql.lexer import Kind, Token, identifier, scan
from dsqltui.core.sql.lexer import quote_identifier as ident
from dsqltui.core.sql.relation_places import is_name
from dsqltui.sim.pg.commit_log import Key
from dsqltui.sim.pg.relay import Sink
from dsqltui.sim.pg.wire import data_row_values, message
from dsqltui.sim.sql.analysis import Name
from dsqltui.sim.sql.relation import key_hash
from dsqltui.sim.sql.rewrite import Replacement

_NOT_PLAIN = frozenset("union intersect except group having window distinct left right full with into".split())
_ENDS_FROM = frozenset("where order limit offset fetch for".split())
_NO_ALIAS = _ENDS_FROM | frozenset("join inner cross natural on using tablesample , )".split())


@dataclass(frozen=True, slots=True)
class FlaggedTable:
    """A table whose rows are flagged."""

    name: Name
    alias: str


@dataclass(frozen=True, slots=True)
class LockForm:
    """Where the pieces of a plain SELECT ... FOR UPDATE stand."""

    tables: tuple[FlaggedTable, ...]
    from_start: int
    has_columns: bool
    strength: tuple[int, int] | None
    """The word UPDATE; None for FOR KEY SHARE."""


@dataclass(slots=True)
class Flagging:
    """How one statement is sent, and what it flagged."""

    replacements: tuple[Replacement, ...]
    spaces: tuple[str, ...]
    """By hidden column: the table's oid."""
    found: list[Key] = field(default_factory=list)


def flagging(form: LockForm, tables: list[tuple[str, tuple[str, ...]]]) -> Flagging:
    """For the tables' oids and primary keys, in the form's order."""
    columns = [
        f"{key_hash(ident(table.alias), key)} AS dsqltui_{number}"
        for number, (table, (_, key)) in enumerate(zip(form.tables, tables, strict=True))
    ]
    added = ("," if form.has_columns else "") + ", ".join(columns) + " "
    out = [Replacement(form.from_start, form.from_start, added)]
    if form.strength is not None:
        out.append(Replacement(*form.strength, "KEY SHARE"))
    return Flagging(tuple(out), tuple(oid for oid, _ in tables))


@lru_cache(maxsize=1024)
def weakened(sql: str) -> tuple[Replacement, ...]:
    """Replacements that let every FOR UPDATE be a FOR KEY SHARE, for which hardly anybody waits: in autocommit."""
    tokens = [t for t in scan(sql)[0] if t.kind not in (Kind.COMMENT, Kind.SEMICOLON)]
    words = [t.text.lower() for t in tokens]
    return tuple(
        Replacement(token.start, token.end, "KEY SHARE")
        for token, word, before in zip(tokens[1:], words[1:], words, strict=False)
        if word == "update" and before == "for"
    )


@lru_cache(maxsize=1024)
def lock_form(sql: str) -> LockForm | None:
    """The form of a plain SELECT that flags rows; None for every other statement."""
    tokens = [t for t in scan(sql)[0] if t.kind not in (Kind.COMMENT, Kind.SEMICOLON)]
    words = [t.text.lower() if t.kind is Kind.WORD else t.text for t in tokens]
    outer = [index for index, depth in enumerate(_depths(words)) if depth == 0]
    if words[:1] != ["select"] or _NOT_PLAIN & {
        words[i] for i in outer if not (words[i] == "distinct" and words[i + 1 : i + 2] == ["from"])
    }:
        return None
    start = next((i for i in outer if words[i] == "from" and words[i - 1] != "distinct"), None)
    locks = [i for i in outer if words[i] == "for" and words[i + 1 : i + 2] in (["update"], ["key"])]
    if start is None or len(locks) != 1 or start > locks[0]:
        return None
    lock = locks[0]
    end = next(i for i in outer if i > start and words[i] in _ENDS_FROM)
    only = _names_of(tokens, words, lock)
    found = _tables(tokens, words, [i for i in outer if start < i < end], start, has_list=only is not None)
    if found is None:
        return None
    flagged = tuple(t for t in found if only is None or t.alias in only)
    if not flagged:
        return None
    update = tokens[lock + 1]
    return LockForm(
        flagged,
        tokens[start].start,
        has_columns=start > 1,
        strength=(update.start, update.end) if words[lock + 1] == "update" else None,
    )


def _depths(words: list[str]) -> list[int]:
    depth, depths = 0, []
    for word in words:
        if word == ")":
            depth -= 1
        depths.append(depth)
        if word == "(":
            depth += 1
    return depths


def _names_of(tokens: list[Token], words: list[str], lock: int) -> set[str] | None:
    """The names behind OF; None when all are meant."""
    place = lock + (2 if words[lock + 1] == "update" else 3)
    if words[place : place + 1] != ["of"]:
        return None
    names = set()
    for index in range(place + 1, len(tokens)):
        if words[index] in ("nowait", "skip"):
            break
        if is_name(tokens[index]):
            names.add(identifier(tokens[index]))
    return names


def _tables(
    tokens: list[Token], words: list[str], outer: list[int], start: int, *, has_list: bool
) -> list[FlaggedTable] | None:
    found: list[FlaggedTable] = []
    is_expected = True
    for index in [start, *outer]:
        word, at = words[index], index + 1
        is_expected = word in ("from", ",", "join")
        if not is_expected:
            continue
        while words[at] in ("lateral", "only"):
            at += 1
        if not is_name(tokens[at]):
            if not has_list:
                return None
            continue
        name: Name = (None, identifier(tokens[at]))
        if words[at + 1] == "." and is_name(tokens[at + 2]):
            name, at = (identifier(tokens[at]), identifier(tokens[at + 2])), at + 2
        if words[at + 1] == "(":
            continue
        alias, at = name[1], at + 1
        if words[at] == "as":
            at += 1
        if is_name(tokens[at]) and words[at] not in _NO_ALIAS:
            alias, at = identifier(tokens[at]), at + 1
        if words[at] == "(":
            return None
        found.append(FlaggedTable(name, alias))
    return found


class FlagSink:
    """Takes the hidden columns out of the rows on their way. It must be given whole messages."""

    def __init__(self, client: Sink, flagged: Flagging) -> None:
        self._client = client
        self._flagged = flagged

    def write(self, data: bytes, /) -> None:
        out = bytearray()
        place = 0
        while place < len(data):
            size = 1 + int.from_bytes(data[place + 1 : place + 5], "big")
            frame = data[place : place + size]
            out += self._without_keys(frame) if frame[:1] in (b"T", b"D") else frame
            place += size
        self._client.write(bytes(out))

    async def drain(self) -> None:
        await self._client.drain()

    def _without_keys(self, frame: bytes) -> bytes:
        kept = int.from_bytes(frame[5:7], "big") - len(self._flagged.spaces)
        place = 7
        for _ in range(kept):
            if frame[:1] == b"T":
                place = frame.index(b"\0", place) + 19
            else:
                place += 4 + max(0, int.from_bytes(frame[place : place + 4], "big", signed=True))
        if frame[:1] == b"D":
            for space, key in zip(self._flagged.spaces, data_row_values(frame, place), strict=False):
                if key is not None:
                    self._flagged.found.append((space, key))
        return message(frame[:1], kept.to_bytes(2, "big") + frame[7:place])
