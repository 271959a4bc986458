"""The access assistant: from tables, rights and an IAM role to the documents and statements that let it connect.

    AccessPlan        what somebody may do, and how they come in
    permission_policy IAM policy for the cluster ARNs        trust_policy   who may assume the IAM role
    statements        CREATE ROLE, GRANTs, AWS IAM GRANT     Grants         who can do what, as a matrix

Pure: the same values for the dialog, for `dsqltui access` and for the labs.
"""

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from dsqltui.core.catalog.relations import quoted
from dsqltui.core.language import _
from dsqltui.core.results.outcome import Row
from dsqltui.core.sessions.roles import ADMIN, action_of
from dsqltui.core.sql.lexer import quote_literal

_CLUSTER_ARN = re.compile(r"arn:aws[a-z-]*:dsql:[a-z0-9-]+:\d{12}:cluster/[a-z0-9*]+")
_PRINCIPAL_ARN = re.compile(r"arn:aws[a-z-]*:iam::\d{12}:(?:root|(?:role|user)/[\w+=,.@/-]+)")
_ROLE_NAME = re.compile(r"[\w+=,.@-]{1,64}", re.ASCII)
_POLICY_VERSION = "2012-10-17"
POLICY_NAME = "DsqlConnect"
"""Name of the inline policy that the assistant gives an IAM role."""
ABOUT_PUBLIC = (
    "-- Schema public: reports differ. The newest (2026-09) granted SELECT on its tables, and needed no USAGE;\n"
    "-- an older one says that rights on public cannot be granted. If the GRANT is refused, move the tables.\n"
)


class Right(Enum):
    """A right on tables; the value is GRANT's word."""

    SELECT = "select"
    INSERT = "insert"
    UPDATE = "update"
    DELETE = "delete"


READ: tuple[Right, ...] = (Right.SELECT,)
WRITE: tuple[Right, ...] = tuple(Right)


@dataclass(frozen=True, slots=True)
class AccessPlan:
    """What somebody may do, and how they come in. Raises ValueError, with a sentence, for what cannot be."""

    database_role: str
    iam_role: str
    """Name of the IAM role, without its path."""
    account: str
    """12 digits."""
    cluster_arns: tuple[str, ...]
    """Of both Regions: the policy must name each."""
    schema: str
    tables: tuple[str, ...] = ()
    """In the schema; empty: all there are now."""
    rights: tuple[Right, ...] = READ
    trusted: tuple[str, ...] = ()
    """ARNs that may assume the IAM role; empty: the account, as far as its users' own policies let them."""
    role_exists: bool = False
    """Leave CREATE ROLE out."""

    def __post_init__(self) -> None:
        if not self.database_role or self.database_role == ADMIN:
            raise ValueError(_("choose a database role other than admin, such as reports"))
        if not self.iam_role:
            raise ValueError(_("the IAM role is missing, such as RewardsReadOnlyAccess"))
        if not _ROLE_NAME.fullmatch(self.iam_role):
            raise ValueError(
                _("{iam_role!r} is no name of an IAM role; use up to 64 letters, digits and +=,.@_-").format(
                    iam_role=self.iam_role
                )
            )
        if not re.fullmatch(r"\d{12}", self.account):
            raise ValueError(_("{account!r} is no AWS account; it has 12 digits").format(account=self.account))
        if not self.schema:
            raise ValueError(
                _("the schema of the tables is missing, such as xpoints; tables without one are in public")
            )
        if not self.rights:
            raise ValueError(_("no right is chosen; choose at least select"))
        wrong = [arn for arn in self.cluster_arns if not _CLUSTER_ARN.fullmatch(arn)]
        if wrong or not self.cluster_arns:
            what = (
                _("{wrong!r} is no cluster's ARN").format(wrong=wrong[0])
                if wrong
                else _("the clusters' ARNs are missing")
            )
            raise ValueError(_("{what}; write arn:aws:dsql:<region>:<account>:cluster/<id>").format(what=what))
        for arn in self.trusted:
            if not _PRINCIPAL_ARN.fullmatch(arn):
                raise ValueError(
                    _("{arn!r} can assume no role; write the ARN of an IAM user, an IAM role or the root").format(
                        arn=arn
                    )
                )

    @property
    def is_public(self) -> bool:
        """Whether the tables are in the schema public, on which no usage is granted."""
        return self.schema == "public"

    @property
    def iam_role_arn(self) -> str:
        """What AWS IAM GRANT names."""
        partition = self.cluster_arns[0].split(":")[1]
        return f"arn:{partition}:iam::{self.account}:role/{self.iam_role}"


