"""Exports are there in full or not at all, and take nobody's place."""

import asyncio
import os
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest

from dsqltui.client.exporting import FetchFailed, export, pages_after, pages_at_hand, pages_held
from dsqltui.client.file_trouble import FileUnusable
from dsqltui.client.new_file import FileTaken, NewFile
from dsqltui.core.formats import Format, encoder
from dsqltui.core.outcome import Column, Row
from dsqltui.core.session import Page
from support.fake_session import FakeSession, refused

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
    told: list[int] = []
    path = folder / "out.csv"
    written = await export(paged(rows(3), rows(2, 3)), encoder(Format.CSV, COLUMNS), path, told=told.append)
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
    stopped = await export(paged(rows(9), rows(9)), encoder(Format.CSV, COLUMNS), path, is_stopped=lambda: True)
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
    path = tmp_path / "out.csv"
    await export(pages_after(rows(2), True, session), encoder(Format.CSV, COLUMNS), path)
    assert path.read_text() == csv(5)
    session.break_off("gone")
    with pytest.raises(FetchFailed):
        async for _ in pages_held(session, lambda _page: None):
            pass


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
