"""What a typed key costs the editor by the size of its text, in a real terminal. Prints; asserts nothing.

CPU of the thread that has the screen, so that other work of the machine plays little part: of each key from its
sending until nothing is painted any more, and of the pause behind them, in which what was put off is done.
Usage: PYTHONPATH=tests python tests/benchmarks/editor.py
"""

import statistics
import tempfile
import time
from pathlib import Path

from dsqltui.core.kept.buffers import Buffer, Buffers
from dsqltui.store.buffers import BufferFile
from support.screens.painted import console_in_terminal
from support.screens.terminal import Terminal

KEYS = "select count(*) from t;"
STATEMENT = "select {n}, 'name {n}', count(*) from xpoints.customers where id = {n} and a > 1;"
PLACES = {"start": "\x1b[1;5H", "end": "\x1b[1;5F"}


def texts() -> dict[str, tuple[str, str]]:
    """By name: the text, and the goal in milliseconds a key."""
    lines = {n: "\n".join(STATEMENT.format(n=i) for i in range(n)) for n in (20, 200, 2_000, 20_000)}
    spread = "select\n" + "\n".join(f"  a{n}," for n in range(2_000)) + "\n  1;"
    return {
        "20 lines": (lines[20], ""),
        "200 lines": (lines[200], "6"),
        "2,000 lines": (lines[2_000], "10"),
        "20,000 lines": (lines[20_000], "16"),
        "one statement of 2,000 lines": (spread, "10"),
        "1 MB in one line": ("select '" + "x" * 1_000_000 + "';", "50"),
        "4.9 MB in one line": ("select " + "a, b " * 979_000 + ";", "50"),
    }


def cpu_ms(pid: int) -> float:
    """Of the main thread so far."""
    return int(Path(f"/proc/{pid}/task/{pid}/schedstat").read_text().split()[0]) / 1e6


def memory_mib(pid: int) -> float:
    """VmRSS."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(next(line for line in status.splitlines() if line.startswith("VmRSS")).split()[1]) / 1024


def key_costs(running: Terminal) -> tuple[list[float], float]:
    """Milliseconds of each key, and of the pause behind them."""
    costs = []
    for key in KEYS:
        before = cpu_ms(running.pid)
        running.send(key)
        running.bytes_within(10, least=1)
        running.wait_until_quiet(0.1)
        costs.append(cpu_ms(running.pid) - before)
    before = cpu_ms(running.pid)
    running.bytes_within(1.5)
    return costs, cpu_ms(running.pid) - before


def main() -> None:
    print(f"{'CPU milliseconds':<32}{'':8}{'median':>8}{'most':>8}{'pause':>8}   {'goal':6}{'memory, start':>14}")
    idle = 0.0
    for name, (text, goal) in texts().items():
        with tempfile.TemporaryDirectory() as folder:
            store = BufferFile(Path(folder) / "buffers", ("a", "b"))
            store.restore()
            assert not store.keep_now(Buffers(time.time(), {"A": Buffer(text, len(text))}, "A"))
            store.close()
            with console_in_terminal("plain", folder, columns=120, rows=30) as running:
                running.wait_until_quiet(2.0)
                idle = idle or memory_mib(running.pid)
                for place, keys in PLACES.items():
                    running.send(keys)
                    running.wait_until_quiet(1.0)
                    costs, pause = key_costs(running)
                    above = (memory_mib(running.pid) - idle) / max(0.1, len(text) / 2**20)
                    print(
                        f"{name:<32}{place:8}{statistics.median(costs):8.1f}{max(costs):8.1f}{pause:8.1f}   {goal:6}"
                        f"{memory_mib(running.pid):8.0f} MiB, +{above:.1f} x the text"
                    )


if __name__ == "__main__":
    main()
