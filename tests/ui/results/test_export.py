"""Copy and export of results in the console."""

import json
from pathlib import Path

import pytest

from dsqltui.core.results.outcome import Done, Row, Rows
from dsqltui.core.sessions.session import Page
from dsqltui.ui.dialogs.question import Question
from dsqltui.ui.features.export.copy_dialog import CopyDialog
from dsqltui.ui.features.export.export_dialog import ExportDialog
from support.screens.console import Console, console
from support.screens.fake_session import refused, rows

SQL = "select id, name from xpoints.people order by id"
AS_COPY = f"COPY (\n{SQL}\n) TO STDOUT WITH (FORMAT csv, HEADER)"


def people(count: int, start: int = 0) -> tuple[Row, ...]:
    return tuple((str(n), f"name {n}") for n in range(start, start + count))


def is_empty(folder: Path) -> bool:
    return not any(folder.iterdir())


async def showing(it: Console, outcome: Rows) -> None:
    it.a.answer(SQL, outcome)
    it.write(SQL)
    await it.press("f5")
    await it.until(lambda: it.pane_a.result is not None)
    await it.press("f4")


async def export_to(it: Console, path: Path, *keys: str) -> None:
    """Open the dialog, press keys in it, write the path."""
    await it.press("e")
    await it.until(lambda: isinstance(it.app.screen, ExportDialog) and it.app.screen.query("LineInput"))
    await it.press(*keys)
    dialog = it.app.screen
    assert isinstance(dialog, ExportDialog)
    dialog.query_one("LineInput").value = str(path)  # type: ignore[attr-defined]
    await it.press("enter")


class TestCopy:
    OUTCOME = rows("id name", ("1", "Zoe"), ("2", None), ("3", "a|b"), number_columns=1)

    @pytest.mark.parametrize(
        ("keys", "text"),
        [
            ((), "2\t"),
            (("right", "down"), "1\n2\n3\n"),
            (("right", "right", "down", "right"), "id,name\n1,Zoe\n2,\n3,a|b\n"),
            (("down", "right", "right"), '{"id": 2, "name": null}'),
            (
                ("right", "right", "down", "left", "left"),
                "| id | name |\n| ---: | --- |\n| 1 | Zoe |\n| 2 | NULL |\n| 3 | a\\|b |\n",
            ),
            (("down", "left"), "INSERT INTO xpoints.people (id, name) VALUES\n  (2, NULL);"),
            (("left",), "2"),
        ],
    )
    async def test_parts_and_formats(self, keys: tuple[str, ...], text: str) -> None:
        async with console() as it:
            await showing(it, self.OUTCOME)
            await it.press("down", "c")
            await it.until(lambda: isinstance(it.app.screen, CopyDialog))
            await it.press(*keys, "enter")
            await it.until(lambda: it.app.clipboard)
            assert it.app.clipboard == text
            assert "copied as" in it.notice

    async def test_what_is_too_long_is_said(self) -> None:
        async with console() as it:
            await showing(it, rows("id name", *(("1", "x" * 1_000) for _ in range(1_100))))
            await it.press("c", "right", "right", "enter")
            await it.until(lambda: "Too long for a terminal's clipboard" in it.notice)
            assert it.app.clipboard == ""

    async def test_tmux_is_named(self) -> None:
        async with console((80, 24)) as it:
            await showing(it, self.OUTCOME)
            await it.press("c")
            await it.until(lambda: "set-clipboard on" in it.screen_text().replace("\n", " "))


