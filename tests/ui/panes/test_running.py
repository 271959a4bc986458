"""Running statements: what F5, F6 and their like send, in which order, and what the panes show of it."""

from pathlib import Path

import pytest

from dsqltui.core.results.outcome import Done, Refused
from dsqltui.core.results.transaction_state import TransactionState
from dsqltui.core.sessions.session import Page
from dsqltui.core.settings.sections import EditorSettings, GuardSettings, Settings
from dsqltui.ui.dialogs.confirm import ConfirmBoth
from dsqltui.ui.dialogs.help import HelpDialog
from dsqltui.ui.dialogs.value import ValueDialog
from support.screens.console import console
from support.screens.fake_session import CONFLICT, FakeSession, refused, rows, with_notices

SCRIPT = "begin;\nupdate t\n   set n = 1;\ncommit;\n"


@pytest.mark.parametrize("key", ["f5", "ctrl+r"])
async def test_run_sends_the_statement_under_the_cursor_and_steps_on(key: str) -> None:
    async with console() as it:
        it.write(SCRIPT, cursor=SCRIPT.index("set"))
        await it.press(key)
        await it.until(lambda: it.a.sent)
        assert it.a.sent == ["update t\n   set n = 1"]
        assert it.b.sent == []
        assert it.pane_a.editor.cursor_offset == SCRIPT.index("commit")
        assert it.pane_a.editor.ran_range == (SCRIPT.index("update"), SCRIPT.index(";", 8) + 1)


async def test_a_burst_of_run_steps_through_the_script_in_order() -> None:
    async with console() as it:
        it.a.hang()
        it.write(SCRIPT)
        await it.press("f5", "f5", "f5")
        await it.until(lambda: "2 queued" in it.screen_text())
        assert it.a.sent == ["begin"]
        it.a.release()
        await it.until(lambda: len(it.a.sent) == 3)
        assert it.a.sent == ["begin", "update t\n   set n = 1", "commit"]


async def test_the_last_statement_can_be_run_again_and_again() -> None:
    async with console() as it:
        it.write("select 1")
        await it.press("f5", "f5")
        await it.until(lambda: it.a.sent == ["select 1", "select 1"])


UPDATE = "update t set n = n + 1"


@pytest.mark.parametrize(
    "sql",
    [
        f"{UPDATE};",
        f"select 1;\n{UPDATE};\n",
        f"{UPDATE}",
        "delete from t where id = 1;",
        "create table t (id int);",
        "with d as (delete from t returning *) select * from d;",
        "call bump();",
        "select bump();",
        "do $$ begin end $$;",
        "\\copy t from nowhere.csv",
    ],
)
async def test_a_write_does_not_run_again_from_behind_it(sql: str) -> None:
    async with console() as it:
        it.a.answer("select bump()", rows("n", ("1",)))
        it.write(sql, cursor=len(sql.rstrip()) - 2)
        count = len(it.journal)
        await it.press("f5")
        await it.until(lambda: len(it.journal) > count or "NOT DONE" in it.screen_text())
        sent = list(it.a.sent)
        assert it.pane_a.editor.target is None, "nothing is marked to run"
        for keys in (("f5",), ("enter", "enter", "f5"), ("space", "f5"), ("ctrl+r",)):
            await it.press(*keys)
            await it.until(lambda: "just ran and may write" in it.notice)
            it.app.console_screen.tell("")
        assert it.a.sent == sent
        assert it.app.console_screen.sides["A"].queue.running is None


async def test_a_burst_of_run_behind_a_write_that_still_runs_sends_it_once() -> None:
    async with console() as it:
        it.a.hang()
        it.write(f"{UPDATE};")
        await it.press("f5", "f5", "f5")
        await it.until(lambda: "just ran" in it.notice)
        it.a.release()
        await it.until(lambda: it.app.console_screen.sides["A"].queue.running is None)
        assert it.a.sent == [UPDATE]


