"""Opening a connection the way Aurora DSQL wants it, and what to tell a person when that fails."""

import re
from collections.abc import Callable
from datetime import UTC, datetime

import psycopg
from psycopg.conninfo import make_conninfo
from psycopg.rows import TupleRow

import dsqltui
from dsqltui.client import libpq_environment
from dsqltui.client.roots import find_root_certificates
from dsqltui.client.tokens import TokenSource
from dsqltui.core.aws.diagnosis import Symptom
from dsqltui.core.aws.endpoint import Endpoint
from dsqltui.core.aws.limits import TOKEN_LIFETIME_S
from dsqltui.core.language import N_, _
from dsqltui.core.results.errors import ServerError
from dsqltui.core.sessions.session import ConnectFailed

ConnectionParameters = Callable[[Endpoint, str, str], dict[str, str]]
"""Endpoint, user and token to libpq's connection parameters, the password among them. May raise ConnectFailed."""

Connection = psycopg.AsyncConnection[TupleRow]

CONNECT_TIMEOUT_S = 10
"""Per address of the host name."""

APPLICATION_NAME = f"dsqltui/{dsqltui.__version__}"


def verified_tls(endpoint: Endpoint, user: str, token: str) -> dict[str, str]:
    """Parameters for TLS from the first byte, with the server's certificate and name checked.

    No environment variable has a say: `client.libpq_environment`. The name is not checked behind a VPC endpoint's own
    name, which no certificate of a cluster is for. Nothing here makes libpq send a SET.
    """
    addresses = (endpoint.hostaddr or "").split(",")
    return {
        "host": ",".join([endpoint.host] * len(addresses)),
        "hostaddr": endpoint.hostaddr or "",
        "port": str(endpoint.port),
        "dbname": "postgres",
        "user": user,
        "password": token,
        "sslmode": "verify-ca" if endpoint.behind else "verify-full",
        "sslrootcert": endpoint.ca_file or str(find_root_certificates()),
        "sslnegotiation": "direct",
        "sslcertmode": "disable",
        "gssencmode": "disable",
        "target_session_attrs": "any",
        "sslsni": "1",
        "options": f"-c amzn-cluster-id={endpoint.behind}" if endpoint.behind else "",
        "connect_timeout": str(CONNECT_TIMEOUT_S),
        "client_encoding": "UTF8",
        "application_name": APPLICATION_NAME,
    }


async def open_connection(
    endpoint: Endpoint, user: str, tokens: TokenSource, parameters: ConnectionParameters
) -> Connection:
    """A new connection, in autocommit, with a fresh token. Raises ConnectFailed."""
    token = await tokens.token(endpoint, user)
    libpq_environment.forget()
    try:
        return await psycopg.AsyncConnection.connect(
            make_conninfo(**parameters(endpoint, user, token)), autocommit=True, prepare_threshold=None
        )
    except (psycopg.Error, OSError, ValueError, LookupError) as error:
        failure = explain(error, endpoint, user, token)
        failure.symptom = _symptom(str(error), endpoint, user, token)
    # Outside the handler: psycopg's exception, which carries the password in its `pgconn`, does not come along.
    raise failure


_SIGNED_AT = re.compile(r"X-Amz-Date=(\d{8}T\d{6}Z)")
_EXPIRES = re.compile(r"X-Amz-Expires=(\d+)")


