"""The survey behind the access assistant, on the real simulator."""

import asyncio
import contextlib

from dsqltui.client.access import BotoAccessAssistant
from dsqltui.client.engine import Engine
from dsqltui.client.tokens import BotoTokens
from dsqltui.core.aws.endpoint import Endpoint
from support.servers.simulator import RunningSimulator


def endpoints_of(simulator: RunningSimulator) -> list[Endpoint]:
    ca_file = simulator.ready["ca_file"]
    return [Endpoint(e.host, e.region, e.port, hostaddr=e.hostaddr, ca_file=ca_file) for e in simulator.endpoints]


async def test_the_survey(engine: Engine, simulator: RunningSimulator) -> None:
    def prepare() -> None:
        with contextlib.closing(simulator.connect()) as admin:
            for sql in (
                "CREATE SCHEMA surveyed",
                "CREATE TABLE surveyed.t (id int PRIMARY KEY)",
                "CREATE ROLE surveyor WITH LOGIN",
                "GRANT SELECT, UPDATE ON surveyed.t TO surveyor",
            ):
                admin.execute(sql)

    await asyncio.to_thread(prepare)
    keys = simulator.ready["credentials"]
    tokens = BotoTokens(
        access_key_id=keys["access_key_id"],
        secret_access_key=keys["secret_access_key"],
        endpoint_url=simulator.ready["aws_endpoint_url"],
    )
    survey = await BotoAccessAssistant(engine, endpoints_of(simulator), tokens, "admin").survey()
    assert survey.trouble == ""
    assert survey.account == "111122223333"
    assert survey.cluster_arns == tuple(e.arn for e in simulator.endpoints)
    assert survey.tables["surveyed"] == ("t",)
    assert "surveyor" in survey.roles
    assert survey.grants.of("surveyor", "surveyed.t") == "rw"
    stranger = BotoAccessAssistant(engine, endpoints_of(simulator), tokens, "nobody_surveys")
    told = await stranger.survey()
    assert "refused user nobody_surveys" in told.trouble
    assert told.tables == {}
