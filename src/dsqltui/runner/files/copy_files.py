r"""The files of `\copy`: read and written in pieces, in threads, never whole in memory; never a half file left."""

import asyncio
import contextlib
import io
from collections.abc import AsyncIterator
from pathlib import Path
from typing import IO

from dsqltui.core.language import _
from dsqltui.runner.files.file_trouble import FileUnusable
from dsqltui.runner.files.new_file import NewFile
from dsqltui.runner.files.terminal_file import safe_for_terminals

_PIECE_BYTES = 256 * 1024
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


class CopyStopped(Exception):
    """The person stopped it."""

    def __init__(self) -> None:
        super().__init__(_("you stopped it"))


class Source:
    """COPY data from a file, in pieces. `is_stopped` may be set from any thread: the next piece raises CopyStopped."""

    def __init__(self, file: IO[bytes], name: str, size: int | None) -> None:
        self.bytes_read = 0
        self.is_stopped = False
        self.name = name
        self.size = size
        """Bytes; None when that is not known beforehand."""
        self._file = file
        self._is_at_start = True

    @classmethod
    async def open(cls, path: Path) -> "Source":
        """Raises FileUnusable."""
        return await asyncio.to_thread(_opened, path)

    @classmethod
    def of_text(cls, text: str) -> "Source":
        """The lines of a script."""
        held = text.encode()
        return cls(io.BytesIO(held), _("the script's lines"), len(held))

    async def close(self) -> None:
        """Close the file."""
        await asyncio.to_thread(self._file.close)

    async def pieces(self) -> AsyncIterator[bytes]:
        """All of it. Raises FileUnusable and CopyStopped."""
        while piece := await asyncio.to_thread(self._read):
            self._check()
            yield piece

    def _check(self) -> None:
        if self.is_stopped:
            raise CopyStopped

    def _read(self) -> bytes:
        try:
            piece = self._file.read(_PIECE_BYTES)
        except OSError as error:
            raise FileUnusable(
                _("{name} could not be read: {reason}.").format(name=self.name, reason=error.strerror)
            ) from None
        self.bytes_read += len(piece)
        return self._without_mark(piece)

    def _without_mark(self, piece: bytes) -> bytes:
        if not self._is_at_start:
            return piece
        self._is_at_start = False
        return piece.removeprefix(_BYTE_ORDER_MARK)


def _opened(path: Path) -> Source:
    return Source(opened(path), str(path), path.stat().st_size if path.is_file() else None)


def opened(path: Path) -> IO[bytes]:
    """A file of data, for reading. Blocks. Raises FileUnusable."""
    try:
        if path.is_dir():
            raise FileUnusable(_("{path} is a folder; name a file.").format(path=path))
        return path.open("rb", buffering=_PIECE_BYTES)
    except FileNotFoundError:
        raise FileUnusable(_("{path} does not exist; check the name and the folder.").format(path=path)) from None
    except PermissionError:
        raise FileUnusable(_("{path} may not be read by this user; check its permissions.").format(path=path)) from None
    except (OSError, ValueError) as error:
        raise FileUnusable(_("{path} could not be opened: {error}.").format(path=path, error=error)) from None


class CopyTarget:
    """A file that is there in full or not at all, also after a kill; it takes an older one's place, as in psql.

    A device or pipe is written to directly.
    """

    def __init__(self, path: Path, file: "NewFile | IO[bytes]") -> None:
        self.path = path
        self.bytes_written = 0
        self.is_stopped = False
        self._file = file

    @classmethod
    async def open(cls, path: Path) -> "CopyTarget":
        """Raises FileUnusable."""
        return await asyncio.to_thread(_target, path)

    async def write(self, piece: bytes) -> None:
        """Raises FileUnusable and CopyStopped."""
        if self.is_stopped:
            raise CopyStopped
        if isinstance(self._file, NewFile):
            await asyncio.to_thread(self._file.write_bytes, piece)
        else:
            try:
                await asyncio.to_thread(self._file.write, piece)
            except OSError as error:
                raise FileUnusable(
                    _("{path} could not be written: {reason}.").format(path=self.path, reason=error.strerror)
                ) from None
        self.bytes_written += len(piece)

    async def keep(self) -> None:
        """Put the file in its place. Raises FileUnusable."""
        if isinstance(self._file, NewFile):
            await asyncio.to_thread(self._file.keep)

    async def drop(self) -> None:
        """Leave nothing. May be called after `keep`."""
        if isinstance(self._file, NewFile):
            await asyncio.to_thread(self._file.discard)
        else:
            with contextlib.suppress(OSError):  # what could not be flushed is thrown away anyway
                await asyncio.to_thread(self._file.close)


def _target(path: Path) -> CopyTarget:
    try:
        if path.exists() and not path.is_file() and not path.is_dir():
            return CopyTarget(path, safe_for_terminals(path.open("wb")))
    except OSError as error:
        raise FileUnusable(_("{path} could not be opened: {error}.").format(path=path, error=error)) from None
    return CopyTarget(path, NewFile(path, may_replace=True))
