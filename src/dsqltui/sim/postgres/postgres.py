"""An embedded PostgreSQL: one server for one directory, on a unix socket only, that ends when we end."""

import asyncio
import contextlib
import os
import signal
import struct
from asyncio.subprocess import Process
from collections.abc import Mapping
from pathlib import Path

from dsqltui.sim.pg.scram import new_secret, verifier
from dsqltui.sim.postgres.binaries import Binaries, PostgresError, PostgresNotFound, find_binaries
from dsqltui.sim.postgres.datadir import SUPERUSER, Ground, PostgresFailed, in_thread, make_data, set_secret
from dsqltui.sim.postgres.folders import (
    SOCKET_NAME,
    DirectoryBusy,
    DirectoryLock,
    binaries_for_others,
    nobody_folder,
    private_folder,
    short_name,
    socket_folder,
)
from dsqltui.sim.postgres.process import ProcessUser, RunAs, choose_identity, end_servers, spawn

__all__ = ["SETTINGS", "Binaries", "DirectoryBusy", "Postgres", "PostgresError", "PostgresFailed", "PostgresNotFound"]

SETTINGS: Mapping[str, str] = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    # clients' sessions (cluster.CLIENT_SESSIONS), those of jobs, and the simulator's own, which are kept for it
    "max_connections": "680",
    "superuser_reserved_connections": "20",
    "deadlock_timeout": "50ms",
    # A killed process, ours or the server, loses nothing: what was written is in the kernel's cache, and crash recovery
    # reads it back. Only a power failure may ruin the data, which is a lab's and can be made again; so nothing waits
    # for the disk, and pages torn by a power failure need no copies either. Commits do wait for the write() itself:
    # it costs little and keeps every acknowledged commit through kill -9.
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "on",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_logical_replication_workers": "0",
    "min_wal_size": "32MB",
    "max_wal_size": "256MB",
    "shared_buffers": "32MB",
    "temp_buffers": "8MB",
    # Segments as files in the data directory: containers give /dev/shm 64 MB, and cleaners empty it.
    "dynamic_shared_memory_type": "mmap",
    # Short statements on small tables: compiling them or starting workers costs more than it gains.
    "jit": "off",
    "max_parallel_workers_per_gather": "0",
    "autovacuum_naptime": "30s",
    # What Aurora DSQL offers, and the only isolation level it has.
    "default_transaction_isolation": "repeatable read",
    "timezone": "UTC",
    "logging_collector": "off",
    # The statements are the user's business, not the log's.
    "log_min_error_statement": "panic",
}

_READY_WITHIN = 60.0  # seconds; a start takes 0.03, crash recovery on a busy disk may take many
_LARGEST_LOG = 1 << 20  # bytes; a larger one is set aside at the next start

# Fast shutdown (ends the sessions, writes a checkpoint), immediate shutdown, and what cannot be refused: signals with
# the seconds each gets.
_GENTLY = ((signal.SIGINT, 10.0), (signal.SIGQUIT, 6.0), (signal.SIGKILL, 10.0))
_AT_ONCE = _GENTLY[1:]


