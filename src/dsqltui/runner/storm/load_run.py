"""One load: sessions that run scripts over and over until time or transactions are used up, counting what happens.

Two rules make the figures honest. With a rate, a run is timed from the moment it was due, not from when a session was
free for it. And a run whose COMMIT got no answer is neither counted as done nor sent again.
"""

import asyncio
import contextlib
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from dsqltui.core.language import _
from dsqltui.core.results.errors import ServerError, conflict_of
from dsqltui.core.sessions.session import ConnectFailed
from dsqltui.core.sql.classify import StatementKind
from dsqltui.core.storm.connection import LoadAnswer, LoadConnection, LoadConnectionLost
from dsqltui.core.storm.expression import ScriptState
from dsqltui.core.storm.functions import ExpressionFailed, ScriptValue, SessionRandom
from dsqltui.core.storm.plan import Schedule, ScriptChoice, StormPlan
from dsqltui.core.storm.row_keys import RowKey
from dsqltui.core.storm.script import AssignVariable, Jump, LoadScript, SendSql, Sleep
from dsqltui.core.storm.tally import EndpointTally, StormTally
from dsqltui.runner.storm.pool import ConnectionPool
from dsqltui.runner.storm.stepping import Stepping, outside

_GRACE_S = 10.0
"""How long statements on their way are waited for once the load is over."""
_HOPELESS = 20
"""Failures without a single commit after which a load ends."""
_COMMIT, _WRITE = StatementKind.COMMIT, StatementKind.WRITE


@dataclass(slots=True)
class _Attempt:
    """Where a transaction that loses begins again."""

    at: int = 0
    variables: dict[str, ScriptValue | str] | None = None
    random: Any = None
    """The random numbers' state, for scripts that draw within a transaction."""


