r"""Blocks done in psql's manner: a command in the middle of a statement is done when it is reached, and the statement
goes on behind it; of `\if`, the branch whose condition holds."""

import contextlib
import dataclasses
from collections.abc import AsyncGenerator
from typing import Protocol

from dsqltui.core.answers.answers import Answer, Failed, Reached, Said, ScriptPlace
from dsqltui.core.language import _
from dsqltui.core.psql import BadArguments, Conditional, Quit, parse_command
from dsqltui.core.psql.parsing import boolean
from dsqltui.core.psql.variables import substitute
from dsqltui.core.scripts.blocks import CommandPiece, Conditions, EndPiece, QueryBuffer, SqlPiece, pieces_of
from dsqltui.core.scripts.statement import ENDINGS, Statement, StatementKind, split
from dsqltui.core.sql.lexer import command_name
from dsqltui.runner.statements.runner_state import Answers, RunnerState


class Do(Protocol):
    """Does a statement or a command."""

    def __call__(self, statement: Statement, place: ScriptPlace | None, /, *, is_replaced: bool) -> Answers: ...


class Block:
    """One block under way."""

    def __init__(self, runner: RunnerState, block: Statement, place: ScriptPlace | None, do: Do) -> None:
        self._runner = runner
        self._block = block
        self._place = place
        self._do = do
        self._buffer = QueryBuffer()
        self._conditions = Conditions()
        self._is_over = False
        self._skipped_to = 0
        """A command that cannot be done takes the rest of its line with it."""

    async def run(self) -> Answers:
        """All of it, up to the first failure unless ON_ERROR_STOP is off."""
        try:
            for piece in pieces_of(self._block.text):
                async with contextlib.aclosing(self._piece(piece)) as answers:
                    async for answer in answers:
                        yield answer
                        self._is_over = self._is_over or self._ends(answer)
                if self._is_over or self._runner.stopping.is_set():
                    return
            if self._conditions.is_active:
                async with contextlib.aclosing(self._send("", len(self._block.text))) as answers:
                    async for answer in answers:
                        yield answer
                        if self._ends(answer):
                            return
            if not self._conditions.is_closed:
                yield Failed(self._block, _("The end came before the \\endif of an \\if; close it."), place=self._place)
        finally:
            self._runner.buffer = ""

    def _ends(self, answer: Answer) -> bool:
        if isinstance(answer, Reached) and isinstance(answer.command, Quit):
            return True
        return answer.is_failure and not self._runner.goes_on

    async def _piece(self, piece: SqlPiece | CommandPiece | EndPiece) -> AsyncGenerator[Answer, None]:
        if piece.start < self._skipped_to and not isinstance(piece, SqlPiece):
            return
        match piece:
            case SqlPiece(text=text, start=start):
                text, start = text[max(0, self._skipped_to - start) :], max(start, self._skipped_to)
                if self._conditions.is_active and text:
                    self._buffer.add(substitute(text, self._runner.known).text, start)
                    self._runner.buffer = self._buffer.text
                return
            case EndPiece(start=start, copy_data=copy_data):
                data = copy_data
                if data is None and start + 1 == len(self._block.text):
                    data = self._block.copy_data
                if not self._conditions.is_active:
                    return
                answers = self._send("", start, data)
            case CommandPiece():
                answers = self._command(piece)
        async with contextlib.aclosing(answers):
            async for answer in answers:
                yield answer

    async def _command(self, piece: CommandPiece) -> AsyncGenerator[Answer, None]:
        name = command_name(piece.text)
        place = self._place_of(piece.start)
        statement = self._statement(piece.text, piece.start, piece.end, StatementKind.COMMAND, piece.copy_data)
        if name in ("if", "elif", "else", "endif"):
            for answer in self._condition(name, statement, place):
                yield answer
            return
        if not self._conditions.is_active:
            return
        if name in ENDINGS and self._buffer.text.strip():
            answers = self._send(piece.text, piece.end)
        elif name in ("r", "reset"):
            self._buffer.clear()
            self._runner.buffer = ""
            yield Said(_("Query buffer reset (cleared)."))
            return
        else:
            answers = self._do(statement, place, is_replaced=False)
        async with contextlib.aclosing(answers):
            async for answer in answers:
                if answer.is_failure:
                    end = self._block.text.find("\n", piece.end)
                    self._skipped_to = len(self._block.text) if end < 0 else end
                yield answer

    def _condition(self, name: str, statement: Statement, place: ScriptPlace | None) -> list[Answer]:
        is_true, told = False, list[Answer]()
        if name in ("if", "elif") and self._conditions.wants_value(name):
            command = parse_command(statement.text, self._runner.known)
            if isinstance(command, BadArguments):
                return [Reached(statement, command, place)]
            if isinstance(command, Conditional):
                value = boolean(command.expression)
                is_true = value is True
                if value is None:
                    sentence = _('"{expression}" is no condition: on or off is expected, and off was taken.').format(
                        expression=command.expression
                    )
                    told.append(Said(rf"\{name}: {sentence}"))
        problem = self._conditions.take(name, is_true=is_true)
        return [Failed(statement, problem, place=place)] if problem else told

    async def _send(self, ending: str, end: int, copy_data: str | None = None) -> AsyncGenerator[Answer, None]:
        """Send what is in the buffer, if there is anything to send."""
        text, start = self._buffer.text, self._buffer.start or 0
        self._buffer.clear()
        self._runner.buffer = ""
        found = split(text)
        if not found:
            return
        first = found[0]
        statement = dataclasses.replace(
            first,
            start=self._block.start + start + first.start,
            end=self._block.start + end,
            copy_data=copy_data,
            ending=ending,
            is_terminated=True,
        )
        async with contextlib.aclosing(self._do(statement, self._place_of(start), is_replaced=True)) as answers:
            async for answer in answers:
                yield answer

    def _statement(
        self, text: str, start: int, end: int, kind: StatementKind, copy_data: str | None = None
    ) -> Statement:
        return Statement(text, self._block.start + start, self._block.start + end, kind, copy_data)

    def _place_of(self, offset: int) -> ScriptPlace | None:
        if self._place is None:
            return None
        return dataclasses.replace(self._place, line=self._place.line + self._block.text.count("\n", 0, offset))
