"""A lab being done in the console: the attempt, what the panes did, what the database says. Draws nothing."""

import asyncio
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from dsqltui.core.kept.lab_progress import LabProgress
from dsqltui.labs.attempt import LabAttempt
from dsqltui.labs.files.load import read_labs
from dsqltui.labs.judging.evidence import StepEvidence
from dsqltui.labs.judging.next_move import Move, next_move, roles_at
from dsqltui.labs.judging.verdict import Passed, Verdict
from dsqltui.labs.model import Lab, Need, SwitchPaneRole
from dsqltui.labs.observers import LabObservers
from dsqltui.labs.reports.report import report
from dsqltui.labs.reports.results import result_json, result_path
from dsqltui.labs.services import LabServices
from dsqltui.labs.text import Language, Text
from dsqltui.ui.extension.feature import Console


class LabCourse:
    """Labs, progress and the current attempt. Methods that ask the database raise ConnectFailed."""

    def __init__(self, services: LabServices, console: Console, observers: LabObservers) -> None:
        self.services = services
        self.labs: list[Lab] = []
        self.progress: dict[str, LabProgress] = {}
        self.attempt: LabAttempt | None = None
        self.unmet: list[Need] = []
        self._console = console
        self._observers = observers
        self._values: Mapping[str, str] = {}
        self._saving = asyncio.Lock()

    async def open(self) -> None:
        """Read labs and progress, ask who one is. Raises LabUnreadable, OSError, ValueError, ConnectFailed."""
        self.labs = await asyncio.to_thread(
            read_labs, self.services.folder, self.services.student, self.services.own_files
        )
        self.progress = dict(await asyncio.to_thread(self.services.progress.load))
        self._values = await self.services.values()

    def lab(self, id_: str) -> Lab:
        """The lab of that id. Raises KeyError."""
        return {lab.id: lab for lab in self.labs}[id_]

    async def begin(self, lab: Lab) -> None:
        """Begin the lab, or go on where it was left."""
        kept = self.progress.get(lab.id)
        resumed = kept if kept is not None and not kept.is_done else None
        self.attempt = LabAttempt(lab, self._values, mark=self._mark, now_s=time.time(), resumed=resumed)
        self.unmet = await self._observers.unmet(lab, self.attempt.values) if self.attempt.position == 0 else []

    async def judge(self) -> Verdict | None:
        """Judge the current step on what happened; asks the database where the step wants it."""
        attempt = self.attempt
        if attempt is None or attempt.is_passed:
            return None
        # what ends while the database is asked is judged next time: the answers may not know of it
        evidence, step = self.evidence, attempt.step
        answers = {query: await self._observers.ask(pane, query) for pane, query in attempt.queries()}
        if attempt is not self.attempt or attempt.step is not step:
            return None
        said = attempt.judge(replace(evidence, answers=answers))
        if isinstance(said, Passed):
            await self.save()
        return said

    @property
    def evidence(self) -> StepEvidence:
        """What counts for the current step, without what the database would say."""
        if self.attempt is None:
            raise RuntimeError("evidence is of a lab")
        sides = self._console.sides
        return self.attempt.evidence(
            self._console.services.journal,
            {letter: side.queue.state for letter, side in sides.items()},
            {letter: side.queue.user for letter, side in sides.items()},
            start_user=sides["A"].setup.user,
        )

    def move(self) -> Move:
        """What n does for the current step, whose SQL it is to run."""
        if self.attempt is None:
            raise RuntimeError("a move is of a lab")
        return next_move(self.attempt.lab, self.attempt.position, self.evidence)

    def missing_roles(self) -> Mapping[str, SwitchPaneRole | None]:
        """By pane: the roles that the resumed lab had given the panes and that they do not have now."""
        if self.attempt is None:
            return {}
        sides = self._console.sides
        found = {}
        for letter, role in roles_at(self.attempt.lab, self.attempt.position).items():
            side = sides[letter]
            if side.queue.user != (role.user if role is not None else side.setup.user):
                found[letter] = role
        return found

    async def prepare(self) -> Text | None:
        """Make what the lab needs; what went wrong. Raises ConnectFailed."""
        attempt = self.attempt
        if attempt is None:
            return None
        labs = {lab.id: lab for lab in self.labs}
        trouble = await self._observers.prepare(labs, attempt.lab, attempt.values)
        self.unmet = await self._observers.unmet(attempt.lab, attempt.values)
        return trouble

    async def look_again(self) -> None:
        """Whether the cluster is as the first step needs it. Raises ConnectFailed."""
        attempt = self.attempt
        if attempt is not None and attempt.position == 0:
            unmet = await self._observers.unmet(attempt.lab, attempt.values)
            if self.attempt is attempt and attempt.position == 0:
                self.unmet = unmet

    def go_back_to(self, position: int) -> None:
        """To an earlier step, to do it again."""
        if self.attempt is not None:
            self.attempt.go_back_to(position, self._mark)

    def go_on(self) -> None:
        """To the next step."""
        if self.attempt is not None:
            self.attempt.go_on(self._mark)

    def back(self) -> None:
        """To the step before."""
        if self.attempt is not None:
            self.attempt.back(self._mark)

    async def reset(self) -> Text | None:
        """Run the lab's reset and begin again; what went wrong. Transactions are the caller's."""
        attempt = self.attempt
        if attempt is None:
            return None
        trouble = await self._observers.reset(attempt.lab, attempt.values)
        attempt.restart(self._mark)
        attempt.started_s = time.time()
        self.unmet = await self._observers.unmet(attempt.lab, attempt.values)
        await self.save()
        return trouble

    async def save(self) -> None:
        """Keep the progress. Raises OSError and ValueError."""
        if self.attempt is None:
            return
        kept = self.attempt.progress
        self.progress[kept.lab] = kept
        async with self._saving:
            await asyncio.to_thread(self.services.progress.save, kept)
            if self.services.results is not None:
                path = result_path(self.services.results, self.services.student, self.attempt.lab)
                content = result_json(self.attempt.lab, kept, self.services.student, time.time())
                await asyncio.to_thread(self.services.write, path, content)

    async def write_report(self, language: Language) -> Path:
        """Write the student's report, one for each time the lab is done; its path. Raises OSError."""
        attempt = self.attempt
        if attempt is None:
            raise RuntimeError("a report is of a lab")
        text = report(attempt, self._console.services.journal, language)
        when = time.strftime("%Y%m%dT%H%M%S", time.gmtime(attempt.started_s))
        path = self.services.reports / f"{attempt.lab.number:02}-{attempt.lab.id}-{when}.md"
        await asyncio.to_thread(self.services.write, path, text.encode())
        return path

    async def close(self) -> None:
        """End the sessions beside the panes."""
        await self._observers.close()

    @property
    def _mark(self) -> int:
        """Number of the journal's newest entry."""
        return max((entry.number for entry in self._console.services.journal), default=0)
