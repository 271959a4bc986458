"""The command `dsqltui sim probe`: whom to ask, how to report, which exit status."""

import asyncio
import difflib
import json
import secrets
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from enum import Enum

import click

from dsqltui.client.connecting import Connection, open_connection, verified_tls
from dsqltui.client.conversation import Conversation
from dsqltui.client.roots import find_root_certificates
from dsqltui.client.tokens import BotoTokens, TokenSource
from dsqltui.core.aws.endpoint import Endpoint, EndpointError, parse_endpoint
from dsqltui.core.language import _
from dsqltui.core.sessions.session import ConnectFailed
from dsqltui.launch.simulator_process import SimulatorAccess, passing_simulator, running_simulator, simulator_directory
from dsqltui.probe import markdown, report
from dsqltui.probe.behaviours import BEHAVIOURS
from dsqltui.probe.case import OWN_SCHEMA, Probe
from dsqltui.probe.of_rules import rule_probes
from dsqltui.probe.runner import NoOwnSchema, ProbeResult, ProbeVerdict, Runner

ALL_SAME, NOT_CONNECTED, DIFFERENCES = 0, 3, 5
"""Exit statuses; wrong usage is click's 2."""


class ReportFormat(Enum):
    """What goes to standard output."""

    TABLE = "table"
    JSON = "json"
    MARKDOWN = "markdown"


@dataclass(frozen=True, slots=True)
class ProbeRequest:
    """What the command line asked for."""

    host: str | None
    """HOST or HOST:PORT; None for a simulator of our own."""
    user: str
    profile: str | None
    format: ReportFormat
    only: tuple[str, ...]
    """Ids of probes; none: all."""
    is_confirmed: bool
    """The person knows that something is made and dropped on a cluster."""


@dataclass(frozen=True, slots=True)
class ProbeTarget:
    """Whom to ask, and with which tokens."""

    endpoint: Endpoint
    tokens: TokenSource
    user: str
    is_simulator: bool

    @classmethod
    def of_simulator(cls, access: SimulatorAccess, endpoint: Endpoint, user: str = "admin") -> "ProbeTarget":
        """An endpoint of a running simulator."""
        tokens = BotoTokens(access_key_id=access.access_key_id, secret_access_key=access.secret_access_key)
        return cls(endpoint, tokens, user, is_simulator=True)


def all_probes() -> tuple[Probe, ...]:
    """Those of the rules, then the behaviours."""
    return (*rule_probes(), *BEHAVIOURS)


def chosen(only: Sequence[str]) -> tuple[Probe, ...]:
    """The probes with these ids, all without any. Raises click.UsageError."""
    probes = all_probes()
    known = [probe.id for probe in probes]
    for name in only:
        if name not in known:
            near = difflib.get_close_matches(name, known, 3)
            if near:
                raise click.UsageError(
                    _("there is no probe {name!r}; near: {near}").format(name=name, near=", ".join(near))
                )
            raise click.UsageError(_("there is no probe {name!r}; --list shows all of them").format(name=name))
    return tuple(probe for probe in probes if not only or probe.id in only)


def list_probes(only: Sequence[str], form: ReportFormat) -> None:
    """Print what is expected, and how that is known. Asks nobody."""
    probes = chosen(only)
    if form is ReportFormat.JSON:
        click.echo(json.dumps(report.listing_to_json(probes), indent=1, ensure_ascii=False))
        return
    if form is ReportFormat.MARKDOWN:
        click.echo(markdown.listing(probes), nl=False)
        return
    for line in report.listing(probes):
        click.echo(line)


def probe(request: ProbeRequest) -> int:
    """Run the probes and print the report; the exit status. Raises click.UsageError."""
    probes = chosen(request.only)
    with ExitStack() as stack:
        try:
            target = _target(request, stack)
            return run_probes(target, probes, request.format, named=request.only)
        except (ConnectFailed, NoOwnSchema, click.ClickException) as problem:
            if isinstance(problem, click.UsageError):
                raise
            click.echo(_("Error: {message}").format(message=problem), err=True)
            return NOT_CONNECTED


def _target(request: ProbeRequest, stack: ExitStack) -> ProbeTarget:
    if request.host is None:
        access = stack.enter_context(passing_simulator())
        return ProbeTarget.of_simulator(access, access.endpoints[0], request.user)
    try:
        asked = parse_endpoint(request.host, user=request.user)
    except EndpointError as problem:
        raise click.UsageError(str(problem)) from None
    running = running_simulator(simulator_directory())
    for endpoint in running.endpoints if running is not None else ():
        if running is not None and endpoint.host == asked.host:
            return ProbeTarget.of_simulator(running, endpoint, request.user)
    if not request.is_confirmed:
        raise click.UsageError(
            _(
                "this makes and drops a schema on {host}, and open transactions of others there may get 40001 "
                "(OC001) for it; add --yes if that may be"
            ).format(host=asked.host)
        )
    endpoint = Endpoint(asked.host, asked.region, asked.port, ca_file=str(find_root_certificates()))
    return ProbeTarget(endpoint, BotoTokens(request.profile), request.user, is_simulator=False)


def run_probes(target: ProbeTarget, probes: Sequence[Probe], form: ReportFormat, *, named: Sequence[str] = ()) -> int:
    """Ask, print, and clean up; the exit status. Raises ConnectFailed, NoOwnSchema."""
    schema = f"{OWN_SCHEMA}_{secrets.token_hex(4)}"
    redaction = report.Redaction(target.endpoint, schema)
    results = asyncio.run(_results(target, probes, schema, named, redaction if form is ReportFormat.TABLE else None))
    if form is ReportFormat.JSON:
        said = report.to_json_object(results, redaction, is_simulator=target.is_simulator)
        click.echo(json.dumps(said, indent=1, ensure_ascii=False))
    elif form is ReportFormat.MARKDOWN:
        click.echo(markdown.document(results, redaction, is_simulator=target.is_simulator), nl=False)
    else:
        click.echo(report.count(results))
    return DIFFERENCES if any(result.verdict is ProbeVerdict.DIFFERS for result in results) else ALL_SAME


async def _results(
    target: ProbeTarget, probes: Sequence[Probe], schema: str, named: Sequence[str], table: report.Redaction | None
) -> list[ProbeResult]:
    """All results; with `table` each is printed as it comes."""

    async def connect() -> Connection:
        return await open_connection(target.endpoint, target.user, target.tokens, verified_tls)

    runner = Runner(Conversation(connect), Conversation(connect), schema)
    results: list[ProbeResult] = []
    try:
        async for result in runner.run(probes, named):
            if table is not None:
                if not results:
                    click.echo(report.heading())
                click.echo(report.line(result, table))
            results.append(result)
    finally:
        await runner.clean_up()
    return results
