"""The rows that the server refused: one file holds them as they stood, to be mended and loaded again, another one says
of each where it stood and why it was refused."""

import os
from pathlib import Path

from dsqltui.core.language import _
from dsqltui.core.results.errors import ServerError
from dsqltui.core.text.safe_text import one_line
from dsqltui.runner.bulk.row_batches import RowBatch
from dsqltui.runner.files.file_trouble import FileUnusable

_MOST_TEXT = 2_000


class RejectedRows:
    """Both files, made with the first row, for this user alone. Everything blocks: for a thread."""

    def __init__(self, path: Path, header: bytes) -> None:
        self.path = path
        self.reasons = path.with_name(path.name + ".txt")
        self.sizes = (0, 0)
        """Bytes of both files."""
        self._header = header
        self._descriptors: tuple[int, int] | None = None

    def go_on(self, rows_bytes: int, reasons_bytes: int) -> None:
        """Have the files as they were when a journal last recorded a row; what was written after that is not known to
        be true. Raises FileUnusable."""
        self.sizes = rows_bytes, reasons_bytes
        if self.path.exists() or rows_bytes:
            self._open()

    def begin(self) -> None:
        """Begin anew: files of an earlier run are not overwritten in silence. Raises FileUnusable."""
        self._refuse_foreign()

    def add(self, row: RowBatch, error: ServerError) -> None:
        """One row. Raises FileUnusable."""
        if self._descriptors is None:
            self._open()
        first, last = row.piece.line, row.piece.line + row.piece.lines - 1
        place = f"line {first}" if first == last else f"lines {first} to {last}"
        parts = [f"{place}: {error.sqlstate} {error.message}"]
        parts += [f"DETAIL: {error.detail}"] if error.detail else []
        parts += [f"CONTEXT: {error.context}"] if error.context else []
        data = row.data if row.data.endswith(b"\n") else row.data + b"\n"
        self._write(data, (one_line("  ".join(parts), _MOST_TEXT) + "\n").encode(errors="replace"))

    def close(self) -> None:
        """Close both."""
        descriptors, self._descriptors = self._descriptors, None
        for descriptor in descriptors or ():
            os.close(descriptor)

    def _write(self, data: bytes, reason: bytes) -> None:
        if self._descriptors is None:
            return
        try:
            for descriptor, text in zip(self._descriptors, (data, reason), strict=True):
                rest = memoryview(text)
                while rest:
                    rest = rest[os.write(descriptor, rest) :]
        except OSError as error:
            raise FileUnusable(
                _("{path} could not be written: {reason}.").format(path=self.path, reason=error.strerror)
            ) from None
        self.sizes = self.sizes[0] + len(data), self.sizes[1] + len(reason)

    def _open(self) -> None:
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC
        opened: list[int] = []
        try:
            for path, size in zip((self.path, self.reasons), self.sizes, strict=True):
                descriptor = os.open(path, flags, 0o600)
                opened.append(descriptor)
                os.ftruncate(descriptor, min(size, os.fstat(descriptor).st_size))
        except OSError as error:
            for descriptor in opened:
                os.close(descriptor)
            raise FileUnusable(
                _("{path} could not be opened: {reason}.").format(path=self.path, reason=error.strerror)
            ) from None
        self._descriptors = opened[0], opened[1]
        if not self.sizes[0] and self._header:
            self._write(self._header, b"")

    def _refuse_foreign(self) -> None:
        for path in (self.path, self.reasons):
            if path.exists():
                raise FileUnusable(
                    _(
                        "{path} is there already, maybe with rows of an earlier load; move it away, or name "
                        "another file with rejects 'FILE'."
                    ).format(path=path)
                )
