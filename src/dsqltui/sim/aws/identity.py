"""Who may talk to the simulator: the credentials that are alive now, and what their owners may do.

    AccessKey           a long-term key pair; made once by `AccessKey.generate`, kept by the caller
    Principal           who a request or a token comes from
    IdentityStore       live credentials over an Account; `lookup` and `assume_role` take the time from the caller

Secrets are compared in constant time and are left out of every repr. Nothing here does I/O.
"""

import base64
import hmac
import re
import secrets
import string
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from enum import Enum
from typing import Self

from dsqltui.sim.aws.account import (
    ACCOUNT_ID,
    ACCOUNT_ROOT_ARN,
    DEFAULT_SESSION_S,
    DEFAULT_USER,
    MAX_SESSION_S,
    Account,
    Role,
    User,
)
from dsqltui.sim.aws.policies import ASSUME_ROLE, PermissionPolicy, PolicyVerdict, TrustPolicy

# Source: AWS STS API reference, AssumeRole, read 2026-11.
MIN_SESSION_S = 900
MAX_CHAINED_SESSION_S = 3_600

_SESSION_NAME = re.compile(r"[\w+=,.@-]*", re.ASCII)
_SESSION_NAME_LENGTH = range(2, 65)
_ROLE_ARN = re.compile(r"arn:aws:iam::[0-9]{12}:role/[\w+=,.@/-]+", re.ASCII)
_MIN_ROLE_ARN_LENGTH = 20
_EXPIRED_KEPT_FOR = timedelta(days=1)


class PrincipalKind(Enum):
    """What kind of identity a principal is."""

    USER = "user"
    ASSUMED_ROLE = "assumed-role"


@dataclass(frozen=True, slots=True)
class Principal:
    """Who signed: as STS names the caller, and as `AWS IAM GRANT` names the identity behind it."""

    kind: PrincipalKind
    arn: str
    """What GetCallerIdentity answers: the user's ARN, or `arn:aws:sts::<account>:assumed-role/<role>/<session>`."""
    iam_arn: str
    """The user's or the role's IAM ARN. A role's path is in here only: an assumed-role ARN has lost it."""
    user_id: str
    """IAM's unique id; for an assumed role `<role id>:<session name>`."""


@dataclass(frozen=True, slots=True)
class AccessKey:
    """A key pair as IAM gives it to a user."""

    access_key_id: str
    secret_access_key: str = field(repr=False)

    @classmethod
    def generate(cls, prefix: str = "AKIA") -> Self:
        """A random key pair in AWS's form: 20 characters of id, 40 of secret."""
        return cls(_random_id(prefix, 16), base64.b64encode(secrets.token_bytes(30)).decode("ascii"))


@dataclass(frozen=True, slots=True)
class AssumedCredentials:
    """What AssumeRole hands out."""

    key: AccessKey
    session_token: str = field(repr=False)
    expiration: datetime
    principal: Principal


class LookupFailure(Enum):
    """Why credentials are not good."""

    UNKNOWN_KEY = "unknown access key"
    WRONG_SESSION_TOKEN = "wrong session token"
    EXPIRED = "expired"


class CredentialsRefused(Exception):
    """The access key id, with this session token, is not good now."""

    def __init__(self, failure: LookupFailure) -> None:
        super().__init__(failure.value)
        self.failure = failure


class AssumeRoleFailure(Enum):
    """The AWS error code of a refused AssumeRole."""

    ACCESS_DENIED = "AccessDenied"
    VALIDATION_ERROR = "ValidationError"


class AssumeRoleRefused(Exception):
    """The role was not assumed; the message is the one AWS gives for it."""

    def __init__(self, failure: AssumeRoleFailure, message: str) -> None:
        super().__init__(message)
        self.failure = failure


@dataclass(frozen=True, slots=True)
class _Credentials:
    key: AccessKey
    principal: Principal
    session_token: str | None = field(default=None, repr=False)
    expiration: datetime | None = None


