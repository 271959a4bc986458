"""IAM through boto3: roles, policies, their errors, and that every change is kept."""

import json
from collections.abc import AsyncIterator
from contextlib import closing
from typing import Any

import pytest

from dsqltui.sim.aws.account import ACCOUNT_ID, Account
from dsqltui.sim.aws.clusters import Topology
from dsqltui.sim.aws.identity import AccessKey
from dsqltui.sim.aws.services import utc_now
from support.servers.aws_lab import READ_ONLY, USER, Lab, code, endpoint_of, message, status

TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT_ID}:root"}, "Action": "sts:AssumeRole"}
        ],
    }
)
CONNECT = json.dumps(
    {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "dsql:DbConnect", "Resource": "*"}]}
)
POLICY_ARN = f"arn:aws:iam::{ACCOUNT_ID}:policy/Connect"


@pytest.fixture
async def lab() -> AsyncIterator[Lab]:
    async with endpoint_of(Topology.multi_region(utc_now())) as running:
        yield running


async def iam(lab: Lab, operation: str, **parameters: object) -> Any:
    return await lab.call("iam", operation, **parameters)


async def make_role(lab: Lab, name: str = "Reports", **more: object) -> Any:
    return (await iam(lab, "create_role", RoleName=name, AssumeRolePolicyDocument=TRUST, **more))["Role"]


async def assumed(lab: Lab, role_arn: str) -> tuple[AccessKey, str]:
    held = (await lab.call("sts", "assume_role", RoleArn=role_arn, RoleSessionName="alice"))["Credentials"]
    return AccessKey(held["AccessKeyId"], held["SecretAccessKey"]), held["SessionToken"]


async def test_a_role_is_made_described_listed_assumed_and_deleted(lab: Lab) -> None:
    made = await make_role(lab, Path="/team/", Description="<reports> & more", MaxSessionDuration=7200)
    assert made["Arn"] == f"arn:aws:iam::{ACCOUNT_ID}:role/team/Reports"
    assert made["RoleId"].startswith("AROA")
    described = (await iam(lab, "get_role", RoleName="Reports"))["Role"]
    assert described == made
    assert described["AssumeRolePolicyDocument"] == json.loads(TRUST)
    assert (described["Description"], described["MaxSessionDuration"]) == ("<reports> & more", 7200)
    names = [role["RoleName"] for role in (await iam(lab, "list_roles"))["Roles"]]
    assert names == ["Reports", "RewardsReadOnlyAccess", "RewardsReadWriteAccess"]
    assert [r["RoleName"] for r in (await iam(lab, "list_roles", PathPrefix="/team/"))["Roles"]] == ["Reports"]
    await assumed(lab, made["Arn"])
    await iam(lab, "delete_role", RoleName="Reports")
    error = await lab.refused("iam", "get_role", RoleName="Reports")
    assert (code(error), status(error)) == ("NoSuchEntity", 404)
    assert message(error) == "The role with name Reports cannot be found."
    assert code(await lab.refused("sts", "assume_role", RoleArn=made["Arn"], RoleSessionName="s1")) == "AccessDenied"


async def test_roles_are_listed_page_by_page(lab: Lab) -> None:
    with closing(lab.client("iam")) as client:
        names: list[str] = []
        parameters: dict[str, object] = {"MaxItems": 1}
        while True:
            page = await lab.call("iam", "list_roles", client=client, **parameters)
            names += [role["RoleName"] for role in page["Roles"]]
            if not page["IsTruncated"]:
                break
            parameters["Marker"] = page["Marker"]
    assert names == ["RewardsReadOnlyAccess", "RewardsReadWriteAccess"]
    assert code(await lab.refused("iam", "list_roles", MaxItems=1001)) == "ValidationError"


async def test_trust_decides_who_may_assume_a_role(lab: Lab) -> None:
    stranger = json.loads(TRUST)
    stranger["Statement"][0]["Principal"]["AWS"] = READ_ONLY
    made = (await iam(lab, "create_role", RoleName="Private", AssumeRolePolicyDocument=json.dumps(stranger)))["Role"]
    error = await lab.refused("sts", "assume_role", RoleArn=made["Arn"], RoleSessionName="s1")
    assert (code(error), status(error)) == ("AccessDenied", 403)
    assert message(error) == f"User: {USER} is not authorized to perform: sts:AssumeRole on resource: {made['Arn']}"
    await iam(lab, "update_assume_role_policy", RoleName="Private", PolicyDocument=TRUST)
    await assumed(lab, made["Arn"])


