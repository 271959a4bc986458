"""Nobody gets in by another way than a good token over TLS: startup packets, messages, tokens and HTTP requests that are
wrong on purpose. Each is refused, or answered as nobody's, and the simulator goes on.
"""

import socket
import struct
from collections.abc import Iterator
from urllib.parse import urlsplit

import boto3
import psycopg
import pytest

from sim.conftest import ROLE_ARN
from support.servers.raw_client import (
    GSS_REQUEST,
    SSL_REQUEST,
    RawClient,
    bind,
    error_fields,
    execute,
    message,
    parse,
    query,
    sync,
)
from support.servers.simulator import RunningSimulator

DEADLINE_S = 20.0
VERSION = 196_608
STARTUP = struct.pack("!II", 30, VERSION) + b"user\0admin\0database\0\0\0"


@pytest.fixture(autouse=True)
def goes_on(simulator: RunningSimulator) -> Iterator[None]:
    yield
    with simulator.connect() as connection:
        assert connection.execute("select session_user, current_user").fetchone() == ("admin", "admin")


def answer(address: tuple[str, int], sent: bytes, *, then: bytes = b"") -> bytes:
    """All that comes back before the connection is closed, or nothing when it is cut."""
    received = b""
    with socket.create_connection(address, timeout=DEADLINE_S) as client:
        client.settimeout(DEADLINE_S)
        try:
            client.sendall(sent)
            client.sendall(then)
            client.shutdown(socket.SHUT_WR)
            while data := client.recv(65_536):
                received += data
        except ConnectionError:
            pass
    return received


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        (SSL_REQUEST + STARTUP, b"S"),
        (SSL_REQUEST + SSL_REQUEST + STARTUP, b"S"),
        (GSS_REQUEST + STARTUP, b"N"),
        (struct.pack("!II", 0x7FFFFFFF, 80_877_103), b""),
        (struct.pack("!IIII", 16, 80_877_102, 1, 1), b""),
        (b"GET / HTTP/1.1\r\n\r\n", b""),
    ],
    ids=["after SSLRequest", "two SSLRequests", "after GSSENCRequest", "a long SSLRequest", "cancel", "HTTP"],
)
def test_nothing_in_plain_text_is_taken(simulator: RunningSimulator, sent: bytes, expected: bytes) -> None:
    endpoint = simulator.endpoints[0]
    received = answer((endpoint.hostaddr, endpoint.port), sent)
    assert received[:1] in (expected, b"")  # b"": it was cut before it could be read
    assert not any(letter in received[:2] for letter in (b"R", b"Z"))


@pytest.mark.parametrize(
    "sent",
    [
        b"Q\0\0\0\3",
        b"Q\0\0\0\0",
        b"Q\xff\xff\xff\xff",
        b"Q" + struct.pack("!I", 20 << 20),
        b"Q" + struct.pack("!I", 12) + b"select 1",
        b"Q" + struct.pack("!I", 18) + b"select 1\0;id\0\0",
        message("z"),
        message("p", b"x\0"),
        message("F", struct.pack("!Ihhh", 957, 0, 0, 0)),
        message("P", b"a\0select 1\0" + struct.pack("!h", -1)),
        message("B", b"\0\0" + struct.pack("!hh", 0, 32_767)),
        message("D", b"Sdsqltui\0"),
        message("E", b"dsqltui\0" + struct.pack("!I", 0)),
    ],
    ids=lambda sent: repr(sent[:24]),
)
def test_a_wrong_message_is_refused(simulator: RunningSimulator, sent: bytes) -> None:
    with RawClient.logged_in(simulator.parameters()) as client:
        client.send(sent + sync())
        kind, body = client.receive()
        assert kind == "E"
        assert error_fields(body)["C"] in {"08P01", "0A000", "26000", "34000"}


def test_what_is_sent_ahead_does_not_get_another_identity(simulator: RunningSimulator) -> None:
    ahead = query("copy (select 1) to stdout") + query("reset session authorization; select current_user")
    ahead += parse("select current_user") + bind() + execute() + sync()
    with RawClient.logged_in(simulator.parameters()) as client:
        client.send(ahead)
        told, ends = b"", 0
        while ends < 3:
            kind, body = client.receive()
            ends += kind == "Z"
            told += body if kind == "D" else b""
    assert b"admin" in told
    assert b"postgres" not in told


@pytest.mark.parametrize(
    "option",
    [
        "-c role=postgres",
        "-crole=postgres",
        "-c\\ role=postgres",
        "--role=postgres",
        "-c ROLE=postgres",
        "-c search_path=x -c is_superuser=on",
        "-c amzn-cluster-id=../x -c role=postgres",
        "-c session_replication_role=replica",
        "-c local_preload_libraries=x",
        "-c dsqltui.session_id=x",
        "-B 10",
    ],
)
def test_no_option_of_the_startup_packet_helps(simulator: RunningSimulator, option: str) -> None:
    with pytest.raises(psycopg.OperationalError, match="setting configuration parameter"):
        simulator.connect(options=option)


