r"""One pane's statements and backslash commands done in psql's manner, for the screen and the command line alike.

A desk holds what commands change: variables, `\x`, `\timing`, `\o`. It gives answers (`core.answers`) as they come and
draws nothing. Use one statement at a time.
"""

import asyncio
import contextlib
import dataclasses
import io
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from pathlib import Path
from typing import IO

from dsqltui.client.copy_files import FileUnusable, Source, Target
from dsqltui.client.copying import CopyFailed, Copying
from dsqltui.client.describing import NotAnswered, NotFound, describe, function_source
from dsqltui.client.files import locate
from dsqltui.client.result_file import ResultFile
from dsqltui.client.scripts import OpenScript, included, opened
from dsqltui.core.answers import Answer, Failed, Place, Progressed, Ran, Reached, Retrying, Said, ScriptEnded, Shown
from dsqltui.core.commands import (
    BadArguments,
    Command,
    Copy,
    Echo,
    Go,
    Help,
    Include,
    Listing,
    ListObjects,
    OutputTo,
    Quit,
    SetVariable,
    ShowConnection,
    ShowFunction,
    Stream,
    SwitchExpanded,
    SwitchRole,
    SwitchTiming,
    UnknownCommand,
    UnsetVariable,
    Watch,
    parse_command,
)
from dsqltui.core.describe import TitledTable, text_of
from dsqltui.core.errors import conflict_of
from dsqltui.core.formats import Encoder, Format, encoder
from dsqltui.core.outcome import Column, Done, Lost, Outcome, Refused, Rows
from dsqltui.core.pattern import BadPattern
from dsqltui.core.retry import Backoff
from dsqltui.core.script import ScriptUnreadable
from dsqltui.core.session import Session
from dsqltui.core.statement import Statement, StatementKind
from dsqltui.core.variables import Substituted, substitute

Answers = AsyncGenerator[Answer, None]
MakeText = Callable[[Sequence[Column], bool], Encoder]
"""From a result's columns, and whether records are wanted, to what writes it into files."""

_PAGE_ROWS = 1_000


def psql_text(columns: Sequence[Column], is_expanded: bool) -> Encoder:
    """psql's aligned table, or its records."""
    return encoder(Format.RECORDS if is_expanded else Format.TABLE, columns)


