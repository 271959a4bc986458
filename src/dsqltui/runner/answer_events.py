"""Answers as events, for a sink that hears events alone, such as the screen. Loaded when something is first run."""

from collections.abc import Iterator

from dsqltui.core.answers.answers import Failed, Ran, Reached, Said, ScriptEnded, Shown
from dsqltui.core.language import _
from dsqltui.core.psql import Include, SwitchRole, parse_command
from dsqltui.core.results.outcome import Done, Outcome
from dsqltui.core.results.transaction_state import TransactionState
from dsqltui.core.scripts.statement import Statement, StatementKind
from dsqltui.runner.events import CommandReached, CommandTold, RunnerEvent, ScriptFinished, StatementFinished
from dsqltui.runner.jobs import NOTHING
from dsqltui.runner.results.listings import as_outcome
from dsqltui.runner.sink import Delivery


def events_of(letter: str, delivery: Delivery) -> Iterator[RunnerEvent]:
    """What a delivery tells, in order."""
    state, asked = delivery.state, delivery.asked
    match delivery.answer:
        case Ran(statement=statement, outcome=outcome, place=place, saved_to=saved_to) as ran:
            yield StatementFinished(
                letter,
                statement,
                outcome,
                state,
                delivery.is_from_editor and place is None,
                ran.progress,
                ran.state_before,
                ran.sent,
                ran.is_expanded,
                delivery.entry,
                delivery.held,
                delivery.copy_bytes,
                delivery.script,
            )
            if saved_to is not None:
                yield CommandTold(
                    letter, _("Written to {saved_to}.").format(saved_to=saved_to), False, place is not None, state
                )
        case Shown(tables=tables) as shown:
            for number, table in enumerate(tables):
                statement = NOTHING if number or delivery.entry is None else shown.statement
                yield _listed(letter, statement, as_outcome(table, shown), delivery, shown.progress)
        case Said(text=text):
            yield CommandTold(letter, text, False, _is_script(asked), state)
        case Failed(problem=problem):
            yield CommandTold(letter, problem, True, _is_script(asked), state)
        case Reached(command=SwitchRole()):
            pass  # RoleAsked tells
        case Reached(command=command):
            yield CommandReached(letter, command, state)
        case ScriptEnded(path=path, statement_count=count, trouble=trouble):
            yield ScriptFinished(letter, path, count, trouble, delivery.script)


def is_one_of_many(delivery: Delivery) -> bool:
    """Whether it tells of a script's statement that went well and has nothing to show but that."""
    match delivery.answer:
        case Ran(outcome=Done(notices=()), place=place, saved_to=None, state_before=before):
            return place is not None and before is not TransactionState.FAILED  # of which COMMIT would save nothing
    return False


def _listed(
    letter: str, statement: Statement, outcome: Outcome, delivery: Delivery, progress: str
) -> StatementFinished:
    return StatementFinished(
        letter,
        statement,
        outcome,
        delivery.state,
        False,
        progress,
        delivery.state,
        entry=delivery.entry if statement is not NOTHING else None,
        script=delivery.script,
    )


def _is_script(statement: Statement) -> bool:
    return statement.kind is StatementKind.COMMAND and isinstance(parse_command(statement.text), Include)
