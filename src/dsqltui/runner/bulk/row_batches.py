"""A file of COPY data cut into batches of rows, at speed, with the place of each in the file; never whole in memory."""

import io
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import IO

from dsqltui.core.bulk.ledger import Gap, Piece
from dsqltui.core.language import _
from dsqltui.core.results.copy_rows import CopyFormat, rows_of
from dsqltui.runner.files.file_trouble import FileUnusable

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


@dataclass(slots=True)
class RowBatch:
    """Rows that make one transaction."""

    piece: Piece
    data: bytes
    """The rows, without the header."""
    form: CopyFormat = field(default_factory=CopyFormat)

    def rows(self) -> list[bytes]:
        """One by one."""
        return list(rows_of(io.BytesIO(self.data), self.form))

    def parts(self, *row_counts: int) -> "list[RowBatch]":
        """The batch in parts of so many rows each, one behind the other; empty ones are left out."""
        rows, found, at = self.rows(), [], 0
        start, line = self.piece.start, self.piece.line
        for count in row_counts:
            data = b"".join(rows[at : at + count])
            if data:
                lines = _lines_in(data)
                piece = Piece(start, start + len(data), line, lines, len(rows[at : at + count]))
                found.append(RowBatch(piece, data, self.form))
                start, line = piece.end, line + lines
            at += count
        return found


class BatchReader:
    """Reads batches, in the order of the file. Everything blocks: for a thread.

    `gaps` are the parts of the file that are wanted; without them all of it is. Only a file on disk has gaps.
    """

    def __init__(self, file: IO[bytes], name: str, form: CopyFormat, rows_of_a_batch: int) -> None:
        self.header = b""
        """What stands before the rows of each COPY."""
        self.start, self.line = 0, 1
        """Where the rows begin."""
        self.offset = 0
        """How far the file was read."""
        self._file, self._name, self._form, self._size = file, name, form, rows_of_a_batch
        self._waiting: deque[bytes] = deque()
        """Lines that were read and belong to the next row."""
        self._gaps: deque[Gap] = deque()
        self._is_over = False
        self._open_line = 1

    def open(self) -> None:
        """Read what stands before the rows. Raises FileUnusable."""
        first = self._next_line()
        if first.startswith(_BYTE_ORDER_MARK):
            self.start = len(_BYTE_ORDER_MARK)
            first = first[self.start :]
        if first:
            self._waiting.appendleft(first)
        if self._form.has_header:
            self.header = next(rows_of(self._lines(), self._form), b"")
            self.start += len(self.header)
            self.line += _lines_in(self.header)
        self.offset, self._open_line = self.start, self.line

    def limit_to(self, gaps: Sequence[Gap]) -> None:
        """Read these parts of the file only."""
        self._gaps = deque(gaps)
        self._seek()

    def next(self) -> RowBatch | None:
        """The next rows; None at the end. Raises FileUnusable."""
        if self._is_over:
            return None
        gap = self._gaps[0] if self._gaps else None
        batch = self._read(self._size) if gap is None or gap.end is None else self._read_within(gap.end)
        if batch is not None:
            return batch
        if self._gaps:
            self._gaps.popleft()
        if not self._gaps:
            self._is_over = True
            return None
        self._seek()
        return self.next()

    def again(self, piece: Piece) -> RowBatch:
        """The rows of a piece that was read before. Raises FileUnusable."""
        try:
            place = self._file.tell()
            self._file.seek(piece.start)
            data = self._file.read(piece.end - piece.start)
            self._file.seek(place)
        except OSError as error:
            raise self._unusable(error) from None
        return RowBatch(piece, data, self._form)

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    # -- reading -------------------------------------------------------------------------------------------------------

    def _read(self, count: int) -> RowBatch | None:
        """So many rows, or what is left."""
        lines = [self._waiting.popleft() for _unused in range(min(count, len(self._waiting)))]
        try:
            lines += islice(self._file, count - len(lines))
        except OSError as error:
            raise self._unusable(error) from None
        data = b"".join(lines)
        if not data:
            return None
        if self._is_a_row_each(data, lines):
            return self._batch(data, len(lines), len(lines))
        self._waiting.extendleft(reversed(lines))
        return self._read_rows(count, None)

    def _read_within(self, end: int) -> RowBatch | None:
        return self._read_rows(self._size, end)

    def _read_rows(self, count: int, end: int | None) -> RowBatch | None:
        """The same where rows go over several lines, or end at an offset."""
        rows: list[bytes] = []
        at = self.offset
        found = rows_of(self._lines(), self._form)
        while len(rows) < count and (end is None or at < end):
            row = next(found, None)
            if row is None:
                self._is_over = end is None
                break
            rows.append(row)
            at += len(row)
        data = b"".join(rows)
        return self._batch(data, _lines_in(data), len(rows)) if data else None

    def _batch(self, data: bytes, lines: int, rows: int) -> RowBatch:
        piece = Piece(self.offset, self.offset + len(data), self._open_line, lines, rows)
        self.offset, self._open_line = piece.end, self._open_line + lines
        return RowBatch(piece, data, self._form)

    def _is_a_row_each(self, data: bytes, lines: list[bytes]) -> bool:
        """Whether every line is a row, and none of them ends the data."""
        form = self._form
        if b"\\." in data:
            return False
        if not form.is_csv:
            return b"\\\n" not in data and b"\\\r" not in data
        if form.quote not in data:
            return True
        return form.escape == form.quote and all(line.count(form.quote) % 2 == 0 for line in lines)

    def _lines(self) -> Iterator[bytes]:
        while line := self._next_line():
            yield line

    def _next_line(self) -> bytes:
        if self._waiting:
            return self._waiting.popleft()
        try:
            return self._file.readline()
        except OSError as error:
            raise self._unusable(error) from None

    def _seek(self) -> None:
        gap = self._gaps[0]
        try:
            self._file.seek(gap.start)
        except OSError as error:
            raise self._unusable(error) from None
        self._waiting.clear()
        self.offset, self._open_line, self._is_over = gap.start, gap.line, False

    def _unusable(self, error: OSError) -> FileUnusable:
        return FileUnusable(_("{name} could not be read: {reason}.").format(name=self._name, reason=error.strerror))


def _lines_in(data: bytes) -> int:
    return data.count(b"\n") + (not data.endswith(b"\n"))
