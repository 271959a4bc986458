"""`dsqltui sim`: the simulator in the foreground, until a signal or the end of its parent."""

import asyncio
import json
import logging
import os
import shlex
import signal
import sys
import tempfile
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

from dsqltui.core.language import _
from dsqltui.sim.aws.identity import AccessKey
from dsqltui.sim.cluster.settings import SimSettings
from dsqltui.sim.environment import as_env_file, hosts_lines, variables
from dsqltui.sim.postgres.sweep import PREFIX, place, sweep
from dsqltui.sim.server import LOOPBACK, Ready, Simulator
from dsqltui.sim.state import write_private

_LOOKS_FOR_PARENT_S = 0.25


@dataclass(frozen=True, slots=True)
class RunOptions:
    """What the command line asked for."""

    directory: Path
    """Where everything is kept; ignored when `is_ephemeral`."""
    is_ephemeral: bool
    """Keep nothing: a temporary directory that is removed at the end."""
    regions: Sequence[str]
    ports: Sequence[int]
    """Of the endpoints and of AWS; 0, or none at all, for a free one."""
    ready_file: Path | None
    settings: SimSettings
    ends_with_stdin: bool
    """Stop when standard input closes: the console that started this simulator is gone."""
    is_quiet: bool
    """Do not print how to connect."""
    addresses: Sequence[str] = (LOOPBACK,)
    """Where the endpoints listen."""
    identifiers: Sequence[str] = ()
    """The clusters' ids, unless they are to be random or are kept."""
    user_key: AccessKey | None = None
    env_file: Path | None = None
    """Gets the variables for clients."""
    ends_with_parent: bool = False
    """Stop when the process that started this one ends."""
    template: Path | None = None
    """A folder with a data directory to copy; see Postgres."""


def run(options: RunOptions) -> None:
    """Run until SIGTERM or SIGINT. Raises what Simulator.start raises."""
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s", stream=sys.stderr)
    logging.getLogger("asyncio").setLevel(logging.ERROR)  # it warns of clients that vanish while they are written to
    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        runner.run(_run(options))


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """uvloop's on Linux, where it is installed: a statement costs a quarter less there. None for asyncio's own, which
    does the same; `DSQLTUI_SIM_LOOP=asyncio` asks for it."""
    if sys.platform != "linux" or os.environ.get("DSQLTUI_SIM_LOOP") == "asyncio":
        return None
    try:
        import uvloop
    except ImportError:
        return None
    factory: Callable[[], asyncio.AbstractEventLoop] = uvloop.new_event_loop
    return factory


async def _run(options: RunOptions) -> None:
    stopping = asyncio.Event()
    parent = os.getppid()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, stopping.set)
    async with AsyncExitStack() as stack:
        directory = options.directory
        if options.is_ephemeral:
            await asyncio.to_thread(sweep)
            directory = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix=PREFIX, dir=place())))
        simulator = Simulator(
            directory,
            regions=options.regions,
            ports=options.ports,
            settings=options.settings,
            addresses=options.addresses,
            identifiers=options.identifiers,
            user_key=options.user_key,
            template=options.template,
        )
        ready = await simulator.start(os.getpid())
        stack.push_async_callback(simulator.stop)
        if options.env_file is not None:
            text = as_env_file(variables(ready.to_json_object()))
            await asyncio.to_thread(write_private, options.env_file, text)
        for file in (directory / "ready.json", options.ready_file):  # the first is where `dsqltui --local` looks
            if file is not None:
                stack.callback(file.unlink, missing_ok=True)
                text = json.dumps(ready.to_json_object(), indent=2)
                await asyncio.to_thread(write_private, file, text + "\n")
        if not options.is_quiet:
            print(how_to_connect(ready), flush=True)
        await _until_told(stopping, simulator, options, parent)


async def _until_told(stopping: asyncio.Event, simulator: Simulator, options: RunOptions, parent: int) -> None:
    """Return at a signal, or at the end of standard input or of the parent if that is asked for.

    Raises when PostgreSQL died and cannot be started again.
    """
    tasks = [asyncio.ensure_future(simulator.keep_running()), asyncio.ensure_future(stopping.wait())]
    if options.ends_with_stdin:
        tasks.append(asyncio.ensure_future(_stdin_ended()))
    if options.ends_with_parent:
        tasks.append(asyncio.ensure_future(_parent_ended(parent)))
    done, pending = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in pending:
        task.cancel()
    await asyncio.gather(*pending, return_exceptions=True)
    for task in done:
        task.result()


async def _stdin_ended() -> None:
    """Return when standard input ends."""
    reader = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    await reader.read()


async def _parent_ended(parent: int) -> None:
    """Return when this process has another parent than that one, which it had at its start."""
    while os.getppid() == parent:  # noqa: ASYNC110 - no system tells of it in the same way
        await asyncio.sleep(_LOOKS_FOR_PARENT_S)


def how_to_connect(ready: Ready) -> str:
    """Lines to copy and paste: the environment, a token, psql on both endpoints."""
    lines = [
        _("dsqltui simulator: one Aurora DSQL multi-Region cluster on this machine. Ctrl+C stops it.")
        if len(ready.endpoints) > 1
        else _("dsqltui simulator: one Aurora DSQL single-Region cluster on this machine. Ctrl+C stops it."),
        "",
    ]
    for letter, endpoint in zip("AB", ready.endpoints, strict=False):
        lines.append(f"  {letter}  {endpoint.region:<14} {endpoint.host}  {endpoint.hostaddr}:{endpoint.port}")
    lines += [
        "",
        _("For clients that cannot be told an address beside the name, lines for /etc/hosts:"),
        *(f"  {line}" for line in hosts_lines(ready.to_json_object())),
        "",
        _(
            "In another terminal, with psql and the AWS CLI version 2 (paste the block; without that CLI,\n"
            "`dsqltui token HOST` prints the same kind of token):"
        ),
        "",
        f"export AWS_ACCESS_KEY_ID={ready.credentials.access_key_id}",
        f"export AWS_SECRET_ACCESS_KEY={ready.credentials.secret_access_key}",
        f"export AWS_ENDPOINT_URL={ready.aws_endpoint_url}",
        f"export AWS_REGION={ready.endpoints[0].region}",
        f"export PGSSLMODE=verify-full PGSSLROOTCERT={shlex.quote(ready.ca_file)}",
    ]
    for endpoint in ready.endpoints:
        lines += [
            "",
            f"# {endpoint.region}",
            "export PGPASSWORD=$(aws dsql generate-db-connect-admin-auth-token "
            f"--region {endpoint.region} --hostname {endpoint.host})",
            f"PGHOSTADDR={endpoint.hostaddr} psql --host {endpoint.host} --port {endpoint.port} "
            f"--username {ready.admin_user} --dbname {ready.database}",
        ]
    return "\n".join(lines) + "\n"
