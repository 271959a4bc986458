"""Fixtures of the headless commands."""

from pathlib import Path

import pytest

from support.headless import Headless
from support.servers.simulator import RunningSimulator


@pytest.fixture
def headless(simulator: RunningSimulator, tmp_path: Path) -> Headless:
    return Headless(simulator, tmp_path)
