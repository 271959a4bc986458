"""The formats beside what psql and COPY of the same server write."""

import shutil
import subprocess

import pytest

from dsqltui.core.formats import Format, encoded, encoder
from dsqltui.core.results.outcome import Rows
from dsqltui.sim.postgres.postgres import Postgres
from support.servers.plain_postgres import Plain

pytestmark = pytest.mark.skipif(shutil.which("psql") is None, reason="psql is not installed")

RESULTS = [
    "select 1 as id, 'a' as note union all select 22, null order by 1",
    "select g as n, repeat('x', g) as \"a long name\", g * 1.5 as half from generate_series(1, 12) g",
    "select 'one' as a, E'two\\nlines' as b, 3 as c, E'x\\ny\\nz' as d",
    "select E'multi\\nline' as \"two\\nnames\"",
    "select 1 as \"two\nlines\", 'x' as b",
    "select '東京' as city, 5 as n, 'é' as e, 'plain' as p",
    "select E'tab\\there' as t, E'cr\\rhere' as r, E'\\x1b[31m' as esc",
    "select '' as empty, null as nothing, true as yes, '{\"a\": 1}'::jsonb as doc",
    "select 1 as n where false",
    "select 1 as a",
    "select 'a,b' as c, 'say \"hi\"' as q, E'line\\nbreak' as l, '' as e, E'\\\\.' as dot, E'a\\\\tb\\tc' as tab",
    "select null as only",
    "select '' as only",
]


def psql(server: Postgres, *arguments: str) -> str:
    """What psql prints."""
    command = ["psql", "-X", "-h", str(server.socket_dir), "-U", "postgres", "-d", "postgres", *arguments]
    return subprocess.run(command, capture_output=True, check=True, timeout=60).stdout.decode()


async def ours(plain: Plain, sql: str, format_: Format) -> str:
    """What the encoder makes of the same rows."""
    session = await plain.open()
    outcome = await session.run(sql, limit=1_000)
    assert isinstance(outcome, Rows)
    return "".join(encoded(encoder(format_, outcome.columns), outcome.rows))


@pytest.mark.parametrize("sql", RESULTS)
@pytest.mark.parametrize("format_", [Format.TABLE, Format.RECORDS])
async def test_for_people(plain: Plain, plain_server: Postgres, sql: str, format_: Format) -> None:
    expanded = ["-x"] if format_ is Format.RECORDS else []
    assert await ours(plain, sql, format_) == psql(plain_server, *expanded, "-c", sql)


@pytest.mark.parametrize("sql", RESULTS)
@pytest.mark.parametrize(("format_", "option"), [(Format.CSV, "format csv, header"), (Format.TSV, "header")])
async def test_for_programs(plain: Plain, plain_server: Postgres, sql: str, format_: Format, option: str) -> None:
    copied = psql(plain_server, "-c", f"copy ({sql}) to stdout with ({option})")
    assert await ours(plain, sql, format_) == copied
