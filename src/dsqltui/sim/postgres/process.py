"""Start PostgreSQL's programs so that they run for any user, root included, and end when we end."""

import asyncio
import ctypes
import itertools
import os
import pwd
import signal
import subprocess
import sys
from asyncio.subprocess import DEVNULL, PIPE, STDOUT, Process
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any

from dsqltui.sim.postgres.binaries import Binaries, PostgresError

_CLONE_NEWUSER = 0x10000000  # linux/sched.h
_PR_SET_PDEATHSIG = 1  # linux/prctl.h
EXIT_ORPHANED = 113  # of a child that was forked as we died

# Looked up here, once: after fork() there is no safe moment to load a library.
_LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None

# Everything else stays out: PGPORT and the like would change the server, and credentials do not belong in its
# environment.
_KEPT_ENVIRONMENT = ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")
_PATH = "/usr/bin:/bin"
_LIBRARIES = (Path("/usr/lib"), Path("/usr/lib64"), Path("/usr/local/lib"))


class RunAs(Enum):
    """How a program comes to run under a user that PostgreSQL accepts; it refuses root."""

    OURSELVES = "ourselves"
    USER_NAMESPACE = "userns"
    """In a Linux user namespace where root is called `nobody`: its files stay root's and no path has to be opened."""
    SETUID = "setuid"
    """As the real user `nobody`, who must be able to reach the programs and the data."""
    NAMED = "named"
    """As ourselves, of whom the system knows no name, which initdb asks for: libnss_wrapper tells it one."""


@dataclass(frozen=True, slots=True)
class ProcessUser:
    """Whom PostgreSQL's programs run as, and the user and group id they see (or, for SETUID, are)."""

    run_as: RunAs
    uid: int
    gid: int
    names: Path | None = None
    """For NAMED: the folder of the files `passwd` and `group`."""

    @property
    def file_owner(self) -> int:
        """The user id, as we see it, that owns what the programs create."""
        return self.uid if self.run_as is RunAs.SETUID else os.geteuid()


async def choose_identity(binaries: Binaries, directory: Path, environ: Mapping[str, str] | None = None) -> ProcessUser:
    """Ourselves unless we are root; then a user namespace where the kernel grants one, else the user `nobody`.

    `DSQLTUI_PG_ROOT=userns` or `=setuid` forces one of the two for root. Raises PostgresError when the forced one
    cannot work or is not one of these, or when there is no user `nobody`.
    """
    if os.geteuid() != 0:
        if _has_name():
            return ProcessUser(RunAs.OURSELVES, os.geteuid(), os.getegid())
        return await _nameless(binaries, directory)
    try:
        nobody = pwd.getpwnam("nobody")
    except KeyError:
        raise PostgresError(
            "PostgreSQL refuses to run as root and this machine has no user 'nobody' to run it as; "
            "start the simulator as an ordinary user."
        ) from None
    namespace = ProcessUser(RunAs.USER_NAMESPACE, nobody.pw_uid, nobody.pw_gid)
    setuid = ProcessUser(RunAs.SETUID, nobody.pw_uid, nobody.pw_gid)
    match (os.environ if environ is None else environ).get("DSQLTUI_PG_ROOT"):
        case "setuid":
            return setuid
        case None | "":
            return namespace if await _works(namespace, binaries, directory) else setuid
        case "userns" if await _works(namespace, binaries, directory):
            return namespace
        case "userns":
            raise PostgresError(
                "DSQLTUI_PG_ROOT=userns cannot be followed: this system lets root create no user namespace that "
                f"reaches {directory} and {binaries.folder}; unset it, or set it to setuid."
            )
        case other:
            raise PostgresError(f"DSQLTUI_PG_ROOT is {other!r}; set it to userns or setuid, or unset it.")


def _has_name() -> bool:
    try:
        pwd.getpwuid(os.geteuid())
    except KeyError:
        return False
    return True


