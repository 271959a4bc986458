"""What a console knows of its storms before one is run; loads nothing of them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dsqltui.runner.storm.background import BackgroundStorm
    from dsqltui.runner.storm.storm import StormRequest


@dataclass(frozen=True, slots=True)
class StormHost:
    """Where the console's storms run."""

    make: "Callable[[StormRequest], BackgroundStorm]"
    """Slow at first; call it in a thread. Raises LoadScriptUnusable."""
    hosts: tuple[str, ...]
    """Of the endpoints."""
    names: tuple[str, ...]
    """What the endpoints are called."""
    user: str
    """The database role."""
    is_simulator: bool
