"""IAM's entities in the simulator's account: one administrator, roles, managed policies; and the rules to change them.

    Role, ManagedPolicy     frozen values
    Account                 all of them; changed by the IAM API, kept between runs as JSON
    IamRefused              why a change is refused, with IAM's own error code

Source of codes and limits: AWS IAM API reference, version 2010-05-08, read 2026-11. Nothing here does I/O.
"""

import base64
import hashlib
import re
import secrets
import string
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from enum import Enum
from typing import Any, Self

from dsqltui.sim.aws.policies import MalformedPolicy, PermissionPolicy, PolicyVerdict, TrustPolicy, decide

ACCOUNT_ID = "111122223333"
"""The account of everything in the simulator; AWS's own documentation uses it for examples."""

ACCOUNT_ROOT_ARN = f"arn:aws:iam::{ACCOUNT_ID}:root"
"""In a role's trust: every principal of the account, as far as its own policies allow."""

DEFAULT_USER = "workshop"
DEFAULT_ROLES = ("RewardsReadOnlyAccess", "RewardsReadWriteAccess")
DEFAULT_POLICY = "ConnectToRewards"
"""The inline policy of the default roles."""

EVERY_CLUSTER = f"arn:aws:dsql:*:{ACCOUNT_ID}:cluster/*"

# Source: AWS STS API reference, AssumeRole, and IAM API reference, CreateRole, read 2026-11.
MAX_SESSION_S = 43_200
DEFAULT_SESSION_S = 3_600

_ADMINISTRATOR = PermissionPolicy.allowing(["*"], ["*"])
_NAME = re.compile(r"[\w+=,.@-]{1,64}", re.ASCII)
_POLICY_NAME = re.compile(r"[\w+=,.@-]{1,128}", re.ASCII)
_PATH = re.compile(r"(/[\w+=,.@-]+)*/", re.ASCII)
_INLINE_BYTES = 10_240
_TRUST_BYTES = 2_048
_MANAGED_BYTES = 6_144
_MAX_ATTACHED = 10


class BadName(ValueError):
    """A name or a path that IAM does not allow."""


class IamFailure(Enum):
    """IAM's error codes, as far as they can happen here."""

    ALREADY_EXISTS = "EntityAlreadyExists"
    NO_SUCH_ENTITY = "NoSuchEntity"
    MALFORMED_POLICY = "MalformedPolicyDocument"
    DELETE_CONFLICT = "DeleteConflict"
    LIMIT_EXCEEDED = "LimitExceeded"
    INVALID_INPUT = "InvalidInput"


class IamRefused(Exception):
    """A change that IAM refuses; the message is its sentence."""

    def __init__(self, failure: IamFailure, message: str) -> None:
        super().__init__(message)
        self.failure = failure


@dataclass(frozen=True, slots=True)
class User:
    """An IAM user; an administrator unless told otherwise."""

    name: str
    created: datetime
    path: str = "/"
    policies: tuple[PermissionPolicy, ...] = (_ADMINISTRATOR,)

    @property
    def arn(self) -> str:
        """The user's IAM ARN."""
        return _iam_arn("user", self.path, self.name)

    @property
    def user_id(self) -> str:
        """IAM's unique id, the same on every start."""
        return "AIDA" + base64.b32encode(hashlib.sha256(self.arn.encode()).digest()).decode("ascii")[:17]


@dataclass(frozen=True, slots=True)
class Role:
    """An IAM role."""

    name: str
    trust: TrustPolicy
    created: datetime
    """Aware, whole seconds."""
    role_id: str
    """IAM's unique id: another one when the role is deleted and made again."""
    path: str = "/"
    description: str = ""
    max_session_s: int = DEFAULT_SESSION_S
    inline: Mapping[str, PermissionPolicy] = field(default_factory=dict, hash=False)
    """Inline policies by name."""
    attached: tuple[str, ...] = ()
    """ARNs of managed policies."""

    @property
    def arn(self) -> str:
        """The role's IAM ARN, with its path."""
        return _iam_arn("role", self.path, self.name)


