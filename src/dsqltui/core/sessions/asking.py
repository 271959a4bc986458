"""Questions that the product itself asks on sessions of its own, beside the panes: one way to connect, ask, and end.

A schema change of somebody else (OC001) is met with another try, as the service wants it: each costs one at the most.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TypeVar

from dsqltui.core.language import _
from dsqltui.core.results.errors import Conflict, conflict_of
from dsqltui.core.results.outcome import Lost, Outcome, Refused, Row, Rows
from dsqltui.core.sessions.session import Session

TRIES = 4
"""Runs of a statement that OC001 stops."""

S = TypeVar("S", bound=Session)


class NoAnswer(Exception):
    """The server refused a question or the connection was lost. The message is the reason, without a full stop."""


@asynccontextmanager
async def connected(session: S) -> AsyncIterator[S]:
    """The session, connected; closed in the end. Raises ConnectFailed."""
    try:
        await session.connect()
        yield session
    finally:
        await session.close()


async def ask(session: Session, sql: str, *, limit: int) -> Outcome:
    """The outcome of a statement on a connected session; run again when OC001 stops it."""
    outcome = await session.run(sql, limit=limit)
    for _unused in range(TRIES - 1):
        if not is_schema_conflict(outcome):
            break
        outcome = await session.run(sql, limit=limit)
    return outcome


async def rows_of(session: Session, sql: str, *, limit: int) -> tuple[Row, ...]:
    """The rows of a query on a connected session. Raises NoAnswer."""
    outcome = await ask(session, sql, limit=limit)
    if isinstance(outcome, Rows):
        return outcome.rows
    raise NoAnswer(reason_of(outcome))


def reason_of(outcome: Outcome) -> str:
    """Why a query gave no rows."""
    match outcome:
        case Lost(reason=reason):
            return _("the connection was lost ({reason})").format(reason=reason)
        case Refused(error=error):
            return error.message
        case _:
            return _("no rows came")


def is_schema_conflict(outcome: Outcome | None) -> bool:
    """Whether OC001 stopped it: another session changed the schema, and the retry sees it."""
    return isinstance(outcome, Refused) and conflict_of(outcome.error) is Conflict.SCHEMA
