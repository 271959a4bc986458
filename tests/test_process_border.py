"""The program and what it is started with: closed and full streams, no home, odd arguments, encodings. Real processes."""

import os
import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from support.fuzzing import has_traceback
from support.headless import Headless
from support.long_cases import spread
from support.servers.simulator import RunningSimulator

HOST = "abcdefghijklmnopqrstuvwxyz.dsql.us-east-1.on.aws"
PROGRAM = (sys.executable, "-m", "dsqltui")


@pytest.fixture
def headless(simulator: RunningSimulator, tmp_path: Path) -> Headless:
    return Headless(simulator, tmp_path)


def run(
    headless: Headless,
    *arguments: str | bytes,
    redirection: str = "",
    before: Callable[[], None] | None = None,
    environment: dict[str, str | None] | None = None,
    folder: Path | None = None,
    program: tuple[str, ...] = PROGRAM,
) -> "subprocess.CompletedProcess[bytes]":
    """`dsqltui` by a shell, which redirects; standard input is empty."""
    merged: dict[str, str | None] = {**headless.environment, **(environment or {})}
    return subprocess.run(
        ["sh", "-c", f'"$@" {redirection}', "sh", *program, *arguments],
        input=b"",
        capture_output=True,
        env={name: value for name, value in merged.items() if value is not None},
        preexec_fn=before,
        cwd=folder,
        timeout=100,
        check=False,
    )


def no_traceback(done: "subprocess.CompletedProcess[bytes]") -> None:
    shown = (done.stdout + done.stderr).decode(errors="replace")
    assert not has_traceback(shown), shown
    assert "Exception ignored" not in shown


SELECT = ("exec", "--local", "-c", "select 42")
PLAIN = ("open", "--local", "--plain")
TOKEN = ("token", HOST)
SHOW = ("config", "show")
CASES: list[tuple[str, tuple[str, ...], int, str]] = [
    # redirection, command, status, words of standard error
    ("<&-", SELECT, 0, ""),
    ("<&-", ("exec", "--local"), 0, ""),
    ("<&-", PLAIN, 0, ""),
    ("<&-", (), 2, ""),
    (">&-", SELECT, 2, "standard output is closed"),
    (">&-", PLAIN, 1, "standard output cannot be written"),
    (">&-", SHOW, 1, "standard output cannot be written"),
    (">&-", TOKEN, 1, "standard output cannot be written"),
    (">&-", ("--version",), 1, "standard output cannot be written"),
    ("2>&-", SELECT, 0, ""),
    ("2>&-", TOKEN, 0, ""),
    ("2>&-", ("token", "nonsense"), 2, ""),
    ("2>/dev/full", SELECT, 0, ""),
    ("2>/dev/full", ("token", "nonsense"), 2, ""),
    ("<&- >&- 2>&-", SELECT, 2, ""),
    ("<&- >&- 2>&-", SHOW, 1, ""),
    (">/dev/full", SELECT, 1, "standard output cannot be written: No space left on device"),
    (">/dev/full", PLAIN, 1, "No space left on device"),
    (">/dev/full", SHOW, 1, "No space left on device"),
    (">/dev/full", TOKEN, 1, "No space left on device"),
    (">/dev/full", ("--help",), 1, "No space left on device"),
    (">/dev/full", ("lab", "list"), 1, "No space left on device"),
    (">/dev/full", ("sim", "probe", "--list"), 1, "No space left on device"),
]


@pytest.mark.parametrize(
    ("redirection", "command", "status", "told"), spread(CASES, 3), ids=lambda value: str(value)[:40]
)
def test_streams(headless: Headless, redirection: str, command: tuple[str, ...], status: int, told: str) -> None:
    keys = {"AWS_ACCESS_KEY_ID": "A", "AWS_SECRET_ACCESS_KEY": "b"} if command == TOKEN else {}
    done = run(headless, *command, redirection=redirection, environment={**keys})
    no_traceback(done)
    assert done.returncode == status, done
    assert told in done.stderr.decode()
    if status == 0 and command == SELECT:
        assert b"42" in done.stdout


def test_a_closed_output_is_said_before_anything_is_sent(headless: Headless, simulator: RunningSimulator) -> None:
    with simulator.connect(0) as conn:
        conn.execute("create schema closed_output")
        conn.execute("create table closed_output.t (id int primary key)")
    done = run(headless, "exec", "--local", "-c", "insert into closed_output.t values (1)", redirection=">&-")
    assert done.returncode == 2
    with simulator.connect(0) as conn:
        assert conn.execute("select count(*) from closed_output.t").fetchone() == (0,)


@pytest.mark.parametrize("rows", [1, 100_000])
@pytest.mark.parametrize("form", spread(["table", "csv", "json"], 3))
def test_output_to_a_full_device(headless: Headless, rows: int, form: str) -> None:
    sql = f"select generate_series(1, {rows})"
    done = run(headless, "exec", "--local", "-c", sql, "--format", form, "-o", "/dev/full", "--overwrite")
    no_traceback(done)
    assert done.returncode == 1
    assert b"/dev/full cannot be written: No space left on device" in done.stderr


@pytest.mark.parametrize("how", spread(["-o", ">", "\\o", "\\copy"], 2))
def test_a_file_on_a_full_disk(headless: Headless, how: str) -> None:
    """A limit on the size of files stands for the disk: writing beyond it fails as well."""
    file = headless.folder / "out"
    sql = "select generate_series(1, 50000)"
    arguments = {
        "-o": ("-c", sql, "-o", str(file)),
        ">": ("-c", sql),
        "\\o": ("-c", f"\\o {file}", "-c", sql),
        "\\copy": ("-c", f"\\copy ({sql}) to '{file}'"),
    }[how]
    done = run(
        headless,
        "exec",
        "--local",
        *arguments,
        redirection=f"> {file}" if how == ">" else "",
        before=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000)),
    )
    no_traceback(done)
    assert done.returncode == 1, done
    assert b"File too large" in done.stderr
    if how == "-o":
        assert not file.exists()
        assert list(headless.folder.glob("out*")) == []


