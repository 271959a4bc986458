"""A class: thirty students do labs on one simulator at the same time, each in a schema of his or her own."""

import subprocess
import sys
from pathlib import Path

import pytest

from support.servers.simulator import running_simulator

STUDENTS = 30


def student(name: str, ready: Path, home: Path, *labs: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [
            *(sys.executable, "-m", "dsqltui", "lab", "check", *labs, "--ready-file", str(ready), "--name", name),
            *("--results", str(home / "results")),
        ],
        env={"PATH": "/usr/bin:/bin", "HOME": str(home), "XDG_DATA_HOME": str(home), "XDG_CONFIG_HOME": str(home)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        stdin=subprocess.DEVNULL,
        text=True,
    )


def collected(home: Path) -> str:
    done = subprocess.run(
        [
            *(sys.executable, "-m", "dsqltui", "lab", "collect"),
            str(home / "results"),
            "--html",
            str(home / "class.html"),
        ],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return done.stdout


@pytest.mark.long
@pytest.mark.timeout(1200)
def test_thirty_students_share_one_simulator(tmp_path: Path) -> None:
    folder = tmp_path / "dsqltui"
    folder.mkdir()
    with running_simulator(folder) as _simulator:
        ready = tmp_path / "dsqltui" / "ready.json"
        students = [student(f"s{n:02}", ready, tmp_path, "3", "7") for n in range(1, STUDENTS + 1)]
        said = [one.communicate(timeout=1000)[0] for one in students]
    assert [one.returncode for one in students] == [0] * STUDENTS, "\n".join(said)
    table = collected(tmp_path)
    assert table.count(" yes ") == 3 * STUDENTS
    assert (tmp_path / "class.html").read_text(encoding="utf-8").count('<td class="done"') == 3 * STUDENTS


@pytest.mark.timeout(110)
def test_two_students_do_not_meet(tmp_path: Path) -> None:
    folder = tmp_path / "dsqltui"
    folder.mkdir()
    with running_simulator(folder) as simulator:
        ready = tmp_path / "dsqltui" / "ready.json"
        both = [student(name, ready, tmp_path, "4") for name in ("ann", "bob")]
        said = [one.communicate(timeout=100)[0] for one in both]
        with simulator.connect() as connection:
            left = connection.execute("select count(*) from pg_namespace where nspname like 'xpoints%'").fetchone()
    assert [one.returncode for one in both] == [0, 0], "\n".join(said)
    assert left == (0,), "each student's reset takes the own schema away"
    assert collected(tmp_path).count(" yes ") == 4
    assert (tmp_path / "class.html").stat().st_mode & 0o777 == 0o600, "it holds names and answers"
