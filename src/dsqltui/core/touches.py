"""Which tables a statement reads and writes, and its WHERE text, as far as a lexer can tell.

Nothing is parsed and the catalog is not asked: views, functions, triggers of foreign keys and search_path stay unseen.
`Touches.is_guess` says where that is likely to matter. Good enough to explain, never to decide.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from dsqltui.core.lexer import Kind, Token, identifier, scan
from dsqltui.core.sql.classify import CopyDirection, StatementKind, classify

_LOOKED_AT = 4_000
"""Characters of a statement that are looked at; a long INSERT names its table at the start."""
_WHERE_ENDS = frozenset("returning group order limit offset fetch for union intersect except having window on".split())
_SUBQUERY = frozenset({"select", "with", "values", "table", "("})
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
    reads: list[str] = []
    writes: list[str] = []
    queries = [True]
    """For each open parenthesis, and the statement itself: whether a query stands in it, so that FROM is its clause."""
    in_from = [False]
    for index, word in enumerate(said):
        before = said[index - 1] if index else ""
        if word == "(":
            queries.append(said[index + 1] in _SUBQUERY if index + 1 < len(said) else False)
            in_from.append(in_from[-1] and before in ("from", ",", "join"))
            continue
        if word == ")" and len(queries) > 1:
            queries.pop()
            in_from.pop()
            continue
        if tokens[index].kind is Kind.WORD:
            if word in ("from", "using") and queries[-1] and before != "distinct":
                is_written = before == "delete" or (said[0] == "copy" and len(queries) == 1)
                if not is_written:
                    in_from[-1] = True
            elif word in ("where", "set", "group", "order", "returning", "select", "values", "on", "limit", "having"):
                in_from[-1] = False
        is_read = (word in ("from", "using", "join") and (queries[-1] or in_from[-1])) or (word == "," and in_from[-1])
        is_read = is_read or (word == "table" and before in ("", "(", "explain", "union", "all"))
        is_write = word == "into" or (word == "update" and before not in ("for", "do", "on", "key", "no"))
        is_write = is_write or (word == "from" and before == "delete")
        if word == "copy" and index == 0:
            is_write = copies_in
            is_read = not is_write
        if not (is_read or is_write) or (word == "from" and (before == "distinct" or said[0] == "copy")):
            continue
        name = _name_at(tokens, said, index + 1, may_call=is_read)
        if name:
            (writes if is_write else reads).append(name)
    own = _with_names(tokens, said)
    return [name for name in reads if name not in own], writes


def _name_at(tokens: tuple[Token, ...], said: list[str], index: int, *, may_call: bool) -> str:
    """The possibly qualified name that begins there; empty when it is none, or (`may_call`) a function's call."""
    while index < len(said) and said[index] in ("only", "lateral"):
        index += 1
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
        is_call = may_call and index + 1 < len(said) and said[index + 1] == "("
        return "" if is_call else ".".join(parts)
    return ""


def _with_names(tokens: tuple[Token, ...], said: list[str]) -> set[str]:
    if "with" not in said:
        return set()
    names = set()
    for index in range(1, len(said) - 1):
        if said[index] != "as" or said[index + 1] not in ("(", "materialized", "not"):
            continue
        at = index - 1
        if said[at] == ")":  # the names of its columns
            while at > 0 and said[at] != "(":
                at -= 1
            at -= 1
        if at >= 0 and tokens[at].kind in (Kind.WORD, Kind.IDENT):
            names.add(identifier(tokens[at]))
    return names


def _defined(tokens: tuple[Token, ...], said: list[str]) -> tuple[str, ...]:
    """What a DDL statement is about: the first name, and for an index and a grant the table."""
    names = []
    for index, word in enumerate(said[:40]):
        if word not in _OBJECTS or (word == "on" and said[0] == "alter"):
            continue
        at = index + 1
        while at < len(said) and said[at] in ("if", "not", "exists", "only", "async", "concurrently", "table", "all"):
            at += 1
        name = _name_at(tokens, said, at, may_call=False)
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
