"""What a lab needs on the cluster: made on demand, and looked at again when the student is back at the first step."""

from collections.abc import Callable, Sequence

from dsqltui.core.sessions.session import ConnectFailed
from dsqltui.labs.model import Need
from dsqltui.labs.text import Text
from dsqltui.ui.extension.feature import Console
from dsqltui.ui.features.lab import words
from dsqltui.ui.features.lab.course import LabCourse
from dsqltui.ui.features.lab.place import LabPlace


class LabNeeds:
    """`entered` shows the step that the lab begins with."""

    def __init__(
        self, console: Console, course: LabCourse, place: LabPlace, *, entered: Callable[[Text], object]
    ) -> None:
        self._console, self._course, self._place, self._entered = console, course, place, entered

    @property
    def missing(self) -> Sequence[Need]:
        """Why the lab cannot begin; empty when it can, or has."""
        attempt = self._course.attempt
        return self._course.unmet if attempt is not None and attempt.position == 0 else ()

    def prepare(self) -> None:
        """Make what is missing, then begin."""
        self._console.spawn(self._prepare(), group="lab-prepare")

    def look_again(self) -> None:
        """Back at the first step: what the lab itself has changed since may be in its way now."""
        attempt = self._course.attempt
        if attempt is not None and attempt.position == 0 and attempt.lab.needs:
            self._console.spawn(self._look_again(), group="lab-needs")

    async def _prepare(self) -> None:
        self._place.show(told=words.PREPARING, is_running=True)
        try:
            trouble = await self._course.prepare()
        except (ConnectFailed, OSError, ValueError) as problem:
            trouble = Text(str(problem), str(problem))
        self._entered(words.with_trouble(words.PREPARE_FAILED, trouble) if trouble is not None else words.PREPARED)

    async def _look_again(self) -> None:
        attempt = self._course.attempt
        try:
            await self._course.look_again()
        except ConnectFailed:
            return  # the step itself says so, when it is run
        if self._course.attempt is attempt:
            self._place.show(unmet=self.missing)
