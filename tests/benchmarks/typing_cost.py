"""What the console costs a terminal: bytes per typed letter, bytes when idle, time to connected. Prints; asserts nothing.

Everything runs in one go in pseudo-terminals against the simulator on this machine. Start-up is a ratio to a bare
Textual app and to psql in the same run, medians: with --local, with two hosts as on AWS (credentials by botocore's chain),
and as the first start of an installation, for which nothing is compiled yet; with it, the memory of a console at rest.
Run it on a quiet machine: `python tests/benchmarks/typing_cost.py`; with `start` it measures nothing but the start.
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
from support.servers.simulator import RunningSimulator, running_simulator

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
            report_start(env, simulator)
            report_memory(env)
            if sys.argv[1:] == ["start"]:
                return
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


def hosts_of(simulator: RunningSimulator) -> list[str]:
    """The command line on which the simulator's endpoints are two hosts like any others."""
    named = [word for one in simulator.endpoints for word in ("--hostaddr", one.hostaddr, "--region", one.region)]
    hosts = [f"{one.host}:{one.port}" for one in simulator.endpoints]
    return [sys.executable, "-m", "dsqltui", *hosts, *named, "--ca-file", simulator.ready["ca_file"]]


def report_start(env: dict[str, str], simulator: RunningSimulator) -> None:
    aws, parameters = simulator.environment, simulator.parameters()
    bare, local = [sys.executable, "-c", BARE], [sys.executable, "-m", "dsqltui", "--local"]
    psql = psql_with_tls()
    theirs = [psql or "", "-X", "-h", parameters["host"], "-p", str(parameters["port"]), "-U", "admin", "postgres"]
    pg_env = {**env, **aws, "PGHOSTADDR": parameters["hostaddr"], "PGPASSWORD": parameters["password"]}
    times: dict[str, list[float]] = {
        "bare": [],
        "paint": [],
        "ours": [],
        "hosts": [],
        "bare anew": [],
        "anew": [],
        "psql": [],
    }
    for _ in range(REPEATS):  # in turn, so that the machine's drift meets all of them
        times["bare"].append(started_in(bare, "ready to type", env))
        times["ours"].append(started_in(local, "", env))
        times["paint"].append(started_in(local, "Write SQL above", env))
        times["hosts"].append(started_in(hosts_of(simulator), "", {**env, **aws}))
        for name, argv, sign in (("bare anew", bare, "ready to type"), ("anew", local, "")):
            with tempfile.TemporaryDirectory() as compiled:
                times[name].append(started_in(argv, sign, {**env, "PYTHONPYCACHEPREFIX": compiled}))
        if psql:
            times["psql"].append(started_in(theirs, "postgres=>", pg_env))
    medians = {name: statistics.median(values) for name, values in times.items() if values}
    for name, base, target, words in (
        ("paint", "bare", "", "to the first frame"),
        ("ours", "bare", "2.0", "to both panes connected"),
        ("hosts", "bare", "2.5", "the same with HOST HOST"),
        ("anew", "bare anew", "1.4", "the same, nothing compiled on either side"),
    ):
        line = f"start {words}: {medians[name] / medians[base]:.2f} x a bare Textual app"
        if psql:
            line += f", {medians[name] / medians['psql']:.1f} x psql to its prompt"
        print(
            f"{line}  ({medians[name] * 1000:.0f} ms, bare {medians[base] * 1000:.0f} ms)"
            + (f"   target {target}" if target else "")
        )


def report_memory(env: dict[str, str]) -> None:
    with console(80, 24, env) as running:
        status = Path(f"/proc/{running.pid}/status").read_text()
    resident = int(next(line for line in status.splitlines() if line.startswith("VmRSS")).split()[1])
    print(f"memory of a console at rest: {resident / 1024:.0f} MiB   target 65")


if __name__ == "__main__":
    main()
