"""Where a statement names relations, read from its tokens alone.

A table stands behind FROM, JOIN and the commas of a FROM list, behind INSERT INTO, UPDATE, DELETE FROM, TABLE and COPY;
each pair of parentheses is a world of its own. What is called like a function, or defined by WITH, is no table.
"""

from dataclasses import dataclass

from dsqltui.core.sql.lexer import Kind, Token, identifier

_ENDS_FROM = frozenset(
    "where group having window order limit offset fetch for union intersect except returning set select values".split()
)
_BEGINS_QUERY = frozenset("select values insert update delete merge table with".split())
_NO_NAMES = frozenset("select values with lateral only rows table".split())
_BEFORE_OTHER_UPDATE = frozenset({"for", "do", "key", "on", "."})
_BEFORE_TABLE = frozenset({"(", ")", "union", "all", "distinct", "intersect", "except"})


@dataclass(frozen=True, slots=True)
class RelationPlace:
    """One relation's name in the text: `[start, end)`, with its schema if that is written."""

    start: int
    end: int
    schema: str | None
    name: str
    is_written: bool = False
    """Behind INSERT INTO, MERGE INTO, UPDATE or DELETE FROM. COPY says by its direction what it does."""

    @property
    def dotted(self) -> str:
        """`schema.name`, or the name alone."""
        return self.name if self.schema is None else f"{self.schema}.{self.name}"


@dataclass(slots=True)
class _Parenthesis:
    is_query: bool = False
    in_from: bool = False
    is_merge: bool = False


def is_name(token: Token) -> bool:
    """Whether the token can be an identifier."""
    return token.kind in (Kind.WORD, Kind.IDENT)


def relation_places(tokens: tuple[Token, ...], words: tuple[str, ...]) -> tuple[RelationPlace, ...]:
    """The places in the order of the text. `words` are the tokens in lower case, quoted ones as written."""
    found: list[RelationPlace] = []
    open_ones = [_Parenthesis(is_query=True)]
    is_written = False
    is_expected = words[:1] == ("copy",)
    open_ones[0].is_query = not is_expected
    for index, (token, word) in enumerate(zip(tokens, words, strict=True)):
        if index == 0 and is_expected:
            continue
        before = words[index - 1] if index else ""
        after = words[index + 1] if index + 1 < len(words) else ""
        if word == "(":
            open_ones.append(_Parenthesis(in_from=is_expected and open_ones[-1].in_from))
            continue
        if word == ")":
            if len(open_ones) > 1:
                open_ones.pop()
            is_expected = False
            continue
        here = open_ones[-1]
        if is_expected and word in ("only", "lateral"):
            continue
        if is_expected and is_name(token) and word not in _NO_NAMES:
            place, last = _place(tokens, words, index, is_written=is_written)
            if words[last + 1 : last + 2] != ("(",) or before in ("into", "copy"):
                found.append(place)
        is_expected = _expects_relation(here, word, before, after)
        is_written = word in ("into", "update") or (word == "from" and before == "delete")
        here.is_merge = here.is_merge or word == "merge"
        if word in _BEGINS_QUERY:
            here.is_query = True
        if word in _ENDS_FROM:
            here.in_from = False
    return tuple(found)


def _expects_relation(here: _Parenthesis, word: str, before: str, after: str) -> bool:
    """Whether a relation follows the word; remembers that a FROM list has begun."""
    if word == "from" and here.is_query and before != "distinct":
        here.in_from = True
        return True
    if word == "into":
        return before in ("insert", "merge")
    if word == "update":
        return before not in _BEFORE_OTHER_UPDATE and after != "set"
    if word == "table":
        return before == "" or before in _BEFORE_TABLE
    is_using = word == "using" and after != "(" and (here.in_from or here.is_merge)
    return is_using or (here.in_from and word in ("join", ","))


def _place(
    tokens: tuple[Token, ...], words: tuple[str, ...], index: int, *, is_written: bool
) -> tuple[RelationPlace, int]:
    """The name that begins at `index`, and the index of its last token."""
    if index + 2 < len(tokens) and words[index + 1] == "." and is_name(tokens[index + 2]):
        last = index + 2
        schema, name = identifier(tokens[index]), identifier(tokens[last])
        return RelationPlace(tokens[index].start, tokens[last].end, schema, name, is_written), last
    return RelationPlace(tokens[index].start, tokens[index].end, None, identifier(tokens[index]), is_written), index


def names_of_with(tokens: tuple[Token, ...], words: tuple[str, ...]) -> frozenset[str]:
    """Names that a WITH of the statement defines."""
    if "with" not in words:
        return frozenset()
    found: set[str] = set()
    for index, word in enumerate(words):
        if word != "as" or not index:
            continue
        if words[index + 1 : index + 2] not in (("(",), ("materialized",), ("not",)):
            continue
        name = index - 1
        if words[name] == ")":  # the list of its columns
            while name > 0 and words[name] != "(":
                name -= 1
            name -= 1
        if name > 0 and is_name(tokens[name]) and words[name - 1] in ("with", "recursive", ","):
            found.add(identifier(tokens[name]))
    return frozenset(found)
