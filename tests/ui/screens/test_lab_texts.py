"""A lab has texts of its own in the editors: those of the person come back as they were when it is left."""

import threading
from collections.abc import Sequence
from pathlib import Path

from textual.widgets.text_area import Selection

from dsqltui.core.kept.buffers import Buffer, Buffers
from dsqltui.labs.files.template import TEMPLATE
from dsqltui.store.buffers import BufferFile
from dsqltui.ui.features.lab.dialogs import LabsDialog
from dsqltui.ui.state.sync_mode import SyncMode
from dsqltui.ui.widgets.editor import Editor
from support.screens.console import console
from support.screens.fake_session import rows
from support.screens.students import ANSWER, Student, lab

STEP = "begin;\nselect 40 + 2 as answer;"
OTHER = TEMPLATE.replace('id = "mine"', 'id = "other"').replace("select 40 + 2 as answer", "select 7 as seven")
BOTH = TEMPLATE.replace('pane = "a"', 'pane = "both"')
HOSTS = ("a", "b")


def texts(student: Student) -> tuple[str, str]:
    return student.console.pane_a.editor.text, student.console.pane_b.editor.text


def held(editor: Editor) -> tuple[str, Selection]:
    return editor.text, editor.selection


async def enter(student: Student, *down: str) -> None:
    """Choose a lab from the list."""
    await student.console.press("shift+f7")
    await student.console.until(lambda: isinstance(student.console.app.screen, LabsDialog))
    await student.console.press(*down, "enter")
    await student.until_shown("Step 1/2")


async def test_the_students_own_texts_come_back_with_selection_and_undo(tmp_path: Path) -> None:
    async with lab(tmp_path, BOTH, start="") as student:
        a, b = student.console.pane_a.editor, student.console.pane_b.editor
        await student.console.press(*"select 'mine'")
        a.history.checkpoint()
        await student.console.press(*"\n-- and more", "shift+left", "shift+left")
        b.load_text("table of_b;\n")
        b.go_to(5)
        before = held(a), held(b)
        student.console.b.answer(ANSWER, rows("answer", ("42",)))
        await enter(student)
        assert "Shift+F7 closes the lab and brings it back" in student.console.notice
        assert texts(student) == (STEP, STEP), "nothing of the student's stands in the lab's text"
        await student.press("n")
        await student.until_shown("✓ Done.")
        assert student.console.a.sent == ["begin", ANSWER], "what is the student's own is not run"
        await student.press("n")
        await student.until_shown("The answer was 42.")
        assert texts(student) == ("commit;", "commit;")
        a.undo()
        assert a.text == STEP, "undo takes a prefill back"
        for _unused in range(9):
            a.undo()
        assert "mine" not in a.text, "and reaches no text of the student's"
        await student.console.press("shift+f7")
        assert (held(a), held(b)) == before
        assert "Your own text is back; Shift+F7 goes on with the lab." in student.console.notice
        a.undo()
        assert a.text == "select 'mine'"
        a.redo()
        assert a.text == before[0][0]


async def test_a_lab_that_is_opened_again_has_the_text_it_had(tmp_path: Path) -> None:
    async with lab(tmp_path, start="") as student:
        student.console.write("select 'mine';\n\ncommit;\n")
        await enter(student)
        editor = student.console.pane_a.editor
        editor.replace_range(" -- tried", len(editor.text), len(editor.text))
        tried = held(editor)
        await student.console.press("shift+f7")
        assert editor.text == "select 'mine';\n\ncommit;\n"
        await student.console.press(*"x", "shift+f7")
        assert held(editor) == tried
        editor.undo()
        assert editor.text == STEP
        await student.console.press("shift+f7")
        assert editor.text == "xselect 'mine';\n\ncommit;\n"


async def test_n_in_a_lab_that_was_left_opens_it_and_runs_nothing(tmp_path: Path) -> None:
    async with lab(tmp_path, start="") as student:
        student.console.write("drop table precious;")
        await enter(student)
        await student.console.press("shift+f7", "ctrl+g", "n")
        await student.until_shown("Step 1/2")
        assert texts(student)[0] == STEP
        assert student.console.a.sent == []
        await student.press("n")
        await student.until_shown("✓ Done.")
        assert student.console.a.sent == ["begin", ANSWER]


async def test_a_step_that_is_entered_while_the_lab_is_left_waits_with_its_text(tmp_path: Path) -> None:
    async with lab(tmp_path, start="") as student:
        student.console.write("select 'mine';")
        await enter(student)
        await student.console.press("shift+f7")
        student.console.app.console_screen.do("lab_skip")
        await student.console.pilot.pause()
        assert texts(student)[0] == "select 'mine';"
        await student.console.press("shift+f7")
        await student.until_shown("Step 2/2")
        assert texts(student)[0] == "commit;"


