r"""The file that gets results: `\o FILE` for those to come, `\g FILE` for one."""

import asyncio
import os
from pathlib import Path
from typing import IO

from dsqltui.runner.file_trouble import FileUnusable


class ResultFile:
    """A text file, written to in threads."""

    def __init__(self, path: Path, file: IO[str]) -> None:
        self.path = path
        self._file = file

    @classmethod
    async def open(cls, path: Path) -> "ResultFile":
        """A new file, or an old one emptied, as psql does. Raises FileUnusable."""
        return cls(path, await asyncio.to_thread(_opened, path))

    async def write(self, text: str) -> None:
        """Raises FileUnusable."""
        try:
            await asyncio.to_thread(self._file.write, text)
        except OSError as error:
            raise FileUnusable(f"{self.path} could not be written: {error.strerror}.") from None

    async def close(self) -> None:
        """Raises FileUnusable."""
        try:
            await asyncio.to_thread(self._file.close)
        except OSError as error:
            raise FileUnusable(f"{self.path} could not be written: {error.strerror}.") from None


def _opened(path: Path) -> IO[str]:
    try:
        return open(path, "w", encoding="utf-8", newline="", opener=_privately)
    except FileNotFoundError:
        raise FileUnusable(f"The folder {path.parent} does not exist; make it or check the name.") from None
    except IsADirectoryError:
        raise FileUnusable(f"{path} is a folder; name a file.") from None
    except PermissionError:
        raise FileUnusable(f"{path} may not be written by this user; check its permissions.") from None
    except (OSError, ValueError) as error:
        raise FileUnusable(f"{path} could not be opened: {error}.") from None


def _privately(name: str, flags: int) -> int:
    return os.open(name, flags, 0o600)
