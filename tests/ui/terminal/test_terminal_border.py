"""The console and what a terminal may do to it: odd bytes, stop and go on, sizes, its end. In a real one."""

import os
import re
import signal
import subprocess
import sys
import termios
from pathlib import Path

import pytest

from support.fuzzing import has_traceback
from support.long_cases import spread
from support.screens.terminal import Terminal
from ui.terminal.test_in_terminal import F5, quit_cleanly, terminal

START, END = "\x1b[200~", "\x1b[201~"


@pytest.mark.parametrize(
    "odd",
    spread(
        [
            b"\xe9",
            b"\xff\xfe\x80",
            "日本語テスト".encode("shift_jis"),
            b"\x1b[200~" + "表示".encode("shift_jis") + b"\x1b[201~",
            b"\x1b[M\x20\xc9\xbe",
            b"\x1b[999999999999u",
            b"\x1b[55296u",
            b"\x1b[1114112u",
            b"\x1b[48;0;0;0;0t",
            b"\x1b[48;99999999;99999999;9;9t",
            b"\x1b[<99999999999;5;5M",
            b"\x1b[<0;99999;99999M",
            b"\x1b[<0;-5;-5M",
            b"\x1b[" + b"1;" * 200 + b"R",
            b"\x1b[0;0R",
            b"\x1bP" + b"q" * 500 + b"\x1b\\",
            b"\x1b]52;c;" + b"A" * 500 + b"\x07",
            b"\x1b[?2026;9$y\x1b[?2048;2$y",
            b"\x00\x1c\x1d\x1e\x1f",
        ],
        4,
    ),
    ids=lambda odd: odd[:12].hex(),
)
def test_odd_input_never_ends_the_console(odd: bytes) -> None:
    with terminal("plain") as running:
        running.send(odd)
        running.wait_until_quiet()
        running.send("\x1b[F\r")  # to the end, a line of its own
        running.send("select 7")
        running.wait_for("select 7")
        quit_cleanly(running)
        assert not has_traceback(running.text)


def test_an_old_mouse_report_clicks_where_it_points() -> None:
    """Column 110 is in pane B; its byte is 142, no UTF-8."""
    with terminal("plain", columns=160) as running:
        running.send(b"\x1b[M" + bytes((32, 32 + 110, 32 + 4)) + b"\x1b[M" + bytes((35, 32 + 110, 32 + 4)))
        running.send("into_b")
        line = re.compile(r"^.{80,}into_b", re.MULTILINE)
        running.wait_for(lambda text: line.search(text) is not None)
        quit_cleanly(running)


def stopped(running: Terminal, number: int) -> None:
    """Send the signal and wait until the process is stopped."""
    pid = running.pid
    os.kill(pid, number)
    with open(f"/proc/{pid}/stat") as file:
        pass
    while True:
        running.bytes_within(0.05)
        with open(f"/proc/{pid}/stat") as file:
            if file.read().rpartition(")")[2].split()[0] == "T":
                return


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="looks into /proc for the state of a process")
@pytest.mark.parametrize("number", [signal.SIGTSTP, signal.SIGSTOP])
def test_stop_and_go_on_paints_everything(number: int) -> None:
    """What a shell left on the screen and in the modes of the terminal is put right; the end restores the first ones."""
    with terminal("plain") as running:
        before = running.attributes()
        running.send("select 1" + F5)
        running.wait_for("✓ SELECT")
        running.wait_until_quiet()
        full = running.text
        mark = len(running.raw)
        stopped(running, number)
        if number == signal.SIGTSTP:
            given_back = bytes(running.raw[mark:])
            for sequence in (b"\x1b[?1049l", b"\x1b[?2004l", b"\x1b[?1000l", b"\x1b[?25h"):
                assert sequence in given_back
            assert running.attributes()[3] & termios.ICANON
        running.scribble("$ make\r\nall is well\r\n")
        running.make_cooked()
        mark = len(running.raw)
        os.kill(running.pid, signal.SIGCONT)
        running.wait_for("✓ SELECT", lambda text: text.split() == full.split())
        running.wait_until_quiet()
        taken = bytes(running.raw[mark:])
        for sequence in (b"\x1b[?1049h", b"\x1b[?2004h", b"\x1b[?1000h", b"\x1b[?25l"):
            assert sequence in taken
        assert not running.attributes()[3] & termios.ICANON
        running.send("9" + F5)
        running.wait_for("select 19")
        quit_cleanly(running)
        assert running.attributes()[3] & (termios.ICANON | termios.ECHO) == before_all(before)
        for sequence in (b"\x1b[?1049l", b"\x1b[?2004l", b"\x1b[?1000l", b"\x1b[?25h"):
            assert sequence in bytes(running.raw[mark:])


