"""Every rule with a statement it refuses and a near miss it must let pass: for tests, for documentation, for probes.

Text rules show in `judging.refuse` whatever exists; catalog rules need their setup. A near miss runs in PostgreSQL
after the setup. Examples name tables without a schema.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from dsqltui.sim import messages
from dsqltui.sim.messages import Evidence, Message
from dsqltui.sim.rules.statements import HEADS
from dsqltui.sim.rules.types import SERIAL, UNSUPPORTED, UNSUPPORTED_BY_GUESS


class Stage(Enum):
    """When a rule can judge."""

    TEXT = "text"
    CATALOG = "catalog"


@dataclass(frozen=True, slots=True)
class Rule:
    """One refusal."""

    id: str
    message: Message
    """With its placeholders filled for the example."""
    example: str
    near_miss: str
    setup: tuple[str, ...] = ()
    stage: Stage = Stage.TEXT

    @property
    def sqlstate(self) -> str:
        return self.message.sqlstate

    @property
    def text(self) -> str:
        """The error's message."""
        return self.message.text

    @property
    def evidence(self) -> Evidence:
        return self.message.evidence

    @property
    def seen(self) -> str:
        """Year and month of the evidence."""
        return self.message.seen


T = "CREATE TABLE t (id bigint PRIMARY KEY, name text, n int)"
"""What most near misses need."""


def _quoted(example: str) -> str:
    """The example where it is no statement: in a string, a quoted name and comments."""
    literal = example.replace("'", "''")
    return f"""SELECT '{literal}' AS "{example[:40]}" /* {example} */ -- {example}"""


def _heads() -> Iterator[Rule]:
    for head in HEADS:
        yield Rule("-".join(head.words), head.message, head.example, _quoted(head.example))


def _types() -> Iterator[Rule]:
    for name in sorted(UNSUPPORTED | UNSUPPORTED_BY_GUESS):
        is_quoted = name.startswith('"')
        message = messages.DATATYPE.as_guess() if name in UNSUPPORTED_BY_GUESS else messages.DATATYPE
        column = name.strip('"').replace(" ", "_")
        near_miss = f'CREATE TABLE c ("{column}" text, name_of_{column} text)'
        identifier = column.replace("_", "-") + ("-quoted" if is_quoted else "")
        yield Rule(f"type-{identifier}", message.filled(type=name), f"CREATE TABLE c (v {name})", near_miss)
    for name in sorted(SERIAL):
        message = messages.NO_SUCH_TYPE if name == "serial" else messages.NO_SUCH_TYPE.as_guess()
        near_miss = f"CREATE TABLE c ({name} bigint)"
        yield Rule(f"type-{name}", message.filled(type=name), f"CREATE TABLE c (id {name} PRIMARY KEY)", near_miss)


def _parameters() -> Iterator[Rule]:
    refused = messages.PARAMETER
    for name in ("statement_timeout", "default_transaction_isolation", "client_min_messages", "work_mem"):
        yield Rule(f"set-{name}", refused.filled(name=name), f"SET {name} = '1'", f"SET application_name = '{name}'")
    guess = refused.as_guess()
    for identifier, message, example, near_miss in (
        (
            "set-session",
            refused.filled(name="lock_timeout"),
            "SET SESSION lock_timeout TO 1",
            "SET SESSION timezone TO 0",
        ),
        (
            "set-local",
            refused.filled(name="lock_timeout"),
            "SET LOCAL lock_timeout = 1",
            "SET LOCAL search_path = public",
        ),
        ("set-custom", guess.filled(name="my.setting"), "SET my.setting = 'x'", "SET search_path = my, public"),
        ("set-role", guess.filled(name="role"), "SET ROLE admin", "SET LOCAL ROLE admin"),
        ("reset-role", guess.filled(name="role"), "RESET ROLE", "RESET search_path"),
        (
            "set-session-authorization",
            guess.filled(name="session_authorization"),
            "SET SESSION AUTHORIZATION DEFAULT",
            "SELECT session_user",
        ),
        (
            "reset-session-authorization",
            guess.filled(name="session_authorization"),
            "RESET SESSION AUTHORIZATION",
            "RESET statement_timeout",
        ),
        (
            "set-transaction",
            refused.filled(name="TRANSACTION"),
            "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ",
            "SHOW TRANSACTION ISOLATION LEVEL",
        ),
        (
            "set-transaction-snapshot",
            guess.filled(name="TRANSACTION SNAPSHOT"),
            "SET TRANSACTION SNAPSHOT '1'",
            "SET CONSTRAINTS ALL DEFERRED",
        ),
        (
            "set-session-characteristics",
            guess.filled(name="SESSION CHARACTERISTICS"),
            "SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY",
            "SET TIME ZONE 'UTC'",
        ),
        ("set-xml-option", guess.filled(name="xmloption"), "SET XML OPTION DOCUMENT", "SET NAMES 'UTF8'"),
        ("set-seed", guess.filled(name="seed"), "SET SEED TO 0.5", "RESET ALL"),
        (
            "set-reserved-prefix",
            messages.RESERVED_PREFIX.filled(name="dsql.unknown"),
            "SET dsql.unknown = on",
            "SET dsql.enable_batched_nestloop = on",
        ),
        (
            "set-not-boolean",
            messages.NOT_BOOLEAN.filled(name="dsql.enable_batched_nestloop"),
            "SET dsql.enable_batched_nestloop = 'banana'",
            "SET dsql.enable_batched_nestloop TO 'of'",
        ),
        (
            "set-config",
            messages.PARAMETER.filled(name="work_mem"),
            "SELECT set_config('work_mem', '4MB', false)",
            "SELECT current_setting('work_mem')",
        ),
    ):
        yield Rule(identifier, message, example, near_miss)


