"""The editors: one text in both, completion."""

from stage import Stage


async def mirror(it: Stage) -> None:
    """One text, run in both Regions."""
    await it.run("B", "select 1", "SELECT 1")  # hears of the schema that was made meanwhile
    it.write("B", "")
    await it.press("f2", "shift+f6", "shift+f6")
    await it.until("A = B")  # the notice is gone
    it.write("A", "select city, count(*)\n  from xpoints.customers\n group by city\n order by 2 desc;\n\nselect 1;")
    count = len(it.pane("B").log_lines.lines)
    await it.press("f6")
    await it.until(lambda: len(it.pane("B").log_lines.lines) > count)
    await it.until(lambda: all("SELECT" in it.pane(letter).log_lines.lines[-1] for letter in "AB"))


async def completion(it: Stage) -> None:
    """Columns of the statement's table while it is written."""
    it.write("A", "select  from xpoints.customers c;")
    it.pane("A").editor.go_to(7)
    await it.press(*"c.")
    await it.until("Tab takes the first")
    await it.press("shift+tab", "down")


SCENES = {"mirror": mirror, "completion": completion}
