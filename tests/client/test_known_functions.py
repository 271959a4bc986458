"""The functions that are said to only read, held against PostgreSQL's own catalog."""

from dsqltui.core.results.outcome import Rows
from dsqltui.core.sql.known_functions import HARMLESS_THOUGH_VOLATILE, READERS
from support.servers.plain_postgres import Plain


async def test_known_readers_are_what_postgresql_declares(plain: Plain) -> None:
    session = await plain.open()
    names = ", ".join(f"('{name}')" for name in sorted(READERS))
    outcome = await session.run(
        f"select n, bool_or(p.provolatile = 'v'), count(p.oid) from (values {names}) v (n) left join pg_proc p "
        "on p.proname = n and p.pronamespace = 'pg_catalog'::regnamespace group by n "
        "having count(p.oid) = 0 or bool_or(p.provolatile = 'v')",
        limit=1_000,
    )
    assert isinstance(outcome, Rows)
    assert not outcome.rows
    assert not READERS & HARMLESS_THOUGH_VOLATILE