class LoadRun:
    """A load on a pool whose connections are open."""

    def __init__(self, plan: StormPlan, pool: ConnectionPool, tally: StormTally, *, first_second: float = 0.0) -> None:
        """`first_second`: seconds that the tally has seen before."""
        self.plan = plan
        self.tally = tally
        self.trouble = ""
        """Why it ended before its time: a sentence; empty when it did not."""
        self._pool = pool
        self.first_second = first_second
        self._choice = ScriptChoice(plan.scripts)
        seed = plan.seed if plan.seed is not None else random.SystemRandom().getrandbits(48)
        self._seed = seed
        self._schedule = Schedule(plan.rate, random.Random(seed)) if plan.rate is not None else None
        self._left = plan.transactions
        self._end_s = plan.seconds if plan.seconds is not None else float("inf")
        self._over = asyncio.Event()
        self._going = asyncio.Event()
        self._going.set()
        self._started_s = time.monotonic()
        self._paused_s = 0.0
        self._paused_since: float | None = None

    # -- what a person may do meanwhile --------------------------------------------------------------------------------

    @property
    def elapsed_s(self) -> float:
        """Since the start, pauses left out; of this load alone."""
        now = self._paused_since if self._paused_since is not None else time.monotonic()
        return now - self._started_s - self._paused_s

    @property
    def is_over(self) -> bool:
        """Whether no run begins any more."""
        return self._over.is_set()

    @property
    def is_paused(self) -> bool:
        """Whether no run begins for now."""
        return self._paused_since is not None

    def pause(self) -> None:
        """Let no run begin; those under way go on to their end. The clock stands."""
        if self._paused_since is None:
            self._paused_since = time.monotonic()
            self._going.clear()

    def resume(self) -> None:
        """Go on."""
        if self._paused_since is not None:
            self._paused_s += time.monotonic() - self._paused_since
            self._paused_since = None
            self._going.set()

    def stop(self, trouble: str = "") -> None:
        """Let no run begin any more, and end."""
        self.trouble = self.trouble or trouble
        self.resume()
        self._over.set()

    # -- the load ------------------------------------------------------------------------------------------------------

    async def run(self) -> float:
        """Run it to its end; its seconds. Cancelling stops it and waits for what is under way, then goes on."""
        self._started_s = time.monotonic()
        steppings = [Stepping(self._session(number)) for number in range(len(self._pool.endpoints))]
        sessions = [stepping.done for stepping in steppings]
        ending = asyncio.ensure_future(self._end_in_time())
        try:
            await asyncio.wait(sessions, return_when=asyncio.FIRST_EXCEPTION)
            elapsed = self.elapsed_s
        finally:
            self.stop()
            elapsed = self.elapsed_s
            await self._wind_up(steppings)
            ending.cancel()
            await asyncio.gather(ending, return_exceptions=True)
            for endpoint in self.tally.endpoints:
                endpoint.close()
        for session in sessions:
            session.result()  # a bug in a session is a bug of the storm
        if self._schedule is not None:
            self.tally.not_begun += self._schedule.left_before(min(self._end_s, elapsed))
        return elapsed

    async def _end_in_time(self) -> None:
        over = asyncio.ensure_future(self._over.wait())
        try:
            while not self.is_over:
                left = self._end_s - self.elapsed_s
                if left <= 0 and not self.is_paused:
                    self.stop()
                await asyncio.wait({over}, timeout=min(max(left, 0.05), 3600.0))
            await asyncio.sleep(_GRACE_S)
            self._pool.drop_all()
        finally:
            over.cancel()

    async def _wind_up(self, sessions: Sequence[Stepping]) -> None:
        """Wait for what is under way; what does not end is cut off."""
        left = [session.done for session in sessions if not session.done.done()]
        if left:
            _unused, late = await asyncio.wait(left, timeout=_GRACE_S)
            self._pool.drop_all() if late else None
            for session in sessions:
                session.drop()

    async def _session(self, number: int) -> None:
        """What one session does from the start to the end."""
        rng = SessionRandom(self._seed * 1_000_003 + number)
        rng.default_seed = self._seed
        state = ScriptState(rng)
        tally = self.tally.endpoints[self._pool.endpoints[number]]
        state.variables = {"default_seed": self._seed, "random_seed": self._seed, "scale": 1}
        state.variables |= {name: int(text) if text.isdecimal() else text for name, text in self.plan.variables}
        state.variables["client_id"] = number
        while (due := await self._start()) is not None:
            try:
                connection = self._pool.opened(number)
                if connection is None:
                    connection = await outside(self._pool.connection(number))
            except ConnectFailed as failure:
                self.tally.lost(tally, str(failure), is_unknown=False)
                self.give_up_when_hopeless()
                await outside(self.pause_s(1.0))
                continue
            script = self._choice.draw(rng)
            try:
                await _Run(self, connection, tally, state, script, due).to_its_end()
            except LoadConnectionLost:
                self._pool.forget(number)
                self.give_up_when_hopeless()

    async def _start(self) -> float | None:
        """Wait for the next run's turn: when it was due, by the load's clock; None: no more."""
        if not self._going.is_set():
            await outside(self._going.wait())
        if self.is_over or (self._left is not None and self._left <= 0):
            return None
        if self._left is not None:
            self._left -= 1
        if self._schedule is None:
            return self.elapsed_s
        due = self._schedule.take()
        if due >= self._end_s:
            return None
        while (wait := due - self.elapsed_s) > 0:
            await outside(self.pause_s(wait))
            if not self._going.is_set():
                await outside(self._going.wait())
            if self._over.is_set():
                return None
        self.tally.late_s.add(max(0.0, self.elapsed_s - due))
        return due

    async def pause_s(self, seconds: float) -> None:
        """Sleep, but not beyond the end."""
        if seconds < 0.2:
            await asyncio.sleep(max(0.0, seconds))
            return
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._over.wait(), seconds)

    def give_up_when_hopeless(self) -> None:
        """End it when many runs failed and none went well."""
        if not self.tally.commits and self.tally.failed >= max(_HOPELESS, len(self._pool.endpoints)):
            what, message = next(iter(self.tally.messages.items()), ("", ""))
            cure = _(" Its tables are made by: dsqltui storm --init") if 'relation "pgbench_' in message else ""
            self.stop(
                _("It was stopped: no transaction ends well ({what}: {message}).{cure}").format(
                    what=what, message=message, cure=cure
                )
            )


