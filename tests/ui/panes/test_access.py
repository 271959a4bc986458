"""The access assistant on the screen: what it writes, where it puts it, what it asks before it makes anything."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from textual.widgets import Static

from dsqltui.core.catalog.access import AccessPlan, Grants, Survey, permission_policy
from dsqltui.core.sessions.session import ConnectFailed
from dsqltui.ui.dialogs.line import FormInput
from dsqltui.ui.dialogs.question import Question
from dsqltui.ui.features.roles.access_dialog import AccessDialog
from support.screens.console import Console, console

ACCOUNT = "111122223333"
SURVEY = Survey(
    ACCOUNT,
    f"arn:aws:iam::{ACCOUNT}:user/me",
    (f"arn:aws:dsql:us-east-1:{ACCOUNT}:cluster/aa", f"arn:aws:dsql:us-east-2:{ACCOUNT}:cluster/bb"),
    {"xpoints": ("customers", "orders")},
    ("admin", "operations"),
    Grants(("reports",), ("xpoints.customers",), {("reports", "xpoints.customers"): "r"}),
)


class FakeAssistant:
    def __init__(self) -> None:
        self.made: list[AccessPlan] = []
        self.refusal: ConnectFailed | None = None

    async def survey(self) -> Survey:
        if self.refusal is not None:
            raise self.refusal
        return SURVEY

    async def make_role(self, plan: AccessPlan) -> str:
        self.made.append(plan)
        return f"IAM role {plan.iam_role} created."


@asynccontextmanager
async def form(assistant: FakeAssistant, *, role: str = "reports") -> AsyncIterator[Console]:
    """The dialog, filled in."""
    async with console(open_access=lambda: assistant) as running:
        running.app.console_screen.do("access")
        await running.until(lambda: isinstance(running.app.screen, AccessDialog))
        await running.press(*role, "enter", *"Reader")
        await running.until(lambda: running.app.screen.query_one("#access-iam", FormInput).value == "Reader")
        yield running


def text_of(running: Console) -> str:
    """What the form makes, also what is scrolled out of sight."""
    return str(running.app.screen.query_one("#access-text", Static).visual)


async def test_the_text_follows_the_form() -> None:
    async with form(FakeAssistant()) as running:
        await running.until(lambda: "create role reports with login;" in text_of(running))
        dialog = running.app.screen
        assert isinstance(dialog, AccessDialog)
        assert dialog.plan is not None
        assert (dialog.plan.schema, dialog.plan.database_role) == ("xpoints", "reports")
        assert "dsql:DbConnect" in running.screen_text()
        await running.press("tab", "tab", "tab", *"fly")  # a field that is entered is marked: typing replaces it
        await running.until(lambda: "'fly' is no right" in running.screen_text())
        assert dialog.plan is None


async def test_sql_goes_to_the_editor_and_does_not_run() -> None:
    async with form(FakeAssistant()) as running:
        await running.press(*["tab"] * 6)
        assert running.app.screen.focused is running.app.screen.query_one("#access-prefill")
        await running.press("enter")
        await running.until(lambda: "create role reports with login;" in running.pane_a.editor.text)
        assert f"aws iam grant reports to 'arn:aws:iam::{ACCOUNT}:role/Reader';" in running.pane_a.editor.text
        assert running.a.sent == []


async def test_a_role_that_is_there_is_not_created_again() -> None:
    async with form(FakeAssistant(), role="operations") as running:
        await running.pilot.click("#access-prefill")
        await running.until(lambda: "grant usage" in running.pane_a.editor.text)
        assert "create role" not in running.pane_a.editor.text


async def test_files_are_saved(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    async with form(FakeAssistant()) as running:
        dialog = running.app.screen
        assert isinstance(dialog, AccessDialog)
        plan = dialog.plan
        assert plan is not None
        await running.pilot.click("#access-save")
        folder = tmp_path / "dsqltui-access-Reader"
        await running.until(lambda: (folder / "grants.sql").exists())
        assert (folder / "policy.json").read_text().strip() == permission_policy(plan)
        assert {file.name for file in folder.iterdir()} == {"policy.json", "trust.json", "grants.sql"}


async def test_an_iam_role_is_made_only_after_a_question() -> None:
    assistant = FakeAssistant()
    async with form(assistant) as running:
        await running.pilot.click("#access-create")
        await running.until(lambda: isinstance(running.app.screen, Question))
        assert assistant.made == []
        await running.until(
            lambda: "every user and role of the account" in " ".join(running.screen_text().replace("│", " ").split())
        )
        await running.press("y")
        await running.until(lambda: "IAM role Reader created." in running.notice)
        assert [plan.iam_role for plan in assistant.made] == ["Reader"]


async def test_copying_puts_everything_into_the_clipboard() -> None:
    async with form(FakeAssistant()) as running:
        await running.pilot.click("#access-copy")
        await running.until(lambda: "sts:AssumeRole" in running.app.clipboard)


async def test_who_can_do_what() -> None:
    async with console(open_access=FakeAssistant) as running:
        running.app.console_screen.do("access_matrix")
        await running.until(lambda: "xpoints.customers  r" in running.screen_text())


async def test_an_account_that_cannot_be_asked_is_said() -> None:
    assistant = FakeAssistant()
    assistant.refusal = ConnectFailed("No AWS credentials were found.")
    async with console(open_access=lambda: assistant) as running:
        running.app.console_screen.do("access")
        await running.until(lambda: "No AWS credentials" in running.notice)
    async with console() as running:
        running.app.console_screen.do("access")
        await running.until(lambda: "not available" in running.notice)
