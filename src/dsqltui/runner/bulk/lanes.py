"""Sessions of bulk work: over both endpoints, opened again when they are lost, with what was SET in the pane's own."""

import asyncio
from collections.abc import Sequence

from dsqltui.core.aws.endpoint import Endpoint
from dsqltui.core.language import _
from dsqltui.core.results.outcome import Done, Lost, Outcome, Refused, Rows
from dsqltui.core.sessions.guarded_session import GuardedSession
from dsqltui.core.sessions.session import ConnectFailed, Session
from dsqltui.core.sql.lexer import quote_literal
from dsqltui.core.transactions.retry import Backoff

_CARRIED = ("search_path", "DateStyle", "IntervalStyle", "TimeZone")
"""Settings on which the meaning of a name or a value depends: other sessions must have those of the pane's."""


class Lane:
    """One session. `open` and `open_again` take the endpoints in turn, beginning with the lane's own."""

    def __init__(self, parent: Session, endpoints: Sequence[Endpoint], number: int, settings: Sequence[str]) -> None:
        """`parent` makes the sessions: same role, same credentials."""
        self.number = number
        self.is_own = False
        """Whether it is the pane's session, which only the person connects again."""
        self._parent = parent
        self._endpoints = [*endpoints[number % len(endpoints) :], *endpoints[: number % len(endpoints)]]
        self._settings = settings
        self._session: Session | None = None

    @classmethod
    def of(cls, session: Session) -> "Lane":
        """The pane's own session as the only lane."""
        lane = cls(session, (session.endpoint,), 0, ())
        lane.is_own, lane._session = True, session
        return lane

    @property
    def session(self) -> Session:
        """The open one."""
        if self._session is None:
            raise RuntimeError("a lane is used after open()")
        return self._session

    async def open(self) -> None:
        """Connect. Raises ConnectFailed when no endpoint takes it."""
        failure: ConnectFailed | None = None
        for endpoint in dict.fromkeys(self._endpoints):
            session = self._parent.another(endpoint)
            try:
                await session.connect()
                for setting in self._settings:
                    await session.run(setting, limit=1)
            except ConnectFailed as problem:
                failure = failure or problem
                continue
            except asyncio.CancelledError:
                await session.close()
                raise
            self._session = session
            return
        raise failure or ConnectFailed(_("There is no endpoint to connect to."))

    async def open_again(self, backoff: Backoff, stopping: asyncio.Event) -> None:
        """Connect after a loss, several times if need be. Raises ConnectFailed."""
        await self.close()
        for attempt in range(1, backoff.attempts + 1):
            await pause(backoff.wait_s(attempt), stopping)
            try:
                await self.open()
            except ConnectFailed:
                if attempt == backoff.attempts or stopping.is_set():
                    raise
            else:
                return

    async def close(self) -> None:
        """End it; not the pane's own."""
        session = self._session
        if session is not None and not self.is_own:
            self._session = None
            await session.close()


async def carried_settings(session: Session) -> tuple[str, ...]:
    """The SETs that give another session the settings of this one, as far as values depend on them."""
    asked = ", ".join(f"pg_catalog.current_setting({quote_literal(name)})" for name in _CARRIED)
    outcome = await session.run(f"SELECT {asked}", limit=1)
    if not isinstance(outcome, Rows) or not outcome.rows:
        return ()
    found = []
    for name, value in zip(_CARRIED, outcome.rows[0], strict=False):
        if name == "search_path":
            found.append(f"SET search_path = {value}")
        elif value is not None:
            found.append(f"SET {name} = {quote_literal(value)}")
    return tuple(found)


async def permit(session: Session, sql: str) -> Refused | None:
    """What the pane's guards say of a statement that is to run on other sessions; None: it may."""
    return await session.permit(sql) if isinstance(session, GuardedSession) else None


async def pause(seconds: float, stopping: asyncio.Event) -> None:
    """Wait, but not when the person stops."""
    if seconds > 0:
        try:
            await asyncio.wait_for(stopping.wait(), seconds)
        except TimeoutError:
            return


def why(outcome: Outcome) -> str:
    """An outcome's own words, for a sentence."""
    match outcome:
        case Refused(error=error):
            return f"{error.sqlstate} {error.message}".strip()
        case Lost(reason=reason):
            return reason
        case Done(tag=tag) | Rows(tag=tag):
            return tag