class _Run:
    """One way through a script, with its retries."""

    __slots__ = ("attempt", "begin", "connection", "load", "rows", "script", "sent_commit", "since", "state", "tally")

    def __init__(
        self,
        load: LoadRun,
        connection: LoadConnection,
        tally: EndpointTally,
        state: ScriptState,
        script: LoadScript,
        due: float,
    ) -> None:
        self.load, self.connection, self.tally, self.state = load, connection, tally, state
        self.script = script
        self.since = time.perf_counter() - (load.elapsed_s - due)
        self.attempt = 1
        self.begin = _Attempt()
        self.rows: list[RowKey] = []
        self.sent_commit = False

    async def to_its_end(self) -> None:
        """Raises LoadConnectionLost, which is counted already."""
        self.tally.began()
        try:
            await self._all()
        except ExpressionFailed as problem:
            self.load.stop(_("It was stopped: {problem}.").format(problem=problem))
            await self._roll_back()
        except LoadConnectionLost as loss:
            self.load.tally.lost(self.tally, str(loss), is_unknown=self.sent_commit)
            raise

    async def _all(self) -> None:
        commands, load, connection = self.script.commands, self.load, self.connection
        at = 0
        while at < len(commands):
            command = commands[at]
            at += 1
            if isinstance(command, SendSql):
                error = await self._send(command, at - 1)
                if error is not None:
                    if not await self._tries_again(error):
                        return
                    at = self.begin.at
            else:
                at = await self._local(command, at)
        if connection.is_in_transaction:
            await self._roll_back()
            load.tally.refused(
                self.tally, "open", _("{name} ends within a transaction; add COMMIT").format(name=self.script.name)
            )
            load.give_up_when_hopeless()
            return
        self.tally.committed(self._second(), self.attempt, time.perf_counter() - self.since)

    async def _send(self, command: SendSql, at: int) -> ServerError | None:
        """Send a statement; the server's refusal."""
        variables, connection = self.state.variables, self.connection
        was_open = connection.is_in_transaction
        if not was_open:
            self._begin_at(at)
        written = command.written
        wants_rows = command.gset is not None or (written is not None and not written.keys and bool(written.from_rows))
        is_last = command.kind is _COMMIT or (command.kind is _WRITE and not was_open)
        self.sent_commit = is_last
        clock = time.perf_counter()
        answer = await connection.ask(command.template.filled(variables).encode(), wants_rows=wants_rows)
        self.sent_commit = False
        if written is not None:
            self.rows += (
                written.of_result(answer.columns, answer.rows)
                if wants_rows and not written.keys
                else written.of_run(variables)
            )
        if answer.error is not None:
            return answer.error
        if is_last:
            self.tally.commit_took(self._second(), time.perf_counter() - clock)
        if command.gset is not None:
            self._take_row(command, answer)
        return None

    def _begin_at(self, at: int) -> None:
        """A transaction begins with this command: here a retry goes back to."""
        self.rows = []
        if self.load.plan.backoff.attempts > 1:
            draws = self.script.draws_in_transactions
            self.begin = _Attempt(at, dict(self.state.variables), self.state.random.getstate() if draws else None)

    async def _tries_again(self, error: ServerError) -> bool:
        """Count a refusal. Whether to go on from where the transaction began."""
        load = self.load
        conflict = conflict_of(error)
        if conflict is None:
            load.tally.refused(self.tally, error.sqlstate, error.message)
            load.give_up_when_hopeless()
            await self._roll_back()
            return False
        load.tally.lost_conflict(self.tally, self._second(), conflict, self.attempt, self.rows)
        await self._roll_back()
        backoff = load.plan.backoff
        if self.attempt >= backoff.attempts:
            self.tally.given_up += 1
            return False
        self.attempt += 1
        wait_s = backoff.wait_s(self.attempt, self.state.random.random)
        await outside(load.pause_s(wait_s))
        if load.is_over:
            load.tally.unfinished += 1
            return False
        self.tally.retried()
        if self.begin.variables is not None:
            self.state.variables = dict(self.begin.variables)
        if self.begin.random is not None:
            self.state.random.setstate(self.begin.random)
        return True

    async def _local(self, command: AssignVariable | Sleep | Jump, at: int) -> int:
        """A command that is not sent; where to go on."""
        try:
            match command:
                case AssignVariable():
                    self.state.variables[command.name] = command.compute(self.state)
                case Sleep():
                    amount = command.amount.filled(self.state.variables)
                    if not amount.strip().isdecimal():
                        raise ExpressionFailed(
                            _("\\sleep wants a whole number, not {amount!r}").format(amount=amount[:40])
                        )
                    await outside(self.load.pause_s(int(amount) * command.unit_s))
                case Jump(condition=condition):
                    if condition is None or not condition(self.state):
                        return command.target
        except ExpressionFailed as problem:
            raise ExpressionFailed(
                _("{name}, line {line}: {problem}").format(name=self.script.name, line=command.line, problem=problem)
            ) from None
        return at

    def _take_row(self, command: SendSql, answer: LoadAnswer) -> None:
        if len(answer.rows) != 1:
            raise ExpressionFailed(
                _("{name}, line {line}: \\gset wants one row, not {count}").format(
                    name=self.script.name, line=command.line, count=len(answer.rows)
                )
            )
        for name, value in zip(answer.columns, answer.rows[0], strict=True):
            self.state.variables[f"{command.gset}{name}"] = value

    async def _roll_back(self) -> None:
        if self.connection.is_in_transaction:
            await self.connection.ask(b"ROLLBACK")

    def _second(self) -> int:
        return int(self.load.first_second + self.load.elapsed_s)
