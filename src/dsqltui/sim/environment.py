"""How clients of every language are told of a simulator: environment variables, made from its ready file."""

import ssl
from collections.abc import Mapping
from pathlib import Path
from typing import Any

BUNDLE = "ca-bundle.pem"
_SERVICES = ("DSQL", "STS", "IAM", "CLOUDWATCH")


def variables(ready: Mapping[str, Any], *, names_addresses: bool = False) -> dict[str, str]:
    """The variables, by name, for the first endpoint; the others are DSQLTUI_HOST_B and so on.

    AWS's are those of single services, so that others (S3, SQS) stay where they were. SSL_CERT_FILE replaces a client's
    list of authorities: it names a file with the system's and the simulator's, made beside the latter when that is
    possible. `names_addresses` adds PGHOSTADDR, without which host names must resolve.
    """
    first = ready["endpoints"][0]
    found = {
        "PGHOST": first["host"],
        "PGPORT": str(first["port"]),
        "PGUSER": ready["admin_user"],
        "PGDATABASE": ready["database"],
        "PGSSLMODE": "verify-full",
        "PGSSLROOTCERT": ready["ca_file"],
        "NODE_EXTRA_CA_CERTS": ready["ca_file"],
        "AWS_ACCESS_KEY_ID": ready["credentials"]["access_key_id"],
        "AWS_SECRET_ACCESS_KEY": ready["credentials"]["secret_access_key"],
        "AWS_REGION": first["region"],
        "AWS_DEFAULT_REGION": first["region"],
    }
    found |= {f"AWS_ENDPOINT_URL_{service}": ready["aws_endpoint_url"] for service in _SERVICES}
    if names_addresses:
        found["PGHOSTADDR"] = first["hostaddr"]
    bundle = ca_bundle(Path(ready["ca_file"]))
    if bundle is not None:
        found["SSL_CERT_FILE"] = str(bundle)
    for letter, endpoint in zip("ABCDEFGH", ready["endpoints"], strict=False):
        found[f"DSQLTUI_HOST_{letter}"] = endpoint["host"]
        found[f"DSQLTUI_HOSTADDR_{letter}"] = endpoint["hostaddr"]
        found[f"DSQLTUI_PORT_{letter}"] = str(endpoint["port"])
        found[f"DSQLTUI_REGION_{letter}"] = endpoint["region"]
        found[f"DSQLTUI_CLUSTER_ID_{letter}"] = endpoint["cluster_id"]
    return found


def hosts_lines(ready: Mapping[str, Any]) -> list[str]:
    """Lines for /etc/hosts, for clients that cannot be told an address beside the name."""
    return [f"{endpoint['hostaddr']} {endpoint['host']}" for endpoint in ready["endpoints"]]


def ca_bundle(ca_file: Path) -> Path | None:
    """A file with the system's authorities and the simulator's, made beside the latter; None where neither can be."""
    bundle = ca_file.with_name(BUNDLE)
    try:
        own = ca_file.read_text(encoding="ascii")
        paths = ssl.get_default_verify_paths()
        system = Path(paths.openssl_cafile) if paths.openssl_cafile else None
        candidates = (system, Path("/etc/ssl/certs/ca-certificates.crt"), Path("/etc/pki/tls/certs/ca-bundle.crt"))
        others = next((f.read_text(encoding="utf-8") for f in candidates if f is not None and f.is_file()), "")
        text = f"{others.rstrip()}\n{own}" if others else own
        if not bundle.is_file() or bundle.read_text(encoding="utf-8") != text:
            bundle.write_text(text, encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return None
    return bundle


def as_env_file(found: Mapping[str, str]) -> str:
    """Lines NAME=VALUE, as container engines and CI systems read them."""
    return "".join(f"{name}={value}\n" for name, value in found.items())
