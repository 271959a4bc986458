"""`dsqltui sim`: the simulator in the foreground, and what can be asked of one that runs."""

import errno
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

import click

from dsqltui.commands.words.help_language import translated
from dsqltui.core.language import _

if TYPE_CHECKING:
    from dsqltui.sim.aws.identity import AccessKey
    from dsqltui.sim.faults.faults import Faults

_TOOLS = ("env", "health", "reset", "snapshot")
"""Commands of `sim_tools`, for a simulator that runs."""
_REGIONS = "us-east-1,us-east-2"


class _WithFaults(click.Command):
    """Help with a table of the faults."""

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        from dsqltui.sim.faults.faults import table

        with formatter.section(_("Faults (limits are the service's own, everything else is off)")):
            formatter.write_dl(table())
        super().format_epilog(ctx, formatter)


class _SimGroup(_WithFaults, click.Group):
    """A command of its own, and the place of others: its options mean nothing to them."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted({*super().list_commands(ctx), *_TOOLS})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _TOOLS:
            return super().get_command(ctx, cmd_name)
        from dsqltui.commands import sim_tools

        return translated(getattr(sim_tools, cmd_name))

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        for parameter in self.params:
            source = ctx.get_parameter_source(parameter.name or "")
            if source is click.core.ParameterSource.COMMANDLINE:
                raise click.UsageError(
                    _("{opts} is for the simulator and means nothing to {value}").format(
                        opts=parameter.opts[0], value=args[0]
                    ),
                    ctx,
                )
        return super().resolve_command(ctx, args)


def _checked_faults(_ctx: click.Context, _parameter: click.Parameter, texts: tuple[str, ...]) -> "Faults":
    from dsqltui.sim.faults.faults import NO_FAULTS, FaultError, parse_changes, with_changes

    try:
        return with_changes(NO_FAULTS, parse_changes(texts))
    except FaultError as problem:
        raise click.BadParameter(str(problem)) from None


def _ports(_ctx: click.Context, _parameter: click.Parameter, text: str | None) -> tuple[int, ...]:
    if text is None:
        return ()
    parts = [part.strip() for part in text.split(",")]
    if len(parts) < 2 or not all(part.isdecimal() and int(part) <= 65_535 for part in parts):
        raise click.BadParameter(_("{text!r} is no list of ports: of each endpoint, and of AWS").format(text=text))
    return tuple(int(part) for part in parts)


def _words(_ctx: click.Context, _parameter: click.Parameter, text: str | None) -> tuple[str, ...]:
    return tuple(word.strip() for word in (text or "").split(",") if word.strip())


def _addresses(ctx: click.Context, parameter: click.Parameter, text: str | None) -> tuple[str, ...]:
    import ipaddress

    words = _words(ctx, parameter, text)
    for word in words:
        try:
            ipaddress.ip_address(word)
        except ValueError:
            raise click.BadParameter(_("{word!r} is no IP address").format(word=word)) from None
    if not words:
        raise click.BadParameter(_("no address is given; leave the option out for 127.0.0.1"))
    return words


@click.group(cls=_SimGroup, invoke_without_command=True)
@click.option("--ephemeral", is_flag=True, help="Keep nothing after the end.")
@click.option("--data-dir", type=click.Path(file_okay=False, path_type=Path), help="Where to keep the data.")
@click.option(
    "--regions",
    default=_REGIONS,
    show_default=True,
    envvar="DSQLTUI_SIM_REGIONS",
    callback=_words,
    help="One Region, or two separated by a comma.",
)
@click.option(
    "--listen",
    "addresses",
    metavar="ADDRESS[,ADDRESS]",
    default="127.0.0.1",
    show_default=True,
    envvar="DSQLTUI_SIM_LISTEN",
    callback=_addresses,
    help="Where the endpoints listen, one address for all or one for each; AWS listens at the first.",
)
@click.option(
    "--port-base", default=0, type=click.IntRange(0, 65_000), help="First of consecutive ports; default: free ones."
)
@click.option(
    "--ports",
    metavar="A,B,AWS",
    envvar="DSQLTUI_SIM_PORTS",
    callback=_ports,
    help="Exactly these ports. Endpoints of one address may share a port: TLS tells them apart by name.",
)
@click.option(
    "--same-port",
    type=click.IntRange(1, 65_535),
    help="Both endpoints on this port, of 127.0.0.1 and 127.0.0.2, as short for --listen and --ports.",
)
@click.option(
    "--cluster-ids",
    metavar="ID[,ID]",
    envvar="DSQLTUI_SIM_CLUSTER_IDS",
    callback=_words,
    help="Ids of the clusters, 26 small letters and digits each; default: random ones, which are kept.",
)
@click.option("--name", envvar="DSQLTUI_SIM_NAME", help="Derive the ids from this name: the same on every machine.")
@click.option("--ready-file", type=click.Path(dir_okay=False, path_type=Path), help="Write how to connect as JSON.")
@click.option(
    "--env-file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write the variables for clients of all languages (NAME=VALUE); see also: dsqltui sim env.",
)
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
@click.option(
    "--job-delay",
    default=0.5,
    show_default=True,
    type=click.FloatRange(0, 3600),
    help="Seconds a job spends in each state.",
)
@click.option(
    "--cluster-delay",
    default=2.0,
    show_default=True,
    type=click.FloatRange(0, 3600),
    help="Seconds a cluster of the API spends in each state.",
)
@click.option(
    "--keep-free",
    default=48,
    show_default=True,
    type=click.IntRange(0),
    envvar="DSQLTUI_SIM_KEEP_FREE",
    help="MiB of the disk below which writes are refused with 53100: a full disk would stop PostgreSQL.",
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
@click.option("--exit-with-parent", is_flag=True, help="End when the process that started this one ends.")
@click.option("--until-stdin-closes", is_flag=True, hidden=True)
@click.option("--template", type=click.Path(file_okay=False, path_type=Path), hidden=True)
@click.option("--quiet", is_flag=True, help="Do not print how to connect.")
@click.pass_context
def sim(
    ctx: click.Context,
    ephemeral: bool,
    data_dir: Path | None,
    regions: tuple[str, ...],
    addresses: tuple[str, ...],
    port_base: int,
    ports: tuple[int, ...],
    same_port: int | None,
    cluster_ids: tuple[str, ...],
    name: str | None,
    ready_file: Path | None,
    env_file: Path | None,
    honour_cancel: bool,
    oc001_scope: str,
    no_idle_oc001: bool,
    no_dialect: bool,
    job_delay: float,
    cluster_delay: float,
    keep_free: int,
    faults: "Faults",
    log_messages: Path | None,
    exit_with_parent: bool,
    until_stdin_closes: bool,
    template: Path | None,
    quiet: bool,
) -> None:
    """Run the Aurora DSQL simulator in the foreground, with endpoints in two Regions unless told otherwise.

    DSQLTUI_SIM_ACCESS_KEY_ID and DSQLTUI_SIM_SECRET_ACCESS_KEY, both set, are its administrator's access key; else it
    makes one.
    """
    if ctx.invoked_subcommand is not None:
        return
    from dsqltui.launch.simulator_process import simulator_directory

    try:
        from dsqltui.sim.aws.clusters import identifier_for
        from dsqltui.sim.cluster.settings import SimSettings
        from dsqltui.sim.postgres.binaries import PostgresError
        from dsqltui.sim.run import RunOptions, run
        from dsqltui.sim.state import StateUnreadable
        from dsqltui.sim.transactions.schema_history import ChangeScope
    except ModuleNotFoundError as missing:
        raise click.ClickException(
            _(
                "the simulator needs the Python package {name}, which is not installed here; install "
                "what it needs with pip install 'dsqltui[local]'"
            ).format(name=missing.name)
        ) from None

    if len(addresses) > max(1, len(regions)):
        raise click.UsageError(_("--listen has more addresses than there are endpoints; give one, or one for each"))
    if same_port is not None and (ports or port_base):
        raise click.UsageError(_("--same-port says which ports to use; leave out --ports and --port-base"))
    if name is not None and cluster_ids:
        raise click.UsageError(_("--name and --cluster-ids both say what the clusters are called; leave one out"))
    if same_port is not None:
        addresses, ports = ("127.0.0.1", "127.0.0.2"), (*[same_port] * len(regions), 0)
    elif port_base and not ports:
        ports = tuple(range(port_base, port_base + len(regions) + 1))
    if name is not None and not cluster_ids:
        cluster_ids = tuple(identifier_for(name, region) for region in regions)
    options = RunOptions(
        directory=data_dir or simulator_directory(),
        is_ephemeral=ephemeral,
        regions=regions,
        ports=ports,
        addresses=addresses,
        identifiers=cluster_ids,
        user_key=_given_key(),
        env_file=env_file,
        ends_with_parent=exit_with_parent,
        template=template,
        ready_file=ready_file,
        settings=SimSettings(
            honours_cancel=honour_cancel,
            job_delay_s=job_delay,
            cluster_delay_s=cluster_delay,
            faults=faults,
            kept_free=keep_free << 20,
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
    except OSError as problem:
        if problem.errno in (errno.ENOSPC, errno.EDQUOT):
            raise click.ClickException(
                _(
                    "the simulator cannot go on: the disk is full; make room, or choose another place with "
                    "--data-dir (or TMPDIR, with --ephemeral)."
                )
            ) from None
        said = f"{problem.strerror or problem}{f': {problem.filename}' if problem.filename else ''}"  # without a number
        raise click.ClickException(_("the simulator cannot start: {problem}").format(problem=said)) from None
    except (PostgresError, StateUnreadable, ValueError) as problem:
        raise click.ClickException(_("the simulator cannot start: {problem}").format(problem=problem)) from None


def _given_key() -> "AccessKey | None":
    """The access key of the environment."""
    from dsqltui.sim.aws.identity import AccessKey

    names = ("DSQLTUI_SIM_ACCESS_KEY_ID", "DSQLTUI_SIM_SECRET_ACCESS_KEY")
    given = [os.environ.get(name, "") for name in names]
    if any(given) and not all(given):
        raise click.UsageError(_("{names} belong together; set both, or none").format(names=_(" and ").join(names)))
    if not all(given):
        return None
    if not re.fullmatch(r"[A-Z0-9]{16,128}", given[0]):
        raise click.UsageError(
            _("{names} is no id of an access key: 16 to 128 capital letters and digits").format(names=names[0])
        )
    return AccessKey(given[0], given[1])


@sim.command()
@click.option("--endpoint", "host", metavar="HOST", help="A cluster's endpoint; default: a simulator of its own.")
@click.option("--user", default="admin", show_default=True, help="Database role; it needs CREATE on the database.")
@click.option("--profile", help="AWS profile; the default is boto3's.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", "json", "markdown"]),
    default="table",
    show_default=True,
    help="What to print; Markdown is a dated table to publish.",
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


@click.command("sim-faults", cls=_WithFaults)
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
            raise FileNotFoundError(_("there is no such file"))
        client = ControlClient.from_ready(json.loads(file.read_text(encoding="utf-8")))
        faults = client.change_faults(parse_changes(changes)) if changes else client.faults()
    except FaultError as problem:
        raise click.UsageError(str(problem)) from None
    except ControlFailed as problem:
        raise click.ClickException(str(problem)) from None
    except (OSError, ValueError, KeyError, TypeError) as problem:
        raise click.ClickException(
            _("{file} is not the ready file of a running simulator ({problem}); start one with: dsqltui sim").format(
                file=file, problem=problem
            )
        ) from None
    for name, value in faults.items():
        shown = ",".join(value) if isinstance(value, list) else value
        click.echo(f"{name}={shown}")