class Postgres:
    """A PostgreSQL server over the data in `directory/data`, made at the first start and kept.

    Nobody is trusted: every role logs in with `secret`, another one at each start and known to this process alone.
    (Where root's server runs as `nobody`, so may others, whom the mode 0700 of `socket_dir` does not keep out.) The
    server ends when this process ends, kill -9 included; where the system cannot promise that (macOS), the next start
    ends it.
    For root the server runs in a user namespace or as `nobody`; as `nobody` it keeps its data below /var/tmp instead,
    since it could not reach a directory in root's home.

    `settings` are added to, and win over, SETTINGS. `template` names a folder that keeps a freshly made data directory
    to copy, shared by any number of servers: for tests, it saves most of a cold start. (Not used as `nobody`.)

    One event loop uses an object; start and stop may be repeated. Used as an async context manager it is started and
    stopped.
    """

    def __init__(
        self,
        directory: Path,
        *,
        binaries: Binaries | None = None,
        settings: Mapping[str, str] | None = None,
        template: Path | None = None,
        secret: str | None = None,
    ) -> None:
        """`secret` for all starts, instead of a random one for each: for tests that look behind the scenes."""
        self._fixed_secret = secret
        self.secret = secret or new_secret()
        """What every role logs in with, of this start; to be asked after `start`."""
        self._directory = directory.expanduser().resolve()
        self._binaries = binaries
        self._name = short_name(self._directory)
        self._settings = {**SETTINGS, **(settings or {}), "cluster_name": self._name}
        self._template = template
        self._socket_dir = socket_folder(self._directory)
        self._turn = asyncio.Lock()  # one start or stop at a time
        self._lock: DirectoryLock | None = None
        self._ground: Ground | None = None
        self._process: Process | None = None

    @property
    def directory(self) -> Path:
        """The simulator's directory, absolute."""
        return self._directory

    @property
    def data_dir(self) -> Path:
        """The data directory; to be asked after `start`. Deleting it while stopped begins anew."""
        return self._directory / "data" if self._ground is None else self._ground.data

    @property
    def socket_dir(self) -> Path:
        """The folder of the socket: what libpq takes as `host`."""
        return self._socket_dir

    @property
    def socket_path(self) -> Path:
        """The socket itself."""
        return self._socket_dir / SOCKET_NAME

    @property
    def log_path(self) -> Path:
        """The server's log, mode 0600."""
        return self._directory / "postgres.log"

    @property
    def pid(self) -> int | None:
        """Process id of the postmaster while it runs."""
        return self._process.pid if self._process is not None and self.is_running else None

    @property
    def is_running(self) -> bool:
        """Whether the postmaster runs. It answers queries from the end of `start` on."""
        return self._process is not None and self._process.returncode is None

    async def __aenter__(self) -> "Postgres":
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def start(self) -> None:
        """Start the server and return when it answers; a crash of an earlier one is recovered from.

        Raises PostgresNotFound, DirectoryBusy (another simulator has the directory), PostgresFailed (the server or
        initdb did not run), PostgresError (another obstacle) or OSError (the directory cannot be written). After any
        of them, and after being cancelled, nothing runs. Raises RuntimeError when it is running already.
        """
        async with self._turn:
            if self.is_running:
                raise RuntimeError("this PostgreSQL is running already")
            self._ground = None
            try:
                self._ground = ground = await self._take_ground()
                await end_servers(self._name)
                await make_data(ground, self._template)
                await self._launch(ground)
            except BaseException:
                await self._end(_AT_ONCE)
                raise

    async def stop(self) -> None:
        """Stop the server and give the directory free. Does nothing when it was not started."""
        async with self._turn:
            await self._end(_GENTLY)

    async def wait(self) -> int:
        """Return when the postmaster has ended, by `stop` or by itself; its exit status, negative for a signal.

        The directory stays ours: after a crash, call `start` to recover or `stop` to give it free. Raises RuntimeError
        when it was never started.
        """
        if self._process is None:
            raise RuntimeError("this PostgreSQL was not started")
        return await self._process.wait()

    async def _take_ground(self) -> Ground:
        """Lock the directory and settle what will run, as whom and where."""
        if self._binaries is None:
            self._binaries = await in_thread(find_binaries)
        if self._lock is None:
            await in_thread(self._lock_directory)
        identity = await choose_identity(self._binaries, self._directory)
        return await in_thread(self._settle, self._binaries, identity)

    def _lock_directory(self) -> None:
        self._directory.mkdir(0o700, parents=True, exist_ok=True)
        self._lock = DirectoryLock(self._directory)  # assigned here: a cancelled start must not lose it

    def _settle(self, binaries: Binaries, identity: ProcessUser) -> Ground:
        home = self._directory
        if identity.run_as is RunAs.SETUID:
            home = nobody_folder(self._directory)
            private_folder(home, owner=os.geteuid(), mode=0o711)
            binaries = binaries_for_others(binaries, home)
        private_folder(self._socket_dir, owner=identity.file_owner)
        return Ground(binaries, identity, home)

    async def _launch(self, ground: Ground) -> None:
        """Start the postmaster and wait until it answers."""
        await in_thread(self._clear_traces, ground)
        self.secret = self._fixed_secret or new_secret()
        await set_secret(ground, SUPERUSER, verifier(self.secret))
        log = os.open(self.log_path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW, 0o600)
        start_of_log = os.fstat(log).st_size
        argv: list[str | Path] = [ground.binaries.postgres, "-D", ground.data, "-k", self._socket_dir, "-p", "5432"]
        for name, value in sorted(self._settings.items()):
            argv += ["-c", f"{name}={value}"]
        try:
            self._process = await spawn(argv, ground.identity, output=log, when_we_die=signal.SIGINT)
        finally:
            os.close(log)
        if not await self._answers_in_time(self._process):
            status = self._process.returncode
            problem = f"ended with status {status}" if status is not None else f"did not answer in {_READY_WITHIN:g} s"
            said = await in_thread(_tail, self.log_path, start_of_log)
            raise PostgresFailed(
                f"PostgreSQL {ground.binaries.version} in {ground.data} {problem}; repair what its log {self.log_path} "
                f"says, or delete the data to begin anew. The log ends with:\n{said}"
            )

    def _clear_traces(self, ground: Ground) -> None:
        """Remove what a killed server left in the way, and set a large log aside."""
        self._remove_socket()
        _remove_stale_pid(ground.data / "postmaster.pid")
        if self.log_path.exists() and self.log_path.stat().st_size > _LARGEST_LOG:
            self.log_path.replace(self.log_path.with_suffix(".log.old"))

    async def _answers_in_time(self, process: Process) -> bool:
        """Wait for the first answer on the socket; false when the postmaster ended or the time is up."""
        ended = asyncio.create_task(process.wait())
        try:
            async with asyncio.timeout(_READY_WITHIN):
                while not await _answers(self.socket_path):
                    done, _ = await asyncio.wait({ended}, timeout=0.01)
                    if done:
                        return False
        except TimeoutError:
            return False
        finally:
            ended.cancel()
        return True

    async def _end(self, ways: tuple[tuple[signal.Signals, float], ...]) -> None:
        """End the postmaster, trying one signal after the other, and everything it could leave; then unlock."""
        if self._lock is None:  # then nothing of ours runs, and what runs there is another simulator's
            return
        if self._process is not None:
            await _end_process(self._process, ways)
        if self._process is None or self._process.returncode != 0:
            await end_servers(self._name)
        try:
            if self._ground is not None:
                await in_thread(self._remove_socket_dir)
        finally:
            self._lock.release()
            self._lock = None

    def _remove_socket(self) -> None:
        self.socket_path.unlink(missing_ok=True)
        self.socket_path.with_name(f"{SOCKET_NAME}.lock").unlink(missing_ok=True)

    def _remove_socket_dir(self) -> None:
        self._remove_socket()
        self._socket_dir.rmdir()


