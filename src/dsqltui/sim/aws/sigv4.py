"""Checks AWS Signature Version 4, on connect tokens and on HTTP requests, with botocore's own signer.

    verify_token(...)       the password of a connection: a presigned GET for one host, action and Region
    verify_request(...)     an HTTP request signed by its Authorization header
    TokenRefused            why not, and the HINT to send

A signature is never taken apart: it is made again from what arrived, with the secret of the access key that is
named, and compared. Neither tokens, signatures nor secrets appear in an exception.
"""

import hmac
import importlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum
from hashlib import sha256
from types import ModuleType
from typing import NamedTuple
from urllib.parse import unquote

from dsqltui.sim.aws.clusters import cluster_arn
from dsqltui.sim.aws.identity import CredentialsRefused, IdentityStore, LookupFailure, Principal
from dsqltui.sim.aws.policies import PolicyVerdict
from dsqltui.sim.rules.refusals import Evidence


class Refusal(Enum):
    """What is wrong with a token or a signed request."""

    MISSING = "not signed"
    MALFORMED = "malformed"
    WRONG_ACTION = "action does not fit the user"
    WRONG_HOST = "signed for another host"
    WRONG_SERVICE = "signed for another service"
    WRONG_REGION = "signed for another Region"
    BAD_LIFETIME = "lifetime out of bounds"
    TOO_LONG_A_LIFETIME = "lifetime of a week or more"
    EXPIRED = "expired"
    NOT_YET_VALID = "not yet valid"
    UNKNOWN_KEY = "unknown access key"
    WRONG_SESSION_TOKEN = "wrong session token"
    CREDENTIALS_EXPIRED = "credentials expired"
    BODY_CHANGED = "body does not match its hash"
    BAD_SIGNATURE = "wrong signature"
    NOT_AUTHORIZED = "not authorized"
    DENIED = "denied by a policy"


@dataclass(frozen=True, slots=True)
class Wording:
    """A hint; `{name}` stands for a value of the case."""

    template: str
    evidence: Evidence


# On a connection each is the HINT of FATAL 08006 "unable to accept connection, access denied" (recorded 2026-09).
# EXPIRED is recorded up to the colon and NOT_AUTHORIZED up to the action; their rest, and every GUESSED wording, is
# what other AWS services say.
_INVALID_TOKEN = Wording("The security token included in the request is invalid.", Evidence.GUESSED)
_NO_MATCH = Wording(
    "The request signature we calculated does not match the signature you provided. "
    "Check your AWS Secret Access Key and signing method. Consult the service documentation for details.",
    Evidence.GUESSED,
)
HINTS: Mapping[Refusal, Wording] = {
    Refusal.MISSING: Wording("Request is missing Authentication Token", Evidence.GUESSED),
    Refusal.MALFORMED: Wording("The security token included in the request is malformed.", Evidence.GUESSED),
    Refusal.WRONG_ACTION: Wording(
        "Wrong user to action mapping. user: {user}, action: {action}",
        Evidence.RECORDED,
    ),
    Refusal.WRONG_HOST: Wording("Token should be signed for the host name: '{host}'.", Evidence.GUESSED),
    Refusal.WRONG_SERVICE: Wording("Credential should be scoped to correct service: '{service}'.", Evidence.GUESSED),
    Refusal.WRONG_REGION: Wording("Credential should be scoped to a valid region, not '{region}'.", Evidence.GUESSED),
    Refusal.BAD_LIFETIME: Wording(
        "X-Amz-Expires must be between {least} and {most} seconds.",
        Evidence.GUESSED,
    ),
    # AWS's own tests look for these words
    Refusal.TOO_LONG_A_LIFETIME: Wording("X-Amz-Expires must be less than a week (in seconds)", Evidence.DOCUMENTED),
    Refusal.EXPIRED: Wording(
        "Signature expired: {signed} is now earlier than {earliest} ({now} - {lifetime})",
        Evidence.RECORDED,
    ),
    Refusal.NOT_YET_VALID: Wording(
        "Signature not yet current: {signed} is still later than {latest} ({now} + 5 min.)",
        Evidence.GUESSED,
    ),
    Refusal.UNKNOWN_KEY: _INVALID_TOKEN,
    Refusal.WRONG_SESSION_TOKEN: _INVALID_TOKEN,
    Refusal.CREDENTIALS_EXPIRED: Wording("The security token included in the request is expired", Evidence.GUESSED),
    Refusal.BODY_CHANGED: _NO_MATCH,
    Refusal.BAD_SIGNATURE: _NO_MATCH,
    Refusal.NOT_AUTHORIZED: Wording(
        "User: {arn} is not authorized to perform: {action} on resource: {resource} "
        "because no identity-based policy allows the {action} action",
        Evidence.RECORDED,
    ),
    Refusal.DENIED: Wording(
        "User: {arn} is not authorized to perform: {action} on resource: {resource} "
        "with an explicit deny in an identity-based policy",
        Evidence.GUESSED,
    ),
}


