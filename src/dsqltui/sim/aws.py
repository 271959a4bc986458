"""AWS's two control planes that the console needs, on 127.0.0.1: STS (query protocol) and Aurora DSQL (REST JSON).

    AwsEndpoint         accepts connections, checks every signature, hands the call to its service
    _Sts, _Dsql         one service each: a table of operations, and how answers and errors are written
    _read_request       the little HTTP/1.1 that SDKs speak

An official SDK or the AWS CLI uses it with `AWS_ENDPOINT_URL` set to `url`. The Region and the service are read from
the signature, so one port serves all Regions. Shapes of requests and answers: botocore's service models, 1.44.
"""

import asyncio
import json
import logging
import re
import uuid
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import Enum
from http import HTTPStatus
from typing import Protocol
from urllib.parse import parse_qsl, unquote
from xml.sax.saxutils import escape

from dsqltui.sim.clusters import SimCluster, Topology, cluster_arn, is_identifier
from dsqltui.sim.identity import (
    ACCOUNT_ID,
    DEFAULT_SESSION_S,
    AssumeRoleFailure,
    AssumeRoleRefused,
    IdentityStore,
    Principal,
)
from dsqltui.sim.sigv4 import Refusal, TokenRefused, check_allowed, verify_request

MAX_HEAD_BYTES = 64 * 1024
MAX_BODY_BYTES = 1024 * 1024
REQUEST_TIMEOUT_S = 60.0
"""Seconds a connection may take to send its next request, idle time included."""

Clock = Callable[[], datetime]
"""Tells the time; aware."""

_logger = logging.getLogger(__name__)


def utc_now() -> datetime:
    """The time of this machine."""
    return datetime.now(UTC)


class _Fault(Enum):
    """An error of AWS: HTTP status, its code in the query protocol, its code in the REST protocol.

    Source: AWS's common errors of both protocols, and the model of Aurora DSQL.
    """

    ACCESS_DENIED = (403, "AccessDenied", "AccessDeniedException")
    CREDENTIALS_EXPIRED = (403, "ExpiredToken", "ExpiredTokenException")
    INTERNAL = (500, "InternalFailure", "InternalServerException")
    INVALID_SIGNATURE = (403, "SignatureDoesNotMatch", "InvalidSignatureException")
    MALFORMED_SIGNATURE = (400, "IncompleteSignature", "IncompleteSignatureException")
    NOT_FOUND = (404, "ResourceNotFound", "ResourceNotFoundException")
    UNKNOWN_KEY = (403, "InvalidClientTokenId", "UnrecognizedClientException")
    UNKNOWN_OPERATION = (400, "InvalidAction", "ValidationException")
    UNSIGNED = (403, "MissingAuthenticationToken", "MissingAuthenticationTokenException")
    VALIDATION = (400, "ValidationError", "ValidationException")

    def __init__(self, status: int, query_code: str, rest_code: str) -> None:
        self.status = status
        self.query_code = query_code
        self.rest_code = rest_code


_FAULTS = {
    Refusal.MISSING: _Fault.UNSIGNED,
    Refusal.MALFORMED: _Fault.MALFORMED_SIGNATURE,
    Refusal.UNKNOWN_KEY: _Fault.UNKNOWN_KEY,
    Refusal.WRONG_SESSION_TOKEN: _Fault.UNKNOWN_KEY,
    Refusal.CREDENTIALS_EXPIRED: _Fault.CREDENTIALS_EXPIRED,
    Refusal.EXPIRED: _Fault.INVALID_SIGNATURE,
    Refusal.NOT_YET_VALID: _Fault.INVALID_SIGNATURE,
    Refusal.BODY_CHANGED: _Fault.INVALID_SIGNATURE,
    Refusal.BAD_SIGNATURE: _Fault.INVALID_SIGNATURE,
    Refusal.NOT_AUTHORIZED: _Fault.ACCESS_DENIED,
}
"""What a refusal of `verify_request` or `check_allowed` is called; the other refusals are of connect tokens only."""


class _AwsError(Exception):
    """An operation's refusal; `members` are the fields of the error beside its message."""

    def __init__(self, fault: _Fault, message: str, **members: object) -> None:
        super().__init__(message)
        self.fault = fault
        self.message = message
        self.members = members


