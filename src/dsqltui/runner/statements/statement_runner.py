r"""One pane's statements and backslash commands done in psql's manner, for the screen and the command line alike.

What only some commands need is loaded with the first of them: most of the time of `exec -c` is loading code.

A runner holds what commands change: variables, `\x`, `\timing`, `\o`. It gives answers (`core.answers.answers`) as they
come and draws nothing. Use one statement at a time.
"""

import contextlib
import dataclasses
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import IO, TYPE_CHECKING

from dsqltui.core.answers.answers import (
    Answer,
    Failed,
    Progressed,
    Ran,
    Reached,
    Retrying,
    Said,
    ScriptEnded,
    ScriptPlace,
)
from dsqltui.core.language import _
from dsqltui.core.psql import (
    BadArguments,
    BatchWork,
    CheckCommit,
    Command,
    Conditional,
    Copy,
    ExplainPlan,
    Go,
    Help,
    Include,
    ListObjects,
    NotHere,
    Quit,
    ResetBuffer,
    RunResult,
    ShowConflicts,
    ShowConnection,
    ShowCost,
    ShowFunction,
    StoreResult,
    Stream,
    SwitchRole,
    UnknownCommand,
    Unrestrict,
    Watch,
    parse_command,
)
from dsqltui.core.results.errors import conflict_of
from dsqltui.core.results.outcome import Lost, Refused
from dsqltui.core.scripts.script_text import ScriptUnreadable
from dsqltui.core.scripts.statement import Statement, StatementKind, split
from dsqltui.core.sessions.session import Session
from dsqltui.core.transactions.retry import Backoff
from dsqltui.runner.statements.runner_state import Answers, MakeText, RunnerState, psql_text
from dsqltui.runner.statements.scripts import OpenScript, included, opened
from dsqltui.runner.statements.statement_run import WrittenStatement, go, watch

if TYPE_CHECKING:
    from dsqltui.runner.bulk.waiting_script import WaitingScript

_ON_A_STATEMENT = Go | Watch | ExplainPlan | StoreResult | RunResult
"""Commands that end a statement, or run the last one again."""
_RUNS = Go | Watch | StoreResult | RunResult
"""Commands that send what was written."""


