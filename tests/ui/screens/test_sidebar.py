"""The sidebar on a real simulator: jobs pass through their states, indexes and schema are shown, keys only write SQL."""

import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest
from textual.events import Key

from dsqltui.core.sessions.connection_status import ConnectionStatus
from dsqltui.ui.features.sidebar.create_index_dialog import CreateIndexDialog
from dsqltui.ui.features.sidebar.widget import Sidebar
from support.screens.console import Console
from support.screens.fake_session import FakeSession
from support.screens.real_console import real_app
from support.servers.simulator import RunningSimulator


@pytest.fixture
def schema(simulator: RunningSimulator) -> str:
    """A schema of the test's own with a table that has duplicates."""
    name = f"side_{uuid.uuid4().hex[:8]}"
    with simulator.connect() as connection:
        connection.execute(f"create schema {name}")
        connection.execute(f"create table {name}.things (id int primary key, label text not null, size int default 3)")
        connection.execute(f"create function {name}.twice(a int) returns int language sql as 'select a * 2'")
        connection.execute(f"insert into {name}.things values (1, 'same'), (2, 'same'), (3, 'other')")
    return name


@asynccontextmanager
async def real_console(simulator: RunningSimulator, size: tuple[int, int] = (140, 45)) -> AsyncIterator[Console]:
    """Both panes and the observers on the simulator."""
    async with real_app(simulator, size) as (app, pilot):
        it = Console(app, pilot, FakeSession("us-east-1"), FakeSession("us-east-2"))
        await it.until(lambda: all(p.title.link is ConnectionStatus.CONNECTED for p in (it.pane_a, it.pane_b)), 60)
        yield it


def sidebar(it: Console) -> Sidebar:
    return it.app.console_screen.query_one(Sidebar)


def shown(it: Console) -> list[str]:
    return ["".join(text for text, _ in line.parts) for line in sidebar(it).list.lines]


async def run(it: Console, sql: str, done: Callable[[], object] | None = None) -> None:
    """Run in pane A and wait for it."""
    before = len(it.pane_a.log_lines.lines)
    it.app.console_screen.go_to("A")
    it.write(sql)
    await it.press("f5")
    await it.until(done or (lambda: len(it.pane_a.log_lines.lines) > before), 60)


async def go_to_line(it: Console, text: str) -> None:
    await it.until(lambda: any(text in line for line in shown(it)), 60)
    line = next(li for li in sidebar(it).list.lines if text in "".join(t for t, _ in li.parts))
    sidebar(it).list.go_to(line.key)
    await it.pilot.pause()


async def test_an_index_build_is_followed_to_its_end(simulator: RunningSimulator, schema: str) -> None:
    async with real_console(simulator) as it:
        await it.press("f7")
        await run(it, f"create index async on {schema}.things (label)")
        await it.until(lambda: any("things_label_idx" in line and "completed" in line for line in shown(it)), 60)
        await it.until(lambda: "INDEX_BUILD" in it.notice and "completed" in it.notice, 60)
        assert 1 in sidebar(it).tabs.marked
        await it.press("f7")
        await go_to_line(it, f"{schema}.things_label_idx")
        await it.press("g")
        await it.until(lambda: any("things_label_idx" in line and "(label)" in line for line in shown(it)), 60)
        assert sidebar(it).tabs.current == 1
        await it.until(lambda: any("CREATE INDEX" in text for text in sidebar(it).about.texts), 60)


async def test_a_failed_unique_build_stands_out_with_the_way_out(simulator: RunningSimulator, schema: str) -> None:
    async with real_console(simulator) as it:
        await it.press("f7")
        await run(it, f"create unique index async on {schema}.things (label)")
        await it.until(lambda: any("things_label_idx" in line and "failed" in line for line in shown(it)), 60)
        await it.press("f7", "2", "slash", *schema[-8:], "enter")
        await go_to_line(it, "things_label_idx")
        assert shown(it)[0] == "not valid"
        assert any("NOT VALID" in text for text in sidebar(it).about.texts)
        await it.press("m")
        await it.until(lambda: "DROP INDEX" in it.pane_a.editor.text, 60)
        assert f"DROP INDEX {schema}.things_label_idx;" in it.pane_a.editor.text
        assert f"CREATE UNIQUE INDEX ASYNC things_label_idx ON {schema}.things (label);" in it.pane_a.editor.text
        await it.press("f7", "1")
        await it.until(lambda: any("failed" in line for line in shown(it)), 60)


