"""Candidates for the word at the cursor."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from dsqltui.core.catalog.catalog import Catalog, NamedRelation, RelationKind, RoutineKind
from dsqltui.core.catalog.relations import quoted
from dsqltui.core.completion.place import CompletionPlace, place_at
from dsqltui.core.completion.scope import Named, relations_named
from dsqltui.core.completion.values import Candidate, Completion, Sort
from dsqltui.core.completion.words import (
    CLAUSES,
    CONTINUATIONS,
    FUNCTIONS,
    OPENINGS,
    RELATION_AFTER,
    ROUTINE_AFTER,
)
from dsqltui.core.language import _
from dsqltui.core.psql import COMMANDS
from dsqltui.core.sql.keywords import KEYWORDS, TYPES
from dsqltui.core.sql.lexer import Kind

_MOST = 50
_SORTS = {RelationKind.TABLE: Sort.TABLE, RelationKind.VIEW: Sort.VIEW, RelationKind.SEQUENCE: Sort.SEQUENCE}
_PATH_COMMANDS = (r"\i", r"\ir", r"\include", r"\include_relative", r"\o")
_DETAIL = 60


def complete(text: str, cursor: int, catalog: Catalog, start: int = 0) -> Completion | None:
    """What may stand at the cursor; None where nothing is completed, such as in strings and comments.

    `start` is 0, or where a statement at or before the cursor's is known to start.
    """
    place = place_at(text, cursor, start)
    if place is None:
        return None
    if place.command is not None:
        return _command(place.start, place.command)
    sources = _qualified(place, catalog) if place.qualifiers else _plain(place, catalog)
    found = _matching(sources, place)
    return Completion(place.start, tuple(found), is_qualified=bool(place.qualifiers))


def _command(start: int, command: str) -> Completion | None:
    name, blank, rest = command.partition(" ")
    if blank:
        is_path = name in _PATH_COMMANDS
        path = rest.lstrip()
        return Completion(start + len(command) - len(path), path=path) if is_path else None
    offered: dict[str, str] = {}
    for usage, meaning in COMMANDS:
        offered.setdefault(usage.split()[0], meaning)
    found = (Candidate(usage, Sort.COMMAND, _(meaning)) for usage, meaning in offered.items() if usage.startswith(name))
    return Completion(start, tuple(found)[:_MOST])


# -- after a dot -------------------------------------------------------------------------------------------------------


def _qualified(place: CompletionPlace, catalog: Catalog) -> Iterator[Candidate]:
    *schema, last = place.qualifiers
    if schema:
        relation = catalog.find(last, schema[-1])
        yield from _columns_of(relation) if relation else ()
        return
    for named in relations_named(place.tokens):
        if named.called == last or (named.alias is None and named.name == last):
            relation = catalog.find(named.name, named.schema)
            yield from _columns_of(relation) if relation else ()
    is_call = place.said[-1:] == ("call",)
    for relation in () if is_call else catalog.relations:
        if relation.schema == last:
            yield Candidate(quoted(relation.name), _SORTS[relation.kind], _columns_in_short(relation))
    yield from _routines(catalog, last, calls=is_call)


def _columns_of(relation: NamedRelation) -> Iterator[Candidate]:
    for column in relation.columns:
        yield Candidate(quoted(column.name), Sort.COLUMN, column.type)


def _columns_in_short(relation: NamedRelation) -> str:
    return ", ".join(column.name for column in relation.columns[:8])[:_DETAIL]


# -- without one -------------------------------------------------------------------------------------------------------


def _plain(place: CompletionPlace, catalog: Catalog) -> Iterator[Candidate]:
    said = place.said
    if not said:
        yield from _keywords(OPENINGS)
        return
    for after, words in CONTINUATIONS:
        if said[-len(after) :] == after:
            yield from _keywords(words)
    if place.before[-1].text == "::":
        yield from (Candidate(name, Sort.TYPE) for name in sorted(TYPES))
        return
    if said[-1] in ROUTINE_AFTER:
        for schema in catalog.schemas:
            yield from _routines(catalog, schema, calls=True, names_schema=schema != "public")
        return
    if _wants_relation(place):
        yield from _relations(catalog, place.bare_word)
        yield from _keywords(("select", "lateral", "only", "unnest"))
        return
    yield from _scope(relations_named(place.tokens), catalog)
    for name, arguments in FUNCTIONS:
        yield Candidate(f"{name}(", Sort.FUNCTION, arguments)
    yield from _routines(catalog, "public")
    yield from _keywords(sorted(KEYWORDS))
    yield from (Candidate(name, Sort.TYPE) for name in sorted(TYPES - KEYWORDS))
    yield from _relations(catalog, place.bare_word)


def _wants_relation(place: CompletionPlace) -> bool:
    said = place.said
    if said[-1] in RELATION_AFTER or said[-2:] in (("table", "async"), ("if", "exists")):
        return True
    if said[:1] == ("create",) and "index" in said[:3] and said[-1] == "on":
        return True
    if said[0] in ("grant", "revoke") and said[-1] in ("on", "table"):
        return True
    return said[-1] == "," and _clause(said) == "from"


def _clause(said: tuple[str, ...]) -> str:
    """The word that opened the clause at the end, outside closed parentheses."""
    depth = 0
    for word in reversed(said):
        depth += (word == ")") - (word == "(")
        if depth < 0:
            return ""
        if depth == 0 and word in CLAUSES:
            return word
    return ""


def _scope(named: tuple[Named, ...], catalog: Catalog) -> Iterator[Candidate]:
    """Columns of the statement's tables, qualified where two of them have it; then the names of the tables."""
    tables = [(one, relation) for one in named if (relation := catalog.find(one.name, one.schema))]
    counts: dict[str, int] = {}
    for _named, relation in tables:
        for column in relation.columns:
            counts[column.name] = counts.get(column.name, 0) + 1
    for one, relation in tables:
        for column in relation.columns:
            name = quoted(column.name)
            text = f"{quoted(one.called)}.{name}" if counts[column.name] > 1 else name
            yield Candidate(text, Sort.COLUMN, f"{column.type}  {one.called}" if len(tables) > 1 else column.type)
    for one in named:
        yield Candidate(quoted(one.called), Sort.ALIAS, one.name if one.alias else "")