class TokenRefused(Exception):
    """The token or the signed request is not good. `hint` is the text for the client and holds no secret."""

    def __init__(self, reason: Refusal, hint: str) -> None:
        super().__init__(hint)
        self.reason = reason
        self.hint = hint


class SignedRequest(NamedTuple):
    """Who signed an HTTP request, and the Region and the service it was signed for."""

    principal: Principal
    region: str
    service: str


ADMIN_USER = "admin"
ADMIN_ACTION = "DbConnectAdmin"
CUSTOM_ACTION = "DbConnect"

MIN_LIFETIME_S = 1
MAX_LIFETIME_S = 604_800
"""Seconds a token may be good for: one week. Source: Aurora DSQL User Guide, authentication tokens, read 2026-10."""

CLOCK_SKEW = timedelta(minutes=5)
"""How far the client's clock may be off. Source: AWS IAM User Guide, Signature Version 4, read 2026-11."""

_ALGORITHM = "AWS4-HMAC-SHA256"
_TERMINATOR = "aws4_request"
_TIMESTAMP = re.compile(r"[0-9]{8}T[0-9]{6}Z")
_TIMESTAMP_FORMAT = "%Y%m%dT%H%M%SZ"
_LIFETIME = re.compile(r"[0-9]{1,12}")
_MAX_TOKEN_LENGTH = 16_384
_AUTHORIZATION = re.compile(
    rf"{_ALGORITHM} +Credential=(?P<credential>[^,\s]+), *"
    r"SignedHeaders=(?P<headers>[^,\s]+), *Signature=(?P<signature>\S+)"
)
_CONTENT_HASH = "x-amz-content-sha256"


@dataclass(frozen=True, slots=True)
class _Scope:
    """The parts of a credential: `<access key id>/<date>/<region>/<service>/aws4_request`."""

    access_key_id: str
    date: str
    region: str
    service: str


def connect_action(user: str) -> str:
    """The action a token must be signed for to connect as this database role."""
    return ADMIN_ACTION if user == ADMIN_USER else CUSTOM_ACTION