class TestExport:
    async def test_the_fetched_rows(self, tmp_path: Path) -> None:
        async with console() as it:
            await showing(it, rows("id name", *people(3), number_columns=1))
            await export_to(it, tmp_path / "out.json", "right", "right")
            await it.until(lambda: "3 rows written to" in it.notice)
            assert [row["id"] for row in json.loads((tmp_path / "out.json").read_text())] == [0, 1, 2]
            assert "3 rows written" in it.pane_a.log_lines.lines[-1]

    async def test_all_rows_fetching_the_rest_into_the_pane_as_well(self, tmp_path: Path) -> None:
        async with console() as it:
            await showing(it, rows("id name", *people(100), has_more=True, number_columns=1))
            it.a.pages = [Page(people(50, 100), True, ""), Page(people(50, 150), False, "SELECT 200")]
            await export_to(it, tmp_path / "out.csv")
            await it.until(lambda: "200 rows written" in it.notice)
            lines = (tmp_path / "out.csv").read_text().splitlines()
            assert (len(lines), lines[0], lines[-1]) == (201, "id,name", "199,name 199")
            await it.until(lambda: it.pane_a.grid.row_count == 200)

    async def test_the_query_again_when_the_session_let_go(self, tmp_path: Path) -> None:
        async with console() as it:
            await showing(it, rows("id name", *people(100), has_more=True, number_columns=1))
            it.write("select 1")
            await it.press("f2", "f5")
            await it.until(lambda: "select 1" in it.a.sent)
            it.pane_a.step_result(-1)
            await it.press("f4")
            it.a.answer(AS_COPY, refused("0A000", "COPY of a query is not supported"))
            it.a.answer(SQL, rows("id name", *people(120), number_columns=1))
            await export_to(it, tmp_path / "out.csv")
            await it.until(lambda: "120 rows written" in it.notice)
            assert it.a.sent.count(SQL) == 2
            it.a.answer(AS_COPY, Done("COPY 1", 0.1))
            await export_to(it, tmp_path / "other.csv")
            await it.until(lambda: "now returns other columns" in it.notice)
            assert not (tmp_path / "other.csv").exists()

    async def test_sorted_rows_are_written_as_they_are_shown(self, tmp_path: Path) -> None:
        async with console() as it:
            await showing(it, rows("id name", ("2", "b"), ("1", "a"), ("3", "c"), number_columns=1))
            await it.press("s")
            await it.until(lambda: "ascending" in it.notice)
            await export_to(it, tmp_path / "out.csv")
            await it.until(lambda: "3 rows written" in it.notice)
            assert (tmp_path / "out.csv").read_text() == "id,name\n1,a\n2,b\n3,c\n"

    async def test_what_may_be_written_of_a_result_the_session_holds(self) -> None:
        async with console((80, 24)) as it:
            await showing(it, rows("id name", *people(100), has_more=True))
            await it.press("e")
            await it.until(lambda: "the 100 fetched" in it.screen_text())
            assert "all, fetch the rest" in it.screen_text()
            assert "all, run again" in it.screen_text()

    async def test_no_file_is_replaced_without_a_yes(self, tmp_path: Path) -> None:
        path = tmp_path / "out.csv"
        path.write_text("mine")
        async with console() as it:
            await showing(it, rows("id name", *people(3)))
            await export_to(it, path)
            await it.until(lambda: isinstance(it.app.screen, Question))
            await it.press("n")
            assert path.read_text() == "mine"
            await export_to(it, path)
            await it.until(lambda: isinstance(it.app.screen, Question))
            await it.press("y")
            await it.until(lambda: "3 rows written" in it.notice)
            assert path.read_text().startswith("id,name\n")

    async def test_stopped_it_leaves_no_file(self, tmp_path: Path) -> None:
        async with console() as it:
            await showing(it, rows("id name", *people(100), has_more=True))
            it.a.pages = [Page(people(50, n * 50), True, "") for n in range(2, 10_000)]
            await export_to(it, tmp_path / "out.csv")
            await it.until(lambda: it.pane_a.grid.row_count > 200)
            assert "exporting" in it.screen_text()
            await it.press("ctrl+c")
            await it.until(lambda: "Export stopped after" in it.notice)
            assert is_empty(tmp_path)

    async def test_an_error_of_the_server_leaves_no_file(self, tmp_path: Path) -> None:
        async with console() as it:
            await showing(it, rows("id name", *people(100), has_more=True))
            it.write("select 1")
            await it.press("f2", "f5")
            await it.until(lambda: "select 1" in it.a.sent)
            it.pane_a.step_result(-1)
            await it.press("f4")
            it.a.answer(AS_COPY, refused("42P01", "relation is gone"))
            it.a.answer(SQL, refused("42P01", "relation is gone"))
            await export_to(it, tmp_path / "out.csv")
            await it.until(lambda: it.pane_a.results is it.pane_a.report)
            assert "relation is gone" in it.screen_text()
            assert is_empty(tmp_path)

    async def test_a_place_that_is_not_there(self, tmp_path: Path) -> None:
        async with console() as it:
            await showing(it, rows("id name", *people(3)))
            await export_to(it, tmp_path / "no" / "out.csv")
            await it.until(lambda: "does not exist; make it or check the name" in it.notice)

    async def test_the_name_follows_the_table_and_the_format(self) -> None:
        async with console((80, 24)) as it:
            await showing(it, rows("id name", *people(3)))
            await it.press("e")
            await it.until(lambda: " people.csv" in it.screen_text())
            await it.press("right")
            await it.until(lambda: " people.tsv" in it.screen_text())
            await it.press("escape")
            await it.until(lambda: not isinstance(it.app.screen, ExportDialog))
