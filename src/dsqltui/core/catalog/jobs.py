"""Asynchronous jobs as `sys.jobs` shows them: index builds, ANALYZE, drops, constraint checks; what ended since.

Columns and states: AWS User Guide, "Asynchronous indexes", and recordings of 2026-09. Finished jobs vanish from the
view half an hour later, when another one is submitted.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum

from dsqltui.core.results.outcome import Row


class JobState(Enum):
    """Where a job stands; the value is the service's own word."""

    SUBMITTED = "submitted"
    PROCESSING = "processing"
    COMPLETED = "completed"
    FAILED = "failed"
    OTHER = "other"
    """A word nobody knew when this was written."""

    @property
    def is_finished(self) -> bool:
        """Whether nothing more will happen."""
        return self in (JobState.COMPLETED, JobState.FAILED)

    @property
    def sign(self) -> str:
        """One cell, so that states are told apart without colour."""
        return {"SUBMITTED": "·", "PROCESSING": "▸", "COMPLETED": "✓", "FAILED": "✗", "OTHER": "?"}[self.name]


@dataclass(frozen=True, slots=True)
class Job:
    """One row of sys.jobs."""

    id: str
    """26 characters."""
    state: JobState
    word: str
    """The state as the service wrote it."""
    kind: str
    """INDEX_BUILD, ANALYZE, DROP, VALIDATE_CONSTRAINT."""
    object_name: str
    """`schema.name`; empty once the object is gone."""
    object_id: int | None
    details: str
    """Why it failed, or a remark."""
    age_s: float
    """Seconds since it was submitted, by the server's clock at the look."""
    took_s: float | None
    """Seconds between submission and the last change; None while submitted."""


JOB_COLUMNS = ("job_id", "status", "job_type", "object_name", "object_id", "details", "age_s", "took_s")
"""What sql/catalog/jobs.sql returns, in this order."""


def jobs_of(rows: Iterable[Row]) -> tuple[Job, ...]:
    """Jobs of rows with JOB_COLUMNS, running ones first, then the newest."""
    jobs = [_job(row) for row in rows]
    return tuple(sorted(jobs, key=lambda job: (job.state.is_finished, job.age_s)))


def _job(row: Row) -> Job:
    job_id, status, kind, name, object_id, details, age, took = row
    try:
        state = JobState(status)
    except ValueError:
        state = JobState.OTHER
    return Job(
        id=job_id or "",
        state=state,
        word=status or "",
        kind=kind or "",
        object_name=name or "",
        object_id=int(object_id) if object_id else None,
        details=details or "",
        age_s=float(age or 0),
        took_s=float(took) if took is not None else None,
    )


class JobBook:
    """Remembers the last look, to say what came to an end since."""

    def __init__(self) -> None:
        self._states: dict[str, JobState] | None = None

    def look(self, jobs: Sequence[Job]) -> tuple[Job, ...]:
        """The jobs that ended between the last look and this one; a job never seen before counts when it is young.

        The first look tells of none: what had ended before is no news.
        """
        known, self._states = self._states, {job.id: job.state for job in jobs}
        if known is None:
            return ()
        return tuple(
            job for job in jobs if job.state.is_finished and not known.get(job.id, JobState.SUBMITTED).is_finished
        )


@dataclass(frozen=True, slots=True)
class JobDifference:
    """A job that the two Regions do not show alike."""

    job_id: str
    in_a: str
    """Its state's word in pane A's Region; empty when it is not there."""
    in_b: str


def differences(a: Sequence[Job], b: Sequence[Job]) -> tuple[JobDifference, ...]:
    """Jobs shown in one Region only, or in different states."""
    words_a, words_b = ({job.id: job.word for job in jobs} for jobs in (a, b))
    return tuple(
        JobDifference(job_id, words_a.get(job_id, ""), words_b.get(job_id, ""))
        for job_id in dict.fromkeys((*words_a, *words_b))
        if words_a.get(job_id) != words_b.get(job_id)
    )


RUNNING_INTERVAL_S = 1.0
IDLE_INTERVAL_S = 15.0


class PollingPace:
    """How long to wait before the next look: short while something runs, longer and longer while nothing does."""

    def __init__(self) -> None:
        self._idle_s = RUNNING_INTERVAL_S

    def hurry(self) -> None:
        """Something was submitted: look often again."""
        self._idle_s = RUNNING_INTERVAL_S

    def after(self, jobs: Sequence[Job]) -> float:
        """Seconds to wait after a look that showed these jobs."""
        if any(not job.state.is_finished for job in jobs):
            self._idle_s = RUNNING_INTERVAL_S
            return RUNNING_INTERVAL_S
        wait, self._idle_s = self._idle_s, min(IDLE_INTERVAL_S, self._idle_s * 2)
        return wait
