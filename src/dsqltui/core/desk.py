"""What does a pane's statements and backslash commands. `client` implements it; the screen programs against it."""

from collections.abc import AsyncGenerator, Callable
from typing import Protocol

from dsqltui.core.answers import Answer
from dsqltui.core.session import Session
from dsqltui.core.statement import Statement


class Desk(Protocol):
    """Holds what commands change, variables among them, and does one statement at a time."""

    session: Session
    """May be replaced between statements."""

    def run(self, statement: Statement) -> AsyncGenerator[Answer, None]:
        """Do a statement or a command; answers as they come. An answer that is a failure is the last."""
        ...

    def interrupt(self) -> None:
        r"""End `\\watch` and `\\copy` at the next opportunity. A statement at the server is `Session.cancel`'s."""
        ...


OpenDesk = Callable[[Session, int], Desk]
"""Makes the desk of a session; the number is the size of a page of rows."""
