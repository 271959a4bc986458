"""What a command works on: the two Regional endpoints of a cluster, and where its tokens come from.

Every command that connects says it in the same words: `--local`, or the hosts.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from dsqltui.core.endpoint import Endpoint, EndpointError, parse_endpoint
from dsqltui.core.session import ConnectFailed
from dsqltui.simulator_process import SimulatorAccess, kept_simulator, running_simulator, simulator_directory

if TYPE_CHECKING:
    from dsqltui.client.tokens import BotoTokens


@dataclass(frozen=True, slots=True)
class TargetRequest:
    """What the command line said."""

    hosts: tuple[str, ...] = ()
    """None for the simulator; one host is both endpoints."""
    is_local: bool = False
    user: str = "admin"
    """Database role."""
    profile: str | None = None
    """AWS profile; None is boto3's default."""


@dataclass(frozen=True, slots=True)
class Target:
    """Where to connect."""

    endpoints: tuple[Endpoint, Endpoint]
    """For pane A and pane B; twice the same when one host was named."""
    tokens: "BotoTokens"
    user: str
    simulator: SimulatorAccess | None = None
    """The local simulator, when it is the target."""
    profile: str | None = None


def target_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options `--local`, `--user`, `--profile` for a click command: parameters is_local, user, profile."""
    for option in (
        click.option("--profile", help="AWS profile; the default is boto3's."),
        click.option("--user", default="admin", show_default=True, help="Database role."),
        click.option(
            "--local", "is_local", is_flag=True, help="Use the simulator on this machine; no AWS account needed."
        ),
    ):
        command = option(command)
    return command


def checked(request: TargetRequest) -> TargetRequest:
    """The request itself. Raises click.UsageError when it names no target, or two, or a host that can be none."""
    if request.is_local and request.hosts:
        raise click.UsageError("give either --local or hosts, not both")
    if not request.is_local and len(request.hosts) not in (1, 2):
        raise click.UsageError("give the hosts of both Regional endpoints, or --local for the simulator")
    try:
        for host in request.hosts:
            parse_endpoint(host)
    except EndpointError as problem:
        raise click.UsageError(str(problem)) from None
    return request


@contextmanager
def opened_target(request: TargetRequest) -> Iterator[Target]:
    """The target, with a simulator started if it is to be one and none runs; it ends with the context.

    Raises click.UsageError and click.ClickException.
    """
    checked(request)
    if not request.is_local:
        yield _on_aws(request)
        return
    access = running_simulator(simulator_directory())
    if access is not None:
        yield on_simulator(access, request.user)
        return
    with kept_simulator(simulator_directory()) as access:
        yield on_simulator(access, request.user)


def on_simulator(access: SimulatorAccess, user: str = "admin") -> Target:
    """The endpoints of a running simulator, with its account's credentials."""
    from dsqltui.client.tokens import BotoTokens

    first, second = access.endpoints
    tokens = BotoTokens(
        access_key_id=access.access_key_id,
        secret_access_key=access.secret_access_key,
        endpoint_url=access.aws_endpoint_url,
    )
    return Target((first, second), tokens, user, simulator=access)


def _on_aws(request: TargetRequest) -> Target:
    from dsqltui.client.roots import find_root_certificates
    from dsqltui.client.tokens import BotoTokens

    try:
        ca_file = str(find_root_certificates())
        first, second = (_endpoint(host, ca_file) for host in _both(request.hosts))
    except ConnectFailed as problem:
        raise click.ClickException(str(problem)) from None
    return Target((first, second), BotoTokens(request.profile), request.user, profile=request.profile)


def _both(hosts: Sequence[str]) -> tuple[str, ...]:
    return (*hosts, *hosts)[:2]


def _endpoint(host: str, ca_file: str) -> Endpoint:
    endpoint = parse_endpoint(host)
    return Endpoint(endpoint.host, endpoint.region, endpoint.port, ca_file=ca_file)
