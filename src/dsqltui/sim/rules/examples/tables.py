"""Examples: CREATE TABLE, domains, sequences and statistics."""

from collections.abc import Iterator

from dsqltui.sim.rules import messages
from dsqltui.sim.rules.rule import TABLE, Rule


def tables() -> Iterator[Rule]:
    """The rules of this subject."""
    clause, guessed_clause = messages.TABLE_CLAUSE, messages.TABLE_CLAUSE.as_guess()
    many = ", ".join(f"c{number} int" for number in range(257))
    nine = ", ".join(f"c{number} int" for number in range(9))
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
            messages.CACHE_SIZE.filled(size="20"),
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
            f"CREATE TABLE c ({nine}, PRIMARY KEY (c0, c1, c2, c3, c4, c5, c6, c7, c8))",
            f"CREATE TABLE c ({nine}, PRIMARY KEY (c0, c1, c2, c3, c4, c5, c6, c7))",
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
            "view-size",
            messages.VIEW_SIZE,
            f"CREATE OR REPLACE VIEW v AS SELECT '{'x' * 524_288}' AS x",
            f"CREATE OR REPLACE VIEW v AS SELECT '{'x' * 131_000}' AS x",
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
            messages.CACHE_SIZE.filled(size="20"),
            "CREATE SEQUENCE cache INCREMENT 2 CACHE 20",
            "CREATE SEQUENCE cache INCREMENT 20 CACHE 1 CYCLE",
        ),
        (
            "sequence-type",
            messages.SEQUENCE_TYPE,
            "CREATE SEQUENCE s AS decimal(10,0) CACHE 65536",
            "CREATE SEQUENCE s AS bigint CACHE 65536",
        ),
        (
            "column-collate",
            messages.COLLATE,
            'CREATE TABLE c (a text NOT NULL COLLATE "C")',
            "CREATE TABLE c (a text CHECK (a COLLATE \"C\" > 'a'), collate_by int)",
        ),
        (
            "column-compression",
            messages.COMPRESSION,
            "CREATE TABLE c (a text COMPRESSION lz4)",
            "CREATE TABLE c (compression text, a text)",
        ),
    ):
        yield Rule(identifier, message, example, near_miss)
    yield Rule(
        "alter-sequence-cache",
        messages.CACHE_SIZE.filled(size="20"),
        "ALTER SEQUENCE s CACHE 20",
        "ALTER SEQUENCE s RESTART WITH 20",
        ("CREATE SEQUENCE s CACHE 1",),
    )
    yield Rule(
        "statistics-target",
        messages.STATISTICS_TARGET.filled(target="101"),
        "ALTER STATISTICS s SET STATISTICS 101",
        "ALTER STATISTICS s SET STATISTICS 100",
        (TABLE, "CREATE STATISTICS s ON name, n FROM t"),
    )
