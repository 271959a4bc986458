r"""A DELETE or UPDATE in many transactions: keys read once, each transaction retried, every fate known or looked for.

    BEGIN; UPDATE ... of these keys RETURNING ...; [journal: what the rows were and are]; COMMIT

A killed program leaves at most one transaction a session in doubt. Without the journal's word on COMMIT it was never
sent; with it the rows are looked at: as before, or as after.
"""

import asyncio
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from dsqltui.core.answers.fate import Fate, fate_of
from dsqltui.core.bulk.batch_ledger import BatchLedger, Images, Part
from dsqltui.core.bulk.cutting import CutWork
from dsqltui.core.language import _
from dsqltui.core.results.errors import conflict_of
from dsqltui.core.results.outcome import Done, Lost, Outcome, Refused, Row, Rows
from dsqltui.core.results.transaction_state import TransactionState
from dsqltui.core.sessions.session import ConnectFailed, Page, Session
from dsqltui.core.transactions.commit_verdict import CommitVerdict, RowEvidence, row_print, verdict_of
from dsqltui.core.transactions.retry import Backoff
from dsqltui.runner.bulk.lanes import Lane, pause
from dsqltui.runner.bulk.table_key import TableColumn
from dsqltui.store.bulk_journal import BulkJournal

_MOST_ROWS = 3_001
"""Of one answer: a transaction changes at most 3,000."""
_TOO_MUCH = "54000"


class WorkFailed(Exception):
    """The keys could not be read."""

    def __init__(self, outcome: Refused | Lost) -> None:
        super().__init__()
        self.outcome = outcome


@dataclass(slots=True)
class BatchTally:
    """What came of this run, beside the ledger's counts."""

    retries: int = 0
    reconnects: int = 0
    looked_up: int = 0
    failure: Refused | Lost | None = None
    failed: Part | None = None
    unknown: int = 0
    """Keys of transactions of which nobody knows whether they were committed."""


