"""What running a script file looks like to the screen: steps as they finish. `client` implements the runner."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Protocol

from dsqltui.core.outcome import Outcome
from dsqltui.core.session import Session
from dsqltui.core.statement import Statement


class ScriptUnreadable(Exception):
    """The script file could not be read. The message is one sentence that may be shown."""


@dataclass(frozen=True, slots=True)
class Step:
    """One statement of a script and what came back for it."""

    index: int
    """1-based number of the statement in the script."""
    total: int | None
    """How many statements the script has; None when that is not known before the end."""
    statement: Statement
    outcome: Outcome
    line: int
    """1-based line of its file on which the statement starts."""
    file: str | None = None
    """The included file the statement is in; None for the script itself."""


class ScriptRunner(Protocol):
    """Runs a script file on a session, statement by statement, and stops after the first Refused or Lost."""

    def __call__(self, session: Session, path: str, *, limit: int) -> AsyncIterator[Step]:
        """Steps in order; at most `limit` rows of each result.

        Raises ScriptUnreadable: before the first step for the file itself, later for a file it includes or a command
        it cannot obey."""
        ...
