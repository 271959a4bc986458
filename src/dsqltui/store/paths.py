"""Names of files on this machine that begin as a person has typed."""

import os
from pathlib import Path


def paths_beginning_with(typed: str, limit: int = 50) -> tuple[str, ...]:
    """Paths in the writing of `typed`, folders with a slash behind, hidden ones only when asked for; sorted.

    A folder that cannot be read has no files. Blocks: for a thread.
    """
    folder, _, name = typed.rpartition("/")
    if typed.startswith("/") and not folder:
        folder = "/"
    try:
        entries = sorted(os.scandir(Path(folder or ".").expanduser()), key=lambda entry: entry.name)
    except (OSError, ValueError):
        return ()
    lead = typed[: len(typed) - len(name)]
    fitting = (entry for entry in entries if entry.name.startswith(name) and (name or entry.name[0] != "."))
    return tuple(
        f"{lead}{entry.name}{'/' if entry.is_dir() else ''}" for entry, _ in zip(fitting, range(limit), strict=False)
    )
