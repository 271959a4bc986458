"""The scripts that pgbench has built in, as far as Aurora DSQL runs them, and their tables.

What they do is documented: PostgreSQL 16, pgbench, "What Is the 'Transaction' Actually Performed in pgbench?". Unlike
pgbench's, the history table has a primary key, and rows come in pieces, as Aurora DSQL wants it; nothing is vacuumed.
"""

from collections.abc import Iterator

from dsqltui.core.aws.limits import TRANSACTION_ROW_LIMIT
from dsqltui.core.language import _

_ACCOUNTS, _TELLERS, _BRANCHES = 100_000, 10, 1
"""Rows for each unit of scale."""
_DRAWN = rf"""
\set aid random(1, {_ACCOUNTS} * :scale)
\set bid random(1, {_BRANCHES} * :scale)
\set tid random(1, {_TELLERS} * :scale)
\set delta random(-5000, 5000)
"""
_ON_ACCOUNT = """BEGIN;
UPDATE pgbench_accounts SET abalance = abalance + :delta WHERE aid = :aid;
SELECT abalance FROM pgbench_accounts WHERE aid = :aid;
"""
_HISTORY = """INSERT INTO pgbench_history (tid, bid, aid, delta, mtime)
    VALUES (:tid, :bid, :aid, :delta, CURRENT_TIMESTAMP);
COMMIT;
"""
BUILTIN_SCRIPTS = {
    "tpcb-like": f"""{_DRAWN}{_ON_ACCOUNT}UPDATE pgbench_tellers SET tbalance = tbalance + :delta WHERE tid = :tid;
UPDATE pgbench_branches SET bbalance = bbalance + :delta WHERE bid = :bid;
{_HISTORY}""",
    "simple-update": f"{_DRAWN}{_ON_ACCOUNT}{_HISTORY}",
    "select-only": rf"""
\set aid random(1, {_ACCOUNTS} * :scale)
SELECT abalance FROM pgbench_accounts WHERE aid = :aid;
""",
}


def builtin_script(name: str) -> tuple[str, str]:
    """Name and text of the script whose name begins so. Raises ValueError with a sentence."""
    found = [full for full in BUILTIN_SCRIPTS if full.startswith(name)] if name else []
    if len(found) != 1:
        raise ValueError(
            _("{name!r} is none of pgbench's scripts: {builtin_scripts}").format(
                name=name, builtin_scripts=", ".join(BUILTIN_SCRIPTS)
            )
        )
    return found[0], BUILTIN_SCRIPTS[found[0]]


def initial_statements(scale: int) -> Iterator[str]:
    """What makes and fills the tables, a transaction each. The tables must not be there."""
    yield "CREATE TABLE pgbench_branches (bid int PRIMARY KEY, bbalance int, filler char(88))"
    yield "CREATE TABLE pgbench_tellers (tid int PRIMARY KEY, bid int, tbalance int, filler char(84))"
    yield "CREATE TABLE pgbench_accounts (aid int PRIMARY KEY, bid int, abalance int, filler char(84))"
    yield (
        "CREATE TABLE pgbench_history (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), "
        "tid int, bid int, aid int, delta int, mtime timestamp, filler char(22))"
    )
    yield from _filled("pgbench_branches", "n, 0, ''", _BRANCHES * scale)
    yield from _filled("pgbench_tellers", f"n, (n - 1) / {_TELLERS} + 1, 0, ''", _TELLERS * scale)
    yield from _filled("pgbench_accounts", f"n, (n - 1) / {_ACCOUNTS} + 1, 0, ''", _ACCOUNTS * scale)


def _filled(table: str, values: str, count: int) -> Iterator[str]:
    for first in range(1, count + 1, TRANSACTION_ROW_LIMIT):
        last = min(count, first + TRANSACTION_ROW_LIMIT - 1)
        yield f"INSERT INTO {table} SELECT {values} FROM generate_series({first}, {last}) AS n"
