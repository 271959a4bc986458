"""IAM policy documents, as far as a database workshop needs them: parsed strictly, evaluated as AWS does.

    PermissionPolicy    what an identity may do
    TrustPolicy         who may assume a role
    decide(...)         the verdict of several permission policies together

Supported: Effect, Action and Resource (a string or a list, with `*` and `?`), and Principal in a trust policy.
Condition, the Not... elements and policy variables would change what a statement means, so a document that uses them
is refused instead of being half understood. Nothing here does I/O.
"""

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum
from fnmatch import fnmatchcase
from typing import Any, Self

POLICY_VERSIONS = ("2012-10-17", "2008-10-17")
ASSUME_ROLE = "sts:AssumeRole"

_ACTION = re.compile(r"\*|[a-z0-9-]+:[A-Za-z0-9*?]+", re.ASCII | re.IGNORECASE)
_RESOURCE = re.compile(r"\*|arn:[^:]*:[^:]*:[^:]*:[^:]*:.+", re.DOTALL)
_AWS_PRINCIPAL = re.compile(r"\*|[0-9]{12}|arn:aws:(iam|sts)::[0-9]{12}:(root|(user|role|assumed-role)/[\w+=,.@/-]+)")
_UNSUPPORTED = ("Condition", "NotAction", "NotResource", "NotPrincipal")


class MalformedPolicy(ValueError):
    """The document is no policy, or uses what the simulator does not support. The message is a sentence."""


class PolicyVerdict(Enum):
    """What policies say about an action."""

    ALLOWED = "allowed"
    SILENT = "no statement matches"
    DENIED = "an explicit Deny"


class _Effect(Enum):
    ALLOW = "Allow"
    DENY = "Deny"


@dataclass(frozen=True, slots=True)
class _Statement:
    effect: _Effect
    actions: tuple[str, ...]
    targets: tuple[str, ...]
    """Resources of a permission policy; AWS principals of a trust policy."""

    def is_about(self, action: str) -> bool:
        return any(_matches(pattern.lower(), action.lower()) for pattern in self.actions)


@dataclass(frozen=True, slots=True)
class PermissionPolicy:
    """What the identity that has it may do."""

    text: str
    """The document as it was given."""
    statements: tuple[_Statement, ...]

    @classmethod
    def parse(cls, text: str) -> Self:
        """A policy from its JSON. Raises MalformedPolicy."""
        return cls(text, tuple(_permission(entry) for entry in _statements(text)))

    @classmethod
    def allowing(cls, actions: Sequence[str], resources: Sequence[str]) -> Self:
        """A policy with one statement that allows the actions on the resources."""
        return cls.parse(_document({"Effect": "Allow", "Action": list(actions), "Resource": list(resources)}))

    def verdict(self, action: str, resource: str) -> PolicyVerdict:
        """What this policy alone says about doing `action` on `resource`."""
        return _verdict(
            statement.effect
            for statement in self.statements
            if statement.is_about(action) and any(_matches(pattern, resource) for pattern in statement.targets)
        )


@dataclass(frozen=True, slots=True)
class TrustPolicy:
    """Who may assume the role that has it."""

    text: str
    """The document as it was given."""
    statements: tuple[_Statement, ...]

    @classmethod
    def parse(cls, text: str) -> Self:
        """A trust policy from its JSON. Raises MalformedPolicy."""
        return cls(text, tuple(_trust(entry) for entry in _statements(text)))

    @classmethod
    def of(cls, arns: Iterable[str]) -> Self:
        """A policy that trusts these principals."""
        principal = {"AWS": sorted(arns)}
        return cls.parse(_document({"Effect": "Allow", "Principal": principal, "Action": ASSUME_ROLE}))

    @property
    def named(self) -> tuple[str, ...]:
        """Every AWS principal that is named, trusted or not."""
        return tuple(name for statement in self.statements for name in statement.targets)

    def verdict(self, principals: Iterable[str]) -> PolicyVerdict:
        """What it says about a caller who goes by any of these names."""
        names = {"*", *principals}
        return _verdict(
            statement.effect
            for statement in self.statements
            if statement.is_about(ASSUME_ROLE) and not names.isdisjoint(statement.targets)
        )


def decide(policies: Iterable[PermissionPolicy], action: str, resource: str) -> PolicyVerdict:
    """What all policies of an identity say together: a Deny wins, else an Allow is needed.

    Source: AWS IAM User Guide, policy evaluation logic, read 2026-11.
    """
    verdicts = {policy.verdict(action, resource) for policy in policies}
    if PolicyVerdict.DENIED in verdicts:
        return PolicyVerdict.DENIED
    return PolicyVerdict.ALLOWED if PolicyVerdict.ALLOWED in verdicts else PolicyVerdict.SILENT


