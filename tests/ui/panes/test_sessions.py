"""Sessions on the screen: renewed while they idle, never in a transaction; an end that nobody waited for is found."""

import dataclasses

from dsqltui.core.journal.journal import Event
from dsqltui.core.results.outcome import Done
from dsqltui.core.results.transaction_state import TransactionState
from dsqltui.core.sessions.connection_status import ConnectionStatus
from dsqltui.core.sessions.session import ConnectFailed
from dsqltui.core.settings.sections import SessionSection, Settings
from support.screens.console import console
from support.screens.fake_session import FakeSession

SHORT_S = 0.5
"""Seconds that a session lives in these tests."""


async def test_an_idle_session_is_renewed_before_its_end_again_and_again() -> None:
    async with console(session_age_limit_s=SHORT_S) as it:
        await it.until(lambda: it.a.renew_count >= 2 and it.b.renew_count >= 2)
        assert (it.a.connect_count, it.a.sent) == (1, [])
        assert it.pane_a.title.link is ConnectionStatus.CONNECTED
        await it.until(lambda: "session renewed while idle" in it.screen_text())
        assert any(entry.event is Event.CONNECTED and "renewed" in entry.note for entry in it.journal)


async def test_a_session_in_a_transaction_is_left_alone_with_a_warning_and_renewed_after_it() -> None:
    a = FakeSession("us-east-1")
    async with console(a=a, session_age_limit_s=2.0) as it:
        it.write("begin;\ncommit;")
        await it.press("f5")
        await it.until(lambda: it.pane_a.status.state is TransactionState.OPEN)
        before = a.renew_count
        await it.until(lambda: "and its transaction with it: commit before" in it.screen_text())
        assert a.renew_count == before
        await it.press("f5")
        await it.until(lambda: a.renew_count > before)


async def test_what_set_did_is_not_thrown_away() -> None:
    async with console(
        a=FakeSession("us-east-1", {"set search_path = bank": Done("SET", 0.01)}), session_age_limit_s=2.0
    ) as it:
        it.write("set search_path = bank")
        await it.press("f5")
        await it.until(lambda: "set search_path = bank would be lost" in it.screen_text())


async def test_renewing_can_be_switched_off() -> None:
    settings = dataclasses.replace(Settings(), session=SessionSection(renew=False))
    async with console(settings=settings, session_age_limit_s=SHORT_S) as it:
        await it.until(lambda: "then F9 reconnects" in it.screen_text())
        assert (it.a.renew_count, it.b.renew_count) == (0, 0)


async def test_a_renewal_that_fails_is_told_and_tried_again() -> None:
    async with console(session_age_limit_s=SHORT_S) as it:
        it.a.connect_failure = ConnectFailed("The token was refused.")
        await it.until(
            lambda: any("session not renewed: The token was refused." in line for line in it.pane_a.log_lines.lines)
        )
        await it.until(lambda: it.a.renew_count >= 1)
        assert it.pane_a.title.link is ConnectionStatus.CONNECTED


async def test_a_connection_that_ends_while_it_idles_is_found_without_a_statement() -> None:
    async with console() as it:
        it.a.is_watched = True
        it.write("begin")
        await it.press("f5")
        await it.until(lambda: it.pane_a.status.state is TransactionState.OPEN)
        it.a.break_off("the server ended the session")
        await it.until(lambda: it.pane_a.title.link is ConnectionStatus.LOST)
        await it.until(lambda: "The open transaction was rolled back." in it.screen_text())
        assert "this statement" not in it.screen_text()
        assert it.pane_b.title.link is ConnectionStatus.CONNECTED
        assert it.a.sent == ["begin"]
        assert it.b.connect_count == 1


async def test_conninfo_tells_age_token_and_round_trip() -> None:
    async with console() as it:
        it.write("select 1;\n\\conninfo")
        await it.press("f5", "f5")
        await it.until(lambda: "of 60 min, renewed 0 times" in it.screen_text())
        text = it.screen_text()
        assert "it is checked only at connect" in text
        assert "at most 4 ms, the fastest of the last statements" in text
