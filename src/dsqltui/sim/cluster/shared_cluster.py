"""What all sessions of both endpoints share: one logical database behind two Regional front doors."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Protocol

from dsqltui.core.sql.lexer import quote_identifier as ident
from dsqltui.core.sql.lexer import quote_literal as literal
from dsqltui.sim.cluster.settings import SimSettings
from dsqltui.sim.cluster.waiting import Waiting
from dsqltui.sim.faults.fault_control import FaultControl
from dsqltui.sim.pg.backend import Backend
from dsqltui.sim.pg.commit_log import CommitLog
from dsqltui.sim.pg.counters import SimulatorCounters
from dsqltui.sim.pg.message_log import MessageLog
from dsqltui.sim.pg.observer import Observer
from dsqltui.sim.pg.scram import verifier
from dsqltui.sim.pg.snapshots import Movable, ResetDone, Snapshots
from dsqltui.sim.pg.wire import PgError
from dsqltui.sim.postgres.disk import DiskRoom
from dsqltui.sim.postgres.installed import install
from dsqltui.sim.transactions import jobs
from dsqltui.sim.transactions.relation_cache import RelationCache
from dsqltui.sim.transactions.schema_history import SchemaChange, SchemaHistory

SUPERUSER = "postgres"
DATABASE = "postgres"
CLIENT_SESSIONS = 640
"""Clients' sessions on all endpoints together. PostgreSQL has room for these, for jobs and for the simulator's own."""
_WRONG_PASSWORD = "28P01"
_PATIENCE_S = 0.02
"""DDL that takes longer may be waiting for a lock."""
_LOOKS_AFTER_COMMIT = 4
"""PostgreSQL's sessions report their counts some seconds late."""


class Neighbour(Movable, Protocol):
    """A session as another session's DDL sees it."""

    backend: Backend

    async def evict(self) -> None:
        """DDL needs what the open transaction uses: give it up; the client is told OC001 at its next statement."""
        ...

    async def set_aside(self, gives_back: Callable[[], Awaitable[None]] | None) -> None:
        """Somebody's statement waits for rows that the transaction has changed: undo it for now. `gives_back` has them
        given back when the transaction commits."""
        ...

    async def interrupt(self) -> None:
        """Stop what runs on the backend; the client is told OC001."""
        ...


class Beginning(Protocol):
    """A session whose transaction begins."""

    async def settle(self) -> None:
        """Wait until it has its snapshot."""
        ...