def verify_token(
    token: str,
    *,
    host: str,
    region: str,
    user: str,
    identities: IdentityStore,
    now: datetime,
) -> Principal:
    """Who may connect with this token, as `user`, to the endpoint `host` of `region`. Raises TokenRefused.

    The token is what `generate_db_connect_auth_token` makes: a presigned URL without its scheme. `now` is aware.
    """
    token_host, parameters = _taken_apart(token)
    action = parameters.get("Action", "")
    if action not in (ADMIN_ACTION, CUSTOM_ACTION):
        raise _refused(Refusal.MALFORMED)
    if action != connect_action(user):
        raise _refused(Refusal.WRONG_ACTION, user=user, action=action)
    scope = _scope(parameters.get("X-Amz-Credential", ""))
    signed_at = _signed_at(parameters.get("X-Amz-Date", ""), scope)
    if parameters.get("X-Amz-Algorithm") != _ALGORITHM or parameters.get("X-Amz-SignedHeaders") != "host":
        raise _refused(Refusal.MALFORMED)
    if token_host.lower() != host.lower():
        raise _refused(Refusal.WRONG_HOST, host=host)
    if scope.service != "dsql":
        raise _refused(Refusal.WRONG_SERVICE, service="dsql")
    if scope.region != region:
        raise _refused(Refusal.WRONG_REGION, region=scope.region)
    _check_time(signed_at, _lifetime(parameters.get("X-Amz-Expires", "")), now)
    secret, principal = _look_up(identities, scope, parameters.get("X-Amz-Security-Token"), now)

    signed = {name: value for name, value in parameters.items() if name != "X-Amz-Signature"}
    key, where = (scope.access_key_id, secret), (scope.service, scope.region)
    _compare(
        parameters.get("X-Amz-Signature", ""),
        load_signers().of_token(host.lower(), signed, key, where, _stamp(signed_at)),
    )

    check_allowed(identities, principal, f"dsql:{action}", cluster_arn(region, host.lower().split(".", 1)[0]))
    return principal


def token_host(token: str) -> str:
    """The host a token says it is for, in lower case; nothing about it is checked."""
    return token.partition("/?")[0].lower()


def verify_request(
    method: str,
    target: str,
    headers: Mapping[str, str],
    body: bytes,
    *,
    identities: IdentityStore,
    now: datetime,
) -> SignedRequest:
    """Who signed an HTTP request. Raises TokenRefused.

    `target` is path and query as they arrived; header names are in lower case, repeated headers joined by commas.
    Whether the principal may do what the request asks for is not looked at.
    """
    authorization = headers.get("authorization")
    if authorization is None:
        raise _refused(Refusal.MISSING)
    parts = _AUTHORIZATION.fullmatch(authorization)
    if parts is None:
        raise _refused(Refusal.MALFORMED)
    scope = _scope(parts["credential"])
    signed_at = _signed_at(headers.get("x-amz-date", ""), scope)
    signed_headers = tuple(parts["headers"].split(";"))
    if "host" not in signed_headers or any(name not in headers for name in signed_headers):
        raise _refused(Refusal.MALFORMED)
    _check_time(signed_at, CLOCK_SKEW, now)
    secret, principal = _look_up(identities, scope, headers.get("x-amz-security-token"), now)

    body_hash = sha256(body).hexdigest()
    if not _same(headers.get(_CONTENT_HASH, body_hash), body_hash):
        raise _refused(Refusal.BODY_CHANGED)
    # the signer leaves the body alone when it finds its hash here; the host is signed as the header says it
    key, where = (scope.access_key_id, secret), (scope.service, scope.region)
    hashed = {**headers, _CONTENT_HASH: body_hash}
    _compare(
        parts["signature"],
        load_signers().of_request(method, target, hashed, signed_headers, key, where, _stamp(signed_at)),
    )
    return SignedRequest(principal, scope.region, scope.service)


def check_allowed(identities: IdentityStore, principal: Principal, action: str, resource: str) -> None:
    """Raises TokenRefused (NOT_AUTHORIZED, DENIED) unless the principal's policies allow `action` on `resource`."""
    verdict = identities.verdict(principal, action, resource)
    if verdict is not PolicyVerdict.ALLOWED:
        reason = Refusal.DENIED if verdict is PolicyVerdict.DENIED else Refusal.NOT_AUTHORIZED
        raise _refused(reason, arn=principal.arn, action=action, resource=resource)


def _refused(reason: Refusal, **values: str) -> TokenRefused:
    return TokenRefused(reason, HINTS[reason].template.format_map(values))


