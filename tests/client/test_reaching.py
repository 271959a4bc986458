"""Ways to an endpoint besides its name: pinned addresses, dual stack, VPC endpoints, FIPS names."""

import socket

import pytest

from dsqltui.client.connecting import verified_tls
from dsqltui.client.engine import Engine
from dsqltui.client.pg_session import PgSession
from dsqltui.client.tokens import BotoTokens
from dsqltui.core.aws.endpoint import Endpoint, parse_endpoint
from dsqltui.core.results.outcome import Rows
from support.servers.simulator import RunningSimulator

CLUSTER = "abcdefghijklmnopqrstuvwxyz"


def endpoint_of(simulator: RunningSimulator, **changes: object) -> Endpoint:
    e = simulator.endpoints[0]
    return Endpoint(
        **{
            "host": e.host,
            "region": e.region,
            "port": e.port,
            "hostaddr": e.hostaddr,
            "ca_file": simulator.ready["ca_file"],
            **changes,
        }
    )


def tokens_of(simulator: RunningSimulator) -> BotoTokens:
    credentials = simulator.ready["credentials"]
    return BotoTokens(access_key_id=credentials["access_key_id"], secret_access_key=credentials["secret_access_key"])


async def answers(session: PgSession) -> bool:
    await session.connect()
    try:
        return isinstance(await session.run("SELECT 1", limit=1), Rows)
    finally:
        await session.close()


async def test_the_next_address_is_tried_when_one_does_not_answer(engine: Engine, simulator: RunningSimulator) -> None:
    endpoint = endpoint_of(simulator, hostaddr="::1,127.0.0.1")  # the simulator listens on IPv4 only
    assert await answers(PgSession(engine, endpoint, "admin", tokens_of(simulator)))


async def test_a_dual_stack_name_falls_back_to_the_family_that_answers(
    engine: Engine, simulator: RunningSimulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    def both(*_: object, **__: object) -> list[object]:
        return [
            (socket.AF_INET6, socket.SOCK_STREAM, 6, "", ("::1", 0, 0, 0)),
            (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", 0)),
        ]

    monkeypatch.setattr(socket, "getaddrinfo", both)  # what a resolver says of a dual-stack name
    endpoint = endpoint_of(simulator, hostaddr=None)
    assert await answers(PgSession(engine, endpoint, "admin", tokens_of(simulator)))


async def test_behind_a_vpc_endpoints_own_name(engine: Engine, simulator: RunningSimulator) -> None:
    e = simulator.endpoints[0]
    name = "vpce-0123456789.dsql-fnh4.us-east-1.vpce.amazonaws.com"
    endpoint = endpoint_of(simulator, host=name, behind=e.cluster_id)
    assert endpoint.token_host == e.host
    assert e.host in await tokens_of(simulator).token(endpoint, "admin")

    def sni_of_the_cluster(endpoint: Endpoint, user: str, token: str) -> dict[str, str]:
        # the simulator finds its certificate by the name; all else is as it would be
        return {**verified_tls(endpoint, user, token), "host": e.host}

    session = PgSession(engine, endpoint, "admin", tokens_of(simulator), parameters=sni_of_the_cluster)
    assert await answers(session)


def test_what_libpq_is_told_behind_a_vpc_endpoint() -> None:
    endpoint = Endpoint("vpce-1.example", "us-east-1", ca_file="ca", behind=CLUSTER)
    told = verified_tls(endpoint, "admin", "t")
    assert (told["options"], told["sslmode"]) == (f"-c amzn-cluster-id={CLUSTER}", "verify-ca")
    usual = verified_tls(Endpoint("h", "us-east-1", ca_file="ca"), "admin", "t")
    assert (usual["options"], usual["sslmode"]) == ("", "verify-full")


@pytest.mark.parametrize("kind", ["dsql", "dsql-fnh4", "dsql-fips"])
async def test_private_link_and_fips_names_hold_their_region(kind: str) -> None:
    endpoint = parse_endpoint(f"{CLUSTER}.{kind}.eu-west-1.on.aws")
    assert (endpoint.region, endpoint.cluster_id) == ("eu-west-1", CLUSTER)
    token = await BotoTokens(access_key_id="A", secret_access_key="S").token(endpoint, "admin")
    assert token.startswith(f"{endpoint.host}/?")
    assert "eu-west-1%2Fdsql" in token
