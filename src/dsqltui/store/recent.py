"""The targets that were opened last: host names, role and profile, in a private file; never a credential."""

import json
from pathlib import Path

import platformdirs

from dsqltui.core.aws.start_choices import Recent
from dsqltui.store.private_files import replace_private

_KEPT = 10


def recent_path() -> Path:
    """Where the file is, or would be."""
    return Path(platformdirs.user_state_dir("dsqltui", appauthor=False)) / "recent.json"


def read_recent(path: Path | None = None) -> tuple[Recent, ...]:
    """The last opened first. A file that is missing or unreadable means none."""
    try:
        entries = json.loads((path or recent_path()).read_text(encoding="utf-8"))
        return tuple(
            Recent(tuple(map(str, entry["hosts"])), str(entry["user"]), str(entry["profile"])) for entry in entries
        )
    except (OSError, ValueError, KeyError, TypeError):
        return ()


def remember(opened: Recent, path: Path | None = None) -> None:
    """Put a target before all others. Raises OSError."""
    path = path or recent_path()
    kept = [opened, *(recent for recent in read_recent(path) if recent != opened)][:_KEPT]
    content = [{"hosts": recent.hosts, "user": recent.user, "profile": recent.profile} for recent in kept]
    replace_private(path, json.dumps(content, indent=1).encode())
