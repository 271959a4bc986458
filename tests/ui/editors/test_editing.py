"""Layout, comments, indentation, hints in the console."""

import pytest

from dsqltui.core.results.errors import ServerError
from dsqltui.core.results.outcome import Refused
from support.screens.console import console
from ui.terminal.test_in_terminal import F5, quit_cleanly, terminal


async def test_format_lays_out_the_statement_under_the_cursor_and_can_be_undone() -> None:
    text = "begin;\nselect a, b from t where a = 1;\ncommit;"
    async with console() as running:
        running.write(text, 10)
        screen, editor = running.app.console_screen, running.pane_a.editor
        screen.do("format")
        await running.until(lambda: editor.text != text)
        assert editor.text == "begin;\nselect a,\n       b\nfrom t\nwhere a = 1;\ncommit;"
        editor.undo()
        assert editor.text == text
        running.write("\\i x.sql")
        screen.do("format")
        await running.until(lambda: "backslash" in running.notice)
        running.write("")
        screen.do("format")
        await running.until(lambda: "no statement here" in running.notice)


async def test_comments_toggle_on_the_selected_lines() -> None:
    async with console() as running:
        running.write("select 1,\n  2\nfrom t")
        screen, editor = running.app.console_screen, running.pane_a.editor
        await running.press("shift+down", "shift+down")
        screen.do("toggle_comment")
        assert editor.text == "-- select 1,\n--   2\nfrom t"
        screen.do("toggle_comment")
        assert editor.text == "select 1,\n  2\nfrom t"
        editor.undo()
        editor.undo()
        assert editor.text == "select 1,\n  2\nfrom t"


async def test_selected_lines_are_indented_and_go_back() -> None:
    async with console() as running:
        running.write("a\nb\nc")
        editor = running.pane_a.editor
        await running.press("shift+down", "shift+right", "tab")
        assert editor.text == "    a\n    b\nc"
        await running.press("tab", "shift+tab", "shift+tab")
        assert editor.text == "a\nb\nc"
        running.app.console_screen.do("select_all")
        assert editor.selected_text == "a\nb\nc"


async def test_hints_inform_and_block_nothing() -> None:
    async with console() as running:
        running.write("select 1;\ncreate index i on t (a);")
        running.app.console_screen.do("lint")
        await running.until(lambda: "HINT FOR AURORA DSQL" in running.screen_text())
        assert "line 2:" in running.screen_text()
        await running.press("shift+f5")
        await running.until(lambda: len(running.a.sent) == 2)


async def test_the_lines_of_hints_are_marked_until_the_next_edit() -> None:
    async with console() as running:
        running.write("select 1;\ndelete from t;\n\nselect 2;")

        def marked() -> list[str]:
            return [line for line in running.screen_text().splitlines() if "! delete from t;" in line]

        running.app.console_screen.do("lint")
        await running.until(lambda: len(marked()) == 1)
        running.pane_a.editor.go_to(0)
        await running.press("x")
        await running.until(lambda: not marked())


async def test_a_fix_is_written_and_not_run() -> None:
    async with console() as running:
        editor = running.pane_a.editor
        running.write("select 1;\ncreate index i on t (a);")
        editor.go_to(12)
        running.app.console_screen.do("lint_fix")
        await running.until(lambda: editor.text == "select 1;\nCREATE INDEX ASYNC i ON t(a);")
        assert "1 STATEMENT FIXED, NOT RUN" in running.screen_text()
        assert running.a.sent == []
        running.app.console_screen.do("lint_fix")
        await running.until(lambda: "Nothing to fix: dsql-lint has no hint here." in running.notice)


async def test_our_own_hints_need_no_linter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dsqltui.client.linter.linter_command", lambda: None)
    async with console() as running:
        running.write("delete from t")
        running.app.console_screen.do("lint")
        await running.until(lambda: "DELETE of all rows: beyond 3,000 rows" in running.screen_text())


async def test_hints_without_the_linter_say_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dsqltui.client.linter.linter_command", lambda: None)
    async with console() as running:
        running.write("select 1")
        running.app.console_screen.do("lint")
        await running.until(lambda: "The linter is not installed" in running.screen_text())


async def test_a_bracket_shows_its_partner_but_not_one_in_a_string() -> None:
    async with console() as running:
        running.write("f(')', 1)", 1)
        assert running.pane_a.editor.matching_bracket_location == (0, 8)


def test_the_external_editor_has_the_terminal_and_gives_it_back() -> None:
    editor = "/bin/sh -c 'echo EDITING; read line; printf \"select 2\" > $0'"
    with terminal("plain", env={"EDITOR": editor}) as running:
        running.send("select 1")
        running.wait_for("select 1")
        running.send("\x07ee")
        running.wait_for("EDITING")
        running.send("\r")
        running.wait_for("select 2")
        running.wait_until_quiet()
        running.send(F5)
        running.wait_for("✓ SELECT")
        quit_cleanly(running)


def test_an_external_editor_that_fails_leaves_the_text() -> None:
    with terminal("plain", env={"VISUAL": "/bin/false"}) as running:
        running.send("select 1")
        running.wait_for("select 1")
        running.send("\x07ee")
        running.wait_for("ended with status 1; the text here is as it was")
        assert "select 1" in running.text
        quit_cleanly(running)


async def test_odd_characters_are_named_after_the_error_and_replaced_by_one_action() -> None:
    async with console() as running:
        sql = "select\u00a0‘a；b’ －－ ；"
        running.a.answer(sql, Refused(ServerError("42601", 'syntax error at or near "；"', position=1), 0.01))
        running.write(sql)
        await running.press("f5")
        await running.until(
            lambda: "NO-BREAK SPACE (U+00A0) at line 1, column 7" in " ".join(running.screen_text().split())
        )
        editor = running.pane_a.editor
        running.app.console_screen.do("replace_odd")
        await running.until(lambda: "odd characters replaced" in running.notice)
        assert editor.text == "select 'a；b' -- ;"
        editor.undo()
        assert editor.text == sql
        running.write("select 'a；’'")
        running.app.console_screen.do("replace_odd")
        await running.until(lambda: "Nothing to replace" in running.notice)
        assert editor.text == "select 'a；’'"


async def test_where_an_error_happened_is_shown() -> None:
    async with console() as running:
        where = 'COPY cc, line 2, column id: "1;a"'
        running.a.answer("copy", Refused(ServerError("22P02", "invalid input syntax", context=where), 0.01))
        running.write("copy")
        await running.press("f5")
        await running.until(lambda: f"Context {where}" in running.screen_text())
