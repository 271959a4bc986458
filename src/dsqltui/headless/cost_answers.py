r"""The answer to `\cost` where there is no screen."""

import asyncio
from collections.abc import Sequence

from dsqltui.core.cost.workload import WorkloadUnreadable
from dsqltui.core.journal.journal import Entry
from dsqltui.core.psql import ShowCost
from dsqltui.runner.costing import cost_text, prices_of
from dsqltui.store.settings_file import SettingsUnreadable, read_settings


async def cost_answer(command: ShowCost, entries: Sequence[Entry], region: str) -> str:
    """Lines with their ends. Raises WorkloadUnreadable.

    Whether writes count twice is known from what was measured: EXPLAIN tells the other Region's write.
    """
    is_pair = any(entry.dpu is not None and entry.dpu.multi_region_write for entry in entries)

    def answer() -> str:
        try:
            prices = prices_of(read_settings().settings)
        except SettingsUnreadable as problem:
            raise WorkloadUnreadable(str(problem)) from None
        return cost_text(command, entries, prices, region=region, is_multi_region=is_pair) + "\n"

    return await asyncio.to_thread(answer)