async def test_inline_policies(lab: Lab) -> None:
    await make_role(lab)
    await iam(lab, "put_role_policy", RoleName="Reports", PolicyName="connect", PolicyDocument=CONNECT)
    await iam(lab, "put_role_policy", RoleName="Reports", PolicyName="also", PolicyDocument=CONNECT)
    assert (await iam(lab, "list_role_policies", RoleName="Reports"))["PolicyNames"] == ["also", "connect"]
    got = await iam(lab, "get_role_policy", RoleName="Reports", PolicyName="connect")
    assert got["PolicyDocument"] == json.loads(CONNECT)
    error = await lab.refused("iam", "delete_role", RoleName="Reports")
    assert (code(error), status(error)) == ("DeleteConflict", 409)
    assert message(error) == "Cannot delete entity, must delete policies first."
    for name in ("also", "connect"):
        await iam(lab, "delete_role_policy", RoleName="Reports", PolicyName=name)
    await iam(lab, "delete_role", RoleName="Reports")


async def test_managed_policies(lab: Lab) -> None:
    await make_role(lab)
    made = (await iam(lab, "create_policy", PolicyName="Connect", PolicyDocument=CONNECT, Description="x"))["Policy"]
    assert (made["Arn"], made["AttachmentCount"], made["DefaultVersionId"]) == (POLICY_ARN, 0, "v1")
    for _ in range(2):  # attaching twice does nothing
        await iam(lab, "attach_role_policy", RoleName="Reports", PolicyArn=POLICY_ARN)
    attached = (await iam(lab, "list_attached_role_policies", RoleName="Reports"))["AttachedPolicies"]
    assert attached == [{"PolicyName": "Connect", "PolicyArn": POLICY_ARN}]
    assert (await iam(lab, "get_policy", PolicyArn=POLICY_ARN))["Policy"]["AttachmentCount"] == 1
    version = (await iam(lab, "get_policy_version", PolicyArn=POLICY_ARN, VersionId="v1"))["PolicyVersion"]
    assert version["Document"] == json.loads(CONNECT)
    listed = (await iam(lab, "list_policies", Scope="Local", OnlyAttached=True))["Policies"]
    assert [policy["Arn"] for policy in listed] == [POLICY_ARN]
    assert (await iam(lab, "list_policies", Scope="AWS"))["Policies"] == []
    for operation, parameters in [
        ("delete_policy", {"PolicyArn": POLICY_ARN}),
        ("delete_role", {"RoleName": "Reports"}),
    ]:
        assert code(await lab.refused("iam", operation, **parameters)) == "DeleteConflict"
    await iam(lab, "detach_role_policy", RoleName="Reports", PolicyArn=POLICY_ARN)
    await iam(lab, "delete_policy", PolicyArn=POLICY_ARN)
    assert code(await lab.refused("iam", "get_policy", PolicyArn=POLICY_ARN)) == "NoSuchEntity"


@pytest.mark.parametrize(
    ("operation", "parameters", "expected"),
    [
        ("create_role", {"RoleName": "Taken"}, "EntityAlreadyExists"),
        ("create_role", {"RoleName": "a b"}, "ValidationError"),
        ("create_role", {"RoleName": "ok", "MaxSessionDuration": 43_201}, "ValidationError"),
        ("create_role", {"RoleName": "ok", "Path": "no-slash"}, "ValidationError"),
        ("create_role", {"RoleName": "ok", "AssumeRolePolicyDocument": "{}"}, "MalformedPolicyDocument"),
        (
            "create_role",
            {"RoleName": "ok", "AssumeRolePolicyDocument": TRUST.replace(":root", ":role/Nobody")},
            "MalformedPolicyDocument",
        ),
        ("create_role", {"RoleName": "ok", "PermissionsBoundary": POLICY_ARN}, "ValidationError"),
        ("put_role_policy", {"RoleName": "Nobody", "PolicyName": "p", "PolicyDocument": CONNECT}, "NoSuchEntity"),
        (
            "put_role_policy",
            {"RoleName": "Taken", "PolicyName": "p", "PolicyDocument": "no"},
            "MalformedPolicyDocument",
        ),
        ("put_role_policy", {"RoleName": "Taken", "PolicyName": "a b", "PolicyDocument": CONNECT}, "ValidationError"),
        ("get_role_policy", {"RoleName": "Taken", "PolicyName": "p"}, "NoSuchEntity"),
        ("delete_role_policy", {"RoleName": "Taken", "PolicyName": "p"}, "NoSuchEntity"),
        ("list_role_policies", {"RoleName": "Nobody"}, "NoSuchEntity"),
        ("attach_role_policy", {"RoleName": "Taken", "PolicyArn": POLICY_ARN}, "NoSuchEntity"),
        ("detach_role_policy", {"RoleName": "Taken", "PolicyArn": POLICY_ARN}, "NoSuchEntity"),
        ("delete_policy", {"PolicyArn": POLICY_ARN}, "NoSuchEntity"),
        ("get_user", {"UserName": "nobody"}, "NoSuchEntity"),
        ("list_users", {}, "InvalidAction"),
    ],
)
async def test_refusals_have_the_codes_of_iam(
    lab: Lab, operation: str, parameters: dict[str, object], expected: str
) -> None:
    await make_role(lab, "Taken")
    saves = len(lab.saves)
    if operation == "create_role":
        parameters = {"AssumeRolePolicyDocument": TRUST, **parameters}
    assert code(await lab.refused("iam", operation, **parameters)) == expected
    assert len(lab.saves) == saves


