"""Users, roles and the credentials that are alive."""

from datetime import UTC, datetime, timedelta

import pytest

from dsqltui.sim.aws.account import ACCOUNT_ID
from dsqltui.sim.aws.identity import (
    AccessKey,
    AssumedCredentials,
    AssumeRoleFailure,
    AssumeRoleRefused,
    CredentialsRefused,
    IdentityStore,
    LookupFailure,
    Principal,
    PrincipalKind,
)
from dsqltui.sim.aws.policies import PermissionPolicy, PolicyVerdict

NOW = datetime(2026, 11, 23, 9, 30, 0, 123456, tzinfo=UTC)
READ_ONLY = f"arn:aws:iam::{ACCOUNT_ID}:role/RewardsReadOnlyAccess"
READ_WRITE = f"arn:aws:iam::{ACCOUNT_ID}:role/RewardsReadWriteAccess"


@pytest.fixture
def key() -> AccessKey:
    return AccessKey.generate()


@pytest.fixture
def store(key: AccessKey) -> IdentityStore:
    return IdentityStore.with_user(key)


@pytest.fixture
def workshop(store: IdentityStore, key: AccessKey) -> Principal:
    return store.lookup(key.access_key_id, None, NOW)[1]


def lookup(store: IdentityStore, assumed: AssumedCredentials, now: datetime) -> tuple[str, Principal]:
    return store.lookup(assumed.key.access_key_id, assumed.session_token, now)


def test_the_default_user_is_the_workshop_user(store: IdentityStore, key: AccessKey) -> None:
    secret, principal = store.lookup(key.access_key_id, None, NOW)
    assert secret == key.secret_access_key
    assert principal.kind is PrincipalKind.USER
    assert principal.arn == principal.iam_arn == "arn:aws:iam::111122223333:user/workshop"
    assert principal.user_id.startswith("AIDA")
    assert len(principal.user_id) == 21


def test_an_identity_keeps_its_unique_id_over_restarts(workshop: Principal) -> None:
    again = IdentityStore.with_user(other := AccessKey.generate())
    assert again.lookup(other.access_key_id, None, NOW)[1].user_id == workshop.user_id


@pytest.mark.parametrize("role", [READ_ONLY, READ_WRITE])
def test_the_workshop_roles_can_be_assumed(store: IdentityStore, workshop: Principal, role: str) -> None:
    assumed = store.assume_role(workshop, role, "alice@example.com", now=NOW)
    secret, principal = lookup(store, assumed, NOW)
    assert secret == assumed.key.secret_access_key
    assert principal.kind is PrincipalKind.ASSUMED_ROLE
    assert principal.arn == f"arn:aws:sts::{ACCOUNT_ID}:assumed-role/{role.rpartition('/')[2]}/alice@example.com"
    assert principal.iam_arn == role
    assert assumed.key.access_key_id.startswith("ASIA")


def test_a_role_with_a_path_keeps_it_in_its_iam_arn_only(store: IdentityStore, workshop: Principal) -> None:
    arn = store.add_role("Writer", path="/team/rewards/")
    assert arn == f"arn:aws:iam::{ACCOUNT_ID}:role/team/rewards/Writer"
    principal = store.assume_role(workshop, arn, "s1", now=NOW).principal
    assert principal.arn == f"arn:aws:sts::{ACCOUNT_ID}:assumed-role/Writer/s1"
    assert principal.iam_arn == arn


def test_temporary_credentials_end_at_their_expiration(store: IdentityStore, workshop: Principal) -> None:
    assumed = store.assume_role(workshop, READ_ONLY, "s1", 900, now=NOW)
    assert assumed.expiration == NOW.replace(microsecond=0) + timedelta(seconds=900)
    lookup(store, assumed, assumed.expiration - timedelta(microseconds=1))
    with pytest.raises(CredentialsRefused) as refused:
        lookup(store, assumed, assumed.expiration)
    assert refused.value.failure is LookupFailure.EXPIRED


def test_long_expired_credentials_are_forgotten(store: IdentityStore, workshop: Principal) -> None:
    assumed = store.assume_role(workshop, READ_ONLY, "s1", 900, now=NOW)
    later = NOW + timedelta(days=2)
    store.assume_role(workshop, READ_ONLY, "s2", 900, now=later)
    with pytest.raises(CredentialsRefused) as refused:
        lookup(store, assumed, later)
    assert refused.value.failure is LookupFailure.UNKNOWN_KEY


