"""Transaction control Aurora DSQL does not have: other isolation levels, savepoints, two-phase commit, chains."""

import itertools

from dsqltui.sim.rules.messages import ANALYZE_IN_TRANSACTION, ISOLATION, TRANSACTION_STATEMENT

_LEVELS = (("serializable",), ("read", "committed"), ("read", "uncommitted"))


def refuse_transaction_statement(words: tuple[str, ...]) -> None:
    """Raise PgError for a statement that begins, ends or divides a transaction in a way the service does not know."""
    first, rest = words[0], words[1:]
    if first in ("begin", "start"):
        refuse_isolation_level(words)
    elif first in ("savepoint", "release"):
        raise TRANSACTION_STATEMENT.error(statement=first.upper())
    elif first == "prepare" and rest[:1] == ("transaction",):
        raise TRANSACTION_STATEMENT.as_guess().error(statement="PREPARE TRANSACTION")
    elif rest[:1] == ("prepared",):
        raise TRANSACTION_STATEMENT.as_guess().error(statement=f"{first.upper()} PREPARED")
    elif first in ("rollback", "abort") and "to" in rest[:2]:
        raise TRANSACTION_STATEMENT.error(statement="ROLLBACK TO")
    elif rest[-2:] == ("and", "chain"):
        verb = "COMMIT" if first in ("commit", "end") else "ROLLBACK"
        raise TRANSACTION_STATEMENT.as_guess().error(statement=f"{verb} AND CHAIN")


def refuse_isolation_level(words: tuple[str, ...]) -> None:
    """Raise PgError when the words name another isolation level than REPEATABLE READ."""
    for index, pair in enumerate(itertools.pairwise(words)):
        if pair != ("isolation", "level"):
            continue
        for level in _LEVELS:
            if words[index + 2 : index + 2 + len(level)] == level:
                raise ISOLATION.error(level=" ".join(level).upper())


def refuse_in_transaction(words: tuple[str, ...]) -> None:
    """Raise PgError for a statement that runs only outside an explicit transaction."""
    if words[:1] in (("analyze",), ("analyse",)):
        raise ANALYZE_IN_TRANSACTION.error()
