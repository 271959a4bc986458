"""What the backslash commands that are not about statements say."""

from dsqltui.core.aws.endpoint import Endpoint
from dsqltui.core.language import _
from dsqltui.core.psql import COMMANDS, BadArguments, Command, Help, NotHere, ShowConnection, UnknownCommand
from dsqltui.core.results.transaction_state import TransactionState
from dsqltui.core.text.safe_text import one_line
from dsqltui.ui.keys.user_keys import key_of
from dsqltui.ui.words.report import Report
from dsqltui.ui.words.severity import Severity


def answer(command: Command, letter: str, endpoint: Endpoint, user: str, state: TransactionState) -> Report:
    """The report for a pane: its letter, endpoint, database role and the server's last word."""
    match command:
        case Help():
            width = max(len(usage) for usage, _meaning in COMMANDS)
            lines = "\n".join(f"{usage:<{width}}  {_(meaning)}" for usage, meaning in COMMANDS)
            return Report(Severity.QUIET, "Commands", message=lines, advice=f"{key_of('help')} shows all keys.")
        case ShowConnection():
            lines = "\n".join(
                (
                    f"Pane     {letter}",
                    f"Role     {one_line(user)}",
                    f"Host     {one_line(endpoint.host)}",
                    f"Port     {endpoint.port}",
                    f"Region   {one_line(endpoint.region)}",
                    f"State    {state.value}",
                )
            )
            return Report(Severity.QUIET, "Connection", message=lines)
        case UnknownCommand(name=name, nearest=nearest):
            guess = " or ".join(f"\\{other}" for other in nearest)
            return Report(
                Severity.FAILED,
                "UNKNOWN COMMAND",
                message=f"There is no command \\{one_line(name, 40)}.",
                advice=f"Did you mean {guess}?" if guess else "\\? shows the commands.",
            )
        case NotHere(problem=problem):
            return Report(Severity.FAILED, "NOT DONE HERE", message=one_line(problem))
        case BadArguments(problem=problem):
            return Report(Severity.FAILED, "NOT UNDERSTOOD", message=one_line(problem))
        case _:
            raise AssertionError(f"not answered here: {command!r}")
