"""Fixtures: a plain PostgreSQL 16 for the tests of client and runner, one for all of a process."""

from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio

from dsqltui.client.engine import Engine
from dsqltui.sim.postgres.postgres import Postgres
from support.servers.plain_postgres import SECRET, Plain, trust_everybody


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def plain_server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Postgres]:
    async with Postgres(tmp_path_factory.mktemp("plain"), secret=SECRET) as server:
        await trust_everybody(server)
        yield server


@pytest.fixture
def engine() -> Iterator[Engine]:
    with Engine() as engine:
        yield engine


@pytest_asyncio.fixture
async def plain(engine: Engine, plain_server: Postgres) -> AsyncIterator[Plain]:
    plain = Plain(engine, plain_server.socket_dir)
    yield plain
    await plain.close()
