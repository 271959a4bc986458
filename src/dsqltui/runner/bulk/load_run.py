r"""`\copy ... batch` at a runner: sessions, journal and files put together, and what is said of it."""

import asyncio
import contextlib
import hashlib
import io
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import IO

from dsqltui.core.answers.answers import Failed, Progressed, Ran, Said, ScriptPlace
from dsqltui.core.bulk.copy_values import read_value_format
from dsqltui.core.bulk.ledger import LoadLedger, ledger_of
from dsqltui.core.bulk.pace import Pace
from dsqltui.core.language import _, as_sentence
from dsqltui.core.psql import Copy
from dsqltui.core.results.copy_rows import CopyFormat, read_options
from dsqltui.core.results.outcome import Done, Lost, Refused
from dsqltui.core.scripts.script_text import ScriptUnreadable
from dsqltui.core.scripts.statement import Statement
from dsqltui.core.sessions.session import ConnectFailed
from dsqltui.core.transactions.retry import Backoff
from dsqltui.runner.bulk.key_look_up import copied_table, look_up_of
from dsqltui.runner.bulk.lanes import Lane, carried_settings, permit
from dsqltui.runner.bulk.load_words import lines_of, progress, remarks
from dsqltui.runner.bulk.loading import Loader, LoadTally, LookUp
from dsqltui.runner.bulk.rejected_rows import RejectedRows
from dsqltui.runner.bulk.row_batches import BatchReader, RowBatch
from dsqltui.runner.bulk.table_key import table_shape
from dsqltui.runner.files.copy_files import opened
from dsqltui.runner.files.file_trouble import FileUnusable
from dsqltui.runner.statements.describing import NotAnswered
from dsqltui.runner.statements.runner_state import Answers, RunnerState
from dsqltui.store.bulk_journal import BulkJournal, BulkJournalBusy

DEFAULT_RETRIES = 10
_TELL_INTERVAL_S = 0.5
_HEAD_BYTES = 64 * 1024
"""Of a file's beginning, which tell it from another one of its name and size."""


class NotBegun(Exception):
    """The load cannot be begun; the message is a sentence."""


