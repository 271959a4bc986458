"""The console in a real terminal: what is painted, what bytes go out, what a burst of keys does."""

import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from support.screens.painted import console_in_terminal
from support.screens.terminal import Terminal

_PROGRAM = Path(__file__).with_name("console_in_terminal.py")
_PATHS = [str(path) for path in (Path(__file__).parents[2], Path(__file__).parents[3] / "src")]
terminal = console_in_terminal
F1, F2, F3, F4, F5, F12 = "\x1bOP", "\x1bOQ", "\x1bOR", "\x1bOS", "\x1b[15~", "\x1b[24~"
CTRL_C, CTRL_Q, LEADER = "\x03", "\x11", "\x07"


def quit_cleanly(running: Terminal) -> None:
    """Twice: the second one answers the question that an open transaction asks."""
    running.send(CTRL_Q + CTRL_Q)
    assert running.wait_for_exit() == 0


def test_a_burst_of_text_and_run_keeps_its_order() -> None:
    with terminal("plain") as running:
        running.send("x" * 20 + F5 + "y")
        running.wait_for("✓ X" + "X" * 19, "x" * 20 + "y")
        quit_cleanly(running)


def test_focus_keys_in_a_burst_take_the_text_with_them() -> None:
    with terminal("plain") as running:
        running.send("aaa" + F3 + "bbb" + F2 + "ccc" + F5 + F3 + F5)
        running.wait_for(lambda text: "✓ AAACCC" in text and "✓ BBB" in text)
        quit_cleanly(running)


@pytest.mark.parametrize("pieces", [1, 2, 5])
def test_leader_paths_typed_blind_keep_their_place_in_a_burst(pieces: int) -> None:
    with terminal("plain") as running:
        for turn in range(10):
            keys = f"a{turn}" + LEADER + "2" + f"b{turn}" + LEADER + "1" + f"c{turn}" + LEADER + "r"
            step = -(-len(keys) // pieces)
            for start in range(0, len(keys), step):
                running.send(keys[start : start + step])
            wanted_a = "".join(f"a{n}c{n}" for n in range(turn + 1))
            wanted_b = "".join(f"b{n}" for n in range(turn + 1))
            running.wait_for(f"✓ {wanted_a.upper()}", f" {wanted_a} ", f"{wanted_b} ")
        quit_cleanly(running)


@pytest.mark.parametrize("keys", [F1 + "zoom", "\x10zoom"], ids=["help", "palette"])
def test_what_is_typed_before_a_dialog_is_there_waits_for_it(keys: str) -> None:
    with terminal("plain") as running:
        for _ in range(5):
            running.send("x" + keys)
            running.wait_for("This pane alone", "zoom", lambda text: "Shift+F5" not in text)
            running.send("\x1b")
            running.wait_for(lambda text: "This pane alone" not in text)
        running.wait_for("xxxxx ")
        quit_cleanly(running)


def test_a_key_costs_few_bytes_and_idling_none() -> None:
    with terminal("plain", columns=160, rows=45) as running:
        running.send("select 1")
        running.wait_until_quiet()
        running.send("2")
        assert 0 < running.wait_until_quiet() < 1_500
        assert running.bytes_within(1.5) == 0
        quit_cleanly(running)


def test_what_was_painted_line_by_line_equals_a_full_paint() -> None:
    with terminal("plain", columns=100, rows=30) as running:
        edits = [
            "select '",
            "\r",
            "/* x",
            "\x1b[A",
            "\x7f",
            "東",
            "\x1a",
            "*/",
            "\x1b[B",
            "\x0b",
            "\x19",
            "\x1b[1;2C",
            "9",
        ]
        for edit in edits * 3:
            running.send(edit)
            running.wait_until_quiet(quiet_s=0.02)
        running.wait_until_quiet()
        by_lines = running.text
        for _ in range(3):  # the pane alone, its results alone, both panes again
            running.send(F12)
            running.wait_until_quiet()
        running.wait_for(lambda text: text == by_lines)
        quit_cleanly(running)


def test_quitting_works_while_a_statement_hangs_and_restores_the_terminal() -> None:
    with terminal("hanging") as running:
        running.send("select 1" + F5)
        running.wait_for("▶ running")
        running.send(CTRL_C)
        running.wait_for("CANCELLING…", "Aurora DSQL ignores that")
        quit_cleanly(running)
        assert b"\x1b[?1049l" in running.raw


def test_no_color_paints_without_colours() -> None:
    with terminal("plain", env={"NO_COLOR": "1"}) as running:
        running.send("begin" + F5)
        running.wait_for("=* in transaction")
        quit_cleanly(running)
        colours = re.findall(
            rb"\x1b\[(?:[\d;]*;)?(?:3[0-7]|4[0-7]|9[0-7]|10[0-7]|[34]8;[25])[\d;]*m", bytes(running.raw)
        )
        assert colours == []


def test_sixteen_colours_are_enough() -> None:
    with terminal("plain", env={"TERM": "xterm"}) as running:
        running.send("begin" + F5)
        running.wait_for("=* in transaction")
        assert b"\x1b[38;" not in running.raw
        assert b";38;" not in running.raw
        quit_cleanly(running)


@pytest.mark.parametrize(
    ("env", "problem"), [({"TERM": "dumb"}, "TERM is 'dumb'"), ({"PYTHONIOENCODING": "latin-1"}, "not UTF-8")]
)
def test_an_unfit_terminal_is_refused_in_one_sentence(env: Mapping[str, str], problem: str) -> None:
    environment = {"PYTHONPATH": ":".join(_PATHS), **env}
    with Terminal([sys.executable, str(_PROGRAM), "plain"], columns=120, env=environment) as running:
        assert running.wait_for_exit() == 2
        assert problem in running.text
        assert running.text.count("dsqltui:") == 1


def test_a_pipe_is_refused_in_one_sentence() -> None:
    done = subprocess.run(
        [sys.executable, str(_PROGRAM), "plain"],
        env={"PYTHONPATH": ":".join(_PATHS), "PATH": ""},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.startswith("dsqltui: the console needs a terminal")


def test_the_palette_does_what_was_typed_when_enter_comes_in_the_same_burst() -> None:
    with terminal("plain") as running:
        running.send("\x10theme\r")
        running.wait_for("Enter: use and save")
        running.send("\x1b")
        running.wait_for(lambda text: "Enter: use and save" not in text)
        quit_cleanly(running)
