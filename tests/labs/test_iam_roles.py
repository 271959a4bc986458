"""The IAM roles that labs make, on the simulator's IAM, STS and control plane; and the question before it on AWS."""

import asyncio
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from dsqltui.client.aws.account import AccessKeys, AwsAccount
from dsqltui.client.aws.lab_roles import MADE_BY_A_LAB, LabIamRoles, OriginalRole
from dsqltui.core.aws.endpoint import Endpoint
from dsqltui.core.sessions.roles import RoleChoice
from dsqltui.core.sessions.session import ConnectFailed
from dsqltui.labs.files.load import read_labs, shipped_labs
from dsqltui.labs.files.own_names import owned_sql
from dsqltui.labs.files.template import TEMPLATE
from dsqltui.ui.dialogs.question import Question
from support.screens.students import lab
from support.servers.simulator import RunningSimulator, running_simulator

NUMBER = "111122223333"
READ_ONLY = "RewardsReadOnlyAccess"
TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{NUMBER}:root"}, "Action": "sts:AssumeRole"}
        ],
    }
)


@pytest.fixture(scope="module")
def simulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSimulator]:
    """One of this module's own: its account's roles are changed."""
    with running_simulator(tmp_path_factory.mktemp("lab-roles")) as running:
        yield running


def account_of(simulator: RunningSimulator) -> AwsAccount:
    given = simulator.ready["credentials"]
    keys = AccessKeys(given["access_key_id"], given["secret_access_key"])
    return AwsAccount(keys=keys, endpoint_url=simulator.ready["aws_endpoint_url"])


def roles_of(simulator: RunningSimulator, originals: dict[str, OriginalRole] | None, **more: Any) -> LabIamRoles:
    endpoints = [Endpoint(one.host, one.region, one.port) for one in simulator.endpoints]
    return LabIamRoles(
        account_of(simulator), endpoints, originals=None if originals is None else lambda: originals, **more
    )


def iam_of(simulator: RunningSimulator) -> Any:
    return account_of(simulator).client("iam", "us-east-1")


@contextmanager
def somebodys_role(simulator: RunningSimulator, name: str) -> Iterator[str]:
    """A role that no lab made; its ARN."""
    iam = iam_of(simulator)
    arn = iam.create_role(RoleName=name, AssumeRolePolicyDocument=TRUST)["Role"]["Arn"]
    yield arn
    for policy in iam.list_role_policies(RoleName=name)["PolicyNames"]:
        iam.delete_role_policy(RoleName=name, PolicyName=policy)
    iam.delete_role(RoleName=name)


async def test_it_is_made_so_that_only_the_caller_assumes_it_and_is_taken_away(simulator: RunningSimulator) -> None:
    roles, account, iam = roles_of(simulator, None), account_of(simulator), iam_of(simulator)
    await roles.make("LabReader", "reports")
    made = iam.get_role(RoleName="LabReader")["Role"]
    assert made["Description"] == MADE_BY_A_LAB
    (trust,) = made["AssumeRolePolicyDocument"]["Statement"]
    assert trust["Principal"] == {"AWS": account.caller_arn("us-east-1")}
    (policy,) = iam.list_role_policies(RoleName="LabReader")["PolicyNames"]
    (statement,) = iam.get_role_policy(RoleName="LabReader", PolicyName=policy)["PolicyDocument"]["Statement"]
    assert statement["Action"] == ["dsql:DbConnect", "dsql:GetCluster"]
    assert len(statement["Resource"]) == len(simulator.endpoints)
    assert account.assume(RoleChoice("reports", made["Arn"]), "us-east-1").caller_arn("us-east-1")
    await roles.remove(["LabReader", "NeverMade"])
    with pytest.raises(iam.exceptions.NoSuchEntityException):
        iam.get_role(RoleName="LabReader")


async def test_what_no_lab_made_is_left_alone(simulator: RunningSimulator) -> None:
    roles = roles_of(simulator, None)
    with somebodys_role(simulator, "Somebodys") as arn:
        with pytest.raises(ConnectFailed, match="no lab made it: it is left as it is"):
            await roles.make("Somebodys", "reports")
        await roles.remove(["Somebodys"])
        assert iam_of(simulator).get_role(RoleName="Somebodys")["Role"]["Arn"] == arn