async def test_a_condition_is_refused_by_name(lab: Lab) -> None:
    document = json.loads(CONNECT)
    document["Statement"][0]["Condition"] = {"StringEquals": {"aws:PrincipalTag/team": "rewards"}}
    error = await lab.refused(
        "iam",
        "put_role_policy",
        RoleName="RewardsReadOnlyAccess",
        PolicyName="p",
        PolicyDocument=json.dumps(document),
    )
    assert code(error) == "MalformedPolicyDocument"
    assert "Condition is not supported by the simulator" in message(error)


async def test_sizes_are_limited_as_by_iam(lab: Lab) -> None:
    statement = json.loads(CONNECT)["Statement"][0]
    big = json.dumps({"Version": "2012-10-17", "Statement": [statement] * 200})
    for operation, parameters in [
        ("create_policy", {"PolicyName": "Big", "PolicyDocument": big}),
        ("put_role_policy", {"RoleName": "RewardsReadOnlyAccess", "PolicyName": "Big", "PolicyDocument": big}),
    ]:
        assert code(await lab.refused("iam", operation, **parameters)) == "LimitExceeded"


async def test_the_user_is_told_who_he_is(lab: Lab) -> None:
    user = (await iam(lab, "get_user"))["User"]
    assert (user["UserName"], user["Arn"]) == ("workshop", USER)
    assert (await iam(lab, "get_user", UserName="workshop"))["User"] == user


async def test_a_role_without_permission_is_denied(lab: Lab) -> None:
    key, token = await assumed(lab, READ_ONLY)
    for operation, parameters, action, resource in [
        ("list_roles", {}, "iam:ListRoles", "*"),
        ("get_role", {"RoleName": "RewardsReadOnlyAccess"}, "iam:GetRole", READ_ONLY),
        ("delete_role", {"RoleName": "RewardsReadOnlyAccess"}, "iam:DeleteRole", READ_ONLY),
    ]:
        error = await lab.refused("iam", operation, client=lab.client("iam", key=key, token=token), **parameters)
        assert (code(error), status(error)) == ("AccessDenied", 403)
        assert f"is not authorized to perform: {action} on resource: {resource} because no" in message(error)
    await iam(
        lab,
        "put_role_policy",
        RoleName="RewardsReadOnlyAccess",
        PolicyName="look",
        PolicyDocument=CONNECT.replace("dsql:DbConnect", "iam:Get*"),
    )
    client = lab.client("iam", key=key, token=token)
    assert (await lab.call("iam", "get_role", client=client, RoleName="RewardsReadOnlyAccess"))["Role"]
    error = await lab.refused("iam", "get_user", client=lab.client("iam", key=key, token=token))
    assert code(error) == "ValidationError"


async def test_every_region_of_the_signature_will_do(lab: Lab) -> None:
    client = lab.client("iam", region="eu-west-1")
    assert (await lab.call("iam", "get_user", client=client))["User"]["UserName"] == "workshop"


async def test_changes_are_kept_before_they_are_answered(lab: Lab) -> None:
    await make_role(lab)
    await iam(lab, "create_policy", PolicyName="Connect", PolicyDocument=CONNECT)
    await iam(lab, "attach_role_policy", RoleName="Reports", PolicyArn=POLICY_ARN)
    await iam(lab, "put_role_policy", RoleName="Reports", PolicyName="also", PolicyDocument=CONNECT)
    await iam(lab, "get_role", RoleName="Reports")
    assert len(lab.saves) == 4
    kept = Account.from_json_object(json.loads(json.dumps(lab.saves[-1])))
    assert kept.roles == lab.identities.account.roles
    assert kept.managed_policies == lab.identities.account.managed_policies
