"""What the console needs for labs, put together by the composition root."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from dsqltui.core.lab_progress import ProgressStore
from dsqltui.labs.ports import FaultControl
from dsqltui.labs.text import Language


@dataclass(frozen=True, slots=True)
class LabKit:
    """Labs, and what they work with."""

    folder: Path
    """The TOML files."""
    progress: ProgressStore
    values: Callable[[], Awaitable[Mapping[str, str]]]
    """What every lab may name; asks AWS who one is. Raises ConnectFailed."""
    language: Language
    reports: Path
    """The folder that reports are written to; made when it is needed."""
    faults: FaultControl | None = None
    """None on AWS."""
    start: str = ""
    """Id of the lab to begin with; empty: none."""
    pace_s: float | None = None
    """Play the lab by itself, for a presenter, with so many seconds between actions."""