class BatchWorker:
    """See the module. `read_keys` unless the ledger has them all, then `run`; `stop` leaves whole transactions."""

    def __init__(
        self,
        work: CutWork,
        key: Sequence[TableColumn],
        lanes: Sequence[Lane],
        journal: BulkJournal,
        ledger: BatchLedger,
        backoff: Backoff,
    ) -> None:
        self.tally = BatchTally()
        self.stopping = asyncio.Event()
        self.ledger = ledger
        self._work, self._lanes, self._journal, self._backoff = work, lanes, journal, backoff
        self._names = [column.name for column in key]
        self._types = [column.type_name for column in key]
        self._doubts = deque(sorted(ledger.doubts))
        self._left = deque[Part]()

    @property
    def is_ended(self) -> bool:
        """Whether no further transaction is to be begun."""
        return self.stopping.is_set() or self.tally.failure is not None

    def stop(self) -> None:
        """See the class."""
        self.stopping.set()

    async def read_keys(self, rows_of_a_batch: int) -> None:
        """All keys into the journal, in batches. Raises WorkFailed and OSError."""
        session = self._lanes[0].session
        answer: Outcome | Page = await session.run(self._work.keys_sql(self._names), limit=rows_of_a_batch)
        while True:
            if isinstance(answer, Refused | Lost):
                raise WorkFailed(answer)
            if not isinstance(answer, Rows | Page):
                break
            if answer.rows:
                await self._note({"is": "keys", "keys": [list(row) for row in answer.rows]})
            if not answer.has_more or self.stopping.is_set():
                break
            answer = await session.more(rows_of_a_batch)
        if not self.stopping.is_set():
            await self._note({"is": "all keys"})

    async def run(self) -> None:
        """All that is left. Raises OSError when the journal cannot be written."""
        self._left = deque(self.ledger.left())
        tasks = {asyncio.ensure_future(self._serve(lane)) for lane in self._lanes}
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)
        finally:
            self.stop()
            await asyncio.wait(tasks)
        for task in tasks:
            task.result()

    async def _serve(self, lane: Lane) -> None:
        while not self.is_ended:
            if self._doubts:
                part = self._doubts.popleft()
                images = self.ledger.doubts.get(part)
                if not await self._is_done(lane, part, await self._keys(part)):
                    await self._do(lane, part, [images] if images is not None else [])
            elif self._left:
                await self._do(lane, self._left.popleft(), [])
            else:
                return

    # -- one transaction -----------------------------------------------------------------------------------------------

    async def _do(self, lane: Lane, part: Part, earlier: list[Images]) -> None:
        """Try it until its fate is known. `earlier` are attempts whose COMMIT may still come through."""
        keys = await self._keys(part)
        outcome: Outcome = Done("", 0.0)
        for attempt in range(1, self._backoff.attempts + 1):
            await pause(self._backoff.wait_s(attempt), self.stopping)
            if attempt > 1 and self.stopping.is_set():
                return
            self.tally.retries += attempt > 1
            await self._note({"is": "sent", "part": part.as_list()})
            is_sure, outcome = await self._transaction(lane.session, part, keys, earlier)
            if is_sure and isinstance(outcome, Done):
                return
            if not is_sure:
                images = self.ledger.doubts.get(part)
                earlier = [*earlier, images] if images is not None else earlier
                if not await self._has_session(lane, outcome):
                    self._fail(outcome, part)
                    self.tally.unknown += part.size
                    return
                if await self._is_done(lane, part, keys, outcome) or self.tally.failure is not None:
                    return
                continue
            if not await self._has_session(lane, outcome):
                break
            await self._note({"is": "out", "part": part.as_list()})
            if isinstance(outcome, Refused) and outcome.error.sqlstate == _TOO_MUCH and part.size > 1:
                self._left.extendleft(reversed(part.halves()))  # a cascade, or wide rows: less at a time
                return
            if isinstance(outcome, Refused) and conflict_of(outcome.error) is None:
                break
        self._fail(outcome, part)

    async def _transaction(
        self, session: Session, part: Part, keys: list[Row], earlier: list[Images]
    ) -> tuple[bool, Outcome]:
        """Whether its fate is known, and the answer that decided.

        Earlier attempts are looked for within it: one that comes through later than this look makes this one's COMMIT
        fail with a conflict, so nothing is done twice.
        """
        began = await session.run("BEGIN", limit=1)
        if not isinstance(began, Done):
            return True, began
        values = [value for key in keys for value in key]
        before: Outcome = Done("", 0.0)
        if self._work.verb == "update" or earlier:
            before = await self._asked(session, values, len(keys), is_matching=True)
        for images in earlier:
            if isinstance(before, Rows) and self._verdict(before, images) is CommitVerdict.COMMITTED:
                await session.run("ROLLBACK", limit=1)
                await self._note({"is": "done", "part": part.as_list(), "rows": images.rows})
                self.tally.looked_up += 1
                return True, Done("COMMIT", 0.0)
        changed = before
        if isinstance(before, Rows | Done):
            sql = self._work.change_sql(self._names, self._types, len(keys))
            changed = await session.query(sql, values, limit=_MOST_ROWS, are_texts=False)
        if not isinstance(changed, Rows | Done):
            if isinstance(changed, Refused):
                await session.run("ROLLBACK", limit=1)
            return True, changed
        count = _count(changed.tag)
        await self._note(
            {
                "is": "commit",
                "part": part.as_list(),
                "rows": count,
                "before": self._prints(before),
                "after": self._prints(changed),
            }
        )
        ended = await session.run("COMMIT", limit=1)
        if isinstance(ended, Done) and ended.tag != "ROLLBACK":
            await self._note({"is": "done", "part": part.as_list(), "rows": count})
            return True, ended
        state_after = TransactionState.NONE if isinstance(ended, Lost) else TransactionState.IDLE
        is_sure = fate_of("COMMIT", ended, TransactionState.OPEN, state_after) is not Fate.UNKNOWN
        return is_sure, ended

    async def _asked(self, session: Session, values: list[str | None], count: int, *, is_matching: bool) -> Outcome:
        sql = self._work.look_sql(self._names, self._types, count, is_matching=is_matching)
        return await session.query(sql, values, limit=_MOST_ROWS, are_texts=False)

    def _prints(self, outcome: Outcome) -> list[str]:
        """Of each row: a print of its key and one of the columns that are set, in one text."""
        if not isinstance(outcome, Rows) or not self._work.columns:
            return []
        return [self._print(row) for row in outcome.rows]

    def _print(self, row: Row) -> str:
        width = len(self._names)
        return f"{row_print(row[:width])}:{row_print(row[width:])}"

    # -- doubts --------------------------------------------------------------------------------------------------------

    async def _is_done(self, lane: Lane, part: Part, keys: list[Row], outcome: Outcome | None = None) -> bool:
        """Whether a transaction without an answer was committed; a failure is noted when that cannot be told."""
        doubt = self.ledger.doubts.get(part)
        if doubt is None:  # COMMIT was never sent
            await self._note({"is": "out", "part": part.as_list()})
            return False
        found = await self._asked(
            lane.session, [v for key in keys for v in key], len(keys), is_matching=self._work.verb == "delete"
        )
        if not isinstance(found, Rows):
            self._fail(found, part)
            return True
        verdict = self._verdict(found, doubt)
        if verdict is CommitVerdict.UNKNOWN:
            self.tally.unknown += part.size
            self._fail(
                outcome or Lost(_("an earlier run was cut off at COMMIT"), TransactionState.OPEN, True, 0.0), part
            )
            return True
        self.tally.looked_up += 1
        if verdict is CommitVerdict.COMMITTED:
            await self._note({"is": "done", "part": part.as_list(), "rows": doubt.rows})
            return True
        await self._note({"is": "out", "part": part.as_list()})
        return False

    def _verdict(self, found: Rows, images: Images) -> CommitVerdict:
        if self._work.verb == "delete":  # doing it again removes nothing but what is to be removed
            return CommitVerdict.NOT_COMMITTED if found.rows else CommitVerdict.COMMITTED
        now = {text.partition(":")[0]: text for text in map(self._print, found.rows)}
        was, is_to_be = ({text.partition(":")[0]: text for text in texts} for texts in (images.before, images.after))
        evidence = [RowEvidence(now.get(key) == was.get(key), now.get(key) == text) for key, text in is_to_be.items()]
        verdict = verdict_of(evidence)
        is_without_effect = all(row.is_as_before and row.is_as_after for row in evidence)
        return CommitVerdict.COMMITTED if is_without_effect or not images.rows else verdict

    async def _has_session(self, lane: Lane, outcome: Outcome) -> bool:
        if not isinstance(outcome, Lost):
            return True
        try:
            await lane.open_again(self._backoff, self.stopping)
        except ConnectFailed:
            return False
        self.tally.reconnects += 1
        return True

    def _fail(self, outcome: Outcome, part: Part) -> None:
        if self.tally.failure is None and isinstance(outcome, Refused | Lost):
            self.tally.failure, self.tally.failed = outcome, part

    # -- the journal ---------------------------------------------------------------------------------------------------

    async def _keys(self, part: Part) -> list[Row]:
        record = await asyncio.to_thread(self._journal.read, self.ledger.places[part.batch])
        keys = record.get("keys")
        return [tuple(row) for row in keys[part.first : part.end]] if isinstance(keys, list) else []

    async def _note(self, record: dict[str, object]) -> None:
        place = await asyncio.to_thread(self._journal.add, record)
        self.ledger.hear(record, place)


def _count(tag: str) -> int:
    last = tag.rpartition(" ")[2]
    return int(last) if last.isdecimal() else 0
