"""The pytest plugin as a stranger uses it: pytest in a process of its own, in a folder of its own."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def run_pytest(folder: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *arguments, str(folder)]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=110)


def test_nothing_is_loaded_that_nobody_asked_for() -> None:
    code = (
        "import sys, pytest\n"
        "before = set(sys.modules)\n"
        "import dsqltui.pytest_plugin\n"
        "new = set(sys.modules) - before\n"
        "print(sorted(new - {'dsqltui', 'dsqltui.pytest_plugin'}))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_run_that_does_not_use_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "test_other.py").write_text(
        "import sys\n"
        "def test_nothing(request):\n"
        "    assert request.config.pluginmanager.hasplugin('dsqltui')\n"
        "    assert not {'psycopg', 'boto3', 'dsqltui.testing'} & set(sys.modules)\n"
    )
    done = run_pytest(tmp_path, "--strict-markers")
    assert "1 passed" in done.stdout, done.stdout + done.stderr


def test_the_example_for_psycopg_with_two_workers(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "examples" / "psycopg", tmp_path / "project")
    (tmp_path / "project" / "test_more.py").write_text(
        "import pytest\n"
        "@pytest.mark.dsql(isolated=False)\n"
        "def test_kept(dsql):\n"
        "    dsql.connect(autocommit=True).execute('create table kept (id int primary key)')\n"
        "def test_kept_is_there(dsql):\n"
        "    assert dsql.connect().execute('select count(*) from kept').fetchone() == (0,)\n"
        "@pytest.mark.dsql(3)\n"
        "def test_wrong_marker(dsql):\n"
        "    pass\n"
        "@pytest.mark.dsql(conflict_evry=3)\n"
        "def test_wrong_fault(dsql):\n"
        "    pass\n"
    )
    done = run_pytest(tmp_path / "project", "-n", "2", "--dist", "loadfile")
    assert re.search(r"2 (failed|errors?)", done.stdout), done.stdout + done.stderr
    assert "6 passed" in done.stdout, done.stdout + done.stderr
    assert "takes names with values" in done.stdout
    assert "conflict-evry" in done.stdout
