"""Labs played without a screen: proof that every step fails unsolved and passes solved, and that the reset works."""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from dsqltui.core.journal.journal import Journal
from dsqltui.core.kept.lab_progress import LabProgress
from dsqltui.core.language import _
from dsqltui.core.results.transaction_state import TransactionState
from dsqltui.core.sessions.asking import TRIES, is_schema_conflict
from dsqltui.core.sessions.session import ConnectFailed, Session
from dsqltui.labs import troubles
from dsqltui.labs.attempt import LabAttempt
from dsqltui.labs.exploration import explored
from dsqltui.labs.judging.evidence import StepEvidence
from dsqltui.labs.judging.verdict import NotYet, Passed
from dsqltui.labs.measured_load import LabLoads, LoadFailed
from dsqltui.labs.model import (
    AnswerQuiz,
    ConnectPanes,
    Lab,
    LabStep,
    MakeIamRole,
    OpenView,
    Read,
    ReturnRole,
    RunExploration,
    RunLoad,
    RunSql,
    SameInBoth,
    SetFaults,
    SwitchPaneRole,
)
from dsqltui.labs.observers import LabObservers
from dsqltui.labs.panes import CommandFailed, HeadlessPanes
from dsqltui.labs.ports import FaultPort, FaultsRefused, IamPort
from dsqltui.labs.text import filled, filled_sql

_POLL_S = 0.2
_SOON_S = 120.0


@dataclass(slots=True)
class StepResult:
    """What came of one step."""

    step: str
    check_count: int
    duration_s: float = 0.0
    trouble: str = ""
    """A sentence in the person's language; empty: it failed unsolved and passed solved."""


@dataclass(slots=True)
class LabResult:
    """What came of one lab."""

    lab: str
    steps: list[StepResult] = field(default_factory=list)
    trouble: str = ""
    """Of the lab as a whole: its needs, its reset."""
    duration_s: float = 0.0

    @property
    def is_good(self) -> bool:
        """Whether everything was as it should be."""
        return not self.trouble and not any(step.trouble for step in self.steps)

    @property
    def check_count(self) -> int:
        """All checks of the steps played."""
        return sum(step.check_count for step in self.steps)


