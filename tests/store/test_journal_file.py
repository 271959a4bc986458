"""The journal on disk: nothing recorded is lost, nothing secret is in it, and it can be read back."""

import dataclasses
import os
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from dsqltui.core.journal.journal import Entry, Event, Journal
from dsqltui.core.results.errors import ServerError
from dsqltui.core.results.outcome import Column, Done, Lost, Notice, Outcome, Refused, Rows
from dsqltui.core.results.transaction_state import TransactionState
from dsqltui.core.scripts.statement import StatementKind
from dsqltui.store.journal_file import JournalFile, NewerFormat, journal_files, read_journal

IDLE, OPEN = TransactionState.IDLE, TransactionState.OPEN
OUTCOMES: list[Outcome] = [
    Rows((Column("id", 23), Column("note", 25)), (("1", None), ("2", "two\nlines \x1b[2J é")), "SELECT 2", False, 0.25),
    Done("UPDATE 1", 0.5, (Notice("NOTICE", "careful", "01000"),)),
    Refused(ServerError("40001", "change conflicts (OC000)", detail="d", hint="h", position=3, context="c"), 0.125),
    Lost("gone", OPEN, True, 0.5, ServerError("57P01", "terminating", "FATAL")),
    Lost("gone", OPEN, False, 0.5),
]


def must_not_fail(sentence: str) -> None:
    raise AssertionError(sentence)


def recorded(folder: Path, *statements: tuple[str, Outcome]) -> tuple[Path, tuple[Entry, ...]]:
    """A journal file with these statements in pane A."""
    journal = Journal()
    file = JournalFile(folder, failed=must_not_fail)
    journal.listen(file.record)
    journal.connection("A", "us-east-1", "admin", Event.CONNECTED, started_s=1.5, ended_s=2.0)
    for sql, outcome in statements:
        journal.statement(
            *("A", "us-east-1", "admin", sql, StatementKind.WRITE, outcome), before=OPEN, after=OPEN, ended_s=9.5
        )
    file.close()
    assert file.path is not None
    return file.path, tuple(journal)


def as_on_disk(entry: Entry) -> Entry:
    """The fingerprint is good in one process only."""
    return dataclasses.replace(entry, rows_print=0)


def test_entries_come_back_as_they_were(tmp_path: Path) -> None:
    path, entries = recorded(tmp_path / "new" / "journal", *((f"statement {o}", o) for o in OUTCOMES))
    record = read_journal(path)
    assert record.entries == tuple(map(as_on_disk, entries))
    assert record.damaged_lines == 0
    assert abs(record.started_s - time.time()) < 600


def test_only_this_user_may_read_it(tmp_path: Path) -> None:
    path, _ = recorded(tmp_path / "journal")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_secrets_typed_into_sql_are_left_out(tmp_path: Path) -> None:
    token = "x.dsql.us-east-1.on.aws/?Action=DbConnect&X-Amz-Credential=AKIAEXAMPLE&X-Amz-Signature=abc123def"
    path, _ = recorded(
        tmp_path, ("create role r password 'hush''hush' login", OUTCOMES[1]), (f"select '{token}'", OUTCOMES[1])
    )
    text = path.read_text()
    for secret in ("hush", "abc123def", "AKIAEXAMPLE"):
        assert secret not in text
    assert read_journal(path).entries[1].sql == "create role r password (hidden) login"


def test_half_a_line_and_foreign_lines_are_counted_and_passed_over(tmp_path: Path) -> None:
    path, entries = recorded(tmp_path, ("select 1", OUTCOMES[1]))
    whole = path.read_text()
    path.write_text(whole + '{"pane":"A"}\nnot json\n' + whole.splitlines()[-1][:40])
    record = read_journal(path)
    assert record.entries == tuple(map(as_on_disk, entries))
    assert record.damaged_lines == 3


def test_a_newer_format_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    path.write_text('{"journal":99,"dsqltui":"9.9","started_s":1}\n')
    with pytest.raises(NewerFormat, match=r"9\.9"):
        read_journal(path)


def test_old_files_go_and_others_stay(tmp_path: Path) -> None:
    for year in range(2001, 2011):
        (tmp_path / f"{year}0101T000000-1.jsonl").write_text("{}\n")
    (tmp_path / "mine.txt").write_text("mine")
    file = JournalFile(tmp_path, failed=must_not_fail, kept_files=3)
    file.record(Entry(1, "A", "r", "u", Event.CONNECTED, 1.0, 1.0))
    file.close()
    assert [path.name[:4] for path in journal_files(tmp_path)][1:] == ["2010", "2009"]
    assert (tmp_path / "mine.txt").exists()


def test_a_folder_that_cannot_be_written_is_told_once_and_disturbs_nobody(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    told: list[str] = []
    file = JournalFile(tmp_path / "file" / "journal", failed=told.append)
    for number in range(5):
        file.record(Entry(number, "A", "r", "u", Event.CONNECTED, 1.0, 1.0))
    file.close()
    assert len(told) == 1
    assert "not recorded" in told[0]


def test_without_entries_there_is_no_file(tmp_path: Path) -> None:
    JournalFile(tmp_path / "journal", failed=must_not_fail).close()
    assert not (tmp_path / "journal").exists()


_KILLED = """
import sys
from pathlib import Path
from dsqltui.core.journal.journal import Event, Journal
from dsqltui.store.journal_file import JournalFile

journal = Journal()
file = JournalFile(Path(sys.argv[1]), failed=print)
journal.listen(file.record)
number = 0
while True:
    number += 1
    journal.connection("A", "us-east-1", "admin", Event.CONNECTED, started_s=number, ended_s=number)
    if number == 1000:
        print("written", flush=True)
        sys.stdin.read()
"""


def test_a_killed_program_leaves_what_was_recorded(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", _KILLED, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        deadline = time.monotonic() + 60
        while not (files := journal_files(tmp_path)) or len(read_journal(files[0]).entries) < 1000:
            assert time.monotonic() < deadline, "the entries were not written while the program ran"
            time.sleep(0.01)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
    record = read_journal(journal_files(tmp_path)[0])
    assert [entry.number for entry in record.entries] == list(range(1, 1001))
    assert record.damaged_lines == 0