class StatementRunner(RunnerState):
    """A pane's runner. With `retry`, a script's transaction that loses a conflict is begun again."""

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
        super().__init__(
            session,
            row_limit=row_limit,
            make_text=make_text,
            standard_input=standard_input,
            write_output=write_output,
        )
        self._retry = retry
        self._last: WrittenStatement | None = None
        self._scripts: list[OpenScript] = []
        self._step = 0
        """Statements run of the outermost script."""

    async def run(self, statement: Statement) -> Answers:
        """Do a statement, and the command that ends it if there is one; or a command."""
        self.stopping.clear()
        async with contextlib.aclosing(self._run(statement, None, "")) as answers:
            async for answer in answers:
                yield answer

    async def run_text(self, text: str, source: Path | None = None) -> Answers:
        r"""Do a script at hand, up to its first failure unless ON_ERROR_STOP is off. `\ir` is relative to `source`.

        Raises ScriptUnreadable when scripts include one another without end.
        """
        self.stopping.clear()
        async with contextlib.aclosing(self._run_script(await opened(text, source))) as answers:
            async for answer in answers:
                yield answer

    # -- statements ----------------------------------------------------------------------------------------------------

    def _run(
        self, statement: Statement, place: ScriptPlace | None, progress: str, *, is_replaced: bool = False
    ) -> Answers:
        """What does it: as few generators within generators as can be, as a script has thousands of statements."""
        if statement.is_block:
            return self._run_block(statement, place, progress)
        if statement.kind is StatementKind.COMMAND:
            return self._command(statement, place, progress)
        parts = self._parts(WrittenStatement.read(self, statement, is_replaced=is_replaced))
        return self._statement(parts[0], place, progress) if len(parts) == 1 else self._parted(parts, place, progress)

    def _run_block(self, block: Statement, place: ScriptPlace | None, progress: str) -> Answers:
        from dsqltui.runner.statements.block_run import Block

        def do(statement: Statement, where: ScriptPlace | None, /, *, is_replaced: bool) -> Answers:
            return self._run(statement, where, progress, is_replaced=is_replaced)

        return Block(self, block, place, do).run()

    def _parts(self, written: WrittenStatement) -> list[WrittenStatement]:
        """A statement whose variables hold whole statements, cut once more."""
        statement, sent = written.statement, written.sent
        if not sent.is_changed or sent.text.count(";") == statement.text.count(";"):
            return [written]
        parts = split(sent.text)
        if len(parts) < 2 or any(part.kind is StatementKind.COMMAND or part.is_block for part in parts):
            return [written]
        parts[-1] = dataclasses.replace(parts[-1], ending=statement.ending, copy_data=statement.copy_data)
        return [WrittenStatement.read(self, part, is_replaced=True) for part in parts]

    async def _parted(self, parts: list[WrittenStatement], place: ScriptPlace | None, progress: str) -> Answers:
        for written in parts:
            async with contextlib.aclosing(self._statement(written, place, progress)) as answers:
                async for answer in answers:
                    yield answer
                    if answer.is_failure and not self.goes_on:
                        return

    def _statement(self, written: WrittenStatement, place: ScriptPlace | None, progress: str) -> Answers:
        self._last, self.last_text = written, written.buffer
        statement = written.statement
        command = parse_command(statement.ending, self.known) if statement.ending else Go()
        return self._obey(command, statement, place, progress)

    def _command(self, statement: Statement, place: ScriptPlace | None, progress: str) -> Answers:
        command = parse_command(statement.text, self.known)
        if isinstance(command, _ON_A_STATEMENT) and self._last is None:
            problem = _("There is no statement before it to run again; write one and end it with this command.")
            return _only(Failed(statement, problem, place=place))
        return self._obey(command, statement, place, progress)

    def _obey(self, command: Command, statement: Statement, place: ScriptPlace | None, progress: str) -> Answers:
        last = self._last or WrittenStatement.read(self, statement, is_replaced=True)
        if self.restricted_by and not isinstance(command, Unrestrict) and not _is_semicolon(command, statement):
            problem = _("backslash commands are restricted; only \\unrestrict is allowed")
            return _only(Failed(statement, problem, place=place))
        if isinstance(command, ExplainPlan) or (self.explains is not None and isinstance(command, _RUNS)):
            from dsqltui.runner.explain_run import explain

            asked = command if isinstance(command, ExplainPlan) else self.explains or ExplainPlan()
            return explain(self, last, asked, place, progress)
        match command:
            case Go():
                return go(self, last, command, place, progress)
            case Watch():
                return watch(self, last, command, place)
            case StoreResult(prefix=prefix):
                from dsqltui.runner.statements.result_run import store

                return store(self, last, prefix, place, progress)
            case RunResult():
                from dsqltui.runner.statements.result_run import run_values

                return run_values(self, last, place, progress, self._run_value(place, progress))
            case ListObjects() | ShowFunction():
                from dsqltui.runner.statements.command_run import show

                return show(self, command, statement, place, progress)
            case Copy() if self.explains is not None:
                from dsqltui.runner.explain_run import passed_over

                return _only(passed_over(statement, place))
            case Copy():
                from dsqltui.runner.statements.copy_run import copy

                return copy(self, command, statement, place, progress)
            case BatchWork():
                from dsqltui.runner.bulk.batch_run import batch

                return batch(self, command, statement, place, progress)
            case Include():
                return self._include(command, statement, place)
            case SwitchRole() if place is not None:
                problem = _("\\role is for a person at the console, not for a script.")
                return _only(Failed(statement, problem, place=place))
            case Quit() | Help() | ShowConnection() | ShowConflicts() | ShowCost() | CheckCommit():
                return _only(Reached(statement, command, place))
            case SwitchRole() | UnknownCommand() | BadArguments() | NotHere():
                return _only(Reached(statement, command, place))
            case ResetBuffer():
                return _only(Said(_("Query buffer reset (cleared).")))
            case Conditional(word=word):
                return _only(Failed(statement, _("\\{word}: no matching \\if").format(word=word), place=place))
            case _:
                from dsqltui.runner.statements.command_run import change

                return change(self, command, statement, place)

    def _run_value(self, place: ScriptPlace | None, progress: str) -> Callable[[Statement], Answers]:
        def run(statement: Statement) -> Answers:
            return go(self, WrittenStatement.read(self, statement, is_replaced=True), Go(), place, progress)

        return run

    # -- scripts -------------------------------------------------------------------------------------------------------

    async def _include(self, command: Include, statement: Statement, place: ScriptPlace | None) -> Answers:
        count, trouble = 0, ""
        waiting: WaitingScript | None = None
        try:
            script = await included(command, self._scripts, self.folder)
            yield Progressed(_("script {path}").format(path=command.path))
            if command.waits:
                from dsqltui.runner.bulk import waiting_script

                waiting = await waiting_script.WaitingScript.opened(self, script, command)
            async with contextlib.aclosing(self._run_script(script, waiting)) as answers:
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
        finally:
            if waiting is not None:
                await waiting.close()
        if self.stopping.is_set() and not trouble:
            trouble = _("stopped by you")
        yield ScriptEnded(statement, command.path, count, trouble)

    async def _run_script(self, script: OpenScript, waiting: "WaitingScript | None" = None) -> Answers:
        if not self._scripts:
            self._step = 0
        refused = None if self.goes_on else script.refused()
        if refused is not None:
            asked, command, line = refused
            yield Reached(asked, command, self._place(script, line))
            return
        self._scripts.append(script)
        begun_at: int | None = None
        attempt = 1
        if waiting is not None and waiting.begins_with:
            yield Said(waiting.begins_with)
        try:
            while (statement := script.next_statement()) is not None:
                if self.stopping.is_set():
                    return
                if not self.session.state.is_open:
                    begun_at = script.position - 1
                index = script.position - 1
                place = self._place(script, script.line)
                if waiting is not None:
                    if (left_out := waiting.left_out(index)) is not None:
                        yield Said(f"{place}: {left_out}") if left_out else Progressed("")
                        continue
                    await waiting.sent(index)
                before = self.session.state
                passed = script.pass_lines(statement)
                if self.variables.get("ECHO") == "all" and (lines := script.lines(passed)):
                    yield Said(lines, Stream.OUTPUT)
                total = self._scripts[0].total
                numbering = f"{self._step + 1}/{total}" if total else f"{self._step + 1}"
                async with contextlib.aclosing(self._run(statement, place, numbering)) as answers:
                    async for answer in answers:
                        retry = self._retry or (waiting.retry if waiting is not None else None)
                        again = None
                        if begun_at is not None and retry is not None:
                            again = self._another_attempt(answer, statement, attempt + 1, retry)
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
                        if waiting is not None and isinstance(answer, Ran):
                            if answer.is_failure:
                                await waiting.failed(statement, answer.outcome, before)
                            async with contextlib.aclosing(waiting.wait_for_jobs(answer)) as news:
                                async for told in news:
                                    yield told
                                    if told.is_failure:
                                        return
                        if answer.is_failure and (not self.goes_on or _is_lost(answer)):
                            return
                        if answer.is_failure and statement.kind is StatementKind.COMMAND and not statement.is_block:
                            script.skip_line()
                    else:
                        if waiting is not None:
                            await waiting.done(index)
                        attempt = attempt if self.session.state.is_open else 1
                        continue
                await self._begin_again(again)
            if waiting is not None:
                await waiting.complete()
            if self.variables.get("ECHO") == "all" and (lines := script.lines(script.pass_lines(None))):
                yield Said(lines, Stream.OUTPUT)
        finally:
            self._scripts.pop()

    def _place(self, script: OpenScript, line: int) -> ScriptPlace:
        """Where a line stands: of the script that was handed over, the name is not said."""
        is_inner = bool(self._scripts) and self._scripts[0] is not script
        return ScriptPlace(line, str(script.source) if is_inner and script.source else None)

    def _another_attempt(self, answer: Answer, statement: Statement, attempt: int, retry: Backoff) -> Retrying | None:
        """Whether this answer is a conflict after which the transaction may be begun again."""
        if attempt > retry.attempts or self.is_input_read:
            return None
        if not isinstance(answer, Ran) or not isinstance(answer.outcome, Refused) or answer.statement is not statement:
            return None
        if conflict_of(answer.outcome.error) is None:
            return None
        return Retrying(answer.outcome.error, attempt, retry.attempts, retry.wait_s(attempt), answer.place)

    async def _begin_again(self, retrying: Retrying | None) -> None:
        """Leave the failed transaction and wait a little."""
        if self.session.state.is_open:
            await self.session.run("ROLLBACK", limit=1)
        if retrying is not None:
            await self.pause(retrying.wait_s)


async def _only(answer: Answer) -> Answers:
    yield answer


def _is_semicolon(command: Command, statement: Statement) -> bool:
    """Whether the statement is run without a command having been written."""
    return isinstance(command, Go) and statement.kind is not StatementKind.COMMAND and not statement.ending


def _stopped_at(answer: Answer) -> str:
    place = answer.place if isinstance(answer, Ran | Failed | Reached) else None
    return _("stopped at {place}").format(place=place) if place is not None else _("stopped")


def _is_lost(answer: Answer) -> bool:
    return isinstance(answer, Ran) and isinstance(answer.outcome, Lost)


OpenRunner = Callable[[Session, int], StatementRunner]
"""Makes the runner of a session; the number is the size of a page of rows."""


def plain_runner(session: Session, row_limit: int) -> StatementRunner:
    """The OpenRunner of console and labs: results are for the sink, files are written as psql writes them."""
    return StatementRunner(session, row_limit=row_limit)
