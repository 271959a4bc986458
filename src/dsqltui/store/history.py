"""The history on disk: one SQLite file of this user, written and searched in a thread of its own.

Several consoles share it: it is in WAL mode, and each waits a while for the others. It keeps the newest runs only.
"""

import asyncio
import contextlib
import os
import queue
import sqlite3
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import platformdirs

from dsqltui.core.journal.history import HistoryUnavailable, Run, run_of
from dsqltui.core.journal.journal import Entry
from dsqltui.core.language import _
from dsqltui.store.private_files import private_folder

FORMAT = 1
_TOGETHER = 500
"""Runs that one transaction of the file takes."""
_BUSY_S = 5.0
"""Seconds to wait for another console's write."""
_SCHEMA = """
create table if not exists run (
    id integer primary key,
    ended_s real not null,
    pane text not null,
    region text not null,
    user text not null,
    sql text not null,
    is_whole integer not null,
    duration_s real not null,
    outcome text not null,
    is_failed integer not null
)
"""
_COLUMNS = "ended_s, pane, region, user, sql, is_whole, duration_s, outcome, is_failed"


@dataclass(frozen=True, slots=True)
class _Work:
    do: Callable[[sqlite3.Connection], object]
    failed: Callable[[str], object] = str
    """Takes why it could not be done; called in the file's thread."""


def history_path() -> Path:
    """Where the history of this user is."""
    return Path(platformdirs.user_data_dir("dsqltui", appauthor=False)) / "history.sqlite"


