"""Exports are there in full or not at all, and take nobody's place."""

import asyncio
import os
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest

from dsqltui.core.formats import Format, encoder
from dsqltui.core.results.outcome import Column, Refused, Row, Rows
from dsqltui.core.sessions.session import Page, Session
from dsqltui.runner.files.file_trouble import FileUnusable
from dsqltui.runner.files.new_file import FileTaken, NewFile
from dsqltui.runner.results.exporting import (
    NOBODY,
    ColumnsChanged,
    ExportWritten,
    Watcher,
    export,
    export_query,
    pages_after,
    pages_at_hand,
)
from dsqltui.runner.results.held_result import FetchFailed, HeldResult, NoLongerHeld
from support.screens.fake_session import FakeSession, refused
from support.servers.plain_postgres import Plain, rows_of

COLUMNS = (Column("n", 20), Column("name", 25))


def csv(count: int) -> str:
    return "n,name\n" + "".join(f"{n},name {n}\n" for n in range(count))


def rows(count: int, start: int = 0) -> list[Row]:
    return [(str(n), f"name {n}") for n in range(start, start + count)]


def names(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


async def paged(*pages: Sequence[Row], error: Exception | None = None) -> AsyncIterator[Sequence[Row]]:
    for page in pages:
        yield page
    if error is not None:
        raise error


@pytest.fixture(params=["without a name", "beside its place"])
def folder(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder, on systems that know files without a name and on others."""
    if request.param != "without a name":
        monkeypatch.delattr(os, "O_TMPFILE")
    elif not hasattr(os, "O_TMPFILE"):
        pytest.skip("this system has no files without a name")
    return tmp_path


async def test_all_pages_and_only_for_this_person(folder: Path) -> None:
    told: list[int | None] = []
    path = folder / "out.csv"
    watcher = Watcher(told=lambda count, _size: told.append(count))
    written = await export(paged(rows(3), rows(2, 3)), encoder(Format.CSV, COLUMNS), path, watcher=watcher)
    assert path.read_text() == csv(5)
    assert (written.rows, written.size, written.is_complete) == (5, path.stat().st_size, True)
    assert told == [3, 5]
    assert path.stat().st_mode & 0o777 == 0o600
    assert names(folder) == [path.name]


async def test_another_file_stays_unless_it_may_be_replaced(folder: Path) -> None:
    path = folder / "out.csv"
    path.write_text("mine")
    with pytest.raises(FileTaken, match="exists already"):
        await export(paged(rows(1)), encoder(Format.CSV, COLUMNS), path)
    assert path.read_text() == "mine"
    await export(paged(rows(1)), encoder(Format.CSV, COLUMNS), path, may_replace=True)
    assert path.read_text() == csv(1)
    assert names(folder) == [path.name]


async def test_a_file_that_comes_meanwhile_stays_too(folder: Path) -> None:
    path = folder / "out.csv"

    async def pages() -> AsyncIterator[Sequence[Row]]:
        yield rows(1)
        path.write_text("quicker")

    with pytest.raises(FileTaken):
        await export(pages(), encoder(Format.CSV, COLUMNS), path)
    assert path.read_text() == "quicker"
    assert names(folder) == [path.name]


async def test_stopped_or_failed_it_leaves_nothing(folder: Path) -> None:
    path = folder / "out.csv"
    stopped = await export(
        paged(rows(9), rows(9)), encoder(Format.CSV, COLUMNS), path, watcher=Watcher(is_stopped=lambda: True)
    )
    assert (stopped.rows, stopped.is_complete) == (9, False)
    failure = FetchFailed(refused("57014", "cancelled"))
    with pytest.raises(FetchFailed):
        await export(paged(rows(9), error=failure), encoder(Format.CSV, COLUMNS), path)
    assert names(folder) == []


async def test_cancelled_it_leaves_nothing(folder: Path) -> None:
    has_begun = asyncio.Event()

    async def pages() -> AsyncIterator[Sequence[Row]]:
        yield rows(5)
        has_begun.set()
        await asyncio.Event().wait()

    task = asyncio.create_task(export(pages(), encoder(Format.CSV, COLUMNS), folder / "out.csv"))
    await has_begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert names(folder) == []


async def test_what_the_session_holds(tmp_path: Path) -> None:
    session = FakeSession("us-east-1")
    await session.connect()
    session.pages = [Page(tuple(rows(2, 2)), True, ""), Page(tuple(rows(1, 4)), False, "SELECT 5")]
    session.answer("select 1", Rows(tuple(COLUMNS), tuple(rows(2)), "", True, 0.0))
    await session.run("select 1", limit=2)
    held = HeldResult.of(session)
    path = tmp_path / "out.csv"
    await export(pages_after(rows(2), held), encoder(Format.CSV, COLUMNS), path)
    assert path.read_text() == csv(5)
    assert held is not None
    assert not held.is_held
    with pytest.raises(NoLongerHeld):
        await held.more(1)


async def test_rows_at_hand(tmp_path: Path) -> None:
    path = tmp_path / "out.csv"
    await export(pages_at_hand(iter(rows(12_345))), encoder(Format.CSV, COLUMNS), path)
    assert path.read_text() == csv(12_345)


@pytest.mark.parametrize(
    ("name", "why"), [("no/where.csv", "does not exist"), (".", "is a folder"), ("a\0b", "cannot hold")]
)
def test_places_that_will_not_do(tmp_path: Path, name: str, why: str) -> None:
    with pytest.raises(FileUnusable, match=why):
        NewFile(tmp_path / name)


ODD = (
    """select g as n, case when g % 3 = 0 then null when g % 3 = 1 then '' else E'a,"\\t\\n\\\\' || g end as "odd, name" """
    "from generate_series(1, {count}) g -- to the end"
)
ODD_COLUMNS = (Column("n", 23), Column("odd, name", 25))


async def exported(session: Session, query: str, path: Path, form: Format, watcher: Watcher = NOBODY) -> ExportWritten:
    return await export_query(session, query, ODD_COLUMNS, form, encoder(form, ODD_COLUMNS), path, watcher=watcher)


@pytest.mark.parametrize("form", [Format.CSV, Format.TSV, Format.JSONL])
async def test_a_query_gives_the_same_file_by_the_server_s_copy_and_by_rows(
    plain: Plain, tmp_path: Path, form: Format
) -> None:
    """In autocommit the server writes CSV and TSV itself; in a transaction, and in other formats, the rows are encoded."""
    session, query = await plain.open(), ODD.format(count=12_345)
    alone = await exported(session, query, tmp_path / "alone", form)
    await session.run("begin", limit=1)
    within = await exported(session, query, tmp_path / "within", form)
    assert (alone.rows, alone.is_complete) == (12_345, True)
    assert alone == within
    assert (tmp_path / "alone").read_bytes() == (tmp_path / "within").read_bytes()
    assert alone.size == (tmp_path / "alone").stat().st_size


async def test_a_query_that_copy_refuses_is_run_for_its_rows(plain: Plain, tmp_path: Path) -> None:
    """What stands in a COPY's parentheses may not be a SELECT INTO; the session goes on either way."""
    session = await plain.open()
    with pytest.raises(FetchFailed) as failed:
        await exported(session, "select 1 as n, 'x' as b into temporary t", tmp_path / "out", Format.CSV)
    assert not isinstance(failed.value.outcome, Refused)  # it ran as it stands, and gave no rows
    assert await rows_of(session, "select * from t") == (("1", "x"),)
    with pytest.raises(FetchFailed) as failed:
        await exported(session, "select nope", tmp_path / "out", Format.CSV)
    assert isinstance(failed.value.outcome, Refused)
    assert failed.value.outcome.error.position == 8
    assert names(tmp_path) == []


@pytest.mark.parametrize("form", [Format.CSV, Format.JSON])
async def test_an_error_midway_and_other_columns_leave_no_file(plain: Plain, tmp_path: Path, form: Format) -> None:
    session = await plain.open()
    late = 'select g as n, 1 / (40000 - g) as "odd, name" from generate_series(1, 50000) g'
    with pytest.raises(FetchFailed) as failed:
        await exported(session, late, tmp_path / "out", form)
    assert isinstance(failed.value.outcome, Refused)
    assert failed.value.outcome.error.sqlstate == "22012"
    with pytest.raises(ColumnsChanged):
        await exported(session, "select 1 as m, 2 as b", tmp_path / "out", form)
    assert names(tmp_path) == []
    assert await rows_of(session, "select 7") == (("7",),)


@pytest.mark.parametrize("form", [Format.CSV, Format.JSONL])
async def test_a_query_that_never_ends_is_stopped_at_once(plain: Plain, tmp_path: Path, form: Format) -> None:
    """Nobody waits for what the server still sends; the connection can be closed, as a second Ctrl+C does."""
    session = await plain.open()
    told: list[int | None] = []
    watcher = Watcher(told=lambda count, _size: told.append(count), is_stopped=lambda: bool(told))
    query = (
        ODD.format(count=2_000_000_000).replace("generate_series", "(select generate_series").replace(") g", ")) t(g)")
    )
    written = await exported(session, query, tmp_path / "out", form, watcher)
    assert not written.is_complete
    assert written.rows or written.size
    assert names(tmp_path) == []
    await session.close()
    await session.connect()
    assert await rows_of(session, "select 7") == (("7",),)


async def test_a_file_that_is_there_stays(plain: Plain, tmp_path: Path) -> None:
    path = tmp_path / "out"
    path.write_text("mine")
    with pytest.raises(FileTaken):
        await exported(await plain.open(), ODD.format(count=3), path, Format.CSV)
    assert path.read_text() == "mine"
