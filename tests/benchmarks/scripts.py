r"""A script of INSERTs by `\i` in the console beside `psql -f`, both on the same simulator, in one run. Prints ratios.

Usage: PYTHONPATH=tests python tests/benchmarks/scripts.py [STATEMENTS ...]. The console runs in a real terminal; its time
is from the key that starts the script to its last line on the screen, and its start is not in it. psql's is a whole
process. The bytes are those that the terminal got meanwhile.
"""

import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from support.screens.terminal import Terminal
from support.servers.psql import psql_with_tls
from support.servers.side_by_side import Sides, seconds
from support.servers.simulator import running_simulator

RUN = "\x1b[15~"
"""F5."""
EMPTY = "\x1b[1;5F\x15\x7f\x15"
"""To the end, and delete that line and the one above it: there are no more."""
COUNTS = (1_000, 5_000)
REPEAT = 3


def by_psql(psql: str, script: Path, sides: Sides) -> float:
    """Seconds of `psql -f`."""
    return seconds([psql, "-Xqf", str(script)], sides.psql)


def by_console(running: Terminal, script: Path, count: int) -> tuple[float, int]:
    """Seconds and bytes from the key that runs it to the line that says how much was run of it."""
    running.send(EMPTY)
    running.wait_until_quiet(1.0)
    running.send(rf"\i {script} ")
    running.wait_for(script.name)
    running.wait_until_quiet(1.0)
    before, started = len(running.raw), time.perf_counter()
    running.send(RUN)
    done = f"{count:,} statements run"
    running.wait_for(lambda text: f"{script.name}: {done}" in text, timeout_s=300)
    took = time.perf_counter() - started
    running.wait_until_quiet(1.0)
    return took, len(running.raw) - before


def main() -> None:
    counts = [int(argument) for argument in sys.argv[1:]] or COUNTS
    psql = psql_with_tls()
    if psql is None:
        sys.exit("there is no psql to compare with")
    with tempfile.TemporaryDirectory() as name, running_simulator(Path(name)) as simulator:
        folder = Path(name)
        sides = Sides(simulator, folder)
        table = [psql, "-Xqc", "create table bench (a int)"]
        subprocess.run(table, check=True, env=sides.psql, capture_output=True)
        print(
            f"{'script of INSERTs':<20}{'psql -f':>12}{'console':>12}{'ratio':>9}{'terminal':>14}   target 1.5x, 100 KB"
        )
        with Terminal([sys.executable, "-m", "dsqltui", "--local"], columns=120, rows=30, env=sides.dsqltui) as running:
            running.wait_for(lambda text: text.count("connected") >= 2)
            running.wait_until_quiet(2.0)
            for count in counts:
                found = []
                for turn in range(REPEAT):
                    script = folder / f"s{count}-{turn}.sql"
                    script.write_text("".join(f"insert into bench values ({n});\n" for n in range(count)))
                    found.append((by_psql(psql, script, sides), *by_console(running, script, count)))
                theirs, ours, size = (statistics.median(column) for column in zip(*found, strict=True))
                print(f"{count:<20,}{theirs:>10.2f} s{ours:>10.2f} s{ours / theirs:>8.1f}x{size / 1000:>11.1f} KB")


if __name__ == "__main__":
    main()