_UNKNOWN_USER = """
import pwd
from dsqltui.__main__ import main
def nobody(number):
    raise KeyError(number)
pwd.getpwuid = nobody
main()
"""


@pytest.mark.parametrize("home", spread([None, "", "relative", "~"], 2))
def test_no_home(headless: Headless, tmp_path: Path, home: str | None) -> None:
    """As in a container whose user is in no /etc/passwd."""
    folder = tmp_path / "work"
    folder.mkdir()
    nobody = {name: None for name in headless.environment if name.startswith("XDG_")}
    program = PROGRAM
    if home is None:  # a user that pwd does not know
        program = (sys.executable, "-c", _UNKNOWN_USER)
    done = run(headless, "config", "path", environment={**nobody, "HOME": home}, folder=folder, program=program)
    no_traceback(done)
    assert done.returncode == 0, done
    assert Path(done.stdout.decode().strip()).is_absolute()
    assert list(folder.iterdir()) == []
    if home in (None, "relative"):
        assert b"there is no home folder (HOME)" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "told"),
    spread(
        [
            (("exec", "--local", "-c", b"select 'na\xefve'"), "holds a byte that is no UTF-8 (byte 10)"),
            (("exec", "--local", "-f", b"/nope\xef"), "No such file or directory"),
            (("exec", "--local", "-f", "/tmp"), "Is a directory"),
            (("exec", "--local", "-f", "/dev/zero"), "it is a device"),
            (("exec", "--local", "-f", "/dev/full"), "it is a device"),
            (("exec", "--local", "-f", "~nobody-of-that-name/x"), "~nobody-of-that-name"),
            (("exec", "--local", "-v", b"a=\xef", "-f", "/nope"), "holds a byte that is no UTF-8 (byte 2)"),
            (("exec", b"\xef.x", "-c", "select 1"), "is not a host name"),
            (("token", b"\xef.x"), "is not a host name"),
            ((b"\xef",), "No such command"),
            (("connect", b"\xef"), "no connection"),
            (("exec", HOST, "-c", "select 1", "--ca-file", b"/nope\xef"), "does not exist"),
            (("exec", "--local", "-c", "select 1", "-o", "/nope/x"), "/nope does not exist"),
            (("exec", "--local", "-c", "select 1", "-o", ""), "name a file"),
            (("lab", "run", "--local", "--labs", "/nope"), ""),
            (("sim-faults", "--ready-file", "/dev/full"), ""),
            (("sim", "--data-dir", "/proc/nope"), "cannot start"),
            (("sim", "--ready-file", "/nope/x", "--ephemeral"), ""),
        ],
        3,
    ),
    ids=str,
)
def test_odd_arguments(headless: Headless, arguments: tuple[str | bytes, ...], told: str) -> None:
    done = run(headless, *arguments, before=lambda: resource.setrlimit(resource.RLIMIT_AS, (4 << 30, 4 << 30)))
    no_traceback(done)
    assert done.returncode in (1, 2), done
    assert told in " ".join(done.stderr.decode(errors="replace").split())


@pytest.mark.parametrize(
    "environment",
    spread(
        [
            {"LANG": "C", "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
            {"LC_ALL": "POSIX", "PYTHONIOENCODING": "ascii"},
            {"PYTHONIOENCODING": "latin-1"},
            {"PYTHONIOENCODING": "utf-16"},
            {"LC_ALL": "ja_JP.EUC-JP"},
            {"TZ": "Nonsense/Nowhere", "COLUMNS": "nonsense", "LINES": "-1"},
            {"NO_COLOR": "\udcff", "LESS": "x", "PAGER": "/nope", "EDITOR": "/nope"},
        ],
        4,
    ),
    ids=str,
)
def test_data_is_the_same_in_every_locale(headless: Headless, environment: dict[str, str | None]) -> None:
    for form in ("table", "csv", "json", "markdown"):
        sql = "select 'é日本🙂' as \"名前\""
        wanted = run(headless, "exec", "--local", "-c", sql, "--format", form, environment={"LANG": "C.UTF-8"})
        done = run(headless, "exec", "--local", "-c", sql, "--format", form, environment=environment)
        no_traceback(done)
        assert (done.returncode, done.stdout) == (0, wanted.stdout)
        assert "é日本🙂" in done.stdout.decode()
    done = run(headless, "lab", "list", environment=environment)
    no_traceback(done)
    assert done.returncode == 0


def test_file_names_with_odd_bytes(headless: Headless) -> None:
    script = os.fsencode(headless.folder) + b"/na\xefve.sql"
    with open(script, "w") as file:
        file.write("select 41 + 1")
    out = os.fsencode(headless.folder) + b"/na\xefve.out"
    done = run(headless, "exec", "--local", "-f", script, "-o", out)
    no_traceback(done)
    assert done.returncode == 0, done
    with open(out) as file:
        assert "42" in file.read()
    done = run(headless, "exec", "--local", "-f", script, "-o", out)
    no_traceback(done)
    assert done.returncode == 2


def test_a_working_folder_that_is_gone(headless: Headless, tmp_path: Path) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()

    def leave_it() -> None:
        os.chdir(gone)
        gone.rmdir()

    done = run(headless, *SELECT, before=leave_it)
    no_traceback(done)
    assert done.returncode == 0, done
    assert b"42" in done.stdout
