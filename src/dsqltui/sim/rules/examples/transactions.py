"""Examples: beginning, ending and dividing transactions."""

from collections.abc import Iterator

from dsqltui.sim.rules import messages
from dsqltui.sim.rules.rule import Rule


def transactions() -> Iterator[Rule]:
    """The rules of this subject."""
    for level in ("SERIALIZABLE", "READ COMMITTED", "READ UNCOMMITTED"):
        identifier = level.lower().replace(" ", "-")
        message = messages.ISOLATION.filled(level=level)
        yield Rule(
            f"begin-{identifier}", message, f"BEGIN ISOLATION LEVEL {level}", "BEGIN ISOLATION LEVEL REPEATABLE READ"
        )
        yield Rule(
            f"start-{identifier}",
            message,
            f"START TRANSACTION READ ONLY, ISOLATION LEVEL {level}",
            "START TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY",
        )
    refused = messages.TRANSACTION_STATEMENT
    for statement, message, example in (
        ("savepoint", refused.filled(statement="SAVEPOINT"), "SAVEPOINT s"),
        ("release", refused.as_guess().filled(statement="RELEASE"), "RELEASE SAVEPOINT s"),
        ("rollback-to", refused.filled(statement="ROLLBACK TO"), "ROLLBACK TO SAVEPOINT s"),
        (
            "prepare-transaction",
            refused.as_guess().filled(statement="PREPARE TRANSACTION"),
            "PREPARE TRANSACTION 'x'",
        ),
        ("commit-prepared", refused.as_guess().filled(statement="COMMIT PREPARED"), "COMMIT PREPARED 'x'"),
        ("rollback-prepared", refused.as_guess().filled(statement="ROLLBACK PREPARED"), "ROLLBACK PREPARED 'x'"),
        ("commit-and-chain", refused.as_guess().filled(statement="COMMIT AND CHAIN"), "COMMIT AND CHAIN"),
        ("rollback-and-chain", refused.as_guess().filled(statement="ROLLBACK AND CHAIN"), "ROLLBACK WORK AND CHAIN"),
    ):
        near_miss = "COMMIT WORK AND NO CHAIN" if statement.startswith("commit") else "ROLLBACK WORK AND NO CHAIN"
        yield Rule(statement, message, example, near_miss)
