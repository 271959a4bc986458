"""Whom to connect as: an IAM role to assume and a database role, and who one then is.

    RoleChoice      what to become
    Identity        who one is: STS's ARN, database role, the token's action, what runs out when
    Access          credentials and a database role, ready to open sessions with
    RoleSwitcher    finds choices and makes accesses of them

The last two are protocols; `client.roles` implements them.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from dsqltui.core.aws.endpoint import Endpoint
from dsqltui.core.aws.limits import TOKEN_LIFETIME_S
from dsqltui.core.language import _
from dsqltui.core.sessions.session import Session

ADMIN = "admin"
"""The role whose token is signed for the action DbConnectAdmin; every other role's is for DbConnect."""
BASE = "base"
"""Means the credentials the console was started with, where a role's name may stand."""

MIN_SESSION_S, MAX_SESSION_S, MAX_CHAINED_S = 900, 43_200, 3_600
"""Seconds that assumed credentials may last; MAX_CHAINED_S from a role to a role. Source: AWS STS API, AssumeRole."""
DEFAULT_SESSION_S = 3_600
MAX_TOKEN_LIFETIME_S = 604_800
"""A week. Source: Aurora DSQL User Guide, authentication tokens."""
DEFAULT_SESSION_NAME = "dsqltui"

_ROLE_ARN = re.compile(r"arn:aws[a-z-]*:iam::\d{12}:role/(?:[\w+=,.@-]+/)*[\w+=,.@-]{1,64}")
_REGION = re.compile(r"[a-z]{2}(-[a-z]+)+-[0-9]")
_SESSION_NAME = re.compile(r"[\w+=,.@-]{2,64}", re.ASCII)


def role_arn_problem(arn: str) -> str:
    """Why the text is no IAM role, as the end of a sentence; empty when it is one, or empty."""
    return "" if not arn or _ROLE_ARN.fullmatch(arn) else _("is no IAM role; write arn:aws:iam::<account>:role/<name>")


def session_name_problem(name: str) -> str:
    """Why STS would not take the session name, as the end of a sentence; empty when it would."""
    return "" if _SESSION_NAME.fullmatch(name) else _("is no session name; use 2 to 64 letters, digits and +=,.@_-")


def regions_problem(regions: Sequence[str]) -> str:
    """Why one of them is no Region's name, as the end of a sentence; empty when all are."""
    wrong = next((region for region in regions if not _REGION.fullmatch(region)), None)
    return (
        "" if wrong is None else _("holds {wrong!r}, which is no Region's name, such as us-east-1").format(wrong=wrong)
    )


@dataclass(frozen=True, slots=True)
class RoleChoice:
    """What to become. Raises ValueError, with a sentence, for what AWS would not take."""

    database_role: str
    role_arn: str = ""
    """IAM role to assume; empty: the base credentials as they are."""
    session_name: str = DEFAULT_SESSION_NAME
    duration_s: int = DEFAULT_SESSION_S
    external_id: str = ""
    mfa_serial: str = ""
    """ARN or serial number of the MFA device; a code is then asked for."""
    source_profile: str = ""
    """AWS profile to assume the role from; empty: the base credentials."""
    via_arn: str = ""
    """IAM role to assume first; this one is then assumed from it (role chaining, at most one hour)."""
    name: str = ""
    """Its name in the settings; empty when it was discovered."""

    def __post_init__(self) -> None:
        if not self.database_role:
            raise ValueError(_("a role needs a database role, such as admin or reports"))
        for arn in (self.role_arn, self.via_arn):
            if problem := role_arn_problem(arn):
                raise ValueError(f"{arn!r} {problem}")
        if self.via_arn and not self.role_arn:
            raise ValueError(_("via_arn says how to get to role_arn, which is missing"))
        if problem := session_name_problem(self.session_name):
            raise ValueError(f"{self.session_name!r} {problem}")
        if not MIN_SESSION_S <= self.duration_s <= MAX_SESSION_S:
            raise ValueError(
                _("duration_s is {duration_s}; AWS takes {min_session_s} to {max_session_s} seconds").format(
                    duration_s=self.duration_s, min_session_s=MIN_SESSION_S, max_session_s=MAX_SESSION_S
                )
            )

    @property
    def iam_role(self) -> str:
        """The IAM role's name without its path; empty for the base credentials."""
        return self.role_arn.rpartition("/")[2]

    @property
    def label(self) -> str:
        """`reports (RewardsReadOnlyAccess)`, or the database role alone."""
        return f"{self.database_role} ({self.iam_role})" if self.role_arn else self.database_role

    def is_named(self, word: str) -> bool:
        r"""Whether `\role WORD` means it: its name, database role, IAM role or ARN."""
        return word in {self.name, self.database_role, self.iam_role, self.role_arn} - {""}


