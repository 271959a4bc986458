"""What all sessions of both endpoints share: one logical database behind two Regional front doors."""

import asyncio
from collections.abc import Awaitable, Iterable
from pathlib import Path
from typing import Protocol

from dsqltui.sim import jobs
from dsqltui.sim.backend import Backend
from dsqltui.sim.catalog import Catalog
from dsqltui.sim.commit_log import CommitLog
from dsqltui.sim.fault_control import FaultControl
from dsqltui.sim.installed import install
from dsqltui.sim.message_log import MessageLog
from dsqltui.sim.observer import Observer
from dsqltui.sim.schema_history import SchemaChange, SchemaHistory
from dsqltui.sim.settings import SimSettings

SUPERUSER = "postgres"
DATABASE = "postgres"
INTERNAL = "dsqltui simulator"
"""application_name of the simulator's own PostgreSQL sessions."""
_PATIENCE_S = 0.02
"""DDL that takes longer may be waiting for a lock."""
_LOOKS_AFTER_COMMIT = 4
"""PostgreSQL's sessions report their counts some seconds late."""


class Neighbour(Protocol):
    """A session as another session's DDL sees it."""

    backend: Backend

    async def evict(self) -> None:
        """DDL needs what the open transaction uses: give it up; the client is told OC001 at its next statement."""
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
        self.messages = MessageLog(settings.message_log)
        self.faults = faults or FaultControl(settings.faults)
        self.commit_lock = asyncio.Lock()
        self.log = CommitLog()
        self.catalog = Catalog()
        self.schema = SchemaHistory()
        self.observer = Observer(self.open_superuser)
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
        self.observer.close()
        self.messages.close()

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

    async def change_catalog(self, backend: Backend, sql: str, relation: tuple[str, str]) -> None:
        """Finish a job with a change of the relation. Raises PgError.

        It takes no lock that statements hold. Open transactions that touched the relation are told, nobody else is.
        """
        async with self.commit_lock:
            await backend.query(sql)
            self.schema_changed(SchemaChange(frozenset({relation}), is_real=True, is_told_in_transactions_only=True))

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

    def schema_changed(self, change: SchemaChange) -> None:
        """DDL was committed, or a job has ended that changed a relation."""
        self.catalog.changed()
        self.schema.committed(change)

    async def clear_the_way(self, session: Neighbour, work: Awaitable[None]) -> None:
        """Wait for DDL that runs on the session's backend; whoever holds a lock that it waits for gives it up: first
        open transactions, then running statements. The commit lock is held. Raises what `work` raises."""
        task = asyncio.ensure_future(work)
        try:
            patience_s = _PATIENCE_S
            while not (await asyncio.wait({task}, timeout=patience_s))[0]:
                blocking = await self.observer.query(
                    f"SELECT pg_catalog.unnest(pg_catalog.pg_blocking_pids({session.backend.pid}))"
                )
                pids = {int(row[0] or 0) for row in blocking}
                others = [other for other in self.neighbours if other is not session and other.backend.pid in pids]
                await asyncio.gather(*(other.evict() for other in others))
                if patience_s > _PATIENCE_S:
                    await asyncio.gather(*(other.interrupt() for other in others))
                patience_s = 10 * _PATIENCE_S
        except BaseException:
            task.cancel()
            raise
        task.result()

    def release(self, session: Neighbour) -> None:
        """The session writes nothing in place any more."""
        for oid in [oid for oid, writer in self.in_place.items() if writer is session]:
            del self.in_place[oid]

    async def demote_others(self, session: Neighbour, oids: Iterable[str]) -> None:
        """Nobody else may hold locks on these tables. The commit lock is held."""
        for writer in {self.in_place[oid] for oid in oids if oid in self.in_place} - {session}:
            await writer.demote()
