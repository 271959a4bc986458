r"""`\batch` at a runner: what it refuses, its journal and sessions, and what is said of it."""

import asyncio
import contextlib

from dsqltui.core.answers.answers import Failed, Progressed, Ran, Said, ScriptPlace
from dsqltui.core.bulk.batch_ledger import BatchLedger, batch_ledger_of
from dsqltui.core.bulk.cutting import CannotCut, CutWork, read_work, refuse_key
from dsqltui.core.bulk.pace import Pace, clock
from dsqltui.core.language import N_, _
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
_DONE_WORDS = {"delete": N_("deleted"), "update": N_("updated")}


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
            problem = _("A transaction is open, and batches are transactions of their own; COMMIT or ROLLBACK first.")
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
            yield Failed(
                statement, _("This cannot be cut into transactions safely. {reason}").format(reason=reason), place=place
            )
        except (NotBegun, OSError) as problem:
            yield Failed(statement, str(problem), place=place)
        except ConnectFailed as failure:
            yield Failed(
                statement,
                _("No session for the work could be opened: {failure}").format(failure=failure),
                failure.error,
                place,
            )
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
            yield Said(
                _("Going on with an earlier run: {keys_done:,} of {keys:,} rows are done.").format(
                    keys_done=ledger.keys_done, keys=ledger.keys
                )
            )
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
                _(
                    "Attempts begun again: {retries:,}; sessions opened again: {reconnects:,}; transactions "
                    "without an answer, looked for by their rows: {looked_up:,}."
                ).format(retries=tally.retries, reconnects=tally.reconnects, looked_up=tally.looked_up)
            )
        runner.left_words = ""
        if tally.failure is None and not self._is_stopped:
            await asyncio.to_thread(self._add, {"is": "complete"})
            gone = ledger.keys_done - ledger.rows_changed
            others = (
                _("; {gone:,} no longer matched, others had changed or removed them").format(gone=gone) if gone else ""
            )
            words = _("{rows_changed:,} rows {done_words} in {transactions:,} transactions").format(
                rows_changed=ledger.rows_changed, done_words=_(_DONE_WORDS[work.verb]), transactions=ledger.transactions
            )
            yield Said(f"{words}{others}.", is_good_news=True)
            outcome = Done(f"{work.verb.upper()} {ledger.rows_changed}", clock_s() - started)
            runner.learn(outcome)
            yield Ran(statement, outcome, before, self._sql, progress=progress, place=place)
            return
        sentence = self._sentence(worker, work)
        await self._ended(worker, sentence)
        if tally.failure is None:
            yield Failed(statement, _("You stopped it. {sentence}").format(sentence=sentence), place=place)
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
            raise CannotCut(_("There is no table {name} on the search path.").format(name=work.table.name))
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
            raise NotBegun(_("The journal of the work could not be opened."))
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
            raise NotBegun(_("This very work is being done by another run; wait for its end.")) from None
        except OSError as error:
            raise NotBegun(
                _("The journal of the work cannot be written ({reason}); nothing was sent.").format(
                    reason=error.strerror
                )
            ) from None
        try:
            ledger = await asyncio.to_thread(lambda: batch_ledger_of(journal.records()))
        except ValueError:
            raise NotBegun(
                _("{path} is damaged; remove it, and the work begins anew.").format(path=journal.path)
            ) from None
        is_open = ledger.has_all_keys and not ledger.is_complete and bool(ledger.transactions or ledger.doubts)
        if is_open and bulk.is_resumed:
            self._is_resumed = True
            await asyncio.to_thread(self._add, {"is": "resumed"})
            ledger.ending = ""
            return ledger
        if is_open and not ledger.ending and not bulk.is_restarted:
            raise NotBegun(
                _(
                    "An earlier run of this work was cut off with {keys_done:,} of {keys:,} rows done. Write "
                    "\\batch {rows} resume to go on with it, or restart to read the keys anew."
                ).format(keys_done=ledger.keys_done, keys=ledger.keys, rows=self._command.rows)
            )
        await asyncio.to_thread(journal.forget)
        await asyncio.to_thread(self._add, {"is": "batch", "sql": self._sql, "verb": work.verb})
        return BatchLedger()

    # -- words ---------------------------------------------------------------------------------------------------------

    def _progress(self, worker: BatchWorker, pace: Pace) -> str:
        ledger, tally = worker.ledger, worker.tally
        if not ledger.has_all_keys:
            return _("\\batch {keys:,} keys read").format(keys=ledger.keys)
        parts = [_("\\batch {keys_done:,} of {keys:,} rows").format(keys_done=ledger.keys_done, keys=ledger.keys)]
        parts += [_("{rate:,.0f} rows/s").format(rate=pace.rate)] if pace.rate is not None else []
        left = pace.left_s(ledger.keys)
        parts += [_("{clock} left").format(clock=clock(left))] if left is not None else []
        parts += [_("{retries:,} retries").format(retries=tally.retries)] if tally.retries else []
        return ", ".join(parts)

    def _sentence(self, worker: BatchWorker, work: CutWork) -> str:
        """What is done and what is not, after an early end."""
        ledger, tally = worker.ledger, worker.tally
        if not ledger.has_all_keys:
            return _("Nothing was changed: the keys were still being read.")
        done = _("{rows_changed:,} rows are {done_words}, in whole transactions").format(
            rows_changed=ledger.rows_changed, done_words=_(_DONE_WORDS[work.verb])
        )
        left = ledger.keys - ledger.keys_done - tally.unknown
        rest = _("{left:,} are left").format(left=left)
        if tally.unknown:
            rest += _(
                ", and of {unknown:,} it cannot be told: their COMMIT had no answer, and the rows are "
                "neither as before nor as after it"
            ).format(unknown=tally.unknown)
        elif isinstance(tally.failure, Refused) and tally.failed is not None:
            rest += _("; the transaction of {size:,} rows that was refused is not done").format(size=tally.failed.size)
        return _("{done}; {rest}. The same command with the word resume goes on.").format(done=done, rest=rest)

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
