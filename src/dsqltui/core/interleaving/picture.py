"""An order as a picture in the timeline's signs, and its steps with what each gave.

A  [─r───w─]
B      [─r───w─]
"""

from collections.abc import Sequence
from dataclasses import dataclass

from dsqltui.core.interleaving.comparing import OrderRun, is_ordered
from dsqltui.core.interleaving.orders import Order
from dsqltui.core.interleaving.scripts import LETTERS, ScriptStatement, SessionScript, TurnRole
from dsqltui.core.language import N_, _
from dsqltui.core.results.errors import conflict_of
from dsqltui.core.results.outcome import Done, Lost, Outcome, Refused, Rows
from dsqltui.core.scripts.statement import StatementKind
from dsqltui.core.text.safe_text import one_line

_SIGNS = {
    StatementKind.BEGIN: "[",
    StatementKind.COMMIT: "]",
    StatementKind.ROLLBACK: ")",
    StatementKind.READ: "r",
    StatementKind.WRITE: "w",
    StatementKind.DDL: "d",
}
SIGNS = N_("[ begin  ] commit  ) rollback  r read  w write  d DDL  ✗ conflict  ! refused")
_ROWS = 6


@dataclass(frozen=True, slots=True)
class OrderStep:
    """One statement of an order with its answer."""

    session: int
    statement: ScriptStatement
    number: int
    """Of the statement within its session's script, from 1."""
    outcome: Outcome
    sign: str

    @property
    def letter(self) -> str:
        """A, B, C or D."""
        return LETTERS[self.session]


def steps_of(scripts: Sequence[SessionScript], order: Order, run: OrderRun) -> tuple[OrderStep, ...]:
    """The steps of an order, as they came."""
    places = [0] * len(scripts)
    found = []
    for session in order:
        place = places[session]
        places[session] += 1
        statement, outcome = scripts[session].statements[place], run.outcomes[session][place]
        found.append(OrderStep(session, statement, place + 1, outcome, sign_of(statement.kind, outcome)))
    return tuple(found)


def sign_of(kind: StatementKind, outcome: Outcome) -> str:
    """The timeline's sign of a statement of that kind."""
    match outcome:
        case Refused(error=error):
            return "✗" if conflict_of(error) is not None else "!"
        case Lost():
            return "?"
        case Done(tag="ROLLBACK"):
            return ")"
    return _SIGNS.get(kind, "·")


def picture_of(scripts: Sequence[SessionScript], steps: Sequence[OrderStep], width: int = 0) -> tuple[str, ...]:
    """A lane for each session; two cells a step, one where two do not fit into `width`."""
    cells = 2 if width <= 0 or 2 * len(steps) + 3 <= width else 1
    lanes = []
    for session in range(len(scripts)):
        lane, is_open = "", False
        for step in steps:
            if step.session != session:
                lane += ("─" if is_open else " ") * cells
                continue
            is_open = step.statement.role is TurnRole.BEGIN or (is_open and step.statement.role is not TurnRole.END)
            lane += step.sign + ("─" if is_open else " ") * (cells - 1)
        lanes.append(f"{LETTERS[session]}  {lane.rstrip()}")
    return tuple(lanes)


def answer_text(outcome: Outcome, limit: int = 120) -> str:
    """What a statement gave, on one line: rows as `(1, 10) (2, 20)`."""
    match outcome:
        case Rows(rows=rows, tag=tag):
            return one_line(rows_text(rows) if rows else tag or _("no rows"), limit)
        case Done(tag=tag):
            return one_line(tag, limit)
        case Refused(error=error):
            return one_line(f"{error.sqlstate} {error.message}", limit)
        case Lost(reason=reason):
            return one_line(_("connection lost: {reason}").format(reason=reason), limit)


def rows_text(rows: Sequence[Sequence[str | None]], most: int = _ROWS) -> str:
    """`(1, 10) (2, 20)`; the first rows of many."""
    shown = " ".join("(" + ", ".join("NULL" if v is None else v for v in row) + ")" for row in rows[:most])
    return shown + (_(" and {count:,} more").format(count=len(rows) - most) if len(rows) > most else "")


def final_text(run: OrderRun, check: Sequence[str], limit: int = 400) -> str:
    """The final state, on one line, rows sorted where the query does not order them; empty when nobody looked."""
    shown = []
    for sql, outcome in zip(check, run.final, strict=False):
        if isinstance(outcome, Rows) and outcome.rows and not is_ordered(sql):
            rows = sorted(outcome.rows, key=lambda row: [value or "" for value in row])
            shown.append(one_line(rows_text(rows), limit))
        else:
            shown.append(answer_text(outcome, limit))
    return one_line("; ".join(shown), limit)


def sql_text(statement: ScriptStatement, limit: int) -> str:
    """A statement on one line."""
    return one_line(" ".join(statement.sql[: limit * 4].split()), limit)
