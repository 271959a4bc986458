"""The command line: the only place that knows everybody. Imports are late so that --help stays quick."""

import importlib
import os
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import click

from dsqltui import __version__
from dsqltui.standard_streams import OutputFailed

if TYPE_CHECKING:
    from dsqltui.sim.faults.faults import Faults

_REGIONS = "us-east-1,us-east-2"


def main() -> None:
    """The `dsqltui` command: whatever a command raises becomes a sentence and an exit status."""
    threading.excepthook = sys.unraisablehook = _note
    if any(stream is not None and not stream.closed and stream.isatty() for stream in (sys.stdout, sys.stderr)):
        from dsqltui.headless.safe_streams import guard_terminals

        guard_terminals()
    try:
        status = cli(prog_name="dsqltui", standalone_mode=False)
    except click.ClickException as problem:
        status = _told(problem)
    except click.Abort:
        click.echo("Aborted!", err=True)
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


def _note(failed: "threading.ExceptHookArgs | sys.UnraisableHookArgs") -> None:
    """An error that ended a thread: not printed, the screen may be a console's."""
    from dsqltui.store.crash_file import failures

    if failed.exc_value is not None:
        failures.note(failed.exc_value)


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
    "doctor": "doctor:doctor",
    "lab": "lab:lab",
    "open": "open:open_console",
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
            return super().get_command(ctx, cmd_name)
        module, _, attribute = _ELSEWHERE[cmd_name].partition(":")
        command = getattr(importlib.import_module(f"dsqltui.commands.{module}"), attribute)
        assert isinstance(command, click.Command)
        return command

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if not args and sys.stdin.isatty() and sys.stdout.isatty():
            args = ["start"]
        is_for_open = bool(args) and (args[0].startswith("-") or _is_host(args[0]))
        if is_for_open and args[0] not in ("--help", "-h", "--version"):
            args = ["open", *args]
        return super().parse_args(ctx, args)


def _is_host(word: str) -> bool:
    return not set(word).isdisjoint(".:/=[ ") or (len(word) == 26 and word.isalnum())


@click.group(cls=_HostsOrCommand, context_settings={"help_option_names": ["--help", "-h"]})
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
    """


class _WithFaults(click.Command):
    """Help with a table of the faults."""

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        from dsqltui.sim.faults.faults import table

        with formatter.section("Faults (limits are the service's own, everything else is off)"):
            formatter.write_dl(table())
        super().format_epilog(ctx, formatter)


class _SimGroup(_WithFaults, click.Group):
    """A command of its own, and the place of others: its options mean nothing to them."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        for parameter in self.params:
            source = ctx.get_parameter_source(parameter.name or "")
            if source is click.core.ParameterSource.COMMANDLINE:
                raise click.UsageError(f"{parameter.opts[0]} is for the simulator and means nothing to {args[0]}", ctx)
        return super().resolve_command(ctx, args)


def _checked_faults(_ctx: click.Context, _parameter: click.Parameter, texts: tuple[str, ...]) -> "Faults":
    from dsqltui.sim.faults.faults import NO_FAULTS, FaultError, parse_changes, with_changes

    try:
        return with_changes(NO_FAULTS, parse_changes(texts))
    except FaultError as problem:
        raise click.BadParameter(str(problem)) from None


def _ports(_ctx: click.Context, _parameter: click.Parameter, text: str | None) -> tuple[int, int, int] | None:
    if text is None:
        return None
    numbers = [int(part) for part in text.split(",") if part.strip().isdecimal() and 0 <= int(part) <= 65_535]
    if len(numbers) != 3 or text.count(",") != 2:
        raise click.BadParameter(f"{text!r} is not three ports: of endpoint A, of endpoint B, of AWS")
    return numbers[0], numbers[1], numbers[2]


