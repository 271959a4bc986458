"""Tries the ways out of an anomaly on the ground where it was found."""

from collections.abc import Callable

from dsqltui.core.interleaving.cures import TriedCure, cures_for
from dsqltui.core.interleaving.findings import Findings
from dsqltui.core.interleaving.scripts import touched_tables
from dsqltui.runner.interleaving.exploring import Explorer


async def try_cures(
    explorer: Explorer, findings: Findings, on_progress: Callable[[int, int], object]
) -> tuple[TriedCure, ...]:
    """Every change that may remove the anomaly, with what came of it; those tried so far when it is to stop.

    `on_progress` hears how many of how many were tried. Raises ConnectFailed, CannotExplore.
    """
    if not findings.anomalies:
        return ()
    keys = await explorer.keys_of(touched_tables(findings.scripts))
    cures = cures_for(findings.scripts, keys)
    if not explorer.options.has_own_schema:  # a table for a common row would be made among the user's
        cures = tuple(cure for cure in cures if not cure.needs_guard)
    tried: list[TriedCure] = []
    for cure in cures:
        if explorer.is_stopping:
            break
        if cure.needs_guard:
            await explorer.make_guard()
        found = await explorer.explore(lambda _done, _total: None, scripts=cure.applied(findings.scripts))
        if found.is_complete:
            tried.append(TriedCure(cure, found))
        on_progress(len(tried), len(cures))
    return tuple(tried)
