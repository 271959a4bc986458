"""AWS's query protocol, for STS and IAM: an Action among form parameters in, XML out."""

import re
import uuid
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime
from http import HTTPStatus
from xml.sax.saxutils import escape

from dsqltui.sim.aws.call import AwsError, AwsFault, Call, form_fields
from dsqltui.sim.aws.http import Response

XmlTree = Mapping[str, "str | XmlTree | Sequence[str | XmlTree]"]
"""Elements by name. A sequence becomes an element with one `member` for each item, as the protocol has lists."""

Parameters = Mapping[str, str]
Operation = Callable[[Call, Parameters], Awaitable[XmlTree | None]]
"""Does one operation: its result, or None when it has none."""

_COMMON = {"Action", "Version"}
_NOT_IN_XML = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class QueryService(ABC):
    """A service of the query protocol; its operations are the subclass's."""

    def __init__(self, version: str, namespace: str) -> None:
        self._version = version
        self._namespace = namespace

    @abstractmethod
    def operation(self, action: str) -> Operation | None:
        """The operation of that name."""

    async def answer(self, call: Call) -> Response:
        """Do the operation that the parameters name. Raises AwsError or TokenRefused."""
        parameters = dict(form_fields(call.request.query)) | dict(form_fields(call.request.body.decode("latin-1")))
        action, version = parameters.get("Action", ""), parameters.get("Version", "")
        operation = self.operation(action)
        if operation is None or version != self._version:
            raise AwsError(
                AwsFault.UNKNOWN_OPERATION,
                f"Could not find operation {action or '(none)'} for version {version or '(none)'}",
            )
        result = await operation(call, parameters)
        content: XmlTree = {} if result is None else {f"{action}Result": result}
        return self._response(
            HTTPStatus.OK,
            f"{action}Response",
            lambda request_id: {**content, "ResponseMetadata": {"RequestId": request_id}},
        )

    def refusal(self, error: AwsError) -> Response:
        """An error as XML."""
        fault = error.fault
        kind = "Receiver" if fault.status >= HTTPStatus.INTERNAL_SERVER_ERROR else "Sender"
        detail = {"Type": kind, "Code": fault.query_code, "Message": error.message}
        return self._response(
            fault.status, "ErrorResponse", lambda request_id: {"Error": detail, "RequestId": request_id}
        )

    def _response(self, status: int, root: str, content: Callable[[str], XmlTree]) -> Response:
        request_id = str(uuid.uuid4())
        body = f'<{root} xmlns="{self._namespace}">{_elements(content(request_id))}</{root}>\n'
        return Response(status, "text/xml", body.encode(), request_id=request_id)


def check_known(parameters: Parameters, known: set[str]) -> None:
    """Raise AwsError for a parameter that would change the outcome on AWS and is not simulated."""
    if unknown := sorted(set(parameters) - known - _COMMON):
        raise AwsError(AwsFault.VALIDATION, f"{unknown[0]} is not supported by the simulator; leave it out.")


def required(parameters: Parameters, name: str) -> str:
    """A parameter. Raises AwsError when it is not there."""
    if name not in parameters:
        member = name[0].lower() + name[1:]
        raise AwsError(
            AwsFault.VALIDATION,
            f"1 validation error detected: Value null at '{member}' failed to satisfy constraint: "
            "Member must not be null",
        )
    return parameters[name]


def number(parameters: Parameters, name: str, default: int) -> int:
    """A parameter that is a number. Raises AwsError when it is none."""
    text = parameters.get(name, str(default))
    if not re.fullmatch(r"[0-9]{1,9}", text):
        member = name[0].lower() + name[1:]
        raise AwsError(AwsFault.VALIDATION, f"Value '{text}' at '{member}' is not a number")
    return int(text)


def timestamp(moment: datetime) -> str:
    """A time as the protocol writes it."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _elements(tree: XmlTree) -> str:
    return "".join(f"<{name}>{_content(value)}</{name}>" for name, value in tree.items())


def _content(value: "str | XmlTree | Sequence[str | XmlTree]") -> str:
    if isinstance(value, str):
        return escape(_NOT_IN_XML.sub("?", value))
    if isinstance(value, Mapping):
        return _elements(value)
    return "".join(f"<member>{_content(item)}</member>" for item in value)