def _remove_stale_pid(pid_file: Path) -> None:
    """Remove a killed postmaster's pid file if another program has its process id now.

    PostgreSQL would take that program for a server. The caller has made sure that none is left; with a free process
    id the file stays, as PostgreSQL cleans up by it.
    """
    try:
        pid = int(pid_file.read_text().partition("\n")[0])
        os.kill(pid, 0)
    except (FileNotFoundError, ProcessLookupError):
        return
    except (PermissionError, ValueError):  # in use by another user; or cut short
        pass
    pid_file.unlink()


def _tail(log: Path, start: int, lines: int = 20) -> str:
    """The last lines that were written to the log since it was `start` bytes long."""
    with log.open("rb") as file:
        file.seek(start)
        return "\n".join(file.read().decode(errors="replace").splitlines()[-lines:]) or "(nothing)"


async def _answers(socket_path: Path) -> bool:
    """Whether a server lets us in at that socket. A server that is starting refuses."""
    parameters = f"user\0{SUPERUSER}\0database\0postgres\0\0".encode()
    startup = struct.pack("!II", 8 + len(parameters), 3 << 16) + parameters  # protocol 3.0
    terminate = b"X" + struct.pack("!I", 4)
    try:
        reader, writer = await asyncio.open_unix_connection(socket_path)
    except OSError:  # no socket yet, or nobody listens
        return False
    try:
        writer.write(startup + terminate)
        answer = await reader.read()
    except OSError:  # it ended meanwhile
        return False
    finally:
        writer.close()
    return answer.startswith(b"R")  # an Authentication message; a refusal is an E


async def _end_process(process: Process, ways: tuple[tuple[signal.Signals, float], ...]) -> None:
    """Return when the process has ended, having tried one signal after the other."""
    for number, seconds in ways:
        if process.returncode is not None:
            return
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(number)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await process.wait()