async def _nameless(binaries: Binaries, directory: Path) -> ProcessUser:
    """For a user id that the system has no name for, as containers get them. Raises PostgresError."""
    namespace = ProcessUser(RunAs.USER_NAMESPACE, *_some_user())
    if await _works(namespace, binaries, directory):
        return namespace
    if _nss_wrapper() is None:
        raise PostgresError(
            f"PostgreSQL's initdb needs a name for the user id {os.geteuid()}, which this system does not know; run "
            "the simulator as a user that it knows, add one to /etc/passwd, or install libnss-wrapper."
        )
    names = directory / "names"
    names.mkdir(mode=0o700, parents=True, exist_ok=True)
    (names / "passwd").write_text(f"dsqltui:x:{os.geteuid()}:{os.getegid()}::/:/bin/false\n")
    (names / "group").write_text(f"dsqltui:x:{os.getegid()}:\n")
    return ProcessUser(RunAs.NAMED, os.geteuid(), os.getegid(), names)


def _some_user() -> tuple[int, int]:
    """Somebody whom the system knows and who is not root: `nobody`, or the first there is."""
    try:
        nobody = pwd.getpwnam("nobody")
        return nobody.pw_uid, nobody.pw_gid
    except KeyError:
        known = next((entry for entry in pwd.getpwall() if entry.pw_uid), None)
        return (known.pw_uid, known.pw_gid) if known is not None else (65_534, 65_534)


def _nss_wrapper() -> Path | None:
    places = (folder.glob(pattern) for folder in _LIBRARIES for pattern in ("libnss_wrapper.so", "*/libnss_wrapper.so"))
    return next(itertools.chain.from_iterable(places), None)


def _names_of(identity: ProcessUser) -> dict[str, str]:
    """What lets a program find the name of its user."""
    wrapper = _nss_wrapper()
    if identity.names is None or wrapper is None:
        return {}
    passwd, group = identity.names / "passwd", identity.names / "group"
    return {"LD_PRELOAD": str(wrapper), "NSS_WRAPPER_PASSWD": str(passwd), "NSS_WRAPPER_GROUP": str(group)}


async def _works(identity: ProcessUser, binaries: Binaries, directory: Path) -> bool:
    """Whether a program started that way can enter the directory and run PostgreSQL."""
    if identity.run_as is RunAs.USER_NAMESPACE and _LIBC is None:
        return False
    script = 'cd -- "$1" && exec "$2" --version'
    try:
        process = await spawn(["/bin/sh", "-c", script, "sh", directory, binaries.postgres], identity)
    except (OSError, subprocess.SubprocessError):  # the namespace, or its map, was refused
        return False
    return await process.wait() == 0


async def run(argv: Sequence[str | Path], identity: ProcessUser, *, given: str = "") -> tuple[int, str]:
    """Run a program to its end with `given` as its input; its exit status and all it printed. Cancelling kills it."""
    process = await spawn(argv, identity, given=PIPE, output=PIPE)
    try:
        printed, _ = await process.communicate(given.encode())
    except asyncio.CancelledError:
        process.kill()
        await process.wait()
        raise
    return await process.wait(), printed.decode(errors="replace")


async def spawn(
    argv: Sequence[str | Path],
    identity: ProcessUser,
    *,
    given: int = DEVNULL,
    output: int = DEVNULL,
    when_we_die: signal.Signals = signal.SIGKILL,
) -> Process:
    """Start a program in its own session, stdout and stderr going to `output` (a file descriptor).

    On Linux it gets the signal `when_we_die` when we end in any way, kill -9 included. The kernel takes the end of
    the *thread* that forked for that, so this is never to run in a worker thread: asyncio forks right here, in the
    thread of the event loop, which lives as long as the server is of use.
    """
    setup = child_setup(identity, when_we_die, os.getpid()) if _LIBC is not None else None
    credentials: dict[str, Any] = {}
    if setup is None and identity.run_as is RunAs.SETUID:
        credentials = {"user": identity.uid, "group": identity.gid, "extra_groups": []}
    return await asyncio.create_subprocess_exec(
        *argv,
        stdin=given,
        stdout=output,
        stderr=STDOUT,
        cwd="/",
        env={name: os.environ[name] for name in _KEPT_ENVIRONMENT if name in os.environ}
        | {"LC_ALL": "C", "PATH": _PATH}
        | _names_of(identity),
        start_new_session=True,  # Ctrl+C in our terminal is ours to handle
        preexec_fn=setup,
        **credentials,
    )