def cluster_arn(region: str, account: str, cluster_id: str, partition: str = "aws") -> str:
    """The ARN of a cluster."""
    return f"arn:{partition}:dsql:{region}:{account}:cluster/{cluster_id}"


def permission_policy(plan: AccessPlan) -> str:
    """JSON of the policy that lets the IAM role connect to the clusters, as the workshop writes it."""
    return _document(
        {
            "Sid": "ConnectToClusters",
            "Effect": "Allow",
            "Action": [f"dsql:{action_of(plan.database_role)}", "dsql:GetCluster"],
            "Resource": list(plan.cluster_arns),
        }
    )


def trust_policy(plan: AccessPlan) -> str:
    """JSON of who may assume the IAM role."""
    partition = plan.cluster_arns[0].split(":")[1]
    trusted = list(plan.trusted) or [f"arn:{partition}:iam::{plan.account}:root"]
    principal = trusted[0] if len(trusted) == 1 else trusted
    return _document(
        {"Sid": "AssumeRole", "Effect": "Allow", "Principal": {"AWS": principal}, "Action": "sts:AssumeRole"}
    )


def statements(plan: AccessPlan) -> tuple[str, ...]:
    """What admin runs, one DDL per transaction, in this order."""
    role, schema = quoted(plan.database_role), quoted(plan.schema)
    rights = ", ".join(right.value for right in plan.rights)
    on = (
        ", ".join(f"{schema}.{quoted(table)}" for table in plan.tables)
        if plan.tables
        else f"all tables in schema {schema}"
    )
    made = () if plan.role_exists else (f"create role {role} with login;",)
    usage = () if plan.is_public else (f"grant usage on schema {schema} to {role};",)
    return (
        *made,
        *usage,
        f"grant {rights} on {on} to {role};",
        f"aws iam grant {role} to {quote_literal(plan.iam_role_arn)};",
    )


def undo_statements(plan: AccessPlan) -> tuple[str, ...]:
    """What takes it back again."""
    role, schema = quoted(plan.database_role), quoted(plan.schema)
    usage = () if plan.is_public else (f"revoke usage on schema {schema} from {role};",)
    return (
        f"aws iam revoke {role} from {quote_literal(plan.iam_role_arn)};",
        f"revoke all on all tables in schema {schema} from {role};",
        *usage,
        f"drop role {role};",
    )


def aws_commands(plan: AccessPlan) -> tuple[str, ...]:
    """The AWS CLI's way to make the IAM role, for who may not or will not let the console do it."""
    return (
        f"aws iam create-role --role-name {plan.iam_role} --assume-role-policy-document file://trust.json",
        f"aws iam put-role-policy --role-name {plan.iam_role} --policy-name {POLICY_NAME} "
        "--policy-document file://policy.json",
    )


def text_of(plan: AccessPlan) -> str:
    """All of it as one text to read, copy or save."""
    return "\n\n".join(
        (
            f"-- IAM policy for {plan.iam_role} (policy.json)\n{permission_policy(plan)}",
            f"-- Trust policy: who may assume it (trust.json)\n{trust_policy(plan)}",
            "-- AWS CLI, if dsqltui does not make the role\n" + "\n".join(aws_commands(plan)),
            "-- SQL, as admin, one statement after the other\n"
            + ABOUT_PUBLIC * plan.is_public
            + "\n".join(statements(plan)),
            "-- To take it back\n" + "\n".join(undo_statements(plan)),
        )
    )