@pytest.mark.parametrize("key", ["up", "left", "home"])
async def test_a_write_runs_again_from_within_it(key: str) -> None:
    async with console() as it:
        it.write(f"{UPDATE};")
        await it.press("f5", "f5")
        await it.until(lambda: "just ran" in it.notice)
        await it.press(key, "f5")
        await it.until(lambda: it.a.sent == [UPDATE, UPDATE])


async def test_a_write_that_was_refused_runs_again() -> None:
    async with console() as it:
        it.a.answer(UPDATE, Refused(CONFLICT, 0.01))
        it.write(f"{UPDATE};")
        await it.press("f5")
        await it.until(lambda: "40001" in it.screen_text())
        await it.press("f5")
        await it.until(lambda: it.a.sent == [UPDATE, UPDATE])


async def test_a_write_that_was_never_sent_runs_later() -> None:
    async with console() as it:
        it.a.hang()
        it.write(f"select 1;\n{UPDATE};")
        await it.press("f5", "f5")
        await it.until(lambda: "1 queued" in it.screen_text())
        await it.press("ctrl+c")
        it.a.release()
        await it.until(lambda: it.app.console_screen.sides["A"].queue.running is None)
        assert it.a.sent == ["select 1"]
        await it.press("f5")
        await it.until(lambda: it.a.sent == ["select 1", UPDATE])


async def test_another_write_below_and_the_same_one_written_anew_run() -> None:
    async with console() as it:
        it.write(f"{UPDATE};")
        await it.press("f5", "enter", *"vacuum;", "f5")
        await it.until(lambda: it.a.sent == [UPDATE, "vacuum"])
        await it.press("f5")
        await it.until(lambda: "just ran" in it.notice)
        await it.press(*(["backspace"] * 7), *"vacuum;", "f5")
        await it.until(lambda: it.a.sent == [UPDATE, "vacuum", "vacuum"])


async def test_run_in_both_does_not_repeat_a_write_that_went_through_in_one() -> None:
    async with console(settings=Settings(guards=GuardSettings(both_asks=False))) as it:
        it.b.answer(UPDATE, Refused(CONFLICT, 0.01))
        it.write(f"{UPDATE};")
        await it.press("f6")
        await it.until(lambda: it.a.sent == it.b.sent == [UPDATE])
        await it.until(lambda: "40001" in it.screen_text())
        await it.press("f6")
        await it.until(lambda: "just ran" in it.notice)
        assert it.a.sent == it.b.sent == [UPDATE]


async def test_a_selection_runs_all_its_statements_up_to_the_first_refusal() -> None:
    text = "select 0;\nselect 1;\nbad;\nselect 2;\n"
    async with console() as it:
        it.a.answer("bad", refused("42601", "syntax error", position=2))
        it.write(text)
        it.pane_a.editor.selection = it.pane_a.editor.selection._replace(start=(1, 0), end=(4, 0))
        await it.press("f5")
        await it.until(lambda: it.pane_a.editor.error_offset is not None)
        assert it.a.sent == ["select 1", "bad"]
        assert it.pane_a.editor.error_offset == text.index("bad") + 1
        assert it.pane_a.editor.cursor_location == (4, 0)


async def test_run_all_runs_the_whole_editor() -> None:
    async with console() as it:
        it.write(SCRIPT, cursor=10)
        await it.press("shift+f5")
        await it.until(lambda: len(it.a.sent) == 3)


async def test_enter_and_ctrl_j_never_run() -> None:
    async with console() as it:
        it.write("select 1;")
        await it.press("enter", "ctrl+j")
        assert it.a.sent == []
        assert it.pane_a.editor.text.startswith("\n")


async def test_nothing_to_run_is_said() -> None:
    async with console() as it:
        await it.press("f5")
        assert "No statement at the cursor" in it.notice


async def test_reading_in_both_panes_asks_nothing() -> None:
    async with console() as it:
        it.write("select 1;\nselect 2;")
        await it.press("f6")
        await it.until(lambda: it.a.sent and it.b.sent)
        assert it.a.sent == it.b.sent == ["select 1"]
        assert it.pane_a.editor.cursor_location == (1, 0)


