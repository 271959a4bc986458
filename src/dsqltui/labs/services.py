"""What the console needs for labs, put together by the composition root."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from dsqltui.core.aws.start_choices import LIST_OF_LABS
from dsqltui.core.kept.lab_progress import ProgressStore
from dsqltui.labs.measured_load import LabLoads
from dsqltui.labs.ports import FaultPort, IamPort
from dsqltui.labs.text import Language

LIST = LIST_OF_LABS


@dataclass(frozen=True, slots=True)
class LabServices:
    """Labs, and what they work with."""

    folder: Path
    """The TOML files."""
    progress: ProgressStore
    values: Callable[[], Awaitable[Mapping[str, str]]]
    """What every lab may name; asks AWS who one is. Raises ConnectFailed."""
    language: Language
    reports: Path
    """The folder that reports are written to; made when it is needed."""
    write: Callable[[Path, bytes], object]
    """Writes a file for this user alone. Blocks. Raises OSError."""
    faults: FaultPort | None = None
    """None on AWS."""
    iam: IamPort | None = None
    """Makes IAM roles; None: they cannot be made."""
    start: str = ""
    """Id of the lab to begin with, or LIST; empty: the panel stays closed."""
    pace_s: float | None = None
    """Play the lab by itself, for a presenter, with so many seconds between actions."""
    loads: LabLoads | None = None
    """Runs measured loads; None: they cannot be run."""
    student: str = ""
    """The student's name in a class; the lab's own names have it appended."""
    own_files: str = ""
    """The folder of the student's copies of included files."""
    results: Path | None = None
    """The folder that `result.json` of each lab is written to; None: none is written."""
