"""Jobs: running ones first, what ended since the last look, both Regions beside each other."""

from collections.abc import Sequence

from dsqltui.core.catalog.jobs import Job, JobBook, JobState, PollingPace, differences, jobs_of
from dsqltui.core.catalog.relations import wait_sql
from dsqltui.core.language import N_, _
from dsqltui.ui.features.sidebar.page import Answer, CopyText, InsertName, PageSentence, Prefill, ShowIndex
from dsqltui.ui.state.observers import Observers
from dsqltui.ui.widgets.line_list import ListLine
from dsqltui.ui.words.wording import duration

_LOOKS = {
    JobState.SUBMITTED: "running",
    JobState.PROCESSING: "running",
    JobState.COMPLETED: "good",
    JobState.FAILED: "failed",
    JobState.OTHER: "quiet",
}
_KINDS = {"INDEX_BUILD": "index", "VALIDATE_CONSTRAINT": "check", "ANALYZE": "analyze", "DROP": "drop"}


class JobsPage:
    """`sys.jobs` of the active pane's Region, or of both."""

    title = N_("Jobs")
    hint = N_("w wait  g index  y copy id  b both")

    def __init__(self) -> None:
        self.is_stale = True
        self.pace = PollingPace()
        self.shows_both = False
        self.ended: tuple[Job, ...] = ()
        """What came to an end between the last two looks."""
        self._book = JobBook()
        self._jobs: dict[str, tuple[Job, ...]] = {}
        self._letter = "A"

    @property
    def jobs(self) -> tuple[Job, ...]:
        """Those of the Region looked at last."""
        return self._jobs.get(self._letter, ())

    async def load(self, observers: Observers, letter: str) -> None:
        """Look again; both Regions when both are shown."""
        self._letter = letter
        for other in ("A", "B") if self.shows_both else (letter,):
            reader = await observers.reader(other)
            self._jobs[other] = jobs_of(await reader.read("jobs"))
        self.ended = self._book.look(self.jobs)
        self.is_stale = False

    def wait_s(self) -> float:
        """Seconds until the next look."""
        return self.pace.after(self.jobs)

    def lines(self, filter_text: str) -> Sequence[ListLine]:
        """State, kind, object, and how long it took or has been."""
        jobs = self.jobs
        lines = [self._line(job) for job in jobs if filter_text in f"{job.object_name} {job.kind} {job.id}".lower()]
        if self.shows_both:
            lines.insert(0, ListLine("", ((self._comparison(), "head"),)))
        return lines or [ListLine("", ((_("No jobs. CREATE INDEX ASYNC makes one."), "quiet"),))]

    def details(self, key: str) -> tuple[str, ...]:
        """Everything about the job."""
        job = self._job(key)
        if job is None:
            return ()
        spans = [_("submitted {duration} ago").format(duration=duration(job.age_s))]
        if job.took_s is not None:
            spans.append(
                (_("took {time}") if job.state.is_finished else _("last change after {time}")).format(
                    time=duration(job.took_s)
                )
            )
        return (
            f"{job.kind}  {job.word}",
            job.object_name or _("(the object is gone)"),
            ", ".join(spans),
            job.id,
            *((job.details,) if job.details else ()),
            *((_("The index is invalid: m rebuilds it."),) if self._is_failed_build(job) else ()),
        )

    async def answer(self, action: str, key: str, observers: Observers, letter: str) -> Answer | None:
        """Wait, copy the id, go to the index, compare."""
        if action == "both_regions":
            self.shows_both = not self.shows_both
            await self.load(observers, letter)
            return None
        job = self._job(key)
        if job is None:
            return None
        match action:
            case "wait_for_job":
                return Prefill(wait_sql(job.id))
            case "copy_id":
                return CopyText(job.id)
            case "insert_name":
                return InsertName(job.id)
            case "to_index" | "choose" | "recreate_index" | "drop_index" if job.kind == "INDEX_BUILD":
                if not job.object_name:
                    return PageSentence(_("The index of this job is gone."))
                return ShowIndex(job.object_name)
        return None

    def _job(self, key: str) -> Job | None:
        return next((job for job in self.jobs if job.id == key), None)

    def _line(self, job: Job) -> ListLine:
        name = job.object_name or job.id
        time_text = duration(job.took_s if job.state.is_finished and job.took_s is not None else job.age_s)
        other = "B" if self._letter == "A" else "A"
        sign = job.state.sign
        if self.shows_both:
            there = next((j.state.sign for j in self._jobs.get(other, ()) if j.id == job.id), "-")
            sign = f"{sign}{there}" if self._letter == "A" else f"{there}{sign}"
        return ListLine(
            job.id,
            (
                (f"{sign} ", _LOOKS[job.state]),
                (f"{_KINDS.get(job.kind, job.kind.lower())} ", "quiet"),
                (name, _LOOKS[job.state]),
                (f"  {job.word}", "quiet"),
                (f" {time_text}", "quiet"),
            ),
        )

    def _comparison(self) -> str:
        apart = differences(self._jobs.get("A", ()), self._jobs.get("B", ()))
        if not apart:
            return _("A and B show the same {count} jobs").format(count=len(self.jobs))
        return _("A and B differ in {count} of the jobs (state in A, in B)").format(count=len(apart))

    def _is_failed_build(self, job: Job) -> bool:
        return job.kind == "INDEX_BUILD" and job.state is JobState.FAILED and bool(job.object_name)
