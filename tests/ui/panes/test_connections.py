"""Opening, losing and leaving connections."""

import threading
from collections.abc import Sequence

import pytest

from dsqltui.core.results.errors import ServerError
from dsqltui.core.results.transaction_state import TransactionState
from dsqltui.core.sessions.connection_status import ConnectionStatus
from dsqltui.core.sessions.session import ConnectFailed, Session
from dsqltui.ui.dialogs.help import HelpDialog
from dsqltui.ui.dialogs.quit import ConfirmQuit
from support.screens.console import console
from support.screens.fake_session import FakeSession

DEADLINE_S = 60.0


async def test_the_first_paint_comes_before_the_sessions_are_opened() -> None:
    may_open = threading.Event()

    def open_slowly() -> Sequence[Session]:
        assert may_open.wait(DEADLINE_S)
        return (FakeSession("us-east-1"), FakeSession("us-east-2"))

    async with console(open_sessions=open_slowly, is_connected=False) as it:
        await it.until(lambda: "starting…" in it.screen_text())
        assert "F2  A  us-east-1" in it.screen_text()
        may_open.set()
        await it.until(lambda: it.screen_text().count("admin  connected") == 2)


async def test_typing_and_running_work_before_the_connection_is_there() -> None:
    may_open = threading.Event()
    session = FakeSession("us-east-1")

    def open_slowly() -> Sequence[Session]:
        assert may_open.wait(DEADLINE_S)
        return (session, FakeSession("us-east-2"))

    async with console(open_sessions=open_slowly, is_connected=False) as it:
        await it.press(*"table t", "f5")
        await it.until(lambda: "1 queued" in it.screen_text())
        may_open.set()
        await it.until(lambda: session.sent == ["table t"])


async def test_sessions_that_cannot_be_made_are_told_in_both_panes_and_f9_tries_again() -> None:
    attempts: list[int] = []

    def open_at_second_try() -> Sequence[Session]:
        attempts.append(1)
        if len(attempts) == 1:
            raise ConnectFailed("No AWS credentials were found; run aws configure.")
        return (FakeSession("us-east-1"), FakeSession("us-east-2"))

    async with console(open_sessions=open_at_second_try, is_connected=False) as it:
        await it.until(lambda: it.screen_text().count("NOT CONNECTED\n") or it.screen_text().count("No AWS") >= 2)
        await it.press("f9")
        await it.until(lambda: it.screen_text().count("admin  connected") == 2)


async def test_a_failed_connect_shows_the_sentence_and_the_servers_words() -> None:
    session = FakeSession("us-east-1")
    session.connect_failure = ConnectFailed(
        "The server refused the token.", ServerError("28000", "access denied", "FATAL", hint="unable to verify")
    )
    async with console(a=session, is_connected=False) as it:
        await it.until(lambda: it.pane_a.title.link is ConnectionStatus.FAILED)
        await it.until(lambda: "NOT CONNECTED" in it.screen_text())
        painted = it.screen_text()
        assert "The server refused the token." in painted
        assert "FATAL 28000: access denied" in painted
        assert "unable to verify" in painted
        await it.until(lambda: it.pane_b.title.link is ConnectionStatus.CONNECTED)
        await it.press("f9")
        await it.until(lambda: it.pane_a.title.link is ConnectionStatus.CONNECTED)


async def test_cancel_asks_first_and_then_drops_the_connection() -> None:
    async with console() as it:
        it.a.hang()
        it.write("begin; select pg_sleep(100);")
        it.a.release()
        await it.press("f5")
        await it.until(lambda: it.pane_a.status.state is TransactionState.OPEN)
        it.a.hang()
        await it.press("f5")
        await it.until(lambda: it.a.is_running)
        await it.press("ctrl+c")
        await it.until(lambda: it.a.cancel_count == 1)
        await it.until(lambda: "Aurora DSQL ignores" in it.screen_text())
        await it.until(lambda: "▶ cancelling" in it.screen_text())
        await it.press("ctrl+c")
        await it.until(lambda: it.pane_a.title.link is ConnectionStatus.LOST)
        await it.until(lambda: "The open transaction was rolled back." in it.screen_text())
        assert it.pane_b.title.link is ConnectionStatus.CONNECTED


