"""The retry of a whole transaction as a job of a pane's queue."""

from dsqltui.core.language import _
from dsqltui.core.sessions.session import Session
from dsqltui.core.transactions.replay import Replay
from dsqltui.core.transactions.replaying import AttemptBegun, Ended, ReplayedStatement, replayed
from dsqltui.core.transactions.retry import Backoff
from dsqltui.runner.events import ReplayEnded
from dsqltui.runner.jobs import UseSession
from dsqltui.runner.pane_runner import PaneRunner

LABEL = "retry"


def replay_job(replay: Replay, backoff: Backoff) -> UseSession:
    """Runs it attempt by attempt; posts every outcome as it comes, numbered, and ReplayEnded at the end."""

    async def work(session: Session, queue: PaneRunner) -> None:
        attempt = LABEL
        async for step in replayed(session, replay, backoff, limit=queue.row_limit, wait=queue.wait):
            match step:
                case AttemptBegun(number=number, of=of, wait_s=wait_s):
                    attempt = f"{LABEL} {number}/{of}"
                    queue.tell_progress(
                        _("{attempt} in {wait_s:.1f} s").format(attempt=attempt, wait_s=wait_s)
                        if wait_s >= 1
                        else attempt
                    )
                case ReplayedStatement(statement=statement, outcome=outcome, before=before, index=index, total=total):
                    numbering = f"{attempt}  {index}/{total}" if index else attempt
                    await queue.outcome_came(statement, outcome, before, progress=numbering)
                    queue.tell_progress(attempt)
                case Ended():
                    queue.post(ReplayEnded(queue.letter, replay, step))

    return UseSession(LABEL, work)


def is_replay(job: object) -> bool:
    """Whether a job is one of these."""
    return isinstance(job, UseSession) and job.label == LABEL
