"""Regional endpoints of a cluster: host names taken apart, nothing resolved or connected."""

import re
from dataclasses import dataclass

from dsqltui.core.aws.host_text import RIGHT_FORM, HostText, HostTextError, read_host, shown
from dsqltui.core.language import _
from dsqltui.core.text.safe_text import one_line

_REGION_IN_HOST = re.compile(r"\.dsql[^.]*\.([a-z0-9-]+)\.on\.aws$")

_DEFAULT_PORT = 5432
_ROLE = re.compile(r"[\w.$-]{1,63}")

EndpointError = HostTextError
"""The text is no endpoint; the message says what to write."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One Regional endpoint of a cluster."""

    host: str
    """What TLS verifies and the token is signed for: `<id>.dsql.<region>.on.aws`, or a PrivateLink or FIPS name."""
    region: str
    port: int = _DEFAULT_PORT
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
    def address(self) -> str:
        """HOST, or HOST:PORT when the port is not PostgreSQL's; `parse_endpoint` reads it."""
        return self.host if self.port == _DEFAULT_PORT else f"{self.host}:{self.port}"

    @property
    def token_host(self) -> str:
        """What a token is signed for."""
        return f"{self.behind}.dsql.{self.region}.on.aws" if self.behind else self.host


def parse_endpoint(text: str, *, region: str | None = None, user: str = "") -> Endpoint:
    """A host in any spelling that people have at hand: HOST, HOST:PORT, a URL, psql's `host=... port=...`, the ARN of a
    cluster, a cluster's id with `region`. Raises EndpointError.

    The Region is read from the host name as AWS's own connectors do; `region` overrides it, for names that lack it.
    `user` is the database role to connect as: a text that names another is refused, as it would be unheard.
    """
    said = read_host(text)
    if said.user and not _ROLE.fullmatch(said.user):
        raise EndpointError(
            _("{text} is not a host name; {right_form}").format(text=shown(text), right_form=RIGHT_FORM)
        )
    if said.user and user and said.user != user:
        raise EndpointError(
            _(
                "{text} names the role {user}, and {user_2} is to connect; add --user {user}, or take "
                "the name out of the host"
            ).format(text=shown(text), user=one_line(said.user, 63), user_2=one_line(user, 63))
        )
    if region is not None:
        region = region.strip().lower()
    if said.cluster_id:
        return _of_cluster(text, said, region)
    found = _REGION_IN_HOST.search(said.host)
    if region is None and found is None:
        raise EndpointError(_("no Region in {host!r}; {right_form}").format(host=said.host, right_form=RIGHT_FORM))
    return Endpoint(host=said.host, region=region or (found[1] if found else ""), port=said.port)


def _of_cluster(text: str, said: HostText, region: str | None) -> Endpoint:
    """The public endpoint of a cluster that was named by its ARN or its id."""
    if said.region and region and said.region != region:
        raise EndpointError(
            _("{text} is in {region}, and --region says {region_2}; leave --region out").format(
                text=shown(text), region=said.region, region_2=region
            )
        )
    region = said.region or region
    if not region:
        raise EndpointError(
            _(
                "{text} is the id of a cluster without its Region; add --region REGION, or write "
                "{cluster_id}.dsql.<region>.on.aws"
            ).format(text=shown(text), cluster_id=said.cluster_id)
        )
    return Endpoint(host=f"{said.cluster_id}.dsql.{region}.on.aws", region=region)
