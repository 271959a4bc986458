"""ALTER TABLE: the subcommands Aurora DSQL refuses, and its own ALTER TABLE ASYNC ... VALIDATE CONSTRAINT.

Names of refused subcommands are PostgreSQL's (recorded for six of them).
"""

from dataclasses import dataclass

from dsqltui.sim.rules.columns import read_column, refuse_cache
from dsqltui.sim.rules.create_table import is_constraint
from dsqltui.sim.rules.messages import (
    ADD_COLUMN_CONSTRAINT,
    ALTER_TABLE,
    COLLATE,
    COMPRESSION,
    IDENTITY_CACHE,
    NOT_VALID_KEY,
)
from dsqltui.sim.rules.reading import TokenReader, read
from dsqltui.sim.rules.types import refuse_type
from dsqltui.sim.sql.rewrite import Rewritten, Shift

_ALTER_COLUMN = "ALTER COLUMN ... "
_REFUSED_COLUMN_ACTIONS = (
    (("type",), "SET DATA TYPE", True),
    (("set", "data", "type"), "SET DATA TYPE", True),
    (("set", "not", "null"), "SET NOT NULL", True),
    (("set", "statistics"), "SET STATISTICS", True),
    (("set", "compression"), "SET COMPRESSION", False),
    (("set", "("), "SET", False),
    (("reset", "("), "RESET", False),
    (("options",), "OPTIONS", False),
)
"""(first words, name, whether the refusal was recorded)"""

_REFUSED_ACTIONS = (
    (("enable", "row", "level", "security"), "ENABLE ROW SECURITY", True),
    (("disable", "row", "level", "security"), "DISABLE ROW SECURITY", False),
    (("force", "row", "level", "security"), "FORCE ROW SECURITY", False),
    (("no", "force", "row", "level", "security"), "NO FORCE ROW SECURITY", False),
    (("validate", "constraint"), "VALIDATE CONSTRAINT", True),
    (("cluster", "on"), "CLUSTER ON", False),
    (("set", "without", "cluster"), "SET WITHOUT CLUSTER", False),
    (("set", "without", "oids"), "SET WITHOUT OIDS", False),
    (("set", "access", "method"), "SET ACCESS METHOD", False),
    (("set", "tablespace"), "SET TABLESPACE", False),
    (("set", "logged"), "SET LOGGED", False),
    (("set", "unlogged"), "SET UNLOGGED", False),
    (("set", "("), "SET", False),
    (("reset", "("), "RESET", False),
    (("inherit",), "INHERIT", False),
    (("no", "inherit"), "NO INHERIT", False),
    (("of",), "OF", False),
    (("not", "of"), "NOT OF", False),
    (("replica", "identity"), "REPLICA IDENTITY", False),
    (("attach", "partition"), "ATTACH PARTITION", False),
    (("detach", "partition"), "DETACH PARTITION", False),
    (("enable", "trigger"), "ENABLE TRIGGER", False),
    (("disable", "trigger"), "DISABLE TRIGGER", False),
    (("enable", "rule"), "ENABLE RULE", False),
    (("disable", "rule"), "DISABLE RULE", False),
    (("enable", "always"), "ENABLE ALWAYS TRIGGER", False),
    (("enable", "replica"), "ENABLE REPLICA TRIGGER", False),
)
"""(first words, name, whether the refusal was recorded)"""

_OF_ALL_TRIGGERS = [[verb, "trigger", which] for verb in ("enable", "disable") for which in ("all", "user")]
"""Accepted by the real parser (AWS, dsql-lint's grammar, 2026-08); there are no triggers."""
_VALID_LATER = ("not", "valid")


@dataclass(frozen=True, slots=True)
class Alterations:
    """What an ALTER TABLE does, as far as the catalog has a say in it."""

    table: tuple[str, ...]
    added_columns: int
    new_identities: tuple[str, ...]
    """Columns that become identity columns."""
    dropped_columns: tuple[str, ...]
    dropped_constraints: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ValidateCommand:
    """ALTER TABLE ASYNC [IF EXISTS] [ONLY] table VALIDATE CONSTRAINT constraint."""

    schema: str | None
    table: str
    constraint: str
    is_optional: bool
    """IF EXISTS was said."""
    rewritten: Rewritten
    """The same without ASYNC, for PostgreSQL."""