@dataclass(frozen=True, slots=True)
class ManagedPolicy:
    """A customer managed policy; it has one version only."""

    name: str
    policy: PermissionPolicy
    created: datetime
    policy_id: str
    path: str = "/"
    description: str = ""

    @property
    def arn(self) -> str:
        """The policy's ARN."""
        return _iam_arn("policy", self.path, self.name)


class Account:
    """The entities of the account. Not safe to share between threads: it belongs to one event loop."""

    def __init__(self) -> None:
        self._users: dict[str, User] = {}
        self._roles: dict[str, Role] = {}
        self._managed: dict[str, ManagedPolicy] = {}

    @classmethod
    def default(cls, now: datetime, cluster_arns: Sequence[str] = (EVERY_CLUSTER,)) -> Self:
        """What every simulator starts with: the workshop's roles, which may connect to these clusters."""
        account = cls()
        policy = PermissionPolicy.allowing(["dsql:DbConnect", "dsql:GetCluster"], cluster_arns)
        for name in DEFAULT_ROLES:
            account.create_role(name, TrustPolicy.of([ACCOUNT_ROOT_ARN]).text, now, max_session_s=MAX_SESSION_S)
            account.put_inline_policy(name, DEFAULT_POLICY, policy.text)
        return account

    # -- users

    def add_user(self, user: User) -> None:
        """Add a user. Raises BadName."""
        self._users[user.arn] = user

    def user(self, name: str) -> User:
        """The user of that name. Raises IamRefused."""
        for user in self._users.values():
            if user.name == name:
                return user
        raise _no_such(f"The user with name {name} cannot be found.")

    # -- what identities may do

    def user_verdict(self, arn: str, action: str, resource: str) -> PolicyVerdict:
        """What the policies of a user say."""
        user = self._users.get(arn)
        return decide(user.policies, action, resource) if user else PolicyVerdict.SILENT

    def role_verdict(self, arn: str, role_id: str, action: str, resource: str) -> PolicyVerdict:
        """What the policies of a role say; a role that was deleted, and maybe made again, may do nothing."""
        role = self.role_by_arn(arn)
        if role is None or role.role_id != role_id:
            return PolicyVerdict.SILENT
        attached = [self._managed[policy_arn].policy for policy_arn in role.attached]
        return decide([*role.inline.values(), *attached], action, resource)

    # -- roles

    @property
    def roles(self) -> tuple[Role, ...]:
        """All roles by name."""
        return tuple(sorted(self._roles.values(), key=lambda role: role.name))

    def role(self, name: str) -> Role:
        """The role of that name. Raises IamRefused."""
        if name not in self._roles:
            raise _no_such(f"The role with name {name} cannot be found.")
        return self._roles[name]

    def role_by_arn(self, arn: str) -> Role | None:
        """The role with that ARN, its path included."""
        role = self._roles.get(arn.rpartition("/")[2])
        return role if role is not None and role.arn == arn else None

    def create_role(
        self,
        name: str,
        trust: str,
        now: datetime,
        *,
        path: str = "/",
        description: str = "",
        max_session_s: int = DEFAULT_SESSION_S,
    ) -> Role:
        """Make a role that the trust policy's principals may assume. Raises IamRefused, BadName."""
        if name in self._roles:
            raise IamRefused(IamFailure.ALREADY_EXISTS, f"Role with name {name} already exists.")
        _iam_arn("role", path, name)
        role = Role(
            name,
            self._trust(trust),
            now.replace(microsecond=0),
            _random_id("AROA"),
            path,
            description,
            max_session_s,
        )
        self._roles[name] = role
        return role

    def update_trust(self, name: str, trust: str) -> None:
        """Replace the trust policy of a role. Raises IamRefused."""
        self._roles[name] = replace(self.role(name), trust=self._trust(trust))

    def delete_role(self, name: str) -> None:
        """Delete a role that has no policies. Raises IamRefused."""
        role = self.role(name)
        if role.attached:
            raise IamRefused(IamFailure.DELETE_CONFLICT, "Cannot delete entity, must detach all policies first.")
        if role.inline:
            raise IamRefused(IamFailure.DELETE_CONFLICT, "Cannot delete entity, must delete policies first.")
        del self._roles[name]

    # -- inline policies

    def inline_policy(self, role_name: str, policy_name: str) -> PermissionPolicy:
        """An inline policy of a role. Raises IamRefused."""
        policy = self.role(role_name).inline.get(policy_name)
        if policy is None:
            raise _no_such(f"The role policy with name {policy_name} cannot be found.")
        return policy

    def put_inline_policy(self, role_name: str, policy_name: str, text: str) -> None:
        """Add an inline policy to a role or replace it. Raises IamRefused."""
        role = self.role(role_name)
        inline = {**role.inline, policy_name: _permission(text)}
        if sum(_size(policy.text) for policy in inline.values()) > _INLINE_BYTES:
            raise _limit(f"Maximum policy size of {_INLINE_BYTES} bytes exceeded for role {role_name}")
        self._roles[role_name] = replace(role, inline=inline)

    def delete_inline_policy(self, role_name: str, policy_name: str) -> None:
        """Take an inline policy from a role. Raises IamRefused."""
        self.inline_policy(role_name, policy_name)
        role = self.role(role_name)
        rest = {name: policy for name, policy in role.inline.items() if name != policy_name}
        self._roles[role_name] = replace(role, inline=rest)

    # -- managed policies

    @property
    def managed_policies(self) -> tuple[ManagedPolicy, ...]:
        """All customer managed policies by name."""
        return tuple(sorted(self._managed.values(), key=lambda policy: policy.name))

    def managed_policy(self, arn: str) -> ManagedPolicy:
        """The managed policy with that ARN. Raises IamRefused."""
        if arn not in self._managed:
            raise _no_such(f"Policy {arn} was not found.")
        return self._managed[arn]

    def create_policy(
        self, name: str, text: str, now: datetime, *, path: str = "/", description: str = ""
    ) -> ManagedPolicy:
        """Make a managed policy. Raises IamRefused, BadName."""
        if any(policy.name == name for policy in self._managed.values()):
            raise IamRefused(
                IamFailure.ALREADY_EXISTS,
                f"A policy called {name} already exists. Duplicate names are not allowed.",
            )
        parsed = _permission(text)
        if _size(text) > _MANAGED_BYTES:
            raise _limit(f"Cannot exceed quota for PolicySize: {_MANAGED_BYTES}")
        policy = ManagedPolicy(name, parsed, now.replace(microsecond=0), _random_id("ANPA"), path, description)
        self._managed[policy.arn] = policy
        return policy

    def attachment_count(self, arn: str) -> int:
        """How many roles have the managed policy."""
        return sum(arn in role.attached for role in self._roles.values())

    def delete_policy(self, arn: str) -> None:
        """Delete a managed policy that no role has. Raises IamRefused."""
        self.managed_policy(arn)
        if self.attachment_count(arn):
            raise IamRefused(IamFailure.DELETE_CONFLICT, "Cannot delete a policy attached to entities.")
        del self._managed[arn]

    def attach_policy(self, role_name: str, arn: str) -> None:
        """Give a managed policy to a role; nothing happens when it has it. Raises IamRefused."""
        role = self.role(role_name)
        if arn not in self._managed:
            raise _no_such(f"Policy {arn} does not exist or is not attachable.")
        if arn in role.attached:
            return
        if len(role.attached) >= _MAX_ATTACHED:
            raise _limit(f"Cannot exceed quota for PoliciesPerRole: {_MAX_ATTACHED}")
        self._roles[role_name] = replace(role, attached=(*role.attached, arn))

    def detach_policy(self, role_name: str, arn: str) -> None:
        """Take a managed policy from a role. Raises IamRefused."""
        role = self.role(role_name)
        if arn not in role.attached:
            raise _no_such(f"Policy {arn} was not found.")
        self._roles[role_name] = replace(role, attached=tuple(other for other in role.attached if other != arn))

    # -- keeping

    def to_json_object(self) -> dict[str, object]:
        """Roles and policies as plain JSON values; users are not kept here."""
        return {
            "roles": [
                {
                    "name": role.name,
                    "path": role.path,
                    "description": role.description,
                    "created": role.created.isoformat(),
                    "role_id": role.role_id,
                    "max_session_s": role.max_session_s,
                    "trust": role.trust.text,
                    "inline": {name: policy.text for name, policy in role.inline.items()},
                    "attached": list(role.attached),
                }
                for role in self.roles
            ],
            "policies": [
                {
                    "name": policy.name,
                    "path": policy.path,
                    "description": policy.description,
                    "created": policy.created.isoformat(),
                    "policy_id": policy.policy_id,
                    "document": policy.policy.text,
                }
                for policy in self.managed_policies
            ],
        }

    @classmethod
    def from_json_object(cls, document: Mapping[str, Any]) -> Self:
        """What `to_json_object` made. Raises KeyError, TypeError or ValueError when it is something else."""
        account = cls()
        for entry in document["policies"]:
            policy = ManagedPolicy(
                name=str(entry["name"]),
                policy=PermissionPolicy.parse(entry["document"]),
                created=_aware(entry["created"]),
                policy_id=str(entry["policy_id"]),
                path=str(entry["path"]),
                description=str(entry["description"]),
            )
            account._managed[policy.arn] = policy
        for entry in document["roles"]:
            role = Role(
                name=str(entry["name"]),
                trust=TrustPolicy.parse(entry["trust"]),
                created=_aware(entry["created"]),
                role_id=str(entry["role_id"]),
                path=str(entry["path"]),
                description=str(entry["description"]),
                max_session_s=int(entry["max_session_s"]),
                inline={str(name): PermissionPolicy.parse(text) for name, text in entry["inline"].items()},
                attached=tuple(str(arn) for arn in entry["attached"]),
            )
            if unknown := set(role.attached) - account._managed.keys():
                raise ValueError(f"the role {role.name} has the policy {unknown.pop()}, which is not there")
            _iam_arn("role", role.path, role.name)
            account._roles[role.name] = role
        return account

    def _trust(self, text: str) -> TrustPolicy:
        try:
            trust = TrustPolicy.parse(text)
        except MalformedPolicy as malformed:
            raise IamRefused(IamFailure.MALFORMED_POLICY, str(malformed)) from None
        if _size(text) > _TRUST_BYTES:
            raise _limit(f"Cannot exceed quota for ACLSizePerRole: {_TRUST_BYTES}")
        for name in trust.named:
            if name.startswith(f"arn:aws:iam::{ACCOUNT_ID}:") and not self._is_known(name):
                raise IamRefused(IamFailure.MALFORMED_POLICY, f'Invalid principal in policy: "AWS":"{name}"')
        return trust

    def _is_known(self, arn: str) -> bool:
        return arn == ACCOUNT_ROOT_ARN or arn in self._users or self.role_by_arn(arn) is not None


