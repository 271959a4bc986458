"""A fresh PostgreSQL process for a session whose old one has grown.

PL/pgSQL compiles a trigger's function for each trigger and never forgets it (PostgreSQL 16, pl_comp.c), and each
private copy of a table has triggers of its own: about 0.15 MiB a copy stay for as long as the process lives. The same
goes for tables that were made, written and dropped (0.5 MiB each); and all that is kept is looked through at each DDL.
"""

import logging

from dsqltui.sim.execution.executor import Executor
from dsqltui.sim.pg.backend import Backend
from dsqltui.sim.pg.wire import PgError

_log = logging.getLogger(__name__)
_IS_ITSELF = "SELECT CURRENT_USER OPERATOR(pg_catalog.=) SESSION_USER"
_HAS_SEQUENCE = "SELECT pg_catalog.lastval()"
_NO_SEQUENCE = "55000"


async def renew(executor: Executor) -> None:
    """Between two transactions: go over to a fresh backend, unless the client would notice. Else tried later again."""
    executor.wear = 0
    moves = executor.moves
    if executor.reconnect is None or executor.is_in_transaction:
        return
    try:
        if not await _has_settings_only(executor):
            return
        fresh = await executor.reconnect()
    except (PgError, OSError) as error:
        _log.info("a session keeps its old backend: %s", error)
        return
    is_used = False
    try:
        is_used = await executor.exchange(fresh, moves)
    except (PgError, OSError) as error:
        _log.info("a session keeps its old backend: %s", error)
    finally:
        if not is_used:
            fresh.close()


async def _has_settings_only(executor: Executor) -> bool:
    """Whether the session is nothing but its settings: it has become no other role, and no sequence has a value for it.
    Raises PgError, OSError."""
    async with executor.talking() as backend:
        ((is_itself,),) = await backend.query(_IS_ITSELF)
        return is_itself == "t" and not await _has_value_of_sequence(backend)


async def _has_value_of_sequence(backend: Backend) -> bool:
    try:
        await backend.query(_HAS_SEQUENCE)
    except PgError as error:
        if error.sqlstate != _NO_SEQUENCE:
            raise
        return False
    return True
