"""SET, RESET and the startup packet: an allow-list of parameters.

Source: AWS User Guide, "Accessing Aurora DSQL", 2026-09; RESET and SET ... TO DEFAULT of other parameters are accepted
(recorded 2026-10).
"""

from dsqltui.sim.rules.messages import NOT_BOOLEAN, PARAMETER, RESERVED_PREFIX
from dsqltui.sim.rules.reading import TokenReader, read
from dsqltui.sim.rules.transactions import refuse_isolation_level
from dsqltui.sim.sql.rewrite import Rewritten, Shift
from dsqltui.sim.sql.stand_ins import BITMAP_SCAN, STAND_INS, SYNC_INDEX_PARAMETER

SETTABLE = frozenset(
    """
    application_name client_encoding datestyle extra_float_digits intervalstyle timezone search_path enable_bitmapscan
    enable_hashjoin enable_indexonlyscan enable_indexscan enable_material enable_mergejoin enable_nestloop
    dsql.enable_batched_nestloop enable_seqscan disable_sync_create_index
    """.split()
)
"""Parameters SET and the startup packet accept. The guide has SET LOCAL ROLE too; it was seen refused (2026-08)."""

_DSQL_PREFIX = "dsql."
_BOOLEANS = frozenset({"dsql.enable_batched_nestloop", SYNC_INDEX_PARAMETER, BITMAP_SCAN})
_IDENTITY = frozenset({"role", "session_authorization"})

_CHARACTERISTICS = "SESSION CHARACTERISTICS"
_AUTHORIZATION = "SESSION AUTHORIZATION"
_SPECIAL_FORMS = (
    (("time", "zone"), "timezone"),
    (("names",), "client_encoding"),
    (("schema",), "search_path"),
    (("transaction", "snapshot"), "TRANSACTION SNAPSHOT"),
    (("transaction",), "TRANSACTION"),
    (("characteristics",), _CHARACTERISTICS),
    (("session", "characteristics"), _CHARACTERISTICS),
    (("authorization",), _AUTHORIZATION),
    (("session", "authorization"), _AUTHORIZATION),
    (("xml", "option"), "xmloption"),
)
_REFUSED_FORMS = frozenset({"TRANSACTION", "TRANSACTION SNAPSHOT"})


def refuse_parameter(reader: TokenReader) -> None:
    """Raise PgError for a SET or RESET that Aurora DSQL refuses. The reader stands at its first word."""
    is_reset = reader.take("reset")
    if is_reset and reader.at("all"):
        return
    if not is_reset:
        reader.take("set")
    if not is_reset and not reader.at("session", "characteristics") and _names_scope(reader):
        reader.skip()
    if reader.at("constraints"):
        return
    name = _name(reader)
    if not name:
        return
    if name in (_CHARACTERISTICS, "TRANSACTION"):
        refuse_isolation_level(tuple(reader.words))  # of SET TRANSACTION: recorded 2026-09
    if name == _CHARACTERISTICS:  # recorded 2026-10
        return
    if name == _AUTHORIZATION:  # the service's parser takes it; PostgreSQL lets nobody become another role
        return
    key = name.lower()
    _refuse_reserved(name)
    is_default = is_reset or (reader.take_any("to", "=") != "" and reader.at("default"))
    if key in SETTABLE:
        if key in _BOOLEANS and not is_default and not is_boolean(reader.word):
            raise NOT_BOOLEAN.error(name=name)
        return
    if is_default and name not in _REFUSED_FORMS and key not in _IDENTITY and key.isidentifier():
        return
    raise PARAMETER.error(name=name)


def _names_scope(reader: TokenReader) -> bool:
    """Whether SESSION or LOCAL comes next as the scope; both are also possible names of a parameter."""
    words = reader.words[:2]
    return words[:1] in (["session"], ["local"]) and words[1:] not in (["="], ["to"], ["."])


def _name(reader: TokenReader) -> str:
    """The parameter's name as the service's parser has it; the special forms have names of their own."""
    for words, name in _SPECIAL_FORMS:
        if reader.take(*words):
            return name
    return ".".join(reader.names())


def is_boolean(word: str) -> bool:
    """Whether PostgreSQL takes the word, perhaps quoted, for a Boolean: any unambiguous beginning will do."""
    value = word.strip("'\"").lower()
    if value in ("", "0", "1", "on", "off", "of"):  # an empty one PostgreSQL refuses itself
        return True
    return any(full.startswith(value) for full in ("true", "false", "yes", "no"))


def _refuse_reserved(name: str) -> None:
    if name.lower().startswith(_DSQL_PREFIX) and name.lower() not in SETTABLE:
        raise RESERVED_PREFIX.error(name=name)


def refuse_startup_parameter(name: str) -> None:
    """Raise the FATAL refusal for a startup parameter that is not settable."""
    if name.lower() not in SETTABLE:
        error = PARAMETER.error(name=name)
        error.fields |= {"S": "FATAL", "V": "FATAL"}
        raise error


def refuse_set_config(literal: str) -> None:
    """Raise the PgError of set_config for the parameter this string literal names: recorded for one that SET refuses
    too; that set_config refuses all of them was seen with search_path. What is no literal is named as it is written."""
    name = literal.strip("'\"")
    _refuse_reserved(name)
    raise PARAMETER.error(name=name)


def stand_in(sql: str) -> Rewritten:
    """SET, RESET or SHOW of a parameter PostgreSQL lacks, under the name that keeps its value; else the same text."""
    reader = read(sql)
    if not reader.take_any("set", "reset", "show"):
        return Rewritten(sql)
    if _names_scope(reader):
        reader.skip()
    token = reader.token
    names = reader.names()
    replacement = STAND_INS.get(names[0].lower()) if len(names) == 1 else None
    if token is None or replacement is None:
        return Rewritten(sql)
    text = sql[: token.start] + replacement + sql[token.end :]
    return Rewritten(text, (Shift(token.start, token.end, len(replacement)),))
