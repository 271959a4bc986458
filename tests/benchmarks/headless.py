"""`dsqltui exec` against psql, both on the same simulator, in one run. Prints ratios.

Each side is a whole process, from its start to its end, in turns, so that both meet the same disturbances. psql gets
its token for free; dsqltui signs its own.
"""

import resource
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from support.servers.psql import psql_with_tls
from support.servers.side_by_side import Sides, seconds
from support.servers.simulator import running_simulator

ROWS = 1_000_000
QUERY = f"select g as id, 'name ' || g as name, g * 1.5 as amount, md5(g::text) as hash, g % 7 as day from generate_series(1, {ROWS}) g"


def in_turns(name: str, psql: Sequence[str], ours: Sequence[str], times: int, target: str, sides: Sides) -> None:
    """One line: medians and their ratio."""
    pairs = [(seconds(psql, sides.psql), seconds(ours, sides.dsqltui)) for _ in range(times)]
    theirs, own = (statistics.median(side) for side in zip(*pairs, strict=True))
    print(f"{name:<44}{theirs:>10.3f}{own:>12.3f}{own / theirs:>9.1f}x   {target}")


def main() -> None:
    psql = psql_with_tls()
    if psql is None:
        sys.exit("there is no psql to compare with")
    dsqltui = [sys.executable, "-m", "dsqltui", "exec", "--local"]
    with tempfile.TemporaryDirectory() as name, running_simulator(Path(name)) as simulator:
        folder = Path(name)
        sides = Sides(simulator, folder)
        print(f"{'seconds, median':<44}{'psql':>10}{'dsqltui':>12}{'ratio':>10}   target")
        in_turns("select 1", [psql, "-Xc", "select 1"], [*dsqltui, "-c", "select 1"], 9, "12x", sides)
        script = folder / "inserts.sql"
        for count in (5_000, 10_000):
            script.write_text("".join(f"insert into bench values ({n});\n" for n in range(count)))
            table = [psql, "-Xqc", "drop table if exists bench", "-c", "create table bench (a int)"]
            subprocess.run(table, check=True, env=sides.psql, capture_output=True)
            in_turns(
                f"script of {count:,} INSERTs",
                [psql, "-Xqf", str(script)],
                [*dsqltui, "-q", "-f", str(script)],
                1,
                "1.3x",
                sides,
            )
        csv = folder / "psql.csv"
        in_turns(
            f"{ROWS:,} rows x 5 columns as CSV to a file",
            [psql, "-Xc", rf"\copy ({QUERY}) to '{csv}' csv header"],
            [*dsqltui, "-c", QUERY, "--format", "csv", "--output", str(folder / "ours.csv"), "--overwrite"],
            3,
            "2x",
            sides,
        )
        same = csv.read_bytes() == (folder / "ours.csv").read_bytes()
        print(f"both files are {'the same' if same else 'DIFFERENT'}")
        in_turns(
            "the same with \\copy on both sides",
            [psql, "-Xc", rf"\copy ({QUERY}) to '{csv}' csv header"],
            [*dsqltui, "-c", rf"\copy ({QUERY}) to '{folder / 'ours2.csv'}' csv header"],
            3,
            "2x",
            sides,
        )
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(f"highest memory of any of these processes, the simulator's included: {peak:.0f} MiB")


if __name__ == "__main__":
    main()
