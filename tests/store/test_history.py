"""The history file: what is kept, what is left out, what is found, several writers."""

import asyncio
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from dsqltui.core.journal.history import HistoryUnavailable, Run, run_of
from dsqltui.core.journal.journal import Entry, Event, Journal
from dsqltui.core.results.errors import ServerError
from dsqltui.core.results.outcome import Done, Lost, Outcome, Refused
from dsqltui.core.results.transaction_state import TransactionState
from dsqltui.core.scripts.statement import kind_of
from dsqltui.store.history import HistoryFile, history_path

DONE = Done("UPDATE 1", 0.25)
CONFLICT = Refused(ServerError("40001", "change conflicts (OC000)"), 0.01)


def entry(sql: str, outcome: Outcome = DONE, pane: str = "A") -> Entry:
    idle = TransactionState.IDLE
    region = {"A": "us-east-1", "B": "us-east-2"}[pane]
    return Journal().statement(
        pane, region, "admin", sql, kind_of(sql), outcome, before=idle, after=idle, ended_s=1_800_000_000.5
    )


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "history.sqlite"


@pytest.fixture
def history(path: Path) -> Iterator[HistoryFile]:
    file = HistoryFile(path, limit=100)
    yield file
    file.close()


def texts(runs: list[Run]) -> list[str]:
    return [run.sql for run in runs]


async def test_a_run_is_kept_with_all_that_is_shown(history: HistoryFile) -> None:
    history.record(entry("update t set x = 1"))
    (run,) = await history.find("")
    assert run == Run(
        1, 1_800_000_000.5, "A", "us-east-1", "admin", "update t set x = 1", True, 0.25, "UPDATE 1", False
    )


async def test_a_scripts_runs_are_all_kept_in_their_order(path: Path) -> None:
    file = HistoryFile(path, limit=2_000)
    for number in range(1_500):
        file.record(entry(f"insert into t values ({number})"))
    file.close(30)
    again = HistoryFile(path, limit=2_000)
    found = await again.find("", limit=2_000)
    again.close()
    assert texts(found) == [f"insert into t values ({number})" for number in reversed(range(1_500))]


async def test_the_file_and_those_beside_it_are_private(history: HistoryFile, path: Path) -> None:
    history.record(entry("select 1"))
    await history.find("")
    files = list(path.parent.iterdir())
    assert {file.name for file in files} == {"history.sqlite", "history.sqlite-wal", "history.sqlite-shm"}
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_nothing_run_means_no_file(path: Path) -> None:
    HistoryFile(path, limit=10).close()
    assert not path.parent.exists()


async def test_it_is_there_for_the_next_console(path: Path) -> None:
    first = HistoryFile(path, limit=100)
    first.record(entry("select 1"))
    first.close()
    second = HistoryFile(path, limit=100)
    assert texts(await second.find("")) == ["select 1"]
    second.close()


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("", ["drop table t", "select 100% from B", "select a_b\nfrom A"]),
        ("FROM select", ["select 100% from B", "select a_b\nfrom A"]),
        ("a_b", ["select a_b\nfrom A"]),
        ("100%", ["select 100% from B"]),
        ("\\", []),
        ("'; drop", []),
    ],
)
async def test_every_word_must_occur_and_none_is_a_pattern(history: HistoryFile, words: str, found: list[str]) -> None:
    for sql in ("select a_b\nfrom A", "select 100% from B", "drop table t"):
        history.record(entry(sql))
    assert texts(await history.find(words)) == found


async def test_it_can_be_narrowed_to_a_pane_and_to_what_failed(history: HistoryFile) -> None:
    history.record(entry("one"))
    history.record(entry("two", pane="B"))
    history.record(entry("three", CONFLICT))
    history.record(entry("four", Lost("gone", TransactionState.OPEN, True, 1.0), "B"))
    assert texts(await history.find("", pane="B")) == ["four", "two"]
    assert texts(await history.find("", only_failed=True)) == ["four", "three"]
    assert texts(await history.find("", pane="A", only_failed=True)) == ["three"]
    (run,) = await history.find("three")
    assert run.outcome == "40001 OC000 change conflicts (OC000)"


async def test_the_newest_are_kept_and_found_first(path: Path) -> None:
    history = HistoryFile(path, limit=3)
    for number in range(7):
        history.record(entry(f"select {number}"))
    assert texts(await history.find("")) == ["select 6", "select 5", "select 4"]
    assert texts(await history.find("", limit=1)) == ["select 6"]
    history.close()


async def test_the_rounds_of_a_watch_are_one_run_and_push_nothing_out(path: Path) -> None:
    history = HistoryFile(path, limit=4)
    history.record(entry("update t set x = 1"))
    for number in range(50):
        history.record(entry("select 1", Done(f"SELECT {number}", 0.1)))
        history.record(entry("select 2", pane="B"))
    history.record(entry("select 1", CONFLICT))
    runs = await history.find("")
    assert texts(runs) == ["select 1", "select 2", "select 1", "update t set x = 1"]
    assert runs[2].outcome == "SELECT 49"
    history.close()


