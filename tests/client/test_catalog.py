"""The catalog that completion reads, from the simulator."""

from dsqltui.client.catalog_reader import CatalogReader
from dsqltui.client.engine import Engine
from dsqltui.client.pg_session import PgSession
from dsqltui.client.tokens import BotoTokens
from dsqltui.core.aws.endpoint import Endpoint
from dsqltui.core.catalog.catalog import CatalogColumn, RelationKind, RoutineKind, catalog_of
from dsqltui.core.results.outcome import Done
from support.servers.simulator import RunningSimulator


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
    catalog = catalog_of(await CatalogReader(session).read("complete"))
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
