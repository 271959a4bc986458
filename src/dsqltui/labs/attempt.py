"""A student's way through a lab: which step is next, what was passed, what was captured. No I/O, no screen.

step -> judge(evidence) -> Passed: status, captured values, the mark behind which the next step's evidence begins
                        -> NotYet: nothing changes
go_on, back, skip, restart, choose: what the student does
"""

import time
from collections.abc import Iterable, Mapping
from itertools import dropwhile

from dsqltui.core.aws.endpoint import Endpoint
from dsqltui.core.journal.journal import Entry
from dsqltui.core.kept.lab_progress import LabProgress, StepStatus
from dsqltui.core.results.transaction_state import TransactionState
from dsqltui.labs.judging.checks import judge, queries_of
from dsqltui.labs.judging.evidence import StepEvidence
from dsqltui.labs.judging.verdict import Passed, Verdict
from dsqltui.labs.model import AnswerQuiz, ClosingQuestion, Lab, LabStep


class LabAttempt:
    """One lab being done. `mark` is the number of the journal's newest entry when it begins."""

    def __init__(
        self, lab: Lab, given: Mapping[str, str], *, mark: int, now_s: float, resumed: LabProgress | None = None
    ) -> None:
        self.lab = lab
        self.position = 0
        """Index of the step; one past the last: the closing question."""
        self.statuses: dict[str, StepStatus] = {}
        self.values: dict[str, str] = dict(lab.values) | dict(given)
        self.answer = 0
        self.started_s = now_s
        self.is_agreed = False
        self.predictions: dict[str, int] = {}
        """By step id: the choice that was thought to come, or the answer of a quiz step."""
        self.hints: dict[str, int] = {}
        """By step id: how many of its hints were looked at."""
        self.tries: dict[str, int] = {}
        """By step id: how often its SQL was run."""
        self.seconds: dict[str, float] = {}
        """By step id: how long it took, from its beginning until it was passed."""
        self.began_s = now_s
        self.is_acted = False
        """Whether the current step's action was done."""
        self.was_rewound = False
        """It was resumed, and went back to where the transaction begins."""
        self._mark = self._since = self._lab_mark = mark
        self._captured: dict[str, str] = {}
        if resumed is not None:
            self._resume(resumed)

    @property
    def step(self) -> LabStep | None:
        """The step to do; None at the closing question."""
        return self.lab.steps[self.position] if self.position < len(self.lab.steps) else None

    @property
    def is_passed(self) -> bool:
        """Whether the current step is done and `go_on` leads to the next."""
        return self.step is not None and self.status(self.step) is not StepStatus.TODO

    @property
    def passed_count(self) -> int:
        """Steps passed."""
        return sum(status is StepStatus.PASSED for status in self.statuses.values())

    @property
    def progress(self) -> LabProgress:
        """For keeping."""
        step = self.step
        return LabProgress(
            self.lab.id,
            at=step.id if step else "",
            statuses=dict(self.statuses),
            values=dict(self._captured),
            answer=self.answer,
            started_s=self.started_s,
            is_agreed=self.is_agreed,
            predictions=dict(self.predictions),
            hints=dict(self.hints),
            tries=dict(self.tries),
            seconds=dict(self.seconds),
        )

    @property
    def must_predict(self) -> bool:
        """Whether the current step waits for a prediction."""
        step = self.step
        return step is not None and step.predict is not None and not self.is_passed and step.id not in self.predictions

    @property
    def asked(self) -> ClosingQuestion | None:
        """The question that a digit answers now: a prediction, a quiz, or the closing one."""
        step = self.step
        if step is None:
            return self.lab.question
        if isinstance(step.action, AnswerQuiz):
            return step.action.question
        return step.predict if self.must_predict else None

    def status(self, step: LabStep) -> StepStatus:
        """Where a step stands."""
        return self.statuses.get(step.id, StepStatus.TODO)

    def evidence(
        self,
        entries: Iterable[Entry],
        states: Mapping[str, TransactionState],
        users: Mapping[str, str],
        *,
        start_user: str = "",
    ) -> StepEvidence:
        """What counts for the current step, out of the whole journal; without what the database would say."""
        kept = tuple(entries)
        new = tuple(dropwhile(lambda entry: entry.number <= self._mark, kept))
        of_lab = tuple(dropwhile(lambda entry: entry.number <= self._lab_mark, kept))
        return StepEvidence(new, states, users, {}, self.is_acted, self._since, start_user, of_lab)

    def queries(self) -> tuple[tuple[str, str], ...]:
        """What must be asked beside the panes to judge the current step: pane and query."""
        return queries_of(self.step, self.values) if self.step else ()

    def judge(self, evidence: StepEvidence) -> Verdict | None:
        """Judge the current step; None at the closing question and for a step that is done."""
        step = self.step
        if step is None or self.is_passed:
            return None
        said = judge(step, evidence, self.values)
        if isinstance(said, Passed):
            self.statuses[step.id] = StepStatus.PASSED
            self.seconds.setdefault(step.id, max(0.0, time.time() - self.began_s))
            self._captured |= said.captured
            self.values |= said.captured
            self._mark = max(self._mark, said.used)
        return said

    def unsolved(self, evidence: StepEvidence) -> Verdict | None:
        """What `judge` would say, without consequences."""
        return judge(self.step, evidence, self.values) if self.step else None

    def go_on(self, newest: int = 0) -> None:
        """To the next step. What was run early, up to the journal's entry `newest`, can pass it, but not fail it."""
        if self.step is not None:
            self.position += 1
            self.is_acted = False
            self.began_s = time.time()
            self._since = max(self._mark, newest)

    def go_back_to(self, position: int, mark: int) -> None:
        """To an earlier step, to do it and what follows again; only what comes after `mark` counts."""
        self.position = min(self.position, max(0, position))
        self._do_again(mark)

    def skip(self) -> None:
        """Leave the current step out."""
        if self.step is not None:
            if not self.is_passed:
                self.statuses[self.step.id] = StepStatus.SKIPPED
            self.go_on()

    def back(self, mark: int) -> None:
        """To the step before, to do it again; only what comes after `mark` counts."""
        self.go_back_to(self.position - 1, mark)

    def restart(self, mark: int) -> None:
        """To the first step."""
        self.position = 0
        self.answer = 0
        self._captured.clear()
        self._do_again(mark)

    def choose(self, number: int) -> None:
        """Answer what is asked: predict, answer a quiz step or the closing question."""
        asked, step = self.asked, self.step
        if asked is None or not 1 <= number <= len(asked.choices):
            return
        if step is None:
            self.answer = number
        else:
            self.predictions.setdefault(step.id, number)
            self.is_acted = self.is_acted or isinstance(step.action, AnswerQuiz)

    def measured(self, figures: Mapping[str, str]) -> None:
        """The current step's load was run."""
        self._captured |= figures
        self.values |= figures
        self.is_acted = True

    def _do_again(self, mark: int) -> None:
        for step in self.lab.steps[self.position :]:
            self.statuses.pop(step.id, None)
        self.began_s = time.time()
        self.is_acted = False
        self._mark = self._since = mark

    def _resume(self, kept: LabProgress) -> None:
        ids = [step.id for step in self.lab.steps]
        if kept.at and kept.at not in ids:  # the lab was changed since
            return
        self.position = ids.index(kept.at) if kept.at else len(ids)
        self.statuses = {id_: status for id_, status in kept.statuses.items() if id_ in ids}
        self._captured = dict(kept.values)
        self.values |= kept.values
        self.predictions, self.hints = dict(kept.predictions), dict(kept.hints)
        self.tries, self.seconds = dict(kept.tries), dict(kept.seconds)
        self.answer, self.started_s, self.is_agreed = kept.answer, kept.started_s or self.started_s, kept.is_agreed
        if self.is_passed:
            self.position += 1
        while (step := self.step) is not None and any(
            s is not TransactionState.IDLE for s in step.state_before.values()
        ):
            self.position -= 1
            self.was_rewound = True
        if self.was_rewound:
            self._do_again(self._mark)


def given_values(
    endpoints: Mapping[str, Endpoint], account: str, identity: str = "", student: str = ""
) -> dict[str, str]:
    """What every lab may name: both endpoints by pane, the account, who the person is in AWS."""
    values = {"account": account, "identity": identity or f"arn:aws:iam::{account}:root", "student": student}
    for pane, endpoint in endpoints.items():
        letter = pane.lower()
        values[f"region.{letter}"] = endpoint.region
        values[f"endpoint.{letter}"] = endpoint.host
        values[f"cluster.{letter}"] = endpoint.cluster_id
        values[f"arn.{letter}"] = f"arn:aws:dsql:{endpoint.region}:{account}:cluster/{endpoint.cluster_id}"
    return values