SECRET = "s3cr3t-w0rd"


@pytest.mark.parametrize(
    "sql",
    [
        f"create role r with password '{SECRET}'",
        f"alter role r PASSWORD\n E'{SECRET}\\' more'",
        f"alter role r password $x${SECRET}$x$",
        f"alter role r password '{SECRET}",
        f"select 'host.dsql.us-east-1.on.aws/?Action=DbConnect&X-Amz-Credential={SECRET}/x&X-Amz-Signature={SECRET}'",
        f"select 'X-Amz-Security-Token={SECRET}'",
        f"-- aws_secret_access_key = {SECRET}\nselect 1",
        f"\\connect 'host=x password={SECRET}'",
        f"\\connect postgresql://me:{SECRET}@host/db",
    ],
)
async def test_secrets_are_never_in_the_file(history: HistoryFile, path: Path, sql: str) -> None:
    told = Refused(ServerError("42601", f"syntax error at password '{SECRET}'"), 0.1)
    history.record(entry(sql, told))
    (run,) = await history.find("")
    assert "(hidden)" in run.sql
    history.close()
    assert all(SECRET.encode() not in file.read_bytes() for file in path.parent.iterdir())


def test_what_is_no_statement_is_not_kept() -> None:
    opened = Journal().connection("A", "us-east-1", "admin", Event.CONNECTED, started_s=1.0, ended_s=2.0)
    assert run_of(opened) is None
    assert run_of(entry("  ")) is None


def test_a_statement_too_long_to_keep_says_that_it_is_not_whole() -> None:
    run = run_of(entry("select '" + "x" * 200_000 + "'"))
    assert run is not None
    assert not run.is_whole
    assert len(run.sql) <= 100_000


async def test_text_that_is_no_unicode_is_kept_as_far_as_it_can(history: HistoryFile) -> None:
    history.record(entry("select '\udc80\x00é'"))
    (run,) = await history.find("select")
    assert run.sql == "select '?\x00é'"


_WRITER = """
import sys
from pathlib import Path
sys.path[:0] = sys.argv[3:]
from store.test_history import entry
from dsqltui.store.history import HistoryFile
file = HistoryFile(Path(sys.argv[1]), limit=1000)
for number in range(40):
    file.record(entry(f"select '{sys.argv[2]}-{number}'"))
file.close(60)
sys.exit(file.trouble or 0)
"""


async def test_several_consoles_write_at_once_and_nothing_is_lost(path: Path) -> None:
    folders = [str(Path(__file__).parents[1])]
    writers = [
        await asyncio.create_subprocess_exec(
            sys.executable, "-c", _WRITER, str(path), name, *folders, stderr=subprocess.PIPE
        )
        for name in ("x", "y", "z")
    ]
    for writer in writers:
        _, told = await writer.communicate()
        assert writer.returncode == 0, told
    history = HistoryFile(path, limit=1000)
    wanted = {f"select '{name}-{number}'" for name in "xyz" for number in range(40)}
    assert {*texts(await history.find("", limit=1000))} == wanted
    history.close()


@pytest.fixture
def damaged(path: Path) -> Path:
    path.parent.mkdir()
    path.write_bytes(b"no database, but longer than the header of one" * 100)
    return path


async def test_a_damaged_file_is_one_sentence(damaged: Path) -> None:
    history = HistoryFile(damaged, limit=10)
    history.record(entry("select 1"))
    with pytest.raises(HistoryUnavailable, match=r"is damaged \(.*\); move .* away, and a new one is made\."):
        await history.find("")
    history.close()


def test_a_damaged_file_stays_as_it_is(damaged: Path) -> None:
    history = HistoryFile(damaged, limit=10)
    history.record(entry("select 1"))
    history.close()
    assert "is damaged" in history.trouble
    assert damaged.read_bytes().startswith(b"no database")


async def test_a_file_of_a_newer_dsqltui_is_left_alone(path: Path) -> None:
    first = HistoryFile(path, limit=10)
    first.record(entry("select 1"))
    first.close()
    with sqlite3.connect(path) as connection:
        connection.execute("pragma user_version = 99")
    connection.close()
    second = HistoryFile(path, limit=10)
    with pytest.raises(HistoryUnavailable, match="newer dsqltui"):
        await second.find("")
    second.close()


async def test_where_no_file_can_be_nothing_breaks(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    history = HistoryFile(tmp_path / "file" / "history.sqlite", limit=10)
    history.record(entry("select 1"))
    with pytest.raises(HistoryUnavailable, match="what runs now is not kept"):
        await history.find("")
    history.close()


def test_it_is_in_the_users_data_folder() -> None:
    assert history_path().parts[-2:] == ("dsqltui", "history.sqlite")
