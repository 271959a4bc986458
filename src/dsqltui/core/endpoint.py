"""Regional endpoints of a cluster: host names taken apart, nothing resolved or connected."""

import re
from dataclasses import dataclass

_REGION_IN_HOST = re.compile(r"\.dsql[^.]*\.([a-z0-9-]+)\.on\.aws$")
_HOST = re.compile(r"^[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?$")

_PORT = re.compile(r"^[0-9]{1,5}$")


class EndpointError(ValueError):
    """The text is no endpoint; the message says what to write."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One Regional endpoint of a cluster."""

    host: str
    """What TLS verifies and the token is signed for: `<id>.dsql.<region>.on.aws`, or a PrivateLink or FIPS name."""
    region: str
    port: int = 5432
    hostaddr: str | None = None
    """Connect to this IP address instead of resolving `host`; the simulator's is 127.0.0.1. Several, separated by
    commas, are tried in order."""
    ca_file: str | None = None
    """Certificate authority to trust; None means Amazon's roots from the machine's store."""
    behind: str | None = None
    """Cluster id, when `host` is the own name of a VPC endpoint that many clusters share: it is told to the server as
    `amzn-cluster-id`, and the token is signed for the cluster. The certificate cannot be for `host` then.
    Source: Aurora DSQL User Guide, AWS PrivateLink."""

    @property
    def cluster_id(self) -> str:
        """The first label of the host name; 26 characters on AWS."""
        return self.behind or self.host.split(".", 1)[0]

    @property
    def token_host(self) -> str:
        """What a token is signed for."""
        return f"{self.behind}.dsql.{self.region}.on.aws" if self.behind else self.host


def parse_endpoint(text: str, *, region: str | None = None) -> Endpoint:
    """HOST or HOST:PORT as typed by a person. Raises EndpointError.

    The Region is read from the host name as AWS's own connectors do; `region` overrides it, for names that lack it.
    """
    host, colon, port_text = text.strip().partition(":")
    if not _HOST.match(host):
        raise EndpointError(f"{text!r} is not a host name; write it as <cluster-id>.dsql.<region>.on.aws")
    port = 5432
    if colon:
        if not _PORT.match(port_text) or not 0 < int(port_text) < 65536:
            raise EndpointError(f"{port_text!r} is not a port; write HOST or HOST:PORT with a number up to 65535")
        port = int(port_text)
    found = _REGION_IN_HOST.search(host)
    if region is None and found is None:
        raise EndpointError(f"no Region in {host!r}; write it as <cluster-id>.dsql.<region>.on.aws")
    return Endpoint(host=host, region=region or (found[1] if found else ""), port=port)
