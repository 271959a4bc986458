"""Reads on in a result that the session still holds, to its end or to a number of rows."""

from dsqltui.core.language import _
from dsqltui.core.sessions.session import Session
from dsqltui.runner.jobs import Interruption
from dsqltui.runner.pane_runner import PaneRunner
from dsqltui.runner.results.held_result import HeldResult

_PAGE_ROWS = 10_000


async def fetch_rest(_session: Session, queue: PaneRunner, *, held: HeldResult, most: int | None = None) -> None:
    """Fetch page after page of the held result until its end, the person's stop, or `most` rows."""
    count = 0
    page = max(queue.row_limit, _PAGE_ROWS)  # each page costs a repaint
    while await queue.fetch_page(held, page if most is None else min(page, most - count)):
        count += page
        queue.tell_progress(_("{count:,} more rows").format(count=count))
        if queue.interruption is not Interruption.NONE or (most is not None and count >= most):
            return
