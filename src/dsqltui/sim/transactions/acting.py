"""What the simulator does in a client's session with other rights than the client's (`sql/sim/code/5-acting.sql`).

Nothing there runs with a superuser's rights: what concerns a relation runs as its owner. The functions ask for a word
that only the simulator knows; it travels as a parameter.
"""

import hashlib
import json
from collections.abc import Awaitable, Callable

from dsqltui.sim.pg.backend import Backend


class Acting:
    """For one session. The owner of the session holds the backend."""

    def __init__(self, backend: Backend, word: str, let_act: Callable[[str], Awaitable[None]]) -> None:
        """`word` is the cluster's; `let_act` makes the function of a role unless it is there."""
        self._backend = backend
        self._word = word
        self._let_act = let_act

    def word_for(self, subject: str) -> str:
        """What proves that the simulator asks."""
        return hashlib.sha256(f"{self._word}:{subject}:{self._backend.pid}".encode()).hexdigest()

    async def run(self, owner_oid: str, *commands: str, argument: str = "null") -> str | None:
        """Run commands as the role with that oid, inside the client's transaction; the value of the last query.

        `argument` is JSON, `$1` of the commands that have one. Raises PgError, after a Sync.
        """
        if not commands:
            return None
        await self._let_act(owner_oid)
        rows = await self._backend.ask(
            f"SELECT pg_dsqltui_act.as_{int(owner_oid)}($1, $2, $3)",
            self.word_for(owner_oid),
            json.dumps(commands),
            argument,
        )
        return rows[0][0]
