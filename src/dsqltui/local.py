"""Puts the parts together: the simulator in its own process, sessions on two endpoints, the console on them."""

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from dsqltui.core.endpoint import Endpoint, EndpointError, parse_endpoint
from dsqltui.simulator_process import kept_simulator, running_simulator, simulator_directory

if TYPE_CHECKING:
    from dsqltui.client.tokens import TokenSource
    from dsqltui.core.session import Session

_LETTERS = "AB"


@dataclass(frozen=True, slots=True)
class ConsoleRequest:
    """What the command line asked of the console."""

    user: str
    """Database role."""
    row_limit: int
    """Rows fetched at once."""
    has_mouse: bool


def open_on_simulator(request: ConsoleRequest) -> int:
    """Open the console on the local simulator, started if it does not run; the exit status."""
    from dsqltui.client.tokens import BotoTokens
    from dsqltui.ui.terminal import terminal_problem

    if problem := terminal_problem():
        click.echo(problem, err=True)
        return 2
    with ExitStack() as stack:
        access = running_simulator(simulator_directory())
        if access is None:
            access = stack.enter_context(kept_simulator(simulator_directory()))
        tokens = BotoTokens(access_key_id=access.access_key_id, secret_access_key=access.secret_access_key)
        return _open_console(request, access.endpoints, tokens)


def open_on_aws(request: ConsoleRequest, hosts: Sequence[str], profile: str | None) -> int:
    """Open the console on the endpoints of a cluster on AWS; the exit status. One host gets both panes."""
    from dsqltui.client.roots import find_root_certificates
    from dsqltui.client.tokens import BotoTokens
    from dsqltui.core.session import ConnectFailed

    try:
        ca_file = str(find_root_certificates())
        endpoints = []
        for host in (*hosts, *hosts)[:2]:
            endpoint = parse_endpoint(host)
            endpoints.append(Endpoint(endpoint.host, endpoint.region, endpoint.port, ca_file=ca_file))
    except EndpointError as problem:
        raise click.UsageError(str(problem)) from None
    except ConnectFailed as problem:
        raise click.ClickException(str(problem)) from None
    return _open_console(request, tuple(endpoints), BotoTokens(profile))


def _open_console(request: ConsoleRequest, endpoints: Sequence[Endpoint], tokens: "TokenSource") -> int:
    from dsqltui.ui.app import PaneSetup, run_console

    with ExitStack() as stack:

        def open_sessions() -> "Sequence[Session]":
            """Called in a thread once the console is on the screen: psycopg and boto3 take their time to import."""
            from dsqltui.client.engine import Engine
            from dsqltui.client.pg_session import PgSession

            engine = stack.enter_context(Engine())
            return [PgSession(engine, endpoint, request.user, tokens) for endpoint in endpoints]

        from dsqltui.client.script import run_script

        first, second = (
            PaneSetup(letter=letter, endpoint=endpoint, user=request.user)
            for letter, endpoint in zip(_LETTERS, endpoints, strict=True)
        )
        return run_console(
            (first, second), open_sessions, row_limit=request.row_limit, mouse=request.has_mouse, run_script=run_script
        )
