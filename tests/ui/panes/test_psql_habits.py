r"""psql's commands in the console: a real runner, sessions that answer what is laid out."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from dsqltui.core.results.outcome import Column, Outcome, Row, Rows
from dsqltui.ui.dialogs.confirm import ConfirmBoth
from support.screens.console import Console, console
from support.screens.fake_session import FakeSession, rows

TEXT = 25


class Cataloged(FakeSession):
    """A session whose catalog has one table."""

    async def query(
        self,
        sql: str,  # noqa: ARG002
        parameters: Sequence[str | None],
        *,
        limit: int,  # noqa: ARG002
        are_texts: bool = True,  # noqa: ARG002
    ) -> Outcome:
        columns = ("Schema", "Name", "Type", "Owner", "Table", "Access method", "Rows (estimate)", "Description")
        found: tuple[Row, ...] = (("public", "orders", "table", "admin", None, "heap", "3", None),)
        is_there = parameters[1] is None or "orders" in parameters[1]
        return Rows(tuple(Column(name, TEXT) for name in columns), found if is_there else (), "SELECT 1", False, 0.01)


def pair() -> tuple[Cataloged, Cataloged]:
    return Cataloged("us-east-1"), Cataloged("us-east-2")


async def do(it: Console, text: str, shows: str) -> None:
    it.write(text)
    await it.press("f5")
    await it.until(lambda: shows in it.screen_text())


async def test_listings_are_rows_of_the_grid_in_both_panes() -> None:
    a, b = pair()
    async with console(a=a, b=b) as it:
        it.write("\\dt")
        await it.press("f6")  # nothing is asked: it only reads
        await it.until(lambda: it.pane_a.grid.row_count == it.pane_b.grid.row_count == 1)
        await it.until(lambda: it.screen_text().count("orders") == 2)
        text = it.screen_text()
        assert "List of relations" in text


async def test_what_is_not_found_not_known_or_only_said_is_told() -> None:
    a, b = pair()
    async with console(a=a, b=b) as it:
        await do(it, "\\dt nowhere", 'Did not find any relation named "nowhere".')
        await do(it, "\\echo hello :x", "hello :x")
        await do(it, "\\coppy t", "Did you mean \\copy?")
        await do(it, "\\d a.b.c.d", "too many dots")
        await do(it, "\\! ls", "Programs are not run from here")
        await do(it, "\\x", "Expanded display is on.")


async def test_variables_are_sent_replaced_and_journaled_as_sent() -> None:
    a, b = pair()
    a.answer("select 'it''s' as v", rows("v", ("it's",)))
    async with console(a=a, b=b) as it:
        it.write("\\set v 'it''s'\nselect :'v' as v;")
        await it.press("shift+f5")
        await it.until(lambda: it.pane_a.grid.row_count == 1)
        assert a.sent == ["select 'it''s' as v"]
        last = list(it.app.console_screen.services.journal)[-1]
        assert last.sql == "select 'it''s' as v"


async def test_scripts_run_at_the_runner(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    script = tmp_path / "s.sql"
    script.write_text("select 1;\n\\echo from the script\nselect 2;\n\\frobnicate\nselect 3;")
    a, b = pair()
    async with console(a=a, b=b) as it:
        await do(it, "\\i s.sql", "stopped at line 4")
        assert a.sent == []
        script.write_text("select 1;\n\\echo from the script\nselect 2;\n")
        await do(it, "\\i s.sql", "2 statements run")
        assert a.sent == ["select 1", "select 2"]
        assert "from the script" in it.screen_text()
        script.write_text("select 4;")
        await do(it, "\\i s.sql", "1 statement run")
        await do(it, "\\i absent.sql", "does not exist")


async def test_watch_stops_with_ctrl_c() -> None:
    a, b = pair()
    async with console(a=a, b=b) as it:
        it.write("select 7 \\watch 0.1")
        await it.press("f5")
        await it.until(lambda: a.sent.count("select 7") >= 3)
        await it.press("ctrl+c")
        await it.until(lambda: "you stopped it." in it.screen_text())
        count = len(a.sent)
        await do(it, "select 8", "SELECT")
        assert a.sent[count:] == ["select 8"]


async def test_each_round_of_a_watch_is_in_the_journal_also_a_write() -> None:
    a, b = pair()
    async with console(a=a, b=b) as it:
        it.write("update t set a = a + 1 \\watch 0.1")
        await it.press("f5")
        await it.until(lambda: len(a.sent) >= 3)
        a.break_off("the network is gone")
        await it.until(lambda: "it ended because the connection was lost" in it.screen_text())
        recorded = [entry.sql for entry in it.journal if entry.pane == "A" and entry.sql]
        assert recorded[: len(a.sent)] == a.sent


async def test_copy_tells_where_it_is_and_what_came(tmp_path: Path) -> None:
    file = tmp_path / "rows.csv"
    file.write_text("1\n2\n")
    a, b = pair()
    async with console(a=a, b=b) as it:
        await do(it, f"\\copy t from '{file}' csv", "COPY")
        assert a.sent == ["COPY t FROM STDIN csv"]
        last = list(it.app.console_screen.services.journal)[-1]
        assert (last.sql, last.kind.value) == ("COPY t FROM STDIN csv", "write")
        await do(it, "\\copy t from 'absent.csv' csv", "does not exist")


@pytest.mark.parametrize("command", [r"\i x.sql", r"\copy orders from x.csv csv", r"\g", r"\watch"])
async def test_a_command_that_may_write_is_asked_about_before_it_goes_to_both(command: str) -> None:
    a, b = pair()
    async with console(a=a, b=b) as it:
        it.write(command)
        await it.press("f6")
        await it.until(lambda: isinstance(it.app.screen, ConfirmBoth))
        await it.press("n")
        assert a.sent == b.sent == []


async def test_a_command_within_a_statement_never_sends_it() -> None:
    a, b = pair()
    async with console(a=a, b=b) as it:
        await do(it, "delete from t\n\\echo seen\n where id = 1;", "DELETE")
        assert a.sent == ["delete from t\n where id = 1"]
        await do(it, "delete from t\n\\frobnicate\n where id = 1;", "frobnicate")
        assert len(a.sent) == 1


async def test_run_all_with_a_command_that_nobody_knows_sends_nothing() -> None:
    a, b = pair()
    async with console(a=a, b=b) as it:
        it.write("select 1;\n\\frobnicate\nselect 2;")
        await it.press("shift+f5")
        await it.until(lambda: "no command \\frobnicate" in it.screen_text())
        assert a.sent == []
