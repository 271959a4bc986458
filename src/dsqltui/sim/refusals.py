"""Messages of Aurora DSQL, word for word, with the evidence for each, and the statements it refuses.

`recorded`: seen on a real cluster by somebody who published it (2026-08 to 2026-10). `documented`: in the AWS User
Guide. `guessed`: the behaviour is known, the wording is not.
"""

import re
from dataclasses import dataclass
from enum import Enum

from dsqltui.core.lexer import Kind, identifier, scan
from dsqltui.sim.analysis import Analysis, Nature
from dsqltui.sim.wire import PgError


class Evidence(Enum):
    RECORDED = "recorded"
    DOCUMENTED = "documented"
    GUESSED = "guessed"


@dataclass(frozen=True, slots=True)
class Message:
    """An error the service gives. `text` may have {placeholders}."""

    sqlstate: str
    text: str
    evidence: Evidence
    seen: str
    """Year and month of the evidence."""

    def error(self, **values: str) -> PgError:
        return PgError(self.sqlstate, self.text.format(**values))


def _recorded(sqlstate: str, text: str) -> Message:
    return Message(sqlstate, text, Evidence.RECORDED, "2026-09")


DATA_CONFLICT = _recorded("40001", "change conflicts with another transaction (OC000)")
SCHEMA_CONFLICT = _recorded("40001", "schema has been updated by another transaction (OC001)")
ROW_LIMIT = _recorded("54000", "transaction row limit exceeded")
TRANSACTION_FAILED = _recorded(
    "25P02", "current transaction is aborted, commands ignored until end of transaction block"
)
SEVERAL_DDL = _recorded("0A000", "multiple ddl statements not supported in a transaction")
DDL_AND_DML = _recorded("0A000", "ddl and dml are not supported in the same transaction")
ISOLATION = _recorded("0A000", "Unsupported isolation level: {level}")
PARAMETER = _recorded("0A000", 'setting configuration parameter "{name}" not supported')
TRANSACTION_STATEMENT = _recorded("0A000", "unsupported transaction statement: {statement}")
STATEMENT = _recorded("0A000", "unsupported statement: {statement}")
SYNC_INDEX = _recorded("0A000", "unsupported mode. please use CREATE INDEX ASYNC.")
LOCKING = _recorded("0A000", "locking clauses other than FOR UPDATE/FOR KEY SHARE are not supported")
MERGE = _recorded("0A000", "unsupported statement type: MERGE")
TRIGGER = _recorded("0A000", "CREATE TRIGGER not supported")
TEMP_TABLE = _recorded("0A000", "TEMPORARY or TEMP table not supported for CREATE TABLE")
UNLOGGED = _recorded("0A000", "UNLOGGED table not supported for CREATE TABLE")
VACUUM = _recorded("0A000", "unsupported VACUUM statement")
LANGUAGE = _recorded("0A000", "CREATE FUNCTION with language {language} not supported")
PROCEDURE = _recorded("0A000", "PROCEDURE is not supported")
CREATE_TYPE = _recorded("0A000", "CREATE TYPE not supported")
ALTER_TYPE = _recorded("0A000", "ALTER TYPE not supported")
FUNCTION_SET = Message("0A000", "SET clause not supported for CREATE FUNCTION", Evidence.GUESSED, "2026-11")
ACCESS_DENIED = _recorded("08006", "unable to accept connection, access denied")

SETTABLE = frozenset(
    """
    application_name client_encoding datestyle extra_float_digits intervalstyle timezone search_path enable_bitmapscan
    enable_hashjoin enable_indexonlyscan enable_indexscan enable_material enable_mergejoin enable_nestloop
    dsql.enable_batched_nestloop enable_seqscan disable_sync_create_index role
    """.split()
)
"""Parameters SET, RESET and the startup packet accept. Source: AWS User Guide, "Accessing Aurora DSQL", 2026-09."""

_STATEMENTS = {
    ("truncate",): "Truncate",
    ("create", "extension"): "CreateExtension",
    ("create", "database"): "Createdb",
    ("create", "materialized"): "CreateTableAs",
    ("create", "tablespace"): "CreateTableSpace",
    ("create", "foreign"): "CreateForeignTable",
    ("create", "policy"): "CreatePolicy",
    ("alter", "system"): "AlterSystem",
    ("listen",): "Listen",
    ("notify",): "Notify",
    ("unlisten",): "Unlisten",
    ("lock",): "Lock",
    ("declare",): "DeclareCursor",
}
_FIXED = {
    ("create", "trigger"): TRIGGER,
    ("create", "constraint", "trigger"): TRIGGER,
    ("create", "temp"): TEMP_TABLE,
    ("create", "temporary"): TEMP_TABLE,
    ("create", "unlogged"): UNLOGGED,
    ("create", "procedure"): PROCEDURE,
    ("do",): PROCEDURE,
    ("alter", "type"): ALTER_TYPE,
    ("vacuum",): VACUUM,
    ("merge",): MERGE,
    ("explain", "merge"): MERGE,
}
# Known to be refused; under which name DSQL reports them is a guess after PostgreSQL's node names.
_GUESSED_STATEMENTS = {
    ("fetch",): "Fetch",
    ("move",): "Fetch",
    ("close",): "ClosePortal",
    ("prepare",): "Prepare",
    ("execute",): "Execute",
    ("discard",): "Discard",
    ("cluster",): "Cluster",
    ("checkpoint",): "CheckPoint",
    ("load",): "Load",
    ("reindex",): "Reindex",
    ("create", "event"): "CreateEventTrig",
    ("create", "publication"): "CreatePublication",
    ("create", "subscription"): "CreateSubscription",
    ("create", "server"): "CreateForeignServer",
    ("create", "rule"): "Rule",
    ("create", "language"): "CreatePLang",
    ("create", "or", "replace", "rule"): "Rule",
}
_ISOLATION = re.compile(r"\bisolation level (serializable|read committed|read uncommitted)\b")


