"""A student's way through a lab: forward, back, skipped, resumed."""

from dsqltui.core.kept.lab_progress import LabProgress, StepStatus
from dsqltui.labs.attempt import LabAttempt
from dsqltui.labs.judging.verdict import NotYet, Passed, Verdict
from support.labs import IDLE, OPEN, Record, lab
from support.screens.fake_session import rows

ANSWER = rows("answer", ("42",))


class Student:
    """The template's lab, and a journal."""

    def __init__(self, resumed: LabProgress | None = None) -> None:
        self.record = Record()
        self.attempt = LabAttempt(lab(), {"account": "1"}, mark=0, now_s=5.0, resumed=resumed)

    def judged(self) -> Verdict | None:
        record = self.record
        return self.attempt.judge(self.attempt.evidence(record.journal, record.states, record.users))

    def begins(self) -> None:
        self.record.ran("A", "begin", "BEGIN", OPEN)
        self.record.ran("A", "select 40 + 2 as answer", ANSWER)


def test_two_steps_and_the_question() -> None:
    student = Student()
    attempt = student.attempt
    assert isinstance(student.judged(), NotYet)
    student.begins()
    assert isinstance(student.judged(), Passed)
    assert attempt.values["answer"] == "42"
    attempt.go_on()
    assert isinstance(student.judged(), NotYet), "what proved the step before does not prove this one"
    student.record.ran("A", "commit", "COMMIT", IDLE)
    assert isinstance(student.judged(), Passed)
    attempt.go_on()
    assert attempt.progress.at == ""
    attempt.choose(9)
    assert attempt.progress.answer == 0
    attempt.choose(1)
    assert attempt.progress.is_done
    assert attempt.progress.passed_count == 2


def test_what_was_run_early_counts() -> None:
    student = Student()
    student.begins()
    student.record.ran("A", "commit", "COMMIT", IDLE)
    assert isinstance(student.judged(), Passed)
    student.attempt.go_on()
    assert isinstance(student.judged(), Passed)


def test_going_back_wants_the_step_done_again() -> None:
    student = Student()
    student.begins()
    student.judged()
    student.attempt.go_on()
    student.attempt.back(mark=len(student.record.journal))
    assert student.attempt.position == 0
    assert isinstance(student.judged(), NotYet)


def test_skipping_is_remembered() -> None:
    student = Student()
    student.attempt.skip()
    assert student.attempt.progress.statuses == {"begin-and-look": StepStatus.SKIPPED}
    told = student.judged()
    assert isinstance(told, NotYet)
    assert "transaction is over" in told.reason.en


def test_a_lab_is_resumed_where_the_transaction_begins() -> None:
    student = Student()
    student.begins()
    student.judged()
    student.attempt.go_on()
    again = Student(student.attempt.progress)
    assert again.attempt.was_rewound
    assert again.attempt.position == 0
    assert again.attempt.values["answer"] == "42"
    assert again.attempt.started_s == 5.0


def test_a_step_that_was_passed_but_not_left_does_not_keep_its_transaction() -> None:
    student = Student()
    student.begins()
    student.judged()
    assert student.attempt.progress.at == "begin-and-look"
    again = Student(student.attempt.progress)
    assert again.attempt.was_rewound
    assert again.attempt.position == 0
    assert not again.attempt.is_passed


def test_progress_of_a_lab_that_was_changed_is_not_trusted() -> None:
    again = Student(LabProgress("mine", at="a-step-that-is-gone"))
    assert again.attempt.position == 0


def test_restart_forgets() -> None:
    student = Student()
    student.begins()
    student.judged()
    student.attempt.restart(mark=len(student.record.journal))
    assert not student.attempt.is_passed
    assert student.attempt.progress.values == {}
    assert isinstance(student.judged(), NotYet)
