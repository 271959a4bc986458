"""The console under Textual's pilot on a real simulator: panes, observers, scripts, all real."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from textual.pilot import Pilot

from dsqltui.client.engine import Engine
from dsqltui.client.load_connection import PgLoadConnection
from dsqltui.client.pg_session import PgSession
from dsqltui.client.tokens import BotoTokens
from dsqltui.core.aws.endpoint import Endpoint
from dsqltui.core.storm.connection import LoadConnection
from dsqltui.runner.storm.background import BackgroundStorm
from dsqltui.runner.storm.host import StormHost
from dsqltui.ui.app import ConsoleApp
from dsqltui.ui.panes.pane_state import PaneSetup
from dsqltui.ui.screens.console import ConsoleScreen
from dsqltui.ui.state.services import Services
from support.screens.console import runner_of
from support.servers.simulator import RunningSimulator


def endpoints_of(simulator: RunningSimulator) -> tuple[Endpoint, Endpoint]:
    """For pane A and pane B."""
    ca_file = simulator.ready["ca_file"]
    first, second = (Endpoint(e.host, e.region, e.port, e.hostaddr, ca_file) for e in simulator.endpoints)
    return first, second


def tokens_of(simulator: RunningSimulator) -> BotoTokens:
    """Signed with the simulator's first credentials."""
    keys = simulator.ready["credentials"]
    return BotoTokens(access_key_id=keys["access_key_id"], secret_access_key=keys["secret_access_key"])


def _storms(engine: Engine, ends: Sequence[Endpoint], tokens: BotoTokens, *, is_simulator: bool) -> StormHost:
    async def opened(number: int) -> LoadConnection:
        return await PgLoadConnection.opened(ends[number], "admin", tokens)

    return StormHost(
        lambda request: BackgroundStorm(engine, request, opened),
        tuple(end.host for end in ends),
        ("A one", "B two"),
        "admin",
        is_simulator,
    )


@asynccontextmanager
async def real_app(
    simulator: RunningSimulator,
    size: tuple[int, int],
    *,
    observed: Sequence[Endpoint] = (),
    storms_ask: bool = False,
) -> AsyncIterator[tuple[ConsoleApp, Pilot[None]]]:
    """A console of that size. `storms_ask`: as on AWS. The observers look at `observed`, by default at the panes' endpoints."""
    ends = endpoints_of(simulator)
    looked_at = observed or ends
    tokens = tokens_of(simulator)
    with Engine() as engine:
        services = Services(
            lambda: [PgSession(engine, end, "admin", tokens) for end in ends],
            runner_of,
            open_observer=lambda letter: PgSession(engine, looked_at["AB".index(letter)], "admin", tokens),
            storms=_storms(engine, ends, tokens, is_simulator=not storms_ask),
        )
        setups = (PaneSetup("A", ends[0], "admin"), PaneSetup("B", ends[1], "admin"))
        app = ConsoleApp(lambda: ConsoleScreen(setups, services))
        async with app.run_test(size=size) as pilot:
            while not app.console_screen.is_complete:
                await pilot.pause()
            yield app, pilot
