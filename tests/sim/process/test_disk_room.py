"""A disk that is full: 53100 to clients who write, and a PostgreSQL that goes on."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from support.servers.simulator import running_simulator


def test_writes_are_refused_before_the_disk_is_full(tmp_path: Path) -> None:
    with (
        running_simulator(tmp_path, "--ephemeral", "--keep-free", "999999999") as running,
        running.connect() as session,
    ):
        for statement in ("create table t (id int primary key)", "create schema s"):
            with pytest.raises(psycopg.errors.DiskFull, match="the disk of the simulator is full"):
                session.execute(statement)
        assert session.execute("select 1").fetchone() == (1,)
        session.execute("drop table if exists t")
        session.execute("begin")
        with pytest.raises(psycopg.errors.DiskFull):
            session.execute("insert into t values (1)")
        with pytest.raises(psycopg.errors.InFailedSqlTransaction):
            session.execute("select 1")
        session.execute("rollback")


_FILL = """
import sys
from pathlib import Path
import psycopg
from support.servers.simulator import running_simulator

with running_simulator(Path(sys.argv[1]), "--data-dir", sys.argv[1] + "/data", "--keep-free", "24") as running:
    with running.connect() as session:
        session.execute("create table t (id int primary key, v text)")
        kept = 0
        try:
            for start in range(0, 3_000_000, 3_000):
                session.execute("insert into t select g, md5(g::text) from generate_series(%s::int, %s::int) g",
                                (start, start + 2_999))
                kept += 3_000
        except psycopg.errors.DiskFull:
            print(session.execute("select count(*) from t").fetchone()[0] == kept > 0)
        session.execute("drop table t")
"""


@pytest.mark.long
def test_a_small_disk_is_filled_and_nothing_is_lost(tmp_path: Path) -> None:
    unshare = shutil.which("unshare")
    mount = [unshare or "", "-m", "sh", "-c", f'mount -t tmpfs -o size=110m none {tmp_path} && exec "$@"', "sh"]
    if unshare is None or subprocess.run([*mount, "true"], capture_output=True, check=False).returncode:
        pytest.skip("a small disk needs the right to mount one")
    tests = str(Path(__file__).parents[2])
    done = subprocess.run(
        [*mount, sys.executable, "-c", _FILL, str(tmp_path)],
        env=os.environ | {"PYTHONPATH": tests},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.splitlines() == ["True"], done.stderr
