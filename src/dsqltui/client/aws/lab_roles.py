"""The IAM roles that labs make and take away again. Implements `labs.ports.IamPort`; blocking work goes to a thread.

What a lab made is known by its description, so that nothing else is ever changed or deleted on AWS. On the simulator a
role that every simulator starts with gives way to the lab's, and comes back when the lab's is taken away.
"""

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dsqltui.client.aws.account import AwsAccount
from dsqltui.client.aws.trouble import code_of
from dsqltui.core.aws.diagnosis import iam_arn_of
from dsqltui.core.aws.endpoint import Endpoint
from dsqltui.core.catalog.access import POLICY_NAME, AccessPlan, cluster_arn, permission_policy, trust_policy
from dsqltui.core.language import _
from dsqltui.core.sessions.roles import RoleChoice
from dsqltui.core.sessions.session import ConnectFailed

if TYPE_CHECKING:
    pass

MADE_BY_A_LAB = "Made by a lab of dsqltui"
"""The description of what labs make."""
_PATIENCE_S = 60.0
_FIRST_LOOK_S, _LONGEST_LOOK_S = 0.1, 3.0
_NOT_THERE_YET = ("AccessDenied", "AccessDeniedException")


@dataclass(frozen=True, slots=True)
class OriginalRole:
    """A role that every simulator starts with."""

    trust: str
    policy_name: str
    policy: str
    max_session_s: int


class LabIamRoles:
    """Of one account and the clusters of both panes."""

    def __init__(
        self,
        account: AwsAccount,
        endpoints: Sequence[Endpoint],
        *,
        originals: Callable[[], Mapping[str, OriginalRole]] | None = None,
        patience_s: float = _PATIENCE_S,
    ) -> None:
        """`originals` gives by name what a simulator starts with; None: this is AWS."""
        self._account = account
        self._endpoints = tuple(dict.fromkeys(endpoints))
        self._originals = originals
        self._patience_s = patience_s

    @property
    def is_aws(self) -> bool:
        """See IamPort."""
        return self._originals is None

    async def make(self, name: str, database_role: str) -> None:
        """See IamPort."""
        arn = await self._asked(lambda iam: self._made(iam, name, database_role))
        await self.until_it_connects(arn, database_role)

    async def remove(self, names: Sequence[str]) -> None:
        """See IamPort."""
        for name in names:
            await self._asked(lambda iam, name=name: self._removed(iam, name))  # type: ignore[misc]

    def _made(self, iam: Any, name: str, database_role: str) -> str:
        """The role's ARN. Raises anything."""
        region = self._endpoints[0].region
        caller = self._account.caller_arn(region)
        number = caller.split(":")[4]
        plan = AccessPlan(
            database_role,
            name,
            number,
            tuple(cluster_arn(one.region, number, one.cluster_id) for one in self._endpoints),
            "public",  # of the documents only those about IAM are used
            trusted=(_principal(iam, caller),),
        )
        there = _role(iam, name)
        if there is not None and not self._is_ours(there):
            raise ConnectFailed(
                _(
                    "The IAM role {name} is in your account already, and no lab made it: it is left as it is. Go on "
                    "with s when it is the role of the workshop, or delete it and press n again."
                ).format(name=name)
            )
        if there is not None:
            _delete(iam, name)
        made = iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust_policy(plan), Description=MADE_BY_A_LAB)
        iam.put_role_policy(RoleName=name, PolicyName=POLICY_NAME, PolicyDocument=permission_policy(plan))
        return str(made["Role"]["Arn"])

    def _removed(self, iam: Any, name: str) -> None:
        there = _role(iam, name)
        if there is None or there.get("Description") != MADE_BY_A_LAB:
            return
        _delete(iam, name)
        original = self._original(name)
        if original is not None:
            iam.create_role(
                RoleName=name, AssumeRolePolicyDocument=original.trust, MaxSessionDuration=original.max_session_s
            )
            iam.put_role_policy(RoleName=name, PolicyName=original.policy_name, PolicyDocument=original.policy)

    def _original(self, name: str) -> OriginalRole | None:
        return None if self._originals is None else self._originals().get(name)

    def _is_ours(self, role: Mapping[str, Any]) -> bool:
        return role.get("Description") == MADE_BY_A_LAB or self._original(role["RoleName"]) is not None

    async def until_it_connects(self, arn: str, database_role: str) -> None:
        """IAM tells its other parts of a new role after a while: assume it, and look at each cluster as it."""
        deadline, pause = time.monotonic() + self._patience_s, _FIRST_LOOK_S
        while (said := await self._account.asked(lambda: self._look_as(arn, database_role))) and (
            time.monotonic() < deadline
        ):
            await asyncio.sleep(pause)
            pause = min(pause * 1.5, _LONGEST_LOOK_S)
        if said:
            raise ConnectFailed(
                _("The IAM role was made, but after {seconds:.0f} s AWS still refuses what it may do: {said}").format(
                    seconds=self._patience_s, said=said
                )
            )

    def _look_as(self, arn: str, database_role: str) -> str:
        """Why the role cannot be used yet; empty when it can. Raises anything else."""
        from botocore.exceptions import ClientError

        try:
            role = self._account.assume(RoleChoice(database_role, arn, "dsqltui-lab"), self._endpoints[0].region)
            for endpoint in self._endpoints:
                role.client("dsql", endpoint.region).get_cluster(identifier=endpoint.cluster_id)
        except ClientError as error:
            if code_of(error) not in _NOT_THERE_YET:
                raise
            return str(error)
        return ""

    async def _asked(self, work: Callable[[Any], Any]) -> Any:
        return await self._account.asked(lambda: work(self._account.client("iam", self._endpoints[0].region)))


def _role(iam: Any, name: str) -> Mapping[str, Any] | None:
    try:
        found: Mapping[str, Any] = iam.get_role(RoleName=name)["Role"]
    except iam.exceptions.NoSuchEntityException:
        return None
    return found


def _delete(iam: Any, name: str) -> None:
    for policy in iam.list_role_policies(RoleName=name)["PolicyNames"]:
        iam.delete_role_policy(RoleName=name, PolicyName=policy)
    for attached in iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"]:
        iam.detach_role_policy(RoleName=name, PolicyArn=attached["PolicyArn"])
    iam.delete_role(RoleName=name)


def _principal(iam: Any, caller: str) -> str:
    """Who may assume the role: the caller's own IAM identity. An assumed role's ARN has lost the role's path."""
    if ":assumed-role/" not in caller:
        return caller
    name = iam_arn_of(caller).rpartition("/")[2]
    role = _role(iam, name)
    return str(role["Arn"]) if role is not None else iam_arn_of(caller)
