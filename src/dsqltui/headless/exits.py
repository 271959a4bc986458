"""How commands without a screen end: exit codes, and the signals that ask for it."""

import signal
from enum import IntEnum

STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
"""Those that end in order what makes tables of its own, or keeps figures."""


class Exit(IntEnum):
    """What became of it."""

    OK = 0
    SQL_ERROR = 1
    """The server refused a statement, or a command could not be done."""
    USAGE = 2
    NO_CONNECTION = 3
    """No connection could be opened, or one was lost."""
    CONFLICT = 4
    """A transaction lost a conflict (40001), also after the retries that were asked for."""
    DIFFERENT = 5
    """The results that were compared differ."""
    PLAN = 6
    """--explain: a plan has what --fail-on names."""
    HINTS = 7
    """--lint: something was found that Aurora DSQL may refuse."""
    INTERRUPTED = 130
    PIPE_CLOSED = 141
    """Nobody reads the output any more."""
