"""A role switcher without AWS: fake sessions, made for the choices it is given."""

import asyncio
from datetime import UTC, datetime, timedelta

from dsqltui.core.aws.diagnosis import Symptom
from dsqltui.core.aws.endpoint import Endpoint
from dsqltui.core.sessions.roles import Access, Discovery, Identity, RoleChoice
from dsqltui.core.sessions.session import ConnectFailed, Session
from support.screens.fake_session import FakeSession

ACCOUNT = "111122223333"
READER = RoleChoice("reports", f"arn:aws:iam::{ACCOUNT}:role/RewardsReadOnlyAccess", session_name="readonly")
WITH_MFA = RoleChoice(
    "operations", f"arn:aws:iam::{ACCOUNT}:role/RewardsReadWriteAccess", mfa_serial="arn:aws:iam::1:mfa/me", name="ops"
)
START = RoleChoice("reports", f"arn:aws:iam::{ACCOUNT}:role/RewardsReadOnlyAccess", name="ro")
TOKEN = "abc.dsql.us-east-1.on.aws/?Action=DbConnect&X-Amz-Signature=feed"


class FakeAccess:
    """Hands out fake sessions."""

    def __init__(self, switcher: "FakeSwitcher", choice: RoleChoice) -> None:
        self.choice = choice
        self._switcher = switcher

    async def identity(self) -> Identity:
        if not self.choice.role_arn:
            return Identity(f"arn:aws:iam::{ACCOUNT}:user/workshop", self.choice.database_role, "env")
        arn = f"arn:aws:sts::{ACCOUNT}:assumed-role/{self.choice.iam_role}/{self.choice.session_name}"
        now = datetime.now(UTC)
        return Identity(arn, self.choice.database_role, "assume-role from env", now + timedelta(hours=1), now)

    def session(self, endpoint: Endpoint) -> Session:
        session = FakeSession(endpoint.region, user=self.choice.database_role)
        session.connect_failure = self._switcher.connect_failures.pop(endpoint.region, None)
        self._switcher.sessions.append(session)
        return session

    async def token(self, endpoint: Endpoint) -> str:  # noqa: ARG002
        return TOKEN


class FakeSwitcher:
    """Knows a base and two more roles."""

    def __init__(self, *choices: RoleChoice) -> None:
        self.token_lifetime_s = 900
        self.assumed: list[tuple[RoleChoice, str]] = []
        """What was assumed, with the MFA code."""
        self.sessions: list[FakeSession] = []
        """Those handed out, in order."""
        self.refusal: ConnectFailed | None = None
        """Raised by the next `assume`."""
        self.connect_failures: dict[str, ConnectFailed] = {}
        """By Region: raised by the next session's connect."""
        self.trouble = ""
        self.is_assuming = False
        """Whether somebody waits for `assume`."""
        self._may_go = asyncio.Event()
        self._may_go.set()
        self._base = FakeAccess(self, RoleChoice("admin"))
        self._choices = choices or (READER, WITH_MFA)

    @property
    def base(self) -> Access:
        return self._base

    def configured(self, name: str) -> RoleChoice | None:
        return next((choice for choice in self._choices if choice.name == name), None)

    def hang(self) -> None:
        """`assume` waits until `release`."""
        self._may_go.clear()

    def release(self) -> None:
        """Let it go on."""
        self._may_go.set()

    async def discover(self) -> Discovery:
        return Discovery((self._base.choice, *self._choices), self.trouble)

    async def assume(self, choice: RoleChoice, mfa_code: str = "") -> Access:
        self.is_assuming = True
        await self._may_go.wait()
        self.is_assuming = False
        if self.refusal is not None:
            refusal, self.refusal = self.refusal, None
            raise refusal
        self.assumed.append((choice, mfa_code))
        return FakeAccess(self, choice)


def denied() -> ConnectFailed:
    """AssumeRole refused, as STS words it."""
    words = (
        "ClientError: An error occurred (AccessDenied) when calling the AssumeRole operation: "
        f"User: arn:aws:iam::{ACCOUNT}:user/workshop is not authorized to perform: sts:AssumeRole"
    )
    return ConnectFailed("The role was not assumed: AccessDenied.", symptom=Symptom(words, role_arn=READER.role_arn))
