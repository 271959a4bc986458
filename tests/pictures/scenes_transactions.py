"""Transactions: a conflict explained in both panes' words."""

from pictures.stage import Scene, Stage

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


SCENES = {"conflict": Scene(conflict)}
OPTIONS = ("--no-idle-oc001",)
