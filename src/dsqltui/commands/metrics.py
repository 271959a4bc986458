"""`dsqltui metrics`."""

import shutil
from typing import Any

import click

from dsqltui.launch.target import TargetRequest, network_options, opened_target, target_options


@click.command("metrics")
@click.argument("hosts", nargs=-1, metavar="[HOST]...")
@target_options
@network_options
@click.option("--day", "is_day", is_flag=True, help="A day by half hours; else an hour by minutes.")
@click.option(
    "--format", "form", type=click.Choice(["table", "json"]), default="table", show_default=True, help="What it prints."
)
def metrics(
    hosts: tuple[str, ...],
    is_local: bool,
    user: str,
    profile: str | None,
    is_day: bool,
    form: str,
    **where: Any,
) -> None:
    """CloudWatch's metrics of a cluster (AWS/AuroraDSQL), both Regions beside each other.

    One GetMetricData call a Region; what it costs is said. Needs cloudwatch:GetMetricData.

    Exit status: 0 all Regions answered, 3 one did not.
    """
    from dsqltui.core.aws.metrics import DAY, HOUR

    with opened_target(TargetRequest(hosts, is_local, user, profile, **where)) as target:
        from dsqltui.client.aws.metrics import MetricsReader
        from dsqltui.headless.metrics import show_metrics

        reader = MetricsReader(target.tokens.account, target.endpoints)
        code = show_metrics(
            reader,
            DAY if is_day else HOUR,
            is_json=form == "json",
            width=shutil.get_terminal_size().columns,
            write=lambda text: click.echo(text, nl=False),
            say=lambda line: click.echo(line, err=True),
        )
    raise SystemExit(int(code))
