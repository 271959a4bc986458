"""What all sessions of both endpoints share: one logical database behind two Regional front doors."""

import asyncio
from collections.abc import Iterable
from pathlib import Path
from typing import Protocol

from dsqltui.sim import jobs
from dsqltui.sim.backend import Backend
from dsqltui.sim.catalog import Catalog
from dsqltui.sim.commit_log import CommitLog
from dsqltui.sim.fault_control import FaultControl
from dsqltui.sim.installed import install
from dsqltui.sim.settings import SimSettings

SUPERUSER = "postgres"
DATABASE = "postgres"
INTERNAL = "dsqltui simulator"
"""application_name of the simulator's own PostgreSQL sessions."""
_LOOKS_AFTER_COMMIT = 4
"""PostgreSQL's sessions report their counts some seconds late."""


class Neighbour(Protocol):
    """A session as another session's DDL sees it."""

    async def evict(self, *, spares_autocommit: bool = False) -> None:
        """The schema changes: give up the open transaction; the client is told OC001 at its next statement."""
        ...

    def schema_changed(self) -> None:
        """DDL was committed: the session's next statement on a table is told so, once."""
        ...

    async def demote(self) -> None:
        """Somebody commits a change of a table that the transaction writes in place: move it to shadows."""
        ...

    async def interrupt(self) -> None:
        """Stop what runs on the backend; the client is told OC001."""
        ...


class Cluster:
    """The shared state. `commit_lock` is held while one transaction commits, or DDL runs; never across client input."""

    def __init__(self, socket_path: Path, settings: SimSettings, faults: FaultControl | None = None) -> None:
        self.socket_path = socket_path
        self.settings = settings
        self.faults = faults or FaultControl(settings.faults)
        self.commit_lock = asyncio.Lock()
        self.log = CommitLog()
        self.catalog = Catalog()
        self.neighbours: set[Neighbour] = set()
        self.in_place: dict[str, Neighbour] = {}
        """Table oid -> the session whose transaction writes the table in place."""
        self.backends_by_key: dict[bytes, Backend] = {}
        """For CancelRequest: the keys told to clients."""
        self._jobs = jobs.JobRunner(settings.job_delay_s)
        self._watching: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Install or upgrade what the simulator needs, and take up jobs that a former run left unfinished.

        Raises DataTooNew, PgError, OSError.
        """
        backend = await self.open_superuser()
        try:
            await install(backend)
            await self._jobs.stop()  # after PostgreSQL died, some may not have noticed yet
            for job_id in await jobs.unfinished(backend):
                self.start_job(job_id)
        finally:
            backend.close()
        await self._stop_watching()
        self._watching = asyncio.get_running_loop().create_task(self._watch_statistics(), name="statistics")

    async def stop(self) -> None:
        await self._stop_watching()
        await self._jobs.stop()

    async def _stop_watching(self) -> None:
        if self._watching is not None:
            self._watching.cancel()
            await asyncio.gather(self._watching, return_exceptions=True)

    async def open_superuser(self) -> Backend:
        """A PostgreSQL session of the simulator's own."""
        return await Backend.connect(self.socket_path, SUPERUSER, DATABASE, application_name=INTERNAL)

    def start_job(self, job_id: str) -> None:
        """Run a submitted job in the background."""
        self._jobs.start(self, job_id)

    async def start_drops(self) -> None:
        """Run the jobs for what was dropped."""
        backend = await self.open_superuser()
        try:
            self._jobs.start(self, *await jobs.dropped(backend))
        finally:
            backend.close()

    async def change_catalog(self, backend: Backend, sql: str) -> None:
        """Finish a job with a catalog change. Raises PgError.

        It takes no lock that statements hold: those in autocommit, which began before it, are left alone.
        """
        async with self.commit_lock:
            await self.evict_others(None, spares_autocommit=True)
            await backend.query(sql)
            self.catalog.changed()

    async def _watch_statistics(self) -> None:
        """Submit ANALYZE jobs for tables of which much has changed, as long as it runs. PostgreSQL's own autovacuum
        is told not to analyze, so that every ANALYZE is a job."""
        backend = await self.open_superuser()
        try:
            seen, looks_left = 0, 0
            while True:
                if seen != self.log.sequence:
                    seen, looks_left = self.log.sequence, _LOOKS_AFTER_COMMIT
                if looks_left:
                    looks_left -= 1
                    for row in await backend.query(jobs.ANALYZE_DUE):
                        self.start_job(row[0] or "")
                await asyncio.sleep(self.settings.analyze_check_s)
        except ConnectionError:  # PostgreSQL died; `start` is called again when it is back
            return
        finally:
            backend.close()

    async def evict_others(self, session: Neighbour | None, *, spares_autocommit: bool = False) -> None:
        """End the open transactions of all other sessions. The commit lock is held."""
        others = (other for other in self.neighbours if other is not session)
        await asyncio.gather(*(other.evict(spares_autocommit=spares_autocommit) for other in others))

    def schema_changed_by(self, session: Neighbour) -> None:
        """The session committed DDL."""
        self.catalog.changed()
        if self.settings.tells_idle_sessions:
            for other in self.neighbours:
                if other is not session:
                    other.schema_changed()

    def release(self, session: Neighbour) -> None:
        """The session writes nothing in place any more."""
        for oid in [oid for oid, writer in self.in_place.items() if writer is session]:
            del self.in_place[oid]

    async def demote_others(self, session: Neighbour, oids: Iterable[str]) -> None:
        """Nobody else may hold locks on these tables. The commit lock is held."""
        for writer in {self.in_place[oid] for oid in oids if oid in self.in_place} - {session}:
            await writer.demote()

    async def interrupt_others(self, session: Neighbour | None) -> None:
        """Stop the running statements of all other sessions."""
        await asyncio.gather(*(other.interrupt() for other in self.neighbours if other is not session))
