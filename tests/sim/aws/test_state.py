"""What a simulator keeps between runs: identity, roles and policies, in a private file."""

import asyncio
import json
from pathlib import Path

import pytest

from dsqltui.sim.aws.account import DEFAULT_POLICY, DEFAULT_ROLES
from dsqltui.sim.aws.policies import PermissionPolicy
from dsqltui.sim.aws.services import utc_now
from dsqltui.sim.state import AccountKeeper, StateUnreadable, load_or_make

REGIONS = ("us-east-1", "us-east-2")
POLICY = PermissionPolicy.allowing(["dsql:DbConnect"], ["*"]).text


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "simulator.json"


def test_a_new_state_has_the_workshops_roles_for_its_own_clusters(file: Path) -> None:
    state = load_or_make(file, REGIONS)
    assert file.stat().st_mode & 0o777 == 0o600
    assert [role.name for role in state.account.roles] == list(DEFAULT_ROLES)
    document = json.loads(state.account.role(DEFAULT_ROLES[0]).inline[DEFAULT_POLICY].text)
    assert document["Statement"][0]["Resource"] == [cluster.arn for cluster in state.topology.clusters]
    again = load_or_make(file, REGIONS)
    assert (again.topology, again.user_key, again.account.roles) == (
        state.topology,
        state.user_key,
        state.account.roles,
    )


async def test_a_changed_account_is_kept_with_the_rest(file: Path) -> None:
    state = load_or_make(file, REGIONS)
    keeper = AccountKeeper(file, state)
    state.account.put_inline_policy(DEFAULT_ROLES[0], "more", POLICY)
    managed = state.account.create_policy("Connect", POLICY, utc_now())
    state.account.attach_policy(DEFAULT_ROLES[1], managed.arn)
    await keeper.keep()
    again = load_or_make(file, REGIONS)
    assert (again.topology, again.user_key) == (state.topology, state.user_key)
    assert again.account.roles == state.account.roles
    assert again.account.managed_policies == (managed,)
    assert await asyncio.to_thread(_files_and_modes, file.parent) == {file.name: 0o600}


def _files_and_modes(folder: Path) -> dict[str, int]:
    return {path.name: path.stat().st_mode & 0o777 for path in folder.iterdir()}


def test_a_deleted_default_role_stays_deleted(file: Path) -> None:
    document = written(file)
    document["account"]["roles"] = []
    file.write_text(json.dumps(document))
    assert load_or_make(file, REGIONS).account.roles == ()


def test_a_state_from_before_iam_gets_the_default_roles_once(file: Path) -> None:
    document = written(file)
    del document["account"]
    file.write_text(json.dumps(document))
    first = load_or_make(file, REGIONS).account.roles
    assert load_or_make(file, REGIONS).account.roles == first


def written(file: Path) -> dict[str, dict[str, list[object]]]:
    load_or_make(file, REGIONS)
    document: dict[str, dict[str, list[object]]] = json.loads(file.read_text())
    return document


@pytest.mark.parametrize(
    "account",
    [
        [],
        {"roles": []},
        {"roles": [{"name": "x"}], "policies": []},
        {"roles": [], "policies": [{"name": "x", "document": "{}"}]},
        {"roles": 1, "policies": []},
    ],
)
def test_a_damaged_account_is_refused_with_a_sentence(file: Path, account: object) -> None:
    file.write_text(json.dumps({**written(file), "account": account}))
    with pytest.raises(StateUnreadable, match="delete its directory to begin anew"):
        load_or_make(file, REGIONS)


def test_a_role_with_a_policy_that_is_not_there_is_refused(file: Path) -> None:
    text = json.dumps(written(file)).replace('"attached": []', '"attached": ["arn:aws:iam::111122223333:policy/gone"]')
    file.write_text(text)
    with pytest.raises(StateUnreadable, match="which is not there"):
        load_or_make(file, REGIONS)
