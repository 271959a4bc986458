"""The sidebar: an index that failed."""

from pictures.stage import Scene, Stage

DUPLICATES = "create unique index async on xpoints.customers (state_code)"


async def invalid_index(it: Stage) -> None:
    """The way out of an invalid index."""
    await it.run("A", DUPLICATES, "building")
    await it.press("f7")
    await it.until("1 Jobs")
    await it.press("1")
    await it.until("failed")
    await it.press("2")
    await it.until("not valid")
    await it.press("home")
    await it.until("NOT VALID")


SCENES = {"indexes": Scene(invalid_index)}
