"""Keys: the leader's box."""

from pictures.stage import Scene, Stage

SQL = """begin;
update xpoints.customers set address = '123 Main Street'
  where username = 'carlos_salazar_125@example.edu';
commit;
"""


async def leader(it: Stage) -> None:
    """The box over a transaction."""
    it.write("A", SQL)
    await it.press("f2", "f5", "f5")
    await it.until("UPDATE 1")
    await it.press("ctrl+g")
    await it.until("Esc leaves")


SCENES = {"leader": Scene(leader, (80, 24))}
