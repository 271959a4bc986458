"""Interleavings in the console, on a real simulator: the panes explored, the findings walked, an order replayed."""

import time
from collections.abc import Callable
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Input, Static

from dsqltui.ui.app import ConsoleApp
from dsqltui.ui.features.explorer.dialog import ExplorerDialog, OutcomeList
from dsqltui.ui.features.explorer.replay import ReplayLine
from dsqltui.ui.features.explorer.spec_picker import SpecPicker
from support.screens.real_console import real_app
from support.servers.simulator import RunningSimulator

A = "BEGIN;\nSELECT v FROM explorer_ui.t;\nUPDATE explorer_ui.t SET v = v + 1 WHERE k = 1;\nCOMMIT;"
B = A.replace("k = 1", "k = 2")


@pytest.fixture(autouse=True)
def table(simulator: RunningSimulator) -> None:
    with simulator.connect() as connection:
        connection.execute("CREATE SCHEMA IF NOT EXISTS explorer_ui")
        connection.execute("CREATE TABLE IF NOT EXISTS explorer_ui.t (k int PRIMARY KEY, v int)")
        connection.execute(
            "INSERT INTO explorer_ui.t VALUES (1, 1), (2, 2) ON CONFLICT (k) DO UPDATE SET v = excluded.v"
        )


async def until(pilot: Pilot[None], condition: Callable[[], object], timeout_s: float = 40.0) -> None:
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline, "the condition did not come true"
        await pilot.pause()


def dialog_of(app: ConsoleApp) -> ExplorerDialog:
    assert isinstance(app.screen, ExplorerDialog)
    return app.screen


async def explored(app: ConsoleApp, pilot: Pilot[None], a: str = A, b: str = B) -> ExplorerDialog:
    """The panes' scripts, explored to the end."""
    for letter, text in (("A", a), ("B", b)):
        app.console_screen.pane(letter).editor.load_text(text)
    app.console_screen.do("interleavings")
    await until(pilot, lambda: app.screen is not app.console_screen)
    await pilot.press("y")  # asked as on a cluster
    await until(pilot, lambda: isinstance(app.screen, ExplorerDialog))
    dialog = dialog_of(app)
    await until(pilot, lambda: not dialog.is_exploring)
    return dialog


async def test_the_panes_are_explored_walked_and_replayed(simulator: RunningSimulator, tmp_path: Path) -> None:
    async with real_app(simulator, (80, 24)) as (app, pilot):
        dialog = await explored(app, pilot)
        assert dialog.report is not None
        assert dialog.report.findings.anomalies == 2
        keys = [line.key for line in dialog.query_one(OutcomeList).lines]
        assert keys[:4] == ["group 0", "group 1", "head", "cure 0"]
        assert "A  [─r─w─" in dialog.shown_text
        assert not dialog.query_one("#explorer-picture").display
        await pilot.press("v")
        await until(pilot, lambda: dialog.query_one("#explorer-picture").display)
        await pilot.press("v")

        await pilot.press("n")
        await until(pilot, lambda: "serialisable" in dialog.shown_text)
        await pilot.press("p", "m")
        await until(pilot, lambda: app.screen is not dialog)
        app.screen.query_one(Input).value = str(tmp_path / "found.md")
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, ExplorerDialog))
        assert (tmp_path / "found.md").read_text(encoding="utf-8").startswith("# Interleavings: the panes\n")

        await pilot.press("enter")
        line = app.console_screen.query_one(ReplayLine)
        await until(pilot, lambda: line.has_focus)
        assert line.text == "Replay 1/10  A: BEGIN;"
        for number in range(2, 11):
            await pilot.press("n")
            await until(pilot, lambda n=number: line.text.startswith(f"Replay {n}/10"))  # type: ignore[misc]
            assert "explored: " not in line.said
        await pilot.press("n")
        await until(pilot, lambda: line.text == "Replay of the panes: done.")
        await pilot.press("escape")
        assert not line.has_class("-open")
    with simulator.connect() as connection:
        assert connection.execute("SELECT * FROM explorer_ui.t ORDER BY k").fetchall() == [(1, 1), (2, 2)]


async def test_a_way_out_goes_into_the_editors(simulator: RunningSimulator) -> None:
    async with real_app(simulator, (160, 45)) as (app, pilot):
        dialog = await explored(app, pilot)
        assert dialog.query_one("#explorer-picture").display
        await pilot.press("n", "n")
        await until(pilot, lambda: "0 anomalies" in dialog.shown_text)
        await pilot.press("enter")
        await until(pilot, lambda: app.screen is app.console_screen)
        for letter in "AB":
            assert "SELECT v FROM explorer_ui.t FOR UPDATE;" in app.console_screen.pane(letter).editor.text


async def test_a_spec_is_chosen_where_the_panes_hold_no_script(simulator: RunningSimulator) -> None:
    async with real_app(simulator, (80, 24)) as (app, pilot):
        app.console_screen.do("interleavings")
        await until(pilot, lambda: isinstance(app.screen, SpecPicker))
        await pilot.press(*"last-admin")
        await pilot.press("enter")
        await until(pilot, lambda: not isinstance(app.screen, SpecPicker))
        await pilot.press("y")
        await until(pilot, lambda: isinstance(app.screen, ExplorerDialog))
        dialog = dialog_of(app)
        await pilot.press("ctrl+c")
        await until(pilot, lambda: not dialog.is_exploring)
        if dialog.report is not None:
            assert len(dialog.report.findings.judged) <= 4
        await pilot.press("escape")
        await until(pilot, lambda: app.screen is app.console_screen)


async def test_why_it_cannot_be_run_stands_in_the_title(simulator: RunningSimulator) -> None:
    async with real_app(simulator, (80, 24)) as (app, pilot):
        dialog = await explored(app, pilot, "SELECT * FROM nowhere", "ALTER TABLE explorer_ui.t ADD COLUMN w int")
        assert "give a reset (--reset FILE, a spec)" in str(dialog.query_one("#explorer-title", Static).content)
        await pilot.press("escape")
        await until(pilot, lambda: app.screen is app.console_screen)
