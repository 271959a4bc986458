"""What the simulator keeps in PostgreSQL beside the user's data, made in a fresh one and upgraded in an older one.

`sql/sim/bootstrap.sql` makes the schemas and tables, once. `sql/sim/upgrades/N.sql` changes those that an older dsqltui
made. `sql/sim/code/` has views and functions, which are installed again whenever their text has changed.
"""

import hashlib
from pathlib import Path

from dsqltui.core.sql.lexer import quote_literal as literal
from dsqltui.resources import data
from dsqltui.sim.pg.backend import Backend
from dsqltui.sim.postgres.binaries import PostgresError

VERSION = 4
"""The number of the last upgrade step; data without a mark is version 1."""


class DataTooNew(PostgresError):
    """A newer dsqltui made the data."""


async def install(backend: Backend) -> bool:
    """Make or upgrade what the simulator needs, in one transaction; whether there was nothing. Raises DataTooNew,
    PgError."""
    version, installed_code = await _found(backend)
    if version > VERSION:
        raise DataTooNew(
            f"The simulator's data was made by a newer dsqltui (its version is {version}, this one knows {VERSION}); "
            "start it with that dsqltui, or take another folder with --data-dir to begin anew."
        )
    folder = data("sql") / "sim"
    code = "\n".join(_text(path) for path in sorted((folder / "code").glob("*.sql")))
    mark = hashlib.sha256(code.encode()).hexdigest()
    if version == VERSION and mark == installed_code:
        return False
    steps = [_text(folder / "bootstrap.sql")] if version == 0 else []
    steps += [_text(folder / "upgrades" / f"{n}.sql") for n in range(version + 1, VERSION + 1) if version]
    steps += [
        code,
        "DELETE FROM pg_dsqltui.installed",
        f"INSERT INTO pg_dsqltui.installed VALUES ({VERSION}, {literal(mark)})",
    ]
    try:
        await backend.query("BEGIN; SET LOCAL allow_system_table_mods = on; " + ";\n".join(steps) + "; COMMIT")
    finally:
        if backend.status != b"I":
            await backend.query("ROLLBACK")
    return version == 0


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


async def _found(backend: Backend) -> tuple[int, str]:
    """The version of what is there, and the mark of its code; (0, "") in a fresh PostgreSQL."""
    is_there, has_mark = (
        await backend.query("SELECT to_regnamespace('pg_dsqltui') IS NOT NULL, to_regclass('pg_dsqltui.installed')")
    )[0]
    if is_there != "t":
        return 0, ""
    if has_mark is None:
        return 1, ""
    ((version, code),) = await backend.query("SELECT version, code FROM pg_dsqltui.installed")
    return int(version or 0), code or ""
