"""What a client has set in its session, taken along to another backend."""

from dsqltui.core.sql.lexer import quote_literal as literal
from dsqltui.sim.pg.backend import Backend

Settings = list[tuple[str | None, ...]]
"""(name, value)"""

_OF_SESSION = (
    "SELECT name, setting FROM pg_catalog.pg_settings WHERE source OPERATOR(pg_catalog.=) 'session' "
    "AND name OPERATOR(pg_catalog.!~~) 'transaction%'"
)


async def settings_of(backend: Backend) -> Settings:
    """What the client has set, and has not reset. Raises PgError, OSError."""
    return await backend.query(_OF_SESSION)


async def set_again(backend: Backend, settings: Settings) -> None:
    """Set it on another backend. Raises PgError, OSError."""
    for name, value in settings:
        await backend.query(f"SELECT pg_catalog.set_config({literal(name or '')}, {literal(value or '')}, false)")