class Load:
    r"""One `\copy ... batch`. `run` gives what is said; `stop` ends it after the batches under way."""

    def __init__(self, runner: RunnerState, command: Copy, sql: str) -> None:
        self._runner, self._command, self._sql = runner, command, sql
        self._loader: Loader | None = None
        self._journal: BulkJournal | None = None
        self._lanes: list[Lane] = []
        self._reader: BatchReader | None = None
        self._rejects: RejectedRows | None = None
        self._size: int | None = None
        self._is_stopped = False
        self._is_resumed = False

    def stop(self) -> None:
        """Take no more batches."""
        self._is_stopped = True
        if self._loader is not None:
            self._loader.stop()

    async def run(self, statement: Statement, place: ScriptPlace | None, progress: str) -> Answers:
        """All of it."""
        try:
            if self._command.bulk.has_own_sessions:
                refusal = await permit(self._runner.session, self._sql)
                if refusal is not None:
                    yield Ran(statement, refusal, self._runner.session.state, self._sql, progress=progress, place=place)
                    return
            loader = await self._prepared()
        except ConnectFailed as failure:
            yield Failed(
                statement,
                _("No session for the load could be opened: {failure}").format(failure=failure),
                failure.error,
                place,
            )
            await self._close()
            return
        except (FileUnusable, ScriptUnreadable, NotBegun) as problem:
            yield Failed(statement, str(problem), place=place)
            await self._close()
            return
        except BaseException:
            await self._close()
            raise
        try:
            async with contextlib.aclosing(self._answers(loader, statement, place, progress)) as answers:
                async for answer in answers:
                    yield answer
            self._runner.left_words = ""
        finally:
            await self._close()

    async def _answers(self, loader: Loader, statement: Statement, place: ScriptPlace | None, progress: str) -> Answers:
        clock_s = asyncio.get_running_loop().time
        started, before = clock_s(), self._runner.session.state
        if self._is_resumed:
            yield Said(_("Going on with an earlier run: {rows_in:,} rows are in.").format(rows_in=loader.tally.rows_in))
        rows, bytes_ = Pace(started, loader.tally.rows_in), Pace(started)
        total = (self._size or 0) - loader.bytes_done_before
        task = asyncio.ensure_future(loader.run())
        try:
            while not (await asyncio.wait({task}, timeout=_TELL_INTERVAL_S))[0]:
                rows.note(clock_s(), loader.tally.rows_in)
                bytes_.note(clock_s(), loader.tally.bytes_in)
                self._runner.left_words = self._sentence(loader, is_short=True)
                yield Progressed(self._progress(loader, rows, bytes_, total))
            task.result()
        except FileUnusable as problem:
            await self._ended(loader, str(problem))
            yield Failed(statement, f"{as_sentence(str(problem))} {self._sentence(loader)}", place=place)
            return
        finally:
            if not task.done():  # broken off: the batches under way end first
                loader.stop()
                await asyncio.wait({task})
                self._runner.left_words = self._sentence(loader)
                await self._ended(loader, self._runner.left_words)
        tally = loader.tally
        for said in remarks(tally, self._rejects):
            yield Said(said)
        if tally.failure is None and not tally.trouble and not self._is_stopped:
            await self._note({"is": "complete"})
            outcome = Done(f"COPY {tally.rows_in}", clock_s() - started, tally.notices)
            self._runner.learn(outcome)
            yield Ran(statement, outcome, before, self._sql, progress=progress, place=place)
            return
        sentence = self._sentence(loader)
        await self._ended(loader, sentence)
        if tally.failure is None:
            why = f"{tally.trouble}." if tally.trouble else _("You stopped it.")
            yield Failed(statement, f"{why} {sentence}".rstrip(), place=place)
            return
        if sentence:
            yield Said(sentence)
        self._runner.learn(tally.failure)
        yield Ran(statement, tally.failure, before, self._sql, progress=progress, place=place)

    # -- putting together ----------------------------------------------------------------------------------------------

    async def _prepared(self) -> Loader:
        """Raises FileUnusable, ScriptUnreadable, NotBegun and ConnectFailed."""
        command, session = self._command, self._runner.session
        form = read_options(command.options)
        file, path = await self._opened()
        reader = self._reader = BatchReader(file, str(path or _("the data")), form, command.batch_rows or 1)
        await asyncio.to_thread(reader.open)
        ledger = await self._ledger(path)
        endpoints = self._runner.endpoints or (session.endpoint,)
        if command.bulk.has_own_sessions:
            own = [endpoint for endpoint in endpoints if endpoint == session.endpoint]
            order = [*own, *(endpoint for endpoint in endpoints if endpoint != session.endpoint)]
            settings = await carried_settings(session)
            lanes = [Lane(session, order, number, settings) for number in range(command.bulk.parallel or 1)]
            self._lanes = lanes
            await asyncio.gather(*(lane.open() for lane in lanes))
        else:
            self._lanes = [Lane.of(session)]
        rejects = await self._rejected(path, reader.header, ledger)
        look_up = await self._look_up(form)
        if self._is_resumed:
            self._settle_doubts(ledger)
            reader.limit_to(ledger.gaps(reader.start, reader.line))
        retries = command.bulk.retries if command.bulk.retries is not None else DEFAULT_RETRIES
        self._loader = Loader(
            self._sql,
            reader,
            self._lanes,
            backoff=Backoff(attempts=retries + 1 if command.bulk.has_own_sessions else 1),
            rejects=rejects,
            record=self._record,
            ledger=ledger,
            look_up=look_up,
        )
        if self._is_stopped:
            self._loader.stop()
        return self._loader

    async def _opened(self) -> tuple[IO[bytes], Path | None]:
        """The data, and their path when they are a file on disk that can be read again."""
        name, statement_data = self._command.path, self._runner.copy_data
        if name is None:
            if self._command.is_program_input or statement_data is None:
                self._runner.is_input_read = True
                return self._runner.standard_input or io.BytesIO(), None
            return io.BytesIO(statement_data.encode()), None
        path = await self._runner.locate(name)
        file = await asyncio.to_thread(opened, path)
        size = await asyncio.to_thread(lambda: path.stat().st_size if path.is_file() else None)
        self._size = size
        return file, path if size is not None else None

    async def _ledger(self, path: Path | None) -> LoadLedger:
        """What earlier runs did. Raises NotBegun when the person has to say what is to become of it."""
        bulk = self._command.bulk
        if path is None:
            if bulk.is_resumed:
                raise NotBegun(_("Only a load from a file on disk can be resumed; remove the word resume."))
            return LoadLedger()
        try:
            journal = self._journal = await asyncio.to_thread(BulkJournal.open, self._identity(path))
        except BulkJournalBusy:
            raise NotBegun(_("This file is being loaded into this table by another run; wait for its end.")) from None
        except OSError as error:
            raise NotBegun(
                _("The load's journal cannot be written ({reason}); nothing was sent.").format(reason=error.strerror)
            ) from None
        print_ = await asyncio.to_thread(_fingerprint, path)
        try:
            first, ledger = await asyncio.to_thread(_read, journal)
        except ValueError:
            raise NotBegun(
                _("{path} is damaged; write restart instead of resume, or remove it.").format(path=journal.path)
            ) from None
        is_other_file = first is not None and first.get("file") != print_
        if bulk.is_resumed and ledger.is_begun:
            if is_other_file:
                raise NotBegun(
                    _("{path} is not what it was when the load began; load the changed file with restart.").format(
                        path=path
                    )
                )
            if ledger.is_complete:
                raise NotBegun(
                    _("This file was loaded to its end before, and nothing was sent; restart loads it again.")
                )
            self._is_resumed = True
            await self._note({"is": "resumed"})
            ledger.ending = ""
            return ledger
        was_cut_off = ledger.is_begun and not ledger.is_complete and not ledger.ending and not is_other_file
        if was_cut_off and not bulk.is_restarted:
            raise NotBegun(
                _(
                    "An earlier run of this load was cut off with {rows_in:,} rows in. Write batch "
                    "{batch_rows} resume to go on with it, or restart to begin anew."
                ).format(rows_in=ledger.rows_in, batch_rows=self._command.batch_rows)
            )
        await asyncio.to_thread(journal.forget)
        await self._note({"is": "load", "file": print_, "sql": self._sql})
        return LoadLedger()

    def _identity(self, path: Path) -> tuple[str, ...]:
        endpoints = self._runner.endpoints or (self._runner.session.endpoint,)
        return ("copy", min(endpoint.token_host for endpoint in endpoints), self._sql, str(path))

    def _settle_doubts(self, ledger: LoadLedger) -> None:
        """What the person has found out of pieces whose fate is not known."""
        if self._command.bulk.doubts:
            for piece in list(ledger.uncertain.values()):
                record = {"is": self._command.bulk.doubts, "piece": piece.as_list(), "rows": piece.rows}
                self._record(record)
                ledger.hear(record)

    async def _rejected(self, path: Path | None, header: bytes, ledger: LoadLedger) -> RejectedRows | None:
        bulk = self._command.bulk
        if bulk.rejects is None and bulk.parallel is None:
            return None
        if bulk.rejects:
            where = await self._runner.locate(bulk.rejects)
        elif path is not None:
            where = path.with_name(path.name + ".rejected")
        else:
            raise NotBegun(_("Rows that come from no file need a name for those refused: rejects 'FILE'."))
        rejects = self._rejects = RejectedRows(where, header)
        if self._is_resumed:
            await asyncio.to_thread(rejects.go_on, ledger.rejects_bytes, ledger.reasons_bytes)
        else:
            await asyncio.to_thread(rejects.begin)
        return rejects

    async def _look_up(self, form: CopyFormat) -> LookUp:
        if not (self._command.bulk.has_own_sessions or self._is_resumed):
            return LookUp()
        found = copied_table(self._command.subject)
        if found is None:
            return LookUp()
        table, columns = found
        try:
            shape = await table_shape(self._lanes[0].session, table)
        except NotAnswered:
            return LookUp()
        return look_up_of(table, columns, shape, read_value_format(self._command.options, form))

    # -- words ---------------------------------------------------------------------------------------------------------

    def _progress(self, loader: Loader, rows: Pace, bytes_: Pace, total: int) -> str:
        offset = self._reader.offset if self._reader is not None else 0
        left_s = bytes_.left_s(total) if total > 0 else None
        return progress(loader.tally, offset, self._size, rows.rate, left_s)

    def _sentence(self, loader: Loader, *, is_short: bool = False) -> str:
        """What is in and what is not, after an early end."""
        tally, batch = loader.tally, loader.tally.failed_batch
        if self._is_in_order():
            return self._sentence_in_order(tally, batch)
        known = _("{rows_in:,} rows are in").format(rows_in=tally.rows_in)
        if tally.unknown:
            lines = ", ".join(lines_of(one) for one in tally.unknown)
            known += _("; whether {lines} are in is not known, because {reason}").format(
                lines=lines, reason=_(loader.look_up.reason)
            )
        elif batch is not None:
            known += (
                _("; {lines} were refused").format(lines=lines_of(batch)) if isinstance(tally.failure, Refused) else ""
            )
        how = "" if self._journal is None or is_short else self._how_to_go_on(bool(tally.unknown))
        return _("{known}, the rest is not.{how}").format(known=known, how=how)

    def _how_to_go_on(self, is_in_doubt: bool) -> str:
        if is_in_doubt:
            return _(" Count them; then the same command with resume in, or resume out, goes on.")
        return _(" The same command with the word resume at its end goes on.")

    def _is_in_order(self) -> bool:
        """Whether the rows went in one after the other from the first, so that they can be named by number."""
        return not (self._command.bulk.has_own_sessions or self._is_resumed or self._rejects is not None)

    def _sentence_in_order(self, tally: LoadTally, batch: RowBatch | None) -> str:
        rows_in, rest = tally.rows_in, _("Rows 1 to {rows_in:,} are in, the rest is not.").format(rows_in=tally.rows_in)
        if batch is None:
            return rest if rows_in else _("No row is in.")
        which = _("rows {rows_in:,} to {rows_in_2:,}").format(rows_in=rows_in + 1, rows_in_2=rows_in + batch.piece.rows)
        if tally.unknown:
            before = _("rows 1 to {rows_in:,} are in; ").format(rows_in=rows_in) if rows_in else ""
            told = _("{before}whether {which} are in is not known: count them before you copy again.").format(
                before=before, which=which
            )
            return told[0].upper() + told[1:]
        said = rest if rows_in else _("No row is in.")
        return (
            said
            if isinstance(tally.failure, Lost)
            else _("Refused: the batch of {which}. {said}").format(which=which, said=said)
        )

    # -- the journal, and the end --------------------------------------------------------------------------------------

    def _record(self, record: Mapping[str, object]) -> None:
        if self._journal is None:
            return
        try:
            self._journal.add(record)
        except OSError as error:
            raise FileUnusable(
                _("{path} could not be written: {reason}.").format(path=self._journal.path, reason=error.strerror)
            ) from None

    async def _note(self, record: Mapping[str, object]) -> None:
        await asyncio.to_thread(self._record, record)

    async def _ended(self, loader: Loader, said: str) -> None:
        if not loader.tally.unknown:
            with contextlib.suppress(FileUnusable):  # what is said to the person is the same
                await self._note({"is": "ended", "said": said})

    async def _close(self) -> None:
        await asyncio.gather(*(lane.close() for lane in self._lanes))
        if self._rejects is not None:
            await asyncio.to_thread(self._rejects.close)
        if self._reader is not None and self._command.path is not None:
            await asyncio.to_thread(self._reader.close)
        if self._journal is not None:
            await asyncio.to_thread(self._journal.close)


def _read(journal: BulkJournal) -> tuple[Mapping[str, object] | None, LoadLedger]:
    """The first record, and what all of them say. Raises ValueError."""
    first = next((record for _unused, record in journal.records()), None)
    return first, ledger_of(record for _unused, record in journal.records())


def _fingerprint(path: Path) -> str:
    """Tells a file from another one of the same name, without reading all of it. Raises FileUnusable."""
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD_BYTES)
            size = os.fstat(file.fileno()).st_size
            file.seek(max(0, size - _HEAD_BYTES))
            tail = file.read(_HEAD_BYTES)
    except OSError as error:
        raise FileUnusable(_("{path} could not be read: {reason}.").format(path=path, reason=error.strerror)) from None
    return json.dumps([size, hashlib.sha256(head + b"\0" + tail).hexdigest()[:32]])