@cli.group(cls=_SimGroup, invoke_without_command=True)
@click.option("--ephemeral", is_flag=True, help="Keep nothing after the end.")
@click.option("--data-dir", type=click.Path(file_okay=False, path_type=Path), help="Where to keep the data.")
@click.option("--regions", default=_REGIONS, show_default=True, help="The two Regions, separated by a comma.")
@click.option(
    "--port-base", default=0, type=click.IntRange(0, 65_000), help="First of three ports; default: free ones."
)
@click.option("--ports", metavar="A,B,AWS", callback=_ports, help="Exactly these three ports.")
@click.option("--ready-file", type=click.Path(dir_okay=False, path_type=Path), help="Write how to connect as JSON.")
@click.option("--honour-cancel", is_flag=True, help="Let cancel requests work; Aurora DSQL ignores them.")
@click.option(
    "--oc001",
    "oc001_scope",
    type=click.Choice(["relation", "cluster"]),
    default="relation",
    show_default=True,
    help="What another session's DDL reaches: statements on the relation it changed, or on any table.",
)
@click.option("--no-dialect", is_flag=True, hidden=True)
@click.option("--no-idle-oc001", is_flag=True, help="Tell only open transactions of other sessions' DDL.")
@click.option("--job-delay", default=0.5, show_default=True, help="Seconds a job spends in each state.")
@click.option(
    "--cluster-delay",
    default=2.0,
    show_default=True,
    type=click.FloatRange(0, 3600),
    help="Seconds a cluster of the API spends in each state.",
)
@click.option(
    "--fault",
    "faults",
    multiple=True,
    metavar="NAME=VALUE",
    envvar="DSQLTUI_SIM_FAULTS",
    show_envvar=True,
    callback=_checked_faults,
    help="Make something go wrong from the start; see below. May be repeated; in the variable, separated by spaces.",
)
@click.option(
    "--log-messages",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Add every statement that clients send to this file, a line of JSON each.",
)
@click.option("--until-stdin-closes", is_flag=True, hidden=True)
@click.option("--quiet", is_flag=True, help="Do not print how to connect.")
@click.pass_context
def sim(
    ctx: click.Context,
    ephemeral: bool,
    data_dir: Path | None,
    regions: str,
    port_base: int,
    ports: tuple[int, int, int] | None,
    ready_file: Path | None,
    honour_cancel: bool,
    oc001_scope: str,
    no_idle_oc001: bool,
    no_dialect: bool,
    job_delay: float,
    cluster_delay: float,
    faults: "Faults",
    log_messages: Path | None,
    until_stdin_closes: bool,
    quiet: bool,
) -> None:
    """Run the two-Region Aurora DSQL simulator in the foreground."""
    if ctx.invoked_subcommand is not None:
        return
    from dsqltui.launch.simulator_process import simulator_directory

    try:
        from dsqltui.sim.cluster.settings import SimSettings
        from dsqltui.sim.postgres.binaries import PostgresError
        from dsqltui.sim.run import RunOptions, run
        from dsqltui.sim.state import StateUnreadable
        from dsqltui.sim.transactions.schema_history import ChangeScope
    except ModuleNotFoundError as missing:
        raise click.ClickException(
            f"the simulator needs the Python package {missing.name}, which is not installed here; "
            "install what it needs with pip install 'dsqltui[local]'"
        ) from None

    options = RunOptions(
        directory=data_dir or simulator_directory(),
        is_ephemeral=ephemeral,
        regions=[name.strip() for name in regions.split(",")],
        ports=ports or ((port_base, port_base + 1, port_base + 2) if port_base else (0, 0, 0)),
        ready_file=ready_file,
        settings=SimSettings(
            honours_cancel=honour_cancel,
            job_delay_s=job_delay,
            cluster_delay_s=cluster_delay,
            faults=faults,
            tells_idle_sessions=not no_idle_oc001,
            message_log=log_messages,
            has_dialect=not no_dialect,
            oc001_scope=ChangeScope(oc001_scope),
        ),
        ends_with_stdin=until_stdin_closes,
        is_quiet=quiet,
    )
    try:
        run(options)
    except (PostgresError, StateUnreadable, ValueError, OSError) as problem:
        raise click.ClickException(f"the simulator cannot start: {problem}") from None


@sim.command()
@click.option("--endpoint", "host", metavar="HOST", help="A cluster's endpoint; default: a simulator of its own.")
@click.option("--user", default="admin", show_default=True, help="Database role; it needs CREATE on the database.")
@click.option("--profile", help="AWS profile; the default is boto3's.")
@click.option(
    "--format", "form", type=click.Choice(["table", "json"]), default="table", show_default=True, help="What to print."
)
@click.option("--only", multiple=True, metavar="ID", help="Run this probe; may be repeated.")
@click.option("--list", "is_listing", is_flag=True, help="Print what is expected and how it is known; ask nobody.")
@click.option("--yes", "is_confirmed", is_flag=True, help="Make and drop a schema on a cluster without asking.")
def probe(
    host: str | None,
    user: str,
    profile: str | None,
    form: str,
    only: tuple[str, ...],
    is_listing: bool,
    is_confirmed: bool,
) -> None:
    """Compare what a server answers with what the simulator expects of Aurora DSQL.

    The same table for a simulator and for a cluster: one line for each probe. Everything happens in a schema of its own
    (dsqltui_probe_...), which is dropped at the end, and statements that must be refused run in transactions that are
    rolled back. Neither table nor JSON holds the host, the account or a token.

    \b
    Exit status: 0 all the same, 2 wrong usage, 3 no connection or no schema, 5 differences.
    """
    from dsqltui.probe import command

    if is_listing:
        command.list_probes(only, command.ReportFormat(form))
        return
    request = command.ProbeRequest(host, user, profile, command.ReportFormat(form), only, is_confirmed)
    raise SystemExit(command.probe(request))


@cli.command("sim-faults", cls=_WithFaults)
@click.argument("changes", nargs=-1, metavar="[NAME=VALUE]...")
@click.option(
    "--ready-file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="The ready file of the simulator; default: the one of `dsqltui --local`.",
)
def sim_faults(changes: tuple[str, ...], ready_file: Path | None) -> None:
    """Show the faults of a running simulator, or change them: NAME=VALUE, NAME=default."""
    import json

    from dsqltui.launch.simulator_process import simulator_directory
    from dsqltui.sim.aws.control_client import ControlClient, ControlFailed
    from dsqltui.sim.faults.faults import FaultError, parse_changes

    file = ready_file or simulator_directory() / "ready.json"
    try:
        if not file.is_file():
            raise FileNotFoundError("there is no such file")
        client = ControlClient.from_ready(json.loads(file.read_text(encoding="utf-8")))
        faults = client.change_faults(parse_changes(changes)) if changes else client.faults()
    except FaultError as problem:
        raise click.UsageError(str(problem)) from None
    except ControlFailed as problem:
        raise click.ClickException(str(problem)) from None
    except (OSError, ValueError, KeyError, TypeError) as problem:
        raise click.ClickException(
            f"{file} is not the ready file of a running simulator ({problem}); start one with: dsqltui sim"
        ) from None
    for name, value in faults.items():
        shown = ",".join(value) if isinstance(value, list) else value
        click.echo(f"{name}={shown}")


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
