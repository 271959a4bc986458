"""What came back for one statement. A refused statement is a value; only bugs are exceptions.

Outcome = Rows | Done | Refused | Lost
"""

from dataclasses import dataclass, field

from dsqltui.core.results.errors import ServerError
from dsqltui.core.results.transaction_state import TransactionState

Row = tuple[str | None, ...]
"""One row in PostgreSQL's own text form; None is NULL."""


@dataclass(frozen=True, slots=True)
class Column:
    """A result column."""

    name: str
    type_oid: int

    @property
    def is_number(self) -> bool:
        """Whether the values are aligned to the right: int2/4/8, oid, float4/8, numeric, money."""
        return self.type_oid in (20, 21, 23, 26, 700, 701, 790, 1700)


@dataclass(frozen=True, slots=True)
class Notice:
    """A NOTICE or WARNING of the server."""

    severity: str
    message: str
    sqlstate: str = "00000"


@dataclass(frozen=True, slots=True)
class Rows:
    """The statement returned rows; `rows` holds the first page of them."""

    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    tag: str
    """Command tag, for example "SELECT 2"; empty while the server still holds rows back."""
    has_more: bool
    """True when the server has more rows than were asked for; the session holds them until the next statement."""
    duration_s: float
    notices: tuple[Notice, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class Done:
    """The statement finished without rows."""

    tag: str
    """Command tag, for example "UPDATE 1"."""
    duration_s: float
    notices: tuple[Notice, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class Refused:
    """The server refused the statement."""

    error: ServerError
    duration_s: float
    notices: tuple[Notice, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class Lost:
    """The connection ended while the statement was on its way, or was gone before it was sent."""

    reason: str
    state_before: TransactionState
    """What the server last said. What became of the data: `core.answers.fate`."""
    was_sent: bool
    """False: the statement was not run. True: it may or may not have completed."""
    duration_s: float
    error: ServerError | None = None
    """The server's last word, if it sent one."""


Outcome = Rows | Done | Refused | Lost
