"""Optional guards before a statement is sent. All are off by default: what SQL may do is the server's to decide.

READ ONLY is not judged here: the statement goes into a transaction that the server itself holds to it.
"""

from dataclasses import dataclass
from enum import Enum

from dsqltui.core.language import _
from dsqltui.core.results.transaction_state import TransactionState
from dsqltui.core.scripts.statement import Statement, StatementKind, words
from dsqltui.core.sql.classify import classify
from dsqltui.core.sql.lexer import Kind, scan


@dataclass(frozen=True, slots=True)
class Guards:
    """Which are on."""

    writes_need_transaction: bool = False
    destructive_asks: bool = False
    read_only: bool = False
    commit_asks: bool = False


class Ruling(Enum):
    """What is to become of a statement."""

    SEND = "send"
    ASK = "ask"
    """Ask the person first."""
    REFUSE = "refuse"
    """Do not send it."""
    WRAP = "wrap"
    """Send it between BEGIN READ ONLY and COMMIT."""


@dataclass(frozen=True, slots=True)
class GuardVerdict:
    """A ruling with its reason."""

    ruling: Ruling
    reason: str = ""
    """One sentence for ASK and REFUSE."""
    text: str = ""
    """What to send in place of the statement's own text; empty: that text."""


SEND = GuardVerdict(Ruling.SEND)


def judge(statement: Statement, state: TransactionState, guards: Guards, changed_rows: int = 0) -> GuardVerdict:
    """What becomes of a statement whose turn it is, with the server's last word on the transaction.

    `changed_rows` are those of the open transaction, for the question before its COMMIT.
    """
    kind = statement.kind
    if kind is StatementKind.COMMAND:
        return SEND
    if guards.read_only and state is not TransactionState.OPEN:
        return _read_only(statement, state)
    if guards.writes_need_transaction and state is TransactionState.IDLE and kind is StatementKind.WRITE:
        return GuardVerdict(
            Ruling.REFUSE, _("A guard is on: writes need a transaction. Begin one, or switch the guard off.")
        )
    if guards.destructive_asks and (what := destructive(statement.text)):
        return GuardVerdict(Ruling.ASK, what)
    if guards.commit_asks and kind is StatementKind.COMMIT and state is TransactionState.OPEN:
        rows = (
            _("{changed_rows:,} row").format(changed_rows=changed_rows)
            if changed_rows == 1
            else _("{changed_rows:,} rows").format(changed_rows=changed_rows)
        )
        return GuardVerdict(Ruling.ASK, _("Commit a transaction that changes {rows}?").format(rows=rows))
    return SEND


def destructive(sql: str) -> str:
    """The question to ask before a statement that empties or removes something; empty for any other."""
    what = classify(sql)
    if not (what.changes_rows or what.is_ddl):
        return ""
    said = words(scan(sql)[0])
    match said[:1]:
        case ["truncate"]:
            return _("This empties a whole table.")
        case ["drop"]:
            return _("This removes a {said} and all that is in it.").format(said=" ".join(said[1:2]))
        case ["alter"] if "drop" in said and "column" in said:
            return _("This removes a column and all that is in it.")
    if said[:1] in (["insert"], ["grant"], ["revoke"], ["create"], ["comment"]):
        return ""
    depth = 0
    verbs: dict[int, str] = {}
    """By the depth of parentheses at which they stand, as long as no WHERE has come there."""
    for before, word in zip(["", *said], said, strict=False):
        depth += (word == "(") - (word == ")")
        is_clause = before in ("for", "do", "on", "key", "no", "then")
        if (word == "delete" and not is_clause) or (
            word == "update" and before in ("", "(", ")", "analyze", "verbose")
        ):
            verbs[depth] = word
        elif word == "where":
            verbs.pop(depth, None)
        elif word == ")" and depth + 1 in verbs:
            break
    if "delete" in verbs.values():
        return _("DELETE without WHERE removes every row of the table.")
    return _("UPDATE without WHERE changes every row of the table.") if verbs else ""


def _read_only(statement: Statement, state: TransactionState) -> GuardVerdict:
    """Outside a transaction (or in a failed one, which can only be ended)."""
    if state is TransactionState.FAILED or statement.kind in (StatementKind.COMMIT, StatementKind.ROLLBACK):
        return SEND
    if statement.kind is not StatementKind.BEGIN:
        return GuardVerdict(Ruling.WRAP)
    said = [token.text.lower() for token in scan(statement.text)[0] if token.kind is Kind.WORD]
    if "only" in said:
        return SEND
    if "write" in said:
        return GuardVerdict(
            Ruling.REFUSE, _("READ WRITE was not sent: the console is read-only. Switch that off first.")
        )
    return GuardVerdict(Ruling.SEND, text=f"{statement.text.rstrip()} READ ONLY")
