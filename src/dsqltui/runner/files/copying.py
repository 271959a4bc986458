r"""`\copy` in both directions, over COPY's own protocol, in one transaction. Batches of rows: `runner.bulk`."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable

from dsqltui.core.answers.answers import Progressed
from dsqltui.core.answers.fate import Fate, fate_of
from dsqltui.core.language import _, as_sentence
from dsqltui.core.psql import Copy
from dsqltui.core.results.outcome import Done, Lost, Outcome, Refused
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
            raise CopyFailed(f"{as_sentence(str(problem))}{self._consequences()}") from None
        finally:
            if not task.done():
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)

    async def _load(self, source: Source) -> None:
        self._state_before = self._session.state
        outcome = await self._session.copy_in(self.sql, source.pieces())
        if not isinstance(outcome, Done):
            unknown = _("Whether the rows are in is not known: count them before you copy again.")
            raise CopyFailed(unknown if self._is_unknown(outcome) else self._consequences().strip(), _failure(outcome))
        self.outcome = Done(f"COPY {_count(outcome.tag)}", outcome.duration_s, outcome.notices)

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
        return copy_sql(self._command)

    def _progress(self) -> str:
        file = self._file
        if isinstance(file, CopyTarget):
            return _("{bytes_written:,} bytes written").format(bytes_written=file.bytes_written)
        if file is None:
            return ""
        share = f" ({100 * file.bytes_read // file.size} %)" if file.size else ""
        return _("{bytes_read:,} bytes read{share}").format(bytes_read=file.bytes_read, share=share)

    def _is_unknown(self, outcome: Outcome) -> bool:
        return fate_of(self.sql, outcome, self._state_before, self._session.state) is Fate.UNKNOWN

    def _consequences(self) -> str:
        return _(" No row is in.") if self._command.is_import else _(" No file was left.")


def copy_sql(command: Copy) -> str:
    r"""The COPY that a `\copy` means."""
    direction = "FROM STDIN" if command.is_import else "TO STDOUT"
    return f"COPY {command.subject} {direction} {command.options}".rstrip()


def _failure(outcome: Outcome) -> Refused | Lost | None:
    return outcome if isinstance(outcome, Refused | Lost) else None


def _count(tag: str) -> int:
    last = tag.rpartition(" ")[2]
    return int(last) if last.isdecimal() else 0
