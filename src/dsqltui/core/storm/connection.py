"""The connections that a load runs on: leaner than a console's session, a statement at a time and no more."""

from collections.abc import Awaitable, Callable, Sequence
from typing import NamedTuple, Protocol

from dsqltui.core.results.errors import ServerError
from dsqltui.core.results.outcome import Row
from dsqltui.core.storm.pending import Pending


class LoadConnectionLost(Exception):
    """The connection ended; the message is the reason, without a full stop. What was sent may have been done."""


class LoadAnswer(NamedTuple):
    """The server's answer to a statement."""

    error: ServerError | None
    columns: Sequence[str] = ()
    """Names; only when rows were wanted."""
    rows: Sequence[Row] = ()


class LoadConnection(Protocol):
    """One authenticated connection."""

    @property
    def is_in_transaction(self) -> bool:
        """Whether a transaction is open or failed, by the server's last word."""
        ...

    def ask(self, statement: bytes, *, wants_rows: bool = False) -> Pending[LoadAnswer]:
        """Send a statement at once; the answer is awaited. Raises, or awaiting does, LoadConnectionLost."""
        ...

    def close(self) -> None:
        """End it, also under a statement, which then raises LoadConnectionLost."""
        ...


OpenLoadConnection = Callable[[int], Awaitable[LoadConnection]]
"""Opens a connection to the endpoint of that number, from 0. Raises ConnectFailed."""
