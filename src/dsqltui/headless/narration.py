"""What is said beside the data, as safe text: errors with a caret, notices, tags, durations."""

from dsqltui.core.answers import fate
from dsqltui.core.aws.diagnosis import diagnose
from dsqltui.core.aws.endpoint import Endpoint
from dsqltui.core.language import _
from dsqltui.core.psql import BadArguments, Command, NotHere, UnknownCommand
from dsqltui.core.results.errors import ServerError, advice_for, caret_line, conflict_of
from dsqltui.core.results.outcome import Lost, Notice, Refused
from dsqltui.core.results.transaction_state import TransactionState
from dsqltui.core.sessions.session import ConnectFailed
from dsqltui.core.sql.odd_characters import explained
from dsqltui.core.text.safe_text import many_lines, one_line

_TEXT_LIMIT = 8_000


def error_lines(error: ServerError, statement: str = "", verbosity: str = "default") -> list[str]:
    """An error of the server as psql shows it, with SQLSTATE and what to do next; `verbosity` as psql's VERBOSITY."""
    conflict = conflict_of(error)
    if verbosity == "sqlstate":
        return [f"{error.severity} {error.sqlstate}"]
    code = f"{error.sqlstate} {conflict.value}" if conflict else error.sqlstate
    lines = [f"{error.severity} {code}: {many_lines(error.message, _TEXT_LIMIT)}"]
    if verbosity == "terse":
        return (
            lines
            if error.position is None
            else [_("{lines} at character {position}").format(lines=lines[0], position=error.position)]
        )
    if error.position is not None and statement:
        number = statement.count("\n", 0, error.position - 1) + 1
        line, caret = caret_line(statement, error.position)
        head = f"LINE {number}: "
        lines += [head + one_line(line), " " * len(head) + caret]
    for title, text in (("DETAIL", error.detail), ("HINT", error.hint), ("CONTEXT", error.context)):
        if text:
            lines.append(f"{title}: {many_lines(text, _TEXT_LIMIT)}")
    if error.sqlstate.startswith("42") and (odd := explained(statement)):
        lines.append(odd)
    advice = advice_for(error)
    if advice is not None and conflict is not None:
        lines.append(advice.next_step)
    return lines


def refused_lines(outcome: Refused, statement: str, before: TransactionState, verbosity: str = "default") -> list[str]:
    """`error_lines`, and what is unknown of the data where the error leaves that open."""
    unknown = fate.sentence(statement, outcome, before)
    return [*error_lines(outcome.error, statement, verbosity), *([unknown] if unknown else [])]


def not_connected_lines(failure: ConnectFailed) -> list[str]:
    """Why a session could not be opened, and as far as it is known the cause and the next command."""
    found = diagnose(failure.symptom) if failure.symptom else None
    more = (
        [_("Cause: {cause}").format(cause=found.cause), _("Next: {next_step}").format(next_step=found.next_step)]
        if found
        else []
    )
    return [many_lines(line, _TEXT_LIMIT) for line in (str(failure), *more)]


def lost_lines(lost: Lost, statement: str = "") -> list[str]:
    """A lost connection in words; `statement` is what ran, or was to run, as sent."""
    lines = [_("CONNECTION LOST: {reason}").format(reason=many_lines(lost.reason, _TEXT_LIMIT))]
    consequence = fate.sentence(statement, lost, lost.state_before)
    if consequence:
        lines.append(consequence)
    return lines


def notice_line(notice: Notice) -> str:
    """A NOTICE or WARNING."""
    return f"{notice.severity}: {many_lines(notice.message, _TEXT_LIMIT)}"


def time_line(duration_s: float) -> str:
    """psql's line after `\\timing`."""
    return _("Time: {duration_s:.3f} ms").format(duration_s=duration_s * 1000)


def not_understood(command: Command) -> str:
    """What is wrong with a command."""
    match command:
        case UnknownCommand():
            return one_line(command.sentence)
        case BadArguments(problem=problem) | NotHere(problem=problem):
            return one_line(problem)
        case _:
            raise AssertionError(f"{command!r} can be understood")


def connection_line(endpoint: Endpoint, user: str, state: TransactionState) -> str:
    """The answer of `\\conninfo`."""
    told = _(
        'You are connected to database "postgres" as user "{user}" on host "{host}" (Region {region}) '
        'at port "{port}"; transaction: {state}.'
    )
    return told.format(
        user=one_line(user),
        host=one_line(endpoint.host),
        region=one_line(endpoint.region),
        port=endpoint.port,
        state=_(state.value),
    )
