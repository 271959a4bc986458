"""The rows of one result, however many: the newest and the last seen in memory, the others in a file nobody else sees.

The file has no name (it is unlinked at once, mode 0600) and goes with the store. Only the methods marked as blocking
touch it; they belong in a thread.
"""

import contextlib
import marshal
import os
import tempfile
import threading
from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain

from dsqltui.core.language import _
from dsqltui.core.results.outcome import Row

_BLOCK_ROWS = 500
_BLOCK_BYTES = 512 * 1024
"""A block is closed when it has either."""
HOT_BYTES = 6 * 1024 * 1024
"""Of rows in memory, by an estimate of what Python's objects take."""
_VALUE_OVERHEAD, _ROW_OVERHEAD = 50, 64


class _Block:
    """Consecutive rows; in memory, in the file, or both. `rows` is dropped only after `place` is set."""

    __slots__ = ("cost", "place", "rows", "size")

    def __init__(self, rows: tuple[Row, ...], cost: int) -> None:
        self.rows: tuple[Row, ...] | None = rows
        self.cost = cost
        self.place: int | None = None
        """Offset in the file."""
        self.size = 0


def _cost(rows: Sequence[Row]) -> int:
    """Of rows of one result, in bytes."""
    overhead = _ROW_OVERHEAD + _VALUE_OVERHEAD * len(rows[0])
    return overhead * len(rows) + sum(map(len, filter(None, chain.from_iterable(rows))))


