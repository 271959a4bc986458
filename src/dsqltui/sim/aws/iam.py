"""IAM, as far as a database workshop needs it: roles with their trust, inline and managed policies, the caller's user.

Every change is kept before it is answered. The signature's Region does not matter: with an endpoint of one's own, SDKs
sign IAM calls for whatever Region they are configured for. Shapes: botocore's model of IAM, 1.44.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from dsqltui.sim.aws.account import (
    ACCOUNT_ID,
    DEFAULT_SESSION_S,
    MAX_SESSION_S,
    BadName,
    IamFailure,
    IamRefused,
    ManagedPolicy,
    Role,
    is_policy_name,
)
from dsqltui.sim.aws.call import AwsError, AwsFault, Call
from dsqltui.sim.aws.identity import IdentityStore, PrincipalKind
from dsqltui.sim.aws.query import Operation, Parameters, QueryService, XmlTree, check_known, number, required, timestamp
from dsqltui.sim.aws.sigv4 import check_allowed

_VERSION = "2010-05-08"
_POLICY_VERSION = "v1"
_MIN_ROLE_SESSION_S = 3_600
_MAX_PAGE = 1_000
_DEFAULT_PAGE = 100
_FAULTS = {
    IamFailure.ALREADY_EXISTS: AwsFault.ALREADY_EXISTS,
    IamFailure.NO_SUCH_ENTITY: AwsFault.NO_SUCH_ENTITY,
    IamFailure.MALFORMED_POLICY: AwsFault.MALFORMED_POLICY,
    IamFailure.DELETE_CONFLICT: AwsFault.DELETE_CONFLICT,
    IamFailure.LIMIT_EXCEEDED: AwsFault.LIMIT_EXCEEDED,
    IamFailure.INVALID_INPUT: AwsFault.INVALID_INPUT,
}

Keep = Callable[[], Awaitable[None]]
"""Keeps the account as it is now; returns when that is done."""

_Handler = Callable[[Call, Parameters], XmlTree | None]


@dataclass(frozen=True, slots=True)
class _Action:
    """An operation: what it takes, what it is allowed on, what it does."""

    handler: _Handler
    parameters: frozenset[str]
    is_change: bool
    on: str | None
    """The parameter that names the resource the caller needs the permission for; None: `*`."""


class Iam(QueryService):
    """The service over the simulator's account."""

    def __init__(self, identities: IdentityStore, keep: Keep) -> None:
        super().__init__(_VERSION, f"https://iam.amazonaws.com/doc/{_VERSION}/")
        self._identities = identities
        self._account = identities.account
        self._keep = keep
        page = "PathPrefix Marker MaxItems"
        self._actions: Mapping[str, _Action] = {
            "CreateRole": _change(
                self._create_role, "Path RoleName AssumeRolePolicyDocument Description MaxSessionDuration", "RoleName"
            ),
            "GetRole": _look(self._get_role, "RoleName", "RoleName"),
            "ListRoles": _look(self._list_roles, page),
            "UpdateAssumeRolePolicy": _change(self._update_trust, "RoleName PolicyDocument", "RoleName"),
            "DeleteRole": _change(self._delete_role, "RoleName", "RoleName"),
            "PutRolePolicy": _change(self._put_role_policy, "RoleName PolicyName PolicyDocument", "RoleName"),
            "GetRolePolicy": _look(self._get_role_policy, "RoleName PolicyName", "RoleName"),
            "ListRolePolicies": _look(self._list_role_policies, "RoleName Marker MaxItems", "RoleName"),
            "DeleteRolePolicy": _change(self._delete_role_policy, "RoleName PolicyName", "RoleName"),
            "CreatePolicy": _change(self._create_policy, "PolicyName Path PolicyDocument Description", "PolicyName"),
            "GetPolicy": _look(self._get_policy, "PolicyArn", "PolicyArn"),
            "GetPolicyVersion": _look(self._get_policy_version, "PolicyArn VersionId", "PolicyArn"),
            "ListPolicies": _look(self._list_policies, f"{page} Scope OnlyAttached"),
            "DeletePolicy": _change(self._delete_policy, "PolicyArn", "PolicyArn"),
            "AttachRolePolicy": _change(self._attach_role_policy, "RoleName PolicyArn", "RoleName"),
            "DetachRolePolicy": _change(self._detach_role_policy, "RoleName PolicyArn", "RoleName"),
            "ListAttachedRolePolicies": _look(self._list_attached, f"{page} RoleName", "RoleName"),
            "GetUser": _look(self._get_user, "UserName"),
        }

    def operation(self, action: str) -> Operation | None:
        found = self._actions.get(action)
        if found is None:
            return None

        async def operation(call: Call, parameters: Parameters) -> XmlTree | None:
            check_known(parameters, set(found.parameters))
            check_allowed(self._identities, call.caller, f"iam:{action}", self._resource(found.on, parameters))
            try:
                result = found.handler(call, parameters)
            except IamRefused as refused:
                raise AwsError(_FAULTS[refused.failure], str(refused)) from None
            except BadName as bad:
                raise AwsError(AwsFault.VALIDATION, str(bad)) from None
            if found.is_change:
                await self._keep()
            return result

        return operation

    def _resource(self, parameter: str | None, parameters: Parameters) -> str:
        """The ARN that the permission is checked for."""
        if parameter is None:
            return "*"
        value = required(parameters, parameter)
        if parameter == "PolicyArn":
            return value
        path = parameters.get("Path", "/")
        if parameter == "PolicyName":
            return f"arn:aws:iam::{ACCOUNT_ID}:policy{path}{value}"
        known = next((role for role in self._account.roles if role.name == value), None)
        return known.arn if known else f"arn:aws:iam::{ACCOUNT_ID}:role{path}{value}"

    # -- roles

    def _create_role(self, call: Call, parameters: Parameters) -> XmlTree:
        longest = number(parameters, "MaxSessionDuration", DEFAULT_SESSION_S)
        if not _MIN_ROLE_SESSION_S <= longest <= MAX_SESSION_S:
            raise AwsError(
                AwsFault.VALIDATION,
                f"Value '{longest}' at 'maxSessionDuration' must be from {_MIN_ROLE_SESSION_S} to {MAX_SESSION_S}",
            )
        role = self._account.create_role(
            required(parameters, "RoleName"),
            required(parameters, "AssumeRolePolicyDocument"),
            call.now,
            path=parameters.get("Path", "/"),
            description=parameters.get("Description", ""),
            max_session_s=longest,
        )
        return {"Role": _role(role)}

    def _get_role(self, _call: Call, parameters: Parameters) -> XmlTree:
        return {"Role": _role(self._account.role(required(parameters, "RoleName")))}

    def _list_roles(self, _call: Call, parameters: Parameters) -> XmlTree:
        prefix = parameters.get("PathPrefix", "/")
        found = {role.name: _role(role) for role in self._account.roles if role.path.startswith(prefix)}
        return _page("Roles", found, parameters)

    def _update_trust(self, _call: Call, parameters: Parameters) -> None:
        self._account.update_trust(required(parameters, "RoleName"), required(parameters, "PolicyDocument"))

    def _delete_role(self, _call: Call, parameters: Parameters) -> None:
        self._account.delete_role(required(parameters, "RoleName"))

    # -- inline policies

    def _put_role_policy(self, _call: Call, parameters: Parameters) -> None:
        name = required(parameters, "PolicyName")
        if not is_policy_name(name):
            raise AwsError(
                AwsFault.VALIDATION, f"{name!r} is no policy name; use up to 128 letters, digits and +=,.@_-"
            )
        self._account.put_inline_policy(required(parameters, "RoleName"), name, required(parameters, "PolicyDocument"))

    def _get_role_policy(self, _call: Call, parameters: Parameters) -> XmlTree:
        role_name, policy_name = required(parameters, "RoleName"), required(parameters, "PolicyName")
        policy = self._account.inline_policy(role_name, policy_name)
        return {"RoleName": role_name, "PolicyName": policy_name, "PolicyDocument": _encoded(policy.text)}

    def _list_role_policies(self, _call: Call, parameters: Parameters) -> XmlTree:
        role = self._account.role(required(parameters, "RoleName"))
        return _page("PolicyNames", {name: name for name in sorted(role.inline)}, parameters)

    def _delete_role_policy(self, _call: Call, parameters: Parameters) -> None:
        self._account.delete_inline_policy(required(parameters, "RoleName"), required(parameters, "PolicyName"))

    # -- managed policies

    def _create_policy(self, call: Call, parameters: Parameters) -> XmlTree:
        policy = self._account.create_policy(
            required(parameters, "PolicyName"),
            required(parameters, "PolicyDocument"),
            call.now,
            path=parameters.get("Path", "/"),
            description=parameters.get("Description", ""),
        )
        return {"Policy": self._policy(policy)}

    def _get_policy(self, _call: Call, parameters: Parameters) -> XmlTree:
        return {"Policy": self._policy(self._account.managed_policy(required(parameters, "PolicyArn")))}

    def _get_policy_version(self, _call: Call, parameters: Parameters) -> XmlTree:
        policy = self._account.managed_policy(required(parameters, "PolicyArn"))
        version = required(parameters, "VersionId")
        if version != _POLICY_VERSION:
            raise AwsError(AwsFault.NO_SUCH_ENTITY, f"Policy {policy.arn} version {version} does not exist.")
        return {
            "PolicyVersion": {
                "Document": _encoded(policy.policy.text),
                "VersionId": version,
                "IsDefaultVersion": "true",
                "CreateDate": timestamp(policy.created),
            }
        }

    def _list_policies(self, _call: Call, parameters: Parameters) -> XmlTree:
        """The account's own; the policies AWS manages are not simulated."""
        prefix, scope = parameters.get("PathPrefix", "/"), parameters.get("Scope", "All")
        only_attached = parameters.get("OnlyAttached", "false") == "true"
        found = {
            policy.name: self._policy(policy)
            for policy in self._account.managed_policies
            if scope in ("All", "Local")
            and policy.path.startswith(prefix)
            and (not only_attached or self._account.attachment_count(policy.arn))
        }
        return _page("Policies", found, parameters)

    def _delete_policy(self, _call: Call, parameters: Parameters) -> None:
        self._account.delete_policy(required(parameters, "PolicyArn"))

    def _attach_role_policy(self, _call: Call, parameters: Parameters) -> None:
        self._account.attach_policy(required(parameters, "RoleName"), required(parameters, "PolicyArn"))

    def _detach_role_policy(self, _call: Call, parameters: Parameters) -> None:
        self._account.detach_policy(required(parameters, "RoleName"), required(parameters, "PolicyArn"))

    def _list_attached(self, _call: Call, parameters: Parameters) -> XmlTree:
        prefix = parameters.get("PathPrefix", "/")
        role = self._account.role(required(parameters, "RoleName"))
        policies = sorted((self._account.managed_policy(arn) for arn in role.attached), key=lambda p: p.name)
        found = {p.name: {"PolicyName": p.name, "PolicyArn": p.arn} for p in policies if p.path.startswith(prefix)}
        return _page("AttachedPolicies", found, parameters)

    def _policy(self, policy: ManagedPolicy) -> XmlTree:
        described = {
            "PolicyName": policy.name,
            "PolicyId": policy.policy_id,
            "Arn": policy.arn,
            "Path": policy.path,
            "DefaultVersionId": _POLICY_VERSION,
            "AttachmentCount": str(self._account.attachment_count(policy.arn)),
            "PermissionsBoundaryUsageCount": "0",
            "IsAttachable": "true",
            "CreateDate": timestamp(policy.created),
            "UpdateDate": timestamp(policy.created),
        }
        return described | ({"Description": policy.description} if policy.description else {})

    # -- users

    def _get_user(self, call: Call, parameters: Parameters) -> XmlTree:
        if "UserName" in parameters:
            name = parameters["UserName"]
        elif call.caller.kind is PrincipalKind.USER:
            name = call.caller.iam_arn.rpartition("/")[2]
        else:
            raise AwsError(AwsFault.VALIDATION, "Must specify userName when calling with non-User credentials")
        user = self._account.user(name)
        return {
            "User": {
                "Path": user.path,
                "UserName": user.name,
                "UserId": user.user_id,
                "Arn": user.arn,
                "CreateDate": timestamp(user.created),
            }
        }


