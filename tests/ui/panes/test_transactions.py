"""Transactions on the screen: the badge, conflicts explained, retries, cancelling, lost connections. Fake sessions."""

import pytest

from dsqltui.core.results.outcome import Done, Refused
from dsqltui.core.results.transaction_state import TransactionState
from dsqltui.core.sessions.connection_status import ConnectionStatus
from dsqltui.ui.dialogs.question import Question
from dsqltui.ui.features.transactions import TransactionsFeature
from dsqltui.ui.words.report import Rank, Report
from dsqltui.ui.words.severity import Severity
from support.screens.console import Console, console
from support.screens.fake_session import CONFLICT, FakeSession, refused, rows

UPDATE = "update accounts set n = 2 where id = 1"
SMALL = (80, 24)


def with_updates(region: str) -> FakeSession:
    return FakeSession(region, {UPDATE: Done("UPDATE 1", 0.004)})


async def lose(it: Console) -> None:
    """A's transaction loses against an autocommit update of B."""
    it.write(f"begin;\n{UPDATE};\ncommit;")
    await it.press("f5", "f5")
    await it.until(lambda: "UPDATE 1" in it.screen_text())
    it.pane_b.editor.load_text(UPDATE)
    await it.press("f3", "f5")
    await it.until(lambda: UPDATE in it.b.sent)
    it.a.answer("commit", Refused(CONFLICT, 0.01))
    await it.press("f2", "f5")
    await it.until(lambda: "CONFLICT" in it.screen_text())


async def test_the_badge_tells_age_and_rows_first_and_goes_with_the_transaction() -> None:
    async with console(SMALL, a=with_updates("us-east-1")) as it:
        it.write(f"begin;\n{UPDATE};\ncommit;")
        await it.press("f5")
        await it.until(lambda: "\n =* in transaction 0:0" in it.screen_text())
        await it.press("f5")
        await it.until(lambda: "  1 row " in it.screen_text())
        line = next(line for line in it.screen_text().splitlines() if line.startswith(" =*"))
        assert line.startswith(" =* in transaction 0:0")
        await it.press("f5")
        await it.until(lambda: "=*" not in it.screen_text())
        assert "0:0" not in it.screen_text()


async def test_the_clock_stands_while_no_transaction_is_open() -> None:
    async with console() as it:
        (feature,) = [found for found in it.app.console_screen.features if isinstance(found, TransactionsFeature)]
        assert not feature.is_counting
        it.write("begin;\ncommit;")
        await it.press("f5")
        await it.until(lambda: feature.is_counting)
        await it.press("f5")
        await it.until(lambda: not feature.is_counting)


async def test_near_a_limit_the_badge_says_which() -> None:
    async with console(SMALL, a=FakeSession("us-east-1", {"update t set n = n": Done("UPDATE 2500", 0.01)})) as it:
        it.write("begin;\nupdate t set n = n;")
        await it.press("f5", "f5")
        await it.until(lambda: "2,500 of 3,000 rows" in it.screen_text())
        assert it.pane_a.status.budget.is_near


async def test_a_conflict_is_explained_with_what_both_did_and_the_offers() -> None:
    for size in (SMALL, (160, 45)):
        async with console(size, a=with_updates("us-east-1"), b=with_updates("us-east-2")) as it:
            await lose(it)
            text = it.screen_text()
            assert "CONFLICT OC000: pane B committed first; nothing of A was saved" in text
            assert "A wrote 1 row of accounts WHERE id = 1" in text
            assert "B wrote 1 row of accounts WHERE id = 1" in text
            assert "the same rows of accounts" in text
            assert " =  idle   CONFLICT OC000: nothing was saved" in text
            for path in ("^G y retry from BEGIN", "^G w e edit", "^G l timeline"):
                assert path in text
            assert it.app.screen is it.app.console_screen, "no dialog takes the keys"


async def test_the_explanation_can_be_seen_again() -> None:
    async with console(a=with_updates("us-east-1"), b=with_updates("us-east-2")) as it:
        it.app.console_screen.do("explain_conflict")
        await it.until(lambda: "No conflict in pane" in it.notice)
        await lose(it)
        it.write("select 1")
        await it.press("f5")
        await it.until(lambda: "CONFLICT" not in it.screen_text())
        it.app.console_screen.do("explain_conflict")
        await it.until(lambda: "pane B committed first" in it.screen_text())


