"""Examples: whole statements, objects of DROP, RENAME and GRANT."""

from collections.abc import Iterator

from dsqltui.sim.rules import messages
from dsqltui.sim.rules.rule import TABLE, Rule
from dsqltui.sim.rules.statements import HEADS


def _quoted(example: str) -> str:
    """The example where it is no statement: in a string, a quoted name and comments."""
    literal = example.replace("'", "''")
    return f"""SELECT '{literal}' AS "{example[:40]}" /* {example} */ -- {example}"""


def heads() -> Iterator[Rule]:
    """Statements refused for their first words."""
    for head in HEADS:
        yield Rule("-".join(head.words), head.message, head.example, _quoted(head.example))


def statements() -> Iterator[Rule]:
    """The rules of this subject."""
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
    yield Rule(
        "drop-index-concurrently",
        messages.DROP_CONCURRENTLY,
        "DROP INDEX CONCURRENTLY i",
        "DROP INDEX IF EXISTS concurrently_made",
    )
    domain = ("CREATE DOMAIN mood AS text",)
    for identifier, action, example, near_miss in (
        ("add", "ADD CONSTRAINT", "ADD CONSTRAINT c CHECK (VALUE <> '')", "SET DEFAULT 'x'"),
        ("set-not-null", "SET NOT NULL", "SET NOT NULL", "DROP NOT NULL"),
    ):
        yield Rule(
            f"alter-domain-{identifier}",
            messages.ALTER_DOMAIN.filled(action=action),
            f"ALTER DOMAIN mood {example}",
            f"ALTER DOMAIN mood {near_miss}",
            domain,
        )
    yield Rule(
        "drop-trigger",
        messages.DROP_OBJECT.as_guess(),
        "DROP TRIGGER g ON t",
        "DROP TRIGGER IF EXISTS g ON t",
        (TABLE,),
    )
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
        (TABLE,),
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
        (TABLE,),
    )
    yield Rule(
        "revoke-public-schema",
        messages.SYSTEM_ENTITY.as_guess(),
        "REVOKE CREATE ON SCHEMA public FROM PUBLIC",
        "REVOKE ALL ON t FROM PUBLIC",
        (TABLE,),
    )
    yield Rule(
        "grant-database",
        messages.GRANT_OBJECT,
        "GRANT CONNECT ON DATABASE postgres TO admin",
        "GRANT SELECT (name) ON t TO PUBLIC",
        (TABLE,),
    )
    yield Rule(
        "grant-language",
        messages.GRANT_OBJECT.as_guess(),
        "GRANT USAGE ON LANGUAGE sql TO PUBLIC",
        "CREATE TABLE language (id int)",
    )