@pytest.mark.parametrize("token", [None, "", "another token"])
def test_temporary_credentials_need_their_session_token(
    store: IdentityStore, workshop: Principal, token: str | None
) -> None:
    assumed = store.assume_role(workshop, READ_ONLY, "s1", now=NOW)
    with pytest.raises(CredentialsRefused) as refused:
        store.lookup(assumed.key.access_key_id, token, NOW)
    assert refused.value.failure is LookupFailure.WRONG_SESSION_TOKEN


def test_a_user_has_no_session_token(store: IdentityStore, key: AccessKey) -> None:
    with pytest.raises(CredentialsRefused) as refused:
        store.lookup(key.access_key_id, "token", NOW)
    assert refused.value.failure is LookupFailure.WRONG_SESSION_TOKEN


def test_an_unknown_key_is_refused(store: IdentityStore) -> None:
    with pytest.raises(CredentialsRefused) as refused:
        store.lookup("AKIAIOSFODNN7EXAMPLE", None, NOW)
    assert refused.value.failure is LookupFailure.UNKNOWN_KEY


@pytest.mark.parametrize("trusted", [READ_ONLY, f"arn:aws:iam::{ACCOUNT_ID}:user/somebody-else"])
def test_trust_is_honoured(store: IdentityStore, workshop: Principal, trusted: str) -> None:
    store.add_user("somebody-else", AccessKey.generate())
    arn = store.add_role("Private", trusted=[trusted])
    with pytest.raises(AssumeRoleRefused) as refused:
        store.assume_role(workshop, arn, "s1", now=NOW)
    assert refused.value.failure is AssumeRoleFailure.ACCESS_DENIED
    assert str(refused.value) == f"User: {workshop.arn} is not authorized to perform: sts:AssumeRole on resource: {arn}"


def test_a_trusted_role_may_assume_another(store: IdentityStore, workshop: Principal) -> None:
    arn = store.add_role("Private", trusted=(READ_ONLY,))
    first = store.assume_role(workshop, READ_ONLY, "s1", now=NOW).principal
    assert store.assume_role(first, arn, "s2", 3600, now=NOW).principal.iam_arn == arn


def test_a_role_that_does_not_exist_is_refused_like_one_without_trust(
    store: IdentityStore, workshop: Principal
) -> None:
    with pytest.raises(AssumeRoleRefused) as refused:
        store.assume_role(workshop, f"arn:aws:iam::{ACCOUNT_ID}:role/Nobody", "s1", now=NOW)
    assert refused.value.failure is AssumeRoleFailure.ACCESS_DENIED


def test_a_policy_can_deny_assuming_a_role(key: AccessKey) -> None:
    store = IdentityStore.with_user(key, policies=(PermissionPolicy.allowing(["sts:AssumeRole"], [READ_ONLY]),))
    workshop = store.lookup(key.access_key_id, None, NOW)[1]
    store.assume_role(workshop, READ_ONLY, "s1", now=NOW)
    with pytest.raises(AssumeRoleRefused):
        store.assume_role(workshop, READ_WRITE, "s1", now=NOW)


@pytest.mark.parametrize(
    ("role", "session", "duration", "words"),
    [
        (READ_ONLY, "has space", 900, r"at 'roleSessionName' .* pattern: \[\\w\+=,\.@-\]\*"),
        (READ_ONLY, "имя", 900, "pattern"),
        (READ_ONLY, "x", 900, "length greater than or equal to 2"),
        (READ_ONLY, "x" * 65, 900, "length less than or equal to 64"),
        (READ_ONLY, "s1", 899, "Value '899' at 'durationSeconds' .* greater than or equal to 900"),
        (READ_ONLY, "s1", 43_201, "less than or equal to 43200"),
        ("role/x", "s1", 900, "'roleArn' .* length greater than or equal to 20"),
        (f"arn:aws:iam::{ACCOUNT_ID}:user/workshop", "s1", 900, "is invalid"),
    ],
)
def test_parameters_out_of_bounds_are_named(
    store: IdentityStore, workshop: Principal, role: str, session: str, duration: int, words: str
) -> None:
    with pytest.raises(AssumeRoleRefused, match=words) as refused:
        store.assume_role(workshop, role, session, duration, now=NOW)
    assert refused.value.failure is AssumeRoleFailure.VALIDATION_ERROR


