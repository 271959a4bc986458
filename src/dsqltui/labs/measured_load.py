"""A lab's measured load: the storm's core runs each design in turn, and its figures become values of the lab."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from dsqltui.core.language import _
from dsqltui.core.storm.view import DesignView
from dsqltui.core.transactions.retry import Backoff
from dsqltui.labs.model import RunLoad
from dsqltui.labs.text import filled_sql

if TYPE_CHECKING:
    from dsqltui.runner.storm.background import BackgroundStorm
    from dsqltui.runner.storm.storm import StormRequest

_SEED = 1
_BAR = 20
"""Letters of the longest bar of a chart."""
_BASE_S = 0.0005
"""Of the waits after a conflict: so short that who has lost is soon back, and meets the others again."""


class LoadFailed(Exception):
    """The load could not be run; the message is a sentence."""


class LabLoads:
    """Runs loads with the console's storms; see `runner.storm.host.StormHost`."""

    def __init__(
        self, make: "Callable[[StormRequest], BackgroundStorm]", endpoints: tuple[str, ...], *, is_simulator: bool
    ) -> None:
        self._make = make
        self._endpoints = endpoints
        self._is_simulator = is_simulator

    async def run(self, action: RunLoad, values: Mapping[str, str]) -> dict[str, str]:
        """The figures, named `DESIGN_FIGURE`. Raises ConnectFailed and LoadFailed."""
        from dsqltui.core.storm.script import LoadScriptUnusable
        from dsqltui.runner.storm.storm import ScriptSource, StormRequest

        request = StormRequest(
            designs=(),
            endpoints=self._endpoints,
            sessions=action.sessions,
            seconds=None,
            transactions=action.transactions,
            rounds=1,
            backoff=Backoff(base_s=_BASE_S, attempts=action.retries + 1),
            seed=_SEED,
            is_simulator=self._is_simulator,
        )
        found: dict[str, str] = {}
        by_design: dict[str, int] = {}
        for design in action.designs:
            source = ScriptSource(design.name, filled_sql(design.script, values))
            try:
                storm = self._make(replace(request, designs=((source,),)))
            except LoadScriptUnusable as problem:
                raise LoadFailed(f"{design.name}: {problem}") from None
            await storm.run()
            view = (await storm.view()).design
            if failed := sum(endpoint.failed for endpoint in view.endpoints):
                raise LoadFailed(
                    _(
                        "{design}: {failed} of {count} transactions failed, and not by a conflict ({why}); nothing "
                        "of it counts."
                    ).format(
                        design=design.name,
                        failed=failed,
                        count=action.transactions,
                        why="; ".join(f"{what}: {said}" for what, said in view.messages),
                    )
                )
            by_design[design.name.replace("-", "_")] = sum(endpoint.conflicts for endpoint in view.endpoints)
            found |= {f"{design.name.replace('-', '_')}_{name}": value for name, value in _figures(view).items()}
        most = max(1, *by_design.values())
        found |= {f"{name}_bar": "█" * round(_BAR * count / most) or "▏" for name, count in by_design.items()}
        return found


def _figures(view: DesignView) -> dict[str, str]:
    ends = view.endpoints
    most = max(ends, key=lambda end: end.commits)
    return {
        "commits": str(sum(end.commits for end in ends)),
        "conflicts": str(sum(end.conflicts for end in ends)),
        "attempts": str(sum(end.attempts for end in ends)),
        "given_up": str(sum(end.given_up for end in ends)),
        "p50_ms": f"{most.transaction.p50_s * 1000:.1f}",
        "commit_p50_ms": f"{most.commit.p50_s * 1000:.1f}",
    }
