"""What doing a statement or a backslash command gives, piece by piece, to the screen and to the command line alike.

Answer = Ran | Shown | Said | Failed | Reached | Progressed | Retrying | ScriptEnded
"""

from dataclasses import dataclass

from dsqltui.core.answers.describe import TitledTable
from dsqltui.core.language import _
from dsqltui.core.psql import BadArguments, Command, NotHere, Stream, UnknownCommand
from dsqltui.core.results.errors import ServerError
from dsqltui.core.results.outcome import Lost, Outcome, Refused
from dsqltui.core.results.transaction_state import TransactionState
from dsqltui.core.scripts.statement import Statement


@dataclass(frozen=True, slots=True)
class ScriptPlace:
    """Where in a script something stands."""

    line: int
    """1-based."""
    file: str | None = None
    """None: the text that was handed over, or the only file."""

    def __str__(self) -> str:
        return (
            _("{file}, line {line}").format(file=self.file, line=self.line)
            if self.file is not None
            else _("line {line}").format(line=self.line)
        )


@dataclass(frozen=True, slots=True)
class Ran:
    """A statement was run. Rows the session still holds may be asked for before the next answer is."""

    statement: Statement
    """As written. An error's position points into its text, whatever was sent in place of variables."""
    outcome: Outcome
    state_before: TransactionState
    sent: str = ""
    r"""What was sent, when it is not the statement's text: variables replaced, the COPY of a `\copy`."""
    is_expanded: bool = False
    r"""Whether the rows are wanted as records (`\x`, `\gx`)."""
    saved_to: str | None = None
    r"""The file that got the rows (`\o`, `\g FILE`); the outcome is then a Done."""
    progress: str = ""
    """`3/12` or `3` within a script."""
    place: ScriptPlace | None = None
    """None outside of scripts."""
    is_written: bool = False
    """Whether the rows went to the output already, as CSV; the outcome is then a Done."""
    explained: str = ""
    r"""The statement that was explained instead of run (`\plan`, `exec --explain`); empty for one that was run."""

    @property
    def is_failure(self) -> bool:
        """Whether what follows is not to be run."""
        return isinstance(self.outcome, Refused | Lost)


@dataclass(frozen=True, slots=True)
class Shown:
    r"""The answer of a `\d` command and the like."""

    statement: Statement
    tables: tuple[TitledTable, ...]
    duration_s: float
    is_expanded: bool = False
    progress: str = ""

    is_failure = False


@dataclass(frozen=True, slots=True)
class Said:
    """A line of text for the person, or from the script."""

    text: str
    stream: Stream = Stream.NARRATION
    ends_line: bool = True
    is_good_news: bool = False
    """Whether it tells of something done."""

    is_failure = False


@dataclass(frozen=True, slots=True)
class Failed:
    """A backslash command could not be done."""

    statement: Statement
    problem: str
    """One sentence or more; may hold text of files and servers: make it safe before it is shown."""
    error: ServerError | None = None
    """The server's refusal, when it was the server that refused."""
    place: ScriptPlace | None = None

    is_failure = True


@dataclass(frozen=True, slots=True)
class Reached:
    """A command's turn came that is the caller's to obey or answer: Quit, Help, ShowConnection, ShowConflicts, and what
    is not known."""

    statement: Statement
    command: Command
    place: ScriptPlace | None = None

    @property
    def is_failure(self) -> bool:
        """Whether the command cannot be done."""
        return isinstance(self.command, UnknownCommand | BadArguments | NotHere)


@dataclass(frozen=True, slots=True)
class Progressed:
    """How far something long has come; replaces what was said before it."""

    text: str

    is_failure = False


@dataclass(frozen=True, slots=True)
class Retrying:
    """A transaction, or a statement on its own, lost a conflict: it is begun again. What it gave so far is void."""

    error: ServerError
    attempt: int
    """The number of the attempt that comes now, 2 or more."""
    attempts: int
    """How many there are at most."""
    wait_s: float
    place: ScriptPlace | None = None

    is_failure = False


@dataclass(frozen=True, slots=True)
class ScriptEnded:
    """A script file that was asked for ran to its end, stopped, or could not be read."""

    statement: Statement
    path: str
    statement_count: int
    trouble: str = ""
    """Why it ended early; empty when it ran to its end."""

    @property
    def is_failure(self) -> bool:
        """Whether it ended early."""
        return bool(self.trouble)


Answer = Ran | Shown | Said | Failed | Reached | Progressed | Retrying | ScriptEnded
