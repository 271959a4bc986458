"""Where data goes: standard output, or a file that is there in full or not at all. Held back while it may be void."""

import contextlib
import sys
import tempfile
from pathlib import Path
from typing import IO, Protocol, cast

from dsqltui import standard_streams
from dsqltui.core.language import _
from dsqltui.runner.files.file_trouble import FileUnusable
from dsqltui.runner.files.new_file import FileTaken, NewFile
from dsqltui.runner.files.terminal_file import TerminalFile, safe_for_terminals

_IN_MEMORY_BYTES = 4 * 1024 * 1024


class OutputUnusable(Exception):
    """The file cannot be written; the message is one sentence."""


class OutputClosed(Exception):
    """Nobody reads standard output any more."""


class ResultOutput(Protocol):
    """Where results are written."""

    def write(self, text: str) -> None:
        """Text, line ends included."""
        ...

    def write_bytes(self, piece: bytes) -> None:
        """What COPY sends."""
        ...

    def hold(self) -> None:
        """Keep back what comes from here on: it may turn out void."""
        ...

    def release(self) -> None:
        """Let out what was kept back."""
        ...

    def drop(self) -> None:
        """Forget what was kept back."""
        ...

    def flush(self) -> None:
        """Let a reader see what is there."""
        ...


class Output:
    """Text and bytes in the order they come. Raises OutputClosed and OutputUnusable."""

    def __init__(self, path: Path | None = None, *, may_replace: bool = False) -> None:
        if path is None and standard_streams.is_closed():
            raise OutputUnusable(_("standard output is closed; leave it open, or write to a file with --output."))
        self._path = path
        self._held: IO[bytes] | None = None
        self._file: NewFile | IO[bytes] = safe_for_terminals(sys.stdout.buffer)
        try:
            if path is not None and path.exists() and not path.is_file() and may_replace:
                self._file = safe_for_terminals(path.open("wb"))
            elif path is not None:
                self._file = NewFile(path, may_replace=may_replace)
        except FileTaken:
            raise OutputUnusable(_("{path} exists; name another file, or add --overwrite.").format(path=path)) from None
        except FileUnusable as problem:
            raise OutputUnusable(str(problem)) from None
        except OSError as error:
            raise OutputUnusable(
                _("{path} cannot be written: {reason}; check the folder.").format(path=path, reason=error.strerror)
            ) from None
        self.is_terminal = isinstance(self._file, TerminalFile)

    @property
    def is_file(self) -> bool:
        """Whether it is not standard output."""
        return self._path is not None

    def write(self, text: str) -> None:
        """UTF-8; lone surrogates become question marks."""
        self.write_bytes(text.encode("utf-8", "replace"))

    def write_bytes(self, piece: bytes) -> None:
        """As they are; on a terminal what it would act on is made visible."""
        file = self._held or self._file
        try:
            if isinstance(file, NewFile):
                file.write_bytes(piece)
            else:
                file.write(piece)
        except BrokenPipeError:
            raise OutputClosed from None
        except FileUnusable as problem:
            raise OutputUnusable(str(problem)) from None
        except OSError as error:
            raise OutputUnusable(
                _("{path} cannot be written: {reason}.").format(
                    path=self._path or _("standard output"), reason=error.strerror
                )
            ) from None

    def hold(self) -> None:
        """Keep back what comes from here on, until it is released or dropped."""
        if self._held is None:
            self._held = cast("IO[bytes]", tempfile.SpooledTemporaryFile(_IN_MEMORY_BYTES))  # noqa: SIM115 - closed by release or close

    def release(self) -> None:
        """Let out what was kept back."""
        held, self._held = self._held, None
        if held is not None:
            held.seek(0)
            while piece := held.read(256 * 1024):
                self.write_bytes(piece)
            held.close()

    def drop(self) -> None:
        """Forget what was kept back, and go on keeping back."""
        if self._held is not None:
            self._held.seek(0)
            self._held.truncate()

    def flush(self) -> None:
        """Let a reader see what is there."""
        if isinstance(self._file, NewFile):
            return
        try:
            self._file.flush()
        except BrokenPipeError:
            raise OutputClosed from None
        except OSError as error:
            raise OutputUnusable(
                _("{path} cannot be written: {reason}.").format(
                    path=self._path or _("standard output"), reason=error.strerror
                )
            ) from None

    def keep(self) -> None:
        """All is written: put the file in its place."""
        self.release()
        self.flush()
        if isinstance(self._file, NewFile):
            try:
                self._file.keep()
            except FileUnusable as problem:
                raise OutputUnusable(str(problem)) from None

    def close(self) -> None:
        """Leave no half file. Does nothing after `keep`."""
        if self._held is not None:
            self._held.close()
        if isinstance(self._file, NewFile):
            self._file.discard()
        elif self._path is not None:
            with contextlib.suppress(OSError):  # what could not be written was told by `flush`
                self._file.close()
