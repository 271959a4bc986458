"""The first conflict: B commits first, A's COMMIT is refused."""

from stage import Stage

WHO = "where username = 'carlos_salazar_125@example.edu';"


def _script(address: str) -> str:
    return (
        f"begin;\nselect username, age, address from xpoints.customers\n  {WHO}\n"
        f"update xpoints.customers set address = '{address}'\n  {WHO}\ncommit;\n"
    )


async def first_conflict(it: Stage) -> None:
    """Both transactions are open at once."""
    it.write("B", _script("201 Rocky Blvd"))
    it.write("A", _script("123 Main Street"))
    await it.press("f2", "f5", "f5", "f5")
    await it.until("UPDATE 1")
    await it.press("f3", "f5", "f5", "f5", "f5")
    await it.until("COMMIT")
    await it.press("f2", "f5")
    await it.until("OC000")


SCENES = {"first-conflict": first_conflict}
