"""What a command works on: the two Regional endpoints of a cluster, and where its tokens come from.

Every command that connects says it in the same words: `--local`, or the hosts.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dsqltui.core.aws.endpoint import Endpoint, EndpointError, parse_endpoint
from dsqltui.core.language import _
from dsqltui.core.sessions.session import ConnectFailed
from dsqltui.launch.simulator_process import LocalSimulator, SimulatorAccess, access_of, simulator_directory

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
    hostaddr: tuple[str, ...] = ()
    """For each host: IP addresses to connect to instead of asking DNS, separated by commas."""
    cluster_id: tuple[str, ...] = ()
    """For each host: the cluster, when the host is a VPC endpoint's own name."""
    region: tuple[str, ...] = ()
    """For each host: its Region, when the name does not hold it."""
    ca_file: str | None = None
    """Certificate authorities to trust; None: this machine's."""
    ready_file: Path | None = None
    """The ready file of a simulator that runs, wherever it keeps its data: instead of hosts."""


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
    revive: Callable[[], bool] | None = None
    """Starts the simulator again where it was, when it has died; see LocalSimulator. None on AWS."""


@dataclass(frozen=True, slots=True)
class LabRequest:
    """What the command line asked of the labs."""

    folder: Path | None = None
    """None: the labs that come with dsqltui."""
    start: str = ""
    """Id of the lab to begin with; empty: none."""
    student: str = ""
    """Whose lab it is, in a class; empty: nobody's in particular."""
    results: Path | None = None
    """Where the results of a class go; None: beside the reports."""
    pace_s: float | None = None
    """Play it by itself with so many seconds between actions; None: the student does it."""


NO_LAB = LabRequest()


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


def simulator_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options `--ready-file`, `--hostaddr`, `--ca-file` for a click command: a simulator of somebody else's."""
    for option in (
        click.option(
            "--ca-file",
            type=click.Path(exists=True, dir_okay=False),
            help="Certificate authorities to trust; default: this machine's.",
        ),
        click.option(
            "--hostaddr", multiple=True, help="Connect to this IP address instead of asking DNS; once per host."
        ),
        click.option(
            "--ready-file",
            type=click.Path(exists=True, dir_okay=False, path_type=Path),
            help="The simulator that wrote this file, shared by a class, instead of --local or hosts.",
        ),
    ):
        command = option(command)
    return command


def network_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options `--hostaddr`, `--cluster-id`, `--region`, `--ca-file` for a click command, named as the attributes
    of TargetRequest."""
    for option in (
        click.option(
            "--ca-file",
            type=click.Path(exists=True, dir_okay=False),
            help="Certificate authorities to trust; default: this machine's.",
        ),
        click.option("--region", multiple=True, help="Region of a host whose name does not hold it; once per host."),
        click.option(
            "--cluster-id", multiple=True, help="Cluster behind a VPC endpoint's own name (amzn-cluster-id); per host."
        ),
        click.option(
            "--hostaddr", multiple=True, help="Connect to this IP address instead of asking DNS; once per host."
        ),
    ):
        command = option(command)
    return command


def checked(request: TargetRequest) -> TargetRequest:
    """The request with its hosts as HOST or HOST:PORT, however they were written. Raises click.UsageError when it names
    no target, or two, or a host that can be none."""
    if request.ready_file is not None:
        if request.is_local or request.hosts:
            raise click.UsageError(_("give --ready-file, --local, or hosts: one of them"))
        return request
    if request.is_local and request.hosts:
        raise click.UsageError(_("give either --local or hosts, not both"))
    if not request.is_local and len(request.hosts) not in (1, 2):
        raise click.UsageError(
            _(
                "give the hosts of both Regional endpoints (dsqltui clusters create makes a pair), or --local for the "
                "simulator"
            )
        )
    try:
        endpoints = [_endpoint(request, number, request.ca_file) for number in range(len(request.hosts))]
    except EndpointError as problem:
        raise click.UsageError(str(problem)) from None
    return replace(request, hosts=tuple(endpoint.address for endpoint in endpoints))


@contextmanager
def opened_target(request: TargetRequest) -> Iterator[Target]:
    """The target, with a simulator started if it is to be one and none runs; it ends with the context.

    Raises click.UsageError and click.ClickException.
    """
    request = checked(request)
    if request.ready_file is not None:
        yield on_simulator(access_of(request.ready_file), request.user)
        return
    if not request.is_local:
        yield _on_aws(request)
        return
    with ExitStack() as stack:
        local = LocalSimulator(simulator_directory(), stack)
        yield replace(on_simulator(local.access, request.user), revive=local.revive)


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
        ca_file = request.ca_file or str(find_root_certificates())
        first, second = (_endpoint(request, number, ca_file) for number in (0, len(request.hosts) - 1))
    except ConnectFailed as problem:
        raise click.ClickException(str(problem)) from None
    return Target((first, second), BotoTokens(request.profile), request.user, profile=request.profile)


def _endpoint(request: TargetRequest, number: int, ca_file: str | None) -> Endpoint:
    """The endpoint of a host of the request, by its number. Raises EndpointError."""
    given = {"hostaddr": request.hostaddr, "cluster-id": request.cluster_id, "region": request.region}
    for option, values in given.items():
        if len(values) > len(request.hosts):
            raise EndpointError(
                _("--{option} is given {count} times for {count_2} host(s)").format(
                    option=option, count=len(values), count_2=len(request.hosts)
                )
            )
    endpoint = parse_endpoint(request.hosts[number], region=_of(request.region, number), user=request.user)
    return replace(
        endpoint, hostaddr=_of(request.hostaddr, number), behind=_of(request.cluster_id, number), ca_file=ca_file
    )


def _of(values: Sequence[str], number: int) -> str | None:
    return values[number] if number < len(values) else None
