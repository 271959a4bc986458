"""The state of a session's transaction, as the server said it in ReadyForQuery's status byte, and nothing else.

psycopg's `Transaction.status` reads COMMITTED after a refused COMMIT, which on Aurora DSQL is the normal place for a
conflict; it must not be used.
"""

from enum import Enum

from dsqltui.core.language import N_


class TransactionState(Enum):
    """The server's word on the session's transaction."""

    NONE = N_("no connection")
    IDLE = "idle"
    """Autocommit: every statement is its own transaction."""
    OPEN = N_("in transaction")
    FAILED = N_("failed transaction")
    """A statement failed; only ROLLBACK (or COMMIT, answered with ROLLBACK) ends it."""

    @property
    def badge(self) -> str:
        """psql's prompt signs, as wide as each other so that the status line never moves."""
        return {"NONE": "? ", "IDLE": "= ", "OPEN": "=*", "FAILED": "=!"}[self.name]

    @property
    def is_open(self) -> bool:
        """Whether work would be lost with the connection."""
        return self in (TransactionState.OPEN, TransactionState.FAILED)
