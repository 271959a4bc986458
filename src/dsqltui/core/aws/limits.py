"""Limits of Aurora DSQL. Source: AWS User Guide, "Cluster quotas and database limits", read 2026-11."""

from dataclasses import dataclass

TRANSACTION_ROW_LIMIT = 3_000
"""Rows one transaction may change; the statement that crosses it fails with 54000."""

TRANSACTION_BYTE_LIMIT = 10 * 1024 * 1024
"""Bytes one transaction may change; found out at COMMIT."""

TRANSACTION_AGE_LIMIT_S = 300
"""Seconds a transaction may stay open."""

SESSION_AGE_LIMIT_S = 3_600
"""Seconds a connection may live; not configurable."""

TOKEN_LIFETIME_S = 900
"""Seconds a connect token is good for by default; it is checked only at connect."""


@dataclass(frozen=True, slots=True)
class AgeLimits:
    """How old things may become, in seconds; a simulator's faults may say other than the service does."""

    session_s: float = SESSION_AGE_LIMIT_S
    transaction_s: float = TRANSACTION_AGE_LIMIT_S
