"""`dsqltui doctor`: everything a connection needs, checked one by one."""

import asyncio
import json
from typing import Any

import click

from dsqltui.core.aws.checkup import Check, CheckVerdict, exit_status
from dsqltui.core.language import _
from dsqltui.core.text.safe_text import many_lines, one_line
from dsqltui.core.text.wrapping import padded
from dsqltui.launch.target import Target, TargetRequest, network_options, opened_target, target_options

_MARKS = {CheckVerdict.OK: "ok", CheckVerdict.WARNING: "!", CheckVerdict.FAILED: "FAILED", CheckVerdict.SKIPPED: "-"}


@click.command()
@click.argument("hosts", nargs=-1, metavar="[HOST...]")
@target_options
@network_options
@click.option("--json", "is_json", is_flag=True, help="Print JSON: a list of checks.")
def doctor(hosts: tuple[str, ...], is_local: bool, user: str, profile: str | None, is_json: bool, **where: Any) -> None:
    """Check why a connection fails: credentials, identity, clock, DNS, TCP, TLS, token, login, role mapping.

    Nothing is changed anywhere. Secrets are not printed.

    \b
    Exit status: 0 all is well, 2 wrong usage, 3 something failed.
    """
    with opened_target(TargetRequest(hosts, is_local, user, profile, **where)) as target:
        checks = asyncio.run(_examined(target, is_quiet=is_json))
    if is_json:
        click.echo(json.dumps([check.as_json() for check in checks], indent=2))
    raise SystemExit(exit_status(checks))


async def _examined(target: Target, *, is_quiet: bool) -> list[Check]:
    from dsqltui.client.doctor import examine
    from dsqltui.client.engine import Engine

    checks: list[Check] = []
    host = ""
    with Engine() as engine:
        async for check in examine(engine, target.endpoints, target.tokens, target.user):
            checks.append(check)
            if is_quiet:
                continue
            if check.host != host:
                host = check.host
                click.echo(f"\n{one_line(host, 200)}")
            _tell(check)
    return checks


def _tell(check: Check) -> None:
    click.echo(f"{_MARKS[check.verdict]:>6}  {check.name:<12} {one_line(check.said, 400)}")
    for label, text in ((_("cause"), check.cause), (_("proof"), check.proof), (_("next"), check.next_step)):
        if text:
            first, *more = many_lines(text, 2_000).splitlines()
            click.echo(f"{'':>8}{padded(label, 12)} {first}")
            for line in more:
                click.echo(f"{'':>8}{'':<12} {line}")
