"""Removes what simulators left that kept nothing and were killed: their folders in the place for temporary files."""

import os
import shutil
import tempfile
import time
from pathlib import Path

from dsqltui.sim.postgres.binaries import PostgresError
from dsqltui.sim.postgres.folders import DirectoryLock, short_name, socket_folder
from dsqltui.sim.postgres.process import servers

PREFIX = "dsqltui-sim-"
_YOUNG_S = 60.0
"""A folder without a lock may be one whose simulator is just starting."""


def sweep() -> list[Path]:
    """Remove the folders of this user's killed simulators; those that were removed. What cannot be removed is left."""
    swept = []
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
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
