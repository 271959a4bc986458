"""The plan doctor on the screen of a real simulator: findings, cures, two plans side by side, cost, foreign keys."""

import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from dsqltui.core.sessions.connection_status import ConnectionStatus
from dsqltui.ui.features.sidebar.widget import Sidebar
from support.screens.console import Console, console
from support.screens.fake_session import FakeSession
from support.screens.real_console import real_app
from support.servers.simulator import RunningSimulator


@pytest.fixture
def schema(simulator: RunningSimulator) -> str:
    """A schema with a parent, a child without an index for its foreign key, and 500 rows in it."""
    name = f"plans_{uuid.uuid4().hex[:8]}"
    with simulator.connect() as connection:
        connection.execute(f"create schema {name}")
        connection.execute(f"create table {name}.parents (id bigint primary key)")
        connection.execute(
            f"create table {name}.kids (id bigint primary key, parent_id bigint references {name}.parents, note text)"
        )
        connection.execute(f"insert into {name}.parents values (1)")
        connection.execute(f"insert into {name}.kids select i, 1, 'n' || i from generate_series(1, 500) i")
        connection.execute(f"analyze {name}.kids")
    return name


@asynccontextmanager
async def real_console(simulator: RunningSimulator, size: tuple[int, int] = (160, 45)) -> AsyncIterator[Console]:
    async with real_app(simulator, size) as (app, pilot):
        it = Console(app, pilot, FakeSession("us-east-1"), FakeSession("us-east-2"))
        await it.until(lambda: all(p.title.link is ConnectionStatus.CONNECTED for p in (it.pane_a, it.pane_b)), 60)
        yield it


async def explained(it: Console, sql: str, keys: Callable[[], object]) -> None:
    """Until the catalog was asked about the plan, too."""
    count = len(it.pane_a.kept_results)
    it.app.console_screen.go_to("A")
    it.write(sql)
    keys()
    await it.until(lambda: len(it.pane_a.kept_results) > count and it.pane_a.kept_results[-1].doctor is not None, 60)


async def test_from_a_slow_statement_to_both_plans(simulator: RunningSimulator, schema: str) -> None:
    async with real_console(simulator) as it:
        screen = it.app.console_screen
        slow = f"select note from {schema}.kids where id = 5.0"
        await explained(it, slow, lambda: screen.do("plan"))
        assert it.pane_a.kept_results[-1].statement == f"EXPLAIN (VERBOSE) {slow}"
        assert "1 cause; F4 c puts a cure into the editor" in it.pane_a.plan.text
        assert f"1. {schema}.kids.id is bigint, but is compared as numeric" in it.pane_a.plan.text
        screen.do("plan")  # once more: its own text, and back
        await it.until(lambda: it.pane_a.results is it.pane_a.grid)
        screen.do("plan")
        await it.until(lambda: it.pane_a.results is it.pane_a.plan)
        await it.press("f4", "c")
        cured = f"select note from {schema}.kids where id = 5"
        await it.until(lambda: it.pane_a.editor.text.endswith(f"{cured};"))
        assert "In the editor, not run: the cure for type-mismatch." in it.notice
        assert len(it.journal) == 3  # two connections and the EXPLAIN
        for sql in (slow, cured):
            await explained(it, f"{sql} \\plan analyze", lambda: screen.do("run"))
        screen.do("plan_before")
        await it.until(lambda: it.pane_b.results is it.pane_b.plan)
        assert it.pane_a.plan.text.startswith("BEFORE\nrows read  500\n")
        assert it.pane_b.plan.text.startswith("AFTER\nrows read  1   was 500\n")
        assert "DPU " in it.pane_b.plan.text
        screen.do("cost")
        await it.until(lambda: "2 transactions; 2 of 2 statements measured" in it.screen_text())


async def test_foreign_keys_without_an_index_stand_out(simulator: RunningSimulator, schema: str) -> None:
    async with real_console(simulator) as it:

        def shown() -> list[str]:
            lines = it.app.console_screen.query_one(Sidebar).list.lines
            return ["".join(text for text, _ in line.parts) for line in lines]

        async def go_to(text: str) -> None:
            await it.until(lambda: any(text in line for line in shown()), 60)
            sidebar = it.app.console_screen.query_one(Sidebar).list
            sidebar.go_to(next(li.key for li in sidebar.lines if text in "".join(t for t, _ in li.parts)))

        await it.press("f7", "3", "slash", *schema[-8:], "enter")
        await go_to("kids  ~500  FK without index")
        assert not any("parents" in line and "without index" in line for line in shown())
        await it.press("enter")
        await go_to("! kids_parent_id_fkey  no index  FOREIGN KEY (parent_id)")
        await it.press("c")
        await it.until(lambda: it.pane_a.editor.text == f"CREATE INDEX ASYNC ON {schema}.kids (parent_id);", 60)


async def test_what_cannot_be_done_is_said() -> None:
    async with console() as it:
        screen = it.app.console_screen
        screen.do("plan")
        await it.until(lambda: "No statement at the cursor to explain." in it.notice)
        screen.do("plan_cure")
        await it.until(lambda: "No plan here." in it.notice)
        screen.do("plan_before")
        await it.until(lambda: "There is no plan before this one." in it.notice)
        it.write("explain select 1")
        screen.do("plan")
        await it.until(lambda: "Already an EXPLAIN: F5 runs it." in it.notice)
        screen.do("cost")
        await it.until(lambda: "Nothing was run yet that costs anything." in it.screen_text())