def action_of(database_role: str) -> str:
    """What a token for that role must be signed for."""
    return "DbConnectAdmin" if database_role == ADMIN else "DbConnect"


@dataclass(frozen=True, slots=True)
class Identity:
    """Who one is."""

    arn: str
    """As STS GetCallerIdentity names the caller."""
    database_role: str
    source: str
    """Where the credentials come from: `assume-role from environment`, `shared-credentials-file`."""
    credentials_expire: datetime | None = None
    """When they run out, aware; None: never. Assumed ones are renewed before."""
    token_signed: datetime | None = None
    """When the last token was signed, aware; None before the first."""
    token_lifetime_s: int = TOKEN_LIFETIME_S

    @property
    def action(self) -> str:
        """What its tokens are signed for."""
        return action_of(self.database_role)

    @property
    def is_assumed_role(self) -> bool:
        """Whether the caller is a role already, so that another role is assumed by chaining."""
        return ":assumed-role/" in self.arn

    def credentials_left_s(self, now: datetime) -> float | None:
        """Seconds until the credentials run out; None when they do not."""
        return None if self.credentials_expire is None else (self.credentials_expire - now).total_seconds()

    def token_left_s(self, now: datetime) -> float | None:
        """Seconds that the last token is still good for a connect; None before the first.

        It dies with the credentials it was signed with.
        """
        if self.token_signed is None:
            return None
        left = self.token_lifetime_s - (now - self.token_signed).total_seconds()
        credentials_left = self.credentials_left_s(now)
        return left if credentials_left is None else min(left, credentials_left)


@dataclass(frozen=True, slots=True)
class Discovery:
    """What there is to choose from."""

    choices: tuple[RoleChoice, ...]
    """The base first, then the settings' in their order, then the cluster's mappings by name."""
    trouble: str = ""
    """Why the cluster's mappings are missing: one sentence; empty when they are not."""


class Access(Protocol):
    """Credentials and a database role, ready to open sessions with."""

    @property
    def choice(self) -> RoleChoice: ...

    async def identity(self) -> Identity:
        """Who one is now; asks STS once, and for fresh credentials when they are due. Raises ConnectFailed."""
        ...

    def session(self, endpoint: Endpoint) -> Session:
        """A session that is not connected yet; it signs a fresh token at each connect."""
        ...

    async def token(self, endpoint: Endpoint) -> str:
        """A fresh token, to be copied on the person's explicit wish. Raises ConnectFailed."""
        ...


class RoleSwitcher(Protocol):
    """Finds choices and makes accesses of them. Nothing it makes touches what a pane holds."""

    token_lifetime_s: int
    """Seconds that tokens signed from now on are good for, at most MAX_TOKEN_LIFETIME_S."""

    @property
    def base(self) -> Access:
        """What the console was started with."""
        ...

    def configured(self, name: str) -> RoleChoice | None:
        """The settings' choice of that name."""
        ...

    async def discover(self) -> Discovery:
        """The choices. Asks the cluster as admin, on a connection of its own; never raises ConnectFailed."""
        ...

    async def assume(self, choice: RoleChoice, mfa_code: str = "") -> Access:
        """Assume the choice's IAM role. Raises ConnectFailed, with a symptom, when AWS refuses."""
        ...


def with_chaining_cap(choice_duration_s: int, *, is_chained: bool) -> int:
    """The seconds to ask STS for: from a role to a role one hour is the most."""
    return min(choice_duration_s, MAX_CHAINED_S) if is_chained else choice_duration_s
