"""What a backslash command, or a statement with the command that ends it, may do at the server."""

from dsqltui.core.psql.parsing import parse_command
from dsqltui.core.psql.values import BatchWork, Command, Conditional, Copy, Go, Include, RunResult, StoreResult, Watch
from dsqltui.core.scripts.statement import Statement, StatementKind
from dsqltui.core.sql.classify import Writes, classify


def may_change(statement: Statement) -> bool:
    """Whether data or schema may be other ones after a statement or command of a script."""
    if statement.kind is StatementKind.COMMAND:
        return may_write(parse_command(statement.text))
    if statement.is_block:
        return True
    if statement.ending and isinstance(parse_command(statement.ending), RunResult):  # it runs what comes back
        return True
    what = classify(statement.text)
    is_known_call = what.verb == "call" and bool(what.calls) and not what.unknown_calls
    return what.writes is not Writes.NO and not is_known_call


def may_write(command: Command) -> bool:
    """Whether data or schema may be other ones after it: scripts, COPY from a file, and statements run once more."""
    match command:
        case Include() | BatchWork() | Go() | Watch() | RunResult() | StoreResult() | Conditional():
            return True
        case Copy(is_import=is_import, subject=subject):
            return is_import or classify(f"copy {subject} to stdout").writes is not Writes.NO
        case _:
            return False
