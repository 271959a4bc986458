"""Make the data directory of the embedded PostgreSQL, whole or not at all."""

import asyncio
import contextlib
import hashlib
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import ParamSpec, TypeVar

from dsqltui.sim.postgres.binaries import Binaries, PostgresError
from dsqltui.sim.postgres.folders import DirectoryBusy, DirectoryLock
from dsqltui.sim.postgres.process import ProcessUser, RunAs, run

SUPERUSER = "postgres"

# C collation and UTF8 are what Aurora DSQL has. -N: no waiting for the disk; the server runs with fsync off, too.
_INITDB = ("-U", SUPERUSER, "-A", "trust", "-E", "UTF8", "--locale=C", "-N", "--no-instructions")

_P = ParamSpec("_P")
_T = TypeVar("_T")


class PostgresFailed(PostgresError):
    """PostgreSQL or its initdb did not run; the message ends with what it said last."""


@dataclass(frozen=True, slots=True)
class Ground:
    """What a start has settled: what runs, as whom, and where the data is."""

    binaries: Binaries
    identity: ProcessUser
    home: Path
    """The folder around the data directory, which the server's user can reach."""

    @property
    def data(self) -> Path:
        """The data directory."""
        return self.home / "data"


async def make_data(ground: Ground, template: Path | None) -> None:
    """Make the data directory unless it is there, by a copy from the folder `template` if one is given.

    The first to need it makes the original in the folder, under a lock. Raises PostgresFailed when initdb does not
    work, PostgresError when the data there belongs to another major version. The caller holds the directory's lock.
    """
    made_by = await in_thread(_major_of, ground.data)
    if made_by is None:
        if template is None or ground.identity.run_as is RunAs.SETUID:
            await _initialise(ground.data, ground)
        else:
            await in_thread(_copy, await _original(template, ground), ground.data)
    elif made_by != str(ground.binaries.major):
        raise PostgresError(
            f"The data in {ground.data} was made by PostgreSQL {made_by}, and {ground.binaries.folder} holds "
            f"{ground.binaries.version}; delete that folder to begin anew, or set DSQLTUI_PG_BIN to the bin folder "
            f"of a PostgreSQL {made_by}."
        )


_ACCESS = """# Written by dsqltui at each start: every role logs in with a secret that only the simulator knows.
local postgres all scram-sha-256
local template1,/^dsqltui_ postgres scram-sha-256
"""


async def set_secret(ground: Ground, role: str, verifier: str) -> None:
    """Let this superuser log in with another secret, and nobody without one, while no server runs on the data.

    PostgreSQL's single-user mode does it, which needs no login: there is no moment at which others could. After a crash
    it recovers the data first. Raises PostgresFailed.
    """
    await in_thread((ground.data / "pg_hba.conf").write_text, _ACCESS)
    argv: list[str | Path] = [
        ground.binaries.postgres,
        "--single",
        "-D",
        ground.data,
        "-c",
        "fsync=off",
        "-c",
        "dynamic_shared_memory_type=mmap",  # as the server: a container may have no /dev/shm
        "-c",
        "exit_on_error=on",
        "postgres",
    ]
    status, printed = await run(argv, ground.identity, given=f"ALTER ROLE {role} PASSWORD '{verifier}'\n")
    if status != 0:
        raise PostgresFailed(
            f"PostgreSQL {ground.binaries.version} cannot use the data in {ground.data} (status {status}); repair what "
            f"it says, or delete the data to begin anew:\n{printed.strip()}"
        )


async def in_thread(call: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> _T:
    """The result of a blocking call made in a thread. When cancelled, returns only after the call did."""
    work = asyncio.ensure_future(asyncio.to_thread(call, *args, **kwargs))
    try:
        return await asyncio.shield(work)
    except asyncio.CancelledError:
        await asyncio.wait({work})
        raise


async def _original(template: Path, ground: Ground) -> Path:
    """The data directory to copy."""
    made_with = f"{ground.binaries.folder} {ground.binaries.version} {_INITDB}"
    original = template / f"data-{hashlib.sha256(os.fsencode(made_with)).hexdigest()[:12]}"
    await in_thread(template.mkdir, 0o700, parents=True, exist_ok=True)
    async with _patient_lock(template):
        if await in_thread(_major_of, original) is None:
            await _initialise(original, ground)
    return original


@contextlib.asynccontextmanager
async def _patient_lock(directory: Path) -> AsyncIterator[None]:
    """The lock of a directory, waited for."""
    while True:
        try:
            lock = DirectoryLock(directory)
            break
        except DirectoryBusy:
            await asyncio.sleep(0.05)
    try:
        yield
    finally:
        lock.release()


async def _initialise(data: Path, ground: Ground) -> None:
    """Run initdb beside `data` and move the result there, so that a killed one leaves no half of a data directory."""
    made = await in_thread(_fresh_folder, data)
    if ground.identity.run_as is RunAs.SETUID:
        os.chown(made, ground.identity.uid, ground.identity.gid)
    status, printed = await run([ground.binaries.initdb, "-D", made, *_INITDB], ground.identity)
    if status != 0:
        raise PostgresFailed(
            f"PostgreSQL {ground.binaries.version} could not make its data directory {data} (initdb ended with status "
            f"{status}); repair what it says and start again:\n{printed.strip()}"
        )
    await in_thread(made.replace, data)


def _copy(original: Path, data: Path) -> None:
    copy = _fresh_folder(data)
    shutil.copytree(original, copy, dirs_exist_ok=True)
    copy.replace(data)


def _fresh_folder(data: Path) -> Path:
    """An empty folder beside `data`, mode 0700, after removing those of killed runs. The caller holds the lock."""
    prefix = f"{data.name}.new-"
    for unfinished in data.parent.glob(f"{prefix}*"):
        shutil.rmtree(unfinished, ignore_errors=True)
    return Path(tempfile.mkdtemp(prefix=prefix, dir=data.parent))


def _major_of(data: Path) -> str | None:
    """The major version of the PostgreSQL that made this data directory; None where there is none."""
    try:
        return (data / "PG_VERSION").read_text().strip()
    except FileNotFoundError:
        return None
