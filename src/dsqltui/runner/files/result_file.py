r"""The file that gets results: `\o FILE` for those to come, `\g FILE` for one."""

import asyncio
import os
from pathlib import Path
from typing import IO, cast

from dsqltui.core.language import _
from dsqltui.runner.files.file_trouble import FileUnusable
from dsqltui.runner.files.terminal_file import safe_for_terminals


class ResultFile:
    """A file, written to in threads; nothing is held back, so that it holds what was said to be in it."""

    def __init__(self, path: Path, file: IO[bytes]) -> None:
        self.path = path
        self._file = file

    @classmethod
    async def open(cls, path: Path) -> "ResultFile":
        """A new file, or an old one emptied, as psql does. Raises FileUnusable."""
        return cls(path, await asyncio.to_thread(_opened, path))

    async def write(self, text: str) -> None:
        """The text is in the file when this returns. Raises FileUnusable."""
        await self.write_bytes(text.encode("utf-8", "replace"))

    async def write_bytes(self, piece: bytes) -> None:
        """What COPY sends. Raises FileUnusable."""
        try:
            await asyncio.to_thread(self._write, piece)
        except OSError as error:
            raise FileUnusable(
                _("{path} could not be written: {reason}.").format(path=self.path, reason=error.strerror)
            ) from None

    def _write(self, piece: bytes) -> None:
        left = memoryview(piece)
        while left:
            left = left[self._file.write(left) :]

    async def close(self) -> None:
        """Raises FileUnusable."""
        try:
            await asyncio.to_thread(self._file.close)
        except OSError as error:
            raise FileUnusable(
                _("{path} could not be written: {reason}.").format(path=self.path, reason=error.strerror)
            ) from None


def _opened(path: Path) -> IO[bytes]:
    try:
        return safe_for_terminals(cast("IO[bytes]", open(path, "wb", buffering=0, opener=_privately)))
    except FileNotFoundError:
        raise FileUnusable(
            _("The folder {parent} does not exist; make it or check the name.").format(parent=path.parent)
        ) from None
    except IsADirectoryError:
        raise FileUnusable(_("{path} is a folder; name a file.").format(path=path)) from None
    except PermissionError:
        raise FileUnusable(
            _("{path} may not be written by this user; check its permissions.").format(path=path)
        ) from None
    except (OSError, ValueError) as error:
        raise FileUnusable(_("{path} could not be opened: {error}.").format(path=path, error=error)) from None


def _privately(name: str, flags: int) -> int:
    return os.open(name, flags, 0o600)
