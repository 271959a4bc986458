r"""`\batch` at a runner: what it refuses, its journal and sessions, and what is said of it."""

import asyncio
import contextlib

from dsqltui.core.answers.answers import Failed, Progressed, Ran, Said, ScriptPlace
from dsqltui.core.bulk.batch_ledger import BatchLedger, batch_ledger_of
from dsqltui.core.bulk.cutting import CannotCut, CutWork, read_work, refuse_key
from dsqltui.core.bulk.pace import Pace, clock
from dsqltui.core.psql import BatchWork
from dsqltui.core.psql.variables import substitute
from dsqltui.core.results.outcome import Done, Refused
from dsqltui.core.scripts.statement import Statement
from dsqltui.core.sessions.session import ConnectFailed
from dsqltui.core.transactions.retry import Backoff
from dsqltui.runner.bulk.batch_work import BatchWorker, WorkFailed
from dsqltui.runner.bulk.lanes import Lane, carried_settings, permit
from dsqltui.runner.bulk.load_run import DEFAULT_RETRIES, NotBegun
from dsqltui.runner.bulk.table_key import MOST_PARAMETERS, table_shape
from dsqltui.runner.statements.describing import NotAnswered
from dsqltui.runner.statements.runner_state import Answers, RunnerState
from dsqltui.store.bulk_journal import BulkJournal, BulkJournalBusy

_TELL_INTERVAL_S = 0.5
_DONE_WORDS = {"delete": "deleted", "update": "updated"}