def parse_validate_command(sql: str) -> ValidateCommand | None:
    """The command, or None when the statement is another one. ASYNC may also be a table's name."""
    reader = read(sql)
    if not reader.take("alter", "table") or reader.word != "async":
        return None
    marker = reader.skip()
    is_optional = reader.take("if", "exists")
    reader.take("only")
    names = reader.names()
    reader.take("*")
    if marker is None or not names or not reader.take("validate", "constraint"):
        return None
    constraint = reader.names()
    if len(constraint) != 1 or reader.token is not None:
        return None
    plain = sql[: marker.start] + sql[marker.end :]
    return ValidateCommand(
        schema=names[-2] if len(names) > 1 else None,
        table=names[-1],
        constraint=constraint[0],
        is_optional=is_optional,
        rewritten=Rewritten(plain, (Shift(marker.start, marker.end, 0),)),
    )


def refuse_alter_table(sql: str) -> None:
    """Raise PgError for a subcommand the service refuses."""
    if parse_validate_command(sql) is not None:
        return
    for action in alter_actions(sql)[1]:
        _refuse_action(action)


def _refuse_action(action: TokenReader) -> None:
    if action.take("add"):
        if is_constraint(action):
            _refuse_added_constraint(action)
        else:
            _refuse_added_column(action)
        return
    if action.at("alter", "constraint"):
        return
    if action.take("alter"):
        action.take("column")
        action.names()
        _refuse_column_action(action)
        return
    _refuse_first_words(action, _REFUSED_ACTIONS, "")


def _refuse_first_words(
    action: TokenReader, refused: tuple[tuple[tuple[str, ...], str, bool], ...], prefix: str
) -> None:
    if action.words in _OF_ALL_TRIGGERS:
        return
    for words, name, is_recorded in refused:
        if action.at(*words):
            message = ALTER_TABLE if is_recorded else ALTER_TABLE.as_guess()
            raise message.error(action=prefix + name)


def _refuse_added_column(action: TokenReader) -> None:
    """ADD COLUMN takes a name, a type, NULL and STORAGE, nothing else (recorded 2026-08 and 2026-09)."""
    action.take("column")
    action.take("if", "not", "exists")
    column = read_column(action)
    if column is None:
        return
    rest = column.rest
    while rest.token is not None:
        if rest.take("null"):
            continue
        if rest.take("storage"):
            rest.skip()
            continue
        clause = COLLATE if rest.at("collate") else COMPRESSION if rest.at("compression") else ADD_COLUMN_CONSTRAINT
        raise clause.error()
    refuse_type(column.type)


def _refuse_added_constraint(action: TokenReader) -> None:
    """Accepted are CHECK and FOREIGN KEY with NOT VALID, and UNIQUE USING INDEX (recorded 2026-09 and 2026-10)."""
    if action.take("constraint"):
        action.names()
    if action.at("unique", "using", "index"):
        return
    words = action.outer_words
    is_later = any(tuple(words[i : i + 2]) == _VALID_LATER for i in range(len(words)))
    if action.word in ("check", "foreign") and is_later:
        return
    if action.word in ("unique", "primary") and is_later:
        raise NOT_VALID_KEY.error(kind="UNIQUE" if action.at("unique") else "PRIMARY KEY")
    raise ALTER_TABLE.error(action="ADD CONSTRAINT")


def _refuse_column_action(action: TokenReader) -> None:
    words = action.words
    if action.at("add", "generated") or action.at("set", "cache"):
        refuse_cache(words, IDENTITY_CACHE.as_guess())
    _refuse_first_words(action, _REFUSED_COLUMN_ACTIONS, _ALTER_COLUMN)


def read_alterations(sql: str) -> Alterations:
    """What the ALTER TABLE does."""
    table, actions = alter_actions(sql)
    added = 0
    identities: list[str] = []
    columns: list[str] = []
    constraints: list[str] = []
    for action in actions:
        if action.take("add"):
            added += not is_constraint(action)
        elif action.take("drop"):
            found = constraints if action.take("constraint") else columns
            action.take("column")
            action.take("if", "exists")
            found += action.names()[:1]
        elif action.take("alter"):
            action.take("column")
            names = action.names()
            if action.at("add", "generated"):
                identities += names[:1]
    return Alterations(table, added, tuple(identities), tuple(columns), tuple(constraints))


def alter_actions(sql: str) -> tuple[tuple[str, ...], list[TokenReader]]:
    """The table and the subcommands of an ALTER TABLE."""
    reader = read(sql)
    reader.take("alter", "table")
    reader.take("if", "exists")
    reader.take("only")
    table = reader.names()
    reader.take("*")
    return table, reader.pieces()
