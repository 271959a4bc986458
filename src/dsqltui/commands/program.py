"""The command line: the only place that knows everybody. Imports are late so that --help stays quick."""

import errno
import importlib
import os
import sys
import threading
from types import CoroutineType

import click

from dsqltui import __version__
from dsqltui.commands.words import click_words
from dsqltui.commands.words.help_language import language_option, translated, without_language
from dsqltui.core.language import _
from dsqltui.spoken import speak_as_asked
from dsqltui.standard_streams import OutputFailed


def main() -> None:
    """The `dsqltui` command: whatever a command raises becomes a sentence and an exit status."""
    threading.excepthook = sys.unraisablehook = note_untold
    if any(stream is not None and not stream.closed and stream.isatty() for stream in (sys.stdout, sys.stderr)):
        from dsqltui.headless.safe_streams import guard_terminals

        guard_terminals()
    try:
        status = cli(prog_name="dsqltui", standalone_mode=False)
    except click.ClickException as problem:
        status = _told(problem)
    except click.Abort:
        click.echo(_("Aborted!"), err=True)
        status = 1
    except OutputFailed:
        raise
    except Exception as error:
        status = _crashed(error)
    except SystemExit as left:
        _tell_failures()
        raise left
    _tell_failures()
    sys.exit(status if isinstance(status, int) else 0)


def _told(problem: click.ClickException) -> int:
    """Click's message, in which an argument may hold anything."""
    from io import StringIO

    from dsqltui.core.text.safe_text import many_lines

    text = StringIO()
    problem.show(text)
    click.echo(many_lines(text.getvalue()), nl=False, err=True)
    return problem.exit_code


def note_untold(failed: "threading.ExceptHookArgs | sys.UnraisableHookArgs") -> None:
    """An error that ended a thread, or that nobody could be told: not printed, the screen may be a console's."""
    from dsqltui.store.crash_file import failures

    error = failed.exc_value
    if isinstance(error, OSError) and error.errno == errno.EIO:
        return  # the terminal has gone, with whoever looked at it
    if isinstance(lost := getattr(failed, "object", None), CoroutineType):
        # collected while a named tuple was made, whose code has no builtins: KeyError('__import__') for a warning
        error = RuntimeWarning(f"coroutine {lost.__qualname__} was never awaited")
    if error is not None:
        failures.note(error)


def _tell_failures() -> None:
    if (kept := sys.modules.get("dsqltui.store.crash_file")) is not None:
        for sentence in kept.failures.sentences:
            click.echo(sentence, err=True)


def _crashed(error: Exception) -> int:
    if isinstance(error, BrokenPipeError):  # nobody reads any more
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    from dsqltui.store.crash_file import crash_sentence

    click.echo(crash_sentence(error), err=True)
    return 1


_ELSEWHERE: dict[str, str] = {
    "exec": "execute:execute",
    "interleave": "interleave:interleave",
    "access": "access:access",
    "clusters": "clusters:clusters",
    "config": "config:config",
    "connect": "connect:connect",
    "cost": "cost:cost",
    "docs": "docs:docs",
    "doctor": "doctor:doctor",
    "lab": "lab:lab",
    "metrics": "metrics:metrics",
    "open": "open:open_console",
    "sim": "sim:sim",
    "sim-faults": "sim:sim_faults",
    "start": "connect:start",
    "storm": "storm:storm",
}
"""Commands of `dsqltui.commands`: name to `module:attribute`. Imported when they are asked for."""


