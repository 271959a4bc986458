"""IAM policy documents: what they say, and what is refused instead of being half understood."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsqltui.sim.aws.account import ACCOUNT_ID, ACCOUNT_ROOT_ARN
from dsqltui.sim.aws.policies import MalformedPolicy, PermissionPolicy, PolicyVerdict, TrustPolicy, decide

CLUSTER = f"arn:aws:dsql:us-east-1:{ACCOUNT_ID}:cluster/{'a' * 26}"
OTHER = f"arn:aws:dsql:us-east-2:{ACCOUNT_ID}:cluster/{'b' * 26}"
USER = f"arn:aws:iam::{ACCOUNT_ID}:user/workshop"


def document(*statements: dict[str, Any], **members: Any) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements), **members})


def allow(action: Any, resource: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource}


@pytest.mark.parametrize(
    ("actions", "resources", "is_allowed"),
    [
        ("dsql:DbConnect", CLUSTER, True),
        (["dsql:GetCluster", "dsql:DbConnect"], [OTHER, CLUSTER], True),
        ("dsql:*", "*", True),
        ("*", "*", True),
        ("DSQL:dbconnect", CLUSTER, True),
        ("dsql:DbC?nnect", CLUSTER, True),
        ("dsql:Db*", f"arn:aws:dsql:*:{ACCOUNT_ID}:cluster/*", True),
        ("dsql:DbConnectAdmin", CLUSTER, False),
        ("dsql:DbConnect", OTHER, False),
        ("dsql:DbConnect", CLUSTER.upper().replace("ARN:AWS:DSQL", "arn:aws:dsql"), False),
        ("dsql:DbConnect", f"arn:aws:dsql:us-east-1:{ACCOUNT_ID}:cluster/[a]*", False),
        ("dynamodb:*", "*", False),
    ],
)
def test_actions_and_resources_are_matched(actions: Any, resources: Any, is_allowed: bool) -> None:
    policy = PermissionPolicy.parse(document(allow(actions, resources)))
    verdict = policy.verdict("dsql:DbConnect", CLUSTER)
    assert verdict is (PolicyVerdict.ALLOWED if is_allowed else PolicyVerdict.SILENT)


def test_a_deny_wins_over_every_allow() -> None:
    everything = PermissionPolicy.allowing(["*"], ["*"])
    deny = PermissionPolicy.parse(document({**allow("dsql:DbConnectAdmin", CLUSTER), "Effect": "Deny"}))
    assert decide([everything, deny], "dsql:DbConnectAdmin", CLUSTER) is PolicyVerdict.DENIED
    assert decide([deny, everything], "dsql:DbConnectAdmin", CLUSTER) is PolicyVerdict.DENIED
    assert decide([everything, deny], "dsql:DbConnect", CLUSTER) is PolicyVerdict.ALLOWED
    assert decide([deny], "dsql:DbConnect", CLUSTER) is PolicyVerdict.SILENT
    assert decide([], "dsql:DbConnect", CLUSTER) is PolicyVerdict.SILENT


def test_one_statement_needs_no_list() -> None:
    policy = PermissionPolicy.parse(json.dumps({"Statement": allow("*", "*")}))
    assert policy.verdict("dsql:GetCluster", CLUSTER) is PolicyVerdict.ALLOWED


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "{}",
        '{"Statement": []}',
        '{"Statement": [1]}',
        "[" * 100_000,
        '{"Statement": [], "Statement": []}',
        document(allow("*", "*"), Version="2026-01-01"),
        document(allow("*", "*"), Statements=[]),
        document({"Action": "*", "Resource": "*"}),
        document({**allow("*", "*"), "Effect": "allow"}),
        document({**allow("*", "*"), "Principal": "*"}),
        document({"Effect": "Allow", "Action": "*"}),
        document({"Effect": "Allow", "Resource": "*"}),
        document(allow([], "*")),
        document(allow([1], "*")),
        document(allow("DbConnect", "*")),
        document(allow("*", "cluster")),
        document(allow("*", "arn:aws:dsql")),
    ],
)
def test_what_is_no_policy_is_refused(text: str) -> None:
    with pytest.raises(MalformedPolicy):
        PermissionPolicy.parse(text)


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("Condition", {"StringEquals": {"aws:username": "x"}}),
        ("NotAction", "dsql:*"),
        ("NotResource", "*"),
        ("NotPrincipal", {"AWS": "*"}),
    ],
)
def test_what_is_not_simulated_is_refused_by_name(member: str, value: Any) -> None:
    with pytest.raises(MalformedPolicy, match=f"{member} is not supported by the simulator"):
        PermissionPolicy.parse(document({**allow("*", "*"), member: value}))


def test_policy_variables_are_refused() -> None:
    with pytest.raises(MalformedPolicy, match="Policy variables"):
        PermissionPolicy.parse(document(allow("*", "arn:aws:dsql:us-east-1:1:cluster/${aws:username}")))


def trust(principal: Any, **members: Any) -> str:
    return document({"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole", **members})


@pytest.mark.parametrize(
    ("principal", "is_trusted"),
    [
        ({"AWS": USER}, True),
        ({"AWS": ["123456789012", USER]}, True),
        ("*", True),
        ({"AWS": "*"}, True),
        ({"AWS": f"arn:aws:iam::{ACCOUNT_ID}:user/other"}, False),
        ({"Service": "ec2.amazonaws.com"}, False),
    ],
)
def test_trust_names_principals(principal: Any, is_trusted: bool) -> None:
    verdict = TrustPolicy.parse(trust(principal)).verdict([USER])
    assert verdict is (PolicyVerdict.ALLOWED if is_trusted else PolicyVerdict.SILENT)


def test_an_account_number_means_its_root() -> None:
    assert TrustPolicy.parse(trust({"AWS": ACCOUNT_ID})).named == (ACCOUNT_ROOT_ARN,)


@pytest.mark.parametrize(
    "text",
    [
        trust({}),
        trust(None),
        trust({"AWS": []}),
        trust({"AWS": "workshop"}),
        trust({"AWS": "arn:aws:iam::1:user/x"}),
        trust({"Everybody": "*"}),
        trust({"AWS": USER}, Resource="*"),
        trust({"AWS": USER}, Condition={"Bool": {"aws:MultiFactorAuthPresent": "true"}}),
    ],
)
def test_what_is_no_trust_policy_is_refused(text: str) -> None:
    with pytest.raises(MalformedPolicy):
        TrustPolicy.parse(text)


def test_trust_in_another_action_is_none() -> None:
    assert TrustPolicy.parse(trust({"AWS": USER}, Action="sts:TagSession")).verdict([USER]) is PolicyVerdict.SILENT


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: (
        st.lists(inner)
        | st.dictionaries(
            st.sampled_from(["Statement", "Effect", "Action", "Resource", "Principal", "AWS", "Version"]), inner
        )
    ),
)


@given(text=st.text() | JSON.map(json.dumps))
def test_no_document_breaks_the_parser(text: str) -> None:
    for kind in (PermissionPolicy, TrustPolicy):
        try:
            kind.parse(text)
        except MalformedPolicy as refused:
            assert str(refused)  # noqa: PT017  # most documents are refused; that they are not is no failure
