"""The list of completions: seen while typing, never in the way, from the live catalog."""

from pathlib import Path

import pytest
from textual.events import Key

from dsqltui.core.sessions.connection_status import ConnectionStatus
from dsqltui.core.settings.sections import EditorSettings, Settings
from dsqltui.ui.features.completion.candidates import CompletionList
from support.screens.console import Console, console
from support.screens.fake_session import FakeSession
from support.screens.real_console import real_app
from support.servers.simulator import RunningSimulator


def list_of(running: Console) -> CompletionList:
    return running.app.console_screen.query_one(CompletionList)


def texts(running: Console) -> list[str]:
    return [candidate.text for candidate in list_of(running).candidates] if list_of(running).is_open else []


async def test_the_list_comes_with_the_second_letter_and_tab_takes_the_first() -> None:
    async with console((80, 24)) as running:
        await running.press("s")
        assert not texts(running)
        await running.press("e")
        await running.until(lambda: texts(running))
        assert texts(running)[0] == "select"
        assert "Tab: accept first" in running.screen_text()
        await running.press("tab")
        assert running.pane_a.editor.text == "select"
        assert not texts(running)
        running.pane_a.editor.undo()
        assert running.pane_a.editor.text == "se"


async def test_typing_on_enter_and_arrows_ignore_it() -> None:
    async with console() as running:
        await running.press(*"se")
        await running.until(lambda: texts(running))
        await running.press("enter")
        assert running.pane_a.editor.text == "se\n"
        await running.press(*"fr")
        await running.until(lambda: texts(running))
        await running.press("up")
        assert running.pane_a.editor.cursor_location == (0, 2)
        assert not texts(running)
        await running.press("down", *"om t")
        assert running.pane_a.editor.text == "se\nfrom t"


async def test_within_it_arrows_and_enter_choose() -> None:
    async with console() as running:
        await running.press(*"create ")
        await running.press(*"vi", "backspace", "backspace", *"ta")
        await running.until(lambda: "table" in texts(running))
        await running.press("escape", *" ")
        assert not texts(running)
        running.write("se", 2)
        await running.press("x", "backspace")
        running.app.console_screen.do("complete")
        await running.until(lambda: texts(running))
        assert list_of(running).is_entered
        chosen = texts(running)[1]
        await running.press("down", "enter")
        assert running.pane_a.editor.text == chosen


async def test_shift_tab_goes_in_and_escape_leaves() -> None:
    async with console() as running:
        await running.press(*"se")
        await running.until(lambda: texts(running))
        await running.press("shift+tab", "down", "up")
        assert list_of(running).is_entered
        await running.press("escape")
        assert not texts(running)
        await running.press("l")
        await running.pilot.pause()
        assert not texts(running), "it was sent away for this word"
        await running.press("space", *"fr")
        await running.until(lambda: texts(running))


async def test_a_burst_is_never_completed() -> None:
    """Text pasted without brackets may hold tabs."""
    async with console() as running:
        for key in ("s", "e", "tab", "1"):
            running.app.post_message(Key(key, key if len(key) == 1 else None))
        await running.until(lambda: running.pane_a.editor.text.endswith("1"))
        assert running.pane_a.editor.text.split() == ["se", "1"]


async def test_it_can_be_switched_off_and_asked_for() -> None:
    async with console(settings=Settings(editor=EditorSettings(completion=False))) as running:
        await running.press(*"sel")
        await running.pilot.pause()
        assert not texts(running)
        running.app.console_screen.do("complete")
        await running.until(lambda: texts(running))


async def test_file_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "rewards").mkdir()
    (tmp_path / "rewards" / "my load.sql").write_text("")
    monkeypatch.chdir(tmp_path)
    async with console() as running:
        await running.press(*"\\i re")
        await running.until(lambda: texts(running) == ["rewards/"])
        await running.press("tab")
        await running.until(lambda: texts(running) == ["rewards/my load.sql"])
        await running.press("tab")
        assert running.pane_a.editor.text == "\\i 'rewards/my load.sql'"


async def run(it: Console, sql: str) -> None:
    before = len(it.pane_a.log_lines.lines)
    it.write(sql)
    await it.press("f5")
    await it.until(lambda: len(it.pane_a.log_lines.lines) > before, 60)


async def test_the_live_catalog_and_its_changes(simulator: RunningSimulator) -> None:
    async with real_app(simulator, (140, 40)) as (app, pilot):
        it = Console(app, pilot, FakeSession("us-east-1"), FakeSession("us-east-2"))
        await it.until(
            lambda: all(pane.title.link is ConnectionStatus.CONNECTED for pane in (it.pane_a, it.pane_b)), 60
        )
        await run(it, "create schema completed")
        await run(it, "create table completed.things (id int primary key, colour text)")
        it.write("select  from completed.things", 7)
        await it.press(*"col")
        await it.until(lambda: texts(it)[:1] == ["colour"], 60)
        await run(it, "alter table completed.things add column size int")
        it.write("select  from completed.things", 7)
        await it.press(*"siz")
        await it.until(lambda: texts(it)[:1] == ["size"], 60)


async def test_without_a_catalog_it_says_so_when_asked() -> None:
    async with console() as running:
        await running.press(*"select * from x.")
        running.app.console_screen.do("complete")
        await running.until(lambda: "without a connection for the catalog" in running.notice)