@dataclass(frozen=True, slots=True)
class _Request:
    """An HTTP request as it arrived; header names in lower case."""

    method: str
    target: str
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    keep_alive: bool

    @property
    def path(self) -> str:
        return self.target.partition("?")[0]

    @property
    def query(self) -> str:
        return self.target.partition("?")[2]


@dataclass(frozen=True, slots=True)
class _Response:
    status: int
    content_type: str
    body: bytes = field(repr=False)
    headers: Mapping[str, str] = field(default_factory=dict)
    request_id: str = field(default_factory=lambda: str(uuid.uuid4()))


@dataclass(frozen=True, slots=True)
class _Call:
    """A request whose signature is good."""

    request: _Request
    caller: Principal
    region: str
    now: datetime


class _Service(Protocol):
    """One AWS service behind the endpoint."""

    def answer(self, call: _Call) -> _Response:
        """Do the operation. Raises _AwsError or TokenRefused."""

    def refusal(self, error: _AwsError) -> _Response:
        """An error in this service's protocol."""


class AwsEndpoint:
    """The listener. It belongs to the event loop that started it."""

    def __init__(self, identities: IdentityStore, topology: Topology, *, clock: Clock = utc_now) -> None:
        self._identities = identities
        self._clock = clock
        self._sts: _Service = _Sts(identities)
        self._dsql: _Service = _Dsql(identities, topology)
        self._server: asyncio.Server | None = None
        self._port = 0
        self._connections: set[asyncio.Task[None]] = set()

    @property
    def url(self) -> str:
        """What `AWS_ENDPOINT_URL` must be. Raises RuntimeError when not started."""
        if self._server is None:
            raise RuntimeError("the AWS endpoint has no address: it is not started")
        return f"http://127.0.0.1:{self._port}"

    async def start(self, port: int = 0) -> int:
        """Listen on 127.0.0.1 and return the port; 0 takes a free one. Raises OSError when the port is taken."""
        if self._server is not None:
            raise RuntimeError("the AWS endpoint is started already")
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", port, limit=MAX_HEAD_BYTES)
        self._port = self._server.sockets[0].getsockname()[1]
        return self._port

    async def stop(self) -> None:
        """Close the listener and every connection; harmless when not started."""
        server, self._server = self._server, None
        if server is None:
            return
        server.close()
        connections = list(self._connections)
        for connection in connections:
            connection.cancel()
        await asyncio.gather(*connections, return_exceptions=True)
        await server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, request after request."""
        task = asyncio.current_task()
        assert task is not None
        self._connections.add(task)
        try:
            while self._server is not None and await self._exchange(reader, writer):
                pass
        except (ConnectionError, TimeoutError) as ended:
            _logger.debug("connection ended: %r", ended)
        finally:
            self._connections.discard(task)
            writer.close()
            with suppress(ConnectionError):  # the client was gone first
                await writer.wait_closed()

    async def _exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """One request and its answer; False when the connection is to be closed."""
        try:
            async with asyncio.timeout(REQUEST_TIMEOUT_S):
                request = await _read_request(reader, writer)
        except _BadRequest as bad:
            await _write(writer, _Response(bad.status, "text/plain", f"{bad}\n".encode()), keep_alive=False)
            return False
        if request is None:
            return False
        response = self._answer(request)
        _logger.debug("%s %s: %d", request.method, request.path, response.status)
        await _write(writer, response, keep_alive=request.keep_alive)
        return request.keep_alive

    def _answer(self, request: _Request) -> _Response:
        # what an unsigned or badly signed request was meant for shows in its path only
        service = self._sts if request.path == "/" else self._dsql
        try:
            now = self._clock()
            signed = verify_request(
                request.method, request.target, request.headers, request.body, identities=self._identities, now=now
            )
            service = self._service(signed.service)
            return service.answer(_Call(request, signed.principal, signed.region, now))
        except TokenRefused as refused:
            return service.refusal(_AwsError(_FAULTS[refused.reason], refused.hint))
        except _AwsError as error:
            return service.refusal(error)
        except Exception:  # our mistake: the traceback goes to the log, the client gets AWS's word for it
            _logger.exception("%s %s failed", request.method, request.path)
            return service.refusal(_AwsError(_Fault.INTERNAL, "The simulator failed; its log says why."))

    def _service(self, name: str) -> _Service:
        match name:
            case "sts":
                return self._sts
            case "dsql":
                return self._dsql
        raise _AwsError(_Fault.INVALID_SIGNATURE, "Credential should be scoped to correct service: 'sts' or 'dsql'.")


# --- STS: the query protocol, answers in XML --------------------------------------------------------------------------

_STS_VERSION = "2011-06-15"
_STS_NAMESPACE = f"https://sts.amazonaws.com/doc/{_STS_VERSION}/"
_NOT_IN_XML = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_ASSUME_ROLE_PARAMETERS = {"Action", "Version", "RoleArn", "RoleSessionName", "DurationSeconds", "ExternalId"}
_ASSUME_ROLE_FAULTS = {
    AssumeRoleFailure.ACCESS_DENIED: _Fault.ACCESS_DENIED,
    AssumeRoleFailure.VALIDATION_ERROR: _Fault.VALIDATION,
}

_XmlTree = Mapping[str, "str | _XmlTree"]


class _Sts:
    """Security Token Service. Region does not matter to it."""

    def __init__(self, identities: IdentityStore) -> None:
        self._identities = identities
        self._operations: Mapping[str, Callable[[_Call, Mapping[str, str]], _XmlTree]] = {
            "AssumeRole": self._assume_role,
            "GetCallerIdentity": self._get_caller_identity,
        }

    def answer(self, call: _Call) -> _Response:
        parameters = _form(call.request.query) | _form(call.request.body.decode("latin-1"))
        action, version = parameters.get("Action", ""), parameters.get("Version", "")
        operation = self._operations.get(action)
        if operation is None or version != _STS_VERSION:
            raise _AwsError(
                _Fault.UNKNOWN_OPERATION,
                f"Could not find operation {action or '(none)'} for version {version or '(none)'}",
            )
        result = operation(call, parameters)
        return self._response(
            HTTPStatus.OK,
            f"{action}Response",
            lambda request_id: {f"{action}Result": result, "ResponseMetadata": {"RequestId": request_id}},
        )

    def refusal(self, error: _AwsError) -> _Response:
        fault = error.fault
        kind = "Receiver" if fault.status >= HTTPStatus.INTERNAL_SERVER_ERROR else "Sender"
        detail = {"Type": kind, "Code": fault.query_code, "Message": error.message}
        return self._response(
            fault.status, "ErrorResponse", lambda request_id: {"Error": detail, "RequestId": request_id}
        )

    @staticmethod
    def _response(status: int, root: str, content: Callable[[str], _XmlTree]) -> _Response:
        request_id = str(uuid.uuid4())
        body = f'<{root} xmlns="{_STS_NAMESPACE}">{_xml(content(request_id))}</{root}>\n'
        return _Response(status, "text/xml", body.encode(), request_id=request_id)

    def _get_caller_identity(self, call: _Call, _parameters: Mapping[str, str]) -> _XmlTree:
        return {"Arn": call.caller.arn, "UserId": call.caller.user_id, "Account": ACCOUNT_ID}

    def _assume_role(self, call: _Call, parameters: Mapping[str, str]) -> _XmlTree:
        # a session policy, MFA or tags would change what the session may do: refused, not ignored
        if unknown := sorted(set(parameters) - _ASSUME_ROLE_PARAMETERS):
            raise _AwsError(_Fault.VALIDATION, f"{unknown[0]} is not supported by the simulator; leave it out.")
        duration = parameters.get("DurationSeconds", str(DEFAULT_SESSION_S))
        if not re.fullmatch(r"[0-9]{1,9}", duration):
            raise _AwsError(_Fault.VALIDATION, f"Value '{duration}' at 'durationSeconds' is not a number")
        try:
            assumed = self._identities.assume_role(
                call.caller,
                _required(parameters, "RoleArn"),
                _required(parameters, "RoleSessionName"),
                int(duration),
                now=call.now,
            )
        except AssumeRoleRefused as refused:
            raise _AwsError(_ASSUME_ROLE_FAULTS[refused.failure], str(refused)) from None
        return {
            "Credentials": {
                "AccessKeyId": assumed.key.access_key_id,
                "SecretAccessKey": assumed.key.secret_access_key,
                "SessionToken": assumed.session_token,
                "Expiration": assumed.expiration.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            },
            "AssumedRoleUser": {"Arn": assumed.principal.arn, "AssumedRoleId": assumed.principal.user_id},
        }


def _form(text: str) -> dict[str, str]:
    try:
        return dict(parse_qsl(text, keep_blank_values=True, max_num_fields=200, errors="strict"))
    except ValueError:
        raise _AwsError(
            _Fault.VALIDATION, "The parameters are not a form of at most 200 fields in UTF-8.", reason="cannotParse"
        ) from None


def _required(parameters: Mapping[str, str], name: str) -> str:
    if name not in parameters:
        member = name[0].lower() + name[1:]
        raise _AwsError(
            _Fault.VALIDATION,
            f"1 validation error detected: Value null at '{member}' failed to satisfy constraint: "
            "Member must not be null",
        )
    return parameters[name]


def _xml(tree: _XmlTree) -> str:
    return "".join(
        f"<{name}>{escape(_NOT_IN_XML.sub('?', value)) if isinstance(value, str) else _xml(value)}</{name}>"
        for name, value in tree.items()
    )


# --- Aurora DSQL: REST and JSON -------------------------------------------------------------------------------------

_MAX_PAGE = 100
_DsqlHandler = Callable[[_Call, str], Mapping[str, object]]


@dataclass(frozen=True, slots=True)
class _Route:
    """An operation: its method and path, the one group of which is the handler's argument."""

    method: str
    path: re.Pattern[str]
    handler: _DsqlHandler