@pytest.mark.parametrize(("session", "duration"), [("ab", 900), ("x" * 64, 43_200), ("a_B-1+=,.@", 3600)])
def test_the_bounds_themselves_are_good(store: IdentityStore, workshop: Principal, session: str, duration: int) -> None:
    store.assume_role(workshop, READ_ONLY, session, duration, now=NOW)


def test_a_chained_role_lives_an_hour_at_most(store: IdentityStore, workshop: Principal) -> None:
    first = store.assume_role(workshop, READ_ONLY, "s1", 43_200, now=NOW).principal
    with pytest.raises(AssumeRoleRefused, match="1 hour session limit for roles assumed by role chaining") as refused:
        store.assume_role(first, READ_WRITE, "s2", 3601, now=NOW)
    assert refused.value.failure is AssumeRoleFailure.VALIDATION_ERROR


def test_no_repr_shows_a_secret(store: IdentityStore, key: AccessKey, workshop: Principal) -> None:
    assumed = store.assume_role(workshop, READ_ONLY, "s1", now=NOW)
    shown = f"{key!r} {assumed!r} {store!r} {workshop!r}"
    for secret in (key.secret_access_key, assumed.key.secret_access_key, assumed.session_token):
        assert secret not in shown


@pytest.mark.parametrize(("name", "path"), [("", "/"), ("a b", "/"), ("x" * 65, "/"), ("ok", "team"), ("ok", "/team")])
def test_bad_names_and_paths_are_refused(store: IdentityStore, name: str, path: str) -> None:
    with pytest.raises(ValueError, match="is no IAM"):
        store.add_role(name, path=path)


def test_a_role_that_trusts_the_account_needs_the_callers_own_policies(
    store: IdentityStore, workshop: Principal
) -> None:
    """A user is an administrator; a role of the workshop may connect, not assume others."""
    first = store.assume_role(workshop, READ_ONLY, "s1", now=NOW).principal
    with pytest.raises(AssumeRoleRefused) as refused:
        store.assume_role(first, READ_WRITE, "s2", now=NOW)
    assert str(refused.value).startswith(f"User: {first.arn} is not authorized to perform: sts:AssumeRole")
    store.account.put_inline_policy(
        "RewardsReadOnlyAccess", "chain", PermissionPolicy.allowing(["sts:*"], [READ_WRITE]).text
    )
    store.assume_role(first, READ_WRITE, "s2", now=NOW)


def test_a_deny_in_the_trust_wins(store: IdentityStore, workshop: Principal) -> None:
    arn = store.add_role("Private")
    trust = (
        '{"Statement": [{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"},'
        f'{{"Effect": "Deny", "Principal": {{"AWS": "{workshop.arn}"}}, "Action": "sts:*"}}]}}'
    )
    store.account.update_trust("Private", trust)
    with pytest.raises(AssumeRoleRefused):
        store.assume_role(workshop, arn, "s1", now=NOW)


def test_a_roles_own_longest_session_is_kept_to(store: IdentityStore, workshop: Principal) -> None:
    store.account.create_role("Short", store.account.role("RewardsReadOnlyAccess").trust.text, NOW)
    arn = store.account.role("Short").arn
    store.assume_role(workshop, arn, "s1", 3600, now=NOW)
    with pytest.raises(AssumeRoleRefused, match="exceeds the MaxSessionDuration set for this role"):
        store.assume_role(workshop, arn, "s1", 3601, now=NOW)


def test_credentials_of_a_role_that_was_made_anew_are_worth_nothing(store: IdentityStore, workshop: Principal) -> None:
    allow = PermissionPolicy.allowing(["dsql:*"], ["*"])
    principal = store.assume_role(workshop, store.add_role("Brief", policies={"p": allow}), "s1", now=NOW).principal
    assert store.verdict(principal, "dsql:DbConnect", "*") is PolicyVerdict.ALLOWED
    store.account.delete_inline_policy("Brief", "p")
    store.account.delete_role("Brief")
    assert store.verdict(principal, "dsql:DbConnect", "*") is PolicyVerdict.SILENT
    store.add_role("Brief", policies={"p": allow})
    assert store.verdict(principal, "dsql:DbConnect", "*") is PolicyVerdict.SILENT
