"""How few bytes a key costs; the figures of a whole statement are printed by tests/benchmarks/typing_cost.py."""

import os
import signal
import statistics

import pytest

from support.screens.terminal import Terminal
from ui.terminal.test_in_terminal import F1, F2, F3, LEADER, quit_cleanly, terminal

F7, SHIFT_F6 = "\x1b[18~", "\x1b[17;2~"


@pytest.mark.parametrize(("columns", "rows"), [(80, 24), (160, 45)])
def test_a_letter_in_the_mirror_costs_few_bytes_and_idling_none(columns: int, rows: int) -> None:
    with terminal("plain", columns=columns, rows=rows) as running:
        running.send(SHIFT_F6 * 2)
        running.wait_for("Mirror")
        running.wait_for("A = B")  # the notice is gone
        running.send("select 1")
        running.wait_for("select 1")
        running.wait_until_quiet(1.5)  # what the pause after typing brings, on a busy machine too
        for letter in "23":
            before = len(running.raw)
            running.send(letter)
            running.wait_for("select 123"[: 8 + int(letter) - 1])
            running.wait_until_quiet()
            assert len(running.raw) - before < 150, bytes(running.raw[before:])
        assert running.bytes_within(1.0) == 0
        running.send(F3)
        running.wait_for("select 123")
        quit_cleanly(running)


SQL = "select c.username, c.address from xpoints.customers c where c.id = 12 order by c.username;"
OPENED = {
    "help": (F1, "Keys and commands", 10_000),
    "palette": ("\x10", "What do you want to do?", 6_000),
    "leader": (LEADER, "", 6_000),
    "sidebar": (F7, "", 8_000),
}
"""Keys, a text of what they open, and the most bytes at 80x24. Closing takes 2,000 at most."""


def cost_of(running: Terminal, keys: str, text: str = "") -> int:
    """Bytes until nothing comes any more; `text` is there then."""
    before = len(running.raw)
    running.send(keys)
    running.wait_for(lambda _: len(running.raw) > before, text)
    running.wait_until_quiet(0.8)
    return len(running.raw) - before


@pytest.mark.parametrize("name", OPENED)
def test_opening_and_closing_cost_few_bytes(name: str) -> None:
    keys, text, most = OPENED[name]
    with terminal("plain", columns=80, rows=24) as running:
        running.wait_until_quiet(1.0)
        screen = running.text
        assert cost_of(running, keys, text) <= most
        assert running.text != screen
        assert cost_of(running, keys if name == "sidebar" else "\x1b") <= 2_000
        running.wait_for(lambda now: now == screen if name != "sidebar" else "F5 runs the statement" in now)
        quit_cleanly(running)


def test_the_other_pane_costs_few_bytes_and_the_same_again() -> None:
    with terminal("plain", columns=80, rows=24) as running:
        running.wait_until_quiet(1.0)
        screen = running.text
        costs = [cost_of(running, keys) for keys in (F3, F2, F3, F2)]
        assert max(costs) <= 2_000, costs
        assert running.text == screen
        quit_cleanly(running)


def test_a_typed_letter_costs_less_than_100_bytes_in_the_median() -> None:
    with terminal("plain", columns=80, rows=24) as running:
        running.wait_until_quiet(1.0)
        costs = []
        for letter in SQL:
            before = len(running.raw)
            running.send(letter)
            running.bytes_within(10.0, least=1)
            running.wait_until_quiet(0.05)
            costs.append(len(running.raw) - before)
        assert statistics.median(costs) < 100, costs
        assert statistics.mean(costs) < 150, costs
        quit_cleanly(running)


def test_a_resized_terminal_is_painted_anew_also_when_it_has_its_old_size_again() -> None:
    with terminal("plain", columns=80, rows=24) as running:
        running.send("select 'wide 東京', 1")
        running.wait_for("wide 東京")
        running.wait_until_quiet()
        running.resize(30, 10)
        running.resize(80, 24)  # by now the terminal has cut its lines
        edges = ("select 'wide 東京', 1", "▶F2  A", "F3  B", "^Q Quit", lambda now: now.count("admin  connected") == 2)
        running.wait_for(*edges)
        quit_cleanly(running)


def test_what_another_program_painted_is_gone_after_the_stop() -> None:
    with terminal("plain", columns=80, rows=24) as running:
        screen = running.text
        running.scribble("\x1b[2J\x1b[H\x1b[7mAnother program was here")
        os.kill(running.pid, signal.SIGSTOP)
        os.kill(running.pid, signal.SIGCONT)
        running.wait_for(lambda now: now == screen)
        quit_cleanly(running)
