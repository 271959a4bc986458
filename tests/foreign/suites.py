"""What the gate runs: one suite for each package, or part of one, that others wrote."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parents[1]


@dataclass(frozen=True)
class Suite:
    """Tests that are run in one go against one simulator."""

    name: str
    command: tuple[str, ...]
    """{python} is the environment's, {report} the file for JUnit's XML, {here} this folder, {root} the checkout, {node}
    Node's packages."""
    folder: str = ""
    """Below .foreign/; "" is this folder."""
    variables: Mapping[str, str] = field(default_factory=dict)
    wants_login: bool = False
    """Connects by libpq's variables alone: gets a token in PGPASSWORD."""
    left_out: Mapping[str, str] = field(default_factory=dict)
    """Tests that are not run, with the reason."""
    within_s: int = 1_500
    """A suite that takes longer is ended, and gives no report."""
    passes: int = 0
    """At least so many must pass: a suite that collects nothing is no evidence."""


PYTEST = (
    "{python}",
    "-m",
    "pytest",
    "-q",
    "-p",
    "no:dsqltui",
    "-p",
    "no:cacheprovider",
    "--junitxml",
    "{report}",
    "--timeout",
    "120",
)
WITH_PLUGIN = (*PYTEST[:4], *PYTEST[6:], "-c", os.devnull)
NO_SETTINGS = ("-c", os.devnull, "--rootdir", ".")
"""An archive has none; those of this checkout, above it, are not meant."""
OWN = (*PYTEST, "--rootdir", "{here}/own", "--confcutdir", "{here}/own")
GENERIC = "test/test_suite_of_sqlalchemy.py"
DJANGO = {"DJANGO_SETTINGS_MODULE": "aurora_dsql_django.tests.test_settings"}

SUITES = (
    Suite(
        "python connector",
        (*PYTEST, "-o", "log_cli=false", "tests"),
        "archives/aurora-dsql-python-connector",
        passes=90,
    ),
    Suite(
        "sqlalchemy dialect (AWS)",
        (*PYTEST, "test", "--ignore", GENERIC),
        "archives/aurora-dsql-sqlalchemy",
        passes=110,
    ),
    Suite(
        "sqlalchemy's own dialect suite",
        (*PYTEST, GENERIC),
        "archives/aurora-dsql-sqlalchemy",
        within_s=2_400,
        passes=780,
    ),
    *(
        Suite(
            f"django adapter, {part}",
            (*PYTEST, "-p", "no:django", "-c", os.devnull, "--rootdir", ".", f"aurora_dsql_django/tests/{part}"),
            "archives/aurora-dsql-django",
            DJANGO,
            passes=passes,
        )
        for part, passes in (("unit", 100), ("integration", 3))
    ),
    Suite("tortoise adapter", (*PYTEST, "tests"), "archives/aurora-dsql-tortoise-orm", passes=40),
    Suite(
        "asyncpg's own suite",
        # some tests wait for a cancel request to be obeyed, which it is not: by themselves, for ever
        (*PYTEST, *NO_SETTINGS, "--timeout", "60", "--tb", "native", "tests"),
        "archives/asyncpg",
        wants_login=True,
        left_out={
            "tests/test_copy.py::TestCopyFrom::test_copy_from_query_cancellation_while_waiting_for_data": (
                "sleeps for 60 s a row of 5,000 unless it is cancelled, and Aurora DSQL ignores cancel requests"
            )
        },
        passes=100,
    ),
    Suite(
        "psycopg2's own suite",
        (*PYTEST, *NO_SETTINGS, "-k", "not test_suite", "tests"),
        "archives/psycopg2",
        {"PSYCOPG2_TESTDB": "postgres"},
        wants_login=True,
        passes=400,
    ),
    Suite("docs: snippets of the clients' pages", (*OWN, "{here}/own/with_docs.py"), wants_login=True, passes=6),
    Suite("psycopg, our tests", (*OWN, "{here}/own/with_psycopg.py"), passes=8),
    *(
        Suite(
            f"examples: {name}",
            (*WITH_PLUGIN, "--rootdir", f"{{root}}/examples/{name}", f"{{root}}/examples/{name}"),
            variables={"PYTHONPATH": f"{HERE / 'names'}{os.pathsep}{ROOT / 'examples' / name}"},
            passes=passes,
        )
        for name, passes in (("asyncpg", 2), ("sqlalchemy", 3), ("django", 4))
    ),
    Suite("pg_dump and psql, our tests", (*OWN, "{here}/own/with_pg_dump.py"), passes=1),
    Suite("AWS CLI, our tests", (*OWN, "{here}/own/with_aws_cli.py"), passes=2),
    *(
        Suite(
            f"node: {name}, our tests",
            (
                "node",
                "--test",
                "--test-reporter",
                "junit",
                "--test-reporter-destination",
                "{report}",
                f"{{node}}/{file}",
            ),
            passes=passes,
        )
        for name, file, passes in (
            ("connector for pg", "connector.test.mjs", 3),
            ("postgres.js", "postgresjs.test.mjs", 3),
            ("knex", "knex.test.mjs", 3),
            ("drizzle", "drizzle.test.mjs", 3),
        )
    ),
)
