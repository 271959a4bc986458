"""Which tables a statement reads and writes, and its WHERE text, as far as a lexer can tell.

Nothing is parsed and the catalog is not asked: views, functions, triggers of foreign keys and search_path stay unseen.
`Touches.is_guess` says where that is likely to matter. Good enough to explain, never to decide.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from dsqltui.core.sql.classify import CopyDirection, StatementKind, classify
from dsqltui.core.sql.lexer import Kind, Token, identifier, scan
from dsqltui.core.sql.relation_places import names_of_with, relation_places

_LOOKED_AT = 4_000
"""Characters of a statement that are looked at; a long INSERT names its table at the start."""
_WHERE_ENDS = frozenset("returning group order limit offset fetch for union intersect except having window on".split())
_NOT_A_NAME = frozenset(
    """
    select where set values default on using as lateral only group order limit offset having union intersect except
    natural inner left right full cross join returning window for fetch when then table if not exists from into with
    concurrently unique index async view sequence schema function role by to cascade restrict and or is null
    """.split()
)
_OBJECTS = frozenset({"table", "view", "index", "sequence", "on", "schema", "function", "role", "domain"})


@dataclass(frozen=True, slots=True)
class Touches:
    """Relation names as in SQL after folding to lower case, `schema.name` where the schema was written."""

    reads: tuple[str, ...]
    writes: tuple[str, ...]
    """Changed, locked by FOR UPDATE, or defined by DDL."""
    where: str
    """What follows WHERE, its white space folded; empty without one."""
    is_guess: bool
    """Whether more than names and commas would have to be understood: WITH, subqueries, CALL, a cut text."""
    is_ddl: bool = False
    locks: bool = False
    """A SELECT with a locking clause."""

    @property
    def all(self) -> tuple[str, ...]:
        """Read or written, each once."""
        return tuple(dict.fromkeys((*self.writes, *self.reads)))


def same_relation(one: str, other: str) -> bool:
    """Whether both names can mean one relation; a name without a schema can mean that of any schema."""
    schema, _, name = one.rpartition(".")
    other_schema, _, other_name = other.rpartition(".")
    return name == other_name and (not schema or not other_schema or schema == other_schema)


def shared_relations(some: Iterable[str], others: Iterable[str]) -> tuple[str, ...]:
    """Names of `some` that can mean one of `others`; the longer, more exact form of each."""
    theirs = tuple(others)
    found = (max((one, other), key=len) for one in some for other in theirs if same_relation(one, other))
    return tuple(dict.fromkeys(found))


def touches_of(sql: str) -> Touches:
    """What one statement touches."""
    text = sql[:_LOOKED_AT]
    tokens = tuple(token for token in scan(text)[0] if token.kind is not Kind.COMMENT)
    said = [token.text.lower() if token.kind is Kind.WORD else token.text for token in tokens]
    what = classify(text)
    is_cut = len(sql) > _LOOKED_AT and said[:1] != ["insert"]
    if what.is_ddl:
        names = _defined(tokens, said)
        return Touches((), names, "", is_guess=not names, is_ddl=True)
    copies_in = what.copy is not None and what.copy.direction is CopyDirection.IN
    reads, writes = _named(tokens, said, copies_in=copies_in)
    locks = what.row_flag is not None and not what.changes_rows
    if locks:
        reads, writes = [], [*writes, *reads]
    is_guess = is_cut or bool({"with", "merge", "call", "explain"} & set(said[:1])) or said.count("select") > 1
    is_guess = is_guess or (what.kind is StatementKind.WRITE and not writes)
    return Touches(_once(reads), _once(writes), _where(text, tokens, said), is_guess, locks=locks)


def _named(tokens: tuple[Token, ...], said: list[str], *, copies_in: bool) -> tuple[list[str], list[str]]:
    """Relations read and written. The names of WITH are left out."""
    words = tuple(said)
    of_with = names_of_with(tokens, words)
    reads: list[str] = []
    writes: list[str] = []
    for place in relation_places(tokens, words):
        if place.is_written or copies_in:
            writes.append(place.dotted)
        elif place.schema is not None or place.name not in of_with:
            reads.append(place.dotted)
    return reads, writes


def _name_at(tokens: tuple[Token, ...], said: list[str], index: int) -> str:
    """The possibly qualified name that begins there; empty when it is none."""
    parts: list[str] = []
    while index < len(tokens):
        token = tokens[index]
        is_word = token.kind is Kind.IDENT or (token.kind is Kind.WORD and (parts or said[index] not in _NOT_A_NAME))
        if not is_word:
            return ""
        parts.append(identifier(token))
        if index + 1 < len(said) and said[index + 1] == ".":
            index += 2
            continue
        return ".".join(parts)
    return ""


def _defined(tokens: tuple[Token, ...], said: list[str]) -> tuple[str, ...]:
    """What a DDL statement is about: the first name, and for an index and a grant the table."""
    names = []
    for index, word in enumerate(said[:40]):
        if word not in _OBJECTS or (word == "on" and said[0] == "alter"):
            continue
        at = index + 1
        while at < len(said) and said[at] in ("if", "not", "exists", "only", "async", "concurrently", "table", "all"):
            at += 1
        name = _name_at(tokens, said, at)
        if name:
            names.append(name)
    return _once(names)


def _where(text: str, tokens: tuple[Token, ...], said: list[str]) -> str:
    depth, start = 0, -1
    end = len(text)
    for token, word in zip(tokens, said, strict=True):
        if token.kind is Kind.OP:
            depth += (word == "(") - (word == ")")
        if depth or token.kind is not Kind.WORD:
            continue
        if word == "where" and start < 0:
            start = token.end
        elif start >= 0 and word in _WHERE_ENDS:
            end = token.start
            break
    return " ".join(text[start:end].rstrip(" ;\n\t").split()) if start >= 0 else ""


def _once(names: list[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))
