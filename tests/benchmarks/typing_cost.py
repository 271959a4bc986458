"""What the console costs a terminal: bytes per typed letter, bytes when idle, time to connected. Prints; asserts nothing.

Everything runs in one go in pseudo-terminals against the simulator on this machine. Start-up is a ratio to a bare
Textual app and to psql in the same run, medians. Run it on a quiet machine: `python tests/benchmarks/typing_cost.py`.
"""

import os
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from support.screens.terminal import Terminal
from support.servers.psql import psql_with_tls
from support.servers.simulator import running_simulator

SQL = "select c.username, c.address from xpoints.customers c where c.id = 12 order by c.username;"
REPEATS = 7
SHIFT_F6 = "\x1b[17;2~"
BARE = """
from textual.app import App
from textual.widgets import TextArea

class Bare(App):
    def compose(self):
        yield TextArea("ready to type")

Bare().run()
"""


def is_connected(text: str) -> bool:
    return text.count("connected") >= 2 and "connecting" not in text


def started_in(argv: Sequence[str], sign: str, env: dict[str, str]) -> float:
    """Seconds from the start of the program to the sign on its screen."""
    started = time.perf_counter()
    with Terminal(argv, env=env) as running:
        running.wait_for(is_connected if sign == "" else sign)
        return time.perf_counter() - started


def bytes_per_letter(running: Terminal) -> list[int]:
    """For each letter of the statement, what came until the terminal was quiet."""
    counts = []
    for letter in SQL:
        running.send(letter)
        counts.append(running.wait_until_quiet(0.25))
    return counts


@contextmanager
def console(columns: int, rows: int, env: dict[str, str]) -> Iterator[Terminal]:
    argv = [sys.executable, "-m", "dsqltui", "--local"]
    with Terminal(argv, columns=columns, rows=rows, env=env) as running:
        running.wait_for(is_connected)
        running.wait_until_quiet(1.0)
        yield running


def main() -> None:
    with tempfile.TemporaryDirectory() as home:
        places = {f"XDG_{kind}_HOME": f"{home}/{kind.lower()}" for kind in ("DATA", "CONFIG", "STATE", "CACHE")}
        env = {**places, "HOME": home}
        os.environ.update(env)
        settings = Path(home) / "config" / "dsqltui" / "config.toml"
        settings.parent.mkdir(parents=True)
        settings.write_text("[editor]\nkeep_texts = false\n")  # each run begins with empty editors
        from dsqltui.launch.simulator_process import simulator_directory

        with running_simulator(Path(home), "--data-dir", str(simulator_directory())) as simulator:
            report_start(env, simulator.environment, simulator.parameters())
            for columns, rows in ((80, 24), (160, 45)):
                for mode, keys in (("independent", ""), ("mirror", SHIFT_F6 * 2)):
                    with console(columns, rows, env) as running:
                        running.send(keys)
                        if keys:
                            running.wait_for("A = B")  # both editors, once the notice of the mode is gone
                        running.wait_until_quiet(2.0)
                        counts = bytes_per_letter(running)
                        running.wait_until_quiet(1.0)
                        before = len(running.raw)
                        running.bytes_within(5.0)
                        idle = len(running.raw) - before
                    print(
                        f"{columns}x{rows} {mode:11}  bytes per letter: median {statistics.median(counts):.0f}, "
                        f"mean {statistics.mean(counts):.0f}, 90 % {sorted(counts)[len(counts) * 9 // 10]}, "
                        f"most {max(counts)};  idle for 5 s: {idle} bytes"
                    )


def report_start(env: dict[str, str], aws: dict[str, str], parameters: dict[str, str]) -> None:
    bare = [sys.executable, "-c", BARE]
    ours = [sys.executable, "-m", "dsqltui", "--local"]
    psql = psql_with_tls()
    theirs = [psql or "", "-X", "-h", parameters["host"], "-p", str(parameters["port"]), "-U", "admin", "postgres"]
    pg_env = {**env, **aws, "PGHOSTADDR": parameters["hostaddr"], "PGPASSWORD": parameters["password"]}
    times: dict[str, list[float]] = {"bare": [], "ours": [], "paint": [], "psql": []}
    for _ in range(REPEATS):  # in turn, so that the machine's drift meets all of them
        times["bare"].append(started_in(bare, "ready to type", env))
        times["ours"].append(started_in(ours, "", env))
        times["paint"].append(started_in(ours, "Write SQL above", env))
        if psql:
            times["psql"].append(started_in(theirs, "postgres=>", pg_env))
    medians = {name: statistics.median(values) for name, values in times.items() if values}
    for name, words in (("paint", "to the first frame"), ("ours", "to both panes connected")):
        line = f"start {words}: {medians[name] / medians['bare']:.2f} x a bare Textual app"
        if psql:
            line += f", {medians[name] / medians['psql']:.1f} x psql to its prompt"
        print(f"{line}  ({medians[name] * 1000:.0f} ms, bare {medians['bare'] * 1000:.0f} ms)")


if __name__ == "__main__":
    main()