async def test_a_retry_runs_the_whole_transaction_and_counts_its_attempts() -> None:
    async with console(a=with_updates("us-east-1"), b=with_updates("us-east-2")) as it:
        await lose(it)
        it.a.sent.clear()
        it.a.answer("commit", Done("COMMIT", 0.01))
        it.app.console_screen.do("retry_transaction")
        await it.until(lambda: "COMMITTED after 1 attempt" in it.screen_text())
        assert it.a.sent == ["begin", UPDATE, "commit"]
        assert "retry 1/10  3/3 COMMIT" in it.screen_text()
        assert it.b.sent == [UPDATE]
        it.app.console_screen.do("retry_transaction")
        await it.until(lambda: "no lost transaction" in it.notice)


async def test_a_retry_asks_when_other_values_come_and_goes_on_when_told() -> None:
    look = "select n from accounts"
    a = FakeSession("us-east-1", {look: rows("n", ("1",)), UPDATE: Done("UPDATE 1", 0.01)})
    async with console(a=a) as it:
        it.write(f"begin;\n{look};\n{UPDATE};\ncommit;")
        it.a.answer("commit", Refused(CONFLICT, 0.01))
        await it.press("f5", "f5", "f5", "f5")
        await it.until(lambda: "CONFLICT" in it.screen_text())
        it.a.answer(look, rows("n", ("7",)))
        it.a.answer("commit", Done("COMMIT", 0.01))
        it.a.sent.clear()
        it.app.console_screen.do("retry_transaction")
        await it.until(lambda: "n was 1, is 7" in it.screen_text())
        assert it.a.sent == ["begin", look]
        it.app.console_screen.do("retry_transaction")
        await it.until(lambda: "COMMITTED" in it.screen_text())
        assert it.a.sent == ["begin", look, UPDATE, "commit"]


async def test_a_retry_can_be_cancelled_while_it_waits() -> None:
    async with console(a=with_updates("us-east-1"), b=with_updates("us-east-2")) as it:
        await lose(it)
        it.a.hang()
        it.app.console_screen.do("retry_transaction")
        await it.until(lambda: it.a.is_running)
        await it.press("ctrl+c")
        await it.until(lambda: "CANCELLING" in it.screen_text())
        it.a.release()
        await it.until(lambda: "RETRY STOPPED" in it.screen_text())
        assert it.a.sent[-1] == "begin"


async def test_what_must_not_be_replayed_is_refused_with_the_reason() -> None:
    async with console() as it:
        it.a.answer("copy t from stdin", Refused(CONFLICT, 0.01))
        it.write("copy t from stdin;\n1\n\\.\n")
        await it.press("f5")
        await it.until(lambda: "CONFLICT" in it.screen_text())
        it.app.console_screen.do("retry_transaction")
        await it.until(lambda: "NOT RETRIED" in it.screen_text())
        assert "COPY" in it.screen_text()


async def test_the_lost_transaction_can_be_put_into_the_editor() -> None:
    async with console(a=with_updates("us-east-1"), b=with_updates("us-east-2")) as it:
        await lose(it)
        it.write("")
        it.app.console_screen.do("edit_transaction")
        await it.until(lambda: it.pane_a.editor.text == f"begin;\n{UPDATE};\ncommit;")


async def test_commit_and_rollback_have_actions_of_their_own() -> None:
    async with console() as it:
        it.app.console_screen.do("commit")
        await it.until(lambda: "nothing to COMMIT" in it.notice)
        it.write("begin")
        await it.press("f5")
        await it.until(lambda: it.pane_a.status.state is TransactionState.OPEN)
        it.app.console_screen.do("rollback")
        await it.until(lambda: it.pane_a.status.state is TransactionState.IDLE)
        assert it.a.sent == ["begin", "ROLLBACK"]


