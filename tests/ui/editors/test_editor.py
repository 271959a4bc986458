"""The editor alone: colours, marks, clean text, the order of keys."""

from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager

import pytest
from textual._compositor import Compositor
from textual.app import App, ComposeResult
from textual.events import Key, Paste
from textual.geometry import Region
from textual.pilot import Pilot
from textual.widgets import Static

from dsqltui.core.settings.sections import EditorSettings, Settings
from dsqltui.core.sql.odd_characters import INVISIBLE
from dsqltui.core.text.safe_text import typed_text
from dsqltui.resources import data
from dsqltui.ui.state import theme
from dsqltui.ui.textual_patches.line_diff import waits_for_layout
from dsqltui.ui.widgets.editor import Editor
from support.screens.console import console


class EditorApp(App[None]):
    """One editor; F5 puts what is there into `sent`."""

    CSS_PATH = [str(path) for path in sorted(data("styles").glob("*.tcss"))]  # noqa: RUF012 - Textual's annotation
    BINDINGS = [("f5", "send"), ("f2", "other")]  # noqa: RUF012

    def __init__(self) -> None:
        super().__init__()
        self.register_theme(theme.DARK)
        self.theme = theme.DARK.name
        self.sent: list[str] = []

    def get_theme_variable_defaults(self) -> dict[str, str]:
        return theme.VARIABLES

    def compose(self) -> ComposeResult:
        yield Editor(id="first")
        yield Editor(id="second")

    def action_send(self) -> None:
        self.sent.append(self.query_one("#first", Editor).text)

    def action_other(self) -> None:
        self.screen.set_focus(self.query_one("#second", Editor))


@asynccontextmanager
async def editing() -> AsyncIterator[tuple[EditorApp, Pilot[None], Editor]]:
    app = EditorApp()
    async with app.run_test(size=(60, 20)) as pilot:
        editor = app.query_one("#first", Editor)
        editor.focus()
        await pilot.pause()
        yield app, pilot, editor


def coloured(editor: Editor, row: int) -> dict[str, str]:
    """Text of each styled piece of a line, and its component."""
    names = {str(editor.get_component_rich_style(name, partial=True)): name for name in Editor.COMPONENT_CLASSES}
    line = editor.get_line(row)
    return {line.plain[span.start : span.end]: names[str(span.style)] for span in line.spans}


async def test_sql_is_coloured_by_the_lexer() -> None:
    async with editing() as (_, _, editor):
        editor.load_text("select 'it''s', 12::bigint -- done\n/* a\nselect\n*/ \"Name\"\n\\i x.sql")
        assert coloured(editor, 0) == {
            "select": "editor--keyword",
            "'it''s'": "editor--string",
            "12": "editor--number",
            "bigint": "editor--type",
            "-- done": "editor--comment",
        }
        assert coloured(editor, 2) == {"select": "editor--comment"}
        assert coloured(editor, 3)['"Name"'] == "editor--ident"
        assert coloured(editor, 4) == {"\\i x.sql": "editor--command"}


async def test_colours_follow_edits_undo_and_redo() -> None:
    async with editing() as (_, _, editor):
        editor.load_text("select 1\nselect 2")
        editor.get_line(1)
        editor.insert("/*", (0, 0))
        assert coloured(editor, 1) == {"select 2": "editor--comment"}
        editor.undo()
        assert coloured(editor, 1)["select"] == "editor--keyword"
        editor.redo()
        assert coloured(editor, 1) == {"select 2": "editor--comment"}


async def test_very_long_lines_stay_plain_but_keep_the_state() -> None:
    async with editing() as (_, _, editor):
        editor.load_text("/*" + "x" * 5_000 + "\nselect")
        assert coloured(editor, 0) == {}
        assert coloured(editor, 1) == {"select": "editor--comment"}


async def test_offsets_and_locations_agree() -> None:
    async with editing() as (_, _, editor):
        editor.load_text("ab\n\ncdé\n東x\n")
        for offset in range(len(editor.text) + 1):
            location = editor.location_at(offset)
            assert editor.offset_at(location) == offset
            assert editor.get_text_range((0, 0), location) == editor.text[:offset]
        assert editor.location_at(1_000) == editor.document.end


async def test_marks_are_forgotten_at_the_next_edit() -> None:
    async with editing() as (_, _, editor):
        editor.load_text("select 1")
        editor.mark_ran((0, 8))
        editor.mark_error(7)
        assert coloured(editor, 0)["1"] == "editor--error"
        editor.insert(" ")
        assert (editor.ran_range, editor.error_offset) == (None, None)


async def test_an_error_past_the_last_character_is_seen() -> None:
    async with editing() as (_, _, editor):
        editor.load_text("select")
        editor.mark_error(6)
        assert coloured(editor, 0)["t"] == "editor--error"