async def test_the_simulators_own_role_gives_way_and_comes_back(simulator: RunningSimulator) -> None:
    iam = iam_of(simulator)
    before = iam.get_role(RoleName=READ_ONLY)["Role"]
    policy = iam.get_role_policy(RoleName=READ_ONLY, PolicyName="ConnectToRewards")["PolicyDocument"]
    original = OriginalRole(TRUST, "ConnectToRewards", json.dumps(policy), before["MaxSessionDuration"])
    roles = roles_of(simulator, {READ_ONLY: original})
    await roles.make(READ_ONLY, "reports")
    assert iam.get_role(RoleName=READ_ONLY)["Role"]["RoleId"] != before["RoleId"]
    await roles.remove([READ_ONLY])
    after = iam.get_role(RoleName=READ_ONLY)["Role"]
    assert "Description" not in after
    assert iam.get_role_policy(RoleName=READ_ONLY, PolicyName="ConnectToRewards")["PolicyDocument"] == policy


async def test_it_waits_until_the_policy_is_known_and_says_so_when_it_never_is(simulator: RunningSimulator) -> None:
    with somebodys_role(simulator, "Late") as arn:
        with pytest.raises(ConnectFailed, match=r"AWS still refuses what it may do: .*GetCluster"):
            await roles_of(simulator, None, patience_s=0).until_it_connects(arn, "reports")
        waiting = asyncio.create_task(roles_of(simulator, None).until_it_connects(arn, "reports"))
        await asyncio.sleep(0)
        allow = {"Effect": "Allow", "Action": "dsql:GetCluster", "Resource": "*"}
        document = json.dumps({"Version": "2012-10-17", "Statement": [allow]})
        await asyncio.to_thread(
            iam_of(simulator).put_role_policy, RoleName="Late", PolicyName="Look", PolicyDocument=document
        )
        await waiting


def test_each_student_has_iam_roles_of_the_own_name() -> None:
    (eighth,) = (one for one in read_labs(shipped_labs(), "ann") if one.number == 8)
    assert eighth.iam_roles == ("RewardsReadOnlyAccess_ann", "RewardsReadWriteAccess_ann")
    linked = owned_sql("'arn:aws:iam::{account}:role/RewardsReadOnlyAccess'", eighth.own, "ann")
    assert linked == "'arn:aws:iam::{account}:role/RewardsReadOnlyAccess_ann'"
    assert any("role/RewardsReadOnlyAccess_ann'" in statement for statement in eighth.reset)


# -- on the screen


@dataclass
class Account:
    """Remembers what was made."""

    is_aws: bool
    refusal: str = ""
    made: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)

    async def make(self, name: str, database_role: str) -> None:
        if self.refusal:
            raise ConnectFailed(self.refusal)
        self.made.append(f"{name} for {database_role}")

    async def remove(self, names: Sequence[str]) -> None:
        self.removed += names


STEP = """[[step]]
id = "make"
do = "iam role"
iam_role = "LabReader"
user = "reports"
say = {en = "Make it.", ja = "作ります。"}
hint = {en = "n", ja = "nで"}

[[step]]"""


async def test_on_aws_it_is_asked_first(tmp_path: Path) -> None:
    account = Account(is_aws=True)
    async with lab(tmp_path, TEMPLATE.replace("[[step]]", STEP, 1), iam=account) as student:
        await student.until_shown("Make it.")
        await student.press("n")
        await student.console.until(lambda: isinstance(student.console.app.screen, Question))
        await student.console.until(lambda: "Only you can" in student.dialog)
        await student.console.press("escape")
        assert account.made == []
        await student.press("n")
        await student.console.until(lambda: isinstance(student.console.app.screen, Question))
        await student.console.press("y")
        await student.until_shown("✓ Done.")
        assert account.made == ["LabReader for reports"]
        await student.press("r")
        await student.console.until(lambda: "the IAM role LabReader" in student.dialog)
        await student.console.press("y")
        await student.console.until(lambda: account.removed == ["LabReader"])


async def test_a_refusal_is_told_and_the_step_waits(tmp_path: Path) -> None:
    account = Account(is_aws=False, refusal="You may not do that.")
    async with lab(tmp_path, TEMPLATE.replace("[[step]]", STEP, 1), iam=account) as student:
        await student.until_shown("Make it.")
        await student.press("n")
        await student.until_shown("You may not do that.")
        account.refusal = ""
        await student.press("n")
        await student.until_shown("✓ Done.")