def refuse(analysis: Analysis, sql: str) -> None:
    """Raise the PgError with which Aurora DSQL refuses the statement; return when it does not."""
    words = analysis.words
    for length in (1, 2, 3, 4):
        lead = words[:length]
        if lead in _STATEMENTS:
            raise STATEMENT.error(statement=_STATEMENTS[lead])
        if lead in _FIXED:
            raise _FIXED[lead].error()
        if lead in _GUESSED_STATEMENTS:
            raise Message(
                "0A000", f"unsupported statement: {_GUESSED_STATEMENTS[lead]}", Evidence.GUESSED, "2026-11"
            ).error()
    first = analysis.first
    if first in ("savepoint", "release") or (first in ("rollback", "abort") and analysis.nature is Nature.OTHER):
        raise TRANSACTION_STATEMENT.error(statement="ROLLBACK TO" if first in ("rollback", "abort") else first.upper())
    if first in ("set", "reset"):
        _refuse_parameter(words)
    elif first == "deallocate" and words[1:] not in (("all",), ("prepare", "all")):
        raise Message("0A000", "unsupported statement: Deallocate", Evidence.GUESSED, "2026-11").error()
    elif analysis.nature is Nature.BEGIN:
        level = _ISOLATION.search(" ".join(words))
        if level:
            raise ISOLATION.error(level=level[1].upper())
    elif first == "create":
        _refuse_create(words, sql)
    if analysis.nature is Nature.LOCK and _has_other_lock(words):
        raise LOCKING.error()


def _refuse_parameter(words: tuple[str, ...]) -> None:
    rest = list(words[1:])
    scope = ""
    if words[0] == "set" and rest[:1] and rest[0] in ("session", "local") and rest[1:2] not in (["="], ["to"]):
        scope = rest.pop(0)
    if not rest or rest[0] == "constraints":
        return
    name = "timezone" if rest[:2] == ["time", "zone"] else "client_encoding" if rest[0] == "names" else rest[0]
    while len(rest) > 2 and rest[1] == ".":
        name, rest = f"{name}.{rest[2]}", rest[2:]
    if words[0] == "reset" and name == "all":
        return
    if name == "role" and scope != "local":
        raise PARAMETER.error(name="role")
    if name in ("transaction", "characteristics"):
        name = "TRANSACTION"
    if name.strip('"').lower() not in SETTABLE:
        raise PARAMETER.error(name=name.strip('"'))


def _refuse_create(words: tuple[str, ...], sql: str) -> None:
    rest = words[3:] if words[1:3] == ("or", "replace") else words[1:]
    kind = rest[0] if rest else ""
    if kind in ("temp", "temporary"):
        raise TEMP_TABLE.error()
    if kind == "procedure":
        raise PROCEDURE.error()
    if kind == "trigger":
        raise TRIGGER.error()
    if kind == "type":
        if "range" in rest[2:5]:
            raise STATEMENT.error(statement="CreateRange")
        if rest[-1:] == (")",) and "enum" not in rest[2:5]:
            raise STATEMENT.error(statement="CompositeType")
        raise CREATE_TYPE.error()
    if kind == "table" and "as" in rest and _is_create_table_as(rest):
        raise STATEMENT.error(statement="CreateTableAs")
    if (kind == "index" or rest[:2] == ("unique", "index")) and "async" not in rest[1:3]:
        raise SYNC_INDEX.error()
    if kind == "function":
        _refuse_function(sql)


def _is_create_table_as(rest: tuple[str, ...]) -> bool:
    depth = 0
    for word, following in zip(rest, (*rest[1:], ""), strict=True):
        depth += (word == "(") - (word == ")")
        if depth == 0 and word == "as" and following in ("select", "table", "values", "with", "execute", "("):
            return True
    return False


def _refuse_function(sql: str) -> None:
    """Other languages than SQL; and SET clauses, which could change what no session may."""
    tokens = [t for t in scan(sql)[0] if t.kind is not Kind.COMMENT]
    for index, token in enumerate(tokens[:-1]):
        word = token.text.lower() if token.kind is Kind.WORD else ""
        following = tokens[index + 1]
        if word == "language":
            is_quoted = following.kind is Kind.STRING
            language = following.text.strip("'").lower() if is_quoted else identifier(following)
            if language != "sql":
                raise LANGUAGE.error(language=language)
        elif word == "set" and any(t.text.lower() in ("to", "=", "from") for t in tokens[index + 2 : index + 5]):
            raise FUNCTION_SET.error()
        elif word == "begin":  # the body of a BEGIN ATOMIC function: its statements are judged when they run
            return


def _has_other_lock(words: tuple[str, ...]) -> bool:
    for index, word in enumerate(words):
        if word != "for":
            continue
        if words[index + 1 : index + 2] == ("share",) or words[index + 1 : index + 3] == ("no", "key"):
            return "from" in words
    return False


def refuse_startup_parameter(name: str) -> None:
    """Raise the FATAL refusal for a startup parameter that is not settable."""
    if name.lower() not in SETTABLE - {"role"}:
        error = PARAMETER.error(name=name)
        error.fields |= {"S": "FATAL", "V": "FATAL"}
        raise error
