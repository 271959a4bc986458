"""Whether a transaction whose answer was lost has been committed, told by its rows as they are now.

A transaction is in as a whole or not at all, so one row that can only have come from it decides; a row that is neither
as it was before nor as it was to be shows that others have had a hand in it since.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum

from dsqltui.core.language import N_


class CommitVerdict(Enum):
    """What is known of a COMMIT without an answer."""

    COMMITTED = "committed"
    NOT_COMMITTED = N_("not committed")
    UNKNOWN = N_("cannot be told")


@dataclass(frozen=True, slots=True)
class RowEvidence:
    """One row that the transaction changed, as it is now."""

    is_as_before: bool | None
    """Whether it is as the transaction found it; None: how it found it is not known."""
    is_as_after: bool | None
    """Whether it is as the transaction left it; None: how it left it is not known."""


def verdict_of(rows: Iterable[RowEvidence]) -> CommitVerdict:
    """From all rows of the transaction. A row that is both (the change made no difference), or of which
    one is not known, says nothing."""
    after = before = 0
    for row in rows:
        after += row.is_as_after is True and row.is_as_before is False
        before += row.is_as_before is True and row.is_as_after is False
    if after and not before:
        return CommitVerdict.COMMITTED
    if before and not after:
        return CommitVerdict.NOT_COMMITTED
    return CommitVerdict.UNKNOWN


def row_print(values: Sequence[str | None]) -> str:
    """A short fingerprint of a row's values, good on any machine and in any run."""
    digest = hashlib.blake2b(digest_size=9)
    for value in values:
        digest.update(b"\0N" if value is None else b"\0V" + value.encode(errors="surrogatepass"))
    return digest.hexdigest()