def _relations(catalog: Catalog, word: str) -> Iterator[Candidate]:
    for relation in catalog.relations:
        if word not in f"{relation.schema}.{relation.name}".lower():
            continue  # most of a thousand
        name = quoted(relation.name)
        text = name if relation.schema == "public" else f"{quoted(relation.schema)}.{name}"
        yield Candidate(text, _SORTS[relation.kind], _columns_in_short(relation))
    for schema in catalog.schemas:
        yield Candidate(f"{quoted(schema)}.", Sort.SCHEMA)


def _routines(catalog: Catalog, schema: str, *, calls: bool = False, names_schema: bool = False) -> Iterator[Candidate]:
    for routine in catalog.routines:
        if routine.schema != schema or (routine.kind is RoutineKind.PROCEDURE) is not calls:
            continue
        name = f"{quoted(schema)}.{quoted(routine.name)}" if names_schema else quoted(routine.name)
        yield Candidate(f"{name}(", Sort.PROCEDURE if calls else Sort.FUNCTION, routine.arguments[:_DETAIL])


def _keywords(words: Iterable[str]) -> Iterator[Candidate]:
    return (Candidate(word, Sort.KEYWORD) for word in words)


# -- choosing ----------------------------------------------------------------------------------------------------------


def _matching(sources: Iterable[Candidate], place: CompletionPlace) -> list[Candidate]:
    """Those that fit the word: its beginning first, then the beginning of a part; in the order offered."""
    word = place.bare_word
    upper = _is_upper(place)
    ranks: tuple[dict[str, Candidate], ...] = ({}, {})
    for candidate in sources:
        if place.is_quoted and candidate.sort in (Sort.KEYWORD, Sort.TYPE, Sort.FUNCTION):
            continue
        rank = _rank(candidate.text.lower().replace('"', ""), word)
        if rank is None or any(candidate.text in found for found in ranks):
            continue
        ranks[rank][candidate.text] = _made(candidate, place, upper)
        if len(ranks[0]) >= _MOST:
            break
    return [*ranks[0].values(), *ranks[1].values()][:_MOST]


def _rank(name: str, word: str) -> int | None:
    if name.startswith(word) or "." + word in name:
        return 0
    return 1 if len(word) > 1 and ("_" + word in name or " " + word in name) else None


def _made(candidate: Candidate, place: CompletionPlace, upper: bool) -> Candidate:
    """In the writing of the person: keywords in capitals among capitals, names quoted when the quote is there."""
    if candidate.sort in (Sort.KEYWORD, Sort.TYPE) and upper:
        head, quote, tail = candidate.text.partition("sys.")
        return replace(candidate, text=head.upper() + quote + tail)
    if place.is_quoted and not candidate.text.startswith('"') and "." not in candidate.text:
        return replace(candidate, text=f'"{candidate.text}"')
    return candidate


def _is_upper(place: CompletionPlace) -> bool:
    if len(place.word) > 1:
        return place.word.isupper()
    keywords = [t.text for t in place.before if t.kind is Kind.WORD and t.text.lower() in KEYWORDS]
    return bool(keywords) and keywords[-1].isupper()
