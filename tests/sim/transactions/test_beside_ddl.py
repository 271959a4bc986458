"""Words of PostgreSQL for what others' DDL does beside a statement; they come about once in thousands of statements."""

import asyncio

import pytest

from dsqltui.sim.execution.client_errors import ClientErrors
from dsqltui.sim.pg.wire import PgError
from dsqltui.sim.transactions.relation_cache import RelationCache
from dsqltui.sim.transactions.schema_history import ChangeScope, SchemaChange, SchemaHistory, SessionSchema

GONE = PgError("XX000", "could not open relation with OID 26147")


def test_a_sequence_that_goes_while_its_value_is_asked_for_is_a_change_of_the_schema() -> None:
    history = SchemaHistory()
    schema = SessionSchema(history, ChangeScope.RELATION, tells_idle=True)
    errors = ClientErrors(schema)
    schema.starts(())  # nextval('s') names no relation
    assert errors.told(GONE) is GONE
    history.committed(SchemaChange(frozenset({("public", "s")}), is_real=True))
    assert errors.told(GONE).sqlstate == "40001"


@pytest.mark.parametrize("what", ["oid", "view"])
def test_a_description_waits_for_ddl_that_has_the_relation(what: str) -> None:
    asked = []

    async def ask(sql: str) -> list[tuple[str | None, ...]]:
        """As PostgreSQL answers a session with a lock_timeout."""
        asked.append(sql)
        if len(asked) < 3:
            raise PgError("55P03", "canceling statement due to lock timeout")
        return [("SELECT 1;",)] if what == "view" else []

    cache = RelationCache(ask)
    answer = asyncio.run(cache.view_text("1") if what == "view" else cache.relation("public", "t"))
    assert answer == ("SELECT 1" if what == "view" else None)
    assert len(asked) == 3