def _verdict(effects: Iterable[_Effect]) -> PolicyVerdict:
    found = set(effects)
    if _Effect.DENY in found:
        return PolicyVerdict.DENIED
    return PolicyVerdict.ALLOWED if found else PolicyVerdict.SILENT


def _matches(wildcards: str, text: str) -> bool:
    """Whether a pattern with `*` and `?` matches; a bracket has no meaning in IAM."""
    return fnmatchcase(text, wildcards.replace("[", "[[]"))


# --- parsing ----------------------------------------------------------------------------------------------------------


def _document(statement: dict[str, object]) -> str:
    return json.dumps({"Version": POLICY_VERSIONS[0], "Statement": [statement]})


def _statements(text: str) -> list[dict[str, Any]]:
    """The statements of a document, which may have one without its list."""
    try:
        document = json.loads(text, object_pairs_hook=_without_repeats)
    except (ValueError, RecursionError):  # RecursionError: nested too deeply
        raise MalformedPolicy("Syntax errors in policy.") from None
    if not isinstance(document, dict) or document.keys() - {"Version", "Id", "Statement"}:
        raise MalformedPolicy("Syntax errors in policy.")
    if document.get("Version", POLICY_VERSIONS[1]) not in POLICY_VERSIONS:
        raise MalformedPolicy(f"The policy must contain a valid version string; use {POLICY_VERSIONS[0]}.")
    found = document.get("Statement")
    statements = [found] if isinstance(found, dict) else found
    if not isinstance(statements, list) or not statements:
        raise MalformedPolicy("Syntax errors in policy: it needs at least one Statement.")
    for statement in statements:
        if not isinstance(statement, dict):
            raise MalformedPolicy("Syntax errors in policy: a Statement is no object.")
        for element in _UNSUPPORTED:
            if element in statement:
                raise MalformedPolicy(
                    f"{element} is not supported by the simulator, which would not know when the statement applies; "
                    "write the policy without it."
                )
    return statements


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a member is there twice")
    return members


def _permission(entry: dict[str, Any]) -> _Statement:
    _check_members(entry, {"Sid", "Effect", "Action", "Resource"})
    resources = _strings(entry, "Resource")
    for resource in resources:
        if not _RESOURCE.fullmatch(resource):
            raise MalformedPolicy(f'Resource {resource} must be in ARN format or "*".')
        if "${" in resource:
            raise MalformedPolicy(f"Policy variables, as in {resource}, are not supported by the simulator.")
    return _Statement(_effect(entry), _actions(entry), resources)


def _trust(entry: dict[str, Any]) -> _Statement:
    """A statement of a trust policy. Services and federated users may be named: nobody here is one."""
    if "Resource" in entry:
        raise MalformedPolicy("Has prohibited field Resource")
    _check_members(entry, {"Sid", "Effect", "Action", "Principal"})
    principal = entry.get("Principal")
    if principal == "*":
        return _Statement(_effect(entry), _actions(entry), ("*",))
    if not isinstance(principal, dict) or not principal or principal.keys() - {"AWS", "Service", "Federated"}:
        raise MalformedPolicy("Syntax errors in policy: a trust policy needs a Principal.")
    names = _strings(principal, "AWS") if "AWS" in principal else ()
    for name in names:
        if not _AWS_PRINCIPAL.fullmatch(name):
            raise MalformedPolicy(f'Invalid principal in policy: "AWS":"{name}"')
    as_arns = (f"arn:aws:iam::{name}:root" if name.isdigit() else name for name in names)
    return _Statement(_effect(entry), _actions(entry), tuple(as_arns))


def _check_members(entry: dict[str, Any], known: set[str]) -> None:
    if unknown := sorted(entry.keys() - known):
        raise MalformedPolicy(f"Syntax errors in policy: {unknown[0]} is no element of this kind of policy.")


def _effect(entry: dict[str, Any]) -> _Effect:
    try:
        return _Effect(entry.get("Effect"))
    except ValueError:
        raise MalformedPolicy("Syntax errors in policy: Effect is Allow or Deny.") from None


def _actions(entry: dict[str, Any]) -> tuple[str, ...]:
    actions = _strings(entry, "Action")
    for action in actions:
        if not _ACTION.fullmatch(action):
            raise MalformedPolicy("Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.")
    return actions


def _strings(entry: dict[str, Any], name: str) -> tuple[str, ...]:
    """A member that is a string or a list of strings, at least one."""
    value = entry.get(name)
    values = [value] if isinstance(value, str) else value
    if not isinstance(values, list) or not values or not all(isinstance(item, str) for item in values):
        raise MalformedPolicy(f"Syntax errors in policy: {name} is a string or a list of strings.")
    return tuple(values)
