"""Opening connections: TLS with verification against a real TLS server, and what failures tell a person."""

import asyncio
import contextlib
import socket
import ssl
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import psycopg
import pytest

from dsqltui.client.connecting import APPLICATION_NAME, explain, verified_tls
from dsqltui.client.engine import Engine
from dsqltui.client.pg_session import PgSession
from dsqltui.core.aws.endpoint import Endpoint
from dsqltui.core.results.errors import ServerError
from dsqltui.core.results.outcome import Lost
from dsqltui.core.results.transaction_state import TransactionState
from dsqltui.core.sessions.session import ConnectFailed
from dsqltui.sim.postgres.postgres import Postgres
from dsqltui.sim.protocol.tls import ca_file, server_context
from support.servers.plain_postgres import FakeTokens, Plain, rows_of, until

HOST = "cluster.dsql.us-east-1.on.aws"
TOKEN = "cluster.dsql.us-east-1.on.aws/?Action=DbConnectAdmin&X-Amz-Signature=5ec2e7"

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@contextlib.asynccontextmanager
async def serving(serve: Serve, tls: ssl.SSLContext | None) -> AsyncIterator[int]:
    """A loopback server; yields its port. Every connection is gone at the end, also one that failed its handshake."""
    loop = asyncio.get_running_loop()
    handlers: set[asyncio.Task[None]] = set()

    async def handle(connection: socket.socket) -> None:
        reader = asyncio.StreamReader()
        protocol = asyncio.StreamReaderProtocol(reader)
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, ssl.SSLError):
            transport, _ = await loop.connect_accepted_socket(lambda: protocol, connection, ssl=tls)
            writer = asyncio.StreamWriter(transport, protocol, reader, loop)
            try:
                await serve(reader, writer)
            finally:
                writer.close()

        async def is_closed() -> bool:
            return connection.fileno() == -1

        await until(is_closed)

    def accept() -> None:
        with contextlib.suppress(BlockingIOError, ConnectionError):
            connection, _ = listening.accept()
            connection.setblocking(False)
            handlers.add(asyncio.create_task(handle(connection)))

    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.setblocking(False)
        loop.add_reader(listening, accept)
        try:
            yield listening.getsockname()[1]
        finally:
            loop.remove_reader(listening)
            await asyncio.gather(*handlers)


def relay_to(socket_path: Path) -> Serve:
    """Passes everything on to the plain PostgreSQL, both ways."""

    async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        server_reader, server_writer = await asyncio.open_unix_connection(socket_path)
        both = [asyncio.create_task(pump(reader, server_writer)), asyncio.create_task(pump(server_reader, writer))]
        try:
            await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in both:
                task.cancel()
            await asyncio.gather(*both, return_exceptions=True)
            server_writer.close()

    return serve


