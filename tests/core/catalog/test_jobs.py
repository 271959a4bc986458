"""Jobs: order, what ended between two looks, both Regions compared, the pace of looking."""

from dsqltui.core.catalog.jobs import (
    IDLE_INTERVAL_S,
    RUNNING_INTERVAL_S,
    Job,
    JobBook,
    JobState,
    PollingPace,
    differences,
    jobs_of,
)
from dsqltui.core.results.outcome import Row


def row(job_id: str, status: str, age_s: float, took_s: float | None = None) -> Row:
    took = None if took_s is None else str(took_s)
    return (job_id, status, "INDEX_BUILD", f"public.{job_id}", "16400", None, str(age_s), took)


def jobs(*rows: Row) -> tuple[Job, ...]:
    return jobs_of(rows)


def test_running_jobs_come_first_then_the_newest() -> None:
    found = jobs(row("old", "completed", 90, 2), row("run", "processing", 100, 1), row("new", "failed", 5, 1))
    assert [job.id for job in found] == ["run", "new", "old"]
    assert found[0].took_s == 1.0
    assert found[0].state is JobState.PROCESSING


def test_a_state_nobody_knows_is_shown_as_it_came() -> None:
    (job,) = jobs(row("j", "cancelling", 1))
    assert (job.state, job.word) == (JobState.OTHER, "cancelling")


def test_the_first_look_tells_no_news_later_ones_what_ended() -> None:
    book = JobBook()
    assert book.look(jobs(row("a", "completed", 9), row("b", "processing", 1))) == ()
    assert [job.id for job in book.look(jobs(row("a", "completed", 9), row("b", "failed", 2)))] == ["b"]
    assert book.look(jobs(row("a", "completed", 9), row("b", "failed", 2))) == ()
    assert [job.id for job in book.look(jobs(row("quick", "completed", 0)))] == ["quick"]


def test_the_regions_are_compared_by_job() -> None:
    a = jobs(row("both", "completed", 1), row("apart", "processing", 1), row("only_a", "submitted", 1))
    b = jobs(row("both", "completed", 2), row("apart", "submitted", 1))
    assert {(d.job_id, d.in_a, d.in_b) for d in differences(a, b)} == {
        ("apart", "processing", "submitted"),
        ("only_a", "submitted", ""),
    }


def test_looks_become_rare_while_nothing_runs_and_frequent_again() -> None:
    pace = PollingPace()
    idle = [pace.after(()) for _ in range(7)]
    assert idle == sorted(idle)
    assert idle[0] == RUNNING_INTERVAL_S
    assert idle[-1] == IDLE_INTERVAL_S
    assert pace.after(jobs(row("j", "processing", 1))) == RUNNING_INTERVAL_S
    pace.after(())
    pace.hurry()
    assert pace.after(()) == RUNNING_INTERVAL_S