async def test_control_characters_never_get_into_the_text() -> None:
    async with editing() as (app, pilot, editor):
        for hostile in ("\x1b[31m", "\x9b2J", "\x00", "\x07", "\ud800"):
            kept = typed_text(hostile[0]) + hostile[1:]
            editor.load_text(f"a{hostile}b")
            assert editor.text == f"a{kept}b"
            editor.insert(f"c{hostile}", (0, 0))
            assert editor.text == f"c{kept}a{kept}b"
            app.post_message(Paste(f"e{hostile}\r\nf"))
            await pilot.pause()
            assert f"{kept}\nf" in editor.text
            assert editor.has_control_signs
            editor.undo()
            editor.redo()
            assert hostile[0] not in editor.text


@pytest.mark.parametrize(
    "text", ["می\u200cخواهم", "a\u200e\u200fb", "a\u00adb", "a\u200b\u2060b", "a\u202eb", "👩\u200d💻"]
)
async def test_joiners_and_marks_of_direction_are_kept_and_seen(text: str) -> None:
    """Typed, pasted, loaded: all of it stays, and what has no cell of its own gets a sign."""
    async with editing() as (app, pilot, editor):
        editor.load_text(text)
        assert editor.text == text
        editor.load_text("")
        app.post_message(Paste(f"\ufeff{text}"))
        await pilot.pause()
        assert editor.text == text, "a byte order mark at the beginning is none of the text"
        editor.load_text("")
        for character in text:
            editor.insert(character)
        assert editor.text == text
        shown = editor.get_line(0)
        assert len(shown) == len(text)
        hidden = [at for at, character in enumerate(text) if character in INVISIBLE]
        assert [at for at, character in enumerate(shown.plain) if character == "·"] == hidden


async def test_what_only_looks_like_sql_is_marked() -> None:
    async with editing() as (_, _, editor):
        editor.load_text("select\u00a01；-- ；")
        style = editor.get_component_rich_style("editor--odd", partial=True)
        marked = {at for span in editor.get_line(0).spans if span.style == style for at in range(span.start, span.end)}
        assert marked == {6, 8}


def burst(app: EditorApp, *keys: str) -> None:
    """Keys as the driver delivers them, all before any is handled."""
    for key in keys:
        app.post_message(Key(key, key if len(key) == 1 else None))


async def test_a_burst_keeps_its_order() -> None:
    async with editing() as (app, pilot, editor):
        burst(app, *(["a", "b", "backspace", "c"] * 5))
        await pilot.pause()
        assert editor.text == "ac" * 5


async def test_run_in_a_burst_sees_exactly_what_was_typed_before_it() -> None:
    async with editing() as (app, pilot, editor):
        burst(app, *"[1", "f5", *"2]", "f5")
        await pilot.pause()
        assert app.sent == ["[1", "[12]"]
        assert editor.text == "[12]"


async def test_text_typed_after_a_focus_key_goes_to_the_new_focus() -> None:
    async with editing() as (app, pilot, editor):
        burst(app, *"ab", "f2", *"cd")
        await pilot.pause()
        assert (editor.text, app.query_one("#second", Editor).text) == ("ab", "cd")


async def test_only_changed_lines_are_repainted() -> None:
    async with editing() as (app, pilot, editor):
        editor.load_text("\n".join(f"select {n}" for n in range(6)))
        await pilot.pause()
        painted: list[Region] = []
        stock = editor.changed_only

        def spy(regions: Collection[Region]) -> Collection[Region]:
            changed = stock(regions)
            painted.extend(changed)
            return changed

        editor.changed_only = spy  # type: ignore[method-assign]
        burst(app, "x")
        await pilot.pause()
        assert {region.y for region in painted} == {0}
        assert {region.height for region in painted} == {1}


