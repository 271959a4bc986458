"""What is wrong with a lab as a whole: values that nobody captured, checks that the step's own SQL cannot meet."""

from collections.abc import Iterable, Iterator

from dsqltui.core.language import _
from dsqltui.core.scripts.statement import split
from dsqltui.labs.files.reading import LabProblem
from dsqltui.labs.judging.matching import has_words, is_of_the_kind, words_of
from dsqltui.labs.model import (
    EXPLORED,
    LOAD_FIGURES,
    HasRows,
    Lab,
    LabStep,
    LoadDesign,
    RunExploration,
    RunLoad,
    RunSql,
    SetFaults,
    StatementRan,
    SwitchPaneRole,
    WasRefused,
)
from dsqltui.labs.text import places

GIVEN_VALUES = frozenset(f"{name}.{pane}" for name in ("region", "endpoint", "cluster", "arn") for pane in "ab") | {
    "account",
    "identity",
    "student",
}
"""What every lab may name without capturing it: of both endpoints, and who the person is."""


def problems_across(lab: Lab) -> Iterable[LabProblem]:
    """Every problem that no single table shows."""
    known = set(GIVEN_VALUES) | set(lab.values)
    for step in lab.steps:
        where = _("step {id!r}").format(id=step.id)
        for key, text in _texts_of(step):
            for name in places(text):
                if name not in known:
                    told = _("{name} was captured by no step before this one").format(name=f"{{{name}}}")
                    yield LabProblem(lab.file, where, key, told)
        known |= {capture.name for capture in step.captures}
        if isinstance(step.action, RunExploration):
            known |= set(EXPLORED)
        if isinstance(step.action, RunLoad):
            known |= {f"{name}_{figure}" for name in map(_bare, step.action.designs) for figure in LOAD_FIGURES}
        if isinstance(step.action, SetFaults) and not lab.is_simulator_only:
            yield LabProblem(lab.file, where, "do", _("faults need simulator_only = true in the lab"))


def problems_of_checks(lab: Lab) -> Iterator[LabProblem]:
    """What `lab check` would refuse, as far as the file alone shows it: a lab with such a check can be begun, and its
    step is never passed.
    """
    for step in lab.steps:
        for of in _unmet(step):
            told = _("{of!r} is in no statement of the step's SQL").format(of=of)
            yield LabProblem(lab.file, _("step {id!r}").format(id=step.id), "expect", told)


def _unmet(step: LabStep) -> Iterator[str]:
    """Checks of the step's own panes that none of its statements could meet: a word is wrong, there or in the SQL."""
    if not isinstance(step.action, RunSql):
        return
    statements = split(step.action.sql)
    for check in step.expect:
        if not isinstance(check, StatementRan | HasRows | WasRefused) or not set(check.panes) <= set(step.panes):
            continue
        wanted = words_of(check.of)
        if not any(has_words(it.text, it.kind, wanted) or is_of_the_kind(it.text, check.of) for it in statements):
            yield check.of


def _bare(design: LoadDesign) -> str:
    return design.name.replace("-", "_")


def _texts_of(step: LabStep) -> Iterable[tuple[str, str]]:
    yield from (("say.en", step.say.en), ("say.ja", step.say.ja), ("hint.en", step.hint.en), ("hint.ja", step.hint.ja))
    match step.action:
        case RunSql(sql=sql):
            yield "sql", sql
        case SwitchPaneRole(iam_role=arn):
            yield "iam_role", arn
        case SetFaults(changes=changes):
            yield from (("faults", change) for change in changes)