class HistoryFile:
    """`record` never waits and never raises; `find` may be awaited on any event loop."""

    def __init__(self, path: Path, *, limit: int) -> None:
        """`limit` is how many runs are kept. The file is made with the first run."""
        self._path, self._limit = path, limit
        self._works: queue.SimpleQueue[_Work | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._last: dict[str, tuple[tuple[object, ...], int | None]] = {}
        """Of each pane: what was run last, and its row. The rounds of a watch are one run, not thousands."""
        self.trouble = ""
        """Why the last thing could not be done: one sentence; empty when it could."""

    def record(self, entry: Entry) -> None:
        """Keep it, if it is a statement."""
        self._do(_Work(lambda connection: self._keep(connection, entry)))

    async def find(self, words: str, *, pane: str = "", only_failed: bool = False, limit: int = 200) -> list[Run]:
        """See `core.journal.history.History`."""
        loop = asyncio.get_running_loop()
        found: asyncio.Future[list[Run]] = loop.create_future()

        def settle(runs: list[Run], trouble: str) -> None:
            if found.done():
                return  # nobody waits any more
            if trouble:
                found.set_exception(HistoryUnavailable(trouble))
            else:
                found.set_result(runs)

        def tell(runs: list[Run], trouble: str) -> None:
            with contextlib.suppress(RuntimeError):  # the loop has closed
                loop.call_soon_threadsafe(settle, runs, trouble)

        self._do(
            _Work(
                lambda connection: tell(_find(connection, words, pane, only_failed, limit), ""),
                failed=lambda trouble: tell([], trouble),
            )
        )
        return await found

    def close(self, timeout_s: float = 2.0) -> None:
        """Wait until all is written, but not longer than that. Blocks."""
        if self._thread is not None:
            self._works.put(None)
            self._thread.join(timeout_s)

    def _do(self, work: _Work) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=self._serve, name="dsqltui-history", daemon=True)
            self._thread.start()
        self._works.put(work)

    def _serve(self) -> None:
        connection: sqlite3.Connection | None = None
        while (work := self._works.get()) is not None:
            works, is_last = self._with_waiting(work)
            try:
                connection = connection or self._opened()
                self._do_all(connection, works)
            except (sqlite3.Error, OSError, HistoryUnavailable) as problem:
                self._failed(problem, works)
            if is_last:
                break
        if connection is not None:
            connection.close()

    def _with_waiting(self, work: _Work) -> tuple[list[_Work], bool]:
        """What is to be done together, and whether nothing comes after it."""
        works = [work]
        with contextlib.suppress(queue.Empty):
            while len(works) < _TOGETHER:
                following = self._works.get_nowait()
                if following is None:
                    return works, True
                works.append(following)
        return works, False

    def _do_all(self, connection: sqlite3.Connection, works: list[_Work]) -> None:
        """In one transaction, as a script's statements come by the thousand. Raises sqlite3.Error: none was done."""
        if len(works) > 1:
            connection.execute("begin immediate")
        for work in works:
            try:
                work.do(connection)
                self.trouble = ""
            except (sqlite3.Error, OSError, HistoryUnavailable) as problem:
                self._failed(problem, [work])
        if connection.in_transaction:
            try:
                connection.execute("commit")
            except sqlite3.Error:
                self._last.clear()  # their rows are not there
                connection.execute("rollback")
                raise

    def _failed(self, problem: Exception, works: list[_Work]) -> None:
        self.trouble = _sentence(self._path, problem)
        for work in works:
            work.failed(self.trouble)

    def _opened(self) -> sqlite3.Connection:
        private_folder(self._path.parent)
        os.close(os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
        os.chmod(self._path, 0o600)  # SQLite gives the files beside it the same mode
        connection = sqlite3.connect(self._path, timeout=_BUSY_S, isolation_level=None)
        try:
            (version,) = connection.execute("pragma user_version").fetchone()
            if version > FORMAT:
                raise HistoryUnavailable(
                    _("{path} was written by a newer dsqltui; update this one.").format(path=self._path)
                )
            connection.execute("pragma journal_mode = wal")
            connection.execute("pragma synchronous = normal")
            connection.execute(_SCHEMA)
            connection.execute(f"pragma user_version = {FORMAT}")
        except BaseException:
            connection.close()
            raise
        return connection

    def _keep(self, connection: sqlite3.Connection, entry: Entry) -> None:
        run = run_of(entry)
        if run is None:
            return
        values = (
            run.ended_s,
            run.pane,
            run.region,
            run.user,
            run.sql.encode("utf-8", "replace").decode(),  # a lone surrogate cannot be stored
            run.is_whole,
            run.duration_s,
            run.outcome.encode("utf-8", "replace").decode(),
            run.is_failed,
        )
        what = (*values[1:6], run.is_failed)
        before, row = self._last.get(run.pane, ((), None))
        if what == before:
            again = (run.ended_s, run.duration_s, values[7], row)
            connection.execute("update run set ended_s = ?, duration_s = ?, outcome = ? where id = ?", again)
            return
        marks = ", ".join("?" * len(values))
        cursor = connection.execute(f"insert into run ({_COLUMNS}) values ({marks})", values)
        self._last[run.pane] = what, cursor.lastrowid
        connection.execute("delete from run where id <= (select max(id) from run) - ?", (self._limit,))


def _find(connection: sqlite3.Connection, words: str, pane: str, only_failed: bool, limit: int) -> list[Run]:
    conditions, values = ["1"], list[str | int]()
    for word in words.split():
        conditions.append(r"sql like ? escape '\'")
        values.append("%" + "".join(f"\\{c}" if c in "\\%_" else c for c in word) + "%")
    if pane:
        conditions.append("pane = ?")
        values.append(pane)
    if only_failed:
        conditions.append("is_failed")
    where = " and ".join(conditions)
    rows = connection.execute(
        f"select id, {_COLUMNS} from run where {where} order by id desc limit ?", [*values, limit]
    ).fetchall()
    return [_run(*row) for row in rows]


def _run(id_: int, *values: Any) -> Run:
    ended_s, pane, region, user, sql, is_whole, duration_s, outcome, is_failed = values
    return Run(id_, ended_s, pane, region, user, sql, bool(is_whole), duration_s, outcome, bool(is_failed))


def _sentence(path: Path, problem: Exception) -> str:
    if isinstance(problem, HistoryUnavailable):
        return str(problem)
    if isinstance(problem, sqlite3.DatabaseError) and not isinstance(problem, sqlite3.OperationalError):
        return _("The history is damaged ({problem}); move {path} away, and a new one is made.").format(
            problem=problem, path=path
        )
    reason = problem.strerror if isinstance(problem, OSError) else str(problem)
    return _("The history cannot be used ({reason}): {path}; what runs now is not kept.").format(
        reason=reason, path=path
    )