async def test_a_layout_that_waits_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Reading a size while new widgets wait makes the compositor forget to paint what moves."""
    async with editing() as (app, pilot, editor):
        burst(app, "x")
        await pilot.pause()
        compositor = Compositor()
        monkeypatch.setattr(app.screen, "_compositor", compositor)
        compositor.reflow(app.screen, app.size)
        assert compositor.full_map
        assert not waits_for_layout(app.screen)
        editor.refresh()
        compositor.update_widgets({editor, Static("new")})
        assert waits_for_layout(app.screen)
        whole = Region(0, 0, 60, 8)
        assert editor.changed_only([whole]) == [whole]
        assert waits_for_layout(app.screen)


async def test_the_statement_to_run_is_marked_before_it_runs() -> None:
    async with editing() as (_, pilot, editor):
        editor.load_text("begin;\nselect\n  1; -- one\nselect 2; select 3;")
        editor.go_to(8)
        await pilot.pause()
        assert [editor.render_line(y).text[1] for y in range(4)] == [" ", "▎", "▎", " "]
        editor.go_to(editor.text.index("select 3"))
        assert editor.target == (editor.text.index("select 3"), len(editor.text))
        assert [editor.render_line(y).text[1] for y in range(4)] == [" ", " ", " ", "▎"]
        assert coloured(editor, 3)["select 3;"] == "editor--target-part", "it shares the line"
        editor.action_select_all()
        assert editor.target is None


async def test_undo_that_takes_the_scrollbar_away_does_not_crash() -> None:
    """Textual 8.2 looks for the cursor in a line that is gone."""
    async with editing() as (_, pilot, editor):
        editor.load_text("x")
        editor.insert("\n" * 30, editor.document.end, maintain_selection_offset=False)
        await pilot.pause()
        editor.undo()
        await pilot.pause()
        assert (editor.text, editor.cursor_location) == ("x", (0, 0))


async def test_a_scroll_to_the_side_goes_a_good_piece_at_once() -> None:
    async with editing() as (app, pilot, editor):
        editor.load_text("x" * 55)
        editor.action_document_end()
        await pilot.pause()
        offsets = set()
        for letter in "abcdefghij":
            burst(app, letter)
            await pilot.pause()
            offsets.add(editor.scroll_offset.x)
        assert len(offsets) <= 3, "and not at each letter"
        assert editor.scroll_offset.x > 0


async def test_text_put_into_an_editor_that_is_not_shown_is_seen_from_its_first_letter() -> None:
    async with console((80, 24)) as it:
        editor = it.pane_b.editor
        await it.until(lambda: not editor.size.width)
        editor.load_text("select 1;\n" + "x" * 200)
        editor.go_to(0)
        await it.press("f3")
        await it.until(lambda: editor.size.width)
        await it.until(lambda: "1▎ select 1;" in it.screen_text() and editor.scroll_offset == (0, 0))


async def test_of_a_very_long_line_only_what_is_in_sight_is_drawn() -> None:
    async with editing() as (app, pilot, editor):
        editor.load_text("select 1;\n" + "abcdefghij" * 20_000 + "\nselect 2;")
        editor.go_to(10 + 150_000)
        await pilot.pause()
        shown = editor.render_line(1)
        assert shown.cell_length <= 60
        assert "jabcdefghija" in shown.text
        burst(app, "X")
        await pilot.pause()
        assert "jXabcdefghija" in editor.render_line(1).text
        assert editor.text[10 + 150_000] == "X"
        assert editor.target is None, "not looked for beside such a line"


async def test_a_line_looks_the_same_from_memory() -> None:
    async with editing() as (app, pilot, editor):
        editor.load_text("select 'a\nb', 1;\nselect 2;\n\nselect 3;")
        editor.go_to(len(editor.text))
        await pilot.pause()
        for place, key in ((0, "x"), (9, "'"), (4, "("), (30, " ")):
            editor.go_to(place)
            burst(app, key)
            await pilot.pause()
            remembered = [editor.render_line(y) for y in range(6)]
            editor.notify_style_update()
            editor.forget_painted_lines()
            await pilot.pause()
            assert [editor.render_line(y) for y in range(6)] == remembered


async def test_long_lines_are_broken_on_the_screen_when_wanted() -> None:
    settings = Settings(editor=EditorSettings(soft_wrap=True))
    async with console((80, 24), settings=settings) as it:
        text = " ".join(f"word{n}" for n in range(30))
        it.write(f"select {text};\nselect 2;", cursor=3)
        await it.until(lambda: "word29" in it.screen_text())
        assert it.pane_a.editor.text == f"select {text};\nselect 2;"
        lines = it.screen_text().splitlines()
        assert sum("▎" in line for line in lines[:8]) >= 3, "the mark stands beside all lines of the statement"
        await it.press("ctrl+end", "ctrl+z", "x")
        await it.until(lambda: "select 2;x" in it.screen_text())


async def test_enter_runs_a_backslash_command_when_wanted() -> None:
    settings = Settings(editor=EditorSettings(enter_runs_commands=True))
    async with console((100, 30), settings=settings) as it:
        await it.press(*"\\conninfo", "enter", *"select 1")
        await it.until(lambda: "us-east-1" in it.pane_a.report.report.message)
        assert it.pane_a.editor.text == "\\conninfo\nselect 1"


async def test_the_run_key_says_that_it_ran_the_last_of_two_commands() -> None:
    async with console((100, 30)) as it:
        it.write("\\conninfo\n\\conninfo\n", cursor=0)
        await it.press("f5", "f5")
        await it.until(lambda: it.pane_a.editor.ran_range == (10, 19))
        assert "alone" not in it.notice, "both were run, one after the other"
        it.write("\\conninfo\n\\conninfo\n", cursor=20)
        await it.press("f5")
        await it.until(lambda: it.notice == "F5 ran \\conninfo alone; Shift+F5 runs everything here.")
