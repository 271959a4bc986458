"""Orders of a write skew, all 252 of them, on a simulator of its own: seconds, and what an order costs beyond the time
of its own statements. Targets: 252 orders within 3 s; 8 ms an order beyond its statements.

Prints the processor's seconds too, which tell more than the clock on a machine that others use.
"""

import asyncio
import os
import tempfile
import time
from pathlib import Path

from dsqltui.client.engine import Engine
from dsqltui.core.interleaving.spec_file import read_spec
from dsqltui.runner.interleaving.exploring import ExploreOptions
from support.servers.interleaving import Exploring
from support.servers.simulator import running_simulator

SKEW = """
setup { CREATE TABLE t (id int PRIMARY KEY, v boolean NOT NULL); INSERT INTO t VALUES (1, true), (2, true); }
session a
step a1 { BEGIN } step a2 { SELECT count(*) FROM t WHERE v } step a3 { SELECT v FROM t WHERE id = 1 }
step a4 { UPDATE t SET v = false WHERE id = 1 } step a5 { COMMIT }
session b
step b1 { BEGIN } step b2 { SELECT count(*) FROM t WHERE v } step b3 { SELECT v FROM t WHERE id = 2 }
step b4 { UPDATE t SET v = false WHERE id = 2 } step b5 { COMMIT }
"""


def processor_s(pid: int) -> float:
    """Seconds of a process and its children so far (Linux)."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return 0.0
    ticks = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return ticks + sum(processor_s(int(child)) for child in children)


def main() -> None:
    os.environ.setdefault("DSQLTUI_PG_SECRET", "behind-the-scenes")
    print(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors")
    print(f"{'copies':>6}{'orders':>8}{'seconds':>9}{'ms/order':>10}{'beyond':>8}{'client s':>10}{'simulator s':>13}")
    with tempfile.TemporaryDirectory() as folder, running_simulator(Path(folder)) as simulator, Engine() as engine:
        exploring = Exploring(engine, simulator)
        for copies in (1, 2, 4, 1, 2, 4):
            options = ExploreOptions(is_all=True, has_own_schema=True, copies=copies)
            client, server = time.process_time(), processor_s(simulator.process.pid)
            found = asyncio.run(engine.call(exploring.explore(read_spec("skew", SKEW), options)))
            client, server = time.process_time() - client, processor_s(simulator.process.pid) - server
            orders = len(found.judged)
            own_s = sum(o.duration_s for one in found.judged for own in one.run.outcomes for o in own) / copies
            beyond_ms = 1000 * (found.duration_s - own_s) / orders
            each_ms = 1000 * found.duration_s / orders
            print(
                f"{copies:>6}{orders:>8}{found.duration_s:>9.2f}{each_ms:>10.1f}{beyond_ms:>8.1f}{client:>10.2f}{server:>13.2f}"
            )


if __name__ == "__main__":
    main()