class _Dsql:
    """The control plane of Aurora DSQL. A Region knows its own clusters only, as on AWS."""

    def __init__(self, identities: IdentityStore, topology: Topology) -> None:
        self._identities = identities
        self._topology = topology
        self._routes = (
            _Route("GET", re.compile(r"/cluster()"), self._list_clusters),
            _Route("GET", re.compile(r"/cluster/([^/]+)"), self._get_cluster),
        )

    def answer(self, call: _Call) -> _Response:
        for route in self._routes:
            match = route.path.fullmatch(call.request.path)
            if match and route.method == call.request.method:
                return self._response(HTTPStatus.OK, route.handler(call, unquote(match[1])), {})
        raise _AwsError(
            _Fault.UNKNOWN_OPERATION,
            f"{call.request.method} {call.request.path} is no operation of Aurora DSQL that the simulator knows.",
            reason="unknownOperation",
        )

    def refusal(self, error: _AwsError) -> _Response:
        body = {"message": error.message, **error.members}
        return self._response(error.fault.status, body, {"x-amzn-ErrorType": error.fault.rest_code})

    @staticmethod
    def _response(status: int, body: Mapping[str, object], headers: Mapping[str, str]) -> _Response:
        return _Response(status, "application/json", json.dumps(body).encode(), headers)

    def _list_clusters(self, call: _Call, _argument: str) -> Mapping[str, object]:
        check_allowed(self._identities, call.caller, "dsql:ListClusters", "*")
        query = _form(call.request.query)
        limit = query.get("max-results", str(_MAX_PAGE))
        if not re.fullmatch(r"[0-9]{1,3}", limit) or not 1 <= int(limit) <= _MAX_PAGE:
            raise _invalid_field("maxResults", f"must be a number from 1 to {_MAX_PAGE}")
        after = query.get("next-token", "")  # the last identifier of the page before
        rest = sorted((c for c in self._topology.in_region(call.region) if c.identifier > after), key=_by_identifier)
        page, more = rest[: int(limit)], len(rest) > int(limit)
        answer: dict[str, object] = {"clusters": [{"identifier": c.identifier, "arn": c.arn} for c in page]}
        return answer | {"nextToken": page[-1].identifier} if more else answer

    def _get_cluster(self, call: _Call, identifier: str) -> Mapping[str, object]:
        if not is_identifier(identifier):
            raise _invalid_field("identifier", "must satisfy regular expression pattern: [a-z0-9]{26}")
        check_allowed(self._identities, call.caller, "dsql:GetCluster", cluster_arn(call.region, identifier))
        cluster = self._topology.find(call.region, identifier)
        if cluster is None:
            raise _AwsError(
                _Fault.NOT_FOUND,
                f"The cluster {identifier} does not exist in {call.region}.",
                resourceId=identifier,
                resourceType="cluster",
            )
        return _described(cluster)


