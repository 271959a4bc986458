"""Clauses and functions refused inside queries, wherever they stand."""

import itertools

from dsqltui.sim.rules.messages import BLOCKED_FUNCTION, DATATYPE, LOCKING, MERGE, STATEMENT, TABLESAMPLE, TEXT_SEARCH
from dsqltui.sim.rules.parameters import refuse_set_config

_OPENING, _CLOSING = frozenset("(["), frozenset(")]")
_TEXT_SEARCH = frozenset(
    """
    to_tsvector to_tsquery plainto_tsquery phraseto_tsquery websearch_to_tsquery ts_headline json_to_tsvector
    jsonb_to_tsvector
    """.split()
)
_DEFAULT_CONFIGURATION = "english"
_GEOMETRY = frozenset("box circle line lseg path point polygon".split())
_BLOCKED = frozenset(
    """
    pg_advisory_lock pg_advisory_lock_shared pg_advisory_unlock pg_advisory_unlock_all pg_advisory_unlock_shared
    pg_advisory_xact_lock pg_advisory_xact_lock_shared pg_try_advisory_lock pg_try_advisory_lock_shared
    pg_try_advisory_xact_lock pg_try_advisory_xact_lock_shared pg_cancel_backend pg_terminate_backend pg_notify
    inet_server_addr inet_server_port pg_backend_pid lo_creat lo_create lo_from_bytea lo_get lo_import lo_export lo_put
    lo_open lo_unlink loread lowrite
    """.split()
)
"""Reported as not available on the service. The error was published for advisory locks and pg_backend_pid only."""
_JUDGED_CALLS = _TEXT_SEARCH | _GEOMETRY | _BLOCKED | {"set_config"}


def refuse_in_query(words: tuple[str, ...]) -> None:
    """Raise PgError for a clause of a query, or of a query inside another statement."""
    if "for" in words and ("share" in words or "no" in words):
        _refuse_locking(words)
    if "tablesample" in words:
        _refuse_tablesample(words)
    if words[0] == "with" and _outer_has(words, "merge", "into"):
        raise MERGE.error()
    if words[0] in ("select", "with") and "into" in words and _is_select_into(words):
        raise STATEMENT.as_guess().error(statement="CreateTableAs")


def _refuse_locking(words: tuple[str, ...]) -> None:
    """FOR SHARE and FOR NO KEY UPDATE are refused where they could lock something: beside a FROM of the same query."""
    levels: list[list[str]] = [[]]
    for index, word in enumerate(words):
        if word in _CLOSING and len(levels) > 1:
            levels.pop()
        level = levels[-1]
        if word == "for":
            following = words[index + 1 : index + 4]
            is_refused = following[:1] == ("share",) or following == ("no", "key", "update")
            if is_refused and _has_from(level):
                raise LOCKING.error()
        level.append(word)
        if word in _OPENING:
            levels.append([])


def _has_from(level: list[str]) -> bool:
    """Whether these are the words of a query with a FROM. Neither IS DISTINCT FROM nor substring(a FROM b) is one."""
    if level[:1] == ["table"]:
        return True
    return "select" in level and any(
        word == "from" and before != "distinct" for before, word in zip(["", *level], level, strict=False)
    )


def _refuse_tablesample(words: tuple[str, ...]) -> None:
    """`t TABLESAMPLE method (percentage)`; a function of that name has its parenthesis at once."""
    for index, word in enumerate(words):
        if word == "tablesample" and words[index + 2 : index + 3] in (("(",), (".",)):
            raise TABLESAMPLE.error()


def _outer_has(words: tuple[str, ...], first: str, second: str) -> bool:
    """Whether the two words follow each other outside parentheses."""
    return any(pair == (first, second) for pair in itertools.pairwise(_outer(words)))


def _outer(words: tuple[str, ...]) -> list[str]:
    outer: list[str] = []
    depth = 0
    for word in words:
        depth -= word in _CLOSING
        if depth <= 0:
            outer.append(word)
        depth += word in _OPENING
    return outer


def _is_select_into(words: tuple[str, ...]) -> bool:
    """INTO is reserved: outside parentheses it belongs to INSERT, MERGE or to SELECT ... INTO."""
    outer = _outer(words)
    return any(
        word == "into" and before not in ("insert", "merge", "")
        for before, word in zip(["", *outer], outer, strict=False)
    )


def refuse_calls(words: tuple[str, ...], calls: frozenset[str]) -> None:
    """Raise PgError for a call of a function the service lacks. `calls` are the names before a parenthesis."""
    if not calls & _JUDGED_CALLS:
        return
    for index, (name, opening) in enumerate(itertools.pairwise(words)):
        if opening != "(" or name not in _JUDGED_CALLS or not _is_built_in(words, index):
            continue
        argument, after = (*words[index + 2 : index + 4], "", "")[:2]
        is_literal = argument.startswith("'")
        if name in _TEXT_SEARCH:
            names_configuration = is_literal and after in (",", "::")
            raise TEXT_SEARCH.error(name=argument.strip("'") if names_configuration else _DEFAULT_CONFIGURATION)
        if name in _BLOCKED:
            published = "advisory" in name or name == "pg_backend_pid"
            raise (BLOCKED_FUNCTION if published else BLOCKED_FUNCTION.as_guess()).error(name=name)
        if name in _GEOMETRY and is_literal:
            raise DATATYPE.error(type=name)
        if name == "set_config":
            refuse_set_config(argument)


def _is_built_in(words: tuple[str, ...], index: int) -> bool:
    """Whether the name at `index` is not one of another schema."""
    return words[index - 1 : index] != (".",) or words[index - 2 : index - 1] == ("pg_catalog",)
