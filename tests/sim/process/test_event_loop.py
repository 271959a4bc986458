"""The simulator runs on uvloop where it is installed, and does the same without it."""

import sys
from pathlib import Path

import psycopg
import pytest

from support.servers.simulator import running_simulator


@pytest.mark.skipif(sys.platform != "linux", reason="asyncio's own loop is the only one there")
@pytest.mark.parametrize("wanted", ["asyncio", "uvloop"])
def test_a_conflict_on_either_loop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, wanted: str) -> None:
    if wanted == "uvloop":
        pytest.importorskip("uvloop")
    monkeypatch.setenv("DSQLTUI_SIM_LOOP", wanted)
    with running_simulator(tmp_path, "--ephemeral") as running, running.connect(0) as a, running.connect(1) as b:
        a.execute("CREATE TABLE t (id int PRIMARY KEY, v int)")
        a.execute("INSERT INTO t VALUES (1, 0)")
        for session in (a, b):
            session.execute("BEGIN")
            session.execute("UPDATE t SET v = v + 1 WHERE id = 1")
        a.execute("COMMIT")
        with pytest.raises(psycopg.errors.SerializationFailure, match="OC000"):
            b.execute("COMMIT")
        assert a.execute("SELECT v FROM t").fetchone() == (1,)
        is_on_uvloop = "uvloop" in Path(f"/proc/{running.process.pid}/maps").read_text()
        assert is_on_uvloop is (wanted == "uvloop")
