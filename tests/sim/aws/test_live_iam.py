"""Policies decide who connects: roles made through IAM, mapped with AWS IAM GRANT, assumed, refused, let in."""

import json
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import boto3
import psycopg
import pytest

from dsqltui.sim.aws.account import ACCOUNT_ID
from support.servers.simulator import RunningSimulator, running_simulator

TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT_ID}:root"}, "Action": "sts:AssumeRole"}
        ],
    }
)


def policy(action: str, resource: str) -> str:
    statement = {"Effect": "Allow", "Action": action, "Resource": resource}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def assume(simulator: RunningSimulator, role_arn: str) -> boto3.Session:
    """A session with fresh credentials of the role."""
    sts = simulator.aws.client("sts", region_name="us-east-1", endpoint_url=simulator.ready["aws_endpoint_url"])
    held = sts.assume_role(RoleArn=role_arn, RoleSessionName="alice")["Credentials"]
    return boto3.Session(held["AccessKeyId"], held["SecretAccessKey"], held["SessionToken"])


def refusal(simulator: RunningSimulator, number: int, user: str, session: boto3.Session) -> str:
    with pytest.raises(psycopg.OperationalError) as refused:
        simulator.connect(number, user, session=session).close()
    return str(refused.value)


class Iam:
    """A role of the test's own, and the database role that it is mapped to."""

    def __init__(self, simulator: RunningSimulator, name: str) -> None:
        self.client = simulator.aws.client(
            "iam", region_name="us-east-1", endpoint_url=simulator.ready["aws_endpoint_url"]
        )
        self.arn = self.client.create_role(RoleName=name, AssumeRolePolicyDocument=TRUST)["Role"]["Arn"]
        self.name = name
        with simulator.connect() as admin:
            admin.execute(f"create role {name.lower()} with login")
            admin.execute(f"AWS IAM GRANT {name.lower()} TO '{self.arn}'")

    def put(self, action: str, resource: str) -> None:
        self.client.put_role_policy(RoleName=self.name, PolicyName="connect", PolicyDocument=policy(action, resource))


@pytest.fixture
def reports(simulator: RunningSimulator) -> Iterator[Iam]:
    role = Iam(simulator, "Reports")
    yield role
    with suppress(role.client.exceptions.NoSuchEntityException):
        role.client.delete_role_policy(RoleName="Reports", PolicyName="connect")
    role.client.delete_role(RoleName="Reports")
    with simulator.connect() as admin:
        admin.execute(f"AWS IAM REVOKE reports FROM '{role.arn}'")
        admin.execute("drop role reports")


def test_connecting_needs_a_policy_for_that_cluster(simulator: RunningSimulator, reports: Iam) -> None:
    session = assume(simulator, reports.arn)
    first, second = simulator.endpoints
    said = refusal(simulator, 0, "reports", session)
    assert "unable to accept connection, access denied" in said
    assert (
        f"HINT:  User: arn:aws:sts::{ACCOUNT_ID}:assumed-role/Reports/alice is not authorized to perform: "
        f"dsql:DbConnect on resource: {first.arn} because no identity-based policy allows the dsql:DbConnect action"
    ) in said
    reports.put("dsql:DbConnect", first.arn)
    with simulator.connect(0, "reports", session=session) as connection:  # the same credentials
        assert connection.execute("select current_user").fetchone() == ("reports",)
    assert f"on resource: {second.arn}" in refusal(simulator, 1, "reports", session)
    reports.put("dsql:DbConnectAdmin", "*")
    assert "to perform: dsql:DbConnect on" in refusal(simulator, 0, "reports", session)


def test_a_managed_policy_lets_in_too(simulator: RunningSimulator, reports: Iam) -> None:
    session = assume(simulator, reports.arn)
    made = reports.client.create_policy(PolicyName="ConnectAll", PolicyDocument=policy("dsql:DbConnect", "*"))
    arn = made["Policy"]["Arn"]
    reports.client.attach_role_policy(RoleName="Reports", PolicyArn=arn)
    simulator.connect(1, "reports", session=session).close()
    reports.client.detach_role_policy(RoleName="Reports", PolicyArn=arn)
    reports.client.delete_policy(PolicyArn=arn)
    assert "is not authorized to perform" in refusal(simulator, 1, "reports", session)


def test_the_workshops_roles_may_connect_but_not_as_admin(simulator: RunningSimulator) -> None:
    session = assume(simulator, f"arn:aws:iam::{ACCOUNT_ID}:role/RewardsReadOnlyAccess")
    said = refusal(simulator, 0, "admin", session)
    assert "is not authorized to perform: dsql:DbConnectAdmin" in said
    said = refusal(simulator, 0, "somebody", session)
    assert "is not authorized to access this resource" in said  # IAM lets it in; no database role is mapped


def test_roles_and_policies_are_there_after_a_restart(tmp_path: Path) -> None:
    with running_simulator(tmp_path) as simulator:
        role = Iam(simulator, "Kept")
        role.put("dsql:DbConnect", "*")
        assert (tmp_path / "sim" / "simulator.json").stat().st_mode & 0o777 == 0o600
    with running_simulator(tmp_path) as simulator:
        session = assume(simulator, role.arn)
        with simulator.connect(1, "kept", session=session) as connection:
            assert connection.execute("select current_user").fetchone() == ("kept",)
