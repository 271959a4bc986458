"""Transactions: a conflict explained in both panes' words, a Region lost in the middle of one."""

import asyncio

from stage import Stage

from dsqltui.sim.aws.control_client import ControlClient

WHO = "where username = 'carlos_salazar_125@example.edu'"


def _update(address: str) -> str:
    return f"update xpoints.customers\n  set address = '{address}'\n  {WHO};\n"


async def conflict(it: Stage) -> None:
    """A loses against B, which it is told of with what both did."""
    it.write("A", f"begin;\n{_update('123 Main Street')}commit;\n")
    it.write("B", f"begin;\n{_update('201 Rocky Blvd')}commit;\n")
    await it.press("f2", "f5", "f5")
    await it.until("UPDATE 1")
    await it.press("f3", "f5", "f5", "f5")
    await it.until("COMMIT")
    await it.press("f2", "f5")
    await it.until("pane B committed first")


async def lost(it: Stage) -> None:
    """The Region of pane A cannot be reached any more; B goes on."""
    it.write("A", f"begin;\n{_update('123 Main Street')}commit;\n")
    await it.press("f2", "f5", "f5")
    await it.until("UPDATE 1")
    faults = ControlClient.from_ready(it.simulator.ready)
    await asyncio.to_thread(faults.change_faults, {"unreachable": ["us-east-1"]})
    await it.until("Lost with it")
    it.write("B", "select count(*) from xpoints.customers;")
    await it.press("f3", "f5")
    await it.until("5000")
    await it.press("f2")


SCENES = {"conflict": conflict, "lost": lost}
OPTIONS = ("--no-idle-oc001",)
