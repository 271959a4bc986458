"""The access assistant: policies, grants and IAM roles for the workshop's IAM chapter; who can do what."""

from collections.abc import Mapping
from pathlib import Path

from dsqltui.core.catalog.access import (
    AccessAssistant,
    AccessPlan,
    permission_policy,
    statements,
    text_of,
    trust_policy,
)
from dsqltui.core.language import _
from dsqltui.core.sessions.session import ConnectFailed
from dsqltui.store.private_files import replace_private
from dsqltui.ui.dialogs.question import Question
from dsqltui.ui.dialogs.value import ValueDialog
from dsqltui.ui.extension.feature import ActionHandler, Console, Feature
from dsqltui.ui.features.roles.access_dialog import AccessAction, AccessDialog, AccessWish
from dsqltui.ui.state.background import in_daemon_thread


class AccessFeature(Feature):
    """Runs nothing by itself: SQL goes to the editor, an IAM role is made only after a question."""

    def __init__(self, console: Console) -> None:
        super().__init__(console)
        self._assistant: AccessAssistant | None = None

    def handlers(self) -> Mapping[str, ActionHandler]:
        """See keymap.ACTIONS."""
        return {"access": self._show, "access_matrix": self._show_matrix}

    async def _made(self) -> AccessAssistant | None:
        make = self.console.services.open_access
        if make is None:
            self.console.tell(_("The access assistant is not available here."))
            return None
        if self._assistant is None:
            self._assistant = await in_daemon_thread(make)
        return self._assistant

    async def _show(self) -> None:
        assistant = await self._made()
        if assistant is None:
            return
        self.console.tell(_("Asking account and cluster…"))
        try:
            survey = await assistant.survey()
        except ConnectFailed as failure:
            self.console.tell(str(failure))
            return
        self.console.ask(AccessDialog(survey), lambda wish: self._wished(wish, assistant))

    async def _show_matrix(self) -> None:
        assistant = await self._made()
        if assistant is None:
            return
        try:
            survey = await assistant.survey()
        except ConnectFailed as failure:
            self.console.tell(str(failure))
            return
        self.console.ask(ValueDialog(_("Who can do what"), survey.trouble or "\n".join(survey.grants.lines())))

    def _wished(self, wish: AccessWish | None, assistant: AccessAssistant) -> None:
        if wish is None:
            return
        plan = wish.plan
        match wish.action:
            case AccessAction.PREFILL:
                self.console.prefill(self.console.active.letter, "\n".join(statements(plan)) + "\n")
                self.console.tell(
                    _("{count} statements are in the editor; run them one by one, as admin.").format(
                        count=len(statements(plan))
                    )
                )
            case AccessAction.COPY:
                self.console.app.copy_to_clipboard(text_of(plan))
                self.console.tell(_("Policies and SQL are in the clipboard."))
            case AccessAction.SAVE:
                self.console.spawn(self._save(plan), group="access")
            case AccessAction.CREATE:
                self._ask_create(plan, assistant)

    async def _save(self, plan: AccessPlan) -> None:
        folder = Path.cwd() / f"dsqltui-access-{plan.iam_role}"

        def write() -> None:
            replace_private(folder / "policy.json", f"{permission_policy(plan)}\n".encode())
            replace_private(folder / "trust.json", f"{trust_policy(plan)}\n".encode())
            replace_private(folder / "grants.sql", ("\n".join(statements(plan)) + "\n").encode())

        try:
            await in_daemon_thread(write)
        except OSError as problem:
            self.console.tell(
                _("{folder} could not be written: {reason}.").format(folder=folder, reason=problem.strerror)
            )
            return
        self.console.tell(_("policy.json, trust.json and grants.sql are in {folder}.").format(folder=folder))

    def _ask_create(self, plan: AccessPlan, assistant: AccessAssistant) -> None:
        def answered(is_yes: bool | None) -> None:
            if is_yes:
                self.console.spawn(self._create(plan, assistant), group="access")

        trusted = ", ".join(plan.trusted) or _(
            "every user and role of the account {account} whose policies allow it"
        ).format(account=plan.account)
        self.console.ask(
            Question(
                _("Create the IAM role?"),
                _(
                    "{iam_role_arn} is made in your AWS account. It may connect to {count} cluster(s) as a "
                    "database role it is granted; it can be assumed by {trusted}."
                ).format(iam_role_arn=plan.iam_role_arn, count=len(plan.cluster_arns), trusted=trusted),
                yes=_("Create it"),
                no=_("Do not"),
            ),
            answered,
        )

    async def _create(self, plan: AccessPlan, assistant: AccessAssistant) -> None:
        try:
            self.console.tell(await assistant.make_role(plan))
        except ConnectFailed as failure:
            self.console.tell(str(failure))
