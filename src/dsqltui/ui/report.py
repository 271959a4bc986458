"""What the results area says when there are no rows to show: a tag, an error in full, a lost connection, a hint."""

from dataclasses import dataclass

from rich.cells import cell_len

from dsqltui.core.errors import ServerError, advice_for, caret_line
from dsqltui.core.outcome import Done, Lost, Notice, Refused, Rows
from dsqltui.core.safetext import many_lines, one_line
from dsqltui.ui.tone import Tone, tone_of
from dsqltui.ui.wording import duration, headline, notice_line

_TEXT_LIMIT = 4_000
"""Characters of a message, detail or hint that are shown; painting megabytes would stop the screen."""
_EXCERPT_WIDTH = 60


@dataclass(frozen=True, slots=True)
class Report:
    """Safe text, ready to paint. Empty fields are not shown."""

    tone: Tone
    title: str
    message: str = ""
    excerpt: str = ""
    """The line of the statement at which the server pointed, and a caret under it."""
    detail: str = ""
    hint: str = ""
    advice: str = ""
    """The console's own next step, as against the server's words."""
    notices: str = ""


def of_refusal(outcome: Refused, statement: str) -> Report:
    """An error as the server told it, with what it means."""
    return _of_error(outcome.error, statement, tone_of(outcome), outcome.notices)


def of_loss(outcome: Lost) -> Report:
    """What the end of the connection cost; nothing is ever run again by itself."""
    consequences = outcome.consequences()
    last_word = outcome.error
    return Report(
        Tone.LOST,
        "CONNECTION LOST",
        message=many_lines(outcome.reason, _TEXT_LIMIT),
        detail=many_lines(f"{last_word.severity} {last_word.sqlstate}: {last_word.message}", _TEXT_LIMIT)
        if last_word
        else "",
        hint=consequences[:1].upper() + consequences[1:] + "." if consequences else "",
        advice="F9 reconnects with a fresh token. Nothing is run again by itself.",
    )


def of_failed_connect(message: str, error: ServerError | None) -> Report:
    """Why a session could not be opened."""
    return Report(
        Tone.FAILED,
        "NOT CONNECTED",
        message=many_lines(message, _TEXT_LIMIT),
        detail=many_lines(f"{error.severity} {error.sqlstate}: {error.message}", _TEXT_LIMIT) if error else "",
        hint=many_lines(error.hint, _TEXT_LIMIT) if error and error.hint else "",
        advice="F9 tries again, with a fresh token.",
    )


def of_completion(outcome: Done | Rows) -> Report:
    """A statement that returned no rows to show."""
    return Report(
        Tone.GOOD,
        headline(outcome) or "OK",
        message=duration(outcome.duration_s),
        notices=_notices(outcome.notices),
    )


def _of_error(error: ServerError, statement: str, tone: Tone, notices: tuple[Notice, ...]) -> Report:
    advice = advice_for(error)
    title = f"{error.severity} {error.sqlstate}"
    return Report(
        tone,
        one_line(f"{title}  {advice.title}" if advice else title, 200),
        message=many_lines(error.message, _TEXT_LIMIT),
        excerpt=_excerpt(statement, error.position),
        detail=many_lines(error.detail or "", _TEXT_LIMIT),
        hint=many_lines(error.hint or "", _TEXT_LIMIT),
        advice=advice.next_step if advice else "",
        notices=_notices(notices),
    )


def _excerpt(statement: str, position: int | None) -> str:
    """psql's `LINE 2: select *` with the caret on the line below; empty without a position."""
    if position is None or not statement:
        return ""
    line, caret = caret_line(statement, position, _EXCERPT_WIDTH)
    number = statement.count("\n", 0, min(position - 1, len(statement))) + 1
    before = f"LINE {number}: " + one_line(line[: len(caret) - 1])
    return before + one_line(line[len(caret) - 1 :]) + "\n" + " " * cell_len(before) + "^"


def _notices(notices: tuple[Notice, ...]) -> str:
    return "\n".join(notice_line(notice) for notice in notices[:20])
