"""What a simulator finds in the data of another version of dsqltui."""

from collections.abc import AsyncIterator
from pathlib import Path

import psycopg
import pytest

from dsqltui.sim.cluster.shared_cluster import DATABASE, SUPERUSER
from dsqltui.sim.pg.backend import Backend
from dsqltui.sim.postgres.installed import VERSION, DataTooNew, install
from dsqltui.sim.postgres.postgres import Postgres
from support.servers.simulator import running_simulator

_VERSION_1 = (Path(__file__).parent / "bootstrap_version_1.sql").read_text()
"""What the first form of the simulator installed; it had no mark of its version."""
_EVERYTHING = """
SELECT n.nspname || '.' || c.relname || ' ' || c.relkind::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE n.nspname IN ('sys', 'pg_dsqltui', 'pg_dsqltui_shown')
UNION ALL
SELECT p.oid::regprocedure::text || md5(p.prosrc) FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
 WHERE n.nspname IN ('sys', 'pg_dsqltui', 'pg_dsqltui_shown', 'pg_dsqltui_act') AND p.proname !~ '^capture_[0-9]'
    OR p.proname IN ('pg_get_indexdef', 'version') AND n.nspname = 'pg_catalog'
UNION ALL
SELECT n.nspname::text || coalesce(n.nspacl::text, '') FROM pg_namespace n WHERE n.nspname !~ '^pg_(temp|toast)'
UNION ALL
SELECT (evtname || ' ' || evtevent)::text FROM pg_event_trigger
ORDER BY 1
"""


async def connected(postgres: Postgres) -> Backend:
    return await Backend.connect(postgres.socket_path, SUPERUSER, DATABASE, secret=postgres.secret)


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Fresh data to copy."""
    return tmp_path_factory.mktemp("template")


@pytest.fixture
async def old(tmp_path: Path, template: Path) -> AsyncIterator[Backend]:
    """A PostgreSQL as the first form left it, with a table of a user's."""
    postgres = Postgres(tmp_path / "old", template=template)
    await postgres.start()
    try:
        backend = await connected(postgres)
        await backend.query(f"BEGIN; SET LOCAL allow_system_table_mods = on; {_VERSION_1}; COMMIT")
        await backend.query(
            "INSERT INTO pg_dsqltui.jobs (job_id, status, job_type) VALUES ('a', 'completed', 'ANALYZE'); "
            "CREATE TABLE kept (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY); INSERT INTO kept DEFAULT VALUES"
        )
        yield backend
        backend.close()
    finally:
        await postgres.stop()


@pytest.fixture
async def fresh(tmp_path: Path, template: Path) -> AsyncIterator[Backend]:
    postgres = Postgres(tmp_path / "fresh", template=template)
    await postgres.start()
    try:
        backend = await connected(postgres)
        await install(backend)
        yield backend
        backend.close()
    finally:
        await postgres.stop()


async def test_old_data_becomes_like_new_and_keeps_its_rows(old: Backend, fresh: Backend) -> None:
    await install(old)
    assert await old.query(_EVERYTHING) == await fresh.query(_EVERYTHING)
    assert await old.query("SELECT job_id FROM sys.jobs") == [("a",)]
    assert await old.query("SELECT id FROM kept") == [("1",)]
    assert await old.query("SELECT version FROM pg_dsqltui.installed") == [(str(VERSION),)]


async def test_nothing_is_done_twice(fresh: Backend) -> None:
    before = await fresh.query("SELECT max(oid) FROM pg_class")
    await install(fresh)
    assert await fresh.query("SELECT max(oid) FROM pg_class") == before


async def test_changed_code_is_installed_again(fresh: Backend) -> None:
    everything = await fresh.query(_EVERYTHING)
    await fresh.query("UPDATE pg_dsqltui.installed SET code = 'that of yesterday'")
    await fresh.query("CREATE OR REPLACE FUNCTION sys.dsql_major_version() RETURNS int LANGUAGE sql AS 'SELECT 0'")
    await install(fresh)
    assert await fresh.query(_EVERYTHING) == everything
    assert await fresh.query("SELECT sys.dsql_major_version()") == [("1",)]


async def test_newer_data_is_left_alone(fresh: Backend) -> None:
    await fresh.query(f"UPDATE pg_dsqltui.installed SET version = {VERSION + 1}")
    with pytest.raises(DataTooNew, match=r"made by a newer dsqltui .* start it with that dsqltui, or .* --data-dir"):
        await install(fresh)
    assert await fresh.query("SELECT version FROM pg_dsqltui.installed") == [(str(VERSION + 1),)]


async def test_an_upgrade_that_fails_changes_nothing(old: Backend) -> None:
    await old.query("CREATE TABLE pg_dsqltui.something (); CREATE VIEW sys.current_session_id AS SELECT 1")
    await old.query("DROP FUNCTION pg_dsqltui.next_identity(regclass)")
    with pytest.raises(Exception, match="next_identity"):
        await install(old)
    assert await old.query("SELECT to_regclass('pg_dsqltui.installed'), 1") == [(None, "1")]


def test_the_simulator_starts_on_its_own_data_again(tmp_path: Path) -> None:
    with running_simulator(tmp_path) as simulator, simulator.connect() as connection:
        connection.execute("CREATE TABLE kept (id bigint GENERATED ALWAYS AS IDENTITY (CACHE 1) PRIMARY KEY)")
        connection.execute("INSERT INTO kept DEFAULT VALUES")
    with running_simulator(tmp_path) as simulator, simulator.connect(1) as connection:
        assert connection.execute("INSERT INTO kept DEFAULT VALUES RETURNING id").fetchone() == (2,)
        with pytest.raises(psycopg.errors.GeneratedAlways):
            connection.execute("INSERT INTO kept VALUES (5)")
