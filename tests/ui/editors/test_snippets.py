"""Snippets in the console: picked, saved, offered by the palette."""

from pathlib import Path

from dsqltui.store.snippets import SnippetFolder
from dsqltui.ui.dialogs.line import AskLine
from dsqltui.ui.extension.palette import ConsolePalette
from dsqltui.ui.features.snippets.dialog import SnippetDialog
from support.screens.console import console


async def test_a_picked_one_goes_below_the_text_and_does_not_run(tmp_path: Path) -> None:
    (tmp_path / "m.sql").write_text("-- Monthly\nselect sum(x) from t;")
    (tmp_path / "w.sql").write_text("-- Weekly\nselect 1;")
    async with console((80, 24), snippets=SnippetFolder(tmp_path)) as it:
        it.write("select 0;")
        await it.press("ctrl+g", "s", "o")
        await it.until(lambda: isinstance(it.app.screen, SnippetDialog))
        await it.until(lambda: "Monthly  m.sql" in it.screen_text() and "select sum(x)" in it.screen_text())
        await it.press(*"week", "enter")
        await it.until(lambda: it.pane_a.editor.text == "select 0;\n\nselect 1;")
        assert it.a.sent == []


async def test_the_statement_under_the_cursor_is_saved_under_its_title(tmp_path: Path) -> None:
    async with console(snippets=SnippetFolder(tmp_path)) as it:
        it.write("select 1;\nselect 2;", 12)
        await it.press("ctrl+g", "s", "s")
        await it.until(lambda: isinstance(it.app.screen, AskLine))
        await it.press(*"Two", "enter")
        await it.until(lambda: it.notice == "Saved as two.sql; open with Ctrl+G s o.")
    assert (tmp_path / "two.sql").read_text() == "-- Two\nselect 2;\n"


async def test_the_palette_knows_them_from_the_start_and_after_saving(tmp_path: Path) -> None:
    (tmp_path / "m.sql").write_text("-- Monthly [red]\nselect 7;")
    async with console(snippets=SnippetFolder(tmp_path)) as it:
        await it.until(lambda: any(feature.offers() for feature in it.app.console_screen.features))
        await it.press("ctrl+p")
        await it.until(lambda: isinstance(it.app.screen, ConsolePalette))
        await it.press(*"monthly")
        await it.until(lambda: "Snippet: Monthly [red]" in it.screen_text())
        await it.press("enter")
        await it.until(lambda: it.pane_a.editor.text == "select 7;")


async def test_none_yet_says_how_to_make_one(tmp_path: Path) -> None:
    async with console(snippets=SnippetFolder(tmp_path)) as it:
        await it.press("ctrl+g", "s", "o")
        await it.until(lambda: "No snippets yet; Ctrl+G s s saves" in it.screen_text())


async def test_nothing_to_save_says_so(tmp_path: Path) -> None:
    async with console(snippets=SnippetFolder(tmp_path)) as it:
        await it.press("ctrl+g", "s", "s")
        await it.until(lambda: "Nothing to save" in it.notice)


async def test_one_that_cannot_be_read_says_why(tmp_path: Path) -> None:
    (tmp_path / "bad.sql").write_bytes(b"\xe9")
    async with console(snippets=SnippetFolder(tmp_path)) as it:
        await it.press("ctrl+g", "s", "o")
        await it.until(lambda: "bad.sql is not UTF-8 text" in it.screen_text())
        await it.press("enter")
        await it.until(lambda: "not UTF-8" in it.notice)
        assert it.pane_a.editor.text == ""
