"""`dsqltui` alone in a real terminal: the start screen, and from it the console on the simulator."""

import sys
from pathlib import Path

import pytest

from support.screens.terminal import Terminal

pytestmark = pytest.mark.e2e


def test_from_the_start_screen_to_the_simulator(tmp_path: Path) -> None:
    environment = {
        "HOME": str(tmp_path),
        "XDG_DATA_HOME": str(tmp_path / "d"),
        "XDG_CONFIG_HOME": str(tmp_path / "c"),
        "XDG_STATE_HOME": str(tmp_path / "s"),
        "AWS_EC2_METADATA_DISABLED": "true",
    }
    with Terminal([sys.executable, "-m", "dsqltui"], columns=80, rows=24, env=environment) as terminal:
        terminal.wait_for("Local simulator")
        terminal.wait_for("No AWS credentials were found")
        terminal.send("\r")
        terminal.wait_for(lambda screen: screen.count("connected") >= 2 and "connecting" not in screen)
        terminal.send("\x11")
        assert terminal.wait_for_exit() == 0
