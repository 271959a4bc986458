"""What a pane can be asked to do, in its turn."""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dsqltui.core.scripts.statement import Statement, StatementKind
from dsqltui.core.sessions.session import Session
from dsqltui.runner.results.held_result import HeldResult

if TYPE_CHECKING:
    from dsqltui.runner.pane_runner import PaneRunner


@dataclass(frozen=True, slots=True)
class ConnectJob:
    """Open the connection, or open it again."""


@dataclass(frozen=True, slots=True)
class RunStatements:
    """Run statements one after the other, up to the first refusal."""

    statements: tuple[Statement, ...]
    is_from_editor: bool = True
    """Whether the offsets are those of this pane's editor."""


@dataclass(frozen=True, slots=True)
class RunText:
    """Do a script at hand, up to its first failure unless ON_ERROR_STOP is off."""

    text: str
    source: Path | None = None
    """Its file; what it includes may be named relative to that."""


@dataclass(frozen=True, slots=True)
class FetchPage:
    """Fetch the next rows of a result that the session holds."""

    held: HeldResult


@dataclass(frozen=True, slots=True)
class Exchange:
    """Go on with another session, which is connected already."""

    session: Session
    may_end: int | None
    """The number of the transaction that the person agreed to lose; None: none may be open."""
    done: "asyncio.Future[str]"
    """Gets why it was not done, as a sentence; empty when it was. The session then is the caller's to close."""


@dataclass(frozen=True, slots=True)
class UseSession:
    """Work of a feature that needs the session for itself: a comparison, an export."""

    label: str
    """What it does, for the status line, until it says more by `PaneRunner.tell_progress`."""
    work: Callable[[Session, "PaneRunner"], Coroutine[Any, Any, None]]
    """Looks at `PaneRunner.interruption` after each page, and ends when the person wants it to."""
    dropped: Callable[[], object] | None = None
    """Called when it is thrown away before its turn."""


Job = ConnectJob | RunStatements | RunText | FetchPage | Exchange | UseSession
NOTHING = Statement("", 0, 0, StatementKind.OTHER)
"""Stands for the statement of an outcome that none led to."""


class Interruption(Enum):
    """How far the person went in stopping what runs."""

    NONE = "none"
    ASKED = "asked"
    """The server was asked to cancel; Aurora DSQL ignores that."""
    DROPPED = "dropped"
    """The connection is being closed."""
