"""What the simulator must know of a statement before PostgreSQL sees it, from its tokens alone.

No parse tree: PostgreSQL itself judges the grammar. Targets are read by position (INSERT INTO x, UPDATE x, DELETE
FROM x, FROM x ... FOR UPDATE); naming a table too many costs a needless copy, never a wrong answer.
"""

from dataclasses import dataclass
from enum import Enum
from functools import lru_cache

from dsqltui.core.sql.classify import (
    DDL_VERBS,
    NOTHING,
    Classified,
    CopyDirection,
    StatementKind,
    call_names,
    classify_tokens,
)
from dsqltui.core.sql.lexer import Kind, Token, identifier, scan
from dsqltui.core.sql.queries import RowFlag
from dsqltui.core.sql.relation_places import is_name, names_of_with, relation_places
from dsqltui.core.sql.utility import SettingClass
from dsqltui.sim.sql.catalog_use import CatalogUse, catalog_use, is_system
from dsqltui.sim.sql.rewrite import Qualified


class Nature(Enum):
    """How the simulator handles a statement."""

    EMPTY = "empty"
    BEGIN = "begin"
    COMMIT = "commit"
    ROLLBACK = "rollback"
    READ = "read"
    WRITE = "write"
    """Changes rows: INSERT, UPDATE, DELETE, COPY FROM, and WITH or EXPLAIN ANALYZE around them."""
    LOCK = "lock"
    """SELECT ... FOR UPDATE / FOR KEY SHARE: flags rows for the check at COMMIT."""
    DDL = "ddl"
    OTHER = "other"
    """SET, SHOW, CALL, and what is no statement at all."""


Name = tuple[str | None, str]
"""(schema or None, relation)"""


@dataclass(frozen=True, slots=True)
class Analysis:
    """One statement, looked at."""

    nature: Nature
    what: Classified = NOTHING
    """The classifier's answer, which the nature comes from."""
    words: tuple[str, ...] = ()
    """Lower-case words and punctuation; quoted names and strings as written."""
    targets: tuple[Name, ...] = ()
    """Relations that are written or whose rows are flagged."""
    qualified: tuple[Qualified, ...] = ()
    calls: frozenset[str] = frozenset()
    """Names followed by a parenthesis: functions, perhaps ones that write."""
    touched: tuple[Name, ...] = ()
    """Relations that it reads or writes and that are not the system's."""
    catalog_use: CatalogUse | None = None
    """What it asks of the system catalogs, for queries and writes that do: they must see tables, not the copies a
    transaction works on."""
    copies_in: bool = False
    """COPY ... FROM: rows come from the client."""

    @property
    def first(self) -> str:
        return self.words[0] if self.words else ""

    @property
    def locks_rows(self) -> bool:
        """It has a FOR UPDATE or FOR KEY SHARE."""
        return self.touches_rows and self.what.row_flag is not None

    @property
    def locks_exclusively(self) -> bool:
        """It has a FOR UPDATE, not only FOR KEY SHARE."""
        return self.what.row_flag is RowFlag.UPDATE

    @property
    def is_control(self) -> bool:
        return self.nature in (Nature.BEGIN, Nature.COMMIT, Nature.ROLLBACK)

    @property
    def may_go_directly(self) -> bool:
        """Whether PostgreSQL may run it as it was sent. COPY waits for the client, and a commit must wait for nobody;
        EXPLAIN's plan is translated, what asks the catalog is sent in other words."""
        return not (self.what.copy or self.what.is_explain or self.catalog_use is not None)

    @property
    def makes_index_now(self) -> bool:
        """CREATE INDEX without ASYNC."""
        return self.first == "create" and "index" in self.words[1:3] and "async" not in self.words[2:5]

    @property
    def sets_path(self) -> bool:
        """SET or RESET of the search path."""
        setting = self.what.setting
        return setting is not None and setting.setting in (SettingClass.SEARCH_PATH, SettingClass.ALL)

    @property
    def touches_rows(self) -> bool:
        """Whether it writes rows or flags them, so that its transaction can lose."""
        return self.nature in (Nature.WRITE, Nature.LOCK)


_NATURES = {
    StatementKind.BEGIN: Nature.BEGIN,
    StatementKind.COMMIT: Nature.COMMIT,
    StatementKind.ROLLBACK: Nature.ROLLBACK,
    StatementKind.READ: Nature.READ,
    StatementKind.WRITE: Nature.WRITE,
    StatementKind.DDL: Nature.DDL,
}
# words that follow a relation without being its alias
_NOT_AN_ALIAS = frozenset(
    """
    as cross default except fetch for from full group having inner intersect join left limit natural offset on order
    overriding returning right select set tablesample union using values when where window with
    """.split()
)


