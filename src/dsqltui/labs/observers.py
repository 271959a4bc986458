"""The sessions beside the panes: questions about the database, and the statements of a reset.

They are in autocommit and of the console's own, so that no pane's transaction is touched.
"""

from collections.abc import Callable, Mapping

from dsqltui.core.results.outcome import Lost, Outcome, Refused
from dsqltui.core.results.transaction_state import TransactionState
from dsqltui.core.sessions.asking import ask
from dsqltui.core.sessions.session import Session
from dsqltui.labs.checks import first_value
from dsqltui.labs.model import Lab, Need
from dsqltui.labs.text import filled, filled_sql

ABSENT = frozenset({"42704", "42P01", "3F000"})
"""SQLSTATEs of a reset's statement that mean: what it takes away is not there (role, table, schema)."""


class LabObservers:
    """One session for each pane's endpoint, opened when it is first needed. `make` raises ConnectFailed."""

    def __init__(self, make: Callable[[str], Session]) -> None:
        self._make = make
        self._sessions: dict[str, Session] = {}

    async def ask(self, pane: str, sql: str) -> Outcome:
        """The outcome of a statement; run again when OC001 stops it. Raises ConnectFailed."""
        session = self._sessions.get(pane)
        if session is None:
            session = self._sessions[pane] = self._make(pane)
        if session.state is TransactionState.NONE:
            await session.connect()
        return await ask(session, sql, limit=10)

    async def unmet(self, lab: Lab, values: Mapping[str, str]) -> list[Need]:
        """What the lab needs and does not find, up to the first that no reset repairs. Raises ConnectFailed.

        What comes after that one may only follow from it: without its table no row is as it should be.
        """
        found: list[Need] = []
        for need in lab.needs:
            if first_value(await self.ask("A", filled_sql(need.query, values))) != filled(need.value, values):
                found.append(need)
                if not need.is_repairable:
                    break
        return found

    async def reset(self, lab: Lab, values: Mapping[str, str]) -> str:
        """Run the lab's reset; what went wrong, in English, else empty. Raises ConnectFailed."""
        for statement in lab.reset:
            outcome = await self.ask("A", filled_sql(statement, values))
            if isinstance(outcome, Refused) and outcome.error.sqlstate not in ABSENT:
                first_line = statement.strip().split("\n")[0]
                return f"reset: {first_line}: {outcome.error.sqlstate} {outcome.error.message}"
            if isinstance(outcome, Lost):
                return f"reset: {outcome.reason}"
        broken = [need for need in await self.unmet(lab, values) if need.is_repairable]
        return f"reset does not bring back what the lab needs: {broken[0].query}" if broken else ""

    async def close(self) -> None:
        """End the sessions."""
        for session in self._sessions.values():
            await session.close()
