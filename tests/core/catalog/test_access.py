"""The access assistant's documents and statements."""

import json
from typing import Any

import pytest

from dsqltui.core.catalog.access import (
    AccessPlan,
    Right,
    grants_of,
    permission_policy,
    rights_of,
    statements,
    text_of,
    trust_policy,
    undo_statements,
)

ACCOUNT = "111122223333"
ARNS = (
    f"arn:aws:dsql:us-east-1:{ACCOUNT}:cluster/7aabuioufvzv7efit7d3hz2r6a",
    f"arn:aws:dsql:us-west-2:{ACCOUNT}:cluster/w4abuiouh2lg7cszsxlx7mc25u",
)


def plan(**changes: Any) -> AccessPlan:
    values = {
        "database_role": "reports",
        "iam_role": "RewardsReadOnlyAccess",
        "account": ACCOUNT,
        "cluster_arns": ARNS,
        "schema": "xpoints",
    }
    return AccessPlan(**{**values, **changes})


def test_the_workshops_policy_and_statements() -> None:
    policy = json.loads(permission_policy(plan()))
    (statement,) = policy["Statement"]
    assert policy["Version"] == "2012-10-17"
    assert statement["Action"] == ["dsql:DbConnect", "dsql:GetCluster"]
    assert statement["Resource"] == [*ARNS]
    assert statements(plan()) == (
        "create role reports with login;",
        "grant usage on schema xpoints to reports;",
        "grant select on all tables in schema xpoints to reports;",
        f"aws iam grant reports to 'arn:aws:iam::{ACCOUNT}:role/RewardsReadOnlyAccess';",
    )


def test_some_tables_and_rights_of_a_role_that_is_there() -> None:
    chosen = plan(tables=("orders", "Odd Name"), rights=rights_of(["write"]), role_exists=True)
    assert statements(chosen)[1] == (
        'grant select, insert, update, delete on xpoints.orders, xpoints."Odd Name" to reports;'
    )
    assert not any("create role" in text for text in statements(chosen))


def test_public_needs_no_usage_and_both_reports_are_told() -> None:
    chosen = plan(schema="public")
    assert statements(chosen)[1] == "grant select on all tables in schema public to reports;"
    assert not any("usage" in text for text in (*statements(chosen), *undo_statements(chosen)))
    assert "needed no USAGE" in text_of(chosen)
    assert "an older one says that rights on public cannot be granted" in text_of(chosen)
    assert "reports differ" not in text_of(plan())


def test_who_may_assume_it() -> None:
    def principal(of: AccessPlan) -> object:
        return json.loads(trust_policy(of))["Statement"][0]["Principal"]["AWS"]

    assert principal(plan()) == f"arn:aws:iam::{ACCOUNT}:root"
    me = f"arn:aws:iam::{ACCOUNT}:role/WSParticipantRole"
    assert principal(plan(trusted=(me,))) == me
    assert principal(plan(trusted=(me, f"arn:aws:iam::{ACCOUNT}:user/x"))) == [me, f"arn:aws:iam::{ACCOUNT}:user/x"]


def test_nothing_can_be_smuggled_into_a_statement() -> None:
    evil = plan(database_role='x"; drop schema xpoints; --', schema="a'; b")
    for text in (*statements(evil), *undo_statements(evil)):
        assert text.count('"') % 2 == 0
        assert '""; drop schema' in text or "a'; b" in text


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"database_role": "admin"}, "other than admin"),
        ({"iam_role": "a/b"}, "no name of an IAM role"),
        ({"account": "12"}, "12 digits"),
        ({"cluster_arns": ()}, "ARNs are missing"),
        ({"cluster_arns": ("arn:aws:s3:::x",)}, "no cluster's ARN"),
        ({"rights": ()}, "no right"),
        ({"trusted": ("me",)}, "can assume no role"),
    ],
)
def test_what_cannot_be_is_said(wrong: dict[str, Any], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        plan(**wrong)


def test_rights_by_words() -> None:
    assert rights_of(["read"]) == (Right.SELECT,)
    assert rights_of(["update", "select"]) == (Right.SELECT, Right.UPDATE)
    with pytest.raises(ValueError, match="'fly' is no right"):
        rights_of(["fly"])


def test_the_whole_text_holds_every_part() -> None:
    text = text_of(plan())
    for part in (permission_policy(plan()), trust_policy(plan()), *statements(plan()), *undo_statements(plan())):
        assert part in text


def test_the_matrix() -> None:
    rows = [
        ("reports", "x.a", "SELECT"),
        ("ops", "x.a", "UPDATE"),
        ("ops", "x.a", "SELECT"),
        ("ops", "x.b", "DELETE"),
        ("ops", "x.b", "TRIGGER"),
        (None, "x.b", "SELECT"),
    ]
    grants = grants_of(rows)
    assert (grants.of("ops", "x.a"), grants.of("reports", "x.a"), grants.of("reports", "x.b")) == ("rw", "r", "")
    assert grants.lines() == [
        "table  ops   reports",
        "x.a    rw    r",
        "x.b    d     -",
        "r select, a insert, w update, d delete",
    ]
    assert "No role" in grants_of([]).lines()[0]
