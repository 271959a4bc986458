"""The simulator's certificates, by real handshakes over loopback."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization

from dsqltui.sim.protocol.tls import ALPN_PROTOCOL, ca_file, server_context
from support.servers.loopback import all_gone

NAMES = ("a" * 26 + ".dsql.us-east-1.on.aws", "b" * 26 + ".dsql.us-east-2.on.aws")


@asynccontextmanager
async def serving(context: ssl.SSLContext) -> AsyncIterator[int]:
    """A listener on loopback that greets over TLS; yields its port."""

    async def greet(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"hello\n")
        writer.close()
        await writer.wait_closed()

    server = await asyncio.start_server(greet, "127.0.0.1", 0, ssl=context)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        await all_gone(server)


async def greeted(port: int, name: str, client: ssl.SSLContext) -> str | None:
    """Shake hands with the server under this name; the ALPN protocol that was agreed."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=client, server_hostname=name)
    try:
        assert await reader.readline() == b"hello\n"
        agreed = writer.get_extra_info("ssl_object").selected_alpn_protocol()
        assert agreed is None or isinstance(agreed, str)
        return agreed
    finally:
        writer.close()
        await writer.wait_closed()


def client_for(directory: Path) -> ssl.SSLContext:
    """Verifies chain and name, as sslmode=verify-full does, and strictly, as newer Pythons do."""
    context = ssl.create_default_context(cafile=ca_file(directory))
    context.verify_flags |= ssl.VERIFY_X509_STRICT
    return context


@pytest.mark.parametrize("name", [*NAMES, "localhost", "127.0.0.1", "::1"])
async def test_every_name_is_verified(tmp_path: Path, name: str) -> None:
    async with serving(server_context(tmp_path, NAMES)) as port:
        await greeted(port, name, client_for(tmp_path))


@pytest.mark.parametrize("name", ["c" * 26 + ".dsql.us-east-1.on.aws", "x." + NAMES[0], "127.0.0.2"])
async def test_another_name_is_refused(tmp_path: Path, name: str) -> None:
    async with serving(server_context(tmp_path, NAMES)) as port:
        with pytest.raises(ssl.SSLCertVerificationError, match="mismatch"):
            await greeted(port, name, client_for(tmp_path))


async def test_another_authority_is_refused(tmp_path: Path) -> None:
    server_context(tmp_path / "other", NAMES)
    async with serving(server_context(tmp_path / "own", NAMES)) as port:
        with pytest.raises(ssl.SSLCertVerificationError):
            await greeted(port, NAMES[0], client_for(tmp_path / "other"))


async def test_the_protocol_of_postgresql_is_agreed_on(tmp_path: Path) -> None:
    async with serving(server_context(tmp_path, NAMES)) as port:
        client = client_for(tmp_path)
        client.set_alpn_protocols([ALPN_PROTOCOL])
        assert await greeted(port, NAMES[0], client) == "postgresql"


async def test_tls_1_2_is_the_oldest_spoken(tmp_path: Path) -> None:
    context = server_context(tmp_path, NAMES)
    assert context.minimum_version is ssl.TLSVersion.TLSv1_2
    async with serving(context) as port:
        client = client_for(tmp_path)
        client.maximum_version = ssl.TLSVersion.TLSv1_2
        await greeted(port, NAMES[0], client)


def files(directory: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in directory.iterdir()}


def test_the_certificates_are_kept(tmp_path: Path) -> None:
    server_context(tmp_path, NAMES)
    before = files(tmp_path)
    server_context(tmp_path, NAMES)
    assert files(tmp_path) == before
    assert set(before) == {"ca.pem", "server.pem"}


def test_other_names_need_another_certificate(tmp_path: Path) -> None:
    server_context(tmp_path, NAMES)
    before = files(tmp_path)
    server_context(tmp_path, NAMES[:1])
    assert files(tmp_path)["server.pem"] != before["server.pem"]


def test_they_are_renewed_before_they_expire(tmp_path: Path) -> None:
    now = datetime.now(UTC)
    server_context(tmp_path, NAMES, now=now)
    before = files(tmp_path)
    server_context(tmp_path, NAMES, now=now + timedelta(days=790))
    assert files(tmp_path) == before
    server_context(tmp_path, NAMES, now=now + timedelta(days=800))
    assert files(tmp_path)["server.pem"] != before["server.pem"]
    server_context(tmp_path, NAMES, now=now)  # the clock was set back: not valid yet
    renewed = x509.load_pem_x509_certificate((tmp_path / "server.pem").read_bytes())
    assert renewed.not_valid_before_utc <= now


@pytest.mark.parametrize("name", ["ca.pem", "server.pem"])
@pytest.mark.parametrize("damage", [b"", b"not a certificate", None])
async def test_damaged_files_are_made_anew(tmp_path: Path, name: str, damage: bytes | None) -> None:
    server_context(tmp_path, NAMES)
    if damage is None:
        (tmp_path / name).unlink()
    else:
        (tmp_path / name).write_bytes(damage)
    async with serving(server_context(tmp_path, NAMES)) as port:
        await greeted(port, NAMES[0], client_for(tmp_path))


async def test_files_of_two_runs_do_not_mix(tmp_path: Path) -> None:
    server_context(tmp_path / "one", NAMES)
    server_context(tmp_path / "two", NAMES)
    (tmp_path / "one" / "ca.pem").write_bytes((tmp_path / "two" / "ca.pem").read_bytes())
    async with serving(server_context(tmp_path / "one", NAMES)) as port:
        await greeted(port, NAMES[0], client_for(tmp_path / "one"))


def test_the_key_is_private(tmp_path: Path) -> None:
    server_context(tmp_path, NAMES)
    key_file = tmp_path / "server.pem"
    assert key_file.stat().st_mode & 0o777 == 0o600
    before = key_file.read_bytes()
    key_file.chmod(0o644)  # whoever could read it may have it
    server_context(tmp_path, NAMES)
    assert key_file.stat().st_mode & 0o777 == 0o600
    assert key_file.read_bytes() != before


def test_the_key_of_the_authority_is_never_written(tmp_path: Path) -> None:
    server_context(tmp_path, NAMES)
    authority = x509.load_pem_x509_certificate(ca_file(tmp_path).read_bytes())
    contents = files(tmp_path)
    assert [name for name, content in contents.items() if b"PRIVATE KEY" in content] == ["server.pem"]
    assert contents["server.pem"].count(b"BEGIN PRIVATE KEY") == 1
    key = serialization.load_pem_private_key(contents["server.pem"], password=None)
    assert key.public_key() != authority.public_key()
