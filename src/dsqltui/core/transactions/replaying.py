"""A whole transaction run again, attempt by attempt, until it is committed or something else than a conflict happens.

No clock and no loop in here: waiting is the caller's, and it hears of every statement as it ends.

    Attempt      a new attempt begins
    Ran          a statement ended
    Ended        why it stopped; always the last
"""

import random
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from enum import Enum

from dsqltui.core.results.outcome import Done, Lost, Outcome, Refused
from dsqltui.core.results.transaction_state import TransactionState
from dsqltui.core.scripts.statement import Statement, StatementKind
from dsqltui.core.sessions.session import Session
from dsqltui.core.transactions.replay import Replay, ReplayStep, difference, is_conflict
from dsqltui.core.transactions.retry import Backoff


@dataclass(frozen=True, slots=True)
class AttemptBegun:
    """A new attempt begins, after a wait."""

    number: int
    of: int
    wait_s: float


@dataclass(frozen=True, slots=True)
class ReplayedStatement:
    """A statement ended."""

    statement: Statement
    outcome: Outcome
    before: TransactionState
    index: int
    """1-based; 0 for a ROLLBACK that only cleared the way."""
    total: int


class End(Enum):
    """Why a replay stopped."""

    COMMITTED = "committed"
    OPEN = "as far as before"
    """All statements ran; the transaction, which had not come to its COMMIT, is open again."""
    DIFFERENT = "other values"
    """Something a person had seen came out otherwise; the transaction is open, the person is to decide."""
    REFUSED = "another error"
    LOST = "connection lost"
    GAVE_UP = "too many attempts"
    STOPPED = "stopped by the person"
    BUSY = "another transaction"
    """The session was in a transaction of its own; nothing was sent."""


@dataclass(frozen=True, slots=True)
class Ended:
    """The end of a replay."""

    why: End
    attempts: int
    reason: str = ""
    """For DIFFERENT: what differs, a sentence with pieces of SQL."""
    rest: Replay | None = None
    """For DIFFERENT: what is left to run if the new values are all right."""


async def replayed(
    session: Session,
    replay: Replay,
    backoff: Backoff,
    *,
    limit: int,
    wait: Callable[[float], Awaitable[bool]],
    draw: Callable[[], float] = random.random,
) -> AsyncIterator[AttemptBegun | ReplayedStatement | Ended]:
    """Run the transaction until it is through.

    `wait` sleeps so many seconds (0 too) and tells whether to go on; it is also asked before each statement. `limit`
    is Session.run's. A failed transaction of the session is rolled back first; an open one is never touched, unless
    the replay goes on in it (`replay.next_step`).
    """
    goes_on = replay.next_step > 0
    if session.state is TransactionState.OPEN and not goes_on:
        yield Ended(End.BUSY, 0)
        return
    steps = list(replay.steps)
    for number in range(1, backoff.attempts + 1):
        wait_s = backoff.wait_s(number, draw)
        yield AttemptBegun(number, backoff.attempts, wait_s)
        if not await wait(wait_s):
            yield Ended(End.STOPPED, number - 1)
            return
        if session.state is TransactionState.FAILED:
            yield await _ran(session, Statement("ROLLBACK", 0, 8, StatementKind.ROLLBACK), limit, 0, len(steps))
        first = replay.next_step if goes_on else 0
        goes_on = False
        for index in range(first, len(steps)):
            step = steps[index]
            if index > first and not await wait(0):
                yield Ended(End.STOPPED, number)
                return
            ran = await _ran(session, step.statement, limit, index + 1, len(steps))
            yield ran
            if is_conflict(ran.outcome):
                break
            ended = _ended(step, ran.outcome, number)
            if ended is None and (reason := difference(step, ran.outcome)):
                steps[index] = step.having_seen(ran.outcome)
                ended = Ended(End.DIFFERENT, number, reason, Replay(tuple(steps), replay.transaction, index + 1))
            if ended is not None:
                yield ended
                return
        else:
            is_over = steps[-1].is_commit or not session.state.is_open
            yield Ended(End.COMMITTED if is_over else End.OPEN, number)
            return
    yield Ended(End.GAVE_UP, backoff.attempts)


async def _ran(session: Session, statement: Statement, limit: int, index: int, total: int) -> ReplayedStatement:
    before = session.state
    outcome = await session.run(statement.text, limit=limit, copy_data=statement.copy_data)
    return ReplayedStatement(statement, outcome, before, index, total)


def _ended(step: ReplayStep, outcome: Outcome, number: int) -> Ended | None:
    """The end that an outcome means by itself."""
    if isinstance(outcome, Lost):
        return Ended(End.LOST, number)
    if isinstance(outcome, Refused):
        return Ended(End.REFUSED, number)
    if step.is_commit and isinstance(outcome, Done) and outcome.tag != "COMMIT":
        return Ended(End.REFUSED, number)
    return None
