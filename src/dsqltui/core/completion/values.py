"""What completion offers."""

from dataclasses import dataclass
from enum import Enum


class Sort(Enum):
    """What a candidate is; the value is its word in the list."""

    COLUMN = "column"
    TABLE = "table"
    VIEW = "view"
    SEQUENCE = "sequence"
    SCHEMA = "schema"
    ALIAS = "alias"
    FUNCTION = "function"
    PROCEDURE = "procedure"
    KEYWORD = "keyword"
    TYPE = "type"
    COMMAND = "command"
    FILE = "file"


@dataclass(frozen=True, slots=True)
class Candidate:
    """Something that may stand at the cursor."""

    text: str
    """What is written, quoted where SQL needs it."""
    sort: Sort
    detail: str = ""
    """What tells it apart: a column's type and table, a routine's arguments. From the database: not safe to paint."""


@dataclass(frozen=True, slots=True)
class Completion:
    """Candidates for the word before the cursor, the likeliest first."""

    start: int
    """Offset at which the word begins; a candidate replaces what is from there to the cursor."""
    candidates: tuple[Candidate, ...] = ()
    path: str | None = None
    """The beginning of a file's name, when one is wanted here; the caller looks at the files."""
    is_qualified: bool = False
    """Whether the word follows a dot, so that even an empty word deserves a list."""
