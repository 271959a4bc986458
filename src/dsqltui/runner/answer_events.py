"""What a pane's runner does, as messages to the screen. Loaded when something is first run."""

import contextlib

from dsqltui.core.answers import Answer, Failed, Progressed, Ran, Reached, Said, ScriptEnded, Shown
from dsqltui.core.commands import Include, SwitchRole, parse_command
from dsqltui.core.statement import Statement, StatementKind
from dsqltui.runner.events import CommandReached, CommandTold, ScriptFinished
from dsqltui.runner.listings import as_outcome
from dsqltui.runner.queue import NOTHING, RunQueue
from dsqltui.runner.statement_runner import StatementRunner


async def do_statement(queue: RunQueue, runner: StatementRunner, statement: Statement, *, is_from_editor: bool) -> bool:
    """Have the runner do a statement or a command; True when what follows may be run."""
    script = statement.text if statement.kind is StatementKind.COMMAND else ""
    is_good = True
    async with contextlib.aclosing(runner.run(statement)) as answers:
        async for answer in answers:
            is_good = is_good and not answer.is_failure and not _switches_role(answer)
            _pass_on(queue, answer, statement, is_from_editor, script)
    return is_good


def _pass_on(queue: RunQueue, answer: Answer, asked: Statement, is_from_editor: bool, script: str) -> None:
    match answer:
        case Ran():
            if script and answer.place is not None:
                queue.tell_progress(f"{script} {answer.progress}")
            queue.outcome_came(
                answer.statement,
                answer.outcome,
                answer.state_before,
                is_from_editor=is_from_editor and answer.place is None,
                progress=answer.progress,
                sent=answer.sent,
                is_expanded=answer.is_expanded,
            )
            if answer.saved_to is not None:
                written = f"Written to {answer.saved_to}."
                queue.post(CommandTold(queue.letter, written, False, answer.place is not None, queue.state))
        case Shown():
            for place, table in enumerate(answer.tables):
                # recorded once, and never as a part of a transaction that may be run again
                told = NOTHING if place or queue.state.is_open else answer.statement
                queue.outcome_came(told, as_outcome(table, answer), queue.state, progress=answer.progress)
        case Said(text=text):
            queue.post(CommandTold(queue.letter, text, False, _is_script(asked), queue.state))
        case Failed(problem=problem):
            queue.post(CommandTold(queue.letter, problem, True, _is_script(asked), queue.state))
        case Reached(command=command):
            queue.post(CommandReached(queue.letter, command, queue.state))
        case Progressed(text=text):
            queue.tell_progress(text)
        case ScriptEnded(path=path, statement_count=count, trouble=trouble):
            queue.post(ScriptFinished(queue.letter, path, count, trouble))


def _is_script(statement: Statement) -> bool:
    return statement.kind is StatementKind.COMMAND and isinstance(parse_command(statement.text), Include)


def _switches_role(answer: Answer) -> bool:
    """What follows is meant for the new role, which takes its time to come: it is not run."""
    return isinstance(answer, Reached) and isinstance(answer.command, SwitchRole)
