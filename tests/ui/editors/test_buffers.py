"""The editors' texts come back."""

import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from dsqltui.core.kept.buffers import Buffer, Buffers
from dsqltui.store.buffers import BufferFile
from dsqltui.ui.features.buffers import feature as buffers
from dsqltui.ui.features.buffers.feature import BufferFeature
from dsqltui.ui.state.sync_mode import SyncMode
from support.screens.console import Console, console

HOSTS = ("a", "b")


@pytest.fixture
def store(tmp_path: Path) -> Callable[[], BufferFile]:
    return lambda: BufferFile(tmp_path, HOSTS)


def is_back(it: Console) -> bool:
    """Whether the last texts were looked for, so that changes are kept from now on."""
    features = it.app.console_screen.features
    return next(feature for feature in features if isinstance(feature, BufferFeature)).is_restored


def left_by_the_last_console(store: Callable[[], BufferFile], a: str, b: str = "", cursor: int = 0) -> None:
    file = store()
    file.keep(Buffers(1_800_000_000.0, {"A": Buffer(a, cursor), "B": Buffer(b, 0)}, "A"))
    file.close()


def damage(folder: Path) -> None:
    for path in folder.glob("*.json"):
        path.write_text("{")


async def test_what_was_typed_is_there_on_the_next_start_with_a_notice(store: Callable[[], BufferFile]) -> None:
    async with console(buffers=store()) as it:
        await it.until(lambda: is_back(it))
        await it.press(*"select 1;", "f3", *"table b;", "f2", "left")
        await it.app.console_screen.close()
    async with console(buffers=store()) as it:
        await it.until(lambda: it.pane_a.editor.text == "select 1;\n")
        await it.until(lambda: it.pane_b.editor.text == "table b;\n")
        assert "Restored panes A and B (" in it.notice
        assert "nothing was run." in it.notice
        assert it.a.sent == []


async def test_what_was_hidden_is_told_when_the_text_comes_back(store: Callable[[], BufferFile]) -> None:
    left_by_the_last_console(store, "alter role r password 'hunter2' login", cursor=34)
    async with console(buffers=store()) as it:
        await it.until(lambda: "Restored pane A (" in it.notice)
        assert "A password or key was not kept: write it again where it says (hidden)." in it.notice
        assert it.pane_a.editor.text == "alter role r password (hidden) login\n"
        assert it.pane_a.editor.cursor_location == (1, 0)


async def test_the_cursor_is_on_an_empty_line_below_what_came_back(store: Callable[[], BufferFile]) -> None:
    left_by_the_last_console(store, "one\ntwo\n", cursor=5)
    async with console(buffers=store()) as it:
        await it.until(lambda: it.pane_a.editor.cursor_location == (2, 0))
        assert it.pane_a.editor.text == "one\ntwo\n"
        assert "Ctrl+G e x clears." in it.notice


async def test_clearing_keeps_the_text(store: Callable[[], BufferFile]) -> None:
    async with console(buffers=store()) as it:
        await it.until(lambda: is_back(it))
        await it.press(*"select 1;", "ctrl+g", "e", "x", *"new")
        await it.until(lambda: "Cleared; undo" in it.notice)
        assert it.pane_a.editor.text == "new", "what is typed behind it stays"
        it.pane_a.editor.undo()
        await it.press("ctrl+g", "e", "k")
        await it.until(lambda: "pane A, cleared" in it.screen_text())
        await it.press("enter")
        await it.until(lambda: it.pane_a.editor.text.strip() == "select 1;")


async def test_only_one_pane_had_a_text(store: Callable[[], BufferFile]) -> None:
    left_by_the_last_console(store, "", "two")
    async with console(buffers=store()) as it:
        await it.until(lambda: "Restored pane B (" in it.notice)


async def test_empty_texts_come_back_silently(store: Callable[[], BufferFile]) -> None:
    left_by_the_last_console(store, " \n", "")
    async with console(buffers=store()) as it:
        await it.until(lambda: is_back(it))
        assert it.notice == ""
        assert it.pane_a.editor.text == ""


async def test_a_change_is_on_disk_soon_without_leaving(store: Callable[[], BufferFile], tmp_path: Path) -> None:
    async with console(buffers=store()) as it:
        await it.until(lambda: is_back(it))
        await it.press(*"abc")
        await it.until(lambda: any('"abc"' in path.read_text() for path in tmp_path.glob("*.json")))


async def test_a_damaged_file_is_told_and_typing_goes_on(store: Callable[[], BufferFile], tmp_path: Path) -> None:
    left_by_the_last_console(store, "x")
    damage(tmp_path)
    async with console(buffers=store()) as it:
        await it.until(lambda: "are damaged" in it.notice)
        await it.press("y")
        await it.until(lambda: it.pane_a.editor.text == "y")


