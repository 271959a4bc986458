"""The labs hold the whole workshop: every statement of its path, in its order."""

from pathlib import Path

from dsqltui.core.scripts.statement import split
from dsqltui.labs.files.load import read_labs, shipped_labs
from dsqltui.labs.judging.matching import words_of
from dsqltui.labs.model import RunSql, SwitchPaneRole
from dsqltui.labs.text import filled

WORKSHOP = Path(__file__).with_name("workshop_statements.sql")
COVERAGE = Path(__file__).resolve().parents[2] / "docs" / "workshop-coverage.md"
ACCOUNT = {"account": "111122223333"}


def in_labs() -> list[tuple[str, ...]]:
    """The statements of all steps of labs 1 to 8, as words."""
    return [
        words_of(statement.text)
        for lab in read_labs(shipped_labs())
        if lab.number <= 8
        for step in lab.steps
        if isinstance(step.action, RunSql)
        for statement in split(filled(step.action.sql, ACCOUNT))
    ]


def test_the_labs_run_every_statement_of_the_workshop_in_its_order() -> None:
    wanted = [words_of(statement.text) for statement in split(WORKSHOP.read_text(encoding="utf-8"))]
    assert len(wanted) == 78
    rest = iter(in_labs())
    missing = [statement for statement in wanted if statement not in rest]  # `in` moves the iterator on
    assert missing == []


def test_the_labs_assume_the_workshops_roles() -> None:
    roles = [
        (step.action.user, filled(step.action.iam_role, ACCOUNT), step.action.session)
        for lab in read_labs(shipped_labs())
        for step in lab.steps
        if isinstance(step.action, SwitchPaneRole)
    ]
    assert roles[:2] == [
        ("reports", "arn:aws:iam::111122223333:role/RewardsReadOnlyAccess", "readonly"),
        ("operations", "arn:aws:iam::111122223333:role/RewardsReadWriteAccess", "readwrite"),
    ]


def test_the_table_of_coverage_has_every_statement_with_a_step_that_runs_it() -> None:
    steps = {
        f"{lab.number}/{step.id}": [words_of(statement.text) for statement in split(filled(step.action.sql, ACCOUNT))]
        if isinstance(step.action, RunSql)
        else []
        for lab in read_labs(shipped_labs())
        for step in lab.steps
    }
    rows = [line.split(" | ") for line in COVERAGE.read_text(encoding="utf-8").splitlines() if line.startswith("| ")]
    named = [(row[1].strip("` "), row[2].strip("` ")) for row in rows[2:]]
    assert {step for _, step in named} - {"—"} <= set(steps)
    table = [(words_of(said.removesuffix(";")), step) for said, step in named if steps.get(step)]
    rest = iter(table)
    for statement in split(WORKSHOP.read_text(encoding="utf-8")):
        step = next((step for words, step in rest if words == words_of(statement.text)), None)
        assert step is not None, statement.text
        assert words_of(statement.text) in steps[step]