class RowStore:
    """Append-only rows with access by index. To be used on one loop, except for the blocking methods."""

    def __init__(self, rows: Iterable[Row] = (), *, hot_bytes: int = HOT_BYTES) -> None:
        self._hot_bytes = hot_bytes
        self._blocks: list[_Block] = []
        self._starts: list[int] = []
        """The first row of each closed block."""
        self._tail: list[Row] = []
        self._tail_cost = 0
        self._closed_rows = 0
        self._hot: OrderedDict[int, None] = OrderedDict()
        """Closed blocks in memory, the least recently used first."""
        self._hot_cost = 0
        self._file: int | None = None
        self._file_end = 0
        self._door = threading.Lock()
        """Held while the file is used, so that `close` cannot come between."""
        self._is_closed = False
        self.trouble = ""
        """Why rows cannot go to a file and stay in memory: one sentence; empty while all is well."""
        self.append(rows)

    def __len__(self) -> int:
        return self._closed_rows + len(self._tail)

    def __del__(self) -> None:
        self.close()

    @property
    def descriptor(self) -> int | None:
        """Of the nameless file; None while all rows are in memory alone, and after `close`."""
        return self._file

    def append(self, rows: Iterable[Row]) -> None:
        """Add rows at the end."""
        new, start = tuple(rows), 0
        while start < len(new):
            some = new[start : start + _BLOCK_ROWS - len(self._tail)]
            while (cost := _cost(some)) + self._tail_cost > _BLOCK_BYTES and len(some) > 1:
                some = some[: len(some) // 2]
            self._tail += some
            self._tail_cost += cost
            start += len(some)
            if len(self._tail) >= _BLOCK_ROWS or self._tail_cost >= _BLOCK_BYTES:
                self._close_tail()

    def get(self, index: int) -> Row | None:
        """The row, or None when it has to be loaded first."""
        if index >= self._closed_rows:
            return self._tail[index - self._closed_rows]
        number = bisect_right(self._starts, index) - 1
        rows = self._blocks[number].rows
        if rows is None:
            return None
        self._hot.move_to_end(number)
        return rows[index - self._starts[number]]

    def blocks(self, indices: Iterable[int]) -> frozenset[int]:
        """The closed blocks that hold these rows."""
        return frozenset(bisect_right(self._starts, index) - 1 for index in indices if index < self._closed_rows)

    def missing(self, indices: Iterable[int]) -> tuple[int, ...]:
        """The blocks to load so that `get` knows these rows."""
        return tuple(sorted(number for number in self.blocks(indices) if self._blocks[number].rows is None))

    def read(self, number: int) -> tuple[Row, ...]:
        """The rows of a block. Blocking; may be called in a thread. Raises OSError."""
        return self._rows_of(self._blocks[number])

    def keep(self, number: int, rows: tuple[Row, ...]) -> None:
        """Put what `read` gave into memory."""
        block = self._blocks[number]
        if block.rows is None:
            block.rows = rows
            self._hot_cost += block.cost
        self._hot[number] = None
        self._hot.move_to_end(number)

    def surplus(self, *, hot_bytes: int | None = None, spare: frozenset[int] = frozenset()) -> tuple[int, ...]:
        """The blocks that are in memory beyond the budget, to be given to `write` and then to `release`.

        Those of `spare` stay, however large they are: somebody looks at them.
        """
        over = self._hot_cost - (self._hot_bytes if hot_bytes is None else hot_bytes)
        found: list[int] = []
        for number in self._hot:
            if over <= 0 or self.trouble:
                break
            if number in spare:
                continue
            found.append(number)
            over -= self._blocks[number].cost
        return tuple(found)

    def write(self, numbers: Iterable[int]) -> None:
        """Put blocks into the file. Blocking. When that fails, `trouble` says why, and they stay in memory."""
        for number in numbers:
            block = self._blocks[number]
            rows = block.rows
            if block.place is None and rows is not None:
                try:
                    self._write(block, rows)
                except OSError as error:
                    self.trouble = _("Rows stay in memory, the temporary file cannot be written: {reason}.").format(
                        reason=error.strerror
                    )
                    return

    def release(self, numbers: Iterable[int]) -> None:
        """Drop blocks that are in the file from memory."""
        for number in numbers:
            block = self._blocks[number]
            if block.place is not None and block.rows is not None:
                block.rows = None
                self._hot.pop(number, None)
                self._hot_cost -= block.cost

    def settle(self, *, hot_bytes: int | None = None) -> None:
        """All three steps. Blocking."""
        numbers = self.surplus(hot_bytes=hot_bytes)
        self.write(numbers)
        self.release(numbers)

    def rows(self, start: int = 0) -> Iterator[Row]:
        """All rows that are here now, from `start` on; those added later are not among them.

        To be called on the store's loop; reading from what it gives is blocking, and may be done in a thread.
        """
        return self._rows(tuple(self._blocks), tuple(self._starts), tuple(self._tail), self._closed_rows, start)

    def _rows(
        self, blocks: tuple[_Block, ...], starts: tuple[int, ...], tail: tuple[Row, ...], closed: int, start: int
    ) -> Iterator[Row]:
        for number in range(max(0, bisect_right(starts, start) - 1), len(blocks)):
            yield from self._rows_of(blocks[number])[max(0, start - starts[number]) :]
        yield from tail[max(0, start - closed) :]

    def close(self) -> None:
        """Let go of the file. What was in it is gone."""
        with self._door:
            self._is_closed = True
            if self._file is not None:
                os.close(self._file)
                self._file = None

    def _close_tail(self) -> None:
        self._starts.append(self._closed_rows)
        self._blocks.append(_Block(tuple(self._tail), self._tail_cost))
        self._hot[len(self._blocks) - 1] = None
        self._hot_cost += self._tail_cost
        self._closed_rows += len(self._tail)
        self._tail, self._tail_cost = [], 0

    def _rows_of(self, block: _Block) -> tuple[Row, ...]:
        rows = block.rows  # may be dropped by another thread: looked at once
        if rows is not None:
            return rows
        with self._door:
            if self._file is None or block.place is None:
                raise OSError("the result was closed")
            data = os.pread(self._file, block.size, block.place)
        loaded: tuple[Row, ...] = marshal.loads(data)  # our own file, which has no name
        return loaded

    def _write(self, block: _Block, rows: Sequence[Row]) -> None:
        data = marshal.dumps(tuple(rows))
        with self._door:
            if self._is_closed:
                return
            if self._file is None:
                self._file = _nameless_file()
            os.pwrite(self._file, data, self._file_end)
            block.size = len(data)
            block.place = self._file_end
            self._file_end += len(data)


def _nameless_file() -> int:
    descriptor, name = tempfile.mkstemp(prefix="dsqltui-rows-")  # mode 0600
    with contextlib.suppress(OSError):
        os.unlink(name)
    return descriptor
