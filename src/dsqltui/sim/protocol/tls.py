"""The simulator's TLS: an own certificate authority and one server certificate, kept in a directory.

    ca.pem          the authority's certificate; clients trust it with `sslrootcert=ca.pem sslmode=verify-full`
    server.pem      the server's key and certificate, 0600; one file, so that the two always fit together

The authority's private key is used once and never written: a stolen directory cannot make another certificate.
Blocking file work: call before serving, or in a thread.
"""

import ipaddress
import os
import ssl
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

LOOPBACK_NAMES = ("localhost", "127.0.0.1", "::1")
ALPN_PROTOCOL = "postgresql"
"""What libpq asks for with `sslnegotiation=direct`."""

_LIFETIME = timedelta(days=825)  # more is refused by Apple's verifier
_RENEW_BEFORE = timedelta(days=30)
_BACKDATED = timedelta(hours=1)
_CA_FILE = "ca.pem"
_SERVER_FILE = "server.pem"


def ca_file(directory: Path) -> Path:
    """The file clients trust; it exists once `server_context` has been called with this directory."""
    return directory / _CA_FILE


def server_context(directory: Path, host_names: Sequence[str], *, now: datetime | None = None) -> ssl.SSLContext:
    """A context that serves `host_names` (names, `*.domain`, or addresses) and the loopback names; TLS 1.2 or newer.

    The certificates in `directory` are used when they are for exactly these names and good for another 30 days,
    and are made anew otherwise. Raises OSError when the directory cannot be written.
    """
    now = now or datetime.now(UTC)
    names = tuple(dict.fromkeys((*host_names, *LOOPBACK_NAMES)))
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not _usable(directory, names, now):
        _make(directory, names, now)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols([ALPN_PROTOCOL])
    context.load_cert_chain(directory / _SERVER_FILE)
    return context


def _usable(directory: Path, names: Sequence[str], now: datetime) -> bool:
    """Whether the files are whole, private, made for `names`, and not about to expire."""
    server_file = directory / _SERVER_FILE
    try:
        ca = x509.load_pem_x509_certificate(ca_file(directory).read_bytes())
        pem = server_file.read_bytes()
        leaf = x509.load_pem_x509_certificate(pem)
        key = serialization.load_pem_private_key(pem, password=None)
        leaf.verify_directly_issued_by(ca)
        served = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (FileNotFoundError, ValueError, TypeError, InvalidSignature, x509.ExtensionNotFound):
        return False
    return (
        list(served) == [_general_name(name) for name in names]
        and key.public_key() == leaf.public_key()
        and leaf.not_valid_before_utc <= now <= leaf.not_valid_after_utc - _RENEW_BEFORE
        and server_file.stat().st_mode & 0o077 == 0
    )


def _make(directory: Path, names: Sequence[str], now: datetime) -> None:
    ca_key, leaf_key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    ca_name = _distinguished_name("dsqltui simulator CA")
    ca = (
        _builder(ca_name, ca_name, ca_key.public_key(), ca_key.public_key(), now)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_key_usage(signs_certificates=True), critical=True)
        .sign(ca_key, hashes.SHA256())
    )
    leaf = (
        _builder(_distinguished_name("dsqltui simulator"), ca_name, leaf_key.public_key(), ca_key.public_key(), now)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_key_usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectAlternativeName([_general_name(name) for name in names]), critical=False)
        .sign(ca_key, hashes.SHA256())
    )
    key_pem = leaf_key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    _write_private(directory / _SERVER_FILE, key_pem + leaf.public_bytes(serialization.Encoding.PEM))
    _write_private(ca_file(directory), ca.public_bytes(serialization.Encoding.PEM))


def _builder(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePublicKey,
    issuer_key: ec.EllipticCurvePublicKey,
    now: datetime,
) -> x509.CertificateBuilder:
    """What both certificates have in common; the key identifiers are what Python's strict verification wants."""
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _BACKDATED)
        .not_valid_after(now - _BACKDATED + _LIFETIME)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key), critical=False)
    )


def _key_usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _distinguished_name(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _general_name(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _write_private(path: Path, content: bytes) -> None:
    """Put `content` under `path` in one step, readable by the owner only."""
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=path.name)  # 0600
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
