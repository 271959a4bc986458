"""How a statement looks at the system catalogs, and what it is sent as, so that it sees tables and nothing of ours.

Three things stand between a client and the truth: the copies a transaction works on, which are temporary tables; the
temporary schemas PostgreSQL keeps for them; the simulator's own schemas. Queries of the catalogs go to filtered views
(`sql/sim/code/2-shown.sql`). Inside a transaction with copies, names in a statement about the catalog mean the tables
(pg_temp is searched last), and the rows it reads are still those of the copies, which are named explicitly.
"""

import itertools
from dataclasses import dataclass

from dsqltui.core.sql.lexer import Token, identifier
from dsqltui.core.sql.lexer import quote_literal as literal
from dsqltui.core.sql.relation_places import RelationPlace, is_name
from dsqltui.sim.sql.catalog_guard import CatalogGuards
from dsqltui.sim.sql.rewrite import Replacement
from dsqltui.sim.sql.stand_ins import STAND_INS

SHOWN_CATALOGS = frozenset(
    """
    pg_am pg_attrdef pg_attribute pg_available_extension_versions pg_available_extensions pg_class pg_collation
    pg_constraint pg_conversion pg_database pg_depend pg_event_trigger pg_extension pg_foreign_data_wrapper
    pg_foreign_server pg_index pg_indexes pg_language pg_locks pg_namespace pg_opclass pg_operator pg_opfamily pg_proc
    pg_publication pg_rewrite pg_sequence pg_sequences pg_settings pg_shdescription pg_stat_activity pg_stat_gssapi
    pg_stat_ssl pg_statistic_ext pg_stats pg_tables pg_tablespace pg_trigger pg_ts_config pg_ts_dict pg_type pg_views
    """.split()
)
SHOWN_INFORMATION = frozenset(
    """
    check_constraints column_privileges columns constraint_column_usage constraint_table_usage key_column_usage
    referential_constraints role_column_grants role_table_grants routines schemata sequences table_constraints
    table_privileges tables view_column_usage view_table_usage views
    """.split()
)
_SHOWN = "pg_dsqltui_shown"
_WORDS = frozenset({"regclass", "to_regclass", "tableoid", "current_schemas"})
_ORDINARY_CALLS = frozenset({"pg_sleep", "pg_typeof", "pg_notify"})


@dataclass(frozen=True, slots=True)
class CatalogUse:
    """What a statement asks of the catalogs."""

    shown: tuple[Replacement, ...]
    """The filtered views for the catalogs."""
    tableoids: tuple[tuple[int, int], ...]
    """Where `tableoid` stands, its table's alias included."""
    places: tuple[RelationPlace, ...]
    """Relations of users, named without their schema."""
    is_mixed: bool
    """It reads relations of users too."""
    with_names: frozenset[str]
    loose_names: frozenset[str]
    """Names that stand alone where no relation is expected: columns, aliases, perhaps an overlooked relation."""

    def is_clear(self, copied: frozenset[str], functions: frozenset[str], calls: frozenset[str]) -> bool:
        """Whether the relations can be named explicitly: no doubt what means one of the `copied` relations, and no
        function of a user that reads them by name."""
        if copied & self.with_names:
            return False
        return not self.is_mixed or not (copied & self.loose_names or functions & calls)


def is_system(schema: str | None, name: str) -> bool:
    """Whether a relation of that name is the system's."""
    return schema in ("pg_catalog", "information_schema", "sys") or (schema is None and name.startswith("pg_"))


def catalog_use(
    tokens: tuple[Token, ...],
    words: tuple[str, ...],
    places: tuple[RelationPlace, ...],
    with_names: frozenset[str],
    calls: frozenset[str],
) -> CatalogUse | None:
    """What a query or a write asks of the catalogs; None for most statements."""
    of_catalogs = [p for p in places if is_system(p.schema, p.name) and p.schema != "sys"]
    if not (of_catalogs or _WORDS.intersection(words) or any(map(_is_about_catalog, calls))):
        return None
    of_users = [p for p in places if not is_system(p.schema, p.name) and not _is_of_with(p, with_names)]
    is_mixed = bool(of_users)
    shown = [*_functions(tokens, words), *_settings(tokens, words)]
    of_views = [p for p in of_catalogs if not _is_of_with(p, with_names)]
    guards = CatalogGuards(tokens, words, of_views, is_mixed=is_mixed)
    shown += guards.replacements(_SHOWN)
    of_views = [place for place in of_views if place not in guards.guarded]
    shown += [*_shown(of_views), *_prefixes(tokens, words, frozenset(place.name for place in guards.guarded))]
    return CatalogUse(
        shown=tuple(sorted(shown)),
        tableoids=tuple(at for at in _tableoids(tokens, words) if at[1] not in guards.numbered) if is_mixed else (),
        places=tuple(p for p in of_users if p.schema is None),
        is_mixed=is_mixed,
        with_names=with_names,
        loose_names=_loose_names(tokens, words, places),
    )


