"""What a transaction loses by: PostgreSQL's words for it, and the simulator's own."""

SERIALIZATION_FAILURE, DEADLOCK = "40001", "40P01"
_OF_ROWS_OF_OTHERS = frozenset({"23505", "23503", "23P01"})
"""What PostgreSQL says of rows that others committed and the snapshot does not show; DSQL says OC000 at COMMIT."""


class OutrunBySchema(Exception):
    """Others' DDL has changed a relation that the transaction wrote, while it held no locks."""


class LostConflict(Exception):
    """Somebody else's commit came first. In autocommit the statement can be run again."""


def may_be_of_others(sqlstate: str, *, others_committed: bool) -> bool:
    """Whether PostgreSQL says so of what others did; `others_committed` since the snapshot."""
    return sqlstate in (SERIALIZATION_FAILURE, DEADLOCK) or (sqlstate in _OF_ROWS_OF_OTHERS and others_committed)
