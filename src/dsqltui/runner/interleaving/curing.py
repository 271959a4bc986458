"""Tries the ways out of an anomaly on the ground where it was found."""

from collections.abc import Callable

from dsqltui.core.interleaving.cures import Cure, TriedCure, cures_for
from dsqltui.core.interleaving.findings import Findings
from dsqltui.core.interleaving.scripts import touched_tables
from dsqltui.runner.interleaving.exploring import Explorer

_ENOUGH = 2
"""Changes of one kind that are told."""


async def try_cures(
    explorer: Explorer, findings: Findings, on_progress: Callable[[int, int], object]
) -> tuple[TriedCure, ...]:
    """Changes that may remove the anomaly, with what came of each, until enough is known; those tried so far when it
    is to stop.

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
        if not _is_worth_trying(cure, tried):
            continue
        if cure.needs_guard:
            await explorer.make_guard()
        found = await explorer.explore(lambda _done, _total: None, scripts=cure.applied(findings.scripts))
        if found.is_complete:
            tried.append(TriedCure(cure, found))
        on_progress(len(tried), len(cures))
    return tuple(tried)


def _is_worth_trying(cure: Cure, tried: list[TriedCure]) -> bool:
    """Two that work on all sides are enough, two on one side; a common row only where rows alone do not help."""
    good = [one for one in tried if one.works and not one.cure.is_one_sided]
    if cure.needs_guard:
        return not any(one.cure.flags_known_rows for one in good)
    if cure.is_one_sided:
        return sum(one.cure.is_one_sided for one in tried) < _ENOUGH
    return len(good) < _ENOUGH
