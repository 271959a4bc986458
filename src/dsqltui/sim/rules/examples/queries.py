"""Examples: clauses and functions inside queries."""

from collections.abc import Iterator

from dsqltui.sim.rules import messages
from dsqltui.sim.rules.rule import TABLE, Rule


def queries() -> Iterator[Rule]:
    """The rules of this subject."""
    share = "SELECT * FROM t WHERE id = 1 FOR SHARE"
    yield Rule("for-share", messages.LOCKING, share, "SELECT 1 FOR SHARE")
    yield Rule(
        "for-no-key-update",
        messages.LOCKING,
        "SELECT * FROM t FOR NO KEY UPDATE OF t NOWAIT",
        "SELECT * FROM t FOR KEY SHARE OF t NOWAIT",
        (TABLE,),
    )
    yield Rule(
        "for-share-inside",
        messages.LOCKING,
        f"SELECT * FROM ({share}) AS x FOR UPDATE",
        "SELECT substring('abc' FROM 1 FOR share) FROM (SELECT 2 AS share) AS x",
    )
    yield Rule(
        "explain-for-share",
        messages.LOCKING,
        f"EXPLAIN (COSTS off) {share}",
        "EXPLAIN SELECT * FROM t FOR UPDATE SKIP LOCKED",
        (TABLE,),
    )
    yield Rule(
        "tablesample",
        messages.TABLESAMPLE,
        "SELECT name FROM t TABLESAMPLE SYSTEM (1)",
        'SELECT name AS "TABLESAMPLE" FROM t',
        (TABLE,),
    )
    yield Rule(
        "select-into",
        messages.STATEMENT.as_guess().filled(statement="CreateTableAs"),
        "SELECT id INTO copy FROM t",
        "WITH made AS (INSERT INTO t VALUES (1) RETURNING id) SELECT id FROM made",
        (TABLE,),
    )
    yield Rule(
        "with-merge",
        messages.MERGE,
        "WITH s AS (SELECT 1 AS id) MERGE INTO t USING s ON t.id = s.id WHEN MATCHED THEN DO NOTHING",
        "WITH merge AS (SELECT 1 AS x) SELECT x.x FROM merge AS x",
    )
    yield Rule(
        "explain-merge",
        messages.MERGE,
        "EXPLAIN MERGE INTO t USING t s ON t.id = s.id WHEN MATCHED THEN DO NOTHING",
        "EXPLAIN SELECT 'MERGE INTO t'",
    )
    yield Rule(
        "text-search",
        messages.TEXT_SEARCH.filled(name="english"),
        "SELECT to_tsvector('english', 'hello')",
        "SELECT 'to_tsvector(''english'')'",
    )
    yield Rule(
        "text-search-default",
        messages.TEXT_SEARCH.as_guess().filled(name="english"),
        "SELECT plainto_tsquery(name) FROM t",
        "SELECT 1 AS plainto_tsquery",
    )
    yield Rule(
        "geometry",
        messages.DATATYPE.filled(type="line"),
        "SELECT line('{1,2,3}')",
        "WITH line (x) AS (SELECT 1) SELECT x FROM line",
    )
    yield Rule(
        "pg_advisory_lock",
        messages.BLOCKED_FUNCTION.filled(name="pg_advisory_lock"),
        "SELECT pg_advisory_lock(1)",
        "SELECT 1 AS pg_advisory_lock",
    )
    yield Rule(
        "pg_backend_pid",
        messages.BLOCKED_FUNCTION.filled(name="pg_backend_pid"),
        "SELECT pg_backend_pid()",
        "SELECT sys.current_session_id() AS pg_backend_pid",
    )
    for name, call in (
        ("pg_cancel_backend", "pg_cancel_backend(1)"),
        ("pg_terminate_backend", "pg_catalog.pg_terminate_backend(1)"),
        ("inet_server_addr", "inet_server_addr()"),
        ("lo_create", "lo_create(0)"),
        ("lo_from_bytea", "lo_from_bytea(0, '')"),
    ):
        guess = messages.BLOCKED_FUNCTION.as_guess().filled(name=name)
        yield Rule(name, guess, f"SELECT {call}", f"SELECT 1 AS {name}")
