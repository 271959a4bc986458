"""Finding a file of certificate authorities that libpq can use."""

import os
import re
import ssl
import sys
from pathlib import Path

import psycopg
import pytest

from dsqltui.client import roots
from dsqltui.client.roots import find_root_certificates
from dsqltui.core.sessions.session import ConnectFailed


@pytest.fixture
def bare_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A machine on which no bundle is where it usually is."""
    monkeypatch.setattr(roots, "_WELL_KNOWN", (str(tmp_path / "absent.crt"),))
    monkeypatch.setattr(roots, "_BUNDLED_WITH_PACKAGES", ())
    nowhere = str(tmp_path / "nowhere.pem")
    paths = ssl.DefaultVerifyPaths(nowhere, nowhere, "SSL_CERT_FILE", nowhere, "SSL_CERT_DIR", nowhere)
    monkeypatch.setattr(ssl, "get_default_verify_paths", lambda: paths)


def test_this_machine_has_one_with_amazons_root() -> None:
    found = find_root_certificates({})
    authorities = ssl.create_default_context(cafile=str(found)).get_ca_certs()
    assert any("Amazon Root CA 1" in str(authority["subject"]) for authority in authorities)


@pytest.mark.parametrize("variable", ["PGSSLROOTCERT", "SSL_CERT_FILE"])
def test_the_persons_choice_comes_first(variable: str, tmp_path: Path) -> None:
    chosen = tmp_path / "mine.pem"
    chosen.touch()
    assert find_root_certificates({variable: str(chosen)}) == chosen


def test_libpqs_own_variable_wins(tmp_path: Path) -> None:
    first, second = tmp_path / "1.pem", tmp_path / "2.pem"
    first.touch()
    second.touch()
    assert find_root_certificates({"SSL_CERT_FILE": str(second), "PGSSLROOTCERT": str(first)}) == first


@pytest.mark.parametrize("value", ["", "system", "/absent/roots.pem", "/"])
def test_a_choice_that_is_no_file_is_passed_over(value: str) -> None:
    assert find_root_certificates({"PGSSLROOTCERT": value}) == find_root_certificates({})


@pytest.mark.usefixtures("bare_machine")
def test_a_well_known_place(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    bundle = tmp_path / "bundle.crt"
    bundle.touch()
    monkeypatch.setattr(roots, "_WELL_KNOWN", (str(tmp_path / "absent.crt"), str(bundle)))
    assert find_root_certificates({}) == bundle


@pytest.mark.usefixtures("bare_machine")
def test_the_bundle_that_comes_with_boto3_is_the_last_resort(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(roots, "_BUNDLED_WITH_PACKAGES", ("no_such_package", "botocore"))
    found = find_root_certificates({})
    assert (found.parent.name, found.name) == ("botocore", "cacert.pem")
    assert "BEGIN CERTIFICATE" in found.read_text()


@pytest.mark.usefixtures("bare_machine")
def test_none_is_a_sentence_with_a_next_step() -> None:
    with pytest.raises(ConnectFailed, match=r"^No file of root certificates.*SSL_CERT_FILE"):
        find_root_certificates({})


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_an_unreadable_choice_is_passed_over(tmp_path: Path) -> None:
    secret = tmp_path / "secret.pem"
    secret.touch(mode=0)
    assert find_root_certificates({"SSL_CERT_FILE": str(secret)}) != secret


@pytest.mark.skipif(sys.platform != "linux" or psycopg.pq.__impl__ != "binary", reason="about the Linux binary wheel")
def test_why_libpqs_system_roots_are_not_used() -> None:
    """When this fails, psycopg's wheel has learned where a machine's roots are, and roots.py may go."""
    libraries = Path(psycopg.pq.__file__).parents[2] / "psycopg_binary.libs"
    compiled_for = {
        found.decode()
        for library in libraries.glob("libcrypto*")
        for found in re.findall(rb'OPENSSLDIR: "([^"]+)"', library.read_bytes())
    }
    assert len(compiled_for) == 1
    assert not any(Path(folder).exists() for folder in compiled_for)
