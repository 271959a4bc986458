"""A client that opens a connection and then does nothing does not keep it."""

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from dsqltui.sim.cluster.settings import SimSettings
from dsqltui.sim.server import Ready, Simulator
from support.servers.raw_client import RawClient, startup


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Fresh data to copy."""
    return tmp_path_factory.mktemp("template")


@pytest.fixture
async def ready(tmp_path: Path, template: Path) -> AsyncIterator[Ready]:
    simulator = Simulator(tmp_path / "sim", settings=SimSettings(login_timeout_s=0.2), template=template)
    yield await simulator.start(os.getpid())
    await simulator.stop()


def opens_tls(client: RawClient) -> None:
    client.ask_for_tls()
    client.start_tls()


def begins_to_start(client: RawClient) -> None:
    opens_tls(client)
    client.send(startup(user="admin")[:10])


def keeps_its_token(client: RawClient) -> None:
    opens_tls(client)
    client.send(startup(user="admin", database="postgres"))
    assert client.receive()[0] == "R"


@pytest.mark.parametrize("stops_after", [opens_tls, begins_to_start, keeps_its_token])
async def test_it_is_cut_off_without_a_word(ready: Ready, stops_after: Callable[[RawClient], None]) -> None:
    endpoint = ready.endpoints[0]
    parameters = {
        "host": endpoint.host,
        "hostaddr": endpoint.hostaddr,
        "port": endpoint.port,
        "sslrootcert": ready.ca_file,
    }

    def waits() -> list[tuple[str, bytes]]:
        with RawClient(parameters) as client:
            stops_after(client)
            return client.until_closed()

    assert await asyncio.to_thread(waits) == []
