"""The sessions beside the panes: questions about the database, and the statements of a reset.

They are in autocommit and of the console's own, so that no pane's transaction is touched.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import replace

from dsqltui.core.results.outcome import Lost, Outcome, Refused
from dsqltui.core.results.transaction_state import TransactionState
from dsqltui.core.scripts.statement import split
from dsqltui.core.sessions.asking import ask
from dsqltui.core.sessions.session import Session
from dsqltui.labs import troubles
from dsqltui.labs.judging.evidence import first_value
from dsqltui.labs.model import Lab, Need, RunSql
from dsqltui.labs.text import Text, filled, filled_sql
from dsqltui.resources import data

ABSENT = frozenset({"42704", "42P01", "3F000"})
"""SQLSTATEs of a reset's statement that mean: what it takes away is not there (role, table, schema)."""
PRESENT = frozenset({"42P07", "42P06", "42710"})
"""SQLSTATEs of a preparing statement that mean: what it makes is there already."""
NO_DATA = Text("The data of lab 1 is not there; Enter loads it.", "ラボ1のデータがありません。Enterで投入します。")
_JOBS = "select count(*) from sys.jobs where status not in ('completed', 'failed', 'cancelled')"
_POLL_S = 0.5
_JOBS_POLLS = 240


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
            outcome = await self.ask("A", filled_sql(need.query, values))
            if first_value(outcome) == filled(need.value, values):
                continue
            is_there = first_value(outcome) is not None  # no reset changes a row that does not exist
            if need.is_repairable and not is_there and lab.after:
                need = replace(need, say=NO_DATA, is_repairable=False)
            found.append(need)
            if not need.is_repairable:
                break
        return found

    async def prepare(self, labs: Mapping[str, Lab], lab: Lab, values: Mapping[str, str]) -> Text | None:
        """Make what the lab needs: what the labs that it builds on make for others, then its own reset.

        What went wrong. Raises ConnectFailed.
        """
        for id_ in lab.after if any(not need.is_repairable for need in await self.unmet(lab, values)) else ():
            for step in labs[id_].steps:
                if step.prepares and isinstance(step.action, RunSql):
                    trouble = await self._run_text(filled_sql(step.action.sql, values))
                    if trouble:
                        return trouble
        for _ in range(_JOBS_POLLS):  # one that ends amid the lab is OC001 to it
            if first_value(await self.ask("A", _JOBS)) in ("0", None):
                break
            await asyncio.sleep(_POLL_S)
        return await self.reset(lab, values) if await self.unmet(lab, values) else None

    async def _run_text(self, sql: str) -> Text | None:
        for statement in split(sql):
            if statement.text.startswith("\\include "):
                path = data("sql").parent / statement.text.removeprefix("\\include ").strip().strip(";")
                trouble = await self._run_text(await asyncio.to_thread(path.read_text, encoding="utf-8"))
                if trouble:
                    return trouble
                continue
            outcome = await self.ask("A", statement.text)
            if isinstance(outcome, Refused) and outcome.error.sqlstate not in PRESENT:
                return troubles.not_prepared(statement.text, outcome)
            if isinstance(outcome, Lost):
                return Text(outcome.reason, outcome.reason)
        return None

    async def reset(self, lab: Lab, values: Mapping[str, str]) -> Text | None:
        """Run the lab's reset; what went wrong. Raises ConnectFailed."""
        for statement in lab.reset:
            outcome = await self.ask("A", filled_sql(statement, values))
            if isinstance(outcome, Refused) and outcome.error.sqlstate not in ABSENT:
                return troubles.reset_refused(statement, outcome)
            if isinstance(outcome, Lost):
                return troubles.reset_lost(outcome.reason)
        broken = [need for need in await self.unmet(lab, values) if need.is_repairable]
        return troubles.not_brought_back(broken[0]) if broken else None

    async def close(self) -> None:
        """End the sessions."""
        for session in self._sessions.values():
            await session.close()
