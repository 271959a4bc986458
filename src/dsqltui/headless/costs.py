"""`dsqltui cost`: statements measured on a cluster, or the pinned workload, as DPU and money a month."""

import asyncio
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from dsqltui.client.engine import Engine
from dsqltui.client.pg_session import PgSession
from dsqltui.client.tokens import TokenSource
from dsqltui.core.aws.endpoint import Endpoint
from dsqltui.core.cost.billing import of_estimate
from dsqltui.core.cost.report import month_lines, month_values
from dsqltui.core.cost.workload import MonthlyCost, PinnedStatement, Prices, WorkloadUnreadable, pinned
from dsqltui.core.formats import Format
from dsqltui.core.language import _
from dsqltui.core.psql import ExplainPlan
from dsqltui.core.sessions.asking import NoAnswer, rows_of
from dsqltui.core.sessions.session import ConnectFailed
from dsqltui.core.text.safe_text import many_lines
from dsqltui.headless import narration
from dsqltui.headless.execute import say
from dsqltui.headless.exits import Exit
from dsqltui.headless.output import Output
from dsqltui.headless.script_run import Script, ScriptRun
from dsqltui.runner.costing import measured
from dsqltui.store.workload_file import read_workload, save_workload

GB = 1_000_000_000
"""Bytes."""


@dataclass(frozen=True, slots=True)
class CostRequest:
    """What the command line asked for."""

    prices: Prices
    scripts: Sequence[Script] = ()
    """Empty: only the pinned workload."""
    endpoint: Endpoint | None = None
    """Where to measure; None: nowhere."""
    user: str = "admin"
    calls: str = "1"
    """A day, of each statement."""
    pin: str = ""
    """Pin them under this name; the second one gets -2, and so on."""
    storage_gb: float | None = None
    """None: what the cluster says, if there is one."""
    workload: Path | None = None
    """Its file; None: this user's."""
    is_json: bool = False


def cost(request: CostRequest, tokens: TokenSource | None) -> Exit:
    """Do it; blocks. Errors go to standard error."""
    try:
        storage_gb, statements = request.storage_gb, list(read_workload(request.workload))
        if request.endpoint is not None and tokens is not None:
            with Engine() as engine:
                code, found, size_gb = asyncio.run(_measured(request, request.endpoint, engine, tokens))
            if code is not Exit.OK:
                return code
            storage_gb = size_gb if storage_gb is None else storage_gb
            if request.pin:
                for each in found:
                    statements = list(pinned(statements, each))
                save_workload(tuple(statements), request.workload)
            statements = found if request.scripts else statements
    except WorkloadUnreadable as problem:
        say(_("dsqltui: {problem}").format(problem=problem))
        return Exit.USAGE
    month = MonthlyCost(tuple(statements), request.prices, storage_gb)
    if request.is_json:
        print(json.dumps(month_values(month), ensure_ascii=False, indent=1))
    else:
        print("\n".join(many_lines(line, 10_000) for line in month_lines(month)))
    return Exit.OK


async def _measured(
    request: CostRequest, endpoint: Endpoint, engine: Engine, tokens: TokenSource
) -> tuple[Exit, list[PinnedStatement], float | None]:
    """The statements with their DPU, and the size of the cluster in GB; None: not known."""
    session = PgSession(engine, endpoint, request.user, tokens)
    run = ScriptRun(session, Output(), say, form=Format.TABLE, variables={}, keeps_plans=True)
    try:
        await run.connect()
        run.runner.explains = ExplainPlan(is_analyzed=True)
        code = await run.run(request.scripts)
        try:
            rows = await rows_of(session, "SELECT sys.cluster_size()", limit=1) if code is Exit.OK else ()
            size_gb = int(rows[0][0] or 0) / GB if rows else None
        except (NoAnswer, ValueError):
            size_gb = None
    except ConnectFailed as failure:
        say("dsqltui: " + "\n".join(narration.not_connected_lines(failure)))
        return Exit.NO_CONNECTION, [], None
    finally:
        await run.close()
    found: list[PinnedStatement] = []
    for placed in run.plans:
        plan = placed.report.plan
        name = request.pin or "statement"
        name = name if not found else f"{name}-{len(found) + 1}"
        if plan is None or plan.dpu is None:
            say(
                _("dsqltui: {place}: EXPLAIN gave no DPU for it, so it is not counted.").format(
                    place=placed.place or name
                )
            )
            continue
        day = time.strftime("%Y-%m-%d")
        found.append(measured(name, placed.report.sql, of_estimate(plan.dpu), request.calls, endpoint.region, day))
    return code, found, size_gb
