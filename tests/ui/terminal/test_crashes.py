"""Internal errors of every app, wherever they happen: one sentence, exit status 1, a private file, the terminal as it was."""

import itertools
import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

import dsqltui.ui
from support.screens.terminal import Terminal

_PROGRAM = Path(__file__).with_name("crashing_in_terminal.py")
_PATHS = [str(path) for path in (Path(__file__).parents[2], Path(__file__).parents[3] / "src")]
SECRETS = (b"wJalrXUt", b"hunter2-S3cr3t")


def environment(home: Path) -> dict[str, str]:
    folders = {f"XDG_{name}_HOME": str(home / name.lower()) for name in ("CONFIG", "STATE", "DATA", "CACHE")}
    return {"HOME": str(home), "PYTHONPATH": ":".join(_PATHS), "AWS_CONFIG_FILE": str(home / "aws"), **folders}


@contextmanager
def crashing(home: Path, app: str, place: str) -> Iterator[Terminal]:
    argv = [sys.executable, str(_PROGRAM), app, place]
    with Terminal(argv, columns=100, rows=30, env=environment(home)) as running:
        yield running


def kept_crashes(home: Path) -> list[Path]:
    return sorted((home / "state" / "dsqltui" / "crashes").glob("*"))


def assert_told_once(running: Terminal, home: Path, *, where: str = "fail") -> None:
    """One sentence that names the one file, in which the place is and no secret; the terminal is restored."""
    sent = bytes(running.raw)
    assert not any(secret in sent for secret in SECRETS)
    assert b"Traceback" not in sent
    for mode in (b"1049", b"1000", b"1003", b"1006", b"2004"):
        assert sent.rindex(b"\x1b[?" + mode + b"l") > sent.rindex(b"\x1b[?" + mode + b"h")
    assert sent.rindex(b"\x1b[?25h") > sent.rindex(b"\x1b[?25l")
    told = sent[sent.rindex(b"\x1b[?1049l") :].decode().replace("\r\n", "\n")
    (file,) = kept_crashes(home)
    assert told.count("internal error") == 1
    assert f"are in {file}" in told
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    content = file.read_bytes()
    assert where.encode() in content
    assert b"\x1b" not in content
    assert not any(secret in content for secret in SECRETS)
    assert b"PWNED" in content or where != "fail"


@pytest.mark.parametrize(
    ("app", "place"),
    [
        *itertools.product(("start", "console"), ("worker", "message", "timer", "later", "render", "driver")),
        ("start", "key"),
    ],
)
def test_a_bug_is_one_sentence_and_a_private_file(tmp_path: Path, app: str, place: str) -> None:
    with crashing(tmp_path, app, place) as running:
        if place == "key":
            running.wait_for("Enter opens both panes")
            running.wait_until_quiet()
            running.send("x")
        assert running.wait_for_exit() == 1
        assert_told_once(running, tmp_path)


@pytest.mark.parametrize("place", ["thread", "task"])
def test_a_bug_beside_the_console_is_kept_and_told_at_the_end(tmp_path: Path, place: str) -> None:
    with crashing(tmp_path, "console", place) as running:
        running.wait_for(lambda _text: bool(kept_crashes(tmp_path)))
        running.wait_until_quiet()
        running.send("\x11\x11")
        assert running.wait_for_exit() == 0
        assert_told_once(running, tmp_path)


def test_credentials_that_cannot_be_read_leave_the_start_screen_standing(tmp_path: Path) -> None:
    """A credential_process that prints broken JSON with the key in it."""
    program = tmp_path / "credentials"
    program.write_text('#!/bin/sh\necho \'{"SecretAccessKey": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", \'\n')
    program.chmod(0o700)
    (tmp_path / "aws").write_text(f"[default]\nregion = us-east-1\ncredential_process = {program}\n")
    (tmp_path / "config" / "dsqltui").mkdir(parents=True)
    (tmp_path / "config" / "dsqltui" / "config.toml").write_text('[aws]\nregions = ["us-east-1"]\n')
    with Terminal(
        [sys.executable, "-m", "dsqltui"],
        columns=120,
        env={**environment(tmp_path), "AWS_EC2_METADATA_DISABLED": "true"},
    ) as running:
        running.wait_for("credential_process", lambda text: "looking" not in text)
        running.send("\x1b")
        assert running.wait_for_exit() == 0
        assert not any(secret in running.raw for secret in SECRETS)
    assert kept_crashes(tmp_path) == []


def test_a_crash_whose_file_cannot_be_written_is_said_so(tmp_path: Path) -> None:
    (tmp_path / "state").touch()
    with crashing(tmp_path, "start", "timer") as running:
        assert running.wait_for_exit() == 1
        assert b"its details could not be written" in running.raw
        assert b"Traceback" not in running.raw


@pytest.mark.parametrize("command", ["config", "clusters", "exec", "token", "doctor", "sim", "lab", "access", "open"])
def test_a_command_with_a_bug_is_one_sentence(tmp_path: Path, command: str) -> None:
    code = (
        "import sys, dsqltui.commands.program as c; from support.screens.crashes import fail; "
        f"cmd = c.cli.get_command(None, {command!r}); cmd.make_context = fail; sys.argv = ['dsqltui', {command!r}]; c.main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], env={**os.environ, **environment(tmp_path)}, capture_output=True, check=False
    )
    assert done.returncode == 1
    assert done.stdout == b""
    (file,) = kept_crashes(tmp_path)
    assert done.stderr.count(b"\n") == 1
    assert f"internal error (Bug); its details, without secrets, are in {file}".encode() in done.stderr
    assert not any(secret in done.stderr + file.read_bytes() for secret in SECRETS)


def test_every_app_of_ours_is_a_safe_one() -> None:
    for path in Path(dsqltui.ui.__path__[0]).parent.rglob("*.py"):
        for line in path.read_text(encoding="utf-8").splitlines():
            if line.startswith("class ") and ("App[" in line or "(App" in line):
                assert "SafeApp[" in line or path.name in ("safe_app.py", "frame_app.py"), f"{path}: {line}"
