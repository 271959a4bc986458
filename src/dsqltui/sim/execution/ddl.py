"""The one DDL statement of a transaction.

PostgreSQL holds a DDL's locks until its transaction ends, and whoever touches the table waits. Aurora DSQL never waits.
So in an explicit transaction the statement is tried, for its answer, and undone at once; it is done at COMMIT. What the
client looks at in between sees it: then it is done again for as long as the client's message is worked on.
"""

from collections.abc import Awaitable, Callable

from dsqltui.sim.pg import wire
from dsqltui.sim.pg.backend import IN_TRANSACTION, Backend
from dsqltui.sim.pg.wire import PgError
from dsqltui.sim.rules import refusals

Work = Callable[[Backend], Awaitable[bytes]]
"""Does the statement in the open transaction; its rows and its CommandComplete for the client. Raises PgError."""

_SAVEPOINT = "dsqltui_ddl"
_PATIENCE_MS = 50
_LOCK_NOT_AVAILABLE = "55P03"
_NOT_OF_THE_TAG = frozenset("or replace unique if not exists async concurrently recursive temp temporary".split())
_TWO_WORDS = frozenset({"alter", "comment", "create", "drop", "security"})


class PendingDdl:
    """It belongs to one transaction. The owner holds the backend while it calls a method that waits."""

    def __init__(self, work: Work, words: tuple[str, ...]) -> None:
        self._work = work
        self._words = words
        self.answer = b""
        """What the client is told."""
        self._is_known_to_work = False
        self._is_shown = False

    @property
    def is_of_roles(self) -> bool:
        """Whether it changes roles, or who may connect as one."""
        return self._words[:2] == ("aws", "iam") or self._words[1:2] in (("role",), ("user",), ("group",))

    async def attempt(self, backend: Backend) -> None:
        """Try it and undo it. Raises PgError when it fails.

        When a lock is not to be had, because others use what it changes, it is taken to succeed: what it fails of is
        told at COMMIT.
        """
        try:
            self.answer = await self._do(backend)
            self._is_known_to_work = True
        except PgError as error:
            if error.sqlstate != _LOCK_NOT_AVAILABLE:
                raise
            self.answer = wire.command_complete(command_tag(self._words))
        await self._undo(backend)

    async def show(self, backend: Backend) -> None:
        """Do it for what the client looks at next. Raises PgError: OC001 when others have changed what it needs.

        When others use what it changes, the client sees it as it was: they are not disturbed before COMMIT.
        """
        if self._is_shown or backend.status != IN_TRANSACTION:
            return
        try:
            await self._do(backend)
            self._is_shown = True
        except PgError as error:
            if error.sqlstate != _LOCK_NOT_AVAILABLE:
                raise refusals.SCHEMA_CONFLICT.error() from error
            await self._undo(backend)

    async def put_aside(self, backend: Backend) -> None:
        """Undo what `show` did, when the client's message has been answered."""
        if self._is_shown and backend.status == IN_TRANSACTION:
            await self._undo(backend)
        self._is_shown = False

    async def apply(self, backend: Backend) -> None:
        """Do it for good. Raises PgError: OC001 when it worked before, so that only others can have changed that."""
        await self.put_aside(backend)
        try:
            answer = await self._work(backend)
        except PgError as error:
            if self._is_known_to_work:
                raise refusals.SCHEMA_CONFLICT.error() from error
            raise
        if not self.answer:
            self.answer = answer

    async def _do(self, backend: Backend) -> bytes:
        await backend.query(f"SAVEPOINT {_SAVEPOINT}; SET LOCAL lock_timeout = {_PATIENCE_MS}")
        return await self._work(backend)

    async def _undo(self, backend: Backend) -> None:
        await backend.query(f"ROLLBACK TO {_SAVEPOINT}; RELEASE {_SAVEPOINT}")


def command_tag(words: tuple[str, ...]) -> str:
    """The command tag of a DDL statement, from its words in lower case."""
    left = [word for word in words if word not in _NOT_OF_THE_TAG]
    return " ".join(left[: 2 if left[:1] and left[0] in _TWO_WORDS else 1]).upper()
