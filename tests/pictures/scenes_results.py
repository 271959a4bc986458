"""Two results compared; the timeline of a write skew."""

from pictures.stage import Scene, Stage

PEOPLE = "select id, username, age, city, state from xpoints.customers order by username"
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


SCENES = {"compare": Scene(compare), "timeline": Scene(timeline)}
OPTIONS = ("--no-idle-oc001",)