def _is_of_with(place: RelationPlace, with_names: frozenset[str]) -> bool:
    return place.schema is None and place.name in with_names


def _is_about_catalog(call: str) -> bool:
    if call in _ORDINARY_CALLS:
        return False
    return call.startswith(("pg_", "has_")) or call.endswith("_description") or call == "current_setting"


def _shown_name(schema: str | None, name: str) -> str | None:
    if name in (SHOWN_INFORMATION if schema == "information_schema" else SHOWN_CATALOGS):
        return f"{_SHOWN}.{name}"
    return None


def _shown(places: list[RelationPlace]) -> list[Replacement]:
    found = []
    for place in places:
        name = _shown_name(place.schema, place.name)
        if name is not None:
            found.append(Replacement(place.start, place.end, name))
    return found


def _prefixes(tokens: tuple[Token, ...], words: tuple[str, ...], kept: frozenset[str]) -> list[Replacement]:
    """`pg_catalog.pg_class.relname`, but for the catalogs that are `kept`."""
    found = []
    for index in range(len(tokens) - 3):
        if not (is_name(tokens[index]) and words[index + 1] == "." and words[index + 3] == "."):
            continue
        schema = identifier(tokens[index])
        if schema in ("pg_catalog", "information_schema") and is_name(tokens[index + 2]):
            if identifier(tokens[index + 2]) in kept:
                continue
            name = _shown_name(schema, identifier(tokens[index + 2]))
            if name is not None:
                found.append(Replacement(tokens[index].start, tokens[index + 2].end, name))
    return found


def _functions(tokens: tuple[Token, ...], words: tuple[str, ...]) -> list[Replacement]:
    found = []
    for index, (word, after) in enumerate(itertools.pairwise(words)):
        if word == "current_schemas" and after == "(":
            is_qualified = words[max(0, index - 2) : index] == ("pg_catalog", ".")
            start = tokens[index - 2 if is_qualified else index].start
            found.append(Replacement(start, tokens[index].end, f"{_SHOWN}.current_schemas"))
    return found


def _settings(tokens: tuple[Token, ...], words: tuple[str, ...]) -> list[Replacement]:
    """`current_setting('server_version')`: the name that keeps Aurora DSQL's value."""
    found = []
    for index in range(len(tokens) - 2):
        if words[index : index + 2] == ("current_setting", "("):
            name = STAND_INS.get(words[index + 2].strip("'").lower())
            if name is not None and words[index + 2].startswith("'"):
                found.append(Replacement(tokens[index + 2].start, tokens[index + 2].end, literal(name)))
    return found


def _tableoids(tokens: tuple[Token, ...], words: tuple[str, ...]) -> list[tuple[int, int]]:
    found = []
    for index, word in enumerate(words):
        if word != "tableoid" or words[max(0, index - 1) : index] == ("as",):
            continue
        first = index
        while first >= 2 and words[first - 1] == "." and is_name(tokens[first - 2]):
            first -= 2
        found.append((tokens[first].start, tokens[index].end))
    return found


def _loose_names(
    tokens: tuple[Token, ...], words: tuple[str, ...], places: tuple[RelationPlace, ...]
) -> frozenset[str]:
    starts = {place.start for place in places}
    found = set()
    for index, token in enumerate(tokens):
        if not is_name(token) or token.start in starts:
            continue
        before = words[index - 1] if index else ""
        after = words[index + 1] if index + 1 < len(words) else ""
        if before not in (".", "of") and after not in (".", "("):
            found.add(identifier(token))
    return frozenset(found)