def _transactions() -> Iterator[Rule]:
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


def _statements() -> Iterator[Rule]:
    statement, guess = messages.STATEMENT, messages.STATEMENT.as_guess()
    yield Rule("deallocate", guess.filled(statement="Deallocate"), "DEALLOCATE q", "DEALLOCATE ALL")
    yield Rule(
        "alter-role-set",
        guess.filled(statement="AlterRoleSet"),
        "ALTER ROLE admin SET work_mem = '4MB'",
        "SELECT rolname FROM pg_roles",
    )
    yield Rule("type-enum", messages.CREATE_TYPE, "CREATE TYPE mood AS ENUM ('sad')", "CREATE DOMAIN mood AS text")
    yield Rule(
        "type-composite",
        statement.filled(statement="CompositeType"),
        "CREATE TYPE pair AS (a int, b int)",
        "SELECT (1, 2)",
    )
    yield Rule(
        "type-range",
        statement.filled(statement="CreateRange"),
        "CREATE TYPE span AS RANGE (subtype = int4)",
        "SELECT int4range(1, 2)",
    )
    yield Rule("type-shell", messages.CREATE_TYPE.as_guess(), "CREATE TYPE shell", "SELECT 'CREATE TYPE shell'::text")
    yield Rule("drop-type", messages.DROP_OBJECT, "DROP TYPE IF EXISTS mood", "DROP DOMAIN IF EXISTS mood")
    yield Rule(
        "drop-materialized-view",
        messages.DROP_OBJECT.as_guess(),
        "DROP MATERIALIZED VIEW IF EXISTS v",
        "DROP VIEW IF EXISTS v",
    )
    yield Rule(
        "drop-procedure", messages.DROP_OBJECT.as_guess(), "DROP PROCEDURE IF EXISTS p", "DROP FUNCTION IF EXISTS p"
    )
    yield Rule(
        "rename-type",
        messages.RENAME_OBJECT,
        "ALTER TYPE mood RENAME TO feeling",
        "ALTER DOMAIN mood RENAME TO feeling",
        ("CREATE DOMAIN mood AS text",),
    )
    yield Rule(
        "rename-trigger",
        messages.RENAME_OBJECT.as_guess(),
        "ALTER TRIGGER g ON t RENAME TO h",
        "ALTER TABLE t RENAME TO trigger",
        (T,),
    )
    yield Rule(
        "drop-domain-cascade",
        messages.DROP_DOMAIN_CASCADE,
        "DROP DOMAIN mood CASCADE",
        "DROP DOMAIN mood RESTRICT",
        ("CREATE DOMAIN mood AS text",),
    )
    yield Rule(
        "grant-public-schema",
        messages.SYSTEM_ENTITY,
        "GRANT USAGE ON SCHEMA public TO admin",
        "GRANT SELECT ON TABLE t TO PUBLIC",
        (T,),
    )
    yield Rule(
        "revoke-public-schema",
        messages.SYSTEM_ENTITY.as_guess(),
        "REVOKE CREATE ON SCHEMA public FROM PUBLIC",
        "REVOKE ALL ON t FROM PUBLIC",
        (T,),
    )
    yield Rule(
        "grant-database",
        messages.GRANT_OBJECT,
        "GRANT CONNECT ON DATABASE postgres TO admin",
        "GRANT SELECT (name) ON t TO PUBLIC",
        (T,),
    )
    yield Rule(
        "grant-language",
        messages.GRANT_OBJECT.as_guess(),
        "GRANT USAGE ON LANGUAGE sql TO PUBLIC",
        "CREATE TABLE language (id int)",
    )


