"""A storm from the first connection to its report: one design, or two in turn (A B A B) on the same connections."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from dsqltui.core.language import N_, _
from dsqltui.core.results.errors import conflict_of
from dsqltui.core.results.outcome import Row
from dsqltui.core.sessions.session import ConnectFailed
from dsqltui.core.storm.connection import LoadConnection, LoadConnectionLost, OpenLoadConnection
from dsqltui.core.storm.plan import CONNECTS_PER_S, NO_RETRY, StormPlan
from dsqltui.core.storm.report import StormReport
from dsqltui.core.storm.row_keys import PrimaryKeyOf, no_primary_keys, primary_keys_in
from dsqltui.core.storm.script import LoadScript, read_load_script
from dsqltui.core.storm.tally import StormTally
from dsqltui.core.transactions.retry import Backoff
from dsqltui.resources import catalog_query
from dsqltui.runner.storm.load_run import LoadRun
from dsqltui.runner.storm.pool import ConnectionPool
from dsqltui.runner.storm.stepping import in_a_task

_SIMULATOR_CONNECTS_PER_S = 1_000.0
INTERRUPTED = N_("It was interrupted; the figures are those up to then.")


@dataclass(frozen=True, slots=True)
class ScriptSource:
    """A script's text, not yet read."""

    name: str
    text: str
    weight: int = 1


@dataclass(frozen=True, slots=True)
class StormRequest:
    """What is to be done."""

    designs: tuple[tuple[ScriptSource, ...], ...]
    """One set of scripts, or two."""
    endpoints: tuple[str, ...]
    """What the endpoints are called."""
    sessions: int = 16
    seconds: float | None = 10.0
    """Of each round."""
    transactions: int | None = None
    """Of each round."""
    rounds: int = 2
    """How often each of two designs has its turn."""
    rate: float | None = None
    backoff: Backoff = NO_RETRY
    seed: int | None = None
    variables: tuple[tuple[str, str], ...] = ()
    is_simulator: bool = False

    def plan(self, design: int, primary_key: PrimaryKeyOf = no_primary_keys) -> StormPlan:
        """What one design's rounds do. Raises LoadScriptUnusable."""
        return StormPlan(
            scripts=self._read(design, primary_key),
            sessions=self.sessions,
            seconds=self.seconds,
            transactions=self.transactions,
            rate=self.rate,
            backoff=self.backoff,
            seed=self.seed,
            variables=self.variables,
        )

    def _read(self, design: int, primary_key: PrimaryKeyOf) -> tuple[LoadScript, ...]:
        return tuple(
            read_load_script(source.text, source.name, weight=source.weight, primary_key=primary_key)
            for source in self.designs[design]
        )


class Storm:
    """Runs a request. `prepare`, `run`, `close`; the rest may be asked at any time on the same loop."""

    def __init__(self, request: StormRequest, open_connection: OpenLoadConnection) -> None:
        """Raises LoadScriptUnusable: nothing was connected then."""
        self.request = request
        self._plans = [request.plan(number) for number in range(len(request.designs))]
        self._tallies = [StormTally(request.endpoints) for _unused in self._plans]
        self._elapsed_s = [0.0 for _unused in self._plans]
        self._pool = ConnectionPool(
            open_connection,
            sessions=request.sessions,
            endpoints=len(request.endpoints),
            connects_per_s=_SIMULATOR_CONNECTS_PER_S if request.is_simulator else CONNECTS_PER_S,
        )
        self._load: LoadRun | None = None
        self._design = 0
        self._ended_early = ""

    @property
    def open_connections(self) -> int:
        """How many sessions are connected."""
        return self._pool.open_count

    @property
    def design(self) -> int:
        """The number of the design that is having its turn."""
        return self._design

    @property
    def is_paused(self) -> bool:
        """Whether no transaction begins for now."""
        return self._load is not None and self._load.is_paused

    @property
    def seconds_left(self) -> float | None:
        """Of all rounds; None when it ends by transactions."""
        if self.request.seconds is None:
            return None
        rounds = self.request.rounds if len(self._plans) > 1 else 1
        return max(0.0, self.request.seconds * rounds * len(self._plans) - sum(self._times()))

    async def prepare(self) -> None:
        """Connect, and learn the primary keys. Raises ConnectFailed."""
        await self._pool.open_all()
        try:
            keys = await _primary_keys(await self._pool.connection(0))
        except LoadConnectionLost as loss:
            raise ConnectFailed(_("The connection was lost before the load began: {loss}.").format(loss=loss)) from None
        self._plans = [self.request.plan(number, keys) for number in range(len(self._plans))]

    async def run(self) -> tuple[StormReport, ...]:
        """All rounds; the reports."""
        rounds = self.request.rounds if len(self._plans) > 1 else 1
        for _unused in range(rounds):
            for number, plan in enumerate(self._plans):
                if self._ended_early:
                    break
                self._design = number
                self._load = LoadRun(
                    plan, self._pool, self._tallies[number], first_second=round(self._elapsed_s[number])
                )
                elapsed = await self._load.run()
                self._ended_early = self._ended_early or self._load.trouble
                self._load = None
                self._elapsed_s[number] += elapsed
        return self.reports()

    def reports(self) -> tuple[StormReport, ...]:
        """The figures as they are now, one for each design."""
        names = ("A", "B") if len(self._plans) > 1 else ("",)
        times = self._times()
        return tuple(
            StormReport(
                name,
                tuple(script.name for script in plan.scripts),
                self.request.sessions,
                elapsed,
                tally,
                is_simulator=self.request.is_simulator,
                ended_early=self._ended_early,
            )
            for name, plan, tally, elapsed in zip(names, self._plans, self._tallies, times, strict=True)
        )

    def pause(self) -> None:
        """Let no transaction begin until `resume`."""
        if self._load is not None:
            self._load.pause()

    def resume(self) -> None:
        """Go on."""
        if self._load is not None:
            self._load.resume()

    def stop(self, why: str = INTERRUPTED) -> None:
        """End it before its time: transactions under way are waited for."""
        self._ended_early = self._ended_early or why
        if self._load is not None:
            self._load.stop(why)

    async def close(self) -> None:
        """Close the connections."""
        await self._pool.close()

    def _times(self) -> list[float]:
        times = list(self._elapsed_s)
        if self._load is not None:
            times[self._design] += self._load.elapsed_s
        return times


async def _primary_keys(connection: LoadConnection) -> PrimaryKeyOf:
    """What the catalog says; nothing when it refuses. OC001 is met with another try."""
    query = await asyncio.to_thread(_query)
    rows: list[Row] = []
    for _unused in range(3):
        answer = await in_a_task(connection.ask(query, wants_rows=True))
        rows = list(answer.rows)
        if answer.error is None or conflict_of(answer.error) is None:
            break
    return primary_keys_in(rows)


@cache
def _query() -> bytes:
    return catalog_query("primary_keys").encode()


def names_of(sources: Sequence[ScriptSource]) -> str:
    """The scripts of a design, for people."""
    return ", ".join(source.name for source in sources)