async def test_cancel_with_nothing_running_says_how_to_quit() -> None:
    async with console() as it:
        await it.press("ctrl+c")
        await it.until(lambda: "Ctrl+Q quits" in it.notice)


async def test_cancel_copies_when_something_is_selected() -> None:
    async with console() as it:
        it.a.hang()
        it.write("select 1")
        await it.press("f5")
        await it.until(lambda: it.a.is_running)
        it.pane_a.editor.select_all()
        await it.press("ctrl+c")
        assert it.app.clipboard == "select 1"
        assert it.a.cancel_count == 0


async def test_a_lost_connection_is_told_nothing_is_replayed_and_f9_reconnects() -> None:
    async with console() as it:
        it.write("begin;\nupdate t set n = 1;")
        await it.press("f5")
        await it.until(lambda: it.pane_a.status.state is TransactionState.OPEN)
        it.a.break_off("the server closed the connection after 60 minutes")
        await it.press("f5")
        await it.until(lambda: it.pane_a.title.link is ConnectionStatus.LOST)
        await it.until(lambda: "The open transaction was rolled back; this statement was not run." in it.screen_text())
        assert it.pane_a.status.state is TransactionState.NONE
        await it.press("f5")
        await it.until(lambda: "F9 reconnects" in it.notice)
        await it.press("f9")
        await it.until(lambda: it.pane_a.title.link is ConnectionStatus.CONNECTED)
        assert it.a.sent == ["begin"]
        assert it.a.connect_count == 2
        assert it.b.connect_count == 1
        assert it.pane_a.editor.text == "begin;\nupdate t set n = 1;"


async def test_reconnecting_a_healthy_pane_does_nothing() -> None:
    async with console() as it:
        await it.press("f9")
        await it.until(lambda: "already connected" in it.notice)
        assert it.a.connect_count == 1


async def test_quit_asks_only_while_a_transaction_is_open() -> None:
    async with console() as it:
        it.write("begin")
        await it.press("f5")
        await it.until(lambda: it.pane_a.status.state is TransactionState.OPEN)
        await it.press("ctrl+q")
        await it.until(lambda: isinstance(it.app.screen, ConfirmQuit))
        await it.until(lambda: "Uncommitted changes in pane A" in it.screen_text())
        await it.press("enter")  # the harmless answer is preselected
        await it.until(lambda: it.app.screen is it.app.console_screen)
        assert it.app.return_code is None
        await it.press("ctrl+q")
        await it.until(lambda: isinstance(it.app.screen, ConfirmQuit))
        await it.press("ctrl+q")
        await it.until(lambda: it.app.return_code == 0)


@pytest.mark.parametrize("opener", ["f1", "ctrl+p"])
async def test_quit_works_in_dialogs_too(opener: str) -> None:
    async with console() as it:
        await it.press(opener)
        await it.until(lambda: it.app.screen is not it.app.console_screen)
        await it.press("ctrl+q")
        await it.until(lambda: it.app.return_code == 0)


async def test_quit_works_while_a_statement_hangs() -> None:
    async with console() as it:
        it.a.hang()
        it.write("select pg_sleep(1000)")
        await it.press("f5")
        await it.until(lambda: it.a.is_running)
        await it.press("ctrl+q")
        await it.until(lambda: it.app.return_code == 0)


async def test_leaving_closes_both_connections() -> None:
    async with console() as it:
        await it.app.console_screen.close()
        it.write("select 1")
        await it.press("f5")
        await it.until(lambda: it.pane_a.title.link is ConnectionStatus.LOST)
        assert it.a.sent == []


async def test_help_is_no_place_to_lose_keys_from() -> None:
    async with console() as it:
        await it.press("f1")
        await it.until(lambda: isinstance(it.app.screen, HelpDialog))
        await it.press("x", "escape", "y")
        await it.until(lambda: it.pane_a.editor.text == "y")