def _functions() -> Iterator[Rule]:
    yield Rule(
        "language",
        messages.LANGUAGE.filled(language="plpgsql"),
        "CREATE OR REPLACE FUNCTION f() RETURNS int LANGUAGE plpgsql AS $$ BEGIN RETURN 1; END $$",
        "CREATE OR REPLACE FUNCTION f() RETURNS text LANGUAGE sql AS $$ SELECT 'LANGUAGE plpgsql'::text $$",
    )
    yield Rule(
        "language-quoted",
        messages.LANGUAGE.filled(language="plpgsql"),
        "CREATE FUNCTION f() RETURNS int AS 'BEGIN RETURN 1; END' LANGUAGE 'plpgsql'",
        "CREATE FUNCTION f(language text) RETURNS text AS 'SELECT $1' LANGUAGE 'sql'",
    )
    yield Rule(
        "function-set",
        messages.FUNCTION_SET,
        "CREATE FUNCTION f() RETURNS int LANGUAGE sql SET work_mem = '4MB' AS 'SELECT 1'",
        "CREATE FUNCTION f() RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT 1 AS set; END",
    )
    yield Rule(
        "alter-function-set",
        messages.FUNCTION_SET,
        "ALTER FUNCTION f() SET work_mem = '4MB'",
        "ALTER FUNCTION f() IMMUTABLE",
        ("CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'",),
    )
    yield Rule(
        "function-body-set",
        messages.PARAMETER.as_guess().filled(name="session_authorization"),
        "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'RESET SESSION AUTHORIZATION; SELECT 1'",
        "CREATE FUNCTION f() RETURNS text LANGUAGE sql AS 'SELECT ''RESET SESSION AUTHORIZATION''::text'",
    )


