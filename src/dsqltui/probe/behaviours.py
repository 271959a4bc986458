"""Probes of what takes several statements or sessions: conflicts, limits, jobs, what the server says of itself."""

from dsqltui.client.conversation import SUCCESS, Answer
from dsqltui.core.aws.limits import TRANSACTION_ROW_LIMIT
from dsqltui.probe import pinned, schema_changes
from dsqltui.probe.case import OWN_SCHEMA, Probe, ProbeStep, Who
from dsqltui.sim.cluster.settings import SimSettings
from dsqltui.sim.rules import messages
from dsqltui.sim.rules.messages import Evidence, Message
from dsqltui.sim.transactions.jobs import DUPLICATES_FOUND

_TABLE = ("CREATE TABLE t (id int PRIMARY KEY, n int)", "INSERT INTO t VALUES (1, 100), (2, 100)")
_FAMILY = (
    "CREATE TABLE parent (id int PRIMARY KEY, n int)",
    "CREATE TABLE child (id int PRIMARY KEY, parent_id int REFERENCES parent (id))",
    "INSERT INTO parent VALUES (1, 100)",
)
_LARGE = ("CREATE TABLE large (id text PRIMARY KEY, a text, b text, n int)",)
_MIB = 1024 * 1024
_ONE_TOO_MANY = TRANSACTION_ROW_LIMIT + 1
_TOO_MANY = f"INSERT INTO t SELECT i, 0 FROM generate_series(10001, {10000 + _ONE_TOO_MANY}) i"


def _a(sql: str, text: str = "", *, value: str | None = None) -> ProbeStep:
    """A statement of session A that succeeds with this command tag, and this value."""
    return ProbeStep(sql, Answer(SUCCESS, text, value=value))


def _b(sql: str, text: str = "", *, value: str | None = None) -> ProbeStep:
    """The same of session B."""
    return ProbeStep(sql, Answer(SUCCESS, text, value=value), Who.B)


def _a_loses(sql: str, message: Message) -> ProbeStep:
    return ProbeStep(sql, Answer(message.sqlstate, message.text))


def _b_loses(sql: str, message: Message) -> ProbeStep:
    return ProbeStep(sql, Answer(message.sqlstate, message.text), Who.B)


def _refused(sql: str, sqlstate: str, text: str) -> ProbeStep:
    return ProbeStep(sql, Answer(sqlstate, text))


def _recorded(name: str, *steps: ProbeStep, setup: tuple[str, ...] = _TABLE) -> Probe:
    return Probe(name, Evidence.RECORDED, "2026-09", steps, setup)


def _documented(name: str, *steps: ProbeStep, setup: tuple[str, ...] = _TABLE) -> Probe:
    return Probe(name, Evidence.DOCUMENTED, "2026-10", steps, setup)


def _guessed(name: str, *steps: ProbeStep, setup: tuple[str, ...] = _TABLE) -> Probe:
    return Probe(name, Evidence.GUESSED, "2026-11", steps, setup)


_BOTH_BEGIN = (_a("BEGIN", "BEGIN"), _b("BEGIN", "BEGIN"))
_SUM = "SELECT sum(n) FROM t WHERE id IN (1, 2)"
_FLAG = "SELECT n FROM t WHERE id IN (1, 2) FOR UPDATE"

