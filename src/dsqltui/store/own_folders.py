"""Whether the folders and files that are kept for this person are theirs alone: what others may write is told, not used
in silence. A stranger who can write there can put SQL into an editor or a snippet, or read what was run.
"""

import os
import pwd
import shlex
import stat
from collections.abc import Iterator
from pathlib import Path

import platformdirs

from dsqltui.core.language import _
from dsqltui.core.text.safe_text import one_line

_FILES = ("config.toml", "history.sqlite", "recent.json", "snippets", "journal", "buffers", "crashes", "labs")
_MOST_LINKS = 20


def own_folders() -> tuple[Path, ...]:
    """Of settings, state and data; one may be missing."""
    kinds = (platformdirs.user_config_dir, platformdirs.user_state_dir, platformdirs.user_data_dir)
    return tuple(dict.fromkeys(Path(kind("dsqltui", appauthor=False)) for kind in kinds))


def folder_warnings() -> list[str]:
    """A sentence for each place that others may write, or that a link leads to and another user owns."""
    told: dict[Path, str] = {}
    for folder in own_folders():
        for path in (*reversed(folder.parents), folder, *(folder / name for name in _FILES)):
            for place in _with_links(path):
                if place not in told and (trouble := _trouble(place)):
                    told[place] = f"{one_line(str(place), 1_000)} {trouble}"
    return list(told.values())


def _with_links(path: Path) -> Iterator[Path]:
    """The path, and what it leads to."""
    for _unused in range(_MOST_LINKS):
        yield path
        if not path.is_symlink():
            return
        path = Path(os.path.normpath(path.parent / os.readlink(path)))


def _trouble(path: Path) -> str:
    """What is wrong with it; empty when nothing is, or it is not there."""
    try:
        found = path.lstat()
    except OSError:
        return ""
    me = os.geteuid()
    if found.st_uid not in (me, 0):
        what = _("is a link that belongs") if stat.S_ISLNK(found.st_mode) else "belongs"
        return _("{what} to {name}, who can change what dsqltui keeps there; make it your own.").format(
            what=what, name=_name(found.st_uid)
        )
    if stat.S_ISLNK(found.st_mode):
        return ""
    is_sticky = stat.S_ISDIR(found.st_mode) and bool(found.st_mode & stat.S_ISVTX)
    is_open = found.st_mode & stat.S_IWOTH or (found.st_mode & stat.S_IWGRP and found.st_gid not in (os.getegid(), 0))
    if is_open and not is_sticky:
        command = f"chmod go-w {one_line(shlex.quote(str(path)), 1_000)}"
        return _("may be written by others, who can change what dsqltui keeps there; run: {command}").format(
            command=command
        )
    return ""


def _name(user: int) -> str:
    try:
        return _("user {pw_name}").format(pw_name=pwd.getpwuid(user).pw_name)
    except KeyError:
        return _("user {user}").format(user=user)


def tighten(path: Path) -> None:
    """Take the rights of others from a folder of ours that an older version, or another umask, made. Never raises."""
    own = own_folders()
    for folder in (path, *path.parents):
        if not any(folder == mine or mine in folder.parents for mine in own[1:]):
            return
        try:
            found = folder.lstat()
            # as root the simulator's PostgreSQL runs as another user and passes through
            wanted = 0o711 if os.geteuid() == 0 and (folder / "simulator").exists() else 0o700
            if stat.S_ISDIR(found.st_mode) and found.st_uid == os.geteuid() and found.st_mode & 0o777 & ~wanted:
                folder.chmod(wanted)
        except OSError:
            return  # told by `folder_warnings`