def _look(handler: _Handler, parameters: str, on: str | None = None) -> _Action:
    return _Action(handler, frozenset(parameters.split()), is_change=False, on=on)


def _change(handler: _Handler, parameters: str, on: str) -> _Action:
    return _Action(handler, frozenset(parameters.split()), is_change=True, on=on)


def _role(role: Role) -> XmlTree:
    described = {
        "Path": role.path,
        "RoleName": role.name,
        "RoleId": role.role_id,
        "Arn": role.arn,
        "CreateDate": timestamp(role.created),
        "AssumeRolePolicyDocument": _encoded(role.trust.text),
        "MaxSessionDuration": str(role.max_session_s),
    }
    return described | ({"Description": role.description} if role.description else {})


def _encoded(document: str) -> str:
    """A policy document as IAM answers it: percent-encoded."""
    return quote(document, safe="")


def _page(name: str, items: Mapping[str, "str | XmlTree"], parameters: Parameters) -> XmlTree:
    """The items after Marker, at most MaxItems. `items` is in the order of its keys."""
    limit = number(parameters, "MaxItems", _DEFAULT_PAGE)
    if not 1 <= limit <= _MAX_PAGE:
        raise AwsError(AwsFault.VALIDATION, f"Value '{limit}' at 'maxItems' must be from 1 to {_MAX_PAGE}")
    after = parameters.get("Marker", "")  # the last key of the page before
    rest: Sequence[str] = [key for key in items if key > after]
    page = [items[key] for key in rest[:limit]]
    if len(rest) <= limit:
        return {name: page, "IsTruncated": "false"}
    return {name: page, "IsTruncated": "true", "Marker": rest[limit - 1]}
