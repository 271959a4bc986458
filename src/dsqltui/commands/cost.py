"""`dsqltui cost`: DPU and money a month, of SQL that is measured or of what was pinned."""

from pathlib import Path
from typing import Any

import click

from dsqltui.commands.as_role import as_option, become
from dsqltui.commands.execute import scripts_of
from dsqltui.core.language import _
from dsqltui.launch.target import TargetRequest, network_options, opened_target, target_options


@click.command("cost")
@click.argument("hosts", nargs=-1, metavar="[HOST]...")
@target_options
@network_options
@as_option
@click.option("--command", "-c", "commands", multiple=True, metavar="SQL", help="Measure this; may be repeated.")
@click.option("--file", "-f", "files", multiple=True, metavar="FILE", help="Measure the statements of a script.")
@click.option("--calls", default="1", metavar="N", show_default=True, help="Calls a day of each of them.")
@click.option("--pin", default="", metavar="NAME", help="Keep them in the workload under this name.")
@click.option("--storage-gb", type=click.FloatRange(min=0), help="Storage; default: the cluster's size.")
@click.option(
    "--workload", type=click.Path(dir_okay=False, path_type=Path), help="File of pinned statements; default: yours."
)
@click.option(
    "--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True, help="What it prints."
)
def cost(
    hosts: tuple[str, ...],
    is_local: bool,
    user: str,
    profile: str | None,
    as_role: str | None,
    commands: tuple[str, ...],
    files: tuple[str, ...],
    calls: str,
    pin: str,
    storage_gb: float | None,
    workload: Path | None,
    form: str,
    **where: Any,
) -> None:
    """What SQL costs in a month: DPU, and money where prices are set.

    With -c or -f each statement is run once by EXPLAIN ANALYZE VERBOSE on pane A's endpoint; what may change data is
    rolled back. Without them the pinned workload is counted. Each call is a transaction of its own, with its minimums.

    Prices are settings of yours (dsqltui config edit): results.price_per_million_dpu, cost.price_per_gb_month. None is
    built in.
    """
    from dsqltui.commands.config import settings_or_exit
    from dsqltui.headless.costs import CostRequest
    from dsqltui.headless.costs import cost as counted
    from dsqltui.headless.exits import Exit
    from dsqltui.runner.costing import prices_of

    prices = prices_of(settings_or_exit().settings)
    if not (commands or files):
        if pin:
            raise click.UsageError(_("--pin is for what -c or -f measure"))
        if not (is_local or hosts):
            request = CostRequest(prices, storage_gb=storage_gb, workload=workload, is_json=form == "json")
            raise SystemExit(int(counted(request, None)))
    scripts = scripts_of(commands, files) if commands or files else []
    try:
        with opened_target(TargetRequest(hosts, is_local, user, profile, **where)) as opened:
            target = become(opened, as_role, user)
            request = CostRequest(
                prices,
                scripts,
                target.endpoints[0],
                target.user,
                calls,
                pin,
                storage_gb,
                workload,
                is_json=form == "json",
            )
            code = counted(request, target.tokens)
    except click.UsageError:
        raise
    except click.ClickException as problem:
        problem.show()
        code = Exit.NO_CONNECTION
    raise SystemExit(int(code))