def _by_identifier(cluster: SimCluster) -> str:
    return cluster.identifier


def _described(cluster: SimCluster) -> Mapping[str, object]:
    """A cluster as GetClusterOutput; a time is seconds since 1970."""
    described: dict[str, object] = {
        "identifier": cluster.identifier,
        "arn": cluster.arn,
        "status": "ACTIVE",
        "endpoint": cluster.endpoint,
        "creationTime": int(cluster.creation_time.timestamp()),
        "deletionProtectionEnabled": cluster.deletion_protection,
        "tags": dict(cluster.tags),
        "encryptionDetails": {"encryptionType": "AWS_OWNED_KMS_KEY", "encryptionStatus": "ENABLED"},
    }
    if cluster.linked_arns:
        described["multiRegionProperties"] = {
            "witnessRegion": cluster.witness_region,
            "clusters": list(cluster.linked_arns),
        }
    return described


def _invalid_field(name: str, message: str) -> _AwsError:
    return _AwsError(
        _Fault.VALIDATION,
        f"The value of {name} is not valid: it {message}.",
        reason="fieldValidationFailed",
        fieldList=[{"name": name, "message": message}],
    )


# --- HTTP/1.1 -------------------------------------------------------------------------------------------------------

_REQUEST_LINE = re.compile(r"([A-Z]{1,16}) (/[!-~]*) HTTP/1\.([01])")
_HEADER = re.compile(r"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([^\x00-\x08\x0a-\x1f\x7f]*)")
_ONCE = {"authorization", "content-length", "host", "x-amz-content-sha256", "x-amz-date", "x-amz-security-token"}


