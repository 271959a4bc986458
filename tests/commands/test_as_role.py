"""`--as NAME`: a role of the settings in `exec`, `--plain` and `token`; the simulator's STS and IAM hand it out."""

import json
from pathlib import Path
from urllib.parse import parse_qs

import pytest

from support.headless import Headless
from support.servers.simulator import RunningSimulator

ACCOUNT = "111122223333"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/AsRole"


@pytest.fixture
def headless(simulator: RunningSimulator, tmp_path: Path) -> Headless:
    """With [roles.reader], which the cluster knows, and [roles.nobody], which IAM does not."""
    iam = simulator.aws.client("iam", region_name="us-east-1", endpoint_url=simulator.ready["aws_endpoint_url"])
    trust = {"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "sts:AssumeRole"}
    allowed = {"Effect": "Allow", "Action": "dsql:DbConnect", "Resource": "*"}
    if not any(role["RoleName"] == "AsRole" for role in iam.list_roles()["Roles"]):
        iam.create_role(
            RoleName="AsRole", AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]})
        )
        iam.put_role_policy(
            RoleName="AsRole",
            PolicyName="p",
            PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [allowed]}),
        )
        with simulator.connect(0) as conn:
            conn.execute("create role as_reader with login")
            conn.execute(f"aws iam grant as_reader to '{ROLE}'")
    running = Headless(simulator, tmp_path)
    settings = tmp_path / "config" / "dsqltui" / "config.toml"
    settings.parent.mkdir(parents=True)
    settings.write_text(
        f'[roles.reader]\nrole_arn = "{ROLE}"\ndatabase_role = "as_reader"\n'
        f'[roles.nobody]\nrole_arn = "arn:aws:iam::{ACCOUNT}:role/NoSuchRole"\n'
        f'[roles.coded]\nrole_arn = "{ROLE}"\nmfa_serial = "arn:aws:iam::{ACCOUNT}:mfa/me"\n'
    )
    return running


def test_exec_and_plain(headless: Headless) -> None:
    done = headless.exec("--as", "reader", "-c", "select current_user")
    assert done.code == 0, done.err
    assert "as_reader" in done.out
    done = headless.run("open", "--local", "--plain", "--as", "reader", stdin="select current_user;\n")
    assert "as as_reader" in done.out


def test_token(headless: Headless, simulator: RunningSimulator) -> None:
    headless.environment |= {k: v for k, v in simulator.environment.items() if k.startswith("AWS_")}
    done = headless.run("token", simulator.endpoints[0].host, "--as", "reader")
    assert done.code == 0, done.err
    query = parse_qs(done.out.partition("?")[2])
    assert query["Action"] == ["DbConnect"]
    assert query["X-Amz-Credential"][0] != simulator.ready["credentials"]["access_key_id"]
    assert "X-Amz-Security-Token" in query


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (("--as", "absent"), 2, "the settings have no role absent; there are: reader, nobody, coded"),
        (("--as", "nobody"), 3, "NoSuchRole"),
        (("--as", "coded"), 2, "wants an MFA code, which has to be typed"),
        (("--as", "reader", "--user", "x"), 2, "give either --user or --as"),
    ],
)
def test_what_cannot_be(headless: Headless, arguments: tuple[str, ...], code: int, told: str) -> None:
    done = headless.exec(*arguments, "-c", "select 1")
    assert done.code == code, done.err
    assert told in " ".join(done.err.split())
