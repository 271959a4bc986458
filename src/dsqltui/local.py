"""Puts the parts together: the simulator in its own process, sessions on their endpoints, the console on them."""

from dataclasses import dataclass
from pathlib import Path

import platformdirs


@dataclass(frozen=True, slots=True)
class ConsoleRequest:
    """What the command line asked of the console."""

    user: str
    """Database role."""
    row_limit: int
    """Rows fetched at once."""
    has_mouse: bool


def simulator_directory() -> Path:
    """Where the simulator keeps its data unless told otherwise."""
    return Path(platformdirs.user_data_dir("dsqltui", appauthor=False)) / "simulator"


def open_on_simulator(request: ConsoleRequest) -> int: raise NotImplementedError
def open_on_aws(request: ConsoleRequest, hosts: tuple[str, ...], profile: str | None) -> int: raise NotImplementedError
