"""An order as steps for the two panes: what is run where, from the data's preparation to their putting back."""

from collections.abc import Sequence
from dataclasses import dataclass

from dsqltui.core.interleaving.findings import Findings, JudgedOrder, OutcomeGroup
from dsqltui.core.interleaving.orders import Order
from dsqltui.core.interleaving.picture import OrderStep, answer_text, steps_of
from dsqltui.core.interleaving.scripts import LETTERS
from dsqltui.core.language import _

REPLAY_SCHEMA = "dsqltui_replay"
_MADE = f"DROP SCHEMA IF EXISTS {REPLAY_SCHEMA} CASCADE; CREATE SCHEMA {REPLAY_SCHEMA};"


@dataclass(frozen=True, slots=True)
class PaneStep:
    """One step."""

    letters: tuple[str, ...]
    """The panes that run it."""
    sql: str
    """One statement or more, each ended by a semicolon."""
    what: str
    """What it is for; empty for a statement of the order."""
    expected: str = ""
    """What it gave when it was explored; empty where that was not kept."""
    sign: str = ""
    """The timeline's sign of that."""
    session: str = ""
    """Whose statement it is, where sessions take turns in the panes."""


def panes_of(order: Order) -> tuple[str, ...] | None:
    """The pane of each session, so that each has it to itself from its first statement to its last; None when more than
    two are under way at once."""
    last = {session: place for place, session in enumerate(order)}
    seats: dict[int, str] = {}
    free = ["A", "B"]
    for place, session in enumerate(order):
        if session not in seats:
            if not free:
                return None
            wanted = LETTERS[session]
            seats[session] = free.pop(free.index(wanted) if wanted in free else 0)
        if last[session] == place:
            free = sorted([*free, seats[session]])
    return tuple(seats[session] for session in range(len(seats)))


def replayed_order(group: OutcomeGroup) -> JudgedOrder | None:
    """The order of a group that two panes can show, its example if that is one; None when there is none."""
    fitting = (one for one in (group.example, *group.members) if panes_of(one.order) is not None)
    return next(fitting, None)


def replay_steps(
    findings: Findings, group: OutcomeGroup, *, has_own_schema: bool, put_back: Sequence[str] = ()
) -> tuple[PaneStep, ...]:
    """The steps of `replayed_order`; none without one. A spec's tables are in a schema that the last step drops."""
    example = replayed_order(group)
    panes = panes_of(example.order) if example is not None else None
    if example is None or panes is None:
        return ()
    steps: list[PaneStep] = []
    if has_own_schema:
        steps.append(PaneStep(("A",), _MADE, _("a schema for the replay")))
        steps.append(PaneStep(("A", "B"), f"SET search_path TO {REPLAY_SCHEMA};", _("names mean that schema")))
        steps.append(
            PaneStep(("A",), "\n".join(f"{sql};" for sql in findings.spec.setup), _("the tables and their data"))
        )
    elif findings.spec.reset:
        steps.append(PaneStep(("A",), _text(findings.spec.reset), _("the data before")))
    steps += [_of(step, panes) for step in steps_of(findings.scripts, example.order, example.run)]
    if not has_own_schema or findings.spec.check:
        checks = zip(findings.check, example.run.final, strict=False)
        steps += [PaneStep(("A",), f"{sql};", _("the final state"), answer_text(outcome)) for sql, outcome in checks]
    if has_own_schema:
        steps.append(PaneStep(("A", "B"), "RESET search_path;", _("names mean what they did before")))
        steps.append(PaneStep(("A",), f"DROP SCHEMA {REPLAY_SCHEMA} CASCADE;", _("the schema goes")))
    elif put_back:
        steps.append(PaneStep(("A",), _text(put_back), _("the data as they were")))
    return tuple(steps)


def _of(step: OrderStep, panes: Sequence[str]) -> PaneStep:
    session = "" if len(panes) == len(set(panes)) else step.letter
    pane = panes[step.session]
    return PaneStep((pane,), f"{step.statement.sql};", "", answer_text(step.outcome), step.sign, session)


def _text(statements: Sequence[str]) -> str:
    return "\n".join(f"{sql};" for sql in statements)
