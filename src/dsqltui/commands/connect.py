"""`dsqltui connect NAME`: the console on a connection of the settings; `dsqltui` alone: the start screen."""

from typing import TYPE_CHECKING

import click

from dsqltui.commands.config import settings_or_exit
from dsqltui.core.aws.start_choices import (
    GUIDED_LABS,
    SAMPLE_DATA,
    SIMULATOR,
    Origin,
    StartEntry,
    entries_of_recent,
)
from dsqltui.core.language import _
from dsqltui.core.settings.sections import ConnectionSettings, Settings
from dsqltui.launch.target import LabRequest, TargetRequest, checked

if TYPE_CHECKING:
    from dsqltui.core.aws.clusters import Found


@click.command()
@click.argument("name")
def connect(name: str) -> None:
    """Open the console on a connection of the settings file: [connections.NAME]."""
    settings = settings_or_exit().settings
    raise SystemExit(_open_connection(settings, name))


@click.command()
def start() -> None:
    """Choose what to open: pairs in your Regions, connections, what was open last, the simulator."""
    from dsqltui.ui.terminal import terminal_problem

    settings = settings_or_exit().settings
    if problem := terminal_problem():
        click.echo(problem, err=True)
        raise SystemExit(2)
    chosen = _chosen(settings)
    if chosen is None:
        return
    if chosen.origin is Origin.CONNECTION:
        raise SystemExit(_open_connection(settings, chosen.connection))
    from dsqltui.launch.local_console import open_console

    is_local = chosen.origin is Origin.SIMULATOR
    target = checked(TargetRequest(chosen.hosts, is_local, chosen.user, chosen.profile or None))
    raise SystemExit(open_console(settings, target, LabRequest(start=chosen.lab), start_text=chosen.text))


def request_of(name: str, connection: ConnectionSettings) -> TargetRequest:
    """The target of a connection of the settings. Raises click.UsageError when it names none."""
    if not connection.hosts:
        raise click.UsageError(_("[connections.{name}] has no hosts; write hosts = [HOST_A, HOST_B]").format(name=name))
    return checked(
        TargetRequest(
            connection.hosts,
            user=connection.user,
            profile=connection.profile or None,
            hostaddr=connection.hostaddr,
            cluster_id=connection.cluster_id,
            region=connection.region,
            ca_file=connection.ca_file or None,
        )
    )


def _open_connection(settings: Settings, name: str) -> int:
    from dsqltui.launch.local_console import open_console

    connection = settings.connections.get(name)
    if connection is None:
        known = ", ".join(settings.connections) or _("none yet")
        raise click.UsageError(
            _("the settings have no connection {name}; there are: {known} (dsqltui config edit)").format(
                name=name, known=known
            )
        )
    if connection.role and connection.role not in settings.roles:
        raise click.UsageError(
            _("[connections.{name}] wants role {role}; there is no [roles.{role}]").format(
                name=name, role=connection.role
            )
        )
    return open_console(settings, request_of(name, connection), start_role=connection.role)


def _chosen(settings: Settings) -> StartEntry | None:
    from dsqltui.store.recent import read_recent
    from dsqltui.ui.screens.start import StartApp

    connections = [
        StartEntry(Origin.CONNECTION, name, ", ".join(of.hosts), of.hosts, connection=name, user=of.user)
        for name, of in settings.connections.items()
    ]

    async def find() -> "Found":
        from dsqltui.client.aws.account import AwsAccount
        from dsqltui.client.aws.control_plane import ControlPlane

        account = AwsAccount()
        account.ask_code = None  # the screen has the terminal
        return await ControlPlane(account).find(settings.aws.regions)

    app = StartApp((*connections, *entries_of_recent(read_recent()), SIMULATOR, GUIDED_LABS, SAMPLE_DATA), find)
    chosen = app.run(mouse=settings.console.mouse)
    if app.return_code:
        raise SystemExit(app.return_code)
    return chosen