class IdentityStore:
    """Every credential handed out since the start, and the account whose policies say what it is good for.

    Not safe to share between threads: it belongs to one event loop. Temporary credentials are in memory only,
    so that they end with the simulator.
    """

    def __init__(self, account: Account) -> None:
        self.account = account
        self._credentials: dict[str, _Credentials] = {}

    @classmethod
    def with_user(
        cls,
        key: AccessKey,
        *,
        account: Account | None = None,
        name: str = DEFAULT_USER,
        policies: tuple[PermissionPolicy, ...] | None = None,
    ) -> Self:
        """The identities every simulator starts with: one user with this key, an administrator unless `policies`
        are given; and the account's roles, by default the workshop's."""
        store = cls(account or Account.default(datetime.now(UTC)))
        store.add_user(name, key, policies=policies)
        return store

    def add_user(
        self,
        name: str,
        key: AccessKey,
        *,
        path: str = "/",
        policies: tuple[PermissionPolicy, ...] | None = None,
        created: datetime | None = None,
    ) -> Principal:
        """Add an IAM user. `path` begins and ends with a slash. Raises ValueError on a bad name or path."""
        user = User(name, created or datetime.now(UTC).replace(microsecond=0), path)
        if policies is not None:
            user = replace(user, policies=policies)
        self.account.add_user(user)
        principal = Principal(PrincipalKind.USER, user.arn, user.arn, user.user_id)
        self._credentials[key.access_key_id] = _Credentials(key, principal)
        return principal

    def add_role(
        self,
        name: str,
        *,
        path: str = "/",
        trusted: Iterable[str] = (ACCOUNT_ROOT_ARN,),
        policies: Mapping[str, PermissionPolicy] | None = None,
    ) -> str:
        """Add an IAM role that the `trusted` ARNs may assume; returns its ARN. Raises ValueError as `add_user`."""
        trust = TrustPolicy.of(trusted).text
        role = self.account.create_role(name, trust, datetime.now(UTC), path=path, max_session_s=MAX_SESSION_S)
        for policy_name, policy in (policies or {}).items():
            self.account.put_inline_policy(name, policy_name, policy.text)
        return role.arn

    def verdict(self, principal: Principal, action: str, resource: str) -> PolicyVerdict:
        """What the principal's policies say about doing `action` on `resource`."""
        if principal.kind is PrincipalKind.USER:
            return self.account.user_verdict(principal.iam_arn, action, resource)
        return self.account.role_verdict(principal.iam_arn, principal.user_id.partition(":")[0], action, resource)

    def lookup(self, access_key_id: str, session_token: str | None, now: datetime) -> tuple[str, Principal]:
        """The secret and the principal of credentials alive at `now`. Raises CredentialsRefused."""
        found = self._credentials.get(access_key_id)
        if found is None:
            raise CredentialsRefused(LookupFailure.UNKNOWN_KEY)
        if not _same_token(found.session_token, session_token):
            raise CredentialsRefused(LookupFailure.WRONG_SESSION_TOKEN)
        if found.expiration is not None and now >= found.expiration:
            raise CredentialsRefused(LookupFailure.EXPIRED)
        return found.key.secret_access_key, found.principal

    def assume_role(
        self,
        caller: Principal,
        role_arn: str,
        session_name: str,
        duration_s: int = DEFAULT_SESSION_S,
        *,
        now: datetime,
    ) -> AssumedCredentials:
        """New credentials of a role for `duration_s` seconds from `now`. Raises AssumeRoleRefused.

        A role that does not exist and one that does not trust the caller are refused alike, as on AWS.
        """
        _check_assume_role(caller, role_arn, session_name, duration_s)
        role = self.account.role_by_arn(role_arn)
        if role is None or not self._may_assume(caller, role):
            raise AssumeRoleRefused(
                AssumeRoleFailure.ACCESS_DENIED,
                f"User: {caller.arn} is not authorized to perform: {ASSUME_ROLE} on resource: {role_arn}",
            )
        if duration_s > role.max_session_s:
            raise AssumeRoleRefused(
                AssumeRoleFailure.VALIDATION_ERROR,
                "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
            )
        self._forget_long_expired(now)
        principal = Principal(
            PrincipalKind.ASSUMED_ROLE,
            f"arn:aws:sts::{ACCOUNT_ID}:assumed-role/{role.name}/{session_name}",
            role.arn,
            f"{role.role_id}:{session_name}",
        )
        assumed = AssumedCredentials(
            key=AccessKey.generate("ASIA"),
            session_token=base64.b64encode(secrets.token_bytes(300)).decode("ascii"),
            expiration=now.replace(microsecond=0) + timedelta(seconds=duration_s),
            principal=principal,
        )
        self._credentials[assumed.key.access_key_id] = _Credentials(
            assumed.key, principal, assumed.session_token, assumed.expiration
        )
        return assumed

    def _may_assume(self, caller: Principal, role: Role) -> bool:
        """A role that trusts the caller by name needs nothing else; one that trusts the account leaves it to the
        caller's own policies. A Deny on either side wins. Source: IAM User Guide, policy evaluation, read 2026-11."""
        own = self.verdict(caller, ASSUME_ROLE, role.arn)
        by_name = role.trust.verdict((caller.iam_arn, caller.arn))
        by_account = role.trust.verdict((ACCOUNT_ROOT_ARN,))
        if PolicyVerdict.DENIED in (own, by_name, by_account):
            return False
        return by_name is PolicyVerdict.ALLOWED or (
            by_account is PolicyVerdict.ALLOWED and own is PolicyVerdict.ALLOWED
        )

    def _forget_long_expired(self, now: datetime) -> None:
        """Keeps memory flat, and the answer "expired" rather than "unknown" for a day."""
        for key_id, held in list(self._credentials.items()):
            if held.expiration is not None and now >= held.expiration + _EXPIRED_KEPT_FOR:
                del self._credentials[key_id]


