"""The optional guards on the screen."""

import dataclasses
from pathlib import Path

from dsqltui.core.results.outcome import Done, Refused
from dsqltui.core.results.transaction_state import TransactionState
from dsqltui.core.settings.sections import GuardSettings, Settings
from dsqltui.ui.dialogs.question import Question
from support.screens.console import Console, console
from support.screens.fake_session import FakeSession, refused, rows


def with_guards(**on: bool) -> Settings:
    return dataclasses.replace(Settings(), guards=GuardSettings(**on))


async def ask(it: Console, sql: str) -> None:
    it.write(sql)
    await it.press("f5")
    await it.until(lambda: isinstance(it.app.screen, Question))


async def test_by_default_nothing_is_held_back() -> None:
    async with console() as it:
        it.write("delete from t; drop table t;")
        await it.press("shift+f5")
        await it.until(lambda: it.a.sent == ["delete from t", "drop table t"])


async def test_a_destructive_statement_is_sent_only_after_a_yes() -> None:
    async with console(settings=with_guards(destructive_asks=True)) as it:
        await ask(it, "delete from t")
        assert "every row" in it.screen_text()
        await it.press("enter")  # the harmless answer is preselected
        await it.until(lambda: "NOT SENT" in it.screen_text())
        assert it.a.sent == []
        await ask(it, "delete from t")
        await it.press("y")
        await it.until(lambda: it.a.sent == ["delete from t"])


async def test_a_no_stops_the_statements_behind_it() -> None:
    async with console(settings=with_guards(destructive_asks=True)) as it:
        it.write("delete from t; select 2;")
        await it.press("shift+f5")
        await it.until(lambda: isinstance(it.app.screen, Question))
        await it.press("n")
        await it.until(lambda: "NOT SENT" in it.screen_text())
        assert it.a.sent == []


async def test_scripts_are_guarded_too(tmp_path: Path) -> None:
    (tmp_path / "three.sql").write_text("select 1;\ninsert into t values (1);\nselect 2;")
    async with console(settings=with_guards(writes_need_transaction=True)) as it:
        it.write(f"\\i {tmp_path}/three.sql")
        await it.press("f5")
        await it.until(lambda: "writes need a transaction" in it.screen_text())
        assert it.a.sent == ["select 1"]


async def test_the_commit_is_asked_about_with_its_rows() -> None:
    async with console(
        a=FakeSession("us-east-1", {"update t set n = 1": Done("UPDATE 12", 0.01)}),
        settings=with_guards(commit_asks=True),
    ) as it:
        it.write("begin;\nupdate t set n = 1;")
        await it.press("f5", "f5")
        await it.until(lambda: len(it.a.sent) == 2)
        it.app.console_screen.do("commit")
        await it.until(lambda: "Commit a transaction that changes 12 rows?" in it.screen_text())
        await it.press("y")
        await it.until(lambda: it.pane_a.status.state is TransactionState.IDLE)


async def test_read_only_wraps_every_statement_and_shows_itself() -> None:
    async with console((80, 24), settings=with_guards(read_only=True)) as it:
        assert "READ ONLY" in it.screen_text()
        it.write("select 1;\nbegin;\nselect 2;\ncommit;\nbegin read write;")
        await it.press("f5", "f5", "f5", "f5")
        await it.until(lambda: it.a.sent[-1:] == ["commit"])
        assert it.a.sent == ["BEGIN READ ONLY", "select 1", "COMMIT", "begin READ ONLY", "select 2", "commit"]
        await it.press("f5")
        await it.until(lambda: "READ WRITE was not sent" in it.screen_text())
        assert it.a.sent[-1] == "commit"


async def test_a_refused_statement_in_read_only_leaves_no_failed_transaction() -> None:
    async with console(settings=with_guards(read_only=True)) as it:
        it.a.answer("delete from t", refused("25006", "cannot execute DELETE in a read-only transaction"))
        it.write("delete from t")
        await it.press("f5")
        await it.until(lambda: "25006" in it.screen_text())
        assert it.a.sent == ["BEGIN READ ONLY", "delete from t", "ROLLBACK"]
        assert it.pane_a.status.state is TransactionState.IDLE


async def test_rows_still_held_keep_the_read_only_transaction_until_the_next_statement() -> None:
    async with console(settings=with_guards(read_only=True)) as it:
        it.a.answer("table t", rows("n", ("1",), has_more=True))
        it.write("table t;\nselect 2;")
        await it.press("f5")
        await it.until(lambda: "more exist" in it.screen_text())
        assert it.a.sent == ["BEGIN READ ONLY", "table t"]
        await it.press("f5")
        await it.until(lambda: "select 2" in it.a.sent)
        assert it.a.sent[2:5] == ["COMMIT", "BEGIN READ ONLY", "select 2"]


async def test_guards_are_switched_while_working() -> None:
    async with console() as it:
        it.app.console_screen.do("read_only")
        await it.until(lambda: "Read-only: the server refuses what writes: on." in it.notice)
        assert it.screen_text().count("READ ONLY") == 2
        it.app.console_screen.do("guard_destructive")
        await it.until(lambda: "guards: deletes" in it.screen_text())
        it.app.console_screen.do("read_only")
        it.app.console_screen.do("guard_destructive")
        await it.until(lambda: "READ ONLY" not in it.screen_text() and "guards" not in it.screen_text())
        it.write("delete from t")
        await it.press("f5")
        await it.until(lambda: it.a.sent == ["delete from t"])


async def test_what_a_guard_held_back_is_no_word_of_the_servers() -> None:
    async with console(settings=with_guards(writes_need_transaction=True)) as it:
        it.write("insert into t values (1)")
        await it.press("f5")
        await it.until(lambda: "NOT SENT" in it.screen_text())
        (entry,) = [entry for entry in it.journal if entry.sql]
        assert isinstance(entry.outcome, Refused)
        assert (entry.outcome.error.severity, entry.outcome.error.sqlstate) == ("NOT SENT", "")
