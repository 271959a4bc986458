"""Room on the disk of the data: a write is refused before PostgreSQL runs into the end of the disk.

PostgreSQL survives a table that cannot grow, but not a write-ahead log that cannot: it stops, and cannot recover before
there is room again (PostgreSQL 16 documentation, 30.5, and tried). So the simulator keeps some room for the log.
"""

import logging
import os
import time
from collections.abc import Callable
from pathlib import Path

from dsqltui.sim.pg.wire import PgError

__all__ = ["KEPT_FREE", "DiskRoom"]

MIB = 1 << 20
KEPT_FREE = 48 * MIB
"""Bytes: two segments of the log, and what a transaction of 10 MiB with its indexes adds."""
_MUCH, _MOMENT_S = 512 * MIB, 0.02

_log = logging.getLogger(__name__)


class DiskRoom:
    """The room on the disk of a folder."""

    def __init__(self, folder: Callable[[], Path], kept_free: int) -> None:
        """`folder` tells where the data is; `kept_free` bytes are not for clients."""
        self._folder = folder
        self._kept_free = kept_free
        self._was_told = False
        self._asks_again_at = 0.0

    def check(self) -> None:
        """Raise PgError 53100 when a write would take room that PostgreSQL needs to go on.

        Where there is much room the system is not asked again for a moment: nobody fills it that fast. The first
        refusal is logged as well.
        """
        now = time.monotonic()
        if now < self._asks_again_at:
            return
        folder = self._folder()
        try:
            disk = os.statvfs(folder)
        except OSError:  # PostgreSQL will say what is wrong with its folder
            return
        free = disk.f_bavail * disk.f_frsize
        if free >= self._kept_free:
            self._was_told = False
            if free >= self._kept_free + _MUCH:
                self._asks_again_at = now + _MOMENT_S
            return
        if not self._was_told:
            self._was_told = True
            _log.warning(
                "the disk of %s is full: %d MiB are free, %d MiB are kept for PostgreSQL's log. Writes are refused "
                "with 53100 until there is room; reading and DROP go on.",
                folder,
                free // MIB,
                self._kept_free // MIB,
            )
        raise PgError(
            "53100",
            f"the disk of the simulator is full: {free // MIB} MiB are free, and {self._kept_free // MIB} MiB are kept "
            "for PostgreSQL's log",
            H="Make room where the simulator keeps its data, or start it with a smaller --keep-free.",
        )
