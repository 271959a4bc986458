"""Files that only this person may read, replaced as a whole: a reader, or a crash, never meets half a file."""

import contextlib
import os
import tempfile
from pathlib import Path

from dsqltui.store.own_folders import tighten


def private_folder(path: Path) -> Path:
    """The folder, made for this user alone, as are those above it that are not there; of ours, others lose their
    rights. Raises OSError."""
    for above in reversed(path.parents):
        if not above.exists():
            above.mkdir(mode=0o700, exist_ok=True)
    path.mkdir(mode=0o700, exist_ok=True)
    tighten(path)
    return path


def replace_private(path: Path, content: bytes) -> None:
    """Write a file of mode 0600 beside `path`, then put it in its place. A link stays one: its target is replaced.

    Raises OSError; the old file is then as it was.
    """
    path = path.resolve()
    private_folder(path.parent)
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)  # mode 0600
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(name, path)
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(name)
        raise


def write_new_private(path: Path, content: bytes) -> None:
    """Write a file of mode 0600 that is not there yet. Raises FileExistsError and other OSErrors."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
