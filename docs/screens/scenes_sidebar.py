"""The sidebar: jobs, indexes, schema."""

from stage import Stage

DUPLICATES = "create unique index async on xpoints.customers (state_code)"


async def jobs(it: Stage) -> None:
    """An index that is being built, others that are done."""
    await it.press("f7")
    await it.until("completed")
    if it.app.size.width > 100:
        await it.run("A", "create index async on xpoints.customers (phone_num)", "customers_phone_num_idx")
        await it.press("f7")


async def invalid_index(it: Stage) -> None:
    """The way out of an invalid index."""
    await it.run("A", DUPLICATES, "job_id")
    await it.press("f7", "1")
    await it.until("failed")
    await it.press("2")
    await it.until("not valid")
    await it.press("home")
    await it.until("NOT VALID")


async def schema(it: Stage) -> None:
    """A table opened."""
    await it.press("f7", "3")
    await it.until("customers")
    await it.press("slash", *"customers", "enter", "down", "enter")
    await it.until("username")


SCENES = {"sidebar-jobs": jobs, "sidebar-indexes": invalid_index, "sidebar-schema": schema}