async def test_cancelling_names_what_dropping_the_connection_costs() -> None:
    async with console(SMALL, a=with_updates("us-east-1")) as it:
        it.write(f"begin;\n{UPDATE};\nselect pg_sleep(100);\nselect 2;")
        await it.press("f5", "f5")
        await it.until(lambda: "UPDATE 1" in it.screen_text())
        it.a.hang()
        await it.press("f5", "f5")
        await it.until(lambda: it.a.is_running)
        await it.press("ctrl+c")
        await it.until(lambda: "CANCELLING" in it.screen_text())
        text = it.screen_text()
        assert "Still running: select pg_sleep(100)" in text
        assert "1 queued run behind it will not be sent" in text
        assert "Dropping it rolls the open transaction back: 1 statement, 1 row changed." in text
        await it.press("ctrl+c")
        await it.until(lambda: it.pane_a.title.link is ConnectionStatus.LOST)
        await it.until(lambda: "Lost with it: 1 statement, 1 row changed" in it.screen_text())
        assert "you dropped the connection" in it.screen_text()
        assert "select 2" not in it.a.sent


async def test_cancelling_works_in_the_other_pane_too() -> None:
    async with console() as it:
        it.b.hang()
        await it.press("f3", *"table t", "f5")
        await it.until(lambda: it.b.is_running)
        await it.press("ctrl+c")
        await it.until(lambda: "the statement may or may not complete" in it.screen_text())
        assert (it.a.cancel_count, it.b.cancel_count) == (0, 1)


async def test_a_lost_connection_names_what_was_lost_and_that_the_other_pane_goes_on() -> None:
    async with console(a=with_updates("us-east-1")) as it:
        it.write(f"begin;\n{UPDATE};\nselect 1;")
        await it.press("f5", "f5")
        await it.until(lambda: "UPDATE 1" in it.screen_text())
        it.a.break_off("the server closed the connection")
        await it.press("f5")
        await it.until(lambda: "CONNECTION LOST" in it.screen_text())
        text = it.screen_text()
        assert "The open transaction was rolled back; this statement was not run." in text
        assert "Lost with it: 1 statement, 1 row changed" in text
        assert UPDATE in text
        assert "Pane B is not affected" in text
        (entry,) = [entry for entry in it.journal if entry.sql == "select 1"]
        assert entry.transaction == next(e.transaction for e in it.journal if e.sql == UPDATE)


async def test_a_failed_statement_is_no_conflict() -> None:
    async with console() as it:
        it.a.answer("table t", refused("42P01", "no such table"))
        it.write("table t")
        await it.press("f5")
        await it.until(lambda: "no such table" in it.screen_text())
        assert "CONFLICT" not in it.screen_text()


async def test_a_retry_as_another_role_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    async with console(SMALL, a=with_updates("us-east-1")) as it:
        await lose(it)
        monkeypatch.setattr(it.a, "_user", "reports")
        sent = len(it.a.sent)
        it.app.console_screen.do("retry_transaction")
        await it.until(lambda: isinstance(it.app.screen, Question))
        await it.until(lambda: "ran as admin; pane A is now reports" in " ".join(it.screen_text().split()))
        await it.press("n")
        await it.until(lambda: not isinstance(it.app.screen, Question))
        assert len(it.a.sent) == sent
        it.app.console_screen.do("retry_transaction")
        await it.until(lambda: isinstance(it.app.screen, Question))
        await it.press("y")
        await it.until(lambda: len(it.a.sent) > sent)


async def test_the_word_that_explains_stands_in_whatever_order_it_comes() -> None:
    """Two features tell about one event: the outcome as it came, and what it means."""
    async with console(SMALL) as it:
        first, second = object(), object()
        plain, explained = Report(Severity.FAILED, "AS IT CAME"), Report(Severity.FAILED, "WHAT IT MEANS")
        pane = it.pane_a
        pane.show_report(explained, about=first, rank=Rank.EXPLANATION)
        pane.show_report(plain, about=first)
        await it.until(lambda: "WHAT IT MEANS" in it.screen_text())
        pane.show_report(plain, about=second)
        await it.until(lambda: "AS IT CAME" in it.screen_text())
        pane.show_report(explained, about=second, rank=Rank.EXPLANATION)
        await it.until(lambda: "WHAT IT MEANS" in it.screen_text())
        pane.show_report(plain)
        await it.until(lambda: "AS IT CAME" in it.screen_text())