async def test_from_lab_to_lab_each_has_its_own_texts(tmp_path: Path) -> None:
    async with lab(tmp_path, start="", others={"02-other.toml": OTHER}) as student:
        student.console.write("select 'mine';")
        await enter(student)
        editor = student.console.pane_a.editor
        editor.replace_range("-- one\n", 0, 0)
        await student.press("l")
        await student.console.until(lambda: isinstance(student.console.app.screen, LabsDialog))
        await student.console.press("down", "enter")
        await student.console.until(lambda: texts(student)[0] == "begin;\nselect 7 as seven;")
        await student.press("l")
        await student.console.until(lambda: isinstance(student.console.app.screen, LabsDialog))
        await student.console.press("up", "enter")
        await student.console.until(lambda: "40 + 2" in texts(student)[0])
        assert "-- one" in texts(student)[0]
        await student.console.press("shift+f7")
        assert texts(student)[0] == "select 'mine';"


async def test_a_mirror_is_left_and_brought_back(tmp_path: Path) -> None:
    async with lab(tmp_path, BOTH, start="") as student:
        a, b = student.console.pane_a.editor, student.console.pane_b.editor
        screen = student.console.app.console_screen
        await student.console.press("shift+f6", "shift+f6", *"one")
        await student.console.until(lambda: screen.sync_mode is SyncMode.MIRROR)
        a.history.checkpoint()
        await student.console.press(*" two")
        await enter(student)
        assert texts(student) == (STEP, STEP), "the step stands once in each"
        await student.console.press("escape", "shift+f6")
        await student.console.until(lambda: screen.sync_mode is SyncMode.INDEPENDENT)
        b.replace_range("-- only b\n", 0, 0)
        assert a.text == STEP
        await student.console.press("shift+f7")
        await student.console.until(lambda: texts(student) == ("one two", "one two"))
        assert screen.sync_mode.value == SyncMode.MIRROR.value
        b.undo()
        assert texts(student) == ("one", "one")
        await student.console.press("shift+f6", "x")
        assert texts(student) == ("onex", "one"), "and parts as before"


async def test_a_mirror_of_the_labs_ends_with_it(tmp_path: Path) -> None:
    async with lab(tmp_path, BOTH, start="") as student:
        student.console.write("select 'a';")
        student.console.pane_b.editor.load_text("select 'b';")
        await enter(student)
        await student.console.press("escape", "shift+f6", "shift+f6")
        await student.console.until(lambda: student.console.app.console_screen.sync_mode is SyncMode.MIRROR)
        await student.console.press("shift+f7")
        assert texts(student) == ("select 'a';", "select 'b';")
        assert student.console.app.console_screen.sync_mode is SyncMode.INDEPENDENT
        await student.console.press("x")
        assert texts(student)[1] == "select 'b';"


class Slow(BufferFile):
    """A disk that gives nothing before it may."""

    def __init__(self, folder: Path, hosts: Sequence[str]) -> None:
        super().__init__(folder, hosts)
        self.may_read = threading.Event()

    def restore(self) -> Buffers | None:
        assert self.may_read.wait(60)
        return super().restore()


def kept_by(folder: Path) -> Buffers:
    """What a console that was killed has left on disk."""
    file = BufferFile(folder, HOSTS)
    kept = file.restore()
    file.close()
    assert kept is not None
    return kept


async def test_of_a_console_killed_in_a_lab_the_students_text_is_kept(tmp_path: Path) -> None:
    folder = tmp_path / "buffers"
    async with lab(tmp_path, start="", buffers=BufferFile(folder, HOSTS)) as student:
        await student.console.press(*"select 'mine';")
        await enter(student)
        editor = student.console.pane_a.editor
        editor.replace_range("-- tried\n", 0, 0)
        await student.console.until(lambda: any("tried" in path.read_text() for path in folder.glob("*.json")))
        (path,) = folder.glob("*.json")
        left = tmp_path / "killed"
        left.mkdir()
        (left / path.name).write_bytes(path.read_bytes())  # as it is at this moment, without a goodbye
    kept = kept_by(left)
    assert kept.panes["A"] == Buffer("select 'mine';", 14)
    assert [(one.text, one.origin) for one in kept.others] == [(f"-- tried\n{STEP}", "pane A, in a lab")]
    async with console(buffers=BufferFile(left, HOSTS)) as again:
        await again.until(lambda: again.pane_a.editor.text == "select 'mine';\n")
        assert "1 more: Ctrl+G e k." in again.notice


async def test_a_steps_text_that_nobody_touched_is_not_kept(tmp_path: Path) -> None:
    folder = tmp_path / "buffers"
    async with lab(tmp_path, start="", buffers=BufferFile(folder, HOSTS)) as student:
        await student.console.press(*"select 'mine';")
        await enter(student)
        await student.console.app.console_screen.close()
    kept = kept_by(folder)
    assert kept.panes["A"].text == "select 'mine';"
    assert kept.others == ()


async def test_texts_of_the_last_console_come_back_behind_a_lab(tmp_path: Path) -> None:
    folder = tmp_path / "buffers"
    file = BufferFile(folder, HOSTS)
    file.keep(Buffers(1_800_000_000.0, {"A": Buffer("select 'mine';", 0)}, "A"))
    file.close()
    store = Slow(folder, HOSTS)
    async with lab(tmp_path, buffers=store) as student:
        await student.until_shown("Step 1/2")
        await student.console.until(lambda: texts(student)[0] == STEP)
        store.may_read.set()
        await student.console.until(lambda: "Restored pane A" in student.console.notice)
        assert texts(student)[0] == STEP
        await student.console.press("shift+f7")
        assert texts(student)[0] == "select 'mine';\n"
