"""Statements about the transaction and the session: what they begin, end or set."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from dsqltui.core.sql.lexer import Kind, Token, identifier


class TransactionControl(Enum):
    """A statement of transaction control."""

    BEGIN = "begin"
    COMMIT = "commit"
    ROLLBACK = "rollback"
    SAVEPOINT = "savepoint"
    RELEASE = "release"
    ROLLBACK_TO = "rollback to"
    PREPARE = "prepare transaction"
    COMMIT_PREPARED = "commit prepared"
    ROLLBACK_PREPARED = "rollback prepared"
    SET = "set transaction"
    """SET TRANSACTION, SET SESSION CHARACTERISTICS, SET CONSTRAINTS."""


@dataclass(frozen=True, slots=True)
class ControlStatement:
    """Which, and whether it begins the next transaction at once."""

    control: TransactionControl
    chains: bool = False


class SettingClass(Enum):
    """What a setting decides."""

    ROLE = "role"
    """Who runs what follows: SET ROLE, SET SESSION AUTHORIZATION."""
    SEARCH_PATH = "search_path"
    """What names mean."""
    TRANSACTION = "transaction"
    ALL = "all"
    """RESET ALL, DISCARD ALL."""
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class SettingChange:
    """What SET or RESET changes."""

    setting: SettingClass
    name: str
    """The parameter, lower case; `role`, `session authorization`, `all`."""
    is_local: bool = False
    """Until the end of the transaction."""
    is_reset: bool = False


_ENDS = {
    "commit": TransactionControl.COMMIT,
    "end": TransactionControl.COMMIT,
    "rollback": TransactionControl.ROLLBACK,
    "abort": TransactionControl.ROLLBACK,
}
_PREPARED = {"commit": TransactionControl.COMMIT_PREPARED, "rollback": TransactionControl.ROLLBACK_PREPARED}
_OTHER_NAMES = {"schema": "search_path", "names": "client_encoding", "time": "timezone", "xml": "xmloption"}


def control_of(words: Sequence[str]) -> ControlStatement | None:
    """Which statement of transaction control these are the words of; None for any other."""
    first, rest = words[0], list(words[1:])
    if first == "begin" or (first == "start" and rest[:1] == ["transaction"]):
        return ControlStatement(TransactionControl.BEGIN)
    if first in _ENDS:
        if rest[:1] == ["prepared"] and first in _PREPARED:
            return ControlStatement(_PREPARED[first])
        tail = rest[1:] if rest[:1] in (["work"], ["transaction"]) else rest
        if first == "rollback" and tail[:1] == ["to"]:
            return ControlStatement(TransactionControl.ROLLBACK_TO)
        return ControlStatement(_ENDS[first], chains=tail[:2] == ["and", "chain"])
    if first == "savepoint":
        return ControlStatement(TransactionControl.SAVEPOINT)
    if first == "release":
        return ControlStatement(TransactionControl.RELEASE)
    if first == "prepare" and rest[:1] == ["transaction"]:
        return ControlStatement(TransactionControl.PREPARE)
    behind = rest[1:] if rest[:1] in (["local"], ["session"]) else rest
    if first == "set" and behind[:1] in (["transaction"], ["constraints"], ["characteristics"]):
        return ControlStatement(TransactionControl.SET)
    return None


def setting_of(tokens: Sequence[Token], words: Sequence[str]) -> SettingChange | None:
    """What SET, RESET or DISCARD ALL changes; None for any other statement."""
    first = words[0]
    if first == "discard":
        return SettingChange(SettingClass.ALL, "all", is_reset=True) if words[1:2] == ["all"] else None
    if first not in ("set", "reset") or len(words) < 2:
        return None
    at, is_local = 1, False
    if first == "set" and words[1] in ("local", "session") and len(words) > 2:
        is_qualifier = words[1] == "local" or words[2] not in ("authorization", "characteristics")
        is_local = words[1] == "local"
        at = 2 if is_qualifier else 1
    name = _setting_name(tokens, words, at)
    return SettingChange(_class_of(name), name, is_local, is_reset=first == "reset")


def setting_by_call(tokens: Sequence[Token], words: Sequence[str]) -> SettingChange | None:
    """What a call of set_config with a literal name changes; None when the name is not written as one."""
    for index, word in enumerate(words[:-2]):
        argument = tokens[index + 2]
        if word == "set_config" and words[index + 1] == "(" and argument.kind is Kind.STRING:
            name = argument.text.strip("'").lower()
            return SettingChange(_class_of(name), name)
    return None


def _setting_name(tokens: Sequence[Token], words: Sequence[str], at: int) -> str:
    if words[at : at + 2] in (["session", "authorization"], ["session", "characteristics"]):
        return f"session {words[at + 1]}"
    if at >= len(tokens) or tokens[at].kind not in (Kind.WORD, Kind.IDENT):
        return ""
    name = identifier(tokens[at]).lower()
    is_phrase = tokens[at].kind is Kind.WORD and words[at + 1 : at + 2] not in (["="], ["to"], ["."])
    name = _OTHER_NAMES.get(name, name) if is_phrase else name
    while words[at + 1 : at + 2] == ["."] and at + 2 < len(tokens):
        at += 2
        name += "." + identifier(tokens[at]).lower()
    return name


def _class_of(name: str) -> SettingClass:
    if name in ("role", "session authorization", "session_authorization"):
        return SettingClass.ROLE
    if name == "search_path":
        return SettingClass.SEARCH_PATH
    if name in ("transaction", "session characteristics", "constraints") or name.startswith(
        ("transaction_", "default_transaction_")
    ):
        return SettingClass.TRANSACTION
    return SettingClass.ALL if name == "all" else SettingClass.OTHER
