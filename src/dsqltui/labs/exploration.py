"""A lab's exploration: every order that matters of two transactions, run by the explorer's core and judged."""

from collections.abc import Callable

from dsqltui.core.sessions.session import Session
from dsqltui.labs.measured_load import LoadFailed
from dsqltui.labs.model import PANES


async def explored(make: Callable[[str], Session], scripts: tuple[str, str]) -> dict[str, str]:
    """How the orders came out; see model.EXPLORED. The data are put back. Raises ConnectFailed and LoadFailed."""
    from dsqltui.core.interleaving.scripts import NotAScript, script_of
    from dsqltui.core.interleaving.spec import InterleavingSpec
    from dsqltui.runner.interleaving.exploring import ExploreOptions, Explorer
    from dsqltui.runner.interleaving.trouble import CannotExplore

    try:
        sessions = tuple(script_of(pane, text) for pane, text in zip(PANES, scripts, strict=True))
        explorer = Explorer(lambda number: make(PANES[number % 2]), InterleavingSpec("lab", sessions), ExploreOptions())
        try:
            await explorer.prepare()
            findings = await explorer.explore(lambda _done, _total: None)
            await explorer.restore()
        finally:
            await explorer.close()
    except (NotAScript, CannotExplore) as problem:
        raise LoadFailed(str(problem)) from None
    return {
        "explored_orders": str(findings.order_count),
        "explored_anomalies": str(findings.anomalies),
        "explored_lost": str(findings.lost),
    }
