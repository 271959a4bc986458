"""Whether what was asked for behind a statement still means what the person meant, now that the statement failed."""

from dsqltui.core.psql import Go, Include, SetVariable, SwitchRole, UnsetVariable, parse_command
from dsqltui.core.results.transaction_state import TransactionState
from dsqltui.core.scripts.statement import Statement, StatementKind
from dsqltui.core.sql.classify import classify
from dsqltui.core.sql.utility import TransactionControl

_MEANT_FOR_WHAT_FOLLOWS = (SwitchRole, Include, SetVariable, UnsetVariable, Go)


def voids_what_follows(statement: Statement, before: TransactionState, after: TransactionState) -> bool:
    """Whether the failure of `statement`, run in state `before` and leaving `after`, makes void what waits behind it.

    Behind a refused BEGIN, every statement would be saved by itself; behind a refused SET or role it would run as
    somebody else, or on another table; behind any failure within a transaction, without the first half of it.
    """
    if after is TransactionState.NONE:
        return False  # there is no connection: nothing is sent before the person opens it again
    if before.is_open or after.is_open:
        return after.is_open or statement.kind is not StatementKind.COMMIT  # the next transaction is another one
    if statement.is_block:  # several statements and commands may be in it
        return True
    if statement.kind is StatementKind.COMMAND:
        return isinstance(parse_command(statement.text), _MEANT_FOR_WHAT_FOLLOWS)
    found = classify(statement.text)
    return found.control is TransactionControl.BEGIN or found.setting is not None