def is_policy_name(text: str) -> bool:
    """Whether `text` can be the name of a policy."""
    return _POLICY_NAME.fullmatch(text) is not None


def _permission(text: str) -> PermissionPolicy:
    try:
        return PermissionPolicy.parse(text)
    except MalformedPolicy as malformed:
        raise IamRefused(IamFailure.MALFORMED_POLICY, str(malformed)) from None


def _size(text: str) -> int:
    """Characters that IAM counts: white space is free."""
    return len(re.sub(r"\s+", "", text))


def _iam_arn(kind: str, path: str, name: str) -> str:
    if not (_POLICY_NAME if kind == "policy" else _NAME).fullmatch(name):
        raise BadName(f"{name!r} is no IAM name; use up to 64 letters, digits and +=,.@_-")
    if not _PATH.fullmatch(path):
        raise BadName(f"{path!r} is no IAM path; it begins and ends with a slash")
    return f"arn:aws:iam::{ACCOUNT_ID}:{kind}{path}{name}"


def _random_id(prefix: str) -> str:
    return prefix + "".join(secrets.choice(string.ascii_uppercase + string.digits) for _ in range(17))


def _aware(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("a time lacks its offset")
    return moment.astimezone(UTC)


def _no_such(message: str) -> IamRefused:
    return IamRefused(IamFailure.NO_SUCH_ENTITY, message)


def _limit(message: str) -> IamRefused:
    return IamRefused(IamFailure.LIMIT_EXCEEDED, message)
