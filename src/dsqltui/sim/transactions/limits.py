"""How much one transaction may change. Source: AWS User Guide, quotas (dsql facts 3)."""

import math

from dsqltui.core.aws.limits import TRANSACTION_BYTE_LIMIT
from dsqltui.sim.pg.changes import Changes
from dsqltui.sim.rules import refusals


class ChangeLimits:
    """Counts the rows of one transaction's statements."""

    def __init__(self, row_limit: int) -> None:
        self._row_limit = row_limit
        self._rows = 0

    def count(self, rows: int) -> None:
        """Add a statement's rows. Raises PgError at the limit."""
        self._rows += rows
        if self._rows > self._row_limit:
            raise refusals.ROW_LIMIT.error()

    def check_size(self, changes: Changes) -> None:
        """Raise PgError when the changed rows are larger than a transaction may be."""
        if not self._rows:  # nothing, or COPY alone, which does not count
            return
        size = changes.size
        if size > TRANSACTION_BYTE_LIMIT:
            raise refusals.SIZE_LIMIT.error(size=str(math.ceil(size / (1024 * 1024))))
