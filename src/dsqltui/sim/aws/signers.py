"""The signatures that botocore's own signers make, for a time that is told.

Only `sigv4` imports this module, when the first signature is to be checked: botocore takes as long to load as
PostgreSQL takes to start, and is loaded meanwhile.
"""

from collections.abc import Mapping
from http.client import HTTPMessage

from botocore.auth import SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.compat import HTTPHeaders
from botocore.credentials import Credentials


class _HeaderSigner(SigV4Auth):
    """botocore's signer, told which headers were signed instead of choosing them."""

    def __init__(self, credentials: Credentials, service: str, region: str, signed_headers: tuple[str, ...]) -> None:
        super().__init__(credentials, service, region)
        self._signed_headers = signed_headers

    def headers_to_sign(self, request: AWSRequest) -> HTTPMessage:
        headers = HTTPHeaders()
        for name in self._signed_headers:
            headers[name] = request.headers[name]
        return headers


def of_token(host: str, parameters: Mapping[str, str], key: tuple[str, str], scope: tuple[str, str], stamp: str) -> str:
    """Of a presigned GET with these query parameters, without the signature itself. `key` is access key id and secret,
    `scope` service and Region, `stamp` the time in AWS's form."""
    request = AWSRequest("GET", f"https://{host}/", params=dict(parameters))
    return _signature(SigV4QueryAuth(Credentials(*key), *scope), request, stamp)


def of_request(
    method: str,
    target: str,
    headers: Mapping[str, str],
    signed_headers: tuple[str, ...],
    key: tuple[str, str],
    scope: tuple[str, str],
    stamp: str,
) -> str:
    """Of an HTTP request whose headers hold its body's hash; the rest as in `of_token`."""
    request = AWSRequest(method, f"http://localhost{target}", headers=dict(headers))
    return _signature(_HeaderSigner(Credentials(*key), *scope, signed_headers), request, stamp)


def _signature(signer: SigV4Auth, request: AWSRequest, stamp: str) -> str:
    """Steps of botocore's `add_auth`, which cannot be told the time."""
    request.context["timestamp"] = stamp
    canonical = signer.canonical_request(request)
    signature: str = signer.signature(signer.string_to_sign(request, canonical), request)
    return signature
