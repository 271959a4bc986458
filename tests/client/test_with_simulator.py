"""The default way in, whole: boto3's tokens, verified TLS, two Regional endpoints; nothing replaced."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from dsqltui.client.engine import Engine
from dsqltui.client.pg_session import PgSession
from dsqltui.client.tokens import BotoTokens
from dsqltui.core.aws.endpoint import Endpoint
from dsqltui.core.results.errors import Conflict, conflict_of
from dsqltui.core.results.outcome import Done, Lost, Outcome, Refused, Rows
from dsqltui.core.results.transaction_state import TransactionState
from dsqltui.core.sessions.session import ConnectFailed
from support.servers.plain_postgres import DEADLINE_S, FakeTokens
from support.servers.simulator import RunningSimulator


def endpoint_of(simulator: RunningSimulator, number: int) -> Endpoint:
    endpoint = simulator.endpoints[number]
    return Endpoint(
        endpoint.host, endpoint.region, endpoint.port, hostaddr=endpoint.hostaddr, ca_file=simulator.ready["ca_file"]
    )


@pytest.fixture
def tokens(simulator: RunningSimulator) -> BotoTokens:
    credentials = simulator.ready["credentials"]
    return BotoTokens(access_key_id=credentials["access_key_id"], secret_access_key=credentials["secret_access_key"])


@pytest_asyncio.fixture
async def pair(engine: Engine, simulator: RunningSimulator, tokens: BotoTokens) -> AsyncIterator[list[PgSession]]:
    sessions = [PgSession(engine, endpoint_of(simulator, number), "admin", tokens) for number in (0, 1)]
    await asyncio.gather(*(session.connect() for session in sessions))
    yield sessions
    for session in sessions:
        await session.close()


async def run(session: PgSession, *statements: str) -> Outcome:
    """The outcome of the last statement; those before it must succeed."""
    outcome: Outcome = Done("", 0.0)
    for statement in statements:
        assert isinstance(outcome, Rows | Done), outcome
        outcome = await session.run(statement, limit=100)
    return outcome


async def test_the_second_commit_is_refused(pair: list[PgSession]) -> None:
    a, b = pair
    await run(a, "CREATE SCHEMA client_conflict", "CREATE TABLE client_conflict.t (id int PRIMARY KEY, n int)")
    await run(a, "INSERT INTO client_conflict.t VALUES (1, 0)")
    for session in pair:
        outcome = await run(session, "BEGIN", "UPDATE client_conflict.t SET n = n + 1 WHERE id = 1")
        assert isinstance(outcome, Done)
        assert (outcome.tag, session.state) == ("UPDATE 1", TransactionState.OPEN)
    assert isinstance(await run(a, "COMMIT"), Done)
    refused = await run(b, "COMMIT")
    assert isinstance(refused, Refused)
    assert conflict_of(refused.error) is Conflict.DATA
    assert (a.state, b.state) == (TransactionState.IDLE, TransactionState.IDLE)
    outcome = await run(b, "SELECT n FROM client_conflict.t")
    assert isinstance(outcome, Rows)
    assert outcome.rows == (("1",),)


async def test_dropping_the_connection_ends_a_statement_that_cannot_be_cancelled(pair: list[PgSession]) -> None:
    session = pair[0]
    task = asyncio.create_task(run(session, "SELECT pg_sleep(600)"))
    await asyncio.sleep(0)
    async with asyncio.timeout(DEADLINE_S):
        await session.close()
        assert isinstance(await task, Lost)
    await session.connect()
    assert isinstance(await run(session, "SELECT 1"), Rows)


async def test_a_bad_token_is_refused_with_the_servers_reason(engine: Engine, simulator: RunningSimulator) -> None:
    session = PgSession(engine, endpoint_of(simulator, 0), "admin", FakeTokens("not-a-token"))
    with pytest.raises(ConnectFailed, match="refused user admin") as caught:
        await session.connect()
    assert caught.value.error is not None
    assert "not-a-token" not in str(caught.value)


async def test_a_role_that_is_not_mapped_is_refused(
    engine: Engine, simulator: RunningSimulator, tokens: BotoTokens
) -> None:
    session = PgSession(engine, endpoint_of(simulator, 0), "client_nobody", tokens)
    with pytest.raises(ConnectFailed, match="not authorized"):
        await session.connect()
