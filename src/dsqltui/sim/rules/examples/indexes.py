"""Examples: CREATE INDEX."""

from collections.abc import Iterator

from dsqltui.sim.rules import messages
from dsqltui.sim.rules.rule import TABLE, Rule


def indexes() -> Iterator[Rule]:
    """The rules of this subject."""
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
        yield Rule(identifier, message, example, accepted, (TABLE,))
    yield Rule(
        "index-keys",
        messages.KEY_COLUMNS,
        f"CREATE INDEX i ON c ({nine})",
        f"CREATE INDEX ASYNC i ON c ({nine.rsplit(',', 1)[0]}) INCLUDE (c8)",
        (f"CREATE TABLE c ({columns})",),
    )
