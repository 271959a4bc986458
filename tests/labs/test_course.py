"""A lab being done in the console: what the database says is asked after what it is to say something about."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

from dsqltui.core.kept.lab_progress import ForgetfulStore
from dsqltui.core.results.outcome import Outcome
from dsqltui.core.sessions.session import Session
from dsqltui.labs.attempt import LabAttempt
from dsqltui.labs.judging.verdict import NotYet, Passed
from dsqltui.labs.observers import LabObservers
from dsqltui.labs.services import LabServices
from dsqltui.labs.text import Language
from dsqltui.ui.features.lab.course import LabCourse
from support.labs import IDLE, Record, lab_with_steps
from support.screens.fake_session import rows

QUERY = "select address from customers"
STEP = {
    "pane": "b",
    "sql": "update customers set address = 'new'; commit;",
    "expect": [{"check": "ran", "of": "commit", "tag": "COMMIT"}],
    "capture": [{"name": "address", "query": QUERY}],
}


def no_session(_pane: str) -> Session:
    raise AssertionError("nobody connects")


class Beside(LabObservers):
    """The first answer is under way while the pane's COMMIT ends."""

    def __init__(self, record: Record) -> None:
        super().__init__(no_session)
        self._record = record
        self._stored = "old"

    async def ask(self, pane: str, sql: str) -> Outcome:  # noqa: ARG002 - as `LabObservers`
        answer = rows("address", (self._stored,))
        if self._stored == "old":
            self._record.ran("B", "commit", "COMMIT", IDLE)
            self._stored = "new"
        return answer


async def test_an_answer_from_before_the_commit_is_not_taken_for_one_after_it(tmp_path: Path) -> None:
    record = Record()

    async def values() -> dict[str, str]:
        return {}

    def side(letter: str) -> SimpleNamespace:
        return SimpleNamespace(
            queue=SimpleNamespace(state=record.states[letter], user="admin"), setup=SimpleNamespace(user="admin")
        )

    console = SimpleNamespace(
        sides={letter: side(letter) for letter in "AB"}, services=SimpleNamespace(journal=record.journal)
    )
    kit = LabServices(
        tmp_path, ForgetfulStore(), values, Language.ENGLISH, tmp_path, lambda *_: None, None, None, "", None
    )
    course = LabCourse(kit, cast("Any", console), Beside(record))
    course.attempt = LabAttempt(lab_with_steps(STEP), {}, mark=0, now_s=1.0)
    record.ran("B", "update customers set address = 'new'", "UPDATE 1")
    assert isinstance(await course.judge(), NotYet), "its answer may be from before the COMMIT"
    assert isinstance(await course.judge(), Passed)
    assert course.attempt.values["address"] == "new"
