"""Asynchronous jobs: CREATE INDEX ASYNC, and what sys.jobs shows of them.

The index is made when the job is submitted, but invalid; it becomes valid when the job completes. A unique index on
duplicate values stays behind invalid, as on Aurora DSQL, and has to be dropped.
"""

import asyncio
import base64
import logging
import re
import uuid
from dataclasses import dataclass
from typing import Protocol

from dsqltui.core.sql.lexer import Kind, scan
from dsqltui.core.sql.lexer import quote_identifier as ident
from dsqltui.core.sql.lexer import quote_literal as literal
from dsqltui.sim.pg.backend import Backend
from dsqltui.sim.pg.wire import PgError
from dsqltui.sim.sql.functions import Query
from dsqltui.sim.sql.rewrite import Rewritten, Shift
from dsqltui.sim.transactions.acting import Acting

_log = logging.getLogger(__name__)

DUPLICATES_FOUND = "found duplicate key(s) while validating index uniqueness"
"""`details` of a failed unique build. Recorded on a real cluster, 2026-07."""


@dataclass(frozen=True, slots=True)
class IndexCommand:
    """CREATE INDEX ASYNC taken apart."""

    rewritten: Rewritten
    """The same without ASYNC, for PostgreSQL."""
    sql_not_unique: str
    """The same without UNIQUE too."""
    is_unique: bool


def parse_index_command(sql: str) -> IndexCommand | None:
    """The command, or None when the statement is not CREATE [UNIQUE] INDEX ASYNC."""
    tokens = [t for t in scan(sql)[0] if t.kind is not Kind.COMMENT]
    words = [t.text.lower() for t in tokens[:4]]
    is_unique = words[1:2] == ["unique"]
    place = 3 if is_unique else 2
    if words[:1] != ["create"] or words[place - 1 : place + 1] != ["index", "async"]:
        return None
    marker = tokens[place]
    plain = sql[: marker.start] + sql[marker.end :]
    unique = tokens[1]
    not_unique = plain[: unique.start] + plain[unique.end :] if is_unique else plain
    return IndexCommand(Rewritten(plain, (Shift(marker.start, marker.end, 0),)), not_unique, is_unique)


def new_job_id() -> str:
    """26 characters: a UUID in lower-case base32, as recorded on a real cluster, 2026-09."""
    return base64.b32encode(uuid.uuid4().bytes).decode().rstrip("=").lower()


@dataclass(frozen=True, slots=True)
class MadeIndex:
    """What CREATE INDEX ASYNC left in the open transaction."""

    after_oid: str
    """The newest index before; the one made has a greater oid. None was made when IF NOT EXISTS found it there."""
    has_duplicates: bool
    """A unique index was asked for and the table holds duplicates."""


_NEWEST_INDEX = "SELECT pg_catalog.max(indexrelid)::pg_catalog.text FROM pg_catalog.pg_index"


async def make_index(backend: Backend, command: IndexCommand) -> MadeIndex:
    """Make the index inside the open transaction, as the session's role. Raises PgError for what PostgreSQL refuses."""
    newest = (await backend.query(_NEWEST_INDEX))[0][0] or "0"
    await backend.query("SAVEPOINT dsqltui_index")
    try:
        await backend.query(command.rewritten.text)
        return MadeIndex(newest, has_duplicates=False)
    except PgError as error:
        if not (command.is_unique and error.sqlstate == "23505"):
            raise
    await backend.query("ROLLBACK TO dsqltui_index")
    await backend.query(command.sql_not_unique)
    return MadeIndex(newest, has_duplicates=True)


async def submit_index(backend: Backend, acting: Acting, job_id: str, made: MadeIndex) -> None:
    """Mark the index invalid and record the job for it, inside the open transaction."""
    failure = literal(DUPLICATES_FOUND) if made.has_duplicates else "NULL"
    await backend.ask(
        f"SELECT pg_dsqltui_act.submit_index($1, {literal(job_id)}, {int(made.after_oid)}::pg_catalog.oid, {failure})",
        acting.word_for("jobs"),
    )


@dataclass(frozen=True, slots=True)
class Validation:
    """ALTER TABLE ASYNC ... VALIDATE CONSTRAINT."""

    schema: str | None
    table: str
    constraint: str
    rewritten: Rewritten
    """The same without ASYNC."""

    async def check(self, backend: Backend, ask: Query, role: str) -> str:
        """The table's oid. Raise PgError unless the role may alter the table and the constraint is there."""
        ((oid,),) = await backend.query(f"SELECT {literal(self._name)}::pg_catalog.regclass::pg_catalog.oid")
        found = await ask(
            f"SELECT EXISTS (SELECT FROM pg_catalog.pg_constraint k WHERE k.conrelid = c.oid AND k.conname = "
            f"{literal(self.constraint)}), pg_has_role({literal(role)}, c.relowner, 'USAGE'), c.relname "
            f"FROM pg_catalog.pg_class c WHERE c.oid = {oid}"
        )
        exists, is_owner, table = found[0]
        if is_owner != "t":
            raise PgError("42501", f"must be owner of table {table}")
        if exists != "t":
            raise PgError("42704", f'constraint "{self.constraint}" of relation "{table}" does not exist')
        return oid or ""

    async def submit(self, backend: Backend, acting: Acting, job_id: str, table_oid: str) -> None:
        """Record the job, inside the open transaction."""
        await backend.ask(
            f"SELECT pg_dsqltui_act.submit_validation($1, {literal(job_id)}, {int(table_oid)}::pg_catalog.oid, "
            f"{literal(self.constraint)})",
            acting.word_for("jobs"),
        )

    @property
    def _name(self) -> str:
        return ident(self.table) if self.schema is None else f"{ident(self.schema)}.{ident(self.table)}"


