"""What the simulated AWS services have in common: a checked call in, an answer or one of AWS's errors out."""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Protocol
from urllib.parse import parse_qsl

from dsqltui.sim.aws.http import HttpRequest, Response
from dsqltui.sim.aws.identity import Principal
from dsqltui.sim.aws.sigv4 import Refusal

_MAX_FIELDS = 200


class AwsFault(Enum):
    """An error of AWS: HTTP status, its code in the query protocol, its code in the REST protocol.

    Source: AWS's common errors of both protocols, and the models of STS, IAM and Aurora DSQL in botocore 1.44.
    """

    ACCESS_DENIED = (403, "AccessDenied", "AccessDeniedException")
    ALREADY_EXISTS = (409, "EntityAlreadyExists", "ConflictException")
    CONFLICT = (409, "Conflict", "ConflictException")
    CREDENTIALS_EXPIRED = (403, "ExpiredToken", "ExpiredTokenException")
    DELETE_CONFLICT = (409, "DeleteConflict", "ConflictException")
    INTERNAL = (500, "InternalFailure", "InternalServerException")
    INVALID_INPUT = (400, "InvalidInput", "ValidationException")
    INVALID_SIGNATURE = (403, "SignatureDoesNotMatch", "InvalidSignatureException")
    LIMIT_EXCEEDED = (409, "LimitExceeded", "ServiceQuotaExceededException")
    MALFORMED_POLICY = (400, "MalformedPolicyDocument", "ValidationException")
    MALFORMED_SIGNATURE = (400, "IncompleteSignature", "IncompleteSignatureException")
    NO_SUCH_ENTITY = (404, "NoSuchEntity", "ResourceNotFoundException")
    NOT_FOUND = (404, "ResourceNotFound", "ResourceNotFoundException")
    QUOTA_EXCEEDED = (402, "LimitExceeded", "ServiceQuotaExceededException")
    UNKNOWN_KEY = (403, "InvalidClientTokenId", "UnrecognizedClientException")
    UNKNOWN_OPERATION = (400, "InvalidAction", "ValidationException")
    UNSIGNED = (403, "MissingAuthenticationToken", "MissingAuthenticationTokenException")
    VALIDATION = (400, "ValidationError", "ValidationException")

    def __init__(self, status: int, query_code: str, rest_code: str) -> None:
        self.status = status
        self.query_code = query_code
        self.rest_code = rest_code


FAULTS = {
    Refusal.MISSING: AwsFault.UNSIGNED,
    Refusal.MALFORMED: AwsFault.MALFORMED_SIGNATURE,
    Refusal.UNKNOWN_KEY: AwsFault.UNKNOWN_KEY,
    Refusal.WRONG_SESSION_TOKEN: AwsFault.UNKNOWN_KEY,
    Refusal.CREDENTIALS_EXPIRED: AwsFault.CREDENTIALS_EXPIRED,
    Refusal.EXPIRED: AwsFault.INVALID_SIGNATURE,
    Refusal.NOT_YET_VALID: AwsFault.INVALID_SIGNATURE,
    Refusal.BODY_CHANGED: AwsFault.INVALID_SIGNATURE,
    Refusal.BAD_SIGNATURE: AwsFault.INVALID_SIGNATURE,
    Refusal.NOT_AUTHORIZED: AwsFault.ACCESS_DENIED,
    Refusal.DENIED: AwsFault.ACCESS_DENIED,
}
"""What a refusal of `verify_request` or `check_allowed` is called; the other refusals are of connect tokens only."""


class AwsError(Exception):
    """An operation's refusal; `members` are the fields of the error beside its message."""

    def __init__(self, fault: AwsFault, message: str, **members: object) -> None:
        super().__init__(message)
        self.fault = fault
        self.message = message
        self.members = members


@dataclass(frozen=True, slots=True)
class Call:
    """A request whose signature is good."""

    request: HttpRequest
    caller: Principal
    region: str
    now: datetime


class Service(Protocol):
    """One AWS service behind the endpoint."""

    async def answer(self, call: Call) -> Response:
        """Do the operation. Raises AwsError or TokenRefused."""

    def refusal(self, error: AwsError) -> Response:
        """An error in this service's protocol."""


def form_fields(text: str) -> list[tuple[str, str]]:
    """The fields of a query string or a form, decoded, in order. Raises AwsError."""
    try:
        return parse_qsl(text, keep_blank_values=True, max_num_fields=_MAX_FIELDS, errors="strict")
    except ValueError:
        raise AwsError(
            AwsFault.VALIDATION,
            f"The parameters are not a form of at most {_MAX_FIELDS} fields in UTF-8.",
            reason="cannotParse",
        ) from None