def _check_assume_role(caller: Principal, role_arn: str, session_name: str, duration_s: int) -> None:
    """Raises AssumeRoleRefused with the sentence AWS uses for a parameter out of bounds."""
    if len(role_arn) < _MIN_ROLE_ARN_LENGTH:
        raise _constraint(role_arn, "roleArn", f"have length greater than or equal to {_MIN_ROLE_ARN_LENGTH}")
    if not _ROLE_ARN.fullmatch(role_arn):
        raise AssumeRoleRefused(AssumeRoleFailure.VALIDATION_ERROR, f"{role_arn} is invalid")
    if not _SESSION_NAME.fullmatch(session_name):
        raise _constraint(
            session_name, "roleSessionName", f"satisfy regular expression pattern: {_SESSION_NAME.pattern}"
        )
    if len(session_name) < _SESSION_NAME_LENGTH.start:
        raise _constraint(session_name, "roleSessionName", "have length greater than or equal to 2")
    if len(session_name) not in _SESSION_NAME_LENGTH:
        raise _constraint(session_name, "roleSessionName", "have length less than or equal to 64")
    if duration_s < MIN_SESSION_S:
        raise _constraint(duration_s, "durationSeconds", f"have value greater than or equal to {MIN_SESSION_S}")
    if duration_s > MAX_SESSION_S:
        raise _constraint(duration_s, "durationSeconds", f"have value less than or equal to {MAX_SESSION_S}")
    if caller.kind is PrincipalKind.ASSUMED_ROLE and duration_s > MAX_CHAINED_SESSION_S:
        raise AssumeRoleRefused(
            AssumeRoleFailure.VALIDATION_ERROR,
            "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.",
        )


def _constraint(value: str | int, parameter: str, must: str) -> AssumeRoleRefused:
    return AssumeRoleRefused(
        AssumeRoleFailure.VALIDATION_ERROR,
        f"1 validation error detected: Value '{value}' at '{parameter}' failed to satisfy constraint: "
        f"Member must {must}",
    )


def _random_id(prefix: str, length: int) -> str:
    return prefix + "".join(secrets.choice(string.ascii_uppercase + string.digits) for _ in range(length))


def _same_token(held: str | None, given: str | None) -> bool:
    if held is None or given is None:
        return held is given
    return hmac.compare_digest(held.encode(), given.encode())