def before_all(_raw: list[object]) -> int:
    """A terminal begins with both on."""
    return termios.ICANON | termios.ECHO


@pytest.mark.parametrize(
    ("columns", "rows"), spread([(1, 1), (2, 1), (1, 50), (500, 1), (500, 200), (0, 0), (20, 5)], 3)
)
def test_any_size_and_back(columns: int, rows: int) -> None:
    with terminal("plain") as running:
        running.send("select 1")
        running.wait_for("select 1")
        running.resize(columns, rows)
        running.wait_until_quiet()
        running.send("1")
        running.resize(120, 30)
        running.wait_for("select 11", "F5")
        quit_cleanly(running)


@pytest.mark.parametrize(
    ("environment", "code"),
    spread(
        [
            ({"TERM": "dumb"}, 2),
            ({"TERM": "nonsense-42"}, 0),
            ({"TERM": ""}, 0),
            ({"TERM": "vt100"}, 0),
            ({"COLUMNS": "nonsense", "LINES": "-3"}, 0),
            ({"COLUMNS": "0", "LINES": "99999999"}, 0),
            ({"COLORTERM": "\udcff", "TERM_PROGRAM": "\udcff"}, 0),
            ({"TEXTUAL_ANIMATIONS": "nonsense", "TEXTUAL_FPS": "x", "TEXTUAL_DRIVER": "nope:Nope"}, 0),
            ({"ESCDELAY": "x", "TEXTUAL_COLOR_SYSTEM": "256"}, 0),
            ({"TEXTUAL_COLOR_SYSTEM": "nope"}, 2),
            ({"TZ": "Nonsense/Nowhere"}, 0),
            ({"TZ": ":/etc/passwd"}, 0),
        ],
        4,
    ),
    ids=str,
)
def test_an_environment_that_says_nonsense(environment: dict[str, str], code: int) -> None:
    if code == 0:
        with terminal("plain", env=environment) as running:
            running.send("select 1")
            running.wait_for("select 1")
            quit_cleanly(running)
            assert not has_traceback(running.text)
        return
    program = Path(__file__).with_name("console_in_terminal.py")
    paths = ":".join(str(path) for path in (Path(__file__).parents[2], Path(__file__).parents[3] / "src"))
    with Terminal([sys.executable, str(program), "plain"], env={"PYTHONPATH": paths, **environment}) as running:
        assert running.wait_for_exit() == code
        assert next(iter(environment)) in running.text


@pytest.mark.long
def test_a_flood_of_input_is_taken_in() -> None:
    """A hundred thousand mouse moves and keys, and then it answers."""
    with terminal("plain") as running:
        move = b"".join(b"\x1b[<35;%d;%dM" % (1 + n % 100, 1 + n % 20) for n in range(2_000))
        for _ in range(10):
            running.send_slowly(move + b"\x1b[A\x1b[B" * 1_000)
        running.send("select 5")
        running.wait_for("select 5")
        quit_cleanly(running)


def test_input_that_is_closed_before_it_begins() -> None:
    """`dsqltui --local < /dev/null`: one sentence, status 2."""
    for redirection in ("<&-", ">&-", "< /dev/null", "> /dev/null", "2>&-"):
        run = subprocess.run(
            ["sh", "-c", f"{sys.executable} -m dsqltui --local {redirection}"],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert run.returncode == 2, (redirection, run)
        assert not has_traceback(run.stderr + run.stdout)
