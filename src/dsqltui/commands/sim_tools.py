"""What can be asked of a simulator that runs: `dsqltui sim snapshot`, `reset`, `env`."""

import json
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dsqltui.core.language import _, ngettext

if TYPE_CHECKING:
    from dsqltui.sim.aws.control_client import ControlClient

_ready_file = click.option(
    "--ready-file",
    type=click.Path(dir_okay=False, path_type=Path),
    envvar="DSQLTUI_READY_FILE",
    show_envvar=True,
    help="The ready file of the simulator; default: the one of `dsqltui --local`.",
)


@click.command()
@click.argument("name", default="default")
@_ready_file
def snapshot(name: str, ready_file: Path | None) -> None:
    """Keep the data of a running simulator as it is, under NAME (`default`); another one of that name is replaced.

    It is kept between runs. No transaction may be open.
    """
    names = _asked(ready_file, lambda control: control.make_snapshot(name))
    click.echo(_("snapshot {name} made; there are: {names}").format(name=name, names=", ".join(names)))


@click.command()
@click.argument("name", required=False)
@_ready_file
def reset(name: str | None, ready_file: Path | None) -> None:
    """Put the data of a running simulator back to the snapshot NAME: rows, schema, sequences, roles, grants.

    Without NAME to the snapshot `default`, and where there is none to `empty`, a new cluster. Connections stay; a
    transaction that is open gets OC001.
    """
    done = _asked(ready_file, lambda control: control.reset(name))
    ended = done["ended_transactions"]
    more = (
        ngettext(", {ended} open transaction ended", ", {ended} open transactions ended", ended).format(ended=ended)
        if ended
        else ""
    )
    click.echo(
        _("back to snapshot {done} in {done_2:.0f} ms{more}").format(
            done=done["snapshot"], done_2=done["milliseconds"], more=more
        )
    )


@click.command()
@click.option(
    "--format",
    "form",
    type=click.Choice(["shell", "env", "json", "hosts"]),
    default="shell",
    show_default=True,
    help="Lines to evaluate in a shell, NAME=VALUE for CI and containers, JSON, or lines for /etc/hosts.",
)
@click.option("--hostaddr", is_flag=True, help="With PGHOSTADDR: for libpq, where host names do not resolve.")
@_ready_file
def env(form: str, hostaddr: bool, ready_file: Path | None) -> None:
    """Print the environment that clients of a running simulator need; the password is a token: dsqltui token HOST.

    \b
    eval "$(dsqltui sim env)"                       in a shell
    dsqltui sim env --format env >> "$GITHUB_ENV"   in a workflow
    """
    from dsqltui.sim.environment import as_env_file, hosts_lines, variables

    ready = _ready(ready_file)
    found = variables(ready, names_addresses=hostaddr)
    if form == "shell":
        click.echo("".join(f"export {name}={shlex.quote(value)}\n" for name, value in found.items()), nl=False)
    elif form == "env":
        click.echo(as_env_file(found), nl=False)
    elif form == "json":
        click.echo(json.dumps(found, indent=2))
    else:
        click.echo("\n".join(hosts_lines(ready)))


@click.command()
@_ready_file
def health(ready_file: Path | None) -> None:
    """Whether a simulator answers: exit status 0, or 1 and why. For health checks of containers."""
    from dsqltui.launch.simulator_process import SimulatorAccess

    access = SimulatorAccess.from_ready(_ready(ready_file))
    if not access.answers():
        raise click.ClickException(_("nothing answers at the simulator's ports"))
    click.echo("ready")


def _asked(ready_file: Path | None, question: "Callable[[ControlClient], Any]") -> Any:
    from dsqltui.sim.aws.control_client import ControlClient, ControlFailed

    ready = _ready(ready_file)
    try:
        return question(ControlClient.from_ready(ready))
    except ControlFailed as problem:
        raise click.ClickException(str(problem)) from None


def _ready(ready_file: Path | None) -> dict[str, Any]:
    """The contents of the ready file. Raises click.ClickException."""
    from dsqltui.launch.simulator_process import SimulatorAccess, simulator_directory

    file = ready_file or simulator_directory() / "ready.json"
    try:
        if not file.is_file():
            raise FileNotFoundError(_("there is no such file"))
        ready: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        SimulatorAccess.from_ready(ready)
    except (OSError, ValueError, KeyError, TypeError) as problem:
        raise click.ClickException(
            _("{file} is not the ready file of a running simulator ({problem}); start one with: dsqltui sim").format(
                file=file, problem=problem
            )
        ) from None
    return ready
