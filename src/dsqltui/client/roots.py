"""A file of certificate authorities on this machine, for libpq's `sslrootcert`.

libpq's own `sslrootcert=system` is of no use here: it means the certificate folder compiled into OpenSSL, and the
OpenSSL bundled with psycopg's binary wheel (3.3.9, Linux) was compiled for /usr/lib/psycopg-openssl, which exists on no
machine. Amazon Root CA 1, which signs Aurora DSQL's certificates, is in every public bundle.
"""

import contextlib
import os
import ssl
from collections.abc import Iterator, Mapping
from importlib.util import find_spec
from pathlib import Path

from dsqltui.core.aws.diagnosis import Symptom
from dsqltui.core.language import N_, _
from dsqltui.core.sessions.session import ConnectFailed

_WELL_KNOWN = (
    "/etc/ssl/certs/ca-certificates.crt",  # Debian, Ubuntu, Alpine, Arch
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",  # Amazon Linux 2023, RHEL, Fedora
    "/etc/pki/tls/certs/ca-bundle.crt",  # Amazon Linux 2, older RHEL
    "/etc/ssl/ca-bundle.pem",  # SUSE
    "/opt/homebrew/etc/ca-certificates/cert.pem",  # Homebrew on Apple silicon
    "/usr/local/etc/ca-certificates/cert.pem",  # Homebrew on Intel, FreeBSD
    "/etc/ssl/cert.pem",  # macOS, BSD
)
_NO_FILE = N_(
    "No file of root certificates was found on this machine, so the server's identity cannot be checked; "
    "install the package ca-certificates, or set SSL_CERT_FILE to a PEM file that holds Amazon Root CA 1."
)
_BUNDLED_WITH_PACKAGES = ("certifi", "botocore")


def find_root_certificates(environment: Mapping[str, str] = os.environ) -> Path:
    """The first bundle that exists, the person's choice first. Raises ConnectFailed when there is none.

    PGSSLROOTCERT is what the AWS documentation tells psql users to set; SSL_CERT_FILE is OpenSSL's variable.
    """
    for candidate in _candidates(environment):
        with contextlib.suppress(OSError):  # a name that is too long for a file
            if candidate.is_file() and os.access(candidate, os.R_OK):
                return candidate
    raise ConnectFailed(_(_NO_FILE), symptom=Symptom(_NO_FILE))


def _candidates(environment: Mapping[str, str]) -> Iterator[Path]:
    for variable in ("PGSSLROOTCERT", "SSL_CERT_FILE"):
        if environment.get(variable):
            with contextlib.suppress(RuntimeError):  # ~NAME of nobody
                yield Path(environment[variable]).expanduser()
    compiled_in = ssl.get_default_verify_paths().openssl_cafile
    if compiled_in:
        yield Path(compiled_in)
    yield from map(Path, _WELL_KNOWN)
    for package in _BUNDLED_WITH_PACKAGES:
        spec = find_spec(package)  # finds, does not import
        if spec is not None and spec.origin is not None:
            yield Path(spec.origin).parent / "cacert.pem"