def _queries() -> Iterator[Rule]:
    share = "SELECT * FROM t WHERE id = 1 FOR SHARE"
    yield Rule("for-share", messages.LOCKING, share, "SELECT 1 FOR SHARE")
    yield Rule(
        "for-no-key-update",
        messages.LOCKING,
        "SELECT * FROM t FOR NO KEY UPDATE OF t NOWAIT",
        "SELECT * FROM t FOR KEY SHARE OF t NOWAIT",
        (T,),
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
        (T,),
    )
    yield Rule(
        "tablesample",
        messages.TABLESAMPLE,
        "SELECT name FROM t TABLESAMPLE SYSTEM (1)",
        'SELECT name AS "TABLESAMPLE" FROM t',
        (T,),
    )
    yield Rule(
        "select-into",
        messages.STATEMENT.as_guess().filled(statement="CreateTableAs"),
        "SELECT id INTO copy FROM t",
        "WITH made AS (INSERT INTO t VALUES (1) RETURNING id) SELECT id FROM made",
        (T,),
    )
    yield Rule(
        "with-merge",
        messages.MERGE,
        "WITH s AS (SELECT 1 AS id) MERGE INTO t USING s ON t.id = s.id WHEN MATCHED THEN DO NOTHING",
        "WITH merge AS (SELECT 1 AS into) SELECT into.into FROM merge AS into".replace("into", "x"),
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
    for name, call in (
        ("pg_advisory_lock", "pg_advisory_lock(1)"),
        ("pg_cancel_backend", "pg_cancel_backend(1)"),
        ("pg_terminate_backend", "pg_catalog.pg_terminate_backend(1)"),
        ("inet_server_addr", "inet_server_addr()"),
    ):
        yield Rule(name, messages.BLOCKED_FUNCTION.filled(name=name), f"SELECT {call}", f"SELECT 1 AS {name}")


def _tables() -> Iterator[Rule]:
    clause, guessed_clause = messages.TABLE_CLAUSE, messages.TABLE_CLAUSE.as_guess()
    many = ", ".join(f"c{number} int" for number in range(257))
    few = ", ".join(f"c{number} int" for number in range(256))
    for identifier, message, example, near_miss in (
        ("temp-table", messages.TEMP_TABLE, "CREATE TEMP TABLE c (id int)", "CREATE TABLE temp (temporary int)"),
        (
            "local-temporary-table",
            messages.TEMP_TABLE,
            "CREATE LOCAL TEMPORARY TABLE c (id int)",
            "CREATE TABLE local (id int)",
        ),
        ("temp-view", messages.TEMP_TABLE.as_guess(), "CREATE TEMP VIEW v AS SELECT 1", "CREATE VIEW temp AS SELECT 1"),
        (
            "pg-temp-table",
            messages.TEMP_TABLE.as_guess(),
            "CREATE TABLE pg_temp.c (id int)",
            'CREATE TABLE "pg_temp.c" (id int)',
        ),
        ("unlogged-table", messages.UNLOGGED, "CREATE UNLOGGED TABLE c (id int)", "CREATE TABLE unlogged (id int)"),
        (
            "create-table-as",
            messages.STATEMENT.filled(statement="CreateTableAs"),
            "CREATE TABLE c AS SELECT 1 AS x",
            "CREATE TABLE c (x int GENERATED ALWAYS AS (1) STORED)",
        ),
        (
            "create-table-columns-as",
            messages.STATEMENT.filled(statement="CreateTableAs"),
            "CREATE TABLE IF NOT EXISTS c (x) AS VALUES (1)",
            "CREATE TABLE c (x int DEFAULT cast('1' AS int))",
        ),
        (
            "partition-by",
            clause.filled(clause="PARTITION BY"),
            "CREATE TABLE c (id int) PARTITION BY RANGE (id)",
            "CREATE TABLE partition (id int, range text)",
        ),
        (
            "partition-of",
            clause.filled(clause="PARTITION OF"),
            "CREATE TABLE c PARTITION OF t DEFAULT",
            'CREATE TABLE c ("partition of" int)',
        ),
        (
            "inherits",
            guessed_clause.filled(clause="INHERITS"),
            "CREATE TABLE c (x int) INHERITS (t)",
            "CREATE TABLE inherits (x int)",
        ),
        (
            "table-tablespace",
            guessed_clause.filled(clause="TABLESPACE"),
            "CREATE TABLE c (x int) TABLESPACE pg_default",
            "CREATE TABLE tablespace (x int)",
        ),
        (
            "table-access-method",
            guessed_clause.filled(clause="USING"),
            "CREATE TABLE c (x int) USING heap",
            'CREATE TABLE c ("using" int)',
        ),
        (
            "table-with",
            guessed_clause.filled(clause="WITH"),
            "CREATE TABLE c (x int) WITH (fillfactor = 70)",
            "CREATE TABLE c (x timestamp with time zone)",
        ),
        (
            "exclude",
            messages.EXCLUSION,
            "CREATE TABLE c (x int, EXCLUDE USING gist (x WITH =))",
            "CREATE TABLE c (exclude int, x int)",
        ),
        (
            "deferrable-key",
            messages.DEFERRABLE,
            "CREATE TABLE c (x int PRIMARY KEY DEFERRABLE INITIALLY DEFERRED)",
            "CREATE TABLE c (x int PRIMARY KEY, y int REFERENCES c (x) DEFERRABLE INITIALLY DEFERRED)",
        ),
        (
            "deferrable-unique",
            messages.DEFERRABLE,
            "CREATE TABLE c (x int, UNIQUE (x) DEFERRABLE)",
            "CREATE TABLE c (x int, UNIQUE (x) NOT DEFERRABLE)",
        ),
        (
            "array-column",
            messages.DATATYPE.filled(type="integer[]"),
            "CREATE TABLE c (v int[])",
            "CREATE TABLE c (v text DEFAULT (ARRAY['a'])[1])",
        ),
        (
            "array-column-with-lengths",
            messages.DATATYPE.filled(type="character varying[]"),
            "CREATE TABLE c (v varchar(10) ARRAY[3])",
            "CREATE TABLE c (v varchar(10), array_of text)",
        ),
        ("bit-length", messages.DATATYPE.filled(type="bit"), "CREATE TABLE c (v bit(8))", "CREATE TABLE bit (v int)"),
        (
            "varbit",
            messages.DATATYPE.filled(type="bit varying"),
            "CREATE TABLE c (v varbit(8))",
            "CREATE TABLE c (v character varying(8))",
        ),
        (
            "type-in-schema",
            messages.DATATYPE.filled(type="money"),
            "CREATE TABLE c (v pg_catalog.money)",
            "CREATE TABLE c (money pg_catalog.int4)",
        ),
        (
            "domain-type",
            messages.DATATYPE.as_guess().filled(type="money"),
            "CREATE DOMAIN d AS money",
            "CREATE DOMAIN money_text AS text CHECK (value <> 'money')",
        ),
        (
            "char-length",
            messages.CHAR_LENGTH,
            "CREATE TABLE c (v char(4097))",
            "CREATE TABLE c (v char(4096), w character(1))",
        ),
        (
            "varchar-length",
            messages.VARCHAR_LENGTH,
            "CREATE TABLE c (v varchar(65536))",
            "CREATE TABLE c (v varchar(65535), w character varying)",
        ),
        (
            "identity-cache",
            messages.IDENTITY_CACHE,
            "CREATE TABLE c (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY)",
            "CREATE TABLE c (id bigint GENERATED ALWAYS AS IDENTITY (CACHE 65536) PRIMARY KEY)",
        ),
        (
            "identity-cache-size",
            messages.IDENTITY_CACHE,
            "CREATE TABLE c (id bigint GENERATED BY DEFAULT AS IDENTITY (START 1 CACHE 20))",
            "CREATE TABLE c (id int8 GENERATED BY DEFAULT AS IDENTITY (START 1 CACHE 1))",
        ),
        (
            "identity-type",
            messages.IDENTITY_TYPE.filled(type="integer"),
            "CREATE TABLE c (id int GENERATED BY DEFAULT AS IDENTITY (CACHE 1) PRIMARY KEY)",
            "CREATE TABLE c (id bigint GENERATED BY DEFAULT AS IDENTITY (CACHE 1), identity int)",
        ),
        (
            "key-type",
            messages.KEY_TYPE.as_guess().filled(type="jsonb"),
            "CREATE TABLE c (v jsonb PRIMARY KEY)",
            "CREATE TABLE c (v jsonb, w json, x bytea, y interval)",
        ),
        (
            "key-type-of-constraint",
            messages.KEY_TYPE.as_guess().filled(type="time with time zone"),
            "CREATE TABLE c (a int, v timetz, PRIMARY KEY (a, v))",
            "CREATE TABLE c (a int, v timetz, PRIMARY KEY (a))",
        ),
        (
            "key-columns",
            messages.KEY_COLUMNS,
            "CREATE TABLE c (" + few[:90].rsplit(",", 1)[0] + ", PRIMARY KEY (c0, c1, c2, c3, c4, c5, c6, c7, c8))",
            "CREATE TABLE c (" + few[:90].rsplit(",", 1)[0] + ", PRIMARY KEY (c0, c1, c2, c3, c4, c5, c6, c7))",
        ),
        (
            "key-size",
            messages.KEY_SIZE,
            "CREATE TABLE c (a varchar(1500), b char(501), PRIMARY KEY (a, b))",
            "CREATE TABLE c (a varchar(1500), b char(500), PRIMARY KEY (a, b), z varchar(3000))",
        ),
        ("columns", messages.TABLE_COLUMNS, f"CREATE TABLE c ({many})", f"CREATE TABLE c ({few})"),
        (
            "columns-with-key",
            messages.INDEX_COLUMNS,
            f"CREATE TABLE c ({many}, PRIMARY KEY (c0))",
            f"CREATE TABLE c ({few}, PRIMARY KEY (c0))",
        ),
        (
            "schema-element",
            messages.TEMP_TABLE,
            "CREATE SCHEMA s CREATE TEMP TABLE c (id int)",
            "SELECT 'CREATE TEMP TABLE'",
        ),
        (
            "sequence-cache",
            messages.SEQUENCE_CACHE,
            "CREATE SEQUENCE s",
            "CREATE SEQUENCE IF NOT EXISTS s CACHE 65536",
        ),
        (
            "sequence-cache-size",
            messages.SEQUENCE_CACHE,
            "CREATE SEQUENCE cache INCREMENT 2 CACHE 20",
            "CREATE SEQUENCE cache INCREMENT 20 CACHE 1 CYCLE",
        ),
    ):
        yield Rule(identifier, message, example, near_miss)
    yield Rule(
        "alter-sequence-cache",
        messages.SEQUENCE_CACHE.as_guess(),
        "ALTER SEQUENCE s CACHE 20",
        "ALTER SEQUENCE s RESTART WITH 20",
        ("CREATE SEQUENCE s CACHE 1",),
    )
    yield Rule(
        "statistics-target",
        messages.STATISTICS_TARGET.filled(target="101"),
        "ALTER STATISTICS s SET STATISTICS 101",
        "ALTER STATISTICS s SET STATISTICS 100",
        (T, "CREATE STATISTICS s ON name, n FROM t"),
    )


def _alterations() -> Iterator[Rule]:
    refused, guess = messages.ALTER_TABLE, messages.ALTER_TABLE.as_guess()
    constraint = messages.ADD_COLUMN_CONSTRAINT
    column = "ALTER COLUMN ... "
    for identifier, message, example, near_miss in (
        ("add-column-default", constraint, "ADD COLUMN c int DEFAULT 7", "ADD COLUMN c int"),
        ("add-column-not-null", constraint, "ADD c int NOT NULL", "ADD COLUMN IF NOT EXISTS c int NULL"),
        ("add-column-check", constraint, "ADD COLUMN c int CHECK (c > 0)", 'ADD COLUMN "check" int'),
        ("add-column-unique", constraint, "ADD COLUMN c int UNIQUE", "ADD COLUMN c text STORAGE PLAIN"),
        (
            "add-column-identity",
            constraint,
            "ADD COLUMN c bigint GENERATED BY DEFAULT AS IDENTITY (CACHE 1)",
            "ADD COLUMN generated bigint",
        ),
        ("add-column-references", constraint.as_guess(), "ADD COLUMN c int REFERENCES t (id)", "ADD COLUMN c uuid"),
        ("add-column-collate", messages.COLLATE, 'ADD COLUMN c text COLLATE "C"', "ADD COLUMN collation text"),
        ("add-column-type", messages.DATATYPE.filled(type="money"), "ADD COLUMN c money", "ADD COLUMN money numeric"),
        ("add-column-array", messages.DATATYPE.filled(type="text[]"), "ADD COLUMN c text[]", "ADD COLUMN c jsonb"),
        (
            "add-column-serial",
            messages.NO_SUCH_TYPE.filled(type="serial"),
            "ADD COLUMN c serial",
            "ADD COLUMN serial bigint",
        ),
        (
            "add-second-column",
            constraint,
            "ADD COLUMN c int, ADD COLUMN d int DEFAULT 7",
            "ADD COLUMN c numeric(18, 6), ADD COLUMN d int",
        ),
        (
            "alter-column-type",
            refused.filled(action=f"{column}SET DATA TYPE"),
            "ALTER COLUMN n TYPE bigint",
            "ALTER COLUMN n SET DEFAULT 7",
        ),
        (
            "alter-column-set-data-type",
            refused.filled(action=f"{column}SET DATA TYPE"),
            "ALTER n SET DATA TYPE bigint",
            "ALTER n DROP DEFAULT",
        ),
        (
            "alter-column-set-not-null",
            refused.filled(action=f"{column}SET NOT NULL"),
            "ALTER COLUMN name SET NOT NULL",
            "ALTER COLUMN name DROP NOT NULL",
        ),
        (
            "alter-column-set-statistics",
            refused.filled(action=f"{column}SET STATISTICS"),
            "ALTER COLUMN name SET STATISTICS 10",
            "ALTER COLUMN name SET STORAGE PLAIN",
        ),
        (
            "alter-column-set-compression",
            guess.filled(action=f"{column}SET COMPRESSION"),
            "ALTER COLUMN name SET COMPRESSION pglz",
            "RENAME COLUMN name TO compression",
        ),
        (
            "alter-column-set-options",
            guess.filled(action=f"{column}SET"),
            "ALTER COLUMN n SET (n_distinct = 5)",
            "ALTER COLUMN n SET DEFAULT (7)",
        ),
        (
            "add-identity-cache",
            messages.IDENTITY_CACHE.as_guess(),
            "ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY",
            "ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (CACHE 1)",
        ),
        (
            "add-primary-key",
            refused.filled(action="ADD CONSTRAINT"),
            "ADD CONSTRAINT p PRIMARY KEY (n)",
            "ADD CONSTRAINT p CHECK (n > 0) NOT VALID",
        ),
        (
            "add-unique",
            refused.filled(action="ADD CONSTRAINT"),
            "ADD UNIQUE (n)",
            "ADD FOREIGN KEY (n) REFERENCES t (id) ON DELETE CASCADE NOT VALID",
        ),
        (
            "add-check",
            refused.filled(action="ADD CONSTRAINT"),
            "ADD CHECK (n IS NOT NULL)",
            "ADD CHECK (n IS NOT NULL) NOT VALID",
        ),
        (
            "add-foreign-key",
            refused.filled(action="ADD CONSTRAINT"),
            "ADD CONSTRAINT f FOREIGN KEY (n) REFERENCES t (id)",
            "ADD CONSTRAINT f FOREIGN KEY (n) REFERENCES t (id) NOT VALID",
        ),
        (
            "validate-constraint",
            refused.filled(action="VALIDATE CONSTRAINT"),
            "VALIDATE CONSTRAINT t_name_check",
            "RENAME CONSTRAINT t_pkey TO validate",
        ),
        (
            "enable-row-security",
            refused.filled(action="ENABLE ROW SECURITY"),
            "ENABLE ROW LEVEL SECURITY",
            "RENAME COLUMN name TO enable",
        ),
        (
            "disable-row-security",
            guess.filled(action="DISABLE ROW SECURITY"),
            "DISABLE ROW LEVEL SECURITY",
            "RENAME name TO disable",
        ),
        ("set-unlogged", guess.filled(action="SET UNLOGGED"), "SET UNLOGGED", "OWNER TO CURRENT_USER"),
        ("set-options", guess.filled(action="SET"), "SET (fillfactor = 70)", "DROP COLUMN n"),
        ("inherit", guess.filled(action="INHERIT"), "INHERIT other", "RENAME TO inherit"),
        ("disable-trigger", guess.filled(action="DISABLE TRIGGER"), "DISABLE TRIGGER ALL", "RENAME TO trigger"),
        (
            "replica-identity",
            guess.filled(action="REPLICA IDENTITY"),
            "REPLICA IDENTITY FULL",
            "DROP COLUMN IF EXISTS replica",
        ),
    ):
        yield Rule(identifier, message, f"ALTER TABLE t {example}", f"ALTER TABLE IF EXISTS ONLY t {near_miss}", (T,))


def _indexes() -> Iterator[Rule]:
    nine = ", ".join(f"c{number}" for number in range(9))
    columns = ", ".join(f"c{number} int" for number in range(9))
    near_miss = "CREATE INDEX ASYNC i ON t (name)"
    for identifier, message, example, accepted in (
        ("index-mode", messages.SYNC_INDEX, "CREATE INDEX i ON t (name)", near_miss),
        (
            "unique-index-mode",
            messages.SYNC_INDEX,
            "CREATE UNIQUE INDEX IF NOT EXISTS i ON t (name)",
            "CREATE UNIQUE INDEX ASYNC IF NOT EXISTS i ON t (name)",
        ),
        (
            "index-concurrently",
            messages.INDEX_CLAUSE.filled(clause="CONCURRENTLY"),
            "CREATE INDEX CONCURRENTLY i ON t (name)",
            "CREATE INDEX ASYNC ON t (name) INCLUDE (n)",
        ),
        (
            "index-using",
            messages.INDEX_CLAUSE.filled(clause="USING"),
            "CREATE INDEX ASYNC i ON t USING btree (name)",
            'CREATE INDEX ASYNC "using" ON t (name)',
        ),
        (
            "index-schema",
            messages.SYNTAX.filled(near="."),
            "CREATE INDEX ASYNC public.i ON t (name)",
            'CREATE INDEX ASYNC "public.i" ON t (name)',
        ),
        (
            "index-needs-name",
            messages.SYNTAX.filled(near="ON"),
            "CREATE INDEX ASYNC IF NOT EXISTS ON t (name)",
            "CREATE INDEX ASYNC ON t (name)",
        ),
        (
            "index-sort-order",
            messages.SORT_ORDER,
            "CREATE INDEX ASYNC i ON t (n, name DESC)",
            "CREATE INDEX ASYNC i ON t (n, name NULLS FIRST)",
        ),
        (
            "index-ascending",
            messages.SORT_ORDER,
            "CREATE INDEX ASYNC i ON t (name ASC NULLS LAST)",
            'CREATE INDEX ASYNC "asc" ON t (name)',
        ),
        (
            "index-opclass",
            messages.OPERATOR_CLASS,
            "CREATE INDEX ASYNC i ON t (name text_pattern_ops)",
            "CREATE INDEX ASYNC i ON t (lower(name), (n + 1))",
        ),
        (
            "index-with",
            messages.INDEX_CLAUSE.as_guess().filled(clause="WITH"),
            "CREATE INDEX ASYNC i ON t (name) WITH (fillfactor = 70)",
            "CREATE INDEX ASYNC i ON t (name) WHERE name <> 'with ('",
        ),
        (
            "index-tablespace",
            messages.INDEX_CLAUSE.as_guess().filled(clause="TABLESPACE"),
            "CREATE INDEX ASYNC i ON t (name) TABLESPACE pg_default",
            "CREATE UNIQUE INDEX ASYNC tablespace ON t (name) NULLS NOT DISTINCT",
        ),
    ):
        yield Rule(identifier, message, example, accepted, (T,))
    yield Rule(
        "index-keys",
        messages.KEY_COLUMNS,
        f"CREATE INDEX i ON c ({nine})",
        f"CREATE INDEX ASYNC i ON c ({nine.rsplit(',', 1)[0]}) INCLUDE (c8)",
        (f"CREATE TABLE c ({columns})",),
    )


def _catalog() -> Iterator[Rule]:
    schemas = tuple(f"CREATE SCHEMA rules_{number}" for number in range(10))
    wide = ", ".join(f"c{number} int" for number in range(256))
    keys = "CREATE TABLE k (id int PRIMARY KEY, v {type}, a varchar(1500), b char(501), c varchar(500))"
    for type_name in ("jsonb", "json", "bytea", "interval", "timetz"):
        shown = "time with time zone" if type_name == "timetz" else type_name
        yield Rule(
            f"index-key-{type_name}",
            messages.KEY_TYPE.filled(type=shown),
            "CREATE INDEX ASYNC i ON k (id, v)",
            "CREATE INDEX ASYNC i ON k (id) INCLUDE (v)",
            (keys.format(type=type_name),),
            Stage.CATALOG,
        )
    rows = (
        (
            "index-key-size",
            messages.KEY_SIZE,
            "CREATE INDEX ASYNC i ON k (a, b)",
            "CREATE INDEX ASYNC i ON k (a, c)",
            (keys.format(type="text"),),
        ),
        (
            "indexes",
            messages.INDEXES,
            "CREATE INDEX ASYNC another ON t (n)",
            "CREATE INDEX ASYNC IF NOT EXISTS i1 ON t (n)",
            (T, *(f"CREATE INDEX ASYNC i{number} ON t (n)" for number in range(23))),
        ),
        (
            "drop-primary-key",
            messages.ALTER_TABLE.filled(action="DROP CONSTRAINT"),
            "ALTER TABLE t DROP CONSTRAINT t_pkey",
            "ALTER TABLE t DROP CONSTRAINT t_id_check",
            ("CREATE TABLE t (id int PRIMARY KEY CHECK (id > 0))",),
        ),
        (
            "drop-primary-key-column",
            messages.DROP_KEY_COLUMN.filled(column="id"),
            "ALTER TABLE t DROP COLUMN n, DROP COLUMN IF EXISTS id",
            "ALTER TABLE t DROP COLUMN n, DROP name",
            (T,),
        ),
        (
            "add-identity-type",
            messages.IDENTITY_TYPE.as_guess().filled(type="integer"),
            "ALTER TABLE c ALTER x ADD GENERATED BY DEFAULT AS IDENTITY (CACHE 1)",
            "ALTER TABLE c ALTER y ADD GENERATED BY DEFAULT AS IDENTITY (CACHE 1)",
            ("CREATE TABLE c (x int NOT NULL, y bigint NOT NULL)",),
        ),
        (
            "schemas",
            messages.SCHEMAS,
            "CREATE SCHEMA IF NOT EXISTS rules_1",
            "DROP SCHEMA rules_1",
            schemas,
        ),
        (
            "statistics",
            messages.STATISTICS,
            "CREATE STATISTICS more ON name, n FROM t",
            "DROP STATISTICS s1",
            (T, *(f"CREATE STATISTICS s{number} ON name, n FROM t" for number in range(5))),
        ),
        (
            "added-columns",
            messages.TABLE_COLUMNS,
            "ALTER TABLE w ADD COLUMN one_more int",
            "ALTER TABLE w DROP COLUMN c0",
            (f"CREATE TABLE w ({wide})",),
        ),
        (
            "added-columns-with-key",
            messages.INDEX_COLUMNS,
            "ALTER TABLE w ADD one_more int",
            "ALTER TABLE w ADD CONSTRAINT c CHECK (c1 > 0) NOT VALID",
            (f"CREATE TABLE w ({wide}, PRIMARY KEY (c0))",),
        ),
    )
    for identifier, message, example, near_miss, setup in rows:
        yield Rule(identifier, message, example, near_miss, setup, Stage.CATALOG)


RULES: tuple[Rule, ...] = (
    *_heads(),
    *_statements(),
    *_transactions(),
    *_parameters(),
    *_queries(),
    *_functions(),
    *_tables(),
    *_types(),
    *_alterations(),
    *_indexes(),
    *_catalog(),
)
"""All rules; `id` is unique."""
