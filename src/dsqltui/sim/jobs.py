"""Asynchronous jobs: CREATE INDEX ASYNC, and what sys.jobs shows of them.

The index is made when the job is submitted, but invalid; it becomes valid when the job completes. A unique index on
duplicate values stays behind invalid, as on Aurora DSQL, and has to be dropped.
"""

import asyncio
import base64
import uuid
from dataclasses import dataclass
from typing import Protocol

from dsqltui.core.lexer import Kind, scan
from dsqltui.core.lexer import quote_literal as literal
from dsqltui.sim.backend import Backend
from dsqltui.sim.rewrite import Rewritten, Shift
from dsqltui.sim.wire import PgError

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


async def make_index(backend: Backend, command: IndexCommand) -> MadeIndex:
    """Make the index inside the open transaction, as the session's role. Raises PgError for what PostgreSQL refuses."""
    newest = (await backend.query("SELECT coalesce(max(indexrelid), 0)::text FROM pg_catalog.pg_index"))[0][0] or "0"
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


def submission(job_id: str, made: MadeIndex) -> str:
    """SQL that marks the index invalid and records the job for it; for the superuser.

    With duplicates the index is not maintained either, so that it does not refuse new rows.
    """
    state = ", indisready = false, indisunique = true" if made.has_duplicates else ""
    return f"""
    UPDATE pg_catalog.pg_index SET indisvalid = false{state} WHERE indexrelid > {made.after_oid};
    INSERT INTO sys_internal.jobs (job_id, status, job_type, class_id, object_id, object_name, duplicates)
    SELECT {literal(job_id)}, 'submitted', 'INDEX_BUILD', 1259, c.oid,
           CASE WHEN c.oid IS NOT NULL THEN n.nspname || '.' || c.relname END, {str(made.has_duplicates).lower()}
      FROM (SELECT 1) AS always
      LEFT JOIN pg_catalog.pg_index i ON i.indexrelid > {made.after_oid}
      LEFT JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid
      LEFT JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"""


async def advance(backend: Backend, job_id: str, status: str, details: str | None = None) -> None:
    """Move a job on; `backend` is the superuser's."""
    text = "NULL" if details is None else literal(details)
    await backend.query(
        f"UPDATE sys_internal.jobs SET status = {literal(status)}, details = {text}, update_time = clock_timestamp() "
        f"WHERE job_id = {literal(job_id)}"
    )


async def has_duplicates(backend: Backend, job_id: str) -> bool:
    """Whether the job's unique index met duplicates when it was made."""
    rows = await backend.query(f"SELECT duplicates FROM sys_internal.jobs WHERE job_id = {literal(job_id)}")
    return bool(rows) and rows[0][0] == "t"


async def validate_index(backend: Backend, job_id: str) -> None:
    """The job's index is finished: PostgreSQL may use it."""
    await backend.query(
        "UPDATE pg_catalog.pg_index SET indisvalid = true WHERE indexrelid = "
        f"(SELECT object_id FROM sys_internal.jobs WHERE job_id = {literal(job_id)})"
    )


async def unfinished(backend: Backend) -> list[str]:
    """Jobs a stopped simulator left behind."""
    rows = await backend.query(
        "SELECT job_id FROM sys_internal.jobs WHERE status IN ('submitted', 'processing') ORDER BY number"
    )
    return [row[0] for row in rows if row[0]]


class JobWork(Protocol):
    """What a job needs of the cluster."""

    async def open_superuser(self) -> Backend:
        """A superuser session of its own."""
        ...

    async def finish_index(self, backend: Backend, job_id: str) -> None:
        """Make the job's index valid; a catalog change."""
        ...


class JobRunner:
    """Takes submitted jobs through processing to completed or failed, in the background."""

    def __init__(self, delay_s: float) -> None:
        self._delay_s = delay_s
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self, work: JobWork, job_id: str) -> None:
        """Run one job; `work` opens its own superuser session."""
        task = asyncio.get_running_loop().create_task(self._run(work, job_id), name=f"job {job_id}")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _run(self, work: JobWork, job_id: str) -> None:
        backend = await work.open_superuser()
        try:
            await asyncio.sleep(self._delay_s)
            await advance(backend, job_id, "processing")
            await asyncio.sleep(self._delay_s)
            if await has_duplicates(backend, job_id):
                await advance(backend, job_id, "failed", DUPLICATES_FOUND)
            else:
                await work.finish_index(backend, job_id)
                await advance(backend, job_id, "completed")
        finally:
            backend.close()

    async def stop(self) -> None:
        """Drop the running jobs; the next start of the simulator takes them up again."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