def _taken_apart(token: str) -> tuple[str, dict[str, str]]:
    """The host and the decoded query of a token; every parameter at most once."""
    host, separator, query = token.partition("/?")
    if len(token) > _MAX_TOKEN_LENGTH or not token.isascii() or not separator:
        raise _refused(Refusal.MALFORMED)
    parameters: dict[str, str] = {}
    for pair in query.split("&"):
        name, equals, value = pair.partition("=")
        try:
            name, value = unquote(name, errors="strict"), unquote(value, errors="strict")
        except UnicodeDecodeError:
            raise _refused(Refusal.MALFORMED) from None
        if not equals or name in parameters:
            raise _refused(Refusal.MALFORMED)
        parameters[name] = value
    return host, parameters


def _scope(credential: str) -> _Scope:
    parts = credential.split("/")
    if len(parts) != 5 or parts[4] != _TERMINATOR or not all(parts):
        raise _refused(Refusal.MALFORMED)
    return _Scope(*parts[:4])


def _signed_at(timestamp: str, scope: _Scope) -> datetime:
    if not _TIMESTAMP.fullmatch(timestamp) or timestamp[:8] != scope.date:
        raise _refused(Refusal.MALFORMED)
    try:
        return datetime.strptime(timestamp, _TIMESTAMP_FORMAT).replace(tzinfo=UTC)
    except ValueError:  # digits, but no date
        raise _refused(Refusal.MALFORMED) from None


def _lifetime(expires: str) -> timedelta:
    if _LIFETIME.fullmatch(expires) and int(expires) > MAX_LIFETIME_S:
        raise _refused(Refusal.TOO_LONG_A_LIFETIME)
    if not _LIFETIME.fullmatch(expires) or not MIN_LIFETIME_S <= int(expires) <= MAX_LIFETIME_S:
        raise _refused(Refusal.BAD_LIFETIME, least=str(MIN_LIFETIME_S), most=str(MAX_LIFETIME_S))
    return timedelta(seconds=int(expires))


def _check_time(signed_at: datetime, lifetime: timedelta, now: datetime) -> None:
    if signed_at > now + CLOCK_SKEW:
        raise _refused(
            Refusal.NOT_YET_VALID, signed=_stamp(signed_at), latest=_stamp(now + CLOCK_SKEW), now=_stamp(now)
        )
    if now - signed_at >= lifetime:
        raise _refused(
            Refusal.EXPIRED,
            signed=_stamp(signed_at),
            earliest=_stamp(now - lifetime),
            now=_stamp(now),
            lifetime=_in_words(lifetime),
        )


def _look_up(
    identities: IdentityStore, scope: _Scope, session_token: str | None, now: datetime
) -> tuple[str, Principal]:
    try:
        return identities.lookup(scope.access_key_id, session_token, now)
    except CredentialsRefused as refused:
        raise _refused(_LOOKUP_REFUSALS[refused.failure]) from None


_LOOKUP_REFUSALS = {
    LookupFailure.UNKNOWN_KEY: Refusal.UNKNOWN_KEY,
    LookupFailure.WRONG_SESSION_TOKEN: Refusal.WRONG_SESSION_TOKEN,
    LookupFailure.EXPIRED: Refusal.CREDENTIALS_EXPIRED,
}


def load_signers() -> ModuleType:
    """botocore's signers, which take their time to load."""
    return importlib.import_module("dsqltui.sim.aws.signers")


def _compare(given: str, expected: str) -> None:
    """Raises TokenRefused unless the signatures are the same."""
    if not _same(given, expected):
        raise _refused(Refusal.BAD_SIGNATURE)


def _same(given: str, expected: str) -> bool:
    return hmac.compare_digest(given.encode(), expected.encode())


def _stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime(_TIMESTAMP_FORMAT)


def _in_words(lifetime: timedelta) -> str:
    seconds = int(lifetime.total_seconds())
    return f"{seconds // 60} min." if seconds % 60 == 0 else f"{seconds} sec."