_CONFLICTS = (
    _recorded(
        "first-committer-wins",
        *_BOTH_BEGIN,
        _a("UPDATE t SET n = 90 WHERE id = 1", "UPDATE 1"),
        _b("UPDATE t SET n = 80 WHERE id = 1", "UPDATE 1"),
        _b("COMMIT", "COMMIT"),
        _a_loses("COMMIT", messages.DATA_CONFLICT),
        _a("SELECT n FROM t WHERE id = 1", value="80"),
    ),
    _recorded(
        "autocommit-beats-open-transaction",
        _a("BEGIN", "BEGIN"),
        _a("UPDATE t SET n = 90 WHERE id = 1", "UPDATE 1"),
        _b("UPDATE t SET n = 80 WHERE id = 1", "UPDATE 1"),
        _a_loses("COMMIT", messages.DATA_CONFLICT),
    ),
    _guessed(
        "update-that-changes-nothing",
        *_BOTH_BEGIN,
        _a("UPDATE t SET n = n WHERE id = 1", "UPDATE 1"),
        _b("UPDATE t SET n = 80 WHERE id = 1", "UPDATE 1"),
        _b("COMMIT", "COMMIT"),
        _a_loses("COMMIT", messages.DATA_CONFLICT),
    ),
    _recorded(
        "same-key-inserted-twice",
        *_BOTH_BEGIN,
        _a("INSERT INTO t VALUES (3, 1)", "INSERT 0 1"),
        _b("INSERT INTO t VALUES (3, 2)", "INSERT 0 1"),
        _b("COMMIT", "COMMIT"),
        _a_loses("COMMIT", messages.DATA_CONFLICT),
    ),
    _guessed(
        "key-that-is-there",
        _refused("INSERT INTO t VALUES (1, 1)", "23505", 'duplicate key value violates unique constraint "t_pkey"'),
    ),
    _recorded(
        "reads-never-conflict",
        _a("BEGIN", "BEGIN"),
        _a("SELECT n FROM t WHERE id = 1", value="100"),
        _b("UPDATE t SET n = 80 WHERE id = 1", "UPDATE 1"),
        _a("SELECT n FROM t WHERE id = 1", value="100"),
        _a("UPDATE t SET n = 0 WHERE id = 2", "UPDATE 1"),
        _a("COMMIT", "COMMIT"),
    ),
    _recorded(
        "write-skew-is-possible",
        *_BOTH_BEGIN,
        _a(_SUM, value="200"),
        _b(_SUM, value="200"),
        _a("UPDATE t SET n = 0 WHERE id = 1", "UPDATE 1"),
        _b("UPDATE t SET n = 0 WHERE id = 2", "UPDATE 1"),
        _a("COMMIT", "COMMIT"),
        _b("COMMIT", "COMMIT"),
    ),
    _documented(
        "for-update-prevents-write-skew",
        *_BOTH_BEGIN,
        _a(_FLAG, "SELECT 2"),
        _b(_FLAG, "SELECT 2"),
        _a("UPDATE t SET n = 0 WHERE id = 1", "UPDATE 1"),
        _b("UPDATE t SET n = 0 WHERE id = 2", "UPDATE 1"),
        _a("COMMIT", "COMMIT"),
        _b_loses("COMMIT", messages.DATA_CONFLICT),
    ),
    _guessed(
        "for-update-alone-loses",
        _a("BEGIN", "BEGIN"),
        _a(_FLAG, "SELECT 2"),
        _b("UPDATE t SET n = 80 WHERE id = 1", "UPDATE 1"),
        _a_loses("COMMIT", messages.DATA_CONFLICT),
    ),
    _guessed(
        "for-update-against-for-update",
        *_BOTH_BEGIN,
        _a(_FLAG, "SELECT 2"),
        _b(_FLAG, "SELECT 2"),
        _b("COMMIT", "COMMIT"),
        _a_loses("COMMIT", messages.DATA_CONFLICT),
    ),
    _documented(
        "child-and-parents-other-columns",
        _a("BEGIN", "BEGIN"),
        _a("INSERT INTO child VALUES (1, 1)", "INSERT 0 1"),
        _b("UPDATE parent SET n = 80 WHERE id = 1", "UPDATE 1"),
        _a("COMMIT", "COMMIT"),
        setup=_FAMILY,
    ),
    _recorded(
        "child-and-deleted-parent",
        _a("BEGIN", "BEGIN"),
        _a("INSERT INTO child VALUES (1, 1)", "INSERT 0 1"),
        _b("DELETE FROM parent WHERE id = 1", "DELETE 1"),
        _a_loses("COMMIT", messages.DATA_CONFLICT),
        setup=_FAMILY,
    ),
)

_CATALOG_CHANGES = (
    _recorded(
        "two-ddl-in-a-transaction",
        _a("BEGIN", "BEGIN"),
        _a("CREATE TABLE x (id int)", "CREATE TABLE"),
        _a_loses("CREATE TABLE y (id int)", messages.SEVERAL_DDL),
        _a("ROLLBACK", "ROLLBACK"),
    ),
    _recorded(
        "dml-after-ddl",
        _a("BEGIN", "BEGIN"),
        _a("CREATE TABLE x (id int)", "CREATE TABLE"),
        _a_loses("DELETE FROM t", messages.DDL_AND_DML),
        _a("ROLLBACK", "ROLLBACK"),
    ),
    _recorded(
        "ddl-after-dml",
        _a("BEGIN", "BEGIN"),
        _a("DELETE FROM t", "DELETE 2"),
        _a_loses("CREATE TABLE x (id int)", messages.DDL_AND_DML),
        _a("ROLLBACK", "ROLLBACK"),
    ),
    _documented(
        "ddl-rolled-back",
        _a("BEGIN", "BEGIN"),
        _a("CREATE TABLE x (id int)", "CREATE TABLE"),
        _a("ROLLBACK", "ROLLBACK"),
        _refused("SELECT 1 FROM x", "42P01", 'relation "x" does not exist'),
    ),
)

