"""What the sidebar costs: queries a minute, bytes a key, and 1,000 tables over a link of 50 ms.

Usage: python tests/benchmarks/sidebar.py, in the development environment.
"""

import asyncio
import contextlib
import dataclasses
import os
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from textual.pilot import Pilot

from dsqltui.core.aws.endpoint import Endpoint
from dsqltui.ui.app import ConsoleApp
from dsqltui.ui.features.sidebar.widget import Sidebar
from support.screens.real_console import endpoints_of, real_app
from support.screens.terminal import Terminal
from support.servers.simulator import RunningSimulator, running_simulator

_COUNTED_S = 20.0
_ROUND_TRIP_S = 0.05
_TABLES = 990


async def _until(pilot: Pilot[None], condition: Callable[[], object]) -> float:
    started = time.perf_counter()
    async with asyncio.timeout(120):
        while not condition():
            await pilot.pause(0.005)
    return time.perf_counter() - started


async def _count(pilot: Pilot[None], app: ConsoleApp) -> float:
    """Queries a minute, counted for a while."""
    before, started = app.console_screen.observers.query_count, time.monotonic()
    while time.monotonic() - started < _COUNTED_S:
        await pilot.pause(0.1)
    return (app.console_screen.observers.query_count - before) * 60 / _COUNTED_S


async def queries(simulator: RunningSimulator) -> None:
    """Polling while a job runs, while none does, and hidden."""
    with simulator.connect() as connection:
        connection.execute("create schema polled")
        connection.execute("create table polled.t (id int primary key, a int)")
    async with real_app(simulator, (140, 45)) as (app, pilot):
        sidebar = app.console_screen.query_one(Sidebar)
        await pilot.press("f7")
        await _until(pilot, lambda: app.console_screen.observers.query_count)
        with simulator.connect() as connection:
            connection.execute("create index async on polled.t (a)")
        await pilot.press("r")
        await _until(pilot, lambda: any("t_a_idx" in text for line in sidebar.list.lines for text, _ in line.parts))
        print(f"queries a minute, a job runs      {await _count(pilot, app):6.0f}")
        with simulator.connect() as connection:
            connection.execute("drop table polled.t")
        await pilot.pause(30)
        print(f"queries a minute, nothing runs    {await _count(pilot, app):6.0f}")
        await pilot.press("f7")
        print(f"queries a minute, hidden          {await _count(pilot, app):6.0f}")


@contextlib.asynccontextmanager
async def _slow_link(endpoint: Endpoint) -> AsyncIterator[Endpoint]:
    """The endpoint behind a relay that holds every piece for half a round trip."""

    async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        loop = asyncio.get_running_loop()
        pieces: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()

        async def deliver() -> None:
            while True:
                due, piece = await pieces.get()
                await asyncio.sleep(max(0.0, due - loop.time()))
                if not piece:
                    writer.close()
                    return
                writer.write(piece)

        delivery = asyncio.create_task(deliver())
        while piece := await reader.read(65_536):
            pieces.put_nowait((loop.time() + _ROUND_TRIP_S / 2, piece))
        pieces.put_nowait((loop.time(), b""))
        await delivery

    async def relay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection(endpoint.hostaddr, endpoint.port)
        with contextlib.suppress(ConnectionError, asyncio.CancelledError):  # the end of the benchmark
            await asyncio.gather(pump(reader, back), pump(there, writer))

    server = await asyncio.start_server(relay, "127.0.0.1", 0)
    try:
        yield dataclasses.replace(endpoint, port=server.sockets[0].getsockname()[1])
    finally:
        server.close()


async def tree(simulator: RunningSimulator) -> None:
    """Open, filter and unfold with 1,000 tables over a slow link."""
    with simulator.connect() as connection:
        connection.execute("create schema many")
        for number in range(_TABLES):
            connection.execute(f"create table many.table_{number:04} (id int primary key, a text, b text)")
    first, second = endpoints_of(simulator)
    async with _slow_link(first) as slow, real_app(simulator, (140, 45), observed=(slow, second)) as (app, pilot):
        sidebar = app.console_screen.query_one(Sidebar)
        await pilot.press("f7")
        await _until(pilot, lambda: app.console_screen.observers.query_count)
        await pilot.press("3")
        opened = await _until(pilot, lambda: len(sidebar.list.lines) >= _TABLES)
        await pilot.press("slash")
        started = time.perf_counter()
        await pilot.press(*"0777")
        await _until(pilot, lambda: len(sidebar.list.lines) == 2)
        filtered = time.perf_counter() - started
        await pilot.press("enter", "end", "enter")
        unfolded = await _until(pilot, lambda: len(sidebar.list.lines) == 5)
    trip = _ROUND_TRIP_S
    print(
        f"{_TABLES} tables, {trip * 1000:.0f} ms link: names {opened:.2f} s ({opened / trip:.1f} round trips), "
        f"filter typed {filtered:.2f} s, a table opened {unfolded:.2f} s ({unfolded / trip:.1f} round trips)"
    )


def bytes_per_key(home: Path) -> None:
    """What a key sends to the terminal."""
    environment = {"XDG_DATA_HOME": str(home), "XDG_CONFIG_HOME": str(home), "XDG_STATE_HOME": str(home)}
    command = [sys.executable, "-m", "dsqltui", "--local"]
    for columns, rows in ((80, 24), (160, 45)):
        with Terminal(command, columns=columns, rows=rows, env=environment) as terminal:
            terminal.wait_for(lambda text: text.count("connected") >= 1)
            terminal.send("\x1b[18~3")
            terminal.wait_for("roles and grants")
            terminal.wait_until_quiet()
            moved = []
            for key in ("\x1b[B", "\x1b[B", "\x1b[A", "\x1b[A"):
                terminal.send(key)
                moved.append(terminal.wait_until_quiet())
            idle = terminal.wait_until_quiet(3.0)
            typed = []
            if columns > 100:
                terminal.send("\x1bOQ")
                terminal.wait_until_quiet()
                for letter in "select":
                    terminal.send(letter)
                    typed.append(terminal.wait_until_quiet())
            letters = f"  a letter in the editor {sum(typed) / len(typed):.0f}" if typed else ""
            print(f"{columns}x{rows} bytes: cursor {sum(moved) / len(moved):.0f}, idle {idle}{letters}")


def main() -> None:
    """Print the figures."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ["AWS_EC2_METADATA_DISABLED"] = "true"
        with running_simulator(Path(folder), "--job-delay", "15") as simulator:
            asyncio.run(queries(simulator))
        with running_simulator(Path(folder), "--ephemeral") as simulator:
            asyncio.run(tree(simulator))
        bytes_per_key(Path(folder))


if __name__ == "__main__":
    main()
