"""What playing a lab needs of the world beside sessions. The composition root brings it; tests bring their own."""

from collections.abc import Sequence
from typing import Protocol

from dsqltui.core.sessions.session import Session


class SessionMaker(Protocol):
    """Makes the panes' sessions, unconnected."""

    def base(self, pane: str) -> Session:
        """With the credentials and the database role of the start. Raises ConnectFailed."""
        ...

    async def as_role(self, pane: str, user: str, iam_role: str, session: str) -> Session:
        """As database role `user` with a token of the assumed IAM role (its ARN). Raises ConnectFailed."""
        ...


class FaultPort(Protocol):
    """The simulator's faults."""

    async def change(self, changes: Sequence[str]) -> None:
        """`NAME=VALUE`, `NAME=default`. Raises FaultsRefused."""
        ...


class IamPort(Protocol):
    """The IAM roles that labs make."""

    @property
    def is_aws(self) -> bool:
        """Whether it is a real account, in which nothing is made without a question."""
        ...

    async def make(self, name: str, database_role: str) -> None:
        """Make the IAM role, and wait until it may do what it is for. Raises ConnectFailed."""
        ...

    async def remove(self, names: Sequence[str]) -> None:
        """Delete those of them that a lab made. Raises ConnectFailed."""
        ...


class FaultsRefused(Exception):
    """There is no such fault, or no simulator to have it. The message is one sentence."""
