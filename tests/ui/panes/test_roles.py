"""The role switcher on the screen: what it asks, what it exchanges, what it leaves alone when something fails."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from dsqltui.core.journal.journal import Event
from dsqltui.core.results.transaction_state import TransactionState
from dsqltui.core.sessions.connection_status import ConnectionStatus
from dsqltui.core.sessions.session import ConnectFailed
from dsqltui.ui.dialogs.line import AskLine
from dsqltui.ui.dialogs.question import Question
from dsqltui.ui.features.roles.dialog import RoleDialog, who_text
from dsqltui.ui.results.report_view import ReportView
from support.screens.console import Console, console
from support.screens.fake_roles import READER, START, TOKEN, WITH_MFA, FakeSwitcher, denied


@asynccontextmanager
async def with_roles(switcher: FakeSwitcher, *, size: tuple[int, int] = (140, 40)) -> AsyncIterator[Console]:
    async with console(size, open_roles=lambda: switcher) as running:
        yield running


@asynccontextmanager
async def complete(running: Console) -> AsyncIterator[None]:
    """To end only when all features have come: they come late, also when a session does."""
    yield
    await running.until(lambda: running.app.console_screen.is_complete)


async def choose(running: Console, index: int) -> None:
    """Open the dialog and take the choice of that number."""
    running.app.console_screen.do("roles")
    await running.until(lambda: isinstance(running.app.screen, RoleDialog))
    dialog = running.app.screen
    assert isinstance(dialog, RoleDialog)
    await running.until(lambda: not dialog.is_searching)
    await running.press(*["down"] * index, "enter")


async def test_choosing_a_role_connects_both_panes_anew() -> None:
    switcher = FakeSwitcher()
    async with with_roles(switcher) as running:
        await choose(running, 1)
        await running.until(lambda: "now reports" in running.notice)
        assert switcher.assumed == [(READER, "")]
        assert [(s.endpoint.region, s.connect_count, s.user) for s in switcher.sessions] == [
            ("us-east-1", 1, "reports"),
            ("us-east-2", 1, "reports"),
        ]
        await running.until(lambda: not running.a.is_alive() and not running.b.is_alive())
        for pane in (running.pane_a, running.pane_b):
            assert pane.title.role == "reports (RewardsReadOnlyAccess)"
            assert "reports" in str(pane.status.render())
            assert "admin" not in str(pane.status.render())
        text = running.screen_text()
        assert "assumed-role/RewardsRead" in text
        assert "tokens for DbConnect)" in text
        running.write("select 1")
        await running.press("f5")
        await running.until(lambda: switcher.sessions[0].sent == ["select 1"])
        assert running.a.sent == []


async def test_one_pane_only() -> None:
    switcher = FakeSwitcher()
    async with with_roles(switcher) as running:
        running.app.console_screen.go_to("B")
        running.app.console_screen.do("roles")
        await running.until(lambda: isinstance(running.app.screen, RoleDialog))
        await running.until(lambda: "RewardsReadOnlyAccess" in running.screen_text())
        await running.press("p", "down", "enter")
        await running.until(lambda: "now reports" in running.notice)
        assert [s.endpoint.region for s in switcher.sessions] == ["us-east-2"]
        assert (running.pane_a.title.role, running.a.is_alive()) == ("admin", True)


async def test_an_open_transaction_is_asked_about() -> None:
    switcher = FakeSwitcher()
    async with with_roles(switcher) as running:
        running.write("begin")
        await running.press("f5")
        await running.until(lambda: running.a.state is TransactionState.OPEN)
        await choose(running, 1)
        await running.until(lambda: isinstance(running.app.screen, Question))
        await running.until(lambda: "pane A" in running.screen_text())
        await running.press("n")
        await running.until(lambda: not isinstance(running.app.screen, Question))
        assert (switcher.assumed, running.a.state) == ([], TransactionState.OPEN)
        await choose(running, 1)
        await running.until(lambda: isinstance(running.app.screen, Question))
        await running.press("y")
        await running.until(lambda: "now reports" in running.notice)


async def test_a_busy_pane_is_not_switched() -> None:
    switcher = FakeSwitcher()
    async with with_roles(switcher) as running:
        running.a.hang()
        running.write("select 1")
        await running.press("f5")
        await running.until(lambda: running.a.is_running)
        await choose(running, 1)
        await running.until(lambda: "busy" in running.notice)
        assert switcher.assumed == []
        running.a.release()


async def test_a_refused_assume_role_leaves_the_sessions_and_says_why() -> None:
    switcher = FakeSwitcher()
    switcher.refusal = denied()
    async with with_roles(switcher) as running:
        await choose(running, 1)
        await running.until(lambda: "Nothing was switched" in running.notice)
        text = running.screen_text()
        assert "ROLE NOT SWITCHED: AssumeRole is denied" in text
        assert "aws iam get-role" in text
        assert (running.a.is_alive(), running.b.is_alive(), running.pane_a.title.link) == (
            True,
            True,
            ConnectionStatus.CONNECTED,
        )
        assert running.pane_a.title.role == "admin"


async def test_when_one_region_fails_neither_pane_changes() -> None:
    switcher = FakeSwitcher()
    switcher.connect_failures["us-east-2"] = ConnectFailed("us-east-2 is away.")
    async with with_roles(switcher) as running:
        await choose(running, 1)
        await running.until(lambda: "Nothing was switched" in running.notice)
        assert "us-east-2 is away." in running.screen_text()
        assert not switcher.sessions[0].is_alive(), "what was opened is closed again"
        assert (running.a.is_alive(), running.b.is_alive()) == (True, True)


async def test_one_action_goes_back_to_the_base() -> None:
    switcher = FakeSwitcher()
    async with with_roles(switcher) as running:
        await choose(running, 1)
        await running.until(lambda: "now reports" in running.notice)
        running.app.console_screen.do("role_base")
        await running.until(lambda: "now admin" in running.notice)
        assert running.pane_b.title.role == "admin"
        assert [s.user for s in switcher.sessions] == ["reports", "reports", "admin", "admin"]


async def test_new_tokens_keep_the_role() -> None:
    switcher = FakeSwitcher()
    async with with_roles(switcher) as running:
        await choose(running, 1)
        await running.until(lambda: len(switcher.sessions) == 2 and "now reports" in running.notice)
        running.app.console_screen.do("role_renew")
        await running.until(lambda: len(switcher.sessions) == 4)
        assert [choice for choice, _ in switcher.assumed] == [READER, READER]


async def test_an_mfa_code_is_asked_for_and_not_shown() -> None:
    switcher = FakeSwitcher()
    async with with_roles(switcher) as running:
        await choose(running, 2)
        await running.until(lambda: isinstance(running.app.screen, AskLine))
        await running.press(*"123456")
        assert "123456" not in running.screen_text()
        await running.press("enter")
        await running.until(lambda: "now operations" in running.notice)
        assert switcher.assumed == [(WITH_MFA, "123456")]


async def test_a_token_is_copied_only_on_a_wish_that_says_what_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    switcher = FakeSwitcher()
    async with with_roles(switcher) as running:
        running.app.console_screen.do("copy_token")
        await running.until(lambda: isinstance(running.app.screen, Question))
        await running.until(lambda: "It is a password" in " ".join(running.screen_text().split()))
        await running.press("n")
        await running.pilot.pause()
        sent: list[str] = []
        copy = running.app.copy_to_clipboard

        def watched(text: str) -> None:
            sent.append(text)
            copy(text)

        monkeypatch.setattr(running.app, "copy_to_clipboard", watched)
        running.app.console_screen.do("copy_token")
        await running.until(lambda: isinstance(running.app.screen, Question))
        await running.press("y")
        await running.until(lambda: sent == [TOKEN])
        assert running.app.clipboard == "", "Ctrl+V must not put it into an editor"
        await running.until(lambda: "in the clipboard" in running.notice)
        assert "X-Amz-Signature" not in running.screen_text()
        assert "X-Amz-Signature" not in repr(list(running.app.console_screen.services.journal))


@pytest.mark.parametrize(
    ("word", "told"),
    [
        ("reports", "now reports"),
        ("RewardsReadOnlyAccess", "now reports"),
        (READER.role_arn, "now reports"),
        ("nobody", "No role nobody"),
        ("base", "now admin"),
    ],
)
async def test_a_role_is_chosen_by_a_command(word: str, told: str) -> None:
    async with with_roles(FakeSwitcher()) as running:
        running.write(f"\\role {word}")
        await running.press("f5")
        await running.until(lambda: told in running.notice)


async def test_what_follows_the_command_runs_as_the_new_role() -> None:
    switcher = FakeSwitcher()
    async with with_roles(switcher) as running:
        running.write("\\role reports here\nselect 1;\nupdate t set a = 1;")
        await running.press("shift+f5")
        await running.until(
            lambda: switcher.sessions and switcher.sessions[0].sent == ["select 1", "update t set a = 1"]
        )
        assert [s.endpoint.region for s in switcher.sessions] == ["us-east-1"]
        assert running.a.sent == []
        users = [entry.user for entry in running.app.console_screen.services.journal if entry.sql]
        assert users == ["reports", "reports"]


async def test_what_follows_a_switch_that_fails_is_said_not_to_be_sent() -> None:
    switcher = FakeSwitcher()
    switcher.refusal = denied()
    async with with_roles(switcher) as running:
        running.write("\\role reports here\nselect 1;\nupdate t set a = 1;")
        await running.press("shift+f5")
        await running.until(
            lambda: any("2 statements behind it were not sent" in li for li in running.pane_a.log_lines.lines)
        )
        assert running.a.sent == []


async def test_a_transaction_begun_while_the_role_is_assumed_stays() -> None:
    switcher = FakeSwitcher()
    switcher.hang()
    async with with_roles(switcher) as running:
        await choose(running, 1)
        await running.until(lambda: switcher.is_assuming)
        running.write("begin; update t set a = 1;")
        await running.press("shift+f5")
        await running.until(lambda: running.a.sent == ["begin", "update t set a = 1"])
        switcher.release()
        await running.until(lambda: "begun meanwhile" in running.notice)
        assert running.a.state is TransactionState.OPEN
        assert (running.pane_a.title.role, running.pane_b.title.role) == ("admin", "reports (RewardsReadOnlyAccess)")
        assert any("ROLE NOT SWITCHED" in line for line in running.pane_a.log_lines.lines)


@pytest.mark.parametrize("by", ["dialog", "command"])
async def test_a_switch_to_an_endpoint_that_never_answers_can_be_given_up(by: str) -> None:
    switcher = FakeSwitcher()
    switcher.hang()
    async with with_roles(switcher) as running:
        if by == "dialog":
            await choose(running, 1)
        else:
            running.write("\\role reports")
            await running.press("f5")
        await running.until(lambda: switcher.is_assuming)
        await running.until(lambda: "Switching to reports" in running.notice)
        await running.press("ctrl+c")
        await running.until(lambda: "you stopped it" in running.notice)
        assert (running.pane_a.title.role, running.pane_b.title.role) == ("admin", "admin")
        running.app.console_screen.go_to("A")
        running.app.console_screen.active.pane.editor.text = "select 1"
        await running.press("f5")
        await running.until(lambda: running.a.sent == ["select 1"])


async def test_a_title_changes_with_its_session_and_not_before() -> None:
    switcher = FakeSwitcher()
    switcher.hang()
    async with with_roles(switcher) as running:
        await choose(running, 1)
        await running.until(lambda: switcher.is_assuming)
        running.a.hang()
        running.write("select 1")
        await running.press("f5")
        await running.until(lambda: running.a.is_running)
        switcher.release()
        await running.until(lambda: running.pane_b.title.role == "reports (RewardsReadOnlyAccess)")
        assert running.pane_a.title.role == "admin", "the statement that runs still runs as admin"
        running.a.release()
        await running.until(lambda: running.pane_a.title.role == "reports (RewardsReadOnlyAccess)")
        journal = running.app.console_screen.services.journal
        assert [entry.user for entry in journal if entry.sql == "select 1"] == ["admin"]


async def test_two_switches_at_once_are_both_done() -> None:
    switcher = FakeSwitcher()
    async with with_roles(switcher) as running:
        running.write("\\role reports here")
        await running.press("f5")
        running.app.console_screen.go_to("B")
        running.app.console_screen.active.pane.editor.text = "\\role RewardsReadWriteAccess here"
        await running.press("f5")
        await running.until(lambda: isinstance(running.app.screen, AskLine))
        await running.press("1", "enter")
        await running.until(lambda: running.pane_b.title.role == "operations (RewardsReadWriteAccess)")
        await running.until(lambda: running.pane_a.title.role == "reports (RewardsReadOnlyAccess)")


async def test_a_switch_in_both_panes_from_both_panes_comes_through() -> None:
    switcher = FakeSwitcher()
    async with with_roles(switcher) as running:
        running.write("\\role reports")
        await running.press("f6")
        await running.until(lambda: len(switcher.sessions) == 4)
        await running.until(lambda: all(not side.queue.running for side in running.app.console_screen.sides.values()))
        assert {s.user for s in switcher.sessions} == {"reports"}


async def test_a_renewal_that_ends_a_transaction_is_told_and_recorded() -> None:
    switcher = FakeSwitcher()
    async with with_roles(switcher) as running:
        running.write("begin")
        await running.press("f5")
        await running.until(lambda: running.a.state is TransactionState.OPEN)
        running.app.console_screen.do("role_renew")
        await running.until(lambda: isinstance(running.app.screen, Question))
        await running.press("y")
        await running.until(lambda: len(switcher.sessions) == 2 and not running.a.is_alive())
        await running.until(lambda: any("rolled back with its session" in li for li in running.pane_a.log_lines.lines))
        journal = running.app.console_screen.services.journal
        notes = [entry.note for entry in journal if entry.event is Event.LOST]
        assert notes == ["the session was exchanged at your wish; its open transaction was rolled back"]


async def test_the_command_alone_opens_the_dialog() -> None:
    async with with_roles(FakeSwitcher()) as running:
        running.write("\\role")
        await running.press("f5")
        await running.until(lambda: isinstance(running.app.screen, RoleDialog))


async def test_a_cluster_that_does_not_tell_its_mappings_is_no_obstacle() -> None:
    switcher = FakeSwitcher()
    switcher.trouble = "host refused user admin: [red]no[/]"
    async with with_roles(switcher, size=(80, 24)) as running:
        running.app.console_screen.do("roles")
        await running.until(lambda: "[red]no[/]" in running.screen_text())


async def test_without_a_switcher_the_action_says_so() -> None:
    async with console() as running:
        running.app.console_screen.do("roles")
        await running.until(lambda: "cannot be switched" in running.notice)


def test_identities_are_said_once_when_they_are_the_same() -> None:
    from datetime import UTC, datetime

    assert who_text({"A": "x", "B": "x"}, datetime.now(UTC)).startswith("Panes A and B")
    assert "Pane B" in who_text({"A": "x", "B": "y"}, datetime.now(UTC))


async def test_the_report_of_a_failed_connect_gives_cause_and_next_command() -> None:
    switcher = FakeSwitcher()
    async with with_roles(switcher) as running:
        running.a.break_off("gone")
        running.a.connect_failure = denied()
        running.write("select 1")
        await running.press("f5")
        await running.until(lambda: running.pane_a.title.link is ConnectionStatus.LOST)
        await running.press("f9")
        await running.until(lambda: running.pane_a.title.link is ConnectionStatus.FAILED)
        await running.pilot.pause()
        assert running.pane_a.query_one(ReportView)
        text = running.screen_text()
        assert "NOT CONNECTED: AssumeRole is denied" in text
        assert "Next   aws iam get-role" in text


async def test_a_connection_of_the_settings_begins_as_a_role() -> None:
    switcher = FakeSwitcher()
    async with console(open_roles=lambda: switcher, start_role="ops", is_connected=False) as running, complete(running):
        await running.until(lambda: isinstance(running.app.screen, AskLine))
        await running.press("1", "enter")
        await running.until(lambda: running.pane_b.title.link is ConnectionStatus.CONNECTED)
        assert running.pane_b.title.role == "operations (RewardsReadWriteAccess)"
        assert running.a.connect_count == running.b.connect_count == 0, "no session of the base credentials"
        running.write("select 1")
        await running.press("f5")
        await running.until(lambda: switcher.sessions[0].sent == ["select 1"])


async def test_what_is_typed_before_the_start_role_is_there_waits_for_it() -> None:
    switcher = FakeSwitcher(START)
    switcher.hang()
    async with console(open_roles=lambda: switcher, start_role="ro", is_connected=False) as running, complete(running):
        await running.until(lambda: switcher.is_assuming)
        running.write("select 1")
        await running.press("f5")
        switcher.release()
        await running.until(lambda: switcher.sessions and switcher.sessions[0].sent == ["select 1"])
        assert (running.a.sent, running.a.connect_count) == ([], 0)


async def test_a_region_that_is_away_does_not_keep_the_other_from_the_start_role() -> None:
    switcher = FakeSwitcher(START)
    switcher.connect_failures["us-east-2"] = ConnectFailed("us-east-2 is away.")
    async with console(open_roles=lambda: switcher, start_role="ro", is_connected=False) as running, complete(running):
        await running.until(lambda: running.pane_a.title.link is ConnectionStatus.CONNECTED)
        await running.until(lambda: running.pane_b.title.link is ConnectionStatus.FAILED)
        assert running.pane_a.title.role == "reports (RewardsReadOnlyAccess)"
        running.app.console_screen.go_to("B")
        await running.press("f9")
        await running.until(lambda: running.pane_b.title.link is ConnectionStatus.CONNECTED)
        assert [s.user for s in switcher.sessions] == ["reports", "reports"]
        assert (running.a.connect_count, running.b.connect_count) == (0, 0)


@pytest.mark.parametrize("name", ["ro", "nobody"])
async def test_a_start_role_that_cannot_be_had_connects_nobody(name: str) -> None:
    switcher = FakeSwitcher(START)
    switcher.refusal = denied()
    async with console(open_roles=lambda: switcher, start_role=name, is_connected=False) as running, complete(running):
        await running.until(lambda: running.pane_a.title.link is ConnectionStatus.FAILED)
        await running.until(lambda: running.pane_b.title.link is ConnectionStatus.FAILED)
        assert (running.a.connect_count, running.b.connect_count, switcher.sessions) == (0, 0, [])