class SharedCluster:
    """The shared state. `commit_lock` is held while it is decided whether a transaction may commit, or DDL runs; never
    across client input. DDL and snapshots wait for the commits under way (`log.all_landed`)."""

    def __init__(
        self,
        socket_path: Path,
        secret: Callable[[], str],
        disk: DiskRoom,
        settings: SimSettings,
        faults: FaultControl | None = None,
    ) -> None:
        """`secret` tells what all roles log in with; another one after each start of PostgreSQL."""
        self.disk = disk
        self.socket_path = socket_path
        self._secret = secret
        self.word = secrets.token_hex(32)
        """What proves to PostgreSQL that the simulator asks; see `acting`."""
        self.settings = settings
        self.messages = MessageLog(settings.message_log)
        self.faults = faults or FaultControl(settings.faults)
        self.commit_lock = asyncio.Lock()
        self.log = CommitLog()
        self.counters = SimulatorCounters()
        self.schema = SchemaHistory()
        self.observer = Observer(self.open_superuser)
        self._lookout = Observer(self.open_superuser)
        """Looks who waits for whom, whatever the other one is doing."""
        self.waiting = Waiting(self._lookout.query)
        self._describer = Observer(self._open_impatient)
        """Describes tables, for which PostgreSQL locks them: DDL that has one must not be waited for."""
        self.catalog = RelationCache(self._describer.query)
        self.neighbours: set[Neighbour] = set()
        self.beginning: set[Beginning] = set()
        """Transactions whose clients were told BEGIN before PostgreSQL has taken the snapshot."""
        self.sessions_by_key: dict[bytes, Neighbour] = {}
        """For CancelRequest: the keys told to clients."""
        self.snapshots = Snapshots(self._connect_own, self._prepare)
        self._entering = 0
        """Sessions that are about to be opened."""
        self._nobody_is_entering = asyncio.Event()
        self._nobody_is_entering.set()
        self._is_open = asyncio.Event()
        """Sessions may be opened: the database is not being exchanged."""
        self._is_open.set()
        self._has_given_up = False
        self._unchanged_at = (0, 0)
        self._going_on: asyncio.Task[None] | None = None
        self._acting: set[str] = set()
        """Oids of the roles whose functions are there."""
        self._knowing: set[tuple[str, str]] = set()
        """Roles with the secret that they log in with, as far as it is known: one may be made anew without it."""
        self._jobs = jobs.JobRunner(settings.job_delay_s)
        self._watching: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Install or upgrade what the simulator needs, and take up jobs that a former run left unfinished.

        Raises DataTooNew, PgError, OSError.
        """
        await self.snapshots.start()
        backend = await self.open_superuser()
        try:
            is_new = await self._prepare(backend)
            self._acting.clear()
            await self._jobs.stop()  # after PostgreSQL died, some may not have noticed yet
        finally:
            backend.close()
        if is_new:
            await self.snapshots.make_first(backend.pid)
        await self._go_on()

    async def _prepare(self, backend: Backend) -> bool:
        """Make a database ready for clients; whether it was new. Raises DataTooNew, PgError, OSError."""
        is_new = await install(backend)
        await backend.query(f"DELETE FROM pg_dsqltui.word; INSERT INTO pg_dsqltui.word VALUES ({literal(self.word)})")
        return is_new

    async def _go_on(self) -> None:
        """Everything is there: take up jobs and watch. Raises PgError, OSError."""
        for job_id in await jobs.unfinished(self.ask):
            self.start_job(job_id)
        await self._stop_watching()
        self._watching = asyncio.get_running_loop().create_task(self._watch_statistics(), name="statistics")

    # -- snapshots

    async def make_snapshot(self, name: str) -> None:
        """Keep the database as it is now under a name. Raises SnapshotRefused, PgError, OSError."""
        async with self.commit_lock, self._nobody_enters():
            await self.log.all_landed()
            await self.snapshots.make(name, list(self.neighbours), self._give_up)
            self._unchanged_at = self.log.sequence, self.schema.sequence

    async def snapshot_names(self) -> list[str]:
        """The snapshots there are. Raises PgError, OSError."""
        return await self.snapshots.names()

    @property
    def is_changed(self) -> bool:
        """Whether anybody committed something since the last snapshot or reset."""
        return (self.log.sequence, self.schema.sequence) != self._unchanged_at

    async def reset(self, name: str | None) -> ResetDone:
        """Go back to a snapshot, None for the one of the usual name or the empty one: rows, schema, sequences, roles,
        jobs. Sessions stay and find their settings; what they had open is told OC001.

        Raises SnapshotRefused, PgError, OSError.
        """
        async with self.commit_lock, self._nobody_enters():
            await self.log.all_landed()
            name = name or await self.snapshots.usual()
            done = await self.snapshots.reset(name, list(self.neighbours), self._give_up)
            self._unchanged_at = self.log.sequence, self.schema.sequence
            return done

    async def _give_up(self) -> None:
        """End what the simulator itself has open in the database."""
        if self._going_on is not None:
            await asyncio.gather(self._going_on, return_exceptions=True)
        await self._jobs.stop()
        await self._stop_watching()
        for observer in (self.observer, self._lookout, self._describer):
            await observer.let_go()
        self._has_given_up = True

    @asynccontextmanager
    async def _nobody_enters(self) -> AsyncIterator[None]:
        """Sessions that are being opened are there; others wait. At the end the simulator itself goes on as well."""
        await self.snapshots.all_entered()
        self._is_open.clear()
        await self._nobody_is_entering.wait()
        self._has_given_up = False
        try:
            yield
        finally:
            if self._has_given_up:
                for observer in (self.observer, self._lookout, self._describer):
                    observer.come_back()
                self.catalog.changed()
                self._acting.clear()
                self._going_on = asyncio.get_running_loop().create_task(self._go_on(), name="going on")
            self._is_open.set()

    async def stop(self) -> None:
        if self._going_on is not None:
            await asyncio.gather(self._going_on, return_exceptions=True)
        await self._stop_watching()
        await self._jobs.stop()
        self.observer.close()
        self._lookout.close()
        self._describer.close()
        await self.snapshots.stop()
        self.messages.close()

    async def _stop_watching(self) -> None:
        if self._watching is not None:
            self._watching.cancel()
            await asyncio.gather(self._watching, return_exceptions=True)

    async def open_superuser(self) -> Backend:
        """A PostgreSQL session of the simulator's own. It is for the system catalogs and for the simulator's tables:
        no statement in it may read, plan, copy or change a relation of users, whose code would run with all rights."""
        return await self._connect_own(DATABASE)

    async def _connect_own(self, database: str) -> Backend:
        return await Backend.connect(
            self.socket_path, SUPERUSER, database, secret=self._secret(), search_path="pg_catalog, pg_temp"
        )

    async def _open_impatient(self) -> Backend:
        backend = await self.open_superuser()
        await backend.query("SET lock_timeout = 50")
        return backend

    async def ask(self, sql: str) -> list[tuple[str | None, ...]]:
        """Run one quick statement in the session kept for that; see `open_superuser`. Raises PgError, OSError."""
        return await self.observer.query(sql)

    async def connect_as(self, role: str, **parameters: str) -> Backend:
        """A PostgreSQL session that logs in as the role. Raises PgError, OSError."""
        while not self._is_open.is_set():
            await self._is_open.wait()
        self._entering += 1
        self._nobody_is_entering.clear()
        try:
            return await self._connect_as(role, **parameters)
        finally:
            self._entering -= 1
            if not self._entering:
                self._nobody_is_entering.set()

    async def _connect_as(self, role: str, **parameters: str) -> Backend:
        proof = verifier(self._secret())
        if (role, proof) in self._knowing:
            try:
                return await Backend.connect(self.socket_path, role, DATABASE, secret=self._secret(), **parameters)
            except PgError as error:
                if error.sqlstate != _WRONG_PASSWORD:
                    raise
        known = await self.ask(
            f"SELECT rolpassword = {literal(proof)} FROM pg_catalog.pg_authid WHERE rolname = {literal(role)}"
        )
        if known and known[0][0] != "t":
            await self.ask(f"ALTER ROLE {ident(role)} PASSWORD {literal(proof)}")
        self._knowing.add((role, proof))
        return await Backend.connect(self.socket_path, role, DATABASE, secret=self._secret(), **parameters)

    async def connect_as_owner(self, table_oid: str) -> Backend:
        """A session of the role that owns the table, for a job. Raises PgError, OSError."""
        rows = await self.ask(
            "SELECT r.rolname, r.rolcanlogin, r.oid FROM pg_catalog.pg_class c "
            f"JOIN pg_catalog.pg_authid r ON r.oid = c.relowner WHERE c.oid = {int(table_oid)}"
        )
        if not rows:
            raise PgError("42P01", f"relation {table_oid} does not exist")
        role, can_log_in, oid = rows[0]
        if can_log_in != "t":  # for Aurora DSQL it still cannot: pg_roles says so
            await self.ask(
                f"BEGIN; INSERT INTO pg_dsqltui.lent_logins VALUES ({oid}) ON CONFLICT DO NOTHING; "
                f"ALTER ROLE {ident(role or '')} LOGIN; COMMIT"
            )
        return await self.connect_as(role or "", search_path="pg_catalog, pg_temp")

    async def let_act(self, role_oid: str) -> None:
        """Make the function by which sessions act as the role, unless it is there."""
        if role_oid not in self._acting:
            await self.ask(f"SELECT pg_dsqltui.let_act({int(role_oid)})")
            self._acting.add(role_oid)

    def start_job(self, job_id: str) -> None:
        """Run a submitted job in the background."""
        self._jobs.start(self, job_id)

    async def start_drops(self) -> None:
        """Run the jobs for what was dropped."""
        self._jobs.start(self, *await jobs.dropped(self.ask))

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
                others = await self._blockers(session)
                await asyncio.gather(*(other.evict() for other in others))
                if patience_s > _PATIENCE_S:
                    await asyncio.gather(*(other.interrupt() for other in others))
                patience_s = 10 * _PATIENCE_S
        except BaseException:
            task.cancel()
            raise
        task.result()

    async def all_have_begun(self) -> None:
        """Before a commit: every transaction whose client was told BEGIN has its snapshot."""
        for session in tuple(self.beginning):  # who begins from now on begins beside the commit
            await session.settle()

    def sessions_of(self, pids: Collection[int]) -> list[Neighbour]:
        """The clients' sessions that PostgreSQL serves with these processes."""
        return [other for other in self.neighbours if other.backend.pid in pids]

    async def _blockers(self, session: Neighbour) -> list[Neighbour]:
        """Sessions whose locks the session waits for. Raises PgError, OSError."""
        rows = await self._lookout.query(
            f"SELECT pg_catalog.unnest(pg_catalog.pg_blocking_pids({session.backend.pid}))"
        )
        found = self.sessions_of({int(row[0] or 0) for row in rows})
        return [other for other in found if other is not session]
