"""Probes of what the official suites and drivers look for: what the server says of itself, settings, types."""

from dsqltui.client.conversation import SUCCESS, Answer
from dsqltui.probe.case import Probe, ProbeStep
from dsqltui.sim.rules.messages import ISOLATION, Evidence

_Asked = tuple[str, str] | ProbeStep
"""A statement with the value that it gives, or a step."""


def _probe(evidence: Evidence, seen: str, name: str, *steps: _Asked, setup: tuple[str, ...] = ()) -> Probe:
    """A probe of statements that succeed, each with the one value that it gives ("": any)."""
    asked = (s if isinstance(s, ProbeStep) else ProbeStep(s[0], Answer(SUCCESS, value=s[1] or None)) for s in steps)
    return Probe(name, evidence, seen, tuple(asked), setup)


def _recorded(name: str, *steps: _Asked, seen: str = "2026-10", setup: tuple[str, ...] = ()) -> Probe:
    return _probe(Evidence.RECORDED, seen, name, *steps, setup=setup)


def _guessed(name: str, *steps: _Asked, setup: tuple[str, ...] = ()) -> Probe:
    return _probe(Evidence.GUESSED, "2026-11", name, *steps, setup=setup)


def _refused(sql: str, sqlstate: str, text: str) -> ProbeStep:
    return ProbeStep(sql, Answer(sqlstate, text))


_SERIALIZABLE = ISOLATION.filled(level="SERIALIZABLE")

PROBES: tuple[Probe, ...] = (
    _recorded("current-setting-server-version", ("SELECT current_setting('server_version')", "16.15")),
    _recorded("current-setting-server-version-num", ("SELECT current_setting('server_version_num')", "160015")),
    _recorded("show-max-connections", ("SHOW max_connections", "20"), seen="2026-09"),
    _recorded(
        "read-only-by-session-characteristics",
        ("SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY", ""),
        ("SHOW default_transaction_read_only", "on"),
        _refused("CREATE TABLE c (id int)", "25006", "cannot execute CREATE TABLE in a read-only transaction"),
        ("SET SESSION CHARACTERISTICS AS TRANSACTION READ WRITE", ""),
    ),
    _recorded(
        "set-transaction-in-a-transaction",
        ("BEGIN", ""),
        _refused(
            "SET TRANSACTION ISOLATION LEVEL SERIALIZABLE",
            ISOLATION.sqlstate,
            ISOLATION.text.format(level="SERIALIZABLE"),
        ),
        ("ROLLBACK", ""),
        seen="2026-09",
    ),
    _recorded(
        "numeric-without-precision",
        ("INSERT INTO prices VALUES (1, 1.123456789)", ""),
        ("SELECT n FROM prices WHERE id = 1", "1.123457"),
        _refused("INSERT INTO prices VALUES (2, 1234567890123)", "22003", "numeric field overflow"),
        (
            "SELECT format_type(atttypid, atttypmod) FROM pg_attribute "
            "WHERE attrelid = 'prices'::regclass AND attnum = 2",
            "numeric(18,6)",
        ),
        setup=("CREATE TABLE prices (id int PRIMARY KEY, n numeric)",),
    ),
    _recorded(
        "access-method",
        ("SELECT oid::text || ' ' || amname FROM pg_am WHERE amname LIKE 'btree%'", "10003 btree_index"),
    ),
    _recorded(
        "primary-key-is-the-table",
        (
            "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = 'named_pkey'",
            "PRIMARY KEY (id) INCLUDE (name)",
        ),
        setup=("CREATE TABLE named (id int PRIMARY KEY, name text)",),
    ),
    _recorded(
        "compression-of-text",
        ("SELECT attcompression::text FROM pg_attribute WHERE attrelid = 'named'::regclass AND attname = 'name'", "l"),
        ("SHOW default_toast_compression", "lz4"),
        setup=("CREATE TABLE named (id int PRIMARY KEY, name text)",),
    ),
    _recorded("extensions", ("SELECT count(*) FROM pg_available_extensions", "0")),
    _recorded(
        "owners-are-roles", ("SELECT count(*) FROM pg_namespace WHERE nspowner NOT IN (SELECT oid FROM pg_roles)", "0")
    ),
    _guessed(
        "triggers-that-are-not-there",
        ("ALTER TABLE t DISABLE TRIGGER USER", ""),
        ("ALTER TABLE t ENABLE TRIGGER ALL", ""),
        ("DROP TRIGGER IF EXISTS g ON t", ""),
        setup=("CREATE TABLE t (id int PRIMARY KEY)",),
    ),
)
"""In the order of a report."""