async def test_a_disk_that_takes_nothing_is_told_once(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    async with console(buffers=BufferFile(tmp_path / "file", HOSTS)) as it:
        await it.until(lambda: is_back(it))
        await it.press("x")
        await it.until(lambda: it.app.console_screen.services.buffers.trouble)  # type: ignore[union-attr]
        await it.press("y")
        await it.until(lambda: "cannot be kept" in it.notice)


async def test_who_types_on_and_on_is_kept_in_between(
    store: Callable[[], BufferFile], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(buffers, "_LONGEST_S", 0.0)
    async with console(buffers=store()) as it:
        await it.until(lambda: is_back(it))
        await it.press(*"select 1")
        await it.until(lambda: any("select 1" in path.read_text() for path in tmp_path.glob("*.json")))


async def test_what_was_typed_before_the_last_texts_are_back_is_kept_with_them(
    store: Callable[[], BufferFile], tmp_path: Path
) -> None:
    left_by_the_last_console(store, "kept")

    class Slow(BufferFile):
        def restore(self) -> Buffers | None:
            may_go.wait()
            return super().restore()

    may_go = threading.Event()
    async with console(buffers=Slow(tmp_path, HOSTS)) as it:
        await it.press(*"typed")
        may_go.set()
        await it.app.console_screen.close()
    restored = store().restore()
    assert restored is not None
    assert restored.panes["A"].text == "kept\n\ntyped"


async def test_the_text_that_the_mirror_takes_away_is_offered_now_and_on_the_next_start(
    store: Callable[[], BufferFile],
) -> None:
    async with console(buffers=store()) as it:
        await it.until(lambda: is_back(it))
        await it.press(*"mine", "f3", *"yours", "shift+f6", "shift+f6", "a")
        await it.until(lambda: it.app.console_screen.sync_mode is SyncMode.MIRROR)
        assert "Text of B is kept: Ctrl+G e k." in it.notice
        await it.app.console_screen.close()
    async with console(buffers=store()) as it:
        await it.until(lambda: "1 more: Ctrl+G e k." in it.notice)
        assert it.pane_b.editor.text == "mine\n"
        it.app.console_screen.do("kept_texts")
        await it.until(lambda: "pane B, before the mirror" in it.screen_text())
        await it.press("enter")
        await it.until(lambda: it.pane_a.editor.text == "mine;\n\nyours")
        assert "1 line of pane B, before the mirror. Nothing was run." in it.notice
        assert it.app.console_screen.offers() is not None
        await it.app.console_screen.close()
    restored = store().restore()
    assert restored is not None
    assert (restored.panes["A"].text, restored.others) == ("mine;\n\nyours", ())


async def test_a_text_of_another_console_is_offered_and_what_was_hidden_in_it_is_said(
    store: Callable[[], BufferFile],
) -> None:
    first, second = store(), store()
    first.restore()
    second.restore()
    secret = "create role r password 's3cr3t';"
    second.keep_now(Buffers(1_800_000_000.0, {"A": Buffer(secret, 0), "B": Buffer("", 0)}, "A"))
    first.close()
    second.close()
    async with console(buffers=store()) as it:
        await it.until(lambda: "1 other text waits" in it.notice)
        it.app.console_screen.do("kept_texts")
        await it.until(lambda: "another console, pane A" in it.screen_text())
        await it.press("enter")
        await it.until(lambda: it.pane_a.editor.text == "create role r password (hidden);")
        assert "A password or key was not kept" in it.notice


async def test_where_texts_are_not_kept_the_mirror_says_so() -> None:
    async with console() as it:
        it.pane_a.editor.load_text("mine")
        it.pane_b.editor.load_text("yours")
        await it.press("shift+f6", "shift+f6", "a")
        await it.until(lambda: it.app.console_screen.sync_mode is SyncMode.MIRROR)
        await it.until(lambda: "undo brings B's text back. Texts are not kept" in it.notice)


async def test_a_disk_that_takes_nothing_does_not_stop_the_mirror(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    async with console(buffers=BufferFile(tmp_path / "file", HOSTS)) as it:
        await it.until(lambda: is_back(it))
        it.pane_a.editor.load_text("mine")
        it.pane_b.editor.load_text("yours")
        await it.press("shift+f6", "shift+f6", "a")
        await it.until(lambda: it.app.console_screen.sync_mode is SyncMode.MIRROR)
        await it.until(lambda: "undo brings B's text back. The editors' texts cannot be kept" in it.notice)