class Batch:
    r"""One `\batch`. `run` gives what is said; `stop` ends it after the transactions under way."""

    def __init__(self, runner: RunnerState, command: BatchWork) -> None:
        self._runner, self._command = runner, command
        self._sql = substitute(command.sql, runner.known).text
        self._worker: BatchWorker | None = None
        self._journal: BulkJournal | None = None
        self._lanes: list[Lane] = []
        self._is_stopped = False
        self._is_resumed = False
        self._rows = command.rows
        """Of one transaction."""

    def stop(self) -> None:
        """Begin no more transactions."""
        self._is_stopped = True
        if self._worker is not None:
            self._worker.stop()

    async def run(self, statement: Statement, place: ScriptPlace | None, progress: str) -> Answers:
        """All of it."""
        runner = self._runner
        if runner.session.state.is_open:
            problem = "A transaction is open, and batches are transactions of their own; COMMIT or ROLLBACK first."
            yield Failed(statement, problem, place=place)
            return
        before = runner.session.state
        try:
            work = read_work(self._sql)
            refusal = await permit(runner.session, self._sql)
            if refusal is not None:
                yield Ran(statement, refusal, before, self._sql, progress=progress, place=place)
                return
            worker = await self._prepared(work)
            async with contextlib.aclosing(self._answers(worker, work, statement, place, progress)) as answers:
                async for answer in answers:
                    yield answer
        except CannotCut as reason:
            yield Failed(statement, f"This cannot be cut into transactions safely. {reason}", place=place)
        except (NotBegun, OSError) as problem:
            yield Failed(statement, str(problem), place=place)
        except ConnectFailed as failure:
            yield Failed(statement, f"No session for the work could be opened: {failure}", failure.error, place)
        except (NotAnswered, WorkFailed) as problem:
            runner.learn(problem.outcome)
            yield Ran(statement, problem.outcome, before, self._sql, progress=progress, place=place)
        finally:
            await asyncio.gather(*(lane.close() for lane in self._lanes))
            if self._journal is not None:
                await asyncio.to_thread(self._journal.close)

    async def _answers(
        self, worker: BatchWorker, work: CutWork, statement: Statement, place: ScriptPlace | None, progress: str
    ) -> Answers:
        runner, ledger, clock_s = self._runner, worker.ledger, asyncio.get_running_loop().time
        started, before = clock_s(), runner.session.state
        if self._is_resumed:
            yield Said(f"Going on with an earlier run: {ledger.keys_done:,} of {ledger.keys:,} rows are done.")
        pace = Pace(started, ledger.keys_done)
        task = asyncio.ensure_future(self._work(worker))
        try:
            while not (await asyncio.wait({task}, timeout=_TELL_INTERVAL_S))[0]:
                pace.note(clock_s(), ledger.keys_done)
                runner.left_words = self._sentence(worker, work)
                yield Progressed(self._progress(worker, pace))
            task.result()
        finally:
            if not task.done():
                worker.stop()
                await asyncio.wait({task})
                runner.left_words = self._sentence(worker, work)
                await self._ended(worker, runner.left_words)
        tally = worker.tally
        if tally.retries or tally.reconnects or tally.looked_up:
            yield Said(
                f"Attempts begun again: {tally.retries:,}; sessions opened again: {tally.reconnects:,}; "
                f"transactions without an answer, looked for by their rows: {tally.looked_up:,}."
            )
        runner.left_words = ""
        if tally.failure is None and not self._is_stopped:
            await asyncio.to_thread(self._add, {"is": "complete"})
            gone = ledger.keys_done - ledger.rows_changed
            others = f"; {gone:,} no longer matched, others had changed or removed them" if gone else ""
            words = f"{ledger.rows_changed:,} rows {_DONE_WORDS[work.verb]} in {ledger.transactions:,} transactions"
            yield Said(f"{words}{others}.", is_good_news=True)
            outcome = Done(f"{work.verb.upper()} {ledger.rows_changed}", clock_s() - started)
            runner.learn(outcome)
            yield Ran(statement, outcome, before, self._sql, progress=progress, place=place)
            return
        sentence = self._sentence(worker, work)
        await self._ended(worker, sentence)
        if tally.failure is None:
            yield Failed(statement, f"You stopped it. {sentence}", place=place)
            return
        yield Said(sentence)
        runner.learn(tally.failure)
        yield Ran(statement, tally.failure, before, self._sql, progress=progress, place=place)

    async def _work(self, worker: BatchWorker) -> None:
        if not worker.ledger.has_all_keys:
            await worker.read_keys(self._rows)
        await worker.run()

    # -- putting together ----------------------------------------------------------------------------------------------

    async def _prepared(self, work: CutWork) -> BatchWorker:
        """Raises CannotCut, NotBegun, NotAnswered and ConnectFailed."""
        runner, bulk = self._runner, self._command.bulk
        shape = await table_shape(runner.session, work.table)
        if not shape.columns:
            raise CannotCut(f"There is no table {work.table.name} on the search path.")
        key = shape.key
        refuse_key(work, [column.name for column in key])
        self._rows = min(self._command.rows, MOST_PARAMETERS // len(key))
        ledger = await self._ledger(work)
        session, endpoints = runner.session, runner.endpoints or (runner.session.endpoint,)
        own = [endpoint for endpoint in endpoints if endpoint == session.endpoint]
        order = [*own, *(endpoint for endpoint in endpoints if endpoint != session.endpoint)]
        settings = await carried_settings(session)
        self._lanes = [Lane(session, order, number, settings) for number in range(bulk.parallel or 1)]
        await asyncio.gather(*(lane.open() for lane in self._lanes))
        retries = bulk.retries if bulk.retries is not None else DEFAULT_RETRIES
        if self._journal is None:
            raise NotBegun("The journal of the work could not be opened.")
        worker = BatchWorker(work, key, self._lanes, self._journal, ledger, Backoff(attempts=retries + 1))
        self._worker = worker
        if self._is_stopped:
            worker.stop()
        return worker

    async def _ledger(self, work: CutWork) -> BatchLedger:
        """What earlier runs did. Raises NotBegun."""
        bulk = self._command.bulk
        endpoints = self._runner.endpoints or (self._runner.session.endpoint,)
        identity = ("batch", min(endpoint.token_host for endpoint in endpoints), self._sql)
        try:
            journal = self._journal = await asyncio.to_thread(BulkJournal.open, identity)
        except BulkJournalBusy:
            raise NotBegun("This very work is being done by another run; wait for its end.") from None
        except OSError as error:
            raise NotBegun(f"The journal of the work cannot be written ({error.strerror}); nothing was sent.") from None
        try:
            ledger = await asyncio.to_thread(lambda: batch_ledger_of(journal.records()))
        except ValueError:
            raise NotBegun(f"{journal.path} is damaged; remove it, and the work begins anew.") from None
        is_open = ledger.has_all_keys and not ledger.is_complete and bool(ledger.transactions or ledger.doubts)
        if is_open and bulk.is_resumed:
            self._is_resumed = True
            await asyncio.to_thread(self._add, {"is": "resumed"})
            ledger.ending = ""
            return ledger
        if is_open and not ledger.ending and not bulk.is_restarted:
            raise NotBegun(
                f"An earlier run of this work was cut off with {ledger.keys_done:,} of {ledger.keys:,} rows done. "
                rf"Write \batch {self._command.rows} resume to go on with it, or restart to read the keys anew."
            )
        await asyncio.to_thread(journal.forget)
        await asyncio.to_thread(self._add, {"is": "batch", "sql": self._sql, "verb": work.verb})
        return BatchLedger()

    # -- words ---------------------------------------------------------------------------------------------------------

    def _progress(self, worker: BatchWorker, pace: Pace) -> str:
        ledger, tally = worker.ledger, worker.tally
        if not ledger.has_all_keys:
            return rf"\batch {ledger.keys:,} keys read"
        parts = [rf"\batch {ledger.keys_done:,} of {ledger.keys:,} rows"]
        parts += [f"{pace.rate:,.0f} rows/s"] if pace.rate is not None else []
        left = pace.left_s(ledger.keys)
        parts += [f"{clock(left)} left"] if left is not None else []
        parts += [f"{tally.retries:,} retries"] if tally.retries else []
        return ", ".join(parts)

    def _sentence(self, worker: BatchWorker, work: CutWork) -> str:
        """What is done and what is not, after an early end."""
        ledger, tally = worker.ledger, worker.tally
        if not ledger.has_all_keys:
            return "Nothing was changed: the keys were still being read."
        done = f"{ledger.rows_changed:,} rows are {_DONE_WORDS[work.verb]}, in whole transactions"
        left = ledger.keys - ledger.keys_done - tally.unknown
        rest = f"{left:,} are left"
        if tally.unknown:
            rest += (
                f", and of {tally.unknown:,} it cannot be told: their COMMIT had no answer, and the rows are "
                "neither as before nor as after it"
            )
        elif isinstance(tally.failure, Refused) and tally.failed is not None:
            rest += f"; the transaction of {tally.failed.size:,} rows that was refused is not done"
        return f"{done}; {rest}. The same command with the word resume goes on."

    # -- the journal ---------------------------------------------------------------------------------------------------

    def _add(self, record: dict[str, object]) -> None:
        if self._journal is not None:
            self._journal.add(record)

    async def _ended(self, worker: BatchWorker, said: str) -> None:
        if not worker.tally.unknown:
            with contextlib.suppress(OSError):  # what is said to the person is the same
                await asyncio.to_thread(self._add, {"is": "ended", "said": said})


async def batch(
    runner: RunnerState, command: BatchWork, statement: Statement, place: ScriptPlace | None, progress: str
) -> Answers:
    r"""Do a `\batch`."""
    work = runner.copying = Batch(runner, command)
    try:
        async with contextlib.aclosing(work.run(statement, place, progress)) as answers:
            async for answer in answers:
                yield answer
    finally:
        runner.copying = None
