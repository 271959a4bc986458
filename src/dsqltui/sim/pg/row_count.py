"""How many rows a statement changed: what the tables' triggers told.

A command tag knows nothing of rows that a WITH, a function, EXPLAIN ANALYZE or a foreign key's action changed.
"""

from dsqltui.sim.pg.changes import Told


def rows_changed(told: Told, tag: str) -> int:
    """The rows that count towards the limit of a transaction.

    COPY is left out: whether it counts is not known, and the published workshop loads 5,000 rows with one COPY.
    """
    return 0 if tag.startswith("COPY") else told.row_count
