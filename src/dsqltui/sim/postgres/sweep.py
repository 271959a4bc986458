"""Where simulators that keep nothing have their data, and the removal of what killed ones left there.

Files are made in memory in a tenth of the time that a file system on a disk takes, and a database is 440 of them:
with its data in /dev/shm a simulator starts sooner, and goes back to a snapshot sooner.
"""

import os
import shutil
import stat
import tempfile
import time
from pathlib import Path

from dsqltui.sim.postgres.binaries import PostgresError
from dsqltui.sim.postgres.folders import DirectoryLock, short_name, socket_folder
from dsqltui.sim.postgres.process import servers

PREFIX = "dsqltui-sim-"
_YOUNG_S = 60.0
"""A folder without a lock may be one whose simulator is just starting."""
_IN_MEMORY = Path("/dev/shm")
_ROOM = 1 << 30
"""Bytes that must be free there, and twice as many of the machine's memory: data, clones and PostgreSQL's log take some
hundred MiB."""


def place() -> Path:
    """Where the folder of a simulator that keeps nothing is made: in memory, unless TMPDIR says where, or memory is
    short."""
    told = any(os.environ.get(name) for name in ("TMPDIR", "TEMP", "TMP"))
    return _IN_MEMORY if not told and _has_room(_IN_MEMORY) else Path(tempfile.gettempdir())


def _has_room(folder: Path) -> bool:
    """Whether it is a shared folder in memory with much room. A container has 64 MB there, or nothing."""
    try:
        mounts = (line.split() for line in Path("/proc/mounts").read_text(encoding="utf-8").splitlines())
        if not any(mount[1:3] == [str(folder), "tmpfs"] for mount in mounts):
            return False
        memory = dict(line.split(":") for line in Path("/proc/meminfo").read_text(encoding="ascii").splitlines())
        available = int(memory["MemAvailable"].split()[0]) << 10
        found = os.statvfs(folder)
        is_shared = bool(folder.stat().st_mode & stat.S_ISVTX)
    except (OSError, ValueError, KeyError, UnicodeDecodeError):
        return False
    return (
        is_shared
        and os.access(folder, os.W_OK | os.X_OK)
        and found.f_bavail * found.f_frsize >= _ROOM
        and available >= 2 * _ROOM
    )


def sweep() -> list[Path]:
    """Remove the folders of this user's killed simulators; those that were removed. What cannot be removed is left."""
    swept = []
    places = {Path(tempfile.gettempdir()), _IN_MEMORY}
    for folder in (folder for each in places for folder in each.glob(f"{PREFIX}*")):
        try:
            if _is_abandoned(folder):
                shutil.rmtree(folder)
                shutil.rmtree(socket_folder(folder / "postgres"), ignore_errors=True)
                swept.append(folder)
        except (OSError, PostgresError):
            continue
    return swept


def _is_abandoned(folder: Path) -> bool:
    """Whether no simulator has it: its lock is free, and no PostgreSQL runs on it."""
    found = folder.lstat()
    if found.st_uid != os.geteuid() or not folder.is_dir() or folder.is_symlink():
        return False
    home = folder / "postgres"
    if not (home / "lock").is_file():
        return time.time() - found.st_mtime > _YOUNG_S
    lock = DirectoryLock(home)  # raises DirectoryBusy
    try:
        return not servers(short_name(home))
    finally:
        lock.release()