def _document(statement: dict[str, object]) -> str:
    return json.dumps({"Version": _POLICY_VERSION, "Statement": [statement]}, indent=2)


# -- who can do what

_LETTERS = {"SELECT": "r", "INSERT": "a", "UPDATE": "w", "DELETE": "d"}
"""As in psql's \\dp."""


@dataclass(frozen=True, slots=True)
class Grants:
    """A matrix of roles and tables."""

    roles: tuple[str, ...]
    tables: tuple[str, ...]
    """`schema.table`."""
    cells: dict[tuple[str, str], str]
    """Role and table to the rights' letters: r read, a append (insert), w write (update), d delete, as psql writes."""

    def of(self, role: str, table: str) -> str:
        """The letters; empty when there is no right."""
        return self.cells.get((role, table), "")

    def lines(self) -> list[str]:
        """As text, a line per table; roles are the columns."""
        if not self.tables or not self.roles:
            return [_("No role but the owner has rights on any table.")]
        first = max(len("table"), *(len(table) for table in self.tables))
        widths = [max(len(role), 4) for role in self.roles]
        head = "  ".join([f"{'table':<{first}}", *(f"{r:<{w}}" for r, w in zip(self.roles, widths, strict=True))])
        rows = [
            "  ".join(
                [
                    f"{table:<{first}}",
                    *(f"{self.of(r, table) or '-':<{w}}" for r, w in zip(self.roles, widths, strict=True)),
                ]
            )
            for table in self.tables
        ]
        return [line.rstrip() for line in (head, *rows)] + [_("r select, a insert, w update, d delete")]


def grants_of(rows: Iterable[Row]) -> Grants:
    """From the rows of `sql/catalog/table_grants.sql`: role, table, right."""
    roles: dict[str, None] = {}
    tables: dict[str, None] = {}
    cells: dict[tuple[str, str], str] = {}
    for role, table, right in rows:
        if role is None or table is None or right not in _LETTERS:
            continue
        roles[role], tables[table] = None, None
        letters = cells.get((role, table), "") + _LETTERS[right]
        cells[role, table] = "".join(letter for letter in _LETTERS.values() if letter in letters)
    return Grants(tuple(sorted(roles)), tuple(sorted(tables)), cells)


def rights_of(words: Sequence[str]) -> tuple[Right, ...]:
    """`read`, `write` or GRANT's words, in GRANT's order. Raises ValueError."""
    chosen: set[Right] = set()
    for word in words:
        if word in ("read", "write"):
            chosen |= {*(READ if word == "read" else WRITE)}
            continue
        try:
            chosen.add(Right(word.lower()))
        except ValueError:
            known = ", ".join(right.value for right in Right)
            raise ValueError(
                _("{word!r} is no right; there are read, write, {known}").format(word=word, known=known)
            ) from None
    return tuple(right for right in Right if right in chosen)


@dataclass(frozen=True, slots=True)
class Survey:
    """What the assistant needs to know before it writes anything."""

    account: str
    caller_arn: str
    cluster_arns: tuple[str, ...]
    tables: dict[str, tuple[str, ...]]
    """Schema to its tables; empty when the cluster could not be asked."""
    roles: tuple[str, ...]
    """Database roles that are there."""
    grants: Grants
    trouble: str = ""
    """Why the cluster could not be asked: one sentence."""


class AccessAssistant(Protocol):
    """Looks at account and cluster, and makes IAM roles. `client.access` implements it."""

    async def survey(self) -> Survey:
        """Raises ConnectFailed when AWS cannot say which account this is."""
        ...

    async def make_role(self, plan: AccessPlan) -> str:
        """Make the plan's IAM role; what was done, one sentence. Raises ConnectFailed."""
        ...
