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
            return Report(
                Severity.QUIET,
                _("Commands"),
                message=lines,
                advice=_("{key} shows all keys.").format(key=key_of("help")),
            )
        case ShowConnection():
            lines = "\n".join(
                (
                    _("Pane     {letter}").format(letter=letter),
                    _("Role     {user}").format(user=one_line(user)),
                    _("Host     {host}").format(host=one_line(endpoint.host)),
                    _("Port     {port}").format(port=endpoint.port),
                    _("Region   {region}").format(region=one_line(endpoint.region)),
                    _("State    {value}").format(value=_(state.value)),
                )
            )
            return Report(Severity.QUIET, _("Connection"), message=lines)
        case UnknownCommand(name=name, nearest=nearest):
            guess = " or ".join(f"\\{other}" for other in nearest)
            return Report(
                Severity.FAILED,
                _("UNKNOWN COMMAND"),
                message=_("There is no command \\{name}.").format(name=one_line(name, 40)),
                advice=_("Did you mean {guess}?").format(guess=guess) if guess else _("\\? shows the commands."),
            )
        case NotHere(problem=problem):
            return Report(Severity.FAILED, _("NOT DONE HERE"), message=one_line(problem))
        case BadArguments(problem=problem):
            return Report(Severity.FAILED, _("NOT UNDERSTOOD"), message=one_line(problem))
        case _:
            raise AssertionError(f"not answered here: {command!r}")
