"""Results: compared, as a record, a plan as a tree, about to be exported; the timeline of a write skew."""

from stage import Stage

PEOPLE = "select id, username, age, city, state from xpoints.customers order by username"
EXPLAIN = """explain (analyze, verbose) select username, points from xpoints.customers c
  join xpoints.transactions t on t.customer_id = c.id
 where tx_type = 'SPEND' and tx_description like 'Rewards%' and c.age > 40;"""
ON_CALL = """create table xpoints.on_call (doctor text primary key, is_on boolean not null);
insert into xpoints.on_call values ('Alice', true), ('Bob', true);"""


async def compare(it: Stage) -> None:
    """A few rows changed, one added, one gone between the two runs."""
    await it.run("A", f"{PEOPLE};", "more exist")
    change = f"""update xpoints.customers set city = 'Springfield', age = age + 1
      where username in (select username from ({PEOPLE} limit 1 offset 3) p);
delete from xpoints.customers where username in (select username from ({PEOPLE} limit 1 offset 5) p);
insert into xpoints.customers (id, username, age, city, state)
  select gen_random_uuid(), 'aiko_tanaka_104a@example.com', 41, 'Anytown', 'Ohio';
{PEOPLE};"""
    await it.run("B", change, "more exist")
    it.app.console_screen.do("compare")
    await it.until("Different:")
    await it.press("f2", "f4", "n")


async def timeline(it: Stage) -> None:
    """Write skew: each looks at both rows and changes one; both commit, since no row was changed by both."""
    await it.run("A", ON_CALL, "INSERT 0 2")
    await it.run("B", "select * from xpoints.on_call", "Alice")
    look = "select count(*) from xpoints.on_call where is_on"
    for letter, doctor in (("A", "Alice"), ("B", "Bob")):
        it.write(
            letter, f"begin;\n{look};\nupdate xpoints.on_call set is_on = false where doctor = '{doctor}';\ncommit;"
        )
    await it.press("f2", "f5", "f5")
    await it.press("f3", "f5", "f5")
    await it.press("f2", "f5")
    await it.until("UPDATE 1")
    await it.press("f3", "f5", "f5")
    await it.until("COMMIT")
    await it.press("f2", "f5")
    await it.until(lambda: it.pane("A").log_lines.lines[-1].startswith("COMMIT"))
    await it.run("B", f"{look};", "count")
    it.app.console_screen.do("timeline")
    await it.until("count(*)")
    await it.press("left")


async def explain(it: Stage) -> None:
    """A join with its three layers of filters, and the estimate."""
    await it.run("A", EXPLAIN, "own time")
    await it.press("f4")


async def record(it: Stage) -> None:
    """One row, a column a line."""
    await it.run("A", "select * from xpoints.customers order by username limit 20;", "SELECT 20")
    await it.press("f4", "down", "down", "r")
    await it.until("record 3 of 20")


async def export(it: Stage) -> None:
    """The dialog."""
    await it.run("A", f"{PEOPLE};", "more exist")
    await it.press("f4", "e")
    await it.until("Export")


SCENES = {"compare": compare, "timeline": timeline, "explain": explain, "record": record, "export": export}
OPTIONS = ("--no-idle-oc001",)
