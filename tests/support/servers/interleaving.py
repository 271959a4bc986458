"""Cases explored on the tests' simulator."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from dsqltui.client.engine import Engine
from dsqltui.client.pg_session import PgSession
from dsqltui.client.tokens import BotoTokens
from dsqltui.core.aws.endpoint import Endpoint
from dsqltui.core.interleaving.cures import TriedCure
from dsqltui.core.interleaving.findings import Findings
from dsqltui.core.interleaving.spec import InterleavingSpec
from dsqltui.runner.interleaving.curing import try_cures
from dsqltui.runner.interleaving.exploring import ExploreOptions, Explorer
from support.servers.simulator import RunningSimulator

DEFAULT = ExploreOptions(has_own_schema=True)


class Exploring:
    """Explores cases; each in sessions and a schema of its own."""

    def __init__(
        self, engine: Engine, simulator: RunningSimulator, special: Mapping[int, type[PgSession]] | None = None
    ) -> None:
        """`special` are classes of sessions, by number."""
        self._special = special or {}
        self._engine = engine
        credentials = simulator.ready["credentials"]
        self._tokens = BotoTokens(
            access_key_id=credentials["access_key_id"], secret_access_key=credentials["secret_access_key"]
        )
        self._endpoints = [
            Endpoint(one.host, one.region, one.port, one.hostaddr, simulator.ready["ca_file"])
            for one in simulator.endpoints
        ]

    def session(self, number: int) -> PgSession:
        """The session of a number, on the endpoints in turn."""
        made = self._special.get(number, PgSession)
        return made(self._engine, self._endpoints[number % 2], "admin", self._tokens)

    async def explore(
        self,
        spec: InterleavingSpec,
        options: ExploreOptions = DEFAULT,
        *,
        on_progress: Callable[[Explorer, int, int], object] = lambda _explorer, _done, _total: None,
    ) -> Findings:
        """What is found."""
        return (await self.with_cures(spec, options, on_progress=on_progress, finds_cures=False))[0]

    async def with_cures(
        self,
        spec: InterleavingSpec,
        options: ExploreOptions = DEFAULT,
        *,
        on_progress: Callable[[Explorer, int, int], object] = lambda _explorer, _done, _total: None,
        finds_cures: bool = True,
    ) -> tuple[Findings, tuple[TriedCure, ...]]:
        """What is found, and the ways out."""
        explorer = Explorer(self.session, spec, replace(options))
        try:
            await explorer.prepare()
            findings = await explorer.explore(lambda done, total: on_progress(explorer, done, total))
            cures = await try_cures(explorer, findings, lambda _done, _total: None) if finds_cures else ()
            await explorer.restore()
        finally:
            await explorer.close()
        return findings, cures