def _symptom(text: str, endpoint: Endpoint, user: str, token: str) -> Symptom:
    """What was seen, without the token."""
    signed, expires = _SIGNED_AT.search(token), _EXPIRES.search(token)
    age = None
    if signed is not None:
        signed_at = datetime.strptime(signed[1], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
        age = (datetime.now(UTC) - signed_at).total_seconds()
    return Symptom(
        text.replace(token, "(token)") if token else text,
        host=endpoint.host,
        port=endpoint.port,
        user=user,
        token_age_s=age,
        token_lifetime_s=float(expires[1]) if expires is not None else TOKEN_LIFETIME_S,
    )


def first_line(error: BaseException) -> str:
    """What libpq said, without its prefixes and the guesses in its further lines."""
    line = str(error).strip().partition("\n")[0]
    return _LIBPQ_PREFIX.sub("", line).strip().rstrip(".") or type(error).__name__


_LIBPQ_PREFIX = re.compile(
    r"^(?:(?:connection (?:failed|is bad)|consuming input failed|sending query failed|flushing failed)[^:]*: )?"
    r"(?:connection to server at [^,]*, port \d+ failed: |connection to server on socket .*? failed: )?"
)
_FATAL = re.compile(
    r"FATAL:\s+(?P<message>.*)(?:\nDETAIL:\s+(?P<detail>.*))?(?:\nHINT:\s+(?P<hint>.*))?",
)
# libpq does not pass on the SQLSTATE of a refused connection. 08006 is what Aurora DSQL sends with "access denied"
# (recorded 2026-09); these two have their own. Source: AWS User Guide, quotas.
_REFUSED_SQLSTATE = "08006"
_SQLSTATE_BY_WORDS = {"too many open connections": "53300", "rate exceeded": "53400"}

_FAILURES: tuple[tuple[str, str], ...] = (
    (
        "failed to resolve host",
        N_("The name {host} could not be resolved; check the endpoint's spelling and this machine's DNS."),
    ),
    (
        "Connection refused",
        N_("Nothing answers at {address}: the connection was refused; check the host and the port."),
    ),
    (
        "timeout expired",
        N_("{address} did not answer within {timeout} s; check the network, a VPN or a firewall."),
    ),
    (
        "certificate verify failed",
        N_(
            "The TLS certificate of {address} is not signed by an authority of this machine's store "
            "({said}); check the endpoint, or set SSL_CERT_FILE to a file that holds Amazon Root CA "
            "1."
        ),
    ),
    (
        "does not match host name",
        N_("{address} showed a TLS certificate for another name ({said}); check the endpoint's spelling."),
    ),
    (
        "root certificate file",
        N_("The file of root certificates cannot be used ({said}); set SSL_CERT_FILE to a readable PEM file."),
    ),
    (
        "unreachable",
        N_("{address} cannot be reached from this network ({said}); check the network, a VPN or IPv6."),
    ),
    (
        "No route to host",
        N_("{address} cannot be reached from this network ({said}); check the network or a VPN."),
    ),
    (
        "SSL",
        N_("TLS with {address} failed ({said}); check that host and port are a cluster's endpoint."),
    ),
)
_OTHER_FAILURE = N_("{address} could not be connected to: {said}; check the endpoint and the network.")


def explain(error: Exception, endpoint: Endpoint, user: str, token: str) -> ConnectFailed:
    """The failed connect in one sentence without the token, and the server's refusal if it was one."""
    text = str(error)
    if token:
        text = text.replace(token, "(token)")
    refusal = _FATAL.search(text)
    if refusal is not None:
        server_error = _refusal(refusal)
        said = ". ".join(
            part.rstrip(".") for part in (server_error.message, server_error.detail, server_error.hint) if part
        )
        return ConnectFailed(
            _("{host} refused user {user}: {said}.").format(host=endpoint.host, user=user, said=said), server_error
        )
    template = next((template for words, template in _FAILURES if words in text), _OTHER_FAILURE)
    return ConnectFailed(
        template.format(
            host=endpoint.host,
            address=f"{endpoint.hostaddr or endpoint.host}:{endpoint.port}",
            timeout=CONNECT_TIMEOUT_S,
            said=first_line(Exception(text)),
        )
    )


def _refusal(found: re.Match[str]) -> ServerError:
    message = found["message"].strip()
    sqlstate = next((state for words, state in _SQLSTATE_BY_WORDS.items() if words in message), _REFUSED_SQLSTATE)
    return ServerError(sqlstate, message, severity="FATAL", detail=found["detail"], hint=found["hint"])