class _HostsOrCommand(click.Group):
    """`dsqltui HOST_A HOST_B` and `dsqltui --local` mean `dsqltui open ...`: a first word with a sign that no command
    has, or of the length of a cluster's id, is a host."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted({*super().list_commands(ctx), *_ELSEWHERE})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _ELSEWHERE:
            own = super().get_command(ctx, cmd_name)
            return translated(own) if own is not None else None
        module, _, attribute = _ELSEWHERE[cmd_name].partition(":")
        command = getattr(importlib.import_module(f"dsqltui.commands.{module}"), attribute)
        assert isinstance(command, click.Command)
        return translated(command)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        speak_as_asked(args)
        click_words.speak()
        args = without_language(args)
        translated(self)
        if not args and sys.stdin.isatty() and sys.stdout.isatty():
            args = ["start"]
        is_for_open = bool(args) and (args[0].startswith("-") or _is_host(args[0]))
        if is_for_open and args[0] not in ("--help", "-h", "--version"):
            args = ["open", *args]
        return super().parse_args(ctx, args)


def _is_host(word: str) -> bool:
    return not set(word).isdisjoint(".:/=[ ") or (len(word) == 26 and word.isalnum())


@click.group(cls=_HostsOrCommand, context_settings={"help_option_names": ["--help", "-h"]})
@language_option
@click.version_option(__version__, prog_name="dsqltui")
def cli() -> None:
    """A console for Amazon Aurora DSQL multi-Region clusters: two panes, one per Regional endpoint.

    \b
    dsqltui                       choose what to open: pairs in your Regions, recent ones, the simulator
    dsqltui --local               open the console on a simulator on this machine
    dsqltui HOST_A HOST_B         open the console on the two endpoints of a cluster
    dsqltui --plain ...           the two panes as lines, for screen readers and slow links
    dsqltui connect NAME          open the console on a connection of the settings
    dsqltui exec -c 'SQL' ...     run SQL without the console, results as data
    dsqltui interleave ...        every order of a few transactions, judged
    dsqltui lab run --local       the workshop's labs, step by step; see also: dsqltui lab --help
    dsqltui storm --local -f FILE run pgbench scripts in many sessions, count conflicts
    dsqltui sim                   run the simulator by itself, for psql and other clients
    dsqltui sim probe             compare a server's answers with what the simulator expects
    dsqltui sim-faults            show or change what goes wrong in a running simulator
    dsqltui access --role NAME    what lets an IAM role use tables: policies and SQL
    dsqltui clusters list         pairs in your Regions; show, create, delete
    dsqltui cost ...              what SQL costs a month: DPU, and money where prices are set
    dsqltui doctor [HOST...]      find out why a connection fails
    dsqltui config show           show the settings; config edit changes them
    dsqltui docs                  the documentation, on this machine
    """


@cli.command()
@click.argument("host")
@click.option("--user", default="admin", show_default=True, help="Database role to connect as.")
@click.option("--profile", help="AWS profile; the default is boto3's.")
@click.option("--region", help="Region of the host, when its name does not hold it.")
@click.option("--cluster-id", help="Cluster behind a VPC endpoint's own name (amzn-cluster-id).")
@click.option("--as", "as_role", metavar="NAME", help="Sign as [roles.NAME] of the settings.")
def token(
    host: str, user: str, profile: str | None, region: str | None, cluster_id: str | None, as_role: str | None
) -> None:
    """Print a connect token for HOST: the password for psql and other clients, good for 15 minutes.

    \b
    PGPASSWORD=$(dsqltui token HOST) psql --host HOST --username admin postgres
    """
    import asyncio
    from dataclasses import replace

    from dsqltui.client.tokens import BotoTokens
    from dsqltui.commands.as_role import become
    from dsqltui.core.aws.endpoint import EndpointError, parse_endpoint
    from dsqltui.core.sessions.session import ConnectFailed
    from dsqltui.launch.target import Target

    try:
        endpoint = replace(parse_endpoint(host, region=region, user=user), behind=cluster_id)
        target = become(Target((endpoint, endpoint), BotoTokens(profile), user), as_role, user)
        click.echo(asyncio.run(target.tokens.token(endpoint, target.user)))
    except EndpointError as problem:
        raise click.UsageError(str(problem)) from None
    except ConnectFailed as problem:
        raise click.ClickException(str(problem)) from None
