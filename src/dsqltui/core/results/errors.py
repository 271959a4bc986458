"""What the server's errors mean and what to do next, keyed by SQLSTATE and the OC token, never by wording.

    ServerError                  what came over the wire
    Conflict.DATA    (OC000)     another transaction changed the same rows and committed first
    Conflict.SCHEMA  (OC001)     the catalog changed under the session
    Advice                       a title and the next step, in words a student understands

Aurora DSQL reworded its conflict messages twice between 2025-07 and 2026-09; 40001 and the token stayed.
"""

import re
import unicodedata
from dataclasses import dataclass
from enum import Enum

from dsqltui.core.language import N_, _


@dataclass(frozen=True, slots=True)
class ServerError:
    """An ErrorResponse of the server; field names as in the protocol."""

    sqlstate: str
    message: str
    severity: str = "ERROR"
    detail: str | None = None
    hint: str | None = None
    position: int | None = None
    """1-based character position in the statement that was sent; None when the server gave none."""
    context: str | None = None
    """Where it happened within what the statement did: the line of COPY's data, the function that was run."""


class Conflict(Enum):
    """Why a transaction lost."""

    DATA = "OC000"
    SCHEMA = "OC001"


@dataclass(frozen=True, slots=True)
class Advice:
    """An error in plain words."""

    title: str
    next_step: str


_OC_TOKEN = re.compile(r"\bOC00([01])\b")
_RETRY = N_("Nothing was saved. Run the whole transaction again from BEGIN: it will see the newer data.")
_ADVICE: dict[str, Advice] = {
    "0A000": Advice(N_("not supported by Aurora DSQL"), N_("Aurora DSQL does not support this.")),
    "22P02": Advice(N_("the value does not fit the type"), N_("Correct the literal and run again.")),
    "23505": Advice(N_("duplicate key"), N_("A row with this key already exists.")),
    "25006": Advice(N_("read-only transaction"), N_("Start a transaction without READ ONLY to write.")),
    "25P02": Advice(
        N_("the transaction has failed"), N_("An earlier statement failed; only ROLLBACK (or COMMIT) ends it.")
    ),
    "28000": Advice(N_("access denied"), N_("Check the role, its IAM mapping and the token's action.")),
    "28P01": Advice(N_("access denied"), N_("Check the role, its IAM mapping and the token's action.")),
    "08006": Advice(N_("the server refused the connection"), N_("The hint says why. Every connect uses a new token.")),
    "40001": Advice(N_("conflict"), _RETRY),
    "42501": Advice(
        N_("permission denied"), N_("This database role lacks the privilege: switch roles, or GRANT it as admin.")
    ),
    "42601": Advice(N_("syntax error"), N_("Check the SQL at the caret.")),
    "42703": Advice(N_("no such column"), N_("Check the name at the caret.")),
    "42P01": Advice(
        N_("no such table"), N_("Check the name and the schema. If the table is new, end this transaction first.")
    ),
    "53300": Advice(N_("too many connections"), N_("The cluster is at its connection limit; close some or wait.")),
    "53400": Advice(N_("connecting too fast"), N_("The cluster limits new connections per second; wait a moment.")),
    "54000": Advice(N_("a DSQL limit was reached"), N_("Split the work into smaller transactions.")),
    "57P01": Advice(N_("the server ended the session"), N_("Reconnect.")),
}
_CONFLICTS = {
    Conflict.DATA: Advice(N_("conflict: another transaction changed the same rows and committed first"), _RETRY),
    Conflict.SCHEMA: Advice(
        N_("conflict: the schema changed under this session"), N_("Run it again: the retry sees the new schema.")
    ),
}


def conflict_of(error: ServerError) -> Conflict | None:
    """The kind of conflict, or None when the error is not one. A 40001 without a token counts as a data conflict."""
    if error.sqlstate != "40001":
        return None
    token = _OC_TOKEN.search(error.message)
    return Conflict("OC00" + token[1]) if token else Conflict.DATA


def conflict_token(error: ServerError) -> str:
    """`OC000`, `OC001`, or the SQLSTATE of what is no conflict."""
    conflict = conflict_of(error)
    return conflict.value if conflict else error.sqlstate


def advice_for(error: ServerError) -> Advice | None:
    """What the error means and what to do; None where nothing better than the server's words is known."""
    conflict = conflict_of(error)
    if conflict is not None:
        return _said(_CONFLICTS[conflict])
    known = _ADVICE.get(error.sqlstate)
    return None if known is None else _said(known)


def _said(advice: Advice) -> Advice:
    return Advice(_(advice.title), _(advice.next_step))


def verbose_lines(error: ServerError) -> list[str]:
    """All that the server said of an error, as psql's `\\errverbose`."""
    parts = (("DETAIL", error.detail), ("HINT", error.hint), ("CONTEXT", error.context))
    return [
        f"{error.severity}:  {error.sqlstate}: {error.message}",
        *(f"{name}:  {text}" for name, text in parts if text),
    ]


def caret_line(statement: str, position: int, width: int = 72) -> tuple[str, str]:
    """The line of `statement` that holds the 1-based character `position`, and a caret under that character.

    The line is cut to `width` characters; the caret stands as many terminal cells to the right as what is before it.
    """
    offset = min(max(position - 1, 0), len(statement))
    start = statement.rfind("\n", 0, offset) + 1
    end = statement.find("\n", offset)
    line = statement[start : len(statement) if end < 0 else end].replace("\t", " ")
    column = offset - start
    if len(line) > width:
        left = max(0, min(column - width // 2, len(line) - width))
        line, column = line[left : left + width], column - left
    return line, " " * sum(map(_cells, line[:column])) + "^"


def _cells(character: str) -> int:
    """How many terminal cells a character takes: 0, 1 or 2."""
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1
