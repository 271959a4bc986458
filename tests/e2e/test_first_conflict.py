"""The product in one slice: the real program in a real terminal on a real simulator, up to the first conflict."""

import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from support.screens.terminal import Terminal

pytestmark = pytest.mark.e2e

F2, F3, F5, F6, F9 = "\x1bOQ", "\x1bOR", "\x1b[15~", "\x1b[17~", "\x1b[20~"
CTRL_Q, CTRL_C, CTRL_R = "\x11", "\x03", "\x12"
REWARDS = Path(__file__).resolve().parents[2] / "sql" / "rewards"
SIZES = [pytest.param(80, 24, id="80x24"), pytest.param(160, 45, id="160x45")]
UPDATE = "update xpoints.customers set address = '{}' where username = 'carlos_salazar_125@example.edu';"


@pytest.fixture
def data_home(tmp_path: Path) -> Path:
    return tmp_path / "data home"


def console(data_home: Path, columns: int, rows: int) -> Terminal:
    """`dsqltui --local` with data of its own."""
    return Terminal(
        [sys.executable, "-m", "dsqltui", "--local"],
        columns=columns,
        rows=rows,
        env={"XDG_DATA_HOME": str(data_home), "HOME": str(data_home)},
    )


def connected(screen: str) -> bool:
    return screen.count("connected") >= 2 and "connecting" not in screen


@pytest.mark.parametrize(("columns", "rows"), SIZES)
def test_the_first_conflict(data_home: Path, columns: int, rows: int) -> None:
    with console(data_home, columns, rows) as terminal:
        terminal.wait_for(connected)
        assert b"preparing the local simulator" in terminal.raw, "what takes so long was said"

        terminal.send(f"\\i {REWARDS / 'ddl.sql'}\r")
        terminal.send(f"\\i {REWARDS / 'load_rewards_data.sql'}")
        terminal.send("\x1b[A" + F5)  # the first line, then it steps to the second
        terminal.wait_for("ddl.sql: 21 statements run")
        terminal.send(F5)
        terminal.wait_for("load_rewards_data.sql: 10 statements run")

        # a job that finishes is a change of the schema for open transactions
        terminal.send("\rselect 'jobs done: ' || count(*) from sys.jobs where status = 'completed';")
        wait_for(lambda: answers(terminal, F5, "jobs done: 5"))
        terminal.send("\x1b[1;5F\r" + "begin;\r" + UPDATE.format("123 Main Street") + "\rcommit;")
        terminal.send("\x1b[A\x1b[A" + F5)
        terminal.wait_for("BEGIN")
        terminal.send(F5)
        terminal.wait_for("UPDATE 1", "=*")

        look = "select count(*) from xpoints.customers;"
        terminal.send(F3 + look + F5)
        terminal.wait_for("OC001")  # B is told once that A changed the schema
        terminal.send(F5)
        terminal.wait_for("5000")
        terminal.send("\r" + "begin;\r" + UPDATE.format("201 Rocky Blvd") + "\rcommit;" + "\x1b[A\x1b[A" + F5 + F5)
        terminal.wait_for(lambda screen: screen.count("UPDATE 1") >= 2)
        terminal.send(F5)
        terminal.wait_for("COMMIT")

        terminal.send(F2 + F5)
        terminal.wait_for("(OC000)", "40001", "COMMIT")  # the other pane's outcome stays in sight

        terminal.send("\x1b[1;5F\rselect address from xpoints.customers where age = 65 and address like '201%';" + F5)
        terminal.wait_for("201 Rocky Blvd")
        terminal.send(CTRL_Q)
        assert terminal.wait_for_exit() == 0


def test_typed_text_and_keys_in_one_burst_keep_their_order(data_home: Path) -> None:
    with console(data_home, 100, 30) as terminal:
        terminal.wait_for(connected)
        terminal.send("select 'one' || 'two';" + F5 + "\rselect 'three' || 'four';" + F5)
        terminal.wait_for("threefour")
        terminal.send(CTRL_Q)
        assert terminal.wait_for_exit() == 0


def test_quitting_with_an_open_transaction_asks(data_home: Path) -> None:
    with console(data_home, 80, 24) as terminal:
        terminal.wait_for(connected)
        terminal.send("begin;" + F5)
        terminal.wait_for("=*")
        terminal.send(CTRL_Q)
        terminal.wait_for("transaction")
        terminal.send(CTRL_Q)  # again: yes
        assert terminal.wait_for_exit() == 0


def test_a_lost_simulator_is_said_plainly_and_quitting_works(data_home: Path, tmp_path: Path) -> None:
    # the console attaches to a simulator that runs already in its directory
    directory = data_home / "dsqltui"
    directory.mkdir(parents=True)
    ready = tmp_path / "ready.json"
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "dsqltui", "sim", "--quiet", "--ready-file", str(ready)),
            *("--data-dir", str(directory / "simulator")),
        ]
    )
    try:
        wait_for(ready.exists)
        with console(data_home, 100, 30) as terminal:
            terminal.wait_for(connected)
            terminal.send("begin;\rselect 1;" + "\x1b[A" + F5)
            terminal.wait_for("=*")
            process.terminate()
            assert process.wait(30) == 0
            terminal.send(F5)
            terminal.wait_for("rolled back")
            terminal.send(CTRL_Q)
            terminal.send(CTRL_Q)
            assert terminal.wait_for_exit() == 0
    finally:
        process.kill()
        process.wait()


@pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not installed")
def test_it_runs_in_tmux(data_home: Path, tmp_path: Path) -> None:
    tmux = ["tmux", "-S", str(tmp_path / "tmux"), "-f", "/dev/null"]
    program = f"env XDG_DATA_HOME='{data_home}' {sys.executable} -m dsqltui --local"
    subprocess.run([*tmux, "new-session", "-d", "-s", "e2e", "-x", "80", "-y", "24", program], check=True)
    try:

        def screen() -> str:
            return subprocess.run(
                [*tmux, "capture-pane", "-p", "-t", "e2e"], capture_output=True, text=True, check=True
            ).stdout

        wait_for(lambda: connected(screen()), 90)
        subprocess.run([*tmux, "send-keys", "-t", "e2e", "-l", "select 'in ' || 'tmux'"], check=True)
        subprocess.run([*tmux, "send-keys", "-t", "e2e", "C-r"], check=True)
        wait_for(lambda: "in tmux" in screen())
    finally:
        subprocess.run([*tmux, "kill-server"], check=True)


def answers(terminal: Terminal, keys: str, wanted: str) -> bool:
    """Whether the screen holds the text once the answer to the keys is there."""
    terminal.send(keys)
    terminal.wait_until_quiet()
    return wanted in terminal.text


def wait_for(condition: Callable[[], bool], seconds: float = 30) -> None:
    """Wait until the condition holds; a generous deadline."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "the condition did not come true in time"
        time.sleep(0.02)
