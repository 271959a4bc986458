"""What our own classifier says of a script for Aurora DSQL, with the linter or without it.

Transactions: one DDL each, never together with writes (recorded: `multiple ddl statements not supported in a
transaction`, `ddl and dml are not supported in the same transaction`); and writes of all rows of a table, which are
refused beyond 3,000 rows (`transaction row limit exceeded`).
"""

from collections.abc import Iterator

from dsqltui.core.language import N_, _
from dsqltui.core.scripts.hints import Hint
from dsqltui.core.scripts.statement import Statement, StatementKind, split
from dsqltui.core.sql.classify import said_words
from dsqltui.core.sql.lexer import scan

ORIGIN = "dsqltui"
_ONE_EACH = N_("Let each CREATE, ALTER, DROP, GRANT or REVOKE be a transaction of its own: leave BEGIN and COMMIT out.")


def own_hints(text: str) -> tuple[Hint, ...]:
    """By line. Blocks with `\\if` are not looked into."""
    found: list[Hint] = []
    begun: int | None = None
    kinds: list[StatementKind] = []
    for statement in split(text):
        line = text.count("\n", 0, statement.start) + 1
        if statement.kind is StatementKind.BEGIN:
            begun, kinds = line, []
        elif statement.kind in (StatementKind.COMMIT, StatementKind.ROLLBACK):
            begun = None
        elif begun is not None and statement.kind in (StatementKind.DDL, StatementKind.WRITE):
            found += _in_transaction(statement.kind, kinds, line)
            kinds.append(statement.kind)
        found += _of_all_rows(statement, line)
    if begun is not None:
        message = _("The transaction that begins here is not ended: what it did is rolled back with the session.")
        found.append(Hint(begun, message, _("End it with COMMIT or ROLLBACK."), "open-transaction", origin=ORIGIN))
    return tuple(sorted(found, key=lambda hint: hint.line))


def _in_transaction(kind: StatementKind, before: list[StatementKind], line: int) -> Iterator[Hint]:
    if kind is StatementKind.DDL and StatementKind.DDL in before:
        message = _("A second DDL in one transaction: multiple ddl statements not supported in a transaction.")
        yield Hint(line, message, _(_ONE_EACH), "one-ddl", origin=ORIGIN)
    elif before and kind not in before and set(before) & {StatementKind.DDL, StatementKind.WRITE}:
        message = _("DDL and writes in one transaction: ddl and dml are not supported in the same transaction.")
        yield Hint(line, message, _(_ONE_EACH), "ddl-and-dml", origin=ORIGIN)


def _of_all_rows(statement: Statement, line: int) -> Iterator[Hint]:
    if statement.kind is not StatementKind.WRITE or statement.is_block:
        return
    words = said_words(scan(statement.text)[0])
    if words[:1] in (["delete"], ["update"]) and "where" not in words:
        message = _("{words} of all rows: beyond 3,000 rows it is refused, transaction row limit exceeded.").format(
            words=words[0].upper()
        )
        yield Hint(
            line, message, _("Name the rows in WHERE, and do many in several transactions."), "all-rows", origin=ORIGIN
        )