_TRANSACTIONS = (
    _recorded(
        "failed-transaction",
        _a("BEGIN", "BEGIN"),
        _refused("SELECT 1 / 0", "22012", "division by zero"),
        _a_loses("SELECT 1", messages.TRANSACTION_FAILED),
        _a("COMMIT", "ROLLBACK"),
        setup=(),
    ),
    _recorded(
        "refusal-fails-transaction",
        _a("BEGIN", "BEGIN"),
        _a_loses("TRUNCATE t", messages.STATEMENT.filled(statement="Truncate")),
        _a_loses("SELECT 1", messages.TRANSACTION_FAILED),
        _a("COMMIT", "ROLLBACK"),
    ),
    _recorded(
        "write-in-read-only",
        _a("BEGIN READ ONLY", "BEGIN"),
        _refused("DELETE FROM t", "25006", "cannot execute DELETE in a read-only transaction"),
        _a("ROLLBACK", "ROLLBACK"),
    ),
    _recorded(
        "row-limit",
        _a(
            f"INSERT INTO t SELECT i, 0 FROM generate_series(11, {10 + TRANSACTION_ROW_LIMIT}) i",
            f"INSERT 0 {TRANSACTION_ROW_LIMIT}",
        ),
        _a_loses(_TOO_MANY, messages.ROW_LIMIT),
    ),
    _guessed(
        "row-limit-and-with",
        _a_loses(
            f"WITH new AS ({_TOO_MANY} RETURNING id) SELECT count(*) FROM new",
            messages.ROW_LIMIT,
        ),
    ),
    _guessed(
        "row-limit-and-function",
        _a_loses("SELECT fill()", messages.ROW_LIMIT),
        setup=(
            *_TABLE,
            f"CREATE FUNCTION fill() RETURNS bigint LANGUAGE sql AS '{_TOO_MANY}; SELECT count(*) FROM t'",
        ),
    ),
    _guessed(
        "row-limit-and-explain-analyze",
        _a_loses(
            f"EXPLAIN ANALYZE {_TOO_MANY}",
            messages.ROW_LIMIT,
        ),
    ),
    _guessed(
        "row-limit-and-cascade",
        _a_loses("DELETE FROM owner", messages.ROW_LIMIT),
        setup=(
            "CREATE TABLE owner (id int PRIMARY KEY)",
            "CREATE TABLE owned (id int PRIMARY KEY, of int REFERENCES owner ON DELETE CASCADE)",
            "INSERT INTO owner VALUES (1)",
            f"INSERT INTO owned SELECT i, 1 FROM generate_series(1, {TRANSACTION_ROW_LIMIT}) i",
        ),
    ),
    Probe(
        "size-of-a-value",
        messages.VALUE_SIZE.evidence,
        messages.VALUE_SIZE.seen,
        (
            _a(f"INSERT INTO large (id, a) VALUES ('1', repeat('x', {_MIB}))", "INSERT 0 1"),
            _a_loses(
                f"INSERT INTO large (id, a) VALUES ('2', repeat('x', {_MIB} + 1))",
                messages.VALUE_SIZE.filled(type="text"),
            ),
        ),
        _LARGE,
    ),
    Probe(
        "size-of-a-row",
        messages.ROW_SIZE.evidence,
        messages.ROW_SIZE.seen,
        (
            _a_loses(
                f"INSERT INTO large VALUES ('1234', repeat('x', {_MIB}), repeat('x', {_MIB}), 1)", messages.ROW_SIZE
            ),
        ),
        _LARGE,
    ),
    _recorded(
        "size-of-a-key",
        _a("INSERT INTO large (id) VALUES (repeat('x', 1981))", "INSERT 0 1"),
        _a_loses("INSERT INTO large (id) VALUES (repeat('y', 2100))", messages.KEY_TOO_LARGE),
        setup=_LARGE,
    ),
    _guessed(
        "identity-always",
        _refused("INSERT INTO numbered VALUES (7, 1)", "428C9", 'cannot insert a non-DEFAULT value into column "id"'),
        _a("BEGIN", "BEGIN"),
        _a("INSERT INTO numbered OVERRIDING SYSTEM VALUE VALUES (7, 1)", "INSERT 0 1"),
        _refused("INSERT INTO numbered VALUES (8, 1)", "428C9", 'cannot insert a non-DEFAULT value into column "id"'),
        _a("COMMIT", "ROLLBACK"),
        setup=("CREATE TABLE numbered (id bigint GENERATED ALWAYS AS IDENTITY (CACHE 1) PRIMARY KEY, n int)",),
    ),
    _guessed(
        "catalog-in-a-writing-transaction",
        _a("BEGIN", "BEGIN"),
        _a("UPDATE t SET n = 90 WHERE id = 1", "UPDATE 1"),
        _a("SELECT relpersistence FROM pg_class WHERE oid = 't'::regclass", value="p"),
        _a("SELECT count(*) FROM t WHERE tableoid = 't'::regclass", value="2"),
        _a("SELECT count(*) FROM pg_namespace WHERE nspname LIKE 'pg\\_temp%'", value="0"),
        _a("COMMIT", "COMMIT"),
    ),
    _guessed(
        "row-limit-and-copy",
        ProbeStep(
            "COPY t FROM STDIN",
            Answer(SUCCESS, f"COPY {_ONE_TOO_MANY}"),
            copy_data="".join(f"{number}\t0\n" for number in range(11, 11 + _ONE_TOO_MANY)),
        ),
    ),
)