def child_setup(identity: ProcessUser, when_we_die: signal.Signals, parent: int) -> Callable[[], None]:
    """What the child of `parent` does between fork and exec, on Linux.

    Another of our threads may hold any lock at the moment of the fork, and in the child nobody ever releases it: so
    only plain system calls here, everything they need made beforehand, no imports, no logging.
    """
    assert _LIBC is not None
    unshare, prctl = _LIBC.unshare, _LIBC.prctl
    prctl.argtypes = [ctypes.c_int, ctypes.c_ulong, ctypes.c_ulong, ctypes.c_ulong, ctypes.c_ulong]
    wants_namespace = identity.run_as is RunAs.USER_NAMESPACE
    changes_user = identity.run_as is RunAs.SETUID
    can_be_handled = when_we_die is not signal.SIGKILL
    maps = (
        (b"/proc/self/setgroups", b"deny"),  # the kernel's condition for writing gid_map unprivileged
        (b"/proc/self/uid_map", b"%d %d 1" % (identity.uid, os.geteuid())),
        (b"/proc/self/gid_map", b"%d %d 1" % (identity.gid, os.getegid())),
    )

    def prepare() -> None:
        if can_be_handled:  # else Python's handler, inherited, would swallow the signal if it came before exec
            signal.signal(when_we_die, signal.SIG_DFL)
        if wants_namespace:
            if unshare(_CLONE_NEWUSER) != 0:
                raise OSError("unshare(CLONE_NEWUSER) was refused")
            for path, text in maps:
                descriptor = os.open(path, os.O_WRONLY)
                os.write(descriptor, text)
                os.close(descriptor)
        if changes_user:
            os.setgroups([])
            os.setgid(identity.gid)
            os.setuid(identity.uid)
        # After every change of credentials, as each of them clears it. The exec that follows keeps it: it gives up
        # the new namespace's capabilities and gains none.
        prctl(_PR_SET_PDEATHSIG, int(when_we_die), 0, 0, 0)
        if os.getppid() != parent:  # we died before the line above, and no signal will come
            os._exit(EXIT_ORPHANED)

    return prepare


async def end_servers(name: str, *, patience: float = 5.0) -> None:
    """End what is left of a server with this `cluster_name`: its postmaster, or children that outlived it.

    A fast shutdown (often already under way, from the signal at our predecessor's death), then SIGKILL after
    `patience` seconds. The caller holds the directory's lock, so none of them serves anybody.
    Raises PostgresError when one of them survives SIGKILL for 10 seconds.
    """
    loop = asyncio.get_running_loop()
    started = loop.time()
    asked: set[int] = set()
    while pids := await asyncio.to_thread(servers, name):
        waited = loop.time() - started
        if waited > patience + 10:
            raise PostgresError(f"An earlier PostgreSQL of the simulator does not end; kill process {min(pids)}.")
        for pid in pids if waited > patience else pids - asked:
            _signal(pid, signal.SIGKILL if waited > patience else signal.SIGINT)
        asked |= pids
        await asyncio.sleep(0.02)


def servers(name: str) -> set[int]:
    """Process ids of the postmaster, and of its children, that run with this `cluster_name`.

    The postmaster has it among its arguments and the children in their titles ("postgres: NAME: checkpointer"); both
    can be read without any privilege. Blocks for some milliseconds.
    """
    commands = _linux_commands() if sys.platform == "linux" else _listed_commands()
    return {pid for pid, command in commands if _is_server(command, name)}


def _linux_commands() -> list[tuple[int, str]]:
    """Every process with its command line; containers often lack `ps`."""
    commands = []
    for entry in os.scandir("/proc"):
        if not entry.name.isdigit():
            continue
        try:
            raw = Path(entry.path, "cmdline").read_bytes()
        except OSError:  # it ended meanwhile
            continue
        commands.append((int(entry.name), raw.replace(b"\0", b" ").decode(errors="replace")))
    return commands


def _listed_commands() -> list[tuple[int, str]]:
    """Every process with its command line, as `ps` shows it."""
    shown = subprocess.run(["ps", "-axwwo", "pid=,command="], capture_output=True, text=True, check=True)
    split = (line.strip().partition(" ") for line in shown.stdout.splitlines())
    return [(int(pid), command.strip()) for pid, _, command in split]


def _is_server(command: str, name: str) -> bool:
    is_postmaster = "/postgres -D " in command and f"cluster_name={name} " in command
    return is_postmaster or command.startswith(f"postgres: {name}: ")


def _signal(pid: int, number: signal.Signals) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:  # it ended meanwhile, which is what is wanted
        return
