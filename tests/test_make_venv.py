"""tools/make-venv: which Python `make demo` takes. The Pythons are real ones, under the names that are looked for."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parents[1] / "tools" / "make-venv"
TOO_OLD_OR_BROKEN = "#!/bin/sh\nexit 127\n"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A folder for PATH with nothing but what the script itself needs."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in ("sh", "dirname"):
        (folder / name).symlink_to(str(shutil.which(name)))
    return folder


def add(folder: Path, name: str, *, works: bool = True) -> str:
    program = folder / name
    text = f'#!/bin/sh\nexec "{sys.executable}" "$@"\n' if works else TOO_OLD_OR_BROKEN
    program.write_text(text)
    program.chmod(0o755)
    return str(program)


def which(folder: Path, **environment: str) -> "subprocess.CompletedProcess[str]":
    env = {"PATH": str(folder), "HOME": str(folder.parent), **environment}
    return subprocess.run([SCRIPT, "--which"], env=env, capture_output=True, text=True, timeout=60, check=False)


def test_the_newest_that_works_is_taken(path: Path) -> None:
    add(path, "python3")
    add(path, "python3.14", works=False)  # a name on PATH that runs nothing, as pyenv has them
    newest = add(path, "python3.12")
    assert which(path).stdout.strip() == newest


def test_python3_will_do(path: Path) -> None:
    only = add(path, "python3")
    assert which(path).stdout.strip() == only


def test_a_person_may_name_one(path: Path) -> None:
    add(path, "python3.13")
    named = add(path, "python3.11")
    assert which(path, PYTHON="python3.11").stdout.strip() == named


def test_a_named_one_that_will_not_do_is_told(path: Path) -> None:
    add(path, "python3.13")
    add(path, "python3.9", works=False)
    found = which(path, PYTHON="python3.9")
    assert found.returncode == 1
    assert "PYTHON='python3.9' is not Python 3.11 or newer" in found.stderr


def test_without_any_uv_is_taken_from_path_or_home(path: Path) -> None:
    add(path, "python3", works=False)
    at_home = path.parent / ".local" / "bin"
    at_home.mkdir(parents=True)
    in_home = add(at_home, "uv")
    assert which(path).stdout.strip() == in_home
    on_path = add(path, "uv")
    assert which(path).stdout.strip() == on_path


def test_with_nothing_the_one_line_to_type_is_said(path: Path) -> None:
    add(path, "python3", works=False)
    found = which(path)
    assert found.returncode == 1
    assert "python3 -m pip install --user uv && make demo" in found.stderr
    assert "Traceback" not in found.stderr
