"""The errors of Aurora DSQL that PostgreSQL does not give: their messages, and the statements refused by their text.

The messages are in `messages`, the rules in `rules`; this is where the rest of the simulator takes both from.
"""

from dsqltui.sim.rules.judging import refuse
from dsqltui.sim.rules.messages import (
    ACCESS_DENIED,
    AGE_LIMIT,
    CONNECTION_RATE,
    DATA_CONFLICT,
    DDL_AND_DML,
    ROW_LIMIT,
    SCHEMA_CONFLICT,
    SERVER_UNAVAILABLE,
    SEVERAL_DDL,
    SIZE_LIMIT,
    TEMP_SPACE,
    TOO_MANY_CONNECTIONS,
    TRANSACTION_FAILED,
    Evidence,
    Message,
)
from dsqltui.sim.rules.parameters import refuse_startup_parameter

__all__ = [
    "ACCESS_DENIED",
    "AGE_LIMIT",
    "CONNECTION_RATE",
    "DATA_CONFLICT",
    "DDL_AND_DML",
    "ROW_LIMIT",
    "SCHEMA_CONFLICT",
    "SERVER_UNAVAILABLE",
    "SEVERAL_DDL",
    "SIZE_LIMIT",
    "TEMP_SPACE",
    "TOO_MANY_CONNECTIONS",
    "TRANSACTION_FAILED",
    "Evidence",
    "Message",
    "refuse",
    "refuse_startup_parameter",
]
