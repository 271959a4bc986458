"""The catalog read from the simulator, and what is said when it cannot be."""

import pytest

from dsqltui.client.catalog import load_catalog
from dsqltui.client.engine import Engine
from dsqltui.client.pg_session import PgSession
from dsqltui.client.tokens import BotoTokens
from dsqltui.core.catalog import CatalogColumn, CatalogUnavailable, RelationKind, RoutineKind
from dsqltui.core.endpoint import Endpoint
from dsqltui.core.outcome import Done, Refused
from support.fake_session import FakeSession, refused
from support.simulator import RunningSimulator


async def test_tables_views_and_routines_of_users_and_sys(engine: Engine, simulator: RunningSimulator) -> None:
    there, ready = simulator.endpoints[0], simulator.ready
    endpoint = Endpoint(there.host, there.region, there.port, hostaddr=there.hostaddr, ca_file=ready["ca_file"])
    session = PgSession(engine, endpoint, "admin", BotoTokens(**ready["credentials"]))
    await session.connect()
    for statement in (
        "CREATE SCHEMA catalog_read",
        'CREATE TABLE catalog_read."Odd name" (id uuid PRIMARY KEY, "A" varchar(40), gone int)',
        "CREATE VIEW catalog_read.v AS SELECT 1 AS one",
        "CREATE SCHEMA catalog_empty",
    ):
        assert isinstance(await session.run(statement, limit=1), Done), statement
    catalog = await load_catalog(session)
    await session.close()
    assert {"public", "sys", "catalog_read", "catalog_empty"} <= {*catalog.schemas}
    assert not [schema for schema in catalog.schemas if schema.startswith("pg_") or schema == "information_schema"]
    table, view = catalog.find("Odd name", "catalog_read"), catalog.find("v", "catalog_read")
    assert table is not None
    assert table.columns[:2] == (CatalogColumn("id", "uuid"), CatalogColumn("A", "character varying(40)"))
    assert view is not None
    assert view.kind is RelationKind.VIEW
    jobs = catalog.find("jobs", "sys")
    assert jobs is not None
    assert {"job_id", "status"} <= {column.name for column in jobs.columns}
    assert ("sys", "wait_for_job", RoutineKind.PROCEDURE) in [(r.schema, r.name, r.kind) for r in catalog.routines]


class Answering(FakeSession):
    """Gives one outcome to whatever is asked."""

    def __init__(self, outcome: Refused | Done) -> None:
        super().__init__("us-east-1")
        self.outcome = outcome

    def _answered(self, statement: str) -> Refused | Done:  # noqa: ARG002
        return self.outcome


async def test_a_refusal_is_one_sentence() -> None:
    with pytest.raises(CatalogUnavailable, match="could not be read: 42501 permission denied"):
        await load_catalog(Answering(refused("42501", "permission denied")))
    with pytest.raises(CatalogUnavailable, match="sent no rows"):
        await load_catalog(Answering(Done("SELECT", 0.1)))


async def test_a_lost_connection_is_one_sentence() -> None:
    session = FakeSession("us-east-1")
    session.break_off("the server went away")
    with pytest.raises(CatalogUnavailable, match="the server went away"):
        await load_catalog(session)
