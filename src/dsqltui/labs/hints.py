"""The hints of a step, one after the other: what to think of, the skeleton of the solution, the solution."""

import re

from dsqltui.labs.model import LabStep, RunExploration, RunSql
from dsqltui.labs.text import Text

_VALUE = re.compile(r"'(?:[^']|'')*'|\b[0-9]+\b")


def hints_of(step: LabStep) -> tuple[Text, ...]:
    """One for a step whose SQL is given; three for one that the student writes."""
    match step.action:
        case RunSql(sql=sql, is_own_work=True):
            solution = sql
        case RunExploration(scripts=scripts, solution=changed) if scripts != changed:
            return (step.hint, _code("\n-- B\n".join(changed)))
        case _:
            return (step.hint,)
    skeleton = step.skeleton or _VALUE.sub("…", solution)
    return (step.hint, _code(skeleton), _code(solution))


def _code(sql: str) -> Text:
    block = f"```\n{sql.strip()}\n```"
    return Text(block, block)
