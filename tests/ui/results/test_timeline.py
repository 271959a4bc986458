"""The timeline below the panes, and both panes' story as a file."""

import xml.etree.ElementTree as ET
from pathlib import Path

from dsqltui.core.results.outcome import Done, Refused
from dsqltui.ui.dialogs.line import AskLine
from dsqltui.ui.dialogs.question import Question
from dsqltui.ui.features.timeline.strip import TimelineStrip
from support.screens.console import Console, console
from support.screens.fake_session import CONFLICT, rows

UPDATE = "update t set a = 1 where id = 7"


async def conflict(it: Console) -> None:
    """A begins and updates, B does too and commits, A's COMMIT is refused."""
    it.a.answer("commit", Refused(CONFLICT, 0.01))
    for session in (it.a, it.b):
        session.answer(UPDATE, Done("UPDATE 1", 0.004))
    for key, letters in (("f2", "A"), ("f3", "B")):
        await it.press(key)
        pane = it.app.console_screen.pane(letters)
        pane.editor.load_text(f"begin; {UPDATE}; commit;")
        pane.editor.go_to(0)
        session = it.a if letters == "A" else it.b
        await it.press(*(["f5"] * (2 if letters == "A" else 3)))
        await it.until(lambda session=session, n=2 if letters == "A" else 3: len(session.sent) == n)  # type: ignore[misc]
        await it.until(lambda: not it.b.is_running and not it.a.is_running)
    await it.press("f2", "f5")
    await it.until(lambda: len(it.a.sent) == 3)
    await it.until(lambda: "40001" in it.screen_text())


def strip(it: Console) -> TimelineStrip:
    return it.app.console_screen.query_one(TimelineStrip)


async def open_strip(it: Console) -> None:
    it.app.console_screen.do("timeline")
    await it.until(lambda: it.app.focused is strip(it) and strip(it).chosen is not None)


async def test_both_panes_on_one_clock_with_the_conflict_joined() -> None:
    async with console((80, 24)) as it:
        await conflict(it)
        await open_strip(it)
        lines = strip(it).text.splitlines()
        assert len(lines) == 7
        assert lines[1].startswith("A ")
        assert "".join(char for char in lines[1] if char in "[w✗]") == "[w✗"
        assert "".join(char for char in lines[3] if char in "[w✗]") == "[w]"
        assert lines[2].strip().startswith("╭")
        assert lines[2].strip().endswith("╯")
        assert "40001 change conflicts" in lines[4]
        assert "lost to B COMMIT" in f"{lines[4]}{lines[5]}", "what is told is broken, not cut"
        assert lines[6].split("  ")[0].strip() == "commit"
        assert all(len(line) <= 80 for line in lines)


async def test_walking_and_putting_back() -> None:
    async with console((160, 45)) as it:
        await conflict(it)
        await open_strip(it)
        await it.press("left")
        assert strip(it).text.splitlines()[4].startswith(" B ")
        await it.press("left")
        assert UPDATE in strip(it).text
        await it.press("up")
        assert strip(it).text.splitlines()[4].startswith(" A ")
        await it.press("G", "left", "left", "enter")
        await it.until(lambda: it.app.focused is it.pane_b.editor)
        assert it.pane_b.editor.text.rstrip().endswith(f"{UPDATE};")
        assert it.b.sent.count(UPDATE) == 1


async def test_to_the_conflict_before() -> None:
    async with console((160, 45)) as it:
        await conflict(it)
        await it.press("f3")
        it.pane_b.editor.load_text("select 1")
        await it.press("f5")
        await it.until(lambda: it.b.sent[-1] == "select 1")
        await open_strip(it)
        await it.until(lambda: "select 1" in strip(it).text)
        await it.press("c")
        assert "lost to B COMMIT" in strip(it).text


async def test_it_follows_what_happens_and_closes() -> None:
    async with console((160, 45)) as it:
        await open_strip(it)
        assert "connected as admin" in strip(it).text
        await it.press("escape")
        await it.until(lambda: it.app.focused is it.pane_a.editor)
        it.write("select 42")
        await it.press("f5")
        await it.until(lambda: "select 42" in strip(it).text)
        it.app.console_screen.do("timeline")
        await it.until(lambda: it.app.focused is strip(it))
        it.app.console_screen.do("timeline")
        await it.until(lambda: not strip(it).has_class("-open"))
        assert it.app.focused is it.pane_a.editor


async def write_to(it: Console, path: Path) -> None:
    it.app.console_screen.do("transcript")
    await it.until(lambda: isinstance(it.app.screen, AskLine) and it.app.screen.query("LineInput"))
    it.app.screen.query_one("LineInput").value = str(path)  # type: ignore[attr-defined]
    await it.press("enter")


async def test_the_story_as_markdown_and_as_a_picture(tmp_path: Path) -> None:
    async with console((160, 45)) as it:
        await conflict(it)
        await write_to(it, tmp_path / "story.md")
        await it.until(lambda: "Written to" in it.notice)
        assert "lost to" in (tmp_path / "story.md").read_text()
        await write_to(it, tmp_path / "story.svg")
        await it.until(lambda: (tmp_path / "story.svg").exists())
        ET.fromstring((tmp_path / "story.svg").read_text())
        await write_to(it, tmp_path / "story.md")
        await it.until(lambda: isinstance(it.app.screen, Question))
        await it.press("n")
        await write_to(it, tmp_path / "no" / "story.md")
        await it.until(lambda: "does not exist" in it.notice)


async def test_how_often_transactions_lost_stands_on_it() -> None:
    async with console((80, 24)) as it:
        await conflict(it)
        await open_strip(it)
        words = "A 1 of 1 lost, B 0 of 1 lost; hot: t id=7"
        assert strip(it).text.splitlines()[6] == f"{' commit':<{80 - len(words)}}{words}"
        it.app.console_screen.do("conflicts")
        await it.until(lambda: "Conflicts so far" in it.screen_text())
        assert "1  t id=7" in it.screen_text()


async def test_a_long_statement_is_broken_and_the_meter_stands_where_there_is_room() -> None:
    async with console((80, 24)) as it:
        await conflict(it)
        long = (
            "select address from customers where username = 'carlos_salazar_125@example.edu' and region = 'us-east-1'"
        )
        it.write(long)
        await it.press("f5")
        await it.until(lambda: it.a.sent[-1] == long)
        await open_strip(it)
        await it.until(lambda: "select address" in strip(it).text)
        lines = strip(it).text.splitlines()
        assert " ".join(" ".join(lines[5:7]).split()) == long
        assert lines[4].endswith("A 1 of 1 lost, B 0 of 1 lost; hot: t id=7")
        longer = f"{long} and {' and '.join(f'column_{n} = {n}' for n in range(40))} and id = 'the row'"
        it.a.answer(longer, rows("n", ("1",)))
        it.write(longer)
        await it.press("f2", "f5")
        await it.until(lambda: it.a.sent[-1] == longer and "the row" in strip(it).text)
        assert strip(it).text.splitlines()[6].endswith("and id = 'the row'"), "the end says which row"
        assert "…" in strip(it).text.splitlines()[6]