class _BadRequest(Exception):
    """Not the HTTP we speak; the connection is closed after the answer, because the next request cannot be found."""

    def __init__(self, status: HTTPStatus, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status


async def _read_request(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> _Request | None:
    """The next request, or None when the client has closed. Raises _BadRequest."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError:
        return None
    except asyncio.LimitOverrunError:
        raise _BadRequest(
            HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, f"The head of the request exceeds {MAX_HEAD_BYTES} bytes."
        ) from None
    request_line, *header_lines = head[:-4].decode("latin-1").split("\r\n")
    line = _REQUEST_LINE.fullmatch(request_line)
    if line is None or "#" in line[2]:
        raise _BadRequest(HTTPStatus.BAD_REQUEST, "The request line is not METHOD /path HTTP/1.1.")
    headers = _headers(header_lines)
    length = _body_length(headers)
    if length and headers.get("expect", "").lower() == "100-continue":
        writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        await writer.drain()
    try:
        body = await reader.readexactly(length)
    except asyncio.IncompleteReadError:
        return None
    keep_alive = line[3] == "1" and headers.get("connection", "").lower() != "close"
    return _Request(line[1], line[2], headers, body, keep_alive)


def _headers(lines: list[str]) -> dict[str, str]:
    headers: dict[str, str] = {}
    for line in lines:
        parts = _HEADER.fullmatch(line)
        if parts is None:
            raise _BadRequest(HTTPStatus.BAD_REQUEST, "A header line is not Name: value.")
        name, value = parts[1].lower(), parts[2].rstrip(" \t")
        if name in headers:
            if name in _ONCE:
                raise _BadRequest(HTTPStatus.BAD_REQUEST, f"The header {name} is there more than once.")
            value = f"{headers[name]},{value}"
        headers[name] = value
    return headers


def _body_length(headers: Mapping[str, str]) -> int:
    if "transfer-encoding" in headers:
        raise _BadRequest(HTTPStatus.NOT_IMPLEMENTED, "Transfer-Encoding is not supported; send Content-Length.")
    text = headers.get("content-length", "0")
    if not re.fullmatch(r"[0-9]{1,18}", text):
        raise _BadRequest(HTTPStatus.BAD_REQUEST, "Content-Length is not a number.")
    if int(text) > MAX_BODY_BYTES:
        raise _BadRequest(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"The body exceeds {MAX_BODY_BYTES} bytes.")
    return int(text)


async def _write(writer: asyncio.StreamWriter, response: _Response, *, keep_alive: bool) -> None:
    headers = {
        "Content-Type": response.content_type,
        "Content-Length": str(len(response.body)),
        "x-amzn-RequestId": response.request_id,
        "Connection": "keep-alive" if keep_alive else "close",
        **response.headers,
    }
    head = [f"HTTP/1.1 {response.status} {HTTPStatus(response.status).phrase}"]
    head += [f"{name}: {value}" for name, value in headers.items()]
    writer.write("\r\n".join((*head, "", "")).encode("latin-1") + response.body)
    await writer.drain()
