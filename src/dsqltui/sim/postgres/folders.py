"""Folders of the embedded PostgreSQL: locked, private, short enough for a socket, and reachable by its user."""

import fcntl
import hashlib
import os
import shutil
import stat
import tempfile
from pathlib import Path

from dsqltui.core.language import _
from dsqltui.sim.postgres.binaries import Binaries, PostgresError

SOCKET_NAME = ".s.PGSQL.5432"
_LONGEST_SOCKET_PATH = 103  # sun_path holds 104 bytes on macOS and 108 on Linux, one of them the closing NUL


class DirectoryBusy(PostgresError):
    """Another simulator uses the directory; `pid` is its process, or None while it is just starting."""

    def __init__(self, directory: Path, pid: int | None) -> None:
        self.pid = pid
        owner = _("process {pid}").format(pid=pid) if pid is not None else _("another process")
        super().__init__(
            _(
                "The simulator's directory {directory} is in use by {owner}; stop that simulator, or choose another "
                "directory."
            ).format(directory=directory, owner=owner)
        )


class DirectoryLock:
    """An exclusive lock on a directory, held until `release` or the end of this process, however it ends."""

    def __init__(self, directory: Path) -> None:
        """Take the lock without waiting; raises DirectoryBusy."""
        self._descriptor = os.open(directory / "lock", os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            owner = os.read(self._descriptor, 20)
            os.close(self._descriptor)
            raise DirectoryBusy(directory, int(owner) if owner.isdigit() else None) from None
        os.ftruncate(self._descriptor, 0)
        os.write(self._descriptor, b"%d" % os.getpid())

    def release(self) -> None:
        """Let others have the directory. To be called once."""
        os.close(self._descriptor)


def short_name(directory: Path) -> str:
    """A name for that directory's server, the same in every run and different for every user and directory."""
    return f"dsqltui-{os.geteuid()}-{_digest(directory)}"


def socket_folder(directory: Path) -> Path:
    """Where the server of that directory puts its socket: a short path, whatever the directory's is.

    Always the same folder, so that killed runs do not pile up. Nothing is created.
    """
    shared = tempfile.gettempdir()
    folder = Path(shared, short_name(directory))
    too_long = len(os.fsencode(folder / SOCKET_NAME)) > _LONGEST_SOCKET_PATH
    listed = "," in shared or '"' in shared  # PostgreSQL reads the option as a list of folders
    return Path("/tmp", folder.name) if too_long or listed else folder


def nobody_folder(directory: Path) -> Path:
    """Where the user `nobody` keeps the data of that directory, which it could not reach inside root's home."""
    shared = next((folder for folder in (Path("/var/tmp"), Path("/tmp")) if _is_sticky(folder)), None)
    if shared is None:
        raise PostgresError(
            _(
                "Neither /var/tmp nor /tmp is a shared folder with the sticky bit, which PostgreSQL needs to run for "
                "root; repair one with chmod 1777, or start the simulator as an ordinary user."
            )
        )
    return shared / f"dsqltui-{_digest(directory)}"


def private_folder(folder: Path, *, owner: int, mode: int = 0o700) -> None:
    """Make a folder of ours in a place where others may write, or accept the one there if it is safely ours.

    Raises PostgresError when somebody else made it, when it is a link, or when others may write to it.
    """
    try:
        folder.mkdir(0o700)
    except FileExistsError:
        found = folder.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid not in (os.geteuid(), owner) or found.st_mode & 0o022:
            raise PostgresError(
                _(
                    "{folder} is not a private folder of this user, so the simulator does not trust it; remove it and "
                    "start again."
                ).format(folder=folder)
            ) from None
    folder.chmod(mode)
    if owner != os.geteuid():
        os.chown(folder, owner, -1)


def reachable_by_others(path: Path) -> bool:
    """Whether a user who owns nothing here can run that program."""
    path = path.resolve()
    return path.stat().st_mode & 0o005 == 0o005 and all(parent.stat().st_mode & 0o001 for parent in path.parents)


def binaries_for_others(binaries: Binaries, folder: Path) -> Binaries:
    """The same programs where every user can run them: as they are, or copied below `folder`.

    Only the installation of a wheel is copied, whose extent is known. Raises PostgresError for any other.
    """
    if reachable_by_others(binaries.postgres) and reachable_by_others(binaries.initdb):
        return binaries
    install = binaries.folder.parent  # SITE/PACKAGE/pginstall, and its libraries in SITE/PACKAGE.libs
    package = install.parent
    if install.name != "pginstall":
        raise PostgresError(
            _(
                "PostgreSQL in {folder} cannot be run for root, as the user 'nobody' cannot reach it; move it to a "
                "folder that every user can enter."
            ).format(folder=binaries.folder)
        )
    copy = folder / f"postgresql-{binaries.version}"
    if not copy.is_dir():
        unfinished = Path(tempfile.mkdtemp(prefix="postgresql-new-", dir=folder))
        shutil.copytree(install, unfinished / package.name / install.name, symlinks=True)
        libraries = package.with_name(f"{package.name}.libs")
        if libraries.is_dir():
            shutil.copytree(libraries, unfinished / libraries.name, symlinks=True)
        for path in [unfinished, *unfinished.rglob("*")]:
            if not path.is_symlink():
                mode = path.stat().st_mode
                path.chmod(mode | (0o555 if mode & 0o100 else 0o444))
        unfinished.rename(copy)
    return Binaries(copy / package.name / install.name / "bin", binaries.major, binaries.version)


def _digest(directory: Path) -> str:
    return hashlib.sha256(os.fsencode(directory.resolve())).hexdigest()[:12]


def _is_sticky(folder: Path) -> bool:
    """Whether nobody can rename or remove what others made there."""
    return folder.is_dir() and bool(folder.stat().st_mode & stat.S_ISVTX)