class Desk:
    """See the module.

    `row_limit` is Session.run's. `standard_input` feeds COPY FROM STDIN, `write_output` gets what COPY TO STDOUT
    sends; without them the script's lines feed, and rows come as a result. With `retry`, a script's transaction that
    loses a conflict is begun again.
    """

    def __init__(
        self,
        session: Session,
        *,
        row_limit: int,
        make_text: MakeText = psql_text,
        standard_input: IO[bytes] | None = None,
        write_output: Callable[[bytes], Awaitable[None]] | None = None,
        retry: Backoff | None = None,
    ) -> None:
        self.session = session
        self.row_limit = row_limit
        self.variables: dict[str, str] = {}
        self.is_expanded = False
        self.is_timing = False
        self._make_text = make_text
        self._standard_input = standard_input
        self._write_output = write_output
        self._retry = retry
        self.is_input_read = False
        """Whether standard input fed a COPY: that cannot be done again."""
        self._result_file: ResultFile | None = None
        self._last: Statement | None = None
        self._scripts: list[OpenScript] = []
        self._step = 0
        """Statements run of the outermost script."""
        self._copying: Copying | None = None
        self._stop = asyncio.Event()

    def interrupt(self) -> None:
        r"""End `\watch` and `\copy` at the next opportunity. A statement at the server is `Session.cancel`'s."""
        self._stop.set()
        if self._copying is not None:
            self._copying.stop()

    async def close(self) -> None:
        r"""Close the file of `\o`. Raises FileUnusable."""
        file, self._result_file = self._result_file, None
        if file is not None:
            await file.close()

    async def run(self, statement: Statement) -> Answers:
        """Do a statement, and the command that ends it if there is one; or a command."""
        self._stop.clear()
        async with contextlib.aclosing(self._run(statement, None, "")) as answers:
            async for answer in answers:
                yield answer

    async def run_text(self, text: str, source: Path | None = None) -> Answers:
        r"""Do a script at hand, up to its first failure unless ON_ERROR_STOP is off. `\ir` is relative to `source`.

        Raises ScriptUnreadable when scripts include one another without end.
        """
        self._stop.clear()
        async with contextlib.aclosing(self._run_script(await opened(text, source))) as answers:
            async for answer in answers:
                yield answer

    # -- statements ----------------------------------------------------------------------------------------------------

    async def _run(self, statement: Statement, place: Place | None, progress: str) -> Answers:
        command: Command = Go()
        if statement.kind is StatementKind.COMMAND:
            command = parse_command(statement.text, self.variables)
            if isinstance(command, Go | Watch) and self._last is None:
                problem = "There is no statement before it to run again; write one and end it with this command."
                yield Failed(statement, problem, place=place)
                return
        else:
            self._last = statement
            if statement.ending:
                command = parse_command(statement.ending, self.variables)
        async with contextlib.aclosing(self._obey(command, statement, place, progress)) as answers:
            async for answer in answers:
                yield answer

    async def _obey(self, command: Command, statement: Statement, place: Place | None, progress: str) -> Answers:
        last = self._last or statement
        match command:
            case Go(path=path, is_expanded=is_expanded):
                answers = self._go(last, path, self.is_expanded or is_expanded, place, progress)
            case Watch(interval_s=interval_s):
                answers = self._watch(last, interval_s, place)
            case ListObjects() | ShowFunction():
                answers = self._describe(command, statement, place, progress)
            case Copy():
                answers = self._copy(command, statement, place, progress)
            case Include():
                answers = self._include(command, statement, place)
            case OutputTo() | SwitchExpanded() | SwitchTiming() | Echo() | SetVariable() | UnsetVariable():
                answers = self._set_something(command, statement, place)
            case SwitchRole() if place is not None:
                yield Failed(statement, r"\role is for a person at the console, not for a script.", place=place)
                return
            case Quit() | Help() | ShowConnection() | SwitchRole() | UnknownCommand() | BadArguments():
                yield Reached(statement, command, place)
                return
        async with contextlib.aclosing(answers):
            async for answer in answers:
                yield answer

    async def _go(
        self, statement: Statement, path: str | None, is_expanded: bool, place: Place | None, progress: str
    ) -> Answers:
        file = self._result_file
        try:
            if path is not None:
                file = await ResultFile.open(await locate(path))
            before = self.session.state
            sent = substitute(statement.text, self.variables)
            outcome, saved_to = await self._send(statement, sent), None
            if file is not None and isinstance(outcome, Rows):
                outcome, saved_to = await self._save(outcome, file, is_expanded), str(file.path)
            self._learn(outcome)
            said = sent.text if sent.text != statement.text else ""
            yield Ran(statement, outcome, before, said, is_expanded, saved_to, progress, place)
        except (FileUnusable, ScriptUnreadable) as problem:
            yield Failed(statement, str(problem), place=place)
        finally:
            if path is not None and file is not None:
                with contextlib.suppress(FileUnusable):  # told above, or nothing was written
                    await file.close()

    async def _send(self, statement: Statement, sent: Substituted) -> Outcome:
        """Run a statement with its variables; the position of an error points into what the person wrote."""
        is_copy = statement.text[:4].lower() == "copy" and statement.copy_data is None
        if is_copy and statement.kind is StatementKind.WRITE and self._standard_input is not None:
            self.is_input_read = True
            source = Source(self._standard_input, "standard input", None)
            outcome = await self.session.copy_in(sent.text, source.pieces())
        elif is_copy and statement.kind is StatementKind.READ and self._write_output is not None:
            outcome = await self.session.copy_out(sent.text, self._write_output)
        else:
            outcome = await self.session.run(sent.text, limit=self.row_limit, copy_data=statement.copy_data)
        return _placed(outcome, sent)

    async def _save(self, rows: Rows, file: ResultFile, is_expanded: bool) -> Outcome:
        """All rows of a result into a file; Done, or what broke it off."""
        text = self._make_text(rows.columns, is_expanded)
        await file.write(text.begin() + text.page(rows.rows))
        tag, has_more = rows.tag, rows.has_more
        while has_more:
            page = await self.session.more(_PAGE_ROWS)
            if isinstance(page, Refused | Lost):
                return page
            if isinstance(page, Rows | Done):
                raise AssertionError("more() gives pages")
            await file.write(text.page(page.rows))
            tag, has_more = page.tag, page.has_more
        await file.write(text.end())
        return Done(tag, rows.duration_s, rows.notices)

    async def _watch(self, statement: Statement, interval_s: float, place: Place | None) -> Answers:
        count = 0
        while not self._stop.is_set():
            count += 1
            async with contextlib.aclosing(
                self._go(statement, None, self.is_expanded, place, f"watch {count}")
            ) as answers:
                async for answer in answers:
                    yield answer
                    if answer.is_failure:
                        return
            yield Progressed(f"watch {count}, every {interval_s:g} s")
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stop.wait(), interval_s)
        yield Said(f"Watched {count} times; you stopped it.")

    def _learn(self, outcome: Outcome) -> None:
        """psql's variables on how the last statement went."""
        error = outcome.error if isinstance(outcome, Refused | Lost) else None
        is_bad = isinstance(outcome, Refused | Lost)
        sqlstate = error.sqlstate if error is not None else ("08006" if is_bad else "00000")
        self.variables |= {"ERROR": "true" if is_bad else "false", "SQLSTATE": sqlstate}
        if is_bad:
            message = error.message if error is not None else outcome.reason if isinstance(outcome, Lost) else ""
            self.variables |= {"LAST_ERROR_SQLSTATE": sqlstate, "LAST_ERROR_MESSAGE": message, "ROW_COUNT": "0"}
        elif isinstance(outcome, Rows | Done):
            last = outcome.tag.rpartition(" ")[2]
            shown = str(len(outcome.rows)) if isinstance(outcome, Rows) else "0"
            self.variables["ROW_COUNT"] = last if last.isdecimal() else shown

    # -- scripts -------------------------------------------------------------------------------------------------------

    async def _include(self, command: Include, statement: Statement, place: Place | None) -> Answers:
        count, trouble = 0, ""
        try:
            script = await included(command, self._scripts)
            yield Progressed(f"script {command.path}")
            async with contextlib.aclosing(self._run_script(script)) as answers:
                async for answer in answers:
                    count += isinstance(answer, Ran)
                    if isinstance(answer, ScriptEnded):  # one it includes: its trouble is ours, and is told once
                        trouble = trouble or answer.trouble
                        continue
                    yield answer
                    if answer.is_failure:
                        trouble = trouble or _stopped_at(answer)
        except ScriptUnreadable as problem:
            trouble = str(problem) if place is None else f"{place}: {problem}"
        if self._stop.is_set() and not trouble:
            trouble = "stopped by you"
        yield ScriptEnded(statement, command.path, count, trouble)

    async def _run_script(self, script: OpenScript) -> Answers:
        if not self._scripts:
            self._step = 0
        self._scripts.append(script)
        begun_at: int | None = None
        attempt = 1
        try:
            while (statement := script.next_statement()) is not None:
                if self._stop.is_set():
                    return
                if not self.session.state.is_open:
                    begun_at = script.position - 1
                is_inner = len(self._scripts) > 1
                place = Place(script.line, str(script.source) if is_inner and script.source else None)
                total = self._scripts[0].total
                numbering = f"{self._step + 1}/{total}" if total else f"{self._step + 1}"
                async with contextlib.aclosing(self._run(statement, place, numbering)) as answers:
                    async for answer in answers:
                        again = self._another_attempt(answer, statement, attempt + 1) if begun_at is not None else None
                        if again is not None and begun_at is not None:
                            attempt += 1
                            script.rewind(begun_at)
                            yield again
                            break
                        self._step += isinstance(answer, Ran)
                        if isinstance(answer, Reached) and isinstance(answer.command, Quit):
                            return
                        if not (isinstance(answer, ScriptEnded) and not answer.trouble):
                            yield answer
                        if answer.is_failure and (not self.goes_on or _is_lost(answer)):
                            return
                    else:
                        attempt = attempt if self.session.state.is_open else 1
                        continue
                await self._begin_again(again)
        finally:
            self._scripts.pop()

    def _another_attempt(self, answer: Answer, statement: Statement, attempt: int) -> Retrying | None:
        """Whether this answer is a conflict after which the transaction may be begun again."""
        if self._retry is None or attempt > self._retry.attempts or self.is_input_read:
            return None
        if not isinstance(answer, Ran) or not isinstance(answer.outcome, Refused) or answer.statement is not statement:
            return None
        if conflict_of(answer.outcome.error) is None:
            return None
        return Retrying(answer.outcome.error, attempt, self._retry.wait_s(attempt), answer.place)

    async def _begin_again(self, retrying: Retrying | None) -> None:
        """Leave the failed transaction and wait a little."""
        if self.session.state.is_open:
            await self.session.run("ROLLBACK", limit=1)
        if retrying is not None:
            await self.pause(retrying.wait_s)

    async def pause(self, seconds: float) -> None:
        """Wait, unless interrupted."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._stop.wait(), seconds)

    @property
    def goes_on(self) -> bool:
        """Whether scripts go on after a failure: `\\set ON_ERROR_STOP off`."""
        return self.variables.get("ON_ERROR_STOP", "on").lower() in ("off", "0", "false", "no")

    # -- commands ------------------------------------------------------------------------------------------------------

    async def _describe(
        self, command: ListObjects | ShowFunction, statement: Statement, place: Place | None, progress: str
    ) -> Answers:
        clock = asyncio.get_running_loop().time
        started, before = clock(), self.session.state
        try:
            if isinstance(command, ShowFunction):
                yield Said((await function_source(self.session, command)).rstrip("\n"), Stream.RESULTS)
                return
            tables = await describe(self.session, command)
            if self._result_file is not None:
                text = "".join(text_of(table, is_expanded=self.is_expanded) for table in tables)
                await self._result_file.write(text)
                yield Said(f"Written to {self._result_file.path}.", is_good_news=True)
                return
            yield Shown(statement, tables, clock() - started, self.is_expanded, progress)
        except NotFound as sentence:
            if isinstance(command, ListObjects) and command.listing is Listing.DETAILS:
                yield Failed(statement, str(sentence), place=place)
            else:
                yield Said(str(sentence))
        except NotAnswered as problem:
            if isinstance(problem.outcome, Lost):
                yield Ran(statement, problem.outcome, before, progress=progress, place=place)
            else:
                yield _refused(statement, problem.outcome, place)
        except (BadPattern, FileUnusable) as problem:
            yield Failed(statement, str(problem), place=place)

    async def _copy(self, command: Copy, statement: Statement, place: Place | None, progress: str) -> Answers:
        if command.batch_rows is None and command.is_import and self.variables.get("COPY_BATCH", "").isdecimal():
            command = dataclasses.replace(command, batch_rows=int(self.variables["COPY_BATCH"]) or None)
        before = self.session.state
        if command.batch_rows is not None and before.is_open:
            problem = "A transaction is open, and batches are transactions of their own; COMMIT first, or do without."
            yield Failed(statement, problem, place=place)
            return
        copying = self._copying = Copying(self.session, command)
        source: Source | None = None
        try:
            if command.is_import:
                source = await self._source(command, statement)
                told = copying.load(source)
            elif command.path is not None:
                told = copying.save(await Target.open(await locate(command.path)))
            else:
                outcome = await self._copy_to_output(copying.sql)
                yield Ran(statement, outcome, before, copying.sql, progress=progress, place=place)
                return
            async with contextlib.aclosing(told):
                async for news in told:
                    yield Progressed(rf"\copy {news.text}")
            if copying.outcome is not None:
                self._learn(copying.outcome)
                yield Ran(statement, copying.outcome, before, copying.sql, progress=progress, place=place)
        except CopyFailed as failure:
            if failure.outcome is None:
                yield Failed(statement, str(failure), place=place)
                return
            if str(failure):
                yield Said(str(failure))
            self._learn(failure.outcome)
            yield Ran(statement, failure.outcome, before, copying.sql, progress=progress, place=place)
        except (FileUnusable, ScriptUnreadable) as problem:
            yield Failed(statement, str(problem), place=place)
        finally:
            self._copying = None
            if source is not None and command.path is not None:
                await source.close()

    async def _source(self, command: Copy, statement: Statement) -> Source:
        if command.path is not None:
            return await Source.open(await locate(command.path))
        if command.is_program_input or statement.copy_data is None:
            self.is_input_read = True
            return Source(self._standard_input or io.BytesIO(), "standard input", None)
        return Source.of_text(statement.copy_data)

    async def _copy_to_output(self, sql: str) -> Outcome:
        if self._write_output is not None:
            return await self.session.copy_out(sql, self._write_output)
        return await self.session.run(sql, limit=self.row_limit)

    async def _set_something(
        self,
        command: OutputTo | SwitchExpanded | SwitchTiming | Echo | SetVariable | UnsetVariable,
        statement: Statement,
        place: Place | None,
    ) -> Answers:
        match command:
            case OutputTo(path=path):
                try:
                    await self.close()
                    if path is not None:
                        self._result_file = await ResultFile.open(await locate(path))
                except (FileUnusable, ScriptUnreadable) as problem:
                    yield Failed(statement, str(problem), place=place)
                    return
                where = f"to {self._result_file.path}" if self._result_file is not None else "back here"
                yield Said(f"Results go {where}.", is_good_news=True)
            case SwitchExpanded(is_on=is_on):
                self.is_expanded = not self.is_expanded if is_on is None else is_on
                yield Said(f"Expanded display is {_on_off(self.is_expanded)}.")
            case SwitchTiming(is_on=is_on):
                self.is_timing = not self.is_timing if is_on is None else is_on
                yield Said(f"Timing is {_on_off(self.is_timing)}.")
            case Echo(text=text, ends_line=ends_line, stream=stream):
                if stream is Stream.RESULTS and self._result_file is not None:
                    await self._result_file.write(text + ("\n" if ends_line else ""))
                else:
                    yield Said(text, stream, ends_line)
            case SetVariable(name=None):
                rows = tuple(sorted(self.variables.items()))
                yield Shown(statement, (TitledTable("Variables", ("Name", "Value"), rows, counts_rows=True),), 0.0)
            case SetVariable(name=str(name), value=value):
                self.variables[name] = value
            case UnsetVariable(name=name):
                self.variables.pop(name, None)


def _placed(outcome: Outcome, sent: Substituted) -> Outcome:
    if not isinstance(outcome, Refused) or outcome.error.position is None:
        return outcome
    position = sent.original_position(outcome.error.position)
    return dataclasses.replace(outcome, error=dataclasses.replace(outcome.error, position=position))


def _refused(statement: Statement, outcome: Refused, place: Place | None) -> Failed:
    error = outcome.error
    return Failed(statement, f"{error.severity}: {error.message}", error, place)


def _stopped_at(answer: Answer) -> str:
    place = answer.place if isinstance(answer, Ran | Failed | Reached) else None
    return f"stopped at {place}" if place is not None else "stopped"


def _is_lost(answer: Answer) -> bool:
    return isinstance(answer, Ran) and isinstance(answer.outcome, Lost)


def _on_off(is_on: bool) -> str:
    return "on" if is_on else "off"