class LabRunner:
    """Plays labs on two sessions and an observer's."""

    def __init__(
        self,
        panes: HeadlessPanes,
        journal: Journal,
        observer: Callable[[str], Session],
        faults: FaultPort | None,
        given: dict[str, str],
        loads: LabLoads | None = None,
        iam: IamPort | None = None,
    ) -> None:
        self._panes = panes
        self._journal = journal
        self._observers = LabObservers(observer)
        self._make_observer = observer
        self._faults = faults
        self._given = given
        self._loads = loads
        self._iam = iam
        self._way = 0
        self.progress: dict[str, LabProgress] = {}
        """By lab id: how the last play of a lab ended, as a student's would be kept."""

    async def play(self, lab: Lab, told: Callable[[StepResult], object] = lambda _step: None) -> LabResult:
        """Play a lab in each way that its steps name, to its end or to the first step that does not pass.

        `told` hears of each step.
        """
        result = await self._play_once(lab, told)
        for way in range(1, 1 + max((len(step.ways) for step in lab.steps), default=0)):
            if not result.is_good or lab.keeps:
                break
            self._way = way
            again = await self._play_once(lab, lambda _step: None)
            if not again.is_good:
                why = again.trouble or f"{again.steps[-1].step}: {again.steps[-1].trouble}"
                result.trouble = _("way {number}: {why}").format(number=way + 1, why=why)
            result.duration_s += again.duration_s
        self._way = 0
        return result

    async def _play_once(self, lab: Lab, told: Callable[[StepResult], object]) -> LabResult:
        started = time.monotonic()
        result = LabResult(lab.id)
        result.trouble = await self._needs(lab)
        if not result.trouble:
            if not any(isinstance(step.action, ConnectPanes) for step in lab.steps):
                await self._connect_all()
            attempt = LabAttempt(lab, self._given, mark=len(self._journal), now_s=time.time())
            while (step := attempt.step) is not None and not result.trouble:
                one = await self._prove(attempt, step)
                result.steps.append(one)
                told(one)
                if one.trouble:
                    break
                attempt.go_on(len(self._journal))
            if attempt.step is None:
                attempt.choose(lab.question.right)
            self.progress[lab.id] = attempt.progress
            if not lab.keeps:
                result.trouble = await self.reset(lab)
        result.duration_s = time.monotonic() - started
        return result

    async def reset(self, lab: Lab) -> str:
        """Roll back what is open and take the lab back; what went wrong, in the person's language, else empty."""
        if self._faults is not None and (changes := fault_defaults(lab)):
            await self._faults.change(changes)
        for pane, state in self._panes.states.items():
            if state.is_open:
                await self._panes.run(pane, "rollback;")
        await self._connect_all()
        trouble = await self._observers.reset(lab, self._given)
        if self._iam is not None:
            await self._iam.remove(lab.iam_roles)
        return trouble.spoken if trouble is not None else ""

    async def close(self) -> None:
        """End all connections."""
        await self._panes.close()
        await self._observers.close()

    async def _connect_all(self) -> None:
        for pane, state in self._panes.states.items():
            if state is TransactionState.NONE:
                await self._panes.connect(pane)

    async def _needs(self, lab: Lab) -> str:
        return troubles.unmet(await self._observers.unmet(lab, self._given)).spoken

    async def _prove(self, attempt: LabAttempt, step: LabStep) -> StepResult:
        started = time.monotonic()
        result = StepResult(step.id, len(step.expect) + len(step.state_after))
        if isinstance(attempt.unsolved(await self._evidence(attempt)), Passed):
            result.trouble = _("passes before anything is done")
        else:
            result.trouble = await self._solve(attempt, step)
        result.duration_s = time.monotonic() - started
        return result

    async def _solve(self, attempt: LabAttempt, step: LabStep) -> str:
        """Do the step, and look; what is compared between the panes once more, as a student does: others may have
        changed it in between.
        """
        compares = any(isinstance(check, SameInBoth) for check in step.expect)
        trouble = ""
        for _try in range(TRIES if compares else 1):
            try:
                await self._do(attempt, step)
            except (ConnectFailed, FaultsRefused, CommandFailed, LoadFailed) as problem:
                return str(problem)
            trouble = await self._judged(attempt)
            if not trouble:
                break
        return trouble

    async def _judged(self, attempt: LabAttempt) -> str:
        """Why the step is not passed, when it is not soon."""
        deadline = time.monotonic() + (_SOON_S if attempt.queries() else 0)  # a job of the step's may still be at work
        while isinstance(said := attempt.judge(await self._evidence(attempt)), NotYet):
            if time.monotonic() >= deadline:
                return _("does not pass when solved: {reason}").format(reason=said.reason.spoken)
            await asyncio.sleep(_POLL_S)
        return ""

    async def _evidence(self, attempt: LabAttempt) -> StepEvidence:
        evidence = attempt.evidence(self._journal, dict(self._panes.states), dict(self._panes.users))
        answers = {query: await self._observers.ask(pane, query) for pane, query in attempt.queries()}
        return replace(evidence, answers=answers)

    async def _do(self, attempt: LabAttempt, step: LabStep) -> None:
        values = attempt.values
        match step.action:
            case RunSql(sql=sql):
                if step.predict is not None:
                    attempt.choose(step.predict.right)
                attempt.tries[step.id] = attempt.tries.get(step.id, 0) + 1
                if 0 < self._way <= len(step.ways):
                    sql = step.ways[self._way - 1]
                for pane in step.panes:
                    await self._run(pane, filled_sql(sql, values), step)
            case AnswerQuiz(question=question):
                attempt.choose(question.right)
            case RunExploration(solution=solution):
                a, b = (filled_sql(script, values) for script in solution)
                attempt.measured(await explored(self._make_observer, (a, b)))
            case RunLoad() as load:
                if self._loads is None:
                    raise LoadFailed(_("Loads cannot be run here."))
                attempt.measured(await self._loads.run(load, values))
            case ConnectPanes():
                for pane in step.panes:
                    await self._panes.connect(pane)
            case SwitchPaneRole(user=user, iam_role=arn, session=session):
                for pane in step.panes:
                    await self._panes.assume(pane, user, filled(arn, values), session)
            case MakeIamRole(name=name, user=user):
                if self._iam is None:
                    raise ConnectFailed(_("IAM roles cannot be made here."))
                await self._iam.make(name, user)
            case ReturnRole():
                for pane in step.panes:
                    await self._panes.return_to_base(pane)
            case SetFaults(changes=changes):
                if self._faults is None:
                    raise FaultsRefused(_("Only a simulator has faults."))
                await self._faults.change([filled(change, values) for change in changes])
            case Read() | OpenView():
                pass  # a screen shows it
        attempt.is_acted = True

    async def _run(self, pane: str, sql: str, step: LabStep) -> None:
        """Run a step's SQL as a student would: again from its first statement when OC001 stops it."""
        expects_it = any("OC001" in repr(check) for check in step.expect)
        for _try in range(TRIES):
            outcome = await self._panes.run(pane, sql)
            if expects_it or not is_schema_conflict(outcome) or step.state_before[pane].is_open:
                return
            if self._panes.states[pane].is_open:
                await self._panes.run(pane, "rollback;")


def fault_defaults(lab: Lab) -> list[str]:
    """What brings every fault that the lab's steps set back to its default."""
    changes = [change for step in lab.steps if isinstance(step.action, SetFaults) for change in step.action.changes]
    return sorted({f"{change.partition('=')[0]}=default" for change in changes})


def totals(results: Sequence[LabResult]) -> tuple[int, int]:
    """Steps and checks of all labs."""
    return sum(len(result.steps) for result in results), sum(result.check_count for result in results)
