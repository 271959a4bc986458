r"""Rows of a file into a table, cut into transactions: on one session or over both endpoints beside one another.

A batch is one COPY in autocommit. Its fate is one of three, and each is handled differently:

    in            recorded, never sent again
    not in        a conflict: sent again after a while; a row that cannot be: set aside, what stands around it is loaded
    not known     the answer was lost: its keys are looked for before anything else is done with it
"""

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum

from dsqltui.core.answers.fate import Fate, fate_of
from dsqltui.core.bulk.ledger import LoadLedger
from dsqltui.core.language import N_, _
from dsqltui.core.results.errors import ServerError, conflict_of
from dsqltui.core.results.outcome import Done, Lost, Notice, Outcome, Refused
from dsqltui.core.results.transaction_state import TransactionState
from dsqltui.core.sessions.session import ConnectFailed, Session
from dsqltui.core.transactions.retry import Backoff
from dsqltui.runner.bulk.lanes import Lane, pause
from dsqltui.runner.bulk.rejected_rows import RejectedRows
from dsqltui.runner.bulk.row_batches import BatchReader, RowBatch

_MOST_NOTICES = 20
IDLE = TransactionState.IDLE
_LINE = re.compile(r"^COPY .*?, line (?P<line>\d+)")
_DATA_CLASSES = ("22", "23")
"""Classes of SQLSTATE that concern a row's values: data exceptions and violated constraints."""
_ROW_LIMITS = ("row size", "key size", "column size", "datatype limit")
"""Words of the 54000 errors that concern one row; the others concern the whole transaction."""


IN_DOUBT = N_("An earlier run ended while rows were on their way, and whether they are in cannot be found out")


class Presence(Enum):
    """Whether rows that may have been committed are in the table."""

    IN = "in"
    NOT_IN = "out"
    UNKNOWN = "unknown"


Record = Callable[[Mapping[str, object]], None]


class LookUp:
    """Finds out whether a batch is in. This one never can: there is no key to look by."""

    reason = N_("the table has no primary key among the columns of the file")

    async def presence(self, session: Session, batch: RowBatch) -> Presence:  # noqa: ARG002
        """By the keys of the batch."""
        return Presence.UNKNOWN


@dataclass(slots=True)
class LoadTally:
    """What came of it."""

    rows_in: int = 0
    bytes_in: int = 0
    """Of this run."""
    rejected: int = 0
    retries: int = 0
    reconnects: int = 0
    looked_up: int = 0
    """Batches whose answer was lost and whose fate was found out by their keys."""
    failure: Refused | Lost | None = None
    """What ended it early."""
    failed_batch: RowBatch | None = None
    unknown: list[RowBatch] = field(default_factory=list)
    """Batches that may or may not be in."""
    trouble: str = ""
    """A sentence on why it ended early, where no answer of the server says it."""
    notices: tuple[Notice, ...] = ()


