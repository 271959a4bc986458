"""Rows in memory and in the nameless file."""

import os
import tempfile
import threading
import tracemalloc
from pathlib import Path

import pytest

from dsqltui.core.results.outcome import Row
from dsqltui.store.rows import RowStore


def numbered(count: int, start: int = 0) -> list[Row]:
    return [(str(n), None if n % 7 == 0 else f"note {n}", "東\ud800") for n in range(start, start + count)]


def loaded(store: RowStore, index: int) -> Row | None:
    for number in store.missing([index]):
        store.keep(number, store.read(number))
    return store.get(index)


def test_rows_come_back_from_the_file_as_they_went() -> None:
    store = RowStore(numbered(5_000), hot_bytes=50_000)
    store.settle()
    assert store.surplus() == ()
    assert store.get(0) is None
    assert [loaded(store, index) for index in (0, 4_999, 2_345, 1)] == [numbered(1, n)[0] for n in (0, 4_999, 2_345, 1)]
    assert list(store.rows()) == numbered(5_000)
    assert list(store.rows(4_321)) == numbered(679, 4_321)
    store.append(numbered(3, 5_000))
    assert list(store.rows(4_998)) == numbered(5, 4_998)
    assert len(store) == 5_003


def test_a_small_result_has_no_file() -> None:
    store = RowStore(numbered(100))
    store.settle()
    assert store.descriptor is None
    assert store.get(99) == numbered(1, 99)[0]


def test_the_file_has_no_name_and_is_private(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    store = RowStore(numbered(5_000), hot_bytes=1)
    store.settle()
    assert store.descriptor is not None
    assert os.fstat(store.descriptor).st_mode & 0o777 == 0o600
    assert os.fstat(store.descriptor).st_size > 50_000
    assert list(tmp_path.iterdir()) == []


def test_memory_stays_flat() -> None:
    tracemalloc.start()
    try:
        store = RowStore()
        for start in range(0, 300_000, 1_000):
            store.append(numbered(1_000, start))
            store.settle()
        assert tracemalloc.get_traced_memory()[1] < 20_000_000  # all of it takes more than 80 MB
    finally:
        tracemalloc.stop()
    assert loaded(store, 123_456) == numbered(1, 123_456)[0]


def test_huge_values_close_a_block_early() -> None:
    rows: list[Row] = [("x" * 1_000_000,) for _ in range(20)]
    store = RowStore(rows, hot_bytes=2_000_000)
    store.settle()
    assert sum(store.get(index) is not None for index in range(20)) <= 2
    assert loaded(store, 0) == rows[0]


def test_without_a_place_for_the_file_rows_stay_in_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "missing"))
    store = RowStore(numbered(5_000), hot_bytes=1)
    store.settle()
    assert "temporary file" in store.trouble
    assert list(store.rows()) == numbered(5_000)
    assert store.surplus() == ()


def test_rows_are_read_in_one_thread_while_they_move_in_another() -> None:
    store = RowStore(numbered(50_000), hot_bytes=1)
    read: list[Row] = []
    reader = threading.Thread(target=lambda: read.extend(store.rows()))
    reader.start()
    store.settle()
    reader.join()
    assert read == numbered(50_000)


def test_a_closed_store_says_so() -> None:
    store = RowStore(numbered(5_000), hot_bytes=1)
    store.settle()
    store.close()
    with pytest.raises(OSError, match="closed"):
        list(store.rows())