@pytest.mark.parametrize(("key", "is_run"), [("y", True), ("n", False), ("escape", False), ("enter", False)])
async def test_writing_in_both_panes_asks_first(key: str, is_run: bool) -> None:
    async with console() as it:
        it.write("delete from t;")
        await it.press("f6")
        await it.until(lambda: isinstance(it.app.screen, ConfirmBoth))
        assert it.a.sent == it.b.sent == []
        await it.press(key)
        await it.until(lambda: not isinstance(it.app.screen, ConfirmBoth))
        if is_run:
            await it.until(lambda: it.a.sent and it.b.sent)
        assert it.a.sent == it.b.sent == (["delete from t"] if is_run else [])


async def test_rows_are_shown_with_null_told_apart_and_numbers_to_the_right() -> None:
    async with console() as it:
        it.a.answer("table t", rows("id note", ("1", None), ("20", ""), number_columns=1))
        it.write("table t")
        await it.press("f5")
        await it.until(lambda: it.pane_a.results is it.pane_a.grid)
        painted = it.screen_text()
        assert "# id │ s note │" in painted
        assert "   1 │ NULL   │" in painted
        assert "  20 │        │" in painted
        assert "✓ SELECT 2  3 ms" in painted


async def test_a_conflict_stands_in_the_log_the_report_and_the_badge() -> None:
    async with console() as it:
        it.a.answer("commit", Refused(CONFLICT, 0.01))
        it.write("begin; commit;")
        await it.press("f5")
        await it.until(lambda: it.pane_a.status.state is TransactionState.OPEN)
        assert "=* in transaction" in it.screen_text()
        await it.press("f5")
        await it.until(lambda: it.pane_a.status.has_class("-conflict"))
        painted = it.screen_text()
        assert "✗ ERROR 40001 OC000  change conflicts with" in painted
        assert "CONFLICT OC000: someone else committed first" in painted
        assert "Nothing of this transaction was saved." in painted
        assert "=  idle" in painted


async def test_a_failed_transaction_is_badged() -> None:
    async with console() as it:
        it.a.answer("bad", refused("42601", "syntax error"))
        it.write("begin; bad;")
        await it.press("f5", "f5")
        await it.until(lambda: "=! failed transaction" in it.screen_text())


async def test_the_servers_position_is_marked_and_the_cursor_goes_there() -> None:
    text = "select 1;\n\nselect é, nme\n  from t;\nselect 2;"
    async with console() as it:
        it.a.answer("select é, nme\n  from t", refused("42703", 'column "nme" does not exist', position=11))
        it.write(text, cursor=text.index("é"))
        await it.press("f5")
        await it.until(lambda: it.pane_a.editor.error_offset is not None)
        assert it.pane_a.editor.error_offset == text.index("nme")
        assert it.pane_a.editor.cursor_offset == text.index("nme")
        assert "LINE 1: select é, nme" in it.screen_text()


async def test_an_error_is_not_marked_in_a_text_that_was_changed_meanwhile() -> None:
    async with console() as it:
        it.a.answer("bad", refused("42601", "syntax error", position=1))
        it.a.hang()
        it.write("bad;")
        await it.press("f5", "home", "x")
        it.a.release()
        await it.until(lambda: it.pane_a.status.has_class("-failed"))
        assert it.pane_a.editor.error_offset is None


async def test_the_next_page_comes_at_the_end_of_the_rows() -> None:
    async with console() as it:
        it.a.answer("table t", rows("id", ("1",), ("2",), has_more=True))
        it.a.pages = [Page((("3",),), True, ""), Page((("4",),), False, "SELECT 4")]
        it.write("table t")
        await it.press("f5")
        await it.until(lambda: it.pane_a.grid.row_count == 2)
        assert "2 rows shown, more exist" in it.screen_text()
        await it.press("f4", "down", "pagedown")
        await it.until(lambda: it.pane_a.grid.row_count == 3)
        assert "3 rows shown, more exist" in it.screen_text()
        await it.press("down", "pagedown")
        await it.until(lambda: it.pane_a.grid.row_count == 4)
        await it.until(lambda: "  4 rows  " in it.screen_text())
        await it.press("down", "pagedown")
        await it.until(lambda: "last row" in it.notice)


