"""The rules of the second stage, asked of a real PostgreSQL."""

import itertools
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from dsqltui.sim.pg.backend import Backend
from dsqltui.sim.pg.wire import PgError
from dsqltui.sim.postgres.postgres import Postgres
from dsqltui.sim.rules.catalog import catalog_checks, refuse_by_catalog, refuse_new_index
from dsqltui.sim.rules.examples.table import RULES
from dsqltui.sim.rules.rule import Rule, Stage
from dsqltui.sim.sql.analysis import analyse
from dsqltui.sim.transactions import jobs

pytestmark = pytest.mark.asyncio(loop_scope="module")

CATALOG_RULES = [rule for rule in RULES if rule.stage is Stage.CATALOG]
COUNTED = [rule for rule in CATALOG_RULES if rule.id in ("indexes", "schemas", "statistics", "tables")]

_numbers = itertools.count(1)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Postgres]:
    async with Postgres(tmp_path_factory.mktemp("catalog rules")) as running:
        yield running


@pytest_asyncio.fixture(loop_scope="module")
async def backend(server: Postgres) -> AsyncIterator[Backend]:
    """A session in a schema of the test's own; whatever it makes is undone."""
    session = await Backend.connect(server.socket_path, "postgres", "postgres", secret=server.secret)
    name = f'"Own schema {next(_numbers)}"'
    await session.query(f"BEGIN; CREATE SCHEMA {name}; SET LOCAL search_path TO {name}, public")
    yield session
    await session.query("ROLLBACK")
    session.close()


async def run(backend: Backend, sql: str) -> None:
    """Run a statement, CREATE INDEX ASYNC as the simulator does."""
    command = jobs.parse_index_command(sql)
    await backend.query(sql if command is None else command.rewritten.text)


async def refusal(backend: Backend, sql: str) -> PgError | None:
    try:
        await refuse_by_catalog(backend, analyse(sql), sql)
    except PgError as error:
        return error
    return None


@pytest.mark.parametrize("rule", CATALOG_RULES, ids=lambda rule: rule.id)
async def test_the_example_is_refused_and_the_near_miss_is_not(backend: Backend, rule: Rule) -> None:
    assert await refusal(backend, rule.example) is None, "nothing exists yet"
    for sql in rule.setup:
        await run(backend, sql)
    error = await refusal(backend, rule.example)
    assert error is not None
    assert (error.sqlstate, error.message) == (rule.sqlstate, rule.text)
    assert await refusal(backend, rule.near_miss) is None
    await run(backend, rule.near_miss)


@pytest.mark.parametrize("rule", COUNTED, ids=lambda rule: rule.id)
async def test_the_last_one_is_accepted(backend: Backend, rule: Rule) -> None:
    fewer = -2 if rule.id == "schemas" else -1  # the test's own schema counts
    for sql in rule.setup[:fewer]:
        await run(backend, sql)
    assert await refusal(backend, rule.example) is None


async def test_names_mean_what_they_mean_to_the_session(backend: Backend) -> None:
    await backend.query('CREATE TABLE "T.x" ("Id" int, CONSTRAINT "P\'k" PRIMARY KEY ("Id"))')
    await backend.query("CREATE TABLE public.shown (id int PRIMARY KEY)")
    for sql in (
        'ALTER TABLE "T.x" DROP COLUMN "Id"',
        'ALTER TABLE IF EXISTS ONLY "T.x" DROP CONSTRAINT IF EXISTS "P\'k" CASCADE',
        "ALTER TABLE Shown DROP id",
        "ALTER TABLE postgres.public.shown * DROP COLUMN id RESTRICT",
    ):
        assert await refusal(backend, sql) is not None, sql
    for sql in ('ALTER TABLE "T.x" DROP COLUMN id', "ALTER TABLE nowhere DROP COLUMN id", "ALTER TABLE a.b DROP x"):
        assert await refusal(backend, sql) is None, sql


async def test_a_key_that_is_an_expression_is_seen_in_the_new_index(backend: Backend) -> None:
    await backend.query("CREATE TABLE t (v jsonb)")
    newest = (await backend.query("SELECT coalesce(max(indexrelid), 0)::text FROM pg_index"))[0][0] or "0"
    await run(backend, "CREATE INDEX ASYNC fine ON t ((v ->> 'a')) INCLUDE (v)")
    await refuse_new_index(backend, newest)
    await run(backend, "CREATE INDEX ASYNC i ON t ((v -> 'a'))")
    with pytest.raises(PgError, match="datatype jsonb is not supported in a key"):
        await refuse_new_index(backend, newest)


@pytest.mark.parametrize(
    "sql", ["SELECT 1", "DROP TABLE t", "CREATE VIEW v AS SELECT 1", "ALTER TABLE t RENAME TO s", "CREATE INDEX"]
)
async def test_most_statements_need_no_question(sql: str) -> None:
    assert catalog_checks(analyse(sql), sql) == ()
