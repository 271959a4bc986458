"""The journal of bulk work, where threads use it beside one another."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from dsqltui.store.bulk_journal import BulkJournal, BulkJournalBusy


def test_threads_read_their_own_records(tmp_path: Path) -> None:
    """Keys of one batch must never come with those of another: rows would be changed twice, or not at all."""
    journal = BulkJournal.open(("batch",), tmp_path)
    records = [{"is": "keys", "keys": [f"{number}-{n}" for n in range(3_000)]} for number in range(20)]
    places = [journal.add(record) for record in records]
    with ThreadPoolExecutor(8) as pool:
        for _ in range(5):
            assert list(pool.map(journal.read, places)) == records
    assert [place for place, _ in journal.records()] == places
    assert [record for _, record in journal.records()] == records
    journal.close()


def test_a_record_longer_than_a_piece_and_one_that_is_not_there(tmp_path: Path) -> None:
    journal = BulkJournal.open(("batch",), tmp_path)
    long = {"is": "keys", "keys": ["k" * 200_000]}
    place = journal.add(long)
    journal.add({"is": "all keys"})
    assert journal.read(place) == long
    with pytest.raises(BulkJournalBusy):
        BulkJournal.open(("batch",), tmp_path)
    with pytest.raises(ValueError, match=r".*"):
        journal.read(1_000_000)
    journal.close()