def refuse_with(fields: dict[str, str]) -> Serve:
    """Asks for the password, as Aurora DSQL does, and refuses whatever comes."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readexactly(struct.unpack("!I", await reader.readexactly(4))[0] - 4)
        writer.write(b"R" + struct.pack("!II", 8, 3))
        kind, length = struct.unpack("!cI", await reader.readexactly(5))
        password = await reader.readexactly(length - 4)
        assert (kind, password) == (b"p", TOKEN.encode() + b"\0")
        body = b"".join(code.encode() + text.encode() + b"\0" for code, text in fields.items()) + b"\0"
        writer.write(b"E" + struct.pack("!I", len(body) + 4) + body)
        await writer.drain()

    return serve


def session_to(engine: Engine, port: int, directory: Path, *, host: str = HOST, user: str = "admin") -> PgSession:
    endpoint = Endpoint(host, "us-east-1", port, hostaddr="127.0.0.1", ca_file=str(ca_file(directory)))
    return PgSession(engine, endpoint, user, FakeTokens(TOKEN))


async def failure_of(session: PgSession) -> ConnectFailed:
    with pytest.raises(ConnectFailed) as caught:
        await session.connect()
    failure = caught.value
    assert TOKEN not in str(failure)
    assert failure.__cause__ is None
    assert not isinstance(failure.__context__, psycopg.Error)  # its pgconn would carry the token
    assert session.state is TransactionState.NONE
    return failure


async def test_verified_tls_from_the_first_byte(
    engine: Engine, plain: Plain, plain_server: Postgres, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    watcher = await plain.open()
    monkeypatch.setenv("PGHOSTADDR", "192.0.2.1")  # must not turn the connection elsewhere
    monkeypatch.setenv("PGTARGETSESSIONATTRS", "read-write")  # must not make libpq send a SHOW
    async with serving(relay_to(plain_server.socket_path), server_context(tmp_path, [HOST])) as port:
        session = session_to(engine, port, tmp_path, user="postgres")
        await session.connect()
        seen = await rows_of(
            watcher, f"SELECT query FROM pg_stat_activity WHERE application_name = '{APPLICATION_NAME}'"
        )
        assert seen == (("",),)
        assert await rows_of(session, "SELECT current_user, current_database()") == (("postgres", "postgres"),)
        await session.close()


async def test_a_cut_tls_connection_is_lost(
    engine: Engine, plain: Plain, plain_server: Postgres, tmp_path: Path
) -> None:
    watcher = await plain.open()
    async with serving(relay_to(plain_server.socket_path), server_context(tmp_path, [HOST])) as port:
        session = session_to(engine, port, tmp_path, user="postgres")
        await session.connect()
        await rows_of(session, "SELECT 1")
        await rows_of(
            watcher,
            f"SELECT pg_terminate_backend(pid, 60000) FROM pg_stat_activity "
            f"WHERE application_name = '{APPLICATION_NAME}'",
        )
        outcome = await session.run("SELECT 2", limit=1)
        assert isinstance(outcome, Lost)
        assert outcome.state_before is TransactionState.IDLE


async def test_a_refusal_keeps_the_servers_hint(engine: Engine, tmp_path: Path) -> None:
    fields = {
        "S": "FATAL",
        "V": "FATAL",
        "C": "08006",
        "M": "unable to accept connection, access denied",
        "H": "Wrong user to action mapping. user: admin, action: DbConnect",
    }
    async with serving(refuse_with(fields), server_context(tmp_path, [HOST])) as port:
        failure = await failure_of(session_to(engine, port, tmp_path))
    assert str(failure) == (
        f"{HOST} refused user admin: unable to accept connection, access denied. "
        "Wrong user to action mapping. user: admin, action: DbConnect."
    )
    assert failure.error == ServerError("08006", fields["M"], "FATAL", hint=fields["H"])


async def test_a_refusal_that_repeats_the_token_does_not_show_it(engine: Engine, tmp_path: Path) -> None:
    fields = {"S": "FATAL", "C": "08006", "M": f"bad token {TOKEN}", "H": f"Signature expired: {TOKEN}"}
    async with serving(refuse_with(fields), server_context(tmp_path, [HOST])) as port:
        failure = await failure_of(session_to(engine, port, tmp_path))
    assert "Signature expired: (token)" in str(failure)
    assert TOKEN not in repr(failure.error)


async def test_a_certificate_of_another_authority(engine: Engine, tmp_path: Path) -> None:
    server_context(tmp_path / "other", [HOST])
    async with serving(refuse_with({}), server_context(tmp_path, [HOST])) as port:
        failure = await failure_of(session_to(engine, port, tmp_path / "other"))
    assert "not signed by an authority" in str(failure)


async def test_a_certificate_for_another_name(engine: Engine, tmp_path: Path) -> None:
    async with serving(refuse_with({}), server_context(tmp_path, [HOST])) as port:
        failure = await failure_of(session_to(engine, port, tmp_path, host="other.dsql.us-east-1.on.aws"))
    assert "for another name" in str(failure)


async def test_a_server_without_tls(engine: Engine, tmp_path: Path) -> None:
    server_context(tmp_path, [HOST])

    async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        await writer.drain()

    async with serving(hang_up, None) as port:
        failure = await failure_of(session_to(engine, port, tmp_path))
    assert "TLS" in str(failure)
    assert f"127.0.0.1:{port}" in str(failure)


async def test_nobody_listens(engine: Engine, tmp_path: Path) -> None:
    server_context(tmp_path, [HOST])
    async with serving(refuse_with({}), None) as port:
        pass
    failure = await failure_of(session_to(engine, port, tmp_path))
    assert str(failure) == (
        f"Nothing answers at 127.0.0.1:{port}: the connection was refused; check the host and the port."
    )


async def test_a_missing_authority_file(engine: Engine, tmp_path: Path) -> None:
    async with serving(refuse_with({}), server_context(tmp_path, [HOST])) as port:
        endpoint = Endpoint(HOST, "us-east-1", port, hostaddr="127.0.0.1", ca_file=str(tmp_path / "absent.pem"))
        failure = await failure_of(PgSession(engine, endpoint, "admin", FakeTokens(TOKEN)))
    assert "root certificates cannot be used" in str(failure)


async def test_a_host_name_no_resolver_takes(engine: Engine) -> None:
    endpoint = Endpoint("a" * 64 + ".on.aws", "us-east-1")
    failure = await failure_of(PgSession(engine, endpoint, "admin", FakeTokens(TOKEN)))
    assert endpoint.host in str(failure)


async def test_an_unknown_role(plain: Plain) -> None:
    failure = await failure_of(plain.make(user="nobody_here"))
    assert 'refused user nobody_here: role "nobody_here" does not exist.' in str(failure)
    assert failure.error is not None
    assert failure.error.severity == "FATAL"


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (
            "failed to resolve host 'c.dsql.us-east-1.on.aws': [Errno -2] Name or service not known",
            "could not be resolved",
        ),
        ("connection timeout expired", "did not answer within 10 s"),
        (
            'connection failed: connection to server at "192.0.2.1", port 5432 failed: Network is unreachable\n'
            "\tIs the server running on that host and accepting TCP/IP connections?",
            "cannot be reached from this network (Network is unreachable)",
        ),
        ("something libpq may say tomorrow\nand more", "could not be connected to: something libpq may say tomorrow;"),
    ],
)
def test_failures_that_cannot_be_made_on_loopback(said: str, told: str) -> None:
    failure = explain(psycopg.OperationalError(said), Endpoint(HOST, "us-east-1"), "admin", TOKEN)
    assert told in str(failure)
    assert failure.error is None
    assert "\n" not in str(failure)


@pytest.mark.parametrize(
    ("message", "sqlstate"),
    [
        ("unable to accept connection, access denied", "08006"),
        ("Unable to accept connection, too many open connections.", "53300"),
        ("Unable to accept connection, rate exceeded.", "53400"),
    ],
)
def test_the_sqlstate_libpq_keeps_to_itself(message: str, sqlstate: str) -> None:
    text = f'connection failed: connection to server at "192.0.2.1", port 5432 failed: FATAL:  {message}'
    failure = explain(psycopg.OperationalError(text), Endpoint(HOST, "us-east-1"), "admin", TOKEN)
    assert failure.error == ServerError(sqlstate, message, "FATAL")


def test_the_first_of_several_attempts_that_a_server_answered_counts() -> None:
    text = (
        'connection failed: connection to server at "2001:db8::1", port 5432 failed: Network is unreachable\n'
        "Multiple connection attempts failed. All failures were:\n"
        "- host: 'c', port: '5432', hostaddr: '192.0.2.1': connection failed: connection to server at \"192.0.2.1\", "
        "port 5432 failed: FATAL:  unable to accept connection, access denied\nHINT:  Signature expired: 20261101\n"
        "- host: 'c', port: '5432', hostaddr: '2001:db8::1': connection failed: Network is unreachable"
    )
    failure = explain(psycopg.OperationalError(text), Endpoint(HOST, "us-east-1"), "admin", TOKEN)
    assert str(failure).endswith("access denied. Signature expired: 20261101.")


def test_parameters_of_an_aws_endpoint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bundle = tmp_path / "roots.pem"
    bundle.touch()
    monkeypatch.setenv("PGSSLROOTCERT", str(bundle))
    parameters = verified_tls(Endpoint(HOST, "us-east-1"), "admin", TOKEN)
    assert parameters["sslrootcert"] == str(bundle)
    assert parameters["hostaddr"] == ""
    wanted = {
        "host": HOST,
        "port": "5432",
        "dbname": "postgres",
        "user": "admin",
        "password": TOKEN,
        "sslmode": "verify-full",
        "sslnegotiation": "direct",
        "connect_timeout": "10",
    }
    assert wanted.items() <= parameters.items()
