"""`dsqltui clusters`: find, show, make and delete clusters and multi-Region pairs."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from dsqltui.commands.config import settings_or_exit
from dsqltui.core.aws.clusters import Cluster, ClusterError, ClusterPair, ClusterProgress, ClusterStep, Found
from dsqltui.core.language import _
from dsqltui.core.sessions.roles import regions_problem
from dsqltui.core.sessions.session import ConnectFailed
from dsqltui.core.text.safe_text import one_line
from dsqltui.core.text.wrapping import padded
from dsqltui.launch.target import TargetRequest, opened_target

if TYPE_CHECKING:
    from dsqltui.client.aws.account import AwsAccount
    from dsqltui.client.aws.control_plane import ControlPlane

_PARTIAL = 4


@dataclass(frozen=True, slots=True)
class _Scope:
    account: "AwsAccount"
    regions: tuple[str, ...]

    def plane(self) -> "ControlPlane":
        """To be made within the event loop that uses it."""
        from dsqltui.client.aws.control_plane import ControlPlane

        return ControlPlane(self.account)


def _where(command: Callable[..., Any]) -> Callable[..., Any]:
    for option in (
        click.option("--json", "is_json", is_flag=True, help="Print JSON."),
        click.option("--profile", help="AWS profile; the default is boto3's."),
        click.option("--local", "is_local", is_flag=True, help="Ask the simulator on this machine."),
    ):
        command = option(command)
    return command


@click.group()
def clusters() -> None:
    """Find, show, make and delete clusters, and the pairs they make.

    \b
    Exit status: 0 done, 1 AWS refused, 2 wrong usage, 4 some Regions did not answer.
    """


@clusters.command("list")
@click.option("--regions", help="Separated by commas; default: aws.regions of the settings.")
@_where
def list_clusters(regions: str | None, is_local: bool, profile: str | None, is_json: bool) -> None:
    """List pairs and clusters; all Regions are asked at once."""
    with _scope(is_local, profile, regions) as scope:
        found = _run(_find(scope))
        if is_json:
            pairs = [_pair_json(pair) for pair in found.pairs()]
            click.echo(json.dumps({"pairs": pairs, "failures": found.failures}, indent=2))
        else:
            for line in _lines(found, scope.regions):
                click.echo(line)
        for region, why in found.failures.items():
            click.echo(
                _("dsqltui: {region} did not answer: {why}").format(region=region, why=one_line(why, 400)), err=True
            )
        if found.failures:
            raise SystemExit(_PARTIAL if len(found.failures) < len(scope.regions) else 1)


@clusters.command()
@click.argument("name")
@click.option("--regions", help="Separated by commas; default: aws.regions of the settings.")
@_where
def show(name: str, regions: str | None, is_local: bool, profile: str | None, is_json: bool) -> None:
    """Show a cluster and its peer, by identifier, endpoint, ARN or tag Name."""
    with _scope(is_local, profile, regions) as scope:
        pair = _named(_run(_find(scope)), name)
        both = tuple(dict.fromkeys((pair.first, pair.second)))
        if is_json:
            click.echo(json.dumps([cluster.as_json() for cluster in both], indent=2))
            return
        for cluster in both:
            for key, value in cluster.as_json().items():
                text = ", ".join(map(str, value)) if isinstance(value, list) else value
                click.echo(f"{key:<26} {'' if text is None else one_line(str(text), 300)}")
            click.echo()
        click.echo(f"dsqltui {' '.join(pair.hosts)}")


@clusters.command()
@click.argument("regions", nargs=-1, required=True, metavar="REGION [REGION]")
@click.option("--witness", default="", help="Witness Region of a pair.")
@click.option("--name", default="", help="Tag Name of both.")
@click.option("--no-protection", is_flag=True, help="Without deletion protection.")
@click.option("--yes", "is_confirmed", is_flag=True, help="Do not ask.")
@_where
def create(
    regions: tuple[str, ...],
    witness: str,
    name: str,
    no_protection: bool,
    is_confirmed: bool,
    is_local: bool,
    profile: str | None,
    is_json: bool,
) -> None:
    """Make a cluster, or with two Regions and a witness a multi-Region pair, and wait until it is ACTIVE."""
    from dsqltui.core.aws.clusters import check_regions

    try:
        check_regions(regions, witness)
    except ClusterError as problem:
        raise click.UsageError(str(problem)) from None
    what = (
        _("a pair in {regions} and {regions_2}, witness {witness}").format(
            regions=regions[0], regions_2=regions[1], witness=witness
        )
        if witness
        else _("a cluster in {regions}").format(regions=regions[0])
    )
    protection = _("without") if no_protection else _("with")
    if not is_confirmed:
        click.confirm(
            _("Create {what}, {protection} deletion protection? It costs while it is used.").format(
                what=what, protection=protection
            ),
            abort=True,
            err=True,
        )
    with _scope(is_local, profile, ",".join(regions)) as scope:

        async def work() -> list[ClusterProgress]:
            steps = scope.plane().create(regions, witness, name=name, is_protected=not no_protection)
            return await _followed(steps)

        done = [step for step in _run(work()) if step.step is ClusterStep.READY]
        hosts = [f"{step.identifier}.dsql.{step.region}.on.aws" for step in done]
        click.echo(json.dumps({"endpoints": hosts}, indent=2) if is_json else "\n".join(hosts))


@clusters.command()
@click.argument("name")
@click.option("--regions", help="Separated by commas; default: aws.regions of the settings.")
@click.option("--unprotect", is_flag=True, help="Take deletion protection off without asking.")
@click.option("--yes", "is_confirmed", is_flag=True, help="Do not ask whether to delete.")
@_where
def delete(
    name: str,
    regions: str | None,
    unprotect: bool,
    is_confirmed: bool,
    is_local: bool,
    profile: str | None,
    is_json: bool,
) -> None:
    """Delete a cluster, and the peer of a pair with it, by identifier, endpoint, ARN or tag Name.

    All its data is lost. --yes does not take deletion protection off; --unprotect does.
    """
    with _scope(is_local, profile, regions) as scope:

        async def look() -> tuple[Cluster, ...]:
            plane = scope.plane()
            return await plane.with_peers(_named(await plane.find(scope.regions), name).first)

        both = _run(look())
        shown = _(" and ").join(f"{cluster.identifier} ({cluster.region})" for cluster in both)
        protected = [cluster for cluster in both if cluster.is_protected]
        if protected and not unprotect:
            if is_confirmed:
                raise click.ClickException(
                    _("deletion protection is on for {shown}; give --unprotect too to delete it").format(shown=shown)
                )
            click.confirm(
                _("Deletion protection is on for {shown}. Take it off?").format(shown=shown), abort=True, err=True
            )
        if not is_confirmed:
            click.confirm(_("Delete {shown}? All data is lost.").format(shown=shown), abort=True, err=True)

        async def work() -> list[ClusterProgress]:
            return await _followed(scope.plane().delete(both))

        gone = [step.identifier for step in _run(work()) if step.step is ClusterStep.GONE]
        click.echo(json.dumps({"deleted": gone}, indent=2) if is_json else "\n".join(gone))


@contextmanager
def _scope(is_local: bool, profile: str | None, regions: str | None) -> Iterator[_Scope]:
    named = tuple(region.strip() for region in (regions or "").split(",") if region.strip())
    if problem := regions_problem(named):
        raise click.UsageError(_("--regions {problem}").format(problem=problem))
    if is_local:
        with opened_target(TargetRequest(is_local=True)) as target:
            yield _Scope(target.tokens.account, named or tuple(e.region for e in target.endpoints))
        return
    from dsqltui.client.aws.account import AwsAccount

    yield _Scope(AwsAccount(profile), named or settings_or_exit().settings.aws.regions)


async def _find(scope: _Scope) -> Found:
    return await scope.plane().find(scope.regions)


async def _followed(steps: AsyncIterator[ClusterProgress]) -> list[ClusterProgress]:
    """All steps, each told as it comes."""
    seen = []
    async for step in steps:
        seen.append(step)
        status = f" [{step.status}]" if step.status else ""
        click.echo(f"{step.region:<14} {padded(_(step.step.value), 26)} {step.identifier}{status}", err=True)
    return seen


def _named(found: Found, name: str) -> ClusterPair:
    """The one pair that is called so. Raises click.ClickException."""
    wanted = [
        pair
        for pair in found.pairs()
        if any(name in (c.identifier, c.endpoint, c.arn, c.name) for c in (pair.first, pair.second))
    ]
    if len(wanted) == 1:
        return wanted[0]
    if wanted:
        ids = ", ".join(pair.first.identifier for pair in wanted)
        raise click.ClickException(
            _("{count} clusters are called {name}: {ids}; name one by its identifier").format(
                count=len(wanted), name=name, ids=ids
            )
        )
    asked = _("; {failures} did not answer").format(failures=", ".join(found.failures)) if found.failures else ""
    raise click.ClickException(
        _("no cluster {name} was found{asked}; see: dsqltui clusters list --regions ...").format(name=name, asked=asked)
    )


def _lines(found: Found, regions: tuple[str, ...]) -> Iterator[str]:
    pairs = found.pairs()
    if not pairs:
        yield _("No clusters in {regions}.").format(regions=", ".join(regions))
    for pair in pairs:
        kind = f"{pair.first.region} + {pair.second.region}" if len(pair.hosts) == 2 else pair.first.region
        if pair.missing:
            kind += _(" (peer {split} not seen)").format(split=pair.missing.split(":")[3])
        yield f"{one_line(pair.name, 28):<28} {kind:<26} {pair.status:<10} {' '.join(pair.hosts)}"


def _pair_json(pair: ClusterPair) -> dict[str, object]:
    return {
        "name": pair.name,
        "status": pair.status,
        "hosts": list(pair.hosts),
        "clusters": [cluster.as_json() for cluster in dict.fromkeys((pair.first, pair.second))],
    }


def _run(work: Any) -> Any:
    try:
        return asyncio.run(work)
    except (ConnectFailed, ClusterError) as failure:
        raise click.ClickException(str(failure)) from None
