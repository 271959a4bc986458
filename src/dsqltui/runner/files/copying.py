r"""`\copy` in both directions, over COPY's own protocol: in one transaction, or in batches of rows."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable

from dsqltui.core.answers.answers import Progressed
from dsqltui.core.answers.fate import Fate, fate_of
from dsqltui.core.psql import Copy
from dsqltui.core.results.copy_rows import read_options
from dsqltui.core.results.outcome import Done, Lost, Notice, Outcome, Refused
from dsqltui.core.sessions.session import Session
from dsqltui.runner.files.copy_files import CopyStopped, CopyTarget, Source
from dsqltui.runner.files.file_trouble import FileUnusable

_TELL_INTERVAL_S = 0.5

Write = Callable[[bytes], Awaitable[None]]


class CopyFailed(Exception):
    """The copy did not come to its end."""

    def __init__(self, sentence: str, outcome: Refused | Lost | None = None) -> None:
        super().__init__(sentence)
        self.outcome = outcome
        """The server's part in it."""


class Copying:
    """One `\\copy` under way. `stop` may be called at any time."""

    def __init__(self, session: Session, command: Copy) -> None:
        self._session = session
        self._command = command
        self._file: Source | CopyTarget | None = None
        self._rows_in = 0
        self._state_before = session.state
        self._is_stopped = False
        self.outcome: Outcome | None = None
        """The whole of it, once it has come to its end."""

    def stop(self) -> None:
        """Let it end before the next piece; nothing of the batch under way is kept."""
        self._is_stopped = True
        if self._file is not None:
            self._file.is_stopped = True

    async def load(self, source: Source) -> AsyncGenerator[Progressed, None]:
        """Rows into the table. Raises CopyFailed."""
        self._begin(source)
        async for told in self._while_running(self._load(source)):
            yield told

    async def save(self, target: CopyTarget) -> AsyncGenerator[Progressed, None]:
        """Rows into the file, which is kept only when all are in it. Raises CopyFailed."""
        self._begin(target)
        async for told in self._while_running(self._save(target)):
            yield told

    def _begin(self, file: Source | CopyTarget) -> None:
        self._file = file
        file.is_stopped = self._is_stopped

    async def _while_running(self, work: Awaitable[None]) -> AsyncGenerator[Progressed, None]:
        task = asyncio.ensure_future(work)
        try:
            while not (await asyncio.wait({task}, timeout=_TELL_INTERVAL_S))[0]:
                yield Progressed(self._progress())
            task.result()
        except (CopyStopped, FileUnusable) as problem:
            raise CopyFailed(f"{_capital(problem)}{self._consequences()}") from None
        finally:
            if not task.done():
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)

    async def _load(self, source: Source) -> None:
        size, form = self._command.batch_rows, read_options(self._command.options)
        duration_s, notices = 0.0, tuple[Notice, ...]()
        while source.has_more_rows:
            pieces = source.pieces() if size is None else source.batch(size, form)
            self._state_before = self._session.state
            outcome = await self._session.copy_in(self.sql, pieces)
            if not isinstance(outcome, Done):
                raise CopyFailed(self._sentence_of_batch(outcome), _failure(outcome))
            self._rows_in += _count(outcome.tag)
            duration_s, notices = duration_s + outcome.duration_s, (*notices, *outcome.notices)
            if size is None:
                break
        self.outcome = Done(f"COPY {self._rows_in}", duration_s, notices)

    async def _save(self, target: CopyTarget) -> None:
        try:
            outcome = await self._session.copy_out(self.sql, target.write)
            if not isinstance(outcome, Done):
                raise CopyFailed("", _failure(outcome))
            await target.keep()
            self.outcome = outcome
        finally:
            await target.drop()

    @property
    def sql(self) -> str:
        """The COPY that the command means."""
        direction = "FROM STDIN" if self._command.is_import else "TO STDOUT"
        return f"COPY {self._command.subject} {direction} {self._command.options}".rstrip()

    def _progress(self) -> str:
        file = self._file
        if isinstance(file, CopyTarget):
            return f"{file.bytes_written:,} bytes written"
        if file is None:
            return ""
        share = f" ({100 * file.bytes_read // file.size} %)" if file.size else ""
        rows = f", {self._rows_in:,} rows in" if self._command.batch_rows is not None else ""
        return f"{file.bytes_read:,} bytes read{share}{rows}"

    def _sentence_of_batch(self, outcome: Outcome) -> str:
        """What is in the table after the server refused, or the connection was lost."""
        size, first = self._command.batch_rows, self._rows_in + 1
        before = f"Rows 1 to {self._rows_in:,} are in; " if self._rows_in else ""
        last = f"{self._rows_in + size:,}" if size is not None else ""
        if self._is_unknown(outcome):
            which = f"rows {first:,} to {last}" if size is not None else "the rows"
            told = f"{before}whether {which} are in is not known: count them before you copy again."
            return told[0].upper() + told[1:]
        if size is None or isinstance(outcome, Lost):
            return self._consequences().strip()
        return f"Refused: the batch of rows {first:,} to {last}.{self._consequences()}"

    def _is_unknown(self, outcome: Outcome) -> bool:
        return fate_of(self.sql, outcome, self._state_before, self._session.state) is Fate.UNKNOWN

    def _consequences(self) -> str:
        if not self._command.is_import:
            return " No file was left."
        if self._command.batch_rows is None:
            return " No row is in."
        if not self._rows_in:
            return " No row is in."
        return f" Rows 1 to {self._rows_in:,} are in, the rest is not."


def _capital(problem: Exception) -> str:
    text = str(problem)
    return text[:1].upper() + text[1:].rstrip(".") + "."


def _failure(outcome: Outcome) -> Refused | Lost | None:
    return outcome if isinstance(outcome, Refused | Lost) else None


def _count(tag: str) -> int:
    last = tag.rpartition(" ")[2]
    return int(last) if last.isdecimal() else 0
