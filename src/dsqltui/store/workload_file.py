"""The pinned workload in a private file of this user: statements without secrets, their DPU, calls a day."""

from pathlib import Path

import platformdirs

from dsqltui.core.cost.workload import PinnedStatement, WorkloadUnreadable, workload_of, workload_text
from dsqltui.core.language import _
from dsqltui.store.private_files import replace_private

_MAX_BYTES = 10_000_000


def workload_path() -> Path:
    """Where the file is, or would be."""
    return Path(platformdirs.user_data_dir("dsqltui", appauthor=False)) / "workload.json"


def read_workload(path: Path | None = None) -> tuple[PinnedStatement, ...]:
    """What is pinned; nothing when no file is there. Blocks. Raises WorkloadUnreadable."""
    path = path or workload_path()
    try:
        if path.stat().st_size > _MAX_BYTES:
            raise WorkloadUnreadable(
                _("{path} is larger than {max_bytes:,} bytes; it is no workload.").format(
                    path=path, max_bytes=_MAX_BYTES
                )
            )
        return workload_of(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return ()
    except OSError as problem:
        raise WorkloadUnreadable(
            _("{path} cannot be read: {reason}.").format(path=path, reason=problem.strerror)
        ) from None


def save_workload(statements: tuple[PinnedStatement, ...], path: Path | None = None) -> Path:
    """Replace the file. Blocks. Raises WorkloadUnreadable."""
    path = path or workload_path()
    try:
        replace_private(path, workload_text(statements).encode())
    except OSError as problem:
        raise WorkloadUnreadable(
            _("{path} cannot be written: {reason}.").format(path=path, reason=problem.strerror)
        ) from None
    return path