async def test_a_value_is_shown_in_full_and_copied() -> None:
    value = "first line\nsecond line"
    async with console() as it:
        it.a.answer("table t", rows("note", (value,)))
        it.write("table t")
        await it.press("f5")
        await it.until(lambda: it.pane_a.results is it.pane_a.grid)
        await it.press("f4", "y")
        await it.until(lambda: "22 characters copied" in it.notice)
        assert it.app.clipboard == value
        await it.press("enter")
        await it.until(lambda: isinstance(it.app.screen, ValueDialog))
        await it.until(lambda: "second line" in it.screen_text())
        await it.press("enter")
        await it.until(lambda: it.app.screen is it.app.console_screen)


async def test_notices_of_the_server_are_told() -> None:
    async with console() as it:
        it.a.answer("drop table t", with_notices(Done("DROP TABLE", 0.01), "table does not exist, skipping"))
        it.write("drop table t")
        await it.press("f5")
        await it.until(lambda: "DROP TABLE" in it.screen_text())
        assert "NOTICE table does not exist, skipping" in it.pane_a.log_lines.lines


async def test_a_script_is_run_from_the_editor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "two.sql").write_text("select 1;\nselect 2;")
    async with console() as it:
        it.write("\\i two.sql")
        await it.press("f5")
        await it.until(lambda: "2 statements run" in it.screen_text())
        assert it.a.sent == ["select 1", "select 2"]
        assert "✓ 2/2 SELECT  4 ms" in it.screen_text()


async def test_a_script_that_cannot_be_read_is_said() -> None:
    async with console() as it:
        it.write("\\i nowhere.sql")
        await it.press("f5")
        await it.until(lambda: "SCRIPT NOT RUN" in it.screen_text())
        assert "nowhere.sql does not exist;" in it.screen_text()


@pytest.mark.parametrize(
    ("command", "answer"),
    [
        ("\\conninfo", "dsql.us-east-1.on.aws"),
        ("\\?", "run the statements of a file"),
        ("\\conifo", "Did you mean \\conninfo"),
        ("\\i", "The file is missing"),
    ],
)
async def test_commands_are_answered_in_the_results(command: str, answer: str) -> None:
    async with console() as it:
        it.write(command)
        await it.press("f5")
        await it.until(lambda: answer in it.screen_text())
        assert it.a.sent == []


async def test_the_quit_command_quits() -> None:
    async with console() as it:
        it.write("\\q")
        await it.press("f5")
        await it.until(lambda: it.app.return_code == 0)


async def test_the_palette_runs_an_action_by_name() -> None:
    async with console() as it:
        it.write("select 1")
        await it.press("ctrl+p")
        await it.until(lambda: it.app.screen is not it.app.console_screen)
        await it.press(*"run all")
        await it.until(lambda: "Run every statement" in it.screen_text())
        await it.press("enter")
        await it.until(lambda: it.a.sent == ["select 1"])


async def test_help_lists_the_table_of_actions() -> None:
    async with console(a=FakeSession("us-east-1")) as it:
        await it.press("f1")
        await it.until(lambda: isinstance(it.app.screen, HelpDialog))
        await it.until(lambda: "Run the selection, or the statement at" in it.screen_text())
        await it.press("f1")
        await it.until(lambda: it.app.screen is it.app.console_screen)


async def test_the_question_before_both_can_be_off_and_the_cursor_can_blink() -> None:
    settings = Settings(guards=GuardSettings(both_asks=False), editor=EditorSettings(cursor_blink=True))
    async with console(settings=settings) as it:
        it.write("update t set x = 1;")
        await it.press("f6")
        await it.until(lambda: it.a.sent == it.b.sent == ["update t set x = 1"])
        assert it.pane_a.editor.cursor_blink