@lru_cache(maxsize=4096)
def analyse(sql: str) -> Analysis:
    """Look at one statement (without its semicolon)."""
    tokens = tuple(t for t in scan(sql)[0] if t.kind not in (Kind.COMMENT, Kind.SEMICOLON))
    if not tokens:
        return Analysis(Nature.EMPTY)
    words = tuple(t.text.lower() if t.kind is Kind.WORD else t.text for t in tokens)
    what = classify_tokens(tokens)
    nature = _nature(what)
    copies_in = what.copy is not None and what.copy.direction is CopyDirection.IN
    places = relation_places(tokens, words)
    if nature is Nature.WRITE or nature is Nature.LOCK:
        targets = _copy_target(tokens) if copies_in else written_relations(tokens, words)
        if what.row_flag is not None:
            targets += tuple((place.schema, place.name) for place in places)
    else:
        targets = ()
    is_dml = nature in (Nature.READ, Nature.WRITE, Nature.LOCK)
    calls = call_names(tokens)
    with_names = names_of_with(tokens, words)
    read = (
        (place.schema, place.name)
        for place in places
        if not is_system(place.schema, place.name) and not (place.schema is None and place.name in with_names)
    )
    return Analysis(
        nature=nature,
        words=words,
        targets=tuple(dict.fromkeys(targets)),
        qualified=tuple(_qualified(tokens, words)),
        calls=calls,
        copies_in=copies_in,
        what=what,
        touched=tuple(dict.fromkeys((*targets, *read))) if is_dml else (),
        catalog_use=catalog_use(tokens, words, places, with_names, calls)
        if (is_dml and words[0] != "explain") or words[0] in ("prepare", "declare")
        else None,
    )


def _nature(what: Classified) -> Nature:
    """What the classifier says, in the simulator's words."""
    if what.row_flag is not None and not what.changes_rows:
        return Nature.LOCK
    if what.kind is StatementKind.DDL and what.verb not in DDL_VERBS:  # SELECT INTO, an explained CREATE TABLE AS
        return Nature.READ
    return _NATURES.get(what.kind, Nature.OTHER)


def _relation_at(tokens: tuple[Token, ...], words: tuple[str, ...], index: int) -> Name | None:
    """The relation named at `index`, behind an optional ONLY or parenthesis."""
    while index < len(tokens) and words[index] in ("only", "("):
        index += 1
    if index >= len(tokens) or not is_name(tokens[index]):
        return None
    if index + 2 < len(tokens) and words[index + 1] == "." and is_name(tokens[index + 2]):
        return identifier(tokens[index]), identifier(tokens[index + 2])
    return None, identifier(tokens[index])


def written_relations(tokens: tuple[Token, ...], words: tuple[str, ...]) -> tuple[Name, ...]:
    """Relations behind INSERT INTO, UPDATE, DELETE FROM and MERGE INTO, also inside WITH and function bodies."""
    found: list[Name] = []
    for index, word in enumerate(words):
        following = words[index + 1] if index + 1 < len(words) else ""
        if (word, following) in (("insert", "into"), ("delete", "from"), ("merge", "into")):
            name = _relation_at(tokens, words, index + 2)
        elif word == "update" and (index == 0 or words[index - 1] not in ("for", "do", "key", "on", ".")):
            name = _relation_at(tokens, words, index + 1)
        else:
            continue
        if name is not None:
            found.append(name)
    return tuple(found)


def _copy_target(tokens: tuple[Token, ...]) -> tuple[Name, ...]:
    words = tuple(t.text.lower() for t in tokens)
    name = _relation_at(tokens, words, 1)
    return (name,) if name is not None else ()


def _qualified(tokens: tuple[Token, ...], words: tuple[str, ...]) -> list[Qualified]:
    found: list[Qualified] = []
    last = len(tokens) - 1
    index = 0
    while index + 2 <= last:
        is_pair = is_name(tokens[index]) and words[index + 1] == "." and is_name(tokens[index + 2])
        if not is_pair or (index and words[index - 1] == "."):
            index += 1
            continue
        after = words[index + 3] if index + 3 <= last else ""
        before = words[index - 1] if index else ""
        is_prefix = after == "."
        is_call = after == "(" and before not in ("into", "copy")
        has_alias = index + 3 <= last and ((is_name(tokens[index + 3]) and after not in _NOT_AN_ALIAS) or after == "as")
        if not is_call:
            found.append(
                Qualified(
                    start=tokens[index].start,
                    end=tokens[index + 2].end,
                    schema=identifier(tokens[index]),
                    name=identifier(tokens[index + 2]),
                    wants_alias=not is_prefix and not has_alias and before != "copy",
                    is_column_prefix=is_prefix,
                )
            )
        index += 3
    return found


def relations_written_by(body: str) -> tuple[Name, ...]:
    """Relations a SQL function's body writes; parameters cannot be known here, so by position only."""
    tokens = tuple(t for t in scan(body)[0] if t.kind is not Kind.COMMENT)
    return written_relations(tokens, tuple(t.text.lower() if t.kind is Kind.WORD else t.text for t in tokens))