def test_there_is_no_replication(simulator: RunningSimulator) -> None:
    with simulator.connect(replication="database") as connection, pytest.raises(psycopg.errors.SyntaxError):
        connection.execute("IDENTIFY_SYSTEM")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("DbConnectAdmin", "dbconnectadmin"),
        ("Action=", "Actio%6e=DbConnect&Action="),
        ("X-Amz-Expires=900", "X-Amz-Expires=604800"),
        ("X-Amz-Expires=900", "X-Amz-Expires=-1"),
        ("SignedHeaders=host", "SignedHeaders=host%3Bx-a"),
        ("SignedHeaders=host", "SignedHeaders="),
        ("&X-Amz-Signature=", "&Foo=1&X-Amz-Signature="),
        ("/?", ":5432/?"),
        ("/?", "/%00?"),
        ("/?", "/?" + "a" * 60_000 + "&"),
    ],
)
def test_a_token_made_up_of_a_good_one(simulator: RunningSimulator, old: str, new: str) -> None:
    parameters = simulator.parameters()
    token = str(parameters["password"])
    assert old in token
    with pytest.raises(psycopg.OperationalError, match="access denied"):
        psycopg.connect(**{**parameters, "password": token.replace(old, new, 1)})


@pytest.mark.parametrize("role", ["postgres", "dsqltui_keeper", "pg_execute_server_program", "pg_read_all_data"])
def test_no_role_of_the_system_is_lent_to_a_principal(simulator: RunningSimulator, role: str) -> None:
    with simulator.connect() as admin:
        try:
            admin.execute(f"AWS IAM GRANT {role} TO '{ROLE_ARN}'")
        except psycopg.errors.UndefinedObject:
            assert not role.startswith("pg_")
        endpoint = simulator.endpoints[0]
        sts = simulator.aws.client("sts", region_name=endpoint.region, endpoint_url=simulator.ready["aws_endpoint_url"])
        given = sts.assume_role(RoleArn=ROLE_ARN, RoleSessionName="tests")["Credentials"]
        session = boto3.Session(given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"])
        with pytest.raises(psycopg.OperationalError, match=r"access denied|not permitted to log in"):
            simulator.connect(0, role, session=session)
        if role.startswith("pg_"):
            admin.execute(f"AWS IAM REVOKE {role} FROM '{ROLE_ARN}'")


HOST = b"Host: x\r\n"
SMUGGLED = b"0\r\n\r\nGET /_dsqltui/faults HTTP/1.1\r\nHost: x\r\n\r\n"


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n" + SMUGGLED, 501),
        (b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: 4\r\nContent-Length: 5\r\n\r\nabcde", 400),
        (b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: +4\r\n\r\nabcd", 400),
        (b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: " + b"9" * 5_000 + b"\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\n" + HOST + b"A: " + b"x" * 70_000 + b"\r\n\r\n", 431),
        (b"GET /../../etc/passwd HTTP/1.1\r\n" + HOST + b"\r\n", 403),
        (b"GET /%2e%2e/%2e%2e/etc/passwd HTTP/1.1\r\n" + HOST + b"\r\n", 403),
        (b"POST /_dsqltui/reset HTTP/1.1\r\n" + HOST + b"Content-Length: 2\r\n\r\n{}", 403),
        (b"POST /x/../_dsqltui/reset HTTP/1.1\r\n" + HOST + b"Content-Length: 2\r\n\r\n{}", 403),
        (b"OPTIONS /_dsqltui/reset HTTP/1.1\r\n" + HOST + b"Origin: http://example.org\r\n\r\n", 403),
        (b"GET http://example.org/ HTTP/1.1\r\n" + HOST + b"\r\n", 400),
        (b"CONNECT example.org:80 HTTP/1.1\r\n" + HOST + b"\r\n", 400),
        (b"GET / HTTP/1.1\r\n\r\n", 400),
    ],
    ids=lambda value: repr(value[:40]) if isinstance(value, bytes) else None,
)
def test_http_that_is_wrong_on_purpose(simulator: RunningSimulator, sent: bytes, status: int) -> None:
    where = urlsplit(simulator.ready["aws_endpoint_url"])
    received = answer((str(where.hostname), int(where.port or 0)), sent)
    assert received.startswith(f"HTTP/1.1 {status} ".encode())
    assert received.count(b"x-amzn-RequestId") <= 1
    assert b"root:" not in received
    assert b"Access-Control-Allow" not in received
