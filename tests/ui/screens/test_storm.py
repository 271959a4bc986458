"""The storm screen: its picture, and a real storm on the simulator."""

import json
import re
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from dsqltui.core.storm.heat import HeatMap
from dsqltui.core.storm.latency import Percentiles
from dsqltui.core.storm.row_keys import RowKey
from dsqltui.core.storm.view import DesignView, EndpointView, StormView
from dsqltui.core.text.bars import bars
from dsqltui.ui.app import ConsoleApp
from dsqltui.ui.dialogs.line import AskLine
from dsqltui.ui.dialogs.question import Question
from dsqltui.ui.features.storm.form import StormForm
from dsqltui.ui.features.storm.picture import heat_cells, picture
from dsqltui.ui.features.storm.screen import StormBoard, StormScreen
from dsqltui.ui.widgets.choice_line import ChoiceLine
from support.screens.real_console import real_app
from support.screens.shown_text import shown_text
from support.servers.simulator import RunningSimulator


def _heat() -> HeatMap:
    heat = HeatMap()
    for key in range(300):
        for _ in range(1 + 3_000 // (key + 1)):
            heat.add([RowKey("shop.orders\x1b[2J", f"id={key}")])
    heat.add([RowKey("shop.lines")])
    return heat


def _view(*names: str) -> StormView:
    end = EndpointView(
        "A us-east-1",
        123_456,
        98_765,
        222_221,
        1_234,
        2,
        tuple(range(60)),
        tuple(range(60, 0, -1)),
        Percentiles(9, 0.01, 0.2, 1.5),
        Percentiles(),
    )
    designs = tuple(
        DesignView(
            name,
            "a-rather-long-script-name.sql",
            60.0,
            (end, end),
            tuple((n, 900 - n) for n in range(1, 30)),
            _heat().picture(),
        )
        for name in names
    )
    return StormView(designs, 0, 256, 256, 12.0, False, True, "")


@pytest.mark.parametrize(("width", "height", "most_attempts"), [(78, 22, 4), (158, 43, 6)])
@pytest.mark.parametrize("names", [("",), ("A", "B")])
def test_the_picture_fits(width: int, height: int, most_attempts: int, names: tuple[str, ...]) -> None:
    lines = ["".join(text for text, _ in line) for line in picture(_view(*names), width, height)]
    assert len(lines) <= height + 3
    assert max(len(line.rstrip()) for line in lines) <= width
    text = "\n".join(lines)
    assert "\x1b" not in text
    assert "id=0" in text
    assert "44.4 % lost" in text
    assert [int(found) for found in re.findall(r"(\d+)\+ ", text)] == [most_attempts], "fewer bars where it is low"
    assert lines[-1].endswith("·"), "the heat map is in sight"


def test_sparkline_and_heat() -> None:
    assert bars([0, 1, 50, 100, None]) == "▁▂▅█ "
    assert bars([0, 99, 100], top=1_000) == "▁▂▂"
    assert bars([0, 0]) == "▁▁"
    assert bars([]) == ""
    rows = heat_cells(_heat().picture(), 20, 2)
    assert [len(row) for row in rows] == [20, 18]
    assert rows[0][0] == ("█", "hot")
    assert rows[-1][-1] == ("·", "cool")


async def _until(pilot: Pilot[None], condition: object) -> None:
    while not condition():  # type: ignore[operator]
        await pilot.pause(0.02)


def _board(app: ConsoleApp) -> str:
    return app.screen.query_one(StormBoard).text if isinstance(app.screen, StormScreen) else ""


def _painted(app: ConsoleApp) -> str:
    return shown_text(app)


def _keys(app: ConsoleApp) -> str:
    return str(app.screen.query_one("#storm-keys").render())


async def _begin(app: ConsoleApp, pilot: Pilot[None], text: str) -> None:
    app.console_screen.pane("A").editor.load_text(text)
    await pilot.press("ctrl+g", "X", "s")
    await _until(pilot, lambda: isinstance(app.screen, StormForm))
    sessions = app.screen.query_one("#sessions", ChoiceLine)
    sessions.at = 0  # two
    await pilot.press("enter")


async def test_a_storm_is_run_paused_stopped_and_written_down(simulator: RunningSimulator, tmp_path: Path) -> None:
    with simulator.connect() as connection:
        connection.execute("create schema stormed_ui")
        connection.execute("create table stormed_ui.counter (id int primary key, n bigint)")
        connection.execute("insert into stormed_ui.counter values (1, 0)")
    script = "BEGIN;\nUPDATE stormed_ui.counter SET n = n + 1 WHERE id = 1;\n\\sleep 20 ms\nCOMMIT;"
    async with real_app(simulator, (80, 24), storms_ask=True) as (app, pilot):
        await _begin(app, pilot, "\\setshell x ls")
        await _until(pilot, lambda: "NOT A LOAD SCRIPT" in _painted(app))
        await _begin(app, pilot, script)
        await _until(pilot, lambda: isinstance(app.screen, Question))
        assert "2 sessions will write to" in _painted(app)
        await pilot.press("y")
        await _until(pilot, lambda: "counter id=1" in _board(app))
        assert "A one" in _board(app)
        assert "pause or go on" in _keys(app)
        await pilot.press("p")
        await _until(pilot, lambda: "paused" in _board(app))
        await pilot.press("p")
        await _until(pilot, lambda: "paused" not in _board(app))
        await pilot.press("escape")
        await _until(pilot, lambda: "Over." in _keys(app))
        assert "interrupted" in _board(app)
        await pilot.press("e")
        await _until(pilot, lambda: isinstance(app.screen, AskLine))
        path = tmp_path / "storm.json"
        app.screen.query_one(Input).value = str(path)
        await pilot.press("enter")
        await _until(pilot, lambda: isinstance(app.screen, StormScreen) and "Written to" in _keys(app))
        found = json.loads(path.read_text())
        await pilot.press("escape")
        await _until(pilot, lambda: app.screen is app.console_screen)
    with simulator.connect() as connection:
        row = connection.execute("select n from stormed_ui.counter").fetchone()
    assert row == (found["commits"],)
    assert found["hot"][0] == {"table": "stormed_ui.counter", "key": "id=1", "lost": found["conflicts"]}