ANALYZE_DUE = """SELECT pg_dsqltui.forget_old_jobs();
INSERT INTO pg_dsqltui.jobs (job_id, status, job_type, class_id, object_id, object_name, command)
SELECT pg_dsqltui.new_job_id(), 'submitted', 'ANALYZE', 1259, c.oid, n.nspname || '.' || c.relname,
       format('ANALYZE %I.%I', n.nspname, c.relname)
  FROM pg_catalog.pg_stat_user_tables t JOIN pg_catalog.pg_class c ON c.oid = t.relid
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
 WHERE c.relpersistence = 'p' AND n.nspname NOT IN ('sys', 'pg_dsqltui')
   AND t.n_mod_since_analyze > 50 + 0.1 * greatest(c.reltuples, 0)
   AND NOT EXISTS (SELECT FROM pg_dsqltui.jobs j WHERE j.object_id = c.oid AND j.job_type = 'ANALYZE'
                      AND j.status IN ('submitted', 'processing'))
RETURNING job_id
"""
"""Records a job for each table of which much has changed, by PostgreSQL's own rule of thumb; for the superuser."""


async def unfinished(ask: Query) -> list[str]:
    """Jobs a stopped simulator left behind."""
    rows = await ask("SELECT job_id FROM pg_dsqltui.jobs WHERE status IN ('submitted', 'processing') ORDER BY number")
    return [row[0] for row in rows if row[0]]


async def dropped(ask: Query) -> list[str]:
    """Jobs that the event trigger submitted for what was dropped; finished ones are forgotten."""
    rows = await ask(
        "SELECT pg_dsqltui.forget_old_jobs(); "
        "SELECT job_id FROM pg_dsqltui.jobs WHERE job_type = 'DROP' AND status = 'submitted'"
    )
    return [row[0] for row in rows if row[0]]


class JobWork(Protocol):
    """What a job needs of the cluster."""

    async def open_superuser(self) -> Backend:
        """A superuser session of its own."""
        ...

    async def connect_as_owner(self, table_oid: str) -> Backend:
        """A session of the role that owns the table. Raises PgError, OSError."""
        ...

    async def change_catalog(self, backend: Backend, sql: str, relation: tuple[str, str]) -> None:
        """Run SQL that changes the relation. Raises PgError."""
        ...


class JobRunner:
    """Takes submitted jobs through processing to completed or failed, in the background."""

    def __init__(self, delay_s: float) -> None:
        self._delay_s = delay_s
        self._tasks: set[asyncio.Task[None]] = set()
        self._running: set[str] = set()

    def start(self, work: JobWork, *job_ids: str) -> None:
        """Run jobs, several in step with each other; `work` opens one superuser session for them. Those that run are
        left alone."""
        new = [job_id for job_id in job_ids if job_id not in self._running]
        if not new:
            return
        self._running.update(new)
        task = asyncio.get_running_loop().create_task(self._run(work, new), name=f"jobs {new}")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _run(self, work: JobWork, job_ids: list[str]) -> None:
        try:
            backend = await work.open_superuser()
            try:
                await asyncio.sleep(self._delay_s)
                for job_id in job_ids:
                    await _advance(backend, job_id, "processing")
                await asyncio.sleep(self._delay_s)
                for job_id in job_ids:
                    failure = await _do(work, backend, job_id)
                    await _advance(backend, job_id, "failed" if failure else "completed", failure)
            finally:
                backend.close()
        except OSError as error:  # PostgreSQL died; the jobs are taken up again when it is back
            _log.info("jobs %s are interrupted: %s", job_ids, error)
        finally:
            self._running.difference_update(job_ids)

    async def stop(self) -> None:
        """Drop the running jobs; the next start of the simulator takes them up again."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _advance(backend: Backend, job_id: str, status: str, details: str | None = None) -> None:
    text = "NULL" if details is None else literal(details)
    await backend.query(
        f"UPDATE pg_dsqltui.jobs SET status = {literal(status)}, details = {text}, update_time = clock_timestamp() "
        f"WHERE job_id = {literal(job_id)}"
    )


async def _do(work: JobWork, backend: Backend, job_id: str) -> str | None:
    """Do the job; what it failed of, None when it did not."""
    rows = await backend.query(
        f"SELECT job_type, failure, command, object_id FROM pg_dsqltui.jobs WHERE job_id = {literal(job_id)}"
    )
    if not rows:
        return None
    kind, failure, command, table_oid = rows[0]
    if failure is not None or command is None:
        return failure
    try:
        relation = await _relation(backend, job_id)
        if kind == "INDEX_BUILD":
            await work.change_catalog(backend, command, relation)
            return None
        owner = await work.connect_as_owner(table_oid or "0")  # it runs code of the table: CHECKs, index expressions
        try:
            if kind == "ANALYZE":
                await owner.query(command)
            else:
                await work.change_catalog(owner, command, relation)
        finally:
            owner.close()
    except PgError as error:
        return _OF_RELATION.sub("", error.message)
    return None


async def _relation(backend: Backend, job_id: str) -> tuple[str, str]:
    """Schema and name of the table that the job's object is, or belongs to."""
    rows = await backend.query(
        "SELECT n.nspname, c.relname FROM pg_dsqltui.jobs j "
        "LEFT JOIN pg_catalog.pg_index i ON i.indexrelid = j.object_id "
        "JOIN pg_catalog.pg_class c ON c.oid = coalesce(i.indrelid, j.object_id) "
        f"JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE j.job_id = {literal(job_id)}"
    )
    return (rows[0][0] or "", rows[0][1] or "") if rows else ("", "")


_OF_RELATION = re.compile(r' of relation "(?:[^"]|"")*"')
"""DSQL's details name the constraint only. Recorded on a real cluster, 2026-09."""