class Loader:
    """One load. `run` does all of it; `stop` lets the batches under way end and takes no more."""

    def __init__(
        self,
        sql: str,
        reader: BatchReader,
        lanes: Sequence[Lane],
        *,
        backoff: Backoff,
        rejects: RejectedRows | None,
        record: Record,
        ledger: LoadLedger,
        look_up: LookUp,
    ) -> None:
        """`ledger` is what earlier runs did; `record` writes a record of this one before it goes on."""
        self.tally = LoadTally(rows_in=ledger.rows_in, rejected=ledger.rejected)
        self.stopping = asyncio.Event()
        self._sql, self._reader, self._lanes = sql, reader, lanes
        self._backoff, self._rejects, self._record = backoff, rejects, record
        self._ledger, self.look_up = ledger, look_up
        self.bytes_done_before = ledger.bytes_done
        """By earlier runs."""
        self._file = asyncio.Lock()
        self._doubts = [*ledger.uncertain.values()]
        """Pieces of an earlier run that may or may not be in: looked for first."""
        self._again: list[RowBatch] = []

    @property
    def is_ended(self) -> bool:
        """Whether no further batch is to be taken."""
        return self.stopping.is_set() or self.tally.failure is not None or bool(self.tally.trouble)

    def stop(self) -> None:
        """See the class. May be called at any time, on any thread's loop that runs it."""
        self.stopping.set()

    async def run(self) -> None:
        """All of it. Raises FileUnusable."""
        tasks = {asyncio.ensure_future(self._work(lane)) for lane in self._lanes}
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)
        finally:  # cancelled, or one has failed: whole batches stay, and what was sent is answered first
            self.stop()
            await asyncio.wait(tasks)
        for task in tasks:
            task.result()

    async def _work(self, lane: Lane) -> None:
        while not self.is_ended and (batch := await self._next(lane)) is not None:
            parts = [batch]
            while parts and not self.is_ended:
                part = parts.pop(0)
                refusal = await self._sent(lane, part)
                if refusal is not None:
                    parts[:0] = await self._around(part, refusal)

    async def _next(self, lane: Lane) -> RowBatch | None:
        async with self._file:
            if self._doubts:
                batch = await asyncio.to_thread(self._reader.again, self._doubts.pop(0))
                presence = await self._presence(lane, batch)
                if presence is Presence.UNKNOWN:
                    self.tally.unknown.append(batch)
                    self.tally.trouble = _(IN_DOUBT)
                    return None
                await self._note(presence.value, batch)
                if presence is Presence.NOT_IN:
                    return batch
            else:
                return await asyncio.to_thread(self._reader.next)
        return await self._next(lane)

    # -- one batch -----------------------------------------------------------------------------------------------------

    async def _sent(self, lane: Lane, batch: RowBatch) -> Refused | None:
        """Send it until its fate is known. Returns a refusal that another attempt would meet again."""
        was_in_doubt = False
        for attempt in range(1, max(1, self._backoff.attempts) + 1):
            await pause(self._backoff.wait_s(attempt), self.stopping)
            if attempt > 1 and self.stopping.is_set():
                return None
            self.tally.retries += attempt > 1
            before = lane.session.state
            await self._note("sent", batch)
            outcome = await lane.session.copy_in(self._sql, self._pieces(batch))
            fate = fate_of(self._sql, outcome, before if before.is_open else IDLE, lane.session.state)
            if isinstance(outcome, Done):
                self.tally.notices = (*self.tally.notices, *outcome.notices)[:_MOST_NOTICES]
                await self._note("in", batch, _count(outcome.tag))
                return None
            if was_in_doubt and isinstance(outcome, Refused) and outcome.error.sqlstate == "23505":
                fate = Fate.UNKNOWN  # its first sending may have come through after it was looked for
            if fate is Fate.UNKNOWN:
                was_in_doubt = True
                presence = await self._found_out(lane, batch, outcome)
                if presence is Presence.IN:
                    await self._note("in", batch)
                if presence is not Presence.NOT_IN:
                    return None
            elif isinstance(outcome, Lost) and not await self._reconnected(lane, batch, outcome):
                return None
            await self._note("out", batch)
            if isinstance(outcome, Refused) and fate is not Fate.UNKNOWN and conflict_of(outcome.error) is None:
                return outcome
            last = outcome
        self._fail(last, batch)
        return None

    async def _found_out(self, lane: Lane, batch: RowBatch, outcome: Outcome) -> Presence:
        """Whether a batch whose answer was lost is in."""
        if isinstance(outcome, Lost) and not await self._reconnected(lane, batch, outcome):
            self.tally.unknown.append(batch)
            return Presence.UNKNOWN
        presence = Presence.UNKNOWN if lane.is_own else await self._presence(lane, batch)
        if presence is Presence.UNKNOWN:
            self.tally.unknown.append(batch)
            self._fail(outcome, batch)
        return presence

    async def _presence(self, lane: Lane, batch: RowBatch) -> Presence:
        presence = await self.look_up.presence(lane.session, batch)
        self.tally.looked_up += presence is not Presence.UNKNOWN
        return presence

    async def _reconnected(self, lane: Lane, batch: RowBatch, outcome: Lost) -> bool:
        """Whether the lane has a session again."""
        if lane.is_own or self._backoff.attempts < 2:
            self._fail(outcome, batch)
            return False
        try:
            await lane.open_again(self._backoff, self.stopping)
        except ConnectFailed:
            self._fail(outcome, batch)
            return False
        self.tally.reconnects += 1
        return True

    def _fail(self, outcome: Outcome, batch: RowBatch) -> None:
        if self.tally.failure is None and isinstance(outcome, Refused | Lost):
            self.tally.failure, self.tally.failed_batch = outcome, batch

    async def _pieces(self, batch: RowBatch) -> AsyncIterator[bytes]:
        yield self._reader.header + batch.data if self._reader.header else batch.data

    # -- what the server refuses ---------------------------------------------------------------------------------------

    async def _around(self, batch: RowBatch, refusal: Refused) -> list[RowBatch]:
        """What of a refused batch is to be sent: smaller parts, or what stands around the row that cannot be."""
        if _is_too_much(refusal.error) and batch.piece.rows > 1:
            return batch.parts(batch.piece.rows // 2, batch.piece.rows)
        if self._rejects is None or not _is_about_values(refusal.error):
            self._fail(refusal, batch)
            return []
        at = self._row_of(batch, refusal.error)
        if at is None and batch.piece.rows > 1:
            return batch.parts(batch.piece.rows // 2, batch.piece.rows)
        parts = batch.parts(at or 0, 1, batch.piece.rows)
        row = parts.pop(1 if at else 0)
        async with self._file:
            await asyncio.to_thread(self._reject, row, refusal.error)
        return parts

    def _row_of(self, batch: RowBatch, error: ServerError) -> int | None:
        """Which row the server means, from 0; None when it does not say. It counts the lines that it was sent."""
        found = _LINE.match(error.context or "")
        if found is None:
            return None
        line = int(found["line"]) - self._reader.header.count(b"\n")
        last = 0
        for number, row in enumerate(batch.rows()):
            last += row.count(b"\n") + (not row.endswith(b"\n"))
            if line <= last:
                return number if line >= 1 else None
        return None

    def _reject(self, row: RowBatch, error: ServerError) -> None:
        if self._rejects is None:
            return
        self._rejects.add(row, error)
        rows_bytes, reasons_bytes = self._rejects.sizes
        piece = row.piece.as_list()
        self._hear({"is": "rejected", "piece": piece, "rejects_bytes": rows_bytes, "reasons_bytes": reasons_bytes})
        self.tally.rejected += 1

    # -- the journal ---------------------------------------------------------------------------------------------------

    async def _note(self, what: str, batch: RowBatch, rows: int | None = None) -> None:
        record: dict[str, object] = {"is": what, "piece": batch.piece.as_list()}
        if what == "in":
            record["rows"] = batch.piece.rows if rows is None else rows
        await asyncio.to_thread(self._hear, record)
        if what == "in":
            self.tally.rows_in = self._ledger.rows_in
            self.tally.bytes_in += batch.piece.end - batch.piece.start

    def _hear(self, record: Mapping[str, object]) -> None:
        self._record(record)
        self._ledger.hear(record)


def _is_about_values(error: ServerError) -> bool:
    is_of_a_row = error.sqlstate == "54000" and any(words in error.message for words in _ROW_LIMITS)
    return error.sqlstate[:2] in _DATA_CLASSES or is_of_a_row


def _is_too_much(error: ServerError) -> bool:
    """Whether a smaller transaction would pass."""
    return error.sqlstate == "54000" and not _is_about_values(error)


def _count(tag: str) -> int | None:
    last = tag.rpartition(" ")[2]
    return int(last) if last.isdecimal() else None
