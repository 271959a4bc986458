"""Sessions to a plain PostgreSQL 16: no TLS, no tokens, reached through its unix socket."""

import asyncio
import itertools
from collections.abc import Awaitable, Callable
from pathlib import Path

import psycopg

from dsqltui.client.engine import Engine
from dsqltui.client.pg_session import PgSession
from dsqltui.core.aws.endpoint import Endpoint
from dsqltui.core.results.outcome import Outcome, Rows
from dsqltui.sim.postgres.postgres import Postgres

DEADLINE_S = 60.0
ENDPOINT = Endpoint(host="plain.dsql.us-east-1.on.aws", region="us-east-1")


SECRET = "fake-token"
"""The password of the tests' server."""


async def trust_everybody(server: Postgres) -> None:
    """Let every role in by any password, as far as it may log in: what the client says of refusals is under test."""
    (server.directory / "data" / "pg_hba.conf").write_text("local all all trust\n")
    with psycopg.connect(
        host=str(server.socket_dir), user="postgres", dbname="postgres", password=SECRET, autocommit=True
    ) as connection:
        connection.execute("SELECT pg_reload_conf()")
        is_loaded = "SELECT 1 FROM pg_hba_file_rules WHERE auth_method = 'trust'"
        while not connection.execute(is_loaded).fetchone():  # noqa: ASYNC110 - the server tells nobody
            await asyncio.sleep(0)


class FakeTokens:
    """Counts how often it was asked."""

    def __init__(self, token: str = SECRET) -> None:
        self.asked: list[tuple[str, str]] = []
        self._token = token

    async def token(self, endpoint: Endpoint, user: str) -> str:
        self.asked.append((endpoint.host, user))
        return self._token


class Plain:
    """Opens sessions to the plain server, each with an application name of its own, and closes them all."""

    def __init__(self, engine: Engine, socket_dir: Path) -> None:
        self._engine = engine
        self._socket_dir = socket_dir
        self._numbers = itertools.count(1)
        self._sessions: list[PgSession] = []
        self._names: dict[int, str] = {}
        self.tokens = FakeTokens()

    async def open(self) -> PgSession:
        """A connected session of the superuser."""
        session = self.make()
        await session.connect()
        return session

    def make(self, user: str = "postgres") -> PgSession:
        """A session that is not connected yet."""
        name = f"test-{next(self._numbers)}"

        def parameters(endpoint: Endpoint, user: str, token: str) -> dict[str, str]:
            del endpoint
            return {
                "host": str(self._socket_dir),
                "user": user,
                "password": token,
                "dbname": "postgres",
                "application_name": name,
            }

        session = PgSession(self._engine, ENDPOINT, user, self.tokens, parameters=parameters)
        self._sessions.append(session)
        self._names[id(session)] = name
        return session

    def name_of(self, session: PgSession) -> str:
        """Its application name."""
        return self._names[id(session)]

    async def kill(self, watcher: PgSession, victim: PgSession) -> None:
        """End the victim's backend; returns when it is gone."""
        name = self.name_of(victim)
        await rows_of(
            watcher, f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = '{name}'"
        )
        await until(lambda: self._is_gone(watcher, name))

    async def is_active(self, watcher: PgSession, session: PgSession, condition: str = "state = 'active'") -> bool:
        """Whether the session's backend is in the state that `condition` on pg_stat_activity says."""
        name = self.name_of(session)
        found = await rows_of(
            watcher, f"SELECT 1 FROM pg_stat_activity WHERE application_name = '{name}' AND {condition}"
        )
        return bool(found)

    async def close(self) -> None:
        for session in self._sessions:
            await session.close()

    async def _is_gone(self, watcher: PgSession, name: str) -> bool:
        return not await rows_of(watcher, f"SELECT 1 FROM pg_stat_activity WHERE application_name = '{name}'")


async def rows_of(session: PgSession, statement: str) -> tuple[tuple[str | None, ...], ...]:
    """All rows of a statement that must succeed."""
    outcome: Outcome = await session.run(statement, limit=100_000)
    assert isinstance(outcome, Rows), outcome
    return outcome.rows


async def until(condition: Callable[[], Awaitable[bool]]) -> None:
    """Wait until the condition holds; fails after a generous deadline."""
    async with asyncio.timeout(DEADLINE_S):
        while not await condition():  # noqa: ASYNC110 - the condition is another process's
            await asyncio.sleep(0.01)
