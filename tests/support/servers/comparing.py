"""A console whose panes show results to be compared."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from dsqltui.core.results.outcome import Row, Rows
from dsqltui.core.sessions.connection_status import ConnectionStatus
from dsqltui.resources import catalog_query
from dsqltui.ui.app import ConsoleApp
from dsqltui.ui.features.compare.line import CompareLine
from dsqltui.ui.screens.console import ConsoleScreen
from dsqltui.ui.state.services import Services
from support.screens.console import SETUPS, Console, runner_of
from support.screens.fake_session import FakeSession, rows

SQL = "select id, name from people order by id"


@asynccontextmanager
async def comparing(
    size: tuple[int, int] = (160, 45), *, a: FakeSession | None = None, b: FakeSession | None = None
) -> AsyncIterator[Console]:
    """A console whose catalog knows people(id)."""
    first, second = a or FakeSession("us-east-1"), b or FakeSession("us-east-2")
    observer = FakeSession("us-east-1")
    keys = catalog_query("primary_keys")
    observer.answer(keys, rows("s t c", ("public", "people", "id")))
    services = Services(lambda: (first, second), runner_of, open_observer=lambda _letter: observer)
    app = ConsoleApp(lambda: ConsoleScreen(SETUPS, services))
    async with app.run_test(size=size) as pilot:
        it = Console(app, pilot, first, second)
        await it.until(lambda: all(pane.title.link is ConnectionStatus.CONNECTED for pane in (it.pane_a, it.pane_b)))
        yield it


def people(count: int, changes: dict[int, str] | None = None, *, has_more: bool = False) -> Rows:
    """So many people, some with another name."""
    values: list[Row] = [(str(n), (changes or {}).get(n, f"name {n}")) for n in range(count)]
    return rows("id name", *values, number_columns=1, has_more=has_more)


async def run_both(it: Console, a: Rows, b: Rows) -> None:
    """Run SQL in both panes, with these outcomes."""
    it.a.answer(SQL, a)
    it.b.answer(SQL, b)
    it.write(SQL)
    before = [pane.result for pane in (it.pane_a, it.pane_b)]
    await it.press("f6")
    await it.until(lambda: all(p.result not in (None, o) for p, o in zip((it.pane_a, it.pane_b), before, strict=True)))


def line(it: Console) -> str:
    """What the comparison's line says; empty while it is not there."""
    widget = it.app.console_screen.query_one(CompareLine)
    return widget.sentence if widget.has_class("-open") else ""


async def compare(it: Console) -> None:
    """Press the key of the comparison."""
    it.app.console_screen.do("compare")
    await it.until(lambda: line(it))
