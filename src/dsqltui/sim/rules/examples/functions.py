"""Examples: CREATE and ALTER FUNCTION."""

from collections.abc import Iterator

from dsqltui.sim.rules import messages
from dsqltui.sim.rules.rule import Rule


def functions() -> Iterator[Rule]:
    """The rules of this subject."""
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
        "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'RESET session_authorization; SELECT 1'",
        "CREATE FUNCTION f() RETURNS text LANGUAGE sql AS 'SELECT ''RESET SESSION AUTHORIZATION''::text'",
    )
    yield Rule(
        "function-body-statement",
        messages.STATEMENT.as_guess().filled(statement="Lock"),
        "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'LOCK TABLE t IN ACCESS EXCLUSIVE MODE; SELECT 1'",
        "CREATE FUNCTION f() RETURNS text LANGUAGE sql AS 'SELECT ''LOCK TABLE t''::text'",
    )
    for number, (body, near_miss) in enumerate(
        (
            (r"E'loc\x6b table t'", r"E'SELECT \'lock table t\'::text'"),
            (r"E'\154ock table t'", r"E'\163elect \'\154ock\'::text'"),
            (r"U&'\006cock table t'", r"U&'\0073elect ''\006cock''::text'"),
        ),
        1,
    ):
        yield Rule(
            f"function-body-escaped-{number}",
            messages.STATEMENT.as_guess().filled(statement="Lock"),
            f"CREATE FUNCTION f() RETURNS text LANGUAGE sql AS {body}",
            f"CREATE FUNCTION f() RETURNS text LANGUAGE sql AS {near_miss}",
        )
