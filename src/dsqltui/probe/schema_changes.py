"""Probes of what one session's DDL means to another one: who is told OC001, and that nobody waits."""

from dsqltui.client.conversation import SUCCESS, Answer
from dsqltui.probe.case import Probe, ProbeStep, Who
from dsqltui.sim.rules.messages import SCHEMA_CONFLICT, Evidence

_TABLES = (
    "CREATE TABLE t (id int PRIMARY KEY, n int)",
    "INSERT INTO t VALUES (1, 100)",
    "CREATE TABLE u (id int PRIMARY KEY)",
)
_ALTER = "ALTER TABLE t ADD COLUMN more int"
_SELECT = "SELECT n FROM t WHERE id = 1"
_UPDATE = "UPDATE t SET n = 90 WHERE id = 1"


def _a(sql: str, text: str) -> ProbeStep:
    """A statement of the session that is told, or not; it succeeds with this command tag."""
    return ProbeStep(sql, Answer(SUCCESS, text))


def _b(sql: str, text: str) -> ProbeStep:
    """A statement of the other session, which changes the schema."""
    return ProbeStep(sql, Answer(SUCCESS, text), Who.B)


def _a_is_told(sql: str) -> ProbeStep:
    return ProbeStep(sql, Answer(SCHEMA_CONFLICT.sqlstate, SCHEMA_CONFLICT.text))


def _probe(evidence: Evidence, seen: str, name: str, *steps: ProbeStep) -> Probe:
    return Probe(f"ddl-of-others-{name}", evidence, seen, steps, _TABLES)


_RECORDED = Evidence.RECORDED, "2026-09"
_DOCUMENTED = Evidence.DOCUMENTED, "2026-10"
_GUESSED = Evidence.GUESSED, "2026-11"
_BEGIN, _COMMIT, _ROLLBACK = _a("BEGIN", "BEGIN"), _a("COMMIT", "COMMIT"), _a("ROLLBACK", "ROLLBACK")

PROBES: tuple[Probe, ...] = (
    _probe(*_RECORDED, "at-statement", _BEGIN, _a(_SELECT, "SELECT 1"), _b(_ALTER, "ALTER TABLE"), _a_is_told(_SELECT),
           _ROLLBACK),
    _probe(*_RECORDED, "at-commit", _BEGIN, _a(_UPDATE, "UPDATE 1"), _b(_ALTER, "ALTER TABLE"), _a_is_told("COMMIT"),
           _a(_SELECT, "SELECT 1")),
    _probe(*_DOCUMENTED, "while-idle", _a(_SELECT, "SELECT 1"), _b(_ALTER, "ALTER TABLE"), _a_is_told(_SELECT),
           _a(_SELECT, "SELECT 1")),
    _probe(*_DOCUMENTED, "by-grant", _a(_SELECT, "SELECT 1"), _b("GRANT SELECT ON t TO PUBLIC", "GRANT"),
           _a_is_told(_SELECT), _a(_SELECT, "SELECT 1")),
    _probe(*_DOCUMENTED, "by-index", _a(_SELECT, "SELECT 1"), _b("CREATE INDEX ASYNC ON t (n)", "CREATE INDEX"),
           _a_is_told(_SELECT)),
    _probe(*_DOCUMENTED, "on-another-table", _a("SELECT count(*) FROM u", "SELECT 1"), _b(_ALTER, "ALTER TABLE"),
           _a("SELECT count(*) FROM u", "SELECT 1")),
    _probe(*_DOCUMENTED, "on-another-table-in-a-transaction", _BEGIN, _a(_UPDATE, "UPDATE 1"),
           _b("CREATE TABLE other (id int)", "CREATE TABLE"), _b("ALTER TABLE u ADD COLUMN more int", "ALTER TABLE"),
           _COMMIT),
    _probe(*_DOCUMENTED, "without-a-table", _BEGIN, _a("SELECT 1", "SELECT 1"), _b(_ALTER, "ALTER TABLE"),
           _a("SELECT count(*) FROM generate_series(1, 3)", "SELECT 1"), _COMMIT),
    _probe(*_DOCUMENTED, "before-own-ddl", _b(_ALTER, "ALTER TABLE"), _a("CREATE TABLE other (id int)", "CREATE TABLE"),
           _a("INSERT INTO other VALUES (1)", "INSERT 0 1"), _a(_SELECT, "SELECT 1")),
    _probe(*_GUESSED, "made-anew", _b("CREATE TABLE other (id int)", "CREATE TABLE"),
           _a("INSERT INTO other VALUES (1)", "INSERT 0 1")),
    _probe(*_RECORDED, "made-after-begin", _BEGIN, _b("CREATE TABLE other (id int)", "CREATE TABLE"),
           ProbeStep("SELECT * FROM other", Answer("42P01", 'relation "other" does not exist')), _ROLLBACK),
    _probe(*_GUESSED, "that-changes-nothing", _a(_SELECT, "SELECT 1"),
           _b("CREATE TABLE IF NOT EXISTS t (id int)", "CREATE TABLE"), _b("DROP TABLE IF EXISTS absent", "DROP TABLE"),
           _a(_SELECT, "SELECT 1")),
    _probe(*_GUESSED, "rolled-back", _a(_SELECT, "SELECT 1"), _b("BEGIN", "BEGIN"), _b(_ALTER, "ALTER TABLE"),
           _a(_SELECT, "SELECT 1"), _b("ROLLBACK", "ROLLBACK"), _a(_SELECT, "SELECT 1")),
    _probe(*_GUESSED, "not-committed", _b("BEGIN", "BEGIN"), _b(_ALTER, "ALTER TABLE"), _a(_SELECT, "SELECT 1"),
           _a(_UPDATE, "UPDATE 1"), _b("COMMIT", "COMMIT"), _a_is_told(_SELECT)),
    _probe(*_GUESSED, "twice", _BEGIN, _a(_ALTER, "ALTER TABLE"),
           _b("ALTER TABLE t ADD COLUMN much int", "ALTER TABLE"), _a_is_told("COMMIT")),
)  # fmt: skip
"""In the order of a report. Which statements are told is documented (AWS, limits and error codes, 2026-10)."""
