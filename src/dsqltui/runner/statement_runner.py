r"""One pane's statements and backslash commands done in psql's manner, for the screen and the command line alike.

A runner holds what commands change: variables, `\x`, `\timing`, `\o`. It gives answers (`core.answers`) as they come
and draws nothing. Use one statement at a time.
"""

import contextlib
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import IO

from dsqltui.core.answers import Answer, Failed, Place, Progressed, Ran, Reached, Retrying, ScriptEnded
from dsqltui.core.commands import (
    BadArguments,
    Command,
    Copy,
    Echo,
    Go,
    Help,
    Include,
    ListObjects,
    OutputTo,
    Quit,
    SetVariable,
    ShowConnection,
    ShowFunction,
    SwitchExpanded,
    SwitchRole,
    SwitchTiming,
    UnknownCommand,
    UnsetVariable,
    Watch,
    parse_command,
)
from dsqltui.core.errors import conflict_of
from dsqltui.core.outcome import Lost, Refused
from dsqltui.core.retry import Backoff
from dsqltui.core.script import ScriptUnreadable
from dsqltui.core.session import Session
from dsqltui.core.statement import Statement, StatementKind
from dsqltui.runner.command_run import change, show
from dsqltui.runner.copy_run import copy
from dsqltui.runner.runner_state import Answers, MakeText, RunnerState, psql_text
from dsqltui.runner.scripts import OpenScript, included, opened
from dsqltui.runner.statement_run import go, watch


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
        self._last: Statement | None = None
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
                answers = go(self, last, path, self.is_expanded or is_expanded, place, progress)
            case Watch(interval_s=interval_s):
                answers = watch(self, last, interval_s, place)
            case ListObjects() | ShowFunction():
                answers = show(self, command, statement, place, progress)
            case Copy():
                answers = copy(self, command, statement, place, progress)
            case Include():
                answers = self._include(command, statement, place)
            case OutputTo() | SwitchExpanded() | SwitchTiming() | Echo() | SetVariable() | UnsetVariable():
                answers = change(self, command, statement, place)
            case SwitchRole() if place is not None:
                yield Failed(statement, r"\role is for a person at the console, not for a script.", place=place)
                return
            case Quit() | Help() | ShowConnection() | SwitchRole() | UnknownCommand() | BadArguments():
                yield Reached(statement, command, place)
                return
        async with contextlib.aclosing(answers):
            async for answer in answers:
                yield answer

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
        if self.stopping.is_set() and not trouble:
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
                if self.stopping.is_set():
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


def _stopped_at(answer: Answer) -> str:
    place = answer.place if isinstance(answer, Ran | Failed | Reached) else None
    return f"stopped at {place}" if place is not None else "stopped"


def _is_lost(answer: Answer) -> bool:
    return isinstance(answer, Ran) and isinstance(answer.outcome, Lost)


OpenRunner = Callable[[Session, int], StatementRunner]
"""Makes the runner of a session; the number is the size of a page of rows."""


def plain_runner(session: Session, row_limit: int) -> StatementRunner:
    """The OpenRunner of console and labs: results are for the sink, files are written as psql writes them."""
    return StatementRunner(session, row_limit=row_limit)
