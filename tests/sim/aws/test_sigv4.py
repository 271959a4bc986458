"""Signatures are checked exactly: tokens of boto3 pass, every changed one is refused for its reason."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from urllib.parse import unquote

import boto3
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from hypothesis import assume, example, given
from hypothesis import strategies as st

from dsqltui.sim.aws.account import ACCOUNT_ID
from dsqltui.sim.aws.identity import AccessKey, AssumedCredentials, IdentityStore, Principal
from dsqltui.sim.aws.policies import PermissionPolicy
from dsqltui.sim.aws.sigv4 import HINTS, Refusal, SignedRequest, TokenRefused, verify_request, verify_token
from dsqltui.sim.rules.refusals import Evidence

HOST = "abcdefghijklmnopqrstuvwxyz.dsql.us-east-1.on.aws"
OTHER_HOST = "zyxwvutsrqponmlkjihgfedcba.dsql.us-east-1.on.aws"
READ_ONLY = f"arn:aws:iam::{ACCOUNT_ID}:role/RewardsReadOnlyAccess"
KEY = AccessKey.generate()


def now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture
def identities() -> IdentityStore:
    return IdentityStore.with_user(KEY)


@pytest.fixture
def assumed(identities: IdentityStore) -> AssumedCredentials:
    workshop = identities.lookup(KEY.access_key_id, None, now())[1]
    return identities.assume_role(workshop, READ_ONLY, "alice", now=now())


def token(
    *,
    key: AccessKey = KEY,
    session_token: str | None = None,
    admin: bool = True,
    host: str = HOST,
    region: str = "us-east-1",
    lifetime_s: int = 900,
) -> str:
    """A token as boto3 makes it, now."""
    client = boto3.client(
        "dsql",
        region_name=region,
        aws_access_key_id=key.access_key_id,
        aws_secret_access_key=key.secret_access_key,
        aws_session_token=session_token,
    )
    make = client.generate_db_connect_admin_auth_token if admin else client.generate_db_connect_auth_token
    return str(make(Hostname=host, ExpiresIn=lifetime_s))


def check(
    identities: IdentityStore,
    text: str,
    *,
    user: str = "admin",
    host: str = HOST,
    region: str = "us-east-1",
    at: datetime | None = None,
) -> Principal:
    return verify_token(text, host=host, region=region, user=user, identities=identities, now=at or now())


def refusal(check_it: Callable[[], object]) -> TokenRefused:
    with pytest.raises(TokenRefused) as refused:
        check_it()
    return refused.value


def test_an_admin_token_of_a_user_is_accepted(identities: IdentityStore) -> None:
    assert check(identities, token()).iam_arn == f"arn:aws:iam::{ACCOUNT_ID}:user/workshop"


def test_a_custom_token_of_an_assumed_role_is_accepted(identities: IdentityStore, assumed: AssumedCredentials) -> None:
    text = token(key=assumed.key, session_token=assumed.session_token, admin=False)
    principal = check(identities, text, user="rewards_reader")
    assert principal == assumed.principal
    assert principal.iam_arn == READ_ONLY


def test_host_names_are_compared_without_case(identities: IdentityStore) -> None:
    check(identities, token(host=HOST.upper()), host=HOST)
    check(identities, token(), host=HOST.upper())


def test_a_token_lives_a_week_at_most(identities: IdentityStore) -> None:
    text = token(lifetime_s=604_800)
    check(identities, text, at=now() + timedelta(days=6, hours=23))
    too_long = refusal(lambda: check(identities, token(lifetime_s=604_801)))
    assert too_long.reason is Refusal.TOO_LONG_A_LIFETIME
    assert "X-Amz-Expires must be less than a week (in seconds)" in too_long.hint
    assert refusal(lambda: check(identities, token(lifetime_s=0))).reason is Refusal.BAD_LIFETIME


def test_an_expired_token_is_refused_with_the_dates(identities: IdentityStore) -> None:
    text = token()
    signed = text.partition("X-Amz-Date=")[2][:16]
    signed_at = datetime.strptime(signed, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    check(identities, text, at=signed_at + timedelta(seconds=899))
    late = signed_at + timedelta(minutes=30)
    refused = refusal(lambda: check(identities, text, at=late))
    assert refused.reason is Refusal.EXPIRED
    assert refused.hint == (
        f"Signature expired: {signed} is now earlier than {signed_at + timedelta(minutes=15):%Y%m%dT%H%M%SZ} "
        f"({late:%Y%m%dT%H%M%SZ} - 15 min.)"
    )
    at_the_end = refusal(lambda: check(identities, text, at=signed_at + timedelta(seconds=900)))
    assert at_the_end.reason is Refusal.EXPIRED


def test_an_odd_lifetime_is_told_in_seconds(identities: IdentityStore) -> None:
    refused = refusal(lambda: check(identities, token(lifetime_s=90), at=now() + timedelta(hours=1)))
    assert refused.hint.endswith(" - 90 sec.)")


def test_a_token_from_the_future_is_refused(identities: IdentityStore) -> None:
    text = token()
    check(identities, text, at=now() - timedelta(minutes=4))
    refused = refusal(lambda: check(identities, text, at=now() - timedelta(minutes=6)))
    assert refused.reason is Refusal.NOT_YET_VALID
    assert refused.hint.startswith("Signature not yet current: ")


def test_a_token_dies_with_its_credentials(identities: IdentityStore, assumed: AssumedCredentials) -> None:
    text = token(key=assumed.key, session_token=assumed.session_token, admin=False, lifetime_s=604_800)
    check(identities, text, user="reader")
    refused = refusal(lambda: check(identities, text, user="reader", at=assumed.expiration))
    assert refused.reason is Refusal.CREDENTIALS_EXPIRED


@pytest.mark.parametrize(
    ("admin", "user", "hint"),
    [
        (False, "admin", "Wrong user to action mapping. user: admin, action: DbConnect"),
        (True, "reader", "Wrong user to action mapping. user: reader, action: DbConnectAdmin"),
    ],
)
def test_the_action_must_fit_the_user(identities: IdentityStore, admin: bool, user: str, hint: str) -> None:
    refused = refusal(lambda: check(identities, token(admin=admin), user=user))
    assert (refused.reason, refused.hint) == (Refusal.WRONG_ACTION, hint)


def test_a_tampered_signature_is_refused(identities: IdentityStore) -> None:
    text = token()
    changed = text[:-1] + ("0" if text[-1] != "0" else "1")
    assert refusal(lambda: check(identities, changed)).reason is Refusal.BAD_SIGNATURE


def test_a_longer_lifetime_cannot_be_written_in(identities: IdentityStore) -> None:
    changed = token().replace("X-Amz-Expires=900", "X-Amz-Expires=604800")
    assert refusal(lambda: check(identities, changed)).reason is Refusal.BAD_SIGNATURE


def test_a_token_for_another_host_is_refused(identities: IdentityStore) -> None:
    refused = refusal(lambda: check(identities, token(host=OTHER_HOST)))
    assert refused.reason is Refusal.WRONG_HOST
    assert HOST in refused.hint


def test_a_swapped_host_is_refused(identities: IdentityStore) -> None:
    swapped = token(host=OTHER_HOST).replace(OTHER_HOST, HOST)
    assert refusal(lambda: check(identities, swapped)).reason is Refusal.BAD_SIGNATURE


def test_a_swapped_action_is_refused(identities: IdentityStore) -> None:
    swapped = token(admin=False).replace("Action=DbConnect&", "Action=DbConnectAdmin&")
    assert refusal(lambda: check(identities, swapped)).reason is Refusal.BAD_SIGNATURE


def test_a_removed_session_token_is_refused(identities: IdentityStore, assumed: AssumedCredentials) -> None:
    text = token(key=assumed.key, session_token=assumed.session_token)
    without = "&".join(pair for pair in text.split("&") if not pair.startswith("X-Amz-Security-Token="))
    assert without != text
    assert refusal(lambda: check(identities, without)).reason is Refusal.WRONG_SESSION_TOKEN


def test_another_session_token_is_refused(identities: IdentityStore, assumed: AssumedCredentials) -> None:
    text = token(key=assumed.key, session_token="not the one")
    assert refusal(lambda: check(identities, text)).reason is Refusal.WRONG_SESSION_TOKEN


def test_an_unknown_key_is_refused(identities: IdentityStore) -> None:
    refused = refusal(lambda: check(identities, token(key=AccessKey.generate())))
    assert refused.reason is Refusal.UNKNOWN_KEY
    assert refused.hint == "The security token included in the request is invalid."


def test_a_wrong_secret_is_refused(identities: IdentityStore) -> None:
    stranger = AccessKey(KEY.access_key_id, AccessKey.generate().secret_access_key)
    assert refusal(lambda: check(identities, token(key=stranger))).reason is Refusal.BAD_SIGNATURE


def test_another_region_is_refused(identities: IdentityStore) -> None:
    refused = refusal(lambda: check(identities, token(region="us-east-2")))
    assert refused.reason is Refusal.WRONG_REGION
    assert "us-east-2" in refused.hint


def test_a_swapped_region_is_refused(identities: IdentityStore) -> None:
    swapped = token(region="us-east-2").replace("%2Fus-east-2%2F", "%2Fus-east-1%2F")
    assert refusal(lambda: check(identities, swapped)).reason is Refusal.BAD_SIGNATURE


def test_another_service_is_refused(identities: IdentityStore) -> None:
    swapped = token().replace("%2Fdsql%2F", "%2Fs3%2F")
    assert refusal(lambda: check(identities, swapped)).reason is Refusal.WRONG_SERVICE


def test_an_added_parameter_is_refused(identities: IdentityStore) -> None:
    assert refusal(lambda: check(identities, token() + "&DbUser=x")).reason is Refusal.BAD_SIGNATURE
    assert refusal(lambda: check(identities, token() + "&Action=DbConnect")).reason is Refusal.MALFORMED


def test_a_policy_that_does_not_allow_it_gives_the_iam_hint() -> None:
    connect_only = PermissionPolicy.allowing(["dsql:DbConnect"], ["*"])
    identities = IdentityStore.with_user(KEY, policies=(connect_only,))
    check(identities, token(admin=False), user="reader")
    refused = refusal(lambda: check(identities, token()))
    assert refused.reason is Refusal.NOT_AUTHORIZED
    assert refused.hint.startswith(
        f"User: arn:aws:iam::{ACCOUNT_ID}:user/workshop is not authorized to perform: dsql:DbConnectAdmin "
        f"on resource: arn:aws:dsql:us-east-1:{ACCOUNT_ID}:cluster/abcdefghijklmnopqrstuvwxyz"
    )


def test_an_explicit_deny_is_told() -> None:
    deny = PermissionPolicy.parse('{"Statement": {"Effect": "Deny", "Action": "dsql:*", "Resource": "*"}}')
    identities = IdentityStore.with_user(KEY, policies=(PermissionPolicy.allowing(["*"], ["*"]), deny))
    refused = refusal(lambda: check(identities, token()))
    assert refused.reason is Refusal.DENIED
    assert refused.hint.endswith("with an explicit deny in an identity-based policy")


GARBAGE = [
    "",
    "secret",
    HOST,
    f"{HOST}/?",
    f"{HOST}/?&&&",
    f"{HOST}/?Action=DbConnectAdmin",
    f"{HOST}/?Action=%FF",
    f"{HOST}/?Action=DbConnectAdmin&Action=DbConnectAdmin",
    f"https://{HOST}/?Action=DbConnectAdmin",
    "[/?Action=DbConnectAdmin",
    "é/?Action=DbConnectAdmin",
    "\udcff",
    "x" * 100_000,
]


@pytest.mark.parametrize("text", GARBAGE)
def test_garbage_is_malformed(identities: IdentityStore, text: str) -> None:
    assert refusal(lambda: check(identities, text)).reason is Refusal.MALFORMED


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("X-Amz-Algorithm=AWS4-HMAC-SHA256", "X-Amz-Algorithm=AWS4-ECDSA-P256-SHA256", Refusal.MALFORMED),
        ("X-Amz-SignedHeaders=host", "X-Amz-SignedHeaders=host%3Bdate", Refusal.MALFORMED),
        ("aws4_request", "aws4_wish", Refusal.MALFORMED),
        ("X-Amz-Expires=900", "X-Amz-Expires=soon", Refusal.BAD_LIFETIME),
        ("X-Amz-Expires=900", "X-Amz-Expires=-900", Refusal.BAD_LIFETIME),
        ("X-Amz-Date=20", "X-Amz-Date=19", Refusal.MALFORMED),
        ("X-Amz-Signature=", "X-Amz-Signature=%C3%A9", Refusal.BAD_SIGNATURE),
    ],
)
def test_a_changed_part_is_refused(identities: IdentityStore, old: str, new: str, reason: Refusal) -> None:
    text = token()
    assert old in text
    assert refusal(lambda: check(identities, text.replace(old, new))).reason is reason


@pytest.mark.parametrize("date", ["99991231T235959Z", "00010101T000000Z", "20261399T000000Z"])
def test_impossible_dates_are_refused(identities: IdentityStore, date: str) -> None:
    text = token()
    old = text.partition("X-Amz-Date=")[2][:16]
    assert refusal(lambda: check(identities, text.replace(old, date).replace(old[:8], date[:8])))


SHARED = IdentityStore.with_user(KEY)
GOOD = token(lifetime_s=86_400)


@given(index=st.integers(min_value=len(HOST), max_value=len(GOOD) - 1), character=st.characters(codec="utf-8"))
def test_one_changed_character_is_enough(index: int, character: str) -> None:
    changed = GOOD[:index] + character + GOOD[index + 1 :]
    assume(unquote(changed) != unquote(GOOD))
    refusal(lambda: check(SHARED, changed))


@given(text=st.text() | st.text().map(lambda query: f"{HOST}/?Action=DbConnectAdmin&{query}"))
@example("%")
def test_no_password_breaks_the_check(text: str) -> None:
    refusal(lambda: check(SHARED, text))


def test_neither_token_nor_secret_is_in_the_exception(identities: IdentityStore) -> None:
    text = token()
    signature = text.partition("X-Amz-Signature=")[2]
    shown = repr(refusal(lambda: check(identities, text, at=now() + timedelta(hours=1))))
    assert signature not in shown
    assert KEY.secret_access_key not in shown


def test_every_refusal_has_a_hint_and_its_evidence() -> None:
    assert set(HINTS) == set(Refusal)
    recorded = {reason for reason, wording in HINTS.items() if wording.evidence is Evidence.RECORDED}
    assert recorded == {Refusal.EXPIRED, Refusal.NOT_AUTHORIZED, Refusal.WRONG_ACTION}


# --- HTTP requests --------------------------------------------------------------------------------------------------

BODY = b"Action=GetCallerIdentity&Version=2011-06-15"


def signed_headers(
    *, key: AccessKey = KEY, session_token: str | None = None, body: bytes = BODY, target: str = "/"
) -> dict[str, str]:
    """The headers of a POST as botocore signs it, now."""
    request = AWSRequest(
        "POST", f"http://127.0.0.1:4566{target}", data=body, headers={"X-Custom": " a   b ", "Host": "127.0.0.1:4566"}
    )
    SigV4Auth(Credentials(key.access_key_id, key.secret_access_key, session_token), "sts", "us-east-1").add_auth(
        request
    )
    return {name.lower(): value for name, value in request.headers.items()}


def check_request(
    identities: IdentityStore,
    headers: dict[str, str],
    *,
    method: str = "POST",
    target: str = "/",
    body: bytes = BODY,
    at: datetime | None = None,
) -> SignedRequest:
    return verify_request(method, target, headers, body, identities=identities, now=at or now())


def test_a_signed_request_is_accepted(identities: IdentityStore) -> None:
    principal, region, service = check_request(identities, signed_headers())
    assert (principal.arn, region, service) == (f"arn:aws:iam::{ACCOUNT_ID}:user/workshop", "us-east-1", "sts")


def test_path_and_query_are_signed(identities: IdentityStore) -> None:
    target = "/tags/arn%3Aaws%3Adsql?b=2&a=%2F1"
    headers = signed_headers(target=target)
    check_request(identities, headers, target=target)
    changed = refusal(lambda: check_request(identities, headers, target=target.replace("b=2", "b=3")))
    assert changed.reason is Refusal.BAD_SIGNATURE


def test_a_request_of_an_assumed_role_is_accepted(identities: IdentityStore, assumed: AssumedCredentials) -> None:
    headers = signed_headers(key=assumed.key, session_token=assumed.session_token)
    assert check_request(identities, headers).principal == assumed.principal
    del headers["x-amz-security-token"]
    assert refusal(lambda: check_request(identities, headers)).reason is Refusal.MALFORMED


def test_headers_that_were_not_signed_may_come_along(identities: IdentityStore) -> None:
    check_request(identities, signed_headers() | {"user-agent": "curl/8", "x-added": "by a proxy"})


@pytest.mark.parametrize(
    ("name", "value"),
    [("x-custom", "other"), ("host", "dsql.us-east-1.api.aws")],
)
def test_a_changed_signed_header_is_refused(identities: IdentityStore, name: str, value: str) -> None:
    headers = signed_headers() | {name: value}
    assert refusal(lambda: check_request(identities, headers)).reason is Refusal.BAD_SIGNATURE


def test_the_host_must_be_signed(identities: IdentityStore) -> None:
    headers = signed_headers()
    headers["authorization"] = headers["authorization"].replace("SignedHeaders=host;", "SignedHeaders=")
    assert refusal(lambda: check_request(identities, headers)).reason is Refusal.MALFORMED


def test_a_changed_method_is_refused(identities: IdentityStore) -> None:
    headers = signed_headers()
    assert refusal(lambda: check_request(identities, headers, method="PUT")).reason is Refusal.BAD_SIGNATURE


def test_a_changed_body_is_refused(identities: IdentityStore) -> None:
    headers = signed_headers()
    assert refusal(lambda: check_request(identities, headers, body=BODY + b"x")).reason is Refusal.BAD_SIGNATURE


@pytest.mark.parametrize("content_hash", ["UNSIGNED-PAYLOAD", "0" * 64])
def test_the_body_must_match_its_hash(identities: IdentityStore, content_hash: str) -> None:
    headers = signed_headers() | {"x-amz-content-sha256": content_hash}
    assert refusal(lambda: check_request(identities, headers)).reason is Refusal.BODY_CHANGED


@pytest.mark.parametrize(("minutes", "reason"), [(6, Refusal.EXPIRED), (-6, Refusal.NOT_YET_VALID)])
def test_a_clock_five_minutes_off_is_refused(identities: IdentityStore, minutes: int, reason: Refusal) -> None:
    headers = signed_headers()
    check_request(identities, headers, at=now() + timedelta(minutes=minutes * 2 // 3))
    at = now() + timedelta(minutes=minutes)
    assert refusal(lambda: check_request(identities, headers, at=at)).reason is reason


def test_an_unsigned_request_is_refused(identities: IdentityStore) -> None:
    assert refusal(lambda: check_request(identities, {"host": "127.0.0.1"})).reason is Refusal.MISSING


def test_unknown_key_and_wrong_secret_are_told_apart(identities: IdentityStore) -> None:
    unknown = signed_headers(key=AccessKey.generate())
    assert refusal(lambda: check_request(identities, unknown)).reason is Refusal.UNKNOWN_KEY
    wrong = signed_headers(key=AccessKey(KEY.access_key_id, "wrong"))
    assert refusal(lambda: check_request(identities, wrong)).reason is Refusal.BAD_SIGNATURE


@given(authorization=st.text() | st.text().map(lambda text: f"AWS4-HMAC-SHA256 {text}"), date=st.text())
@example("AWS4-HMAC-SHA256 Credential=a/b/c/d/e, SignedHeaders=host, Signature=x", "20260101T000000Z")
def test_no_header_breaks_the_check(authorization: str, date: str) -> None:
    headers = {"host": "127.0.0.1", "authorization": authorization, "x-amz-date": date}
    refusal(lambda: check_request(SHARED, headers))