_DUPLICATES = (*_TABLE, "CREATE UNIQUE INDEX ASYNC u ON t (n)")
_BAD_JOB = "a" * 26

_JOBS_AND_FACTS = (
    _recorded(
        "index-in-a-transaction",
        _a("BEGIN", "BEGIN"),
        _a("CREATE INDEX ASYNC i ON t (n)"),
        _a("COMMIT", "COMMIT"),
    ),
    _recorded(
        "unique-index-on-duplicates",
        _a(f"SELECT details FROM sys.jobs WHERE object_name = '{OWN_SCHEMA}.u'", value=DUPLICATES_FOUND),
        _a(f"SELECT status FROM sys.jobs WHERE object_name = '{OWN_SCHEMA}.u'", value="failed"),
        _a("SELECT indisvalid FROM pg_index WHERE indexrelid = 'u'::regclass", value="f"),
        setup=_DUPLICATES,
    ),
    _guessed(
        "drop-job",
        _a("DROP TABLE t", "DROP TABLE"),
        _a("SELECT count(*) > 0 FROM sys.jobs WHERE job_type = 'DROP' AND object_name IS NULL", value="t"),
    ),
    _documented(
        "synchronous-index-on-an-empty-table",
        _a("SET disable_sync_create_index = off", "SET"),
        _a("CREATE INDEX i ON nobody (n)", "CREATE INDEX"),
        _a("RESET disable_sync_create_index", "RESET"),
        setup=("CREATE TABLE nobody (id int PRIMARY KEY, n int)",),
    ),
    _guessed(
        "synchronous-index-on-rows",
        _a("SET disable_sync_create_index = off", "SET"),
        _a_loses("CREATE INDEX i ON t (n)", messages.SYNC_INDEX),
    ),
    _recorded(
        "wait-for-job-by-select",
        _refused(f"SELECT sys.wait_for_job('{_BAD_JOB}')", "42809", "sys.wait_for_job(text) is a procedure"),
        setup=(),
    ),
    _recorded(
        "wait-for-no-job",
        _refused("CALL sys.wait_for_job('x')", "22P02", "Unable to convert text to UUID"),
        setup=(),
    ),
    _recorded("show-server-version", _a("SHOW server_version", value=SimSettings().server_version), setup=()),
    _recorded("version", _a("SELECT version()", value="PostgreSQL 16"), setup=()),
    _recorded("major-version", _a("SELECT sys.dsql_major_version()", value="1"), setup=()),
    _documented("isolation-level", _a("SHOW transaction_isolation", value="repeatable read"), setup=()),
)

BEHAVIOURS: tuple[Probe, ...] = (
    *_CONFLICTS,
    *schema_changes.PROBES,
    *_CATALOG_CHANGES,
    *_TRANSACTIONS,
    *_JOBS_AND_FACTS,
    *pinned.PROBES,
)
"""All of them; `id` is unique, also among the rules."""