async def test_the_tree_opens_a_table_and_writes_names(simulator: RunningSimulator, schema: str) -> None:
    async with real_console(simulator) as it:
        await it.press("f7", "3", "slash", *schema[-8:], "enter")
        await go_to_line(it, "things")
        await it.press("enter")
        await it.until(lambda: any("label  text not null" in line for line in shown(it)), 60)
        assert any("id  integer not null" in line and "⚿" in line for line in shown(it))
        assert any("ƒ twice(a integer)" in line for line in shown(it))
        await it.press("t")
        await it.until(lambda: it.pane_a.editor.text == f"SELECT * FROM {schema}.things LIMIT 20;", 60)
        assert len(it.pane_a.log_lines.lines) == 1, "nothing was run"


async def test_columns_of_a_new_index_are_chosen_in_a_form(simulator: RunningSimulator, schema: str) -> None:
    async with real_console(simulator) as it:
        await it.press("f7", "3", "slash", *schema[-8:], "enter")
        await go_to_line(it, "things")
        await it.press("c")
        await it.until(lambda: isinstance(it.app.screen, CreateIndexDialog), 60)
        await it.press("down", "down", "space", "up", "space", "u", "home", "i", "enter")
        await it.until(lambda: it.pane_a.editor.text != "", 60)
        assert it.pane_a.editor.text == (f"CREATE UNIQUE INDEX ASYNC ON {schema}.things (size, label) INCLUDE (id);")


async def test_both_regions_show_the_same_jobs(simulator: RunningSimulator, schema: str) -> None:
    async with real_console(simulator) as it:
        await it.press("f7")
        await run(it, f"create index async on {schema}.things (size)")
        await it.until(lambda: any("things_size_idx" in line and "completed" in line for line in shown(it)), 60)
        await it.press("f7", "b")
        await it.until(lambda: any("A and B show the same" in line for line in shown(it)), 60)
        assert any("✓✓" in line and "things_size_idx" in line for line in shown(it))


async def test_a_closed_sidebar_asks_nothing_and_opens_no_connection(simulator: RunningSimulator, schema: str) -> None:
    async with real_console(simulator) as it:
        observers = it.app.console_screen.observers
        await run(it, f"create index async on {schema}.things (size)")
        assert observers.query_count == 0
        await it.press("f7")
        await it.until(lambda: observers.query_count > 0, 60)
        await it.press("f7")
        assert not sidebar(it).has_class("-open")
        count = observers.query_count
        await run(it, "select 1")
        assert observers.query_count == count


async def test_on_a_small_screen_it_takes_the_place_of_the_panes(simulator: RunningSimulator) -> None:
    async with real_console(simulator, size=(80, 24)) as it:
        await it.press("f7")
        await it.until(lambda: "1 Jobs" in it.screen_text())
        assert sidebar(it).size.width == 80
        await it.press("f7")
        await it.until(lambda: "1 Jobs" not in it.screen_text())
        assert it.app.focused is it.pane_a.editor


async def test_keys_of_one_burst_go_where_the_first_leads(simulator: RunningSimulator) -> None:
    async with real_console(simulator) as it:
        for key in ("f7", "3", "slash", "z", "z"):  # without a pause in between, as a slow link delivers them
            it.app.post_message(Key(key, key if len(key) == 1 else "/" if key == "slash" else None))
        await it.until(lambda: sidebar(it).filter.value == "zz")
        assert sidebar(it).tabs.current == 2
        assert it.pane_a.editor.text == ""


async def test_the_schema_page_opens_on_its_first_line(simulator: RunningSimulator, schema: str) -> None:
    async with real_console(simulator) as it:
        await it.press("f7", "3")
        await it.until(lambda: any(schema in line for line in shown(it)), 60)
        assert sidebar(it).list.key == sidebar(it).list.lines[0].key
