"""An order as steps for the two panes: what is run where, from the data's preparation to their putting back."""

from collections.abc import Sequence
from dataclasses import dataclass

from dsqltui.core.interleaving.findings import Findings, OutcomeGroup
from dsqltui.core.interleaving.picture import OrderStep, answer_text, steps_of
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


def can_be_replayed(findings: Findings) -> bool:
    """Whether two panes are enough."""
    return len(findings.scripts) == 2


def replay_steps(
    findings: Findings, group: OutcomeGroup, *, has_own_schema: bool, put_back: Sequence[str] = ()
) -> tuple[PaneStep, ...]:
    """The steps of a group's example. A spec's tables are made in a schema that the last step drops."""
    steps: list[PaneStep] = []
    if has_own_schema:
        steps.append(PaneStep(("A",), _MADE, _("a schema for the replay")))
        steps.append(PaneStep(("A", "B"), f"SET search_path TO {REPLAY_SCHEMA};", _("names mean that schema")))
        steps.append(
            PaneStep(("A",), "\n".join(f"{sql};" for sql in findings.spec.setup), _("the tables and their data"))
        )
    elif findings.spec.reset:
        steps.append(PaneStep(("A",), _text(findings.spec.reset), _("the data before")))
    example = group.example
    steps += [_of(step) for step in steps_of(findings.scripts, example.order, example.run)]
    if not has_own_schema or findings.spec.check:
        checks = zip(findings.check, example.run.final, strict=False)
        steps += [PaneStep(("A",), f"{sql};", _("the final state"), answer_text(outcome)) for sql, outcome in checks]
    if has_own_schema:
        steps.append(PaneStep(("A", "B"), "RESET search_path;", _("names mean what they did before")))
        steps.append(PaneStep(("A",), f"DROP SCHEMA {REPLAY_SCHEMA} CASCADE;", _("the schema goes")))
    elif put_back:
        steps.append(PaneStep(("A",), _text(put_back), _("the data as they were")))
    return tuple(steps)


def _of(step: OrderStep) -> PaneStep:
    return PaneStep((step.letter,), f"{step.statement.sql};", "", answer_text(step.outcome), step.sign)


def _text(statements: Sequence[str]) -> str:
    return "\n".join(f"{sql};" for sql in statements)
