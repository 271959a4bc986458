"""What the results area says when there are no rows to show: a tag, an error in full, a lost connection, a hint."""

import dataclasses
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum

from dsqltui.core.answers import fate
from dsqltui.core.answers.fate import Fate
from dsqltui.core.aws.diagnosis import diagnose
from dsqltui.core.aws.start_choices import SAMPLE_SCRIPTS
from dsqltui.core.language import N_, _
from dsqltui.core.results.errors import ServerError, advice_for, caret_line
from dsqltui.core.results.outcome import Done, Lost, Notice, Refused, Rows
from dsqltui.core.sessions.session import ConnectFailed
from dsqltui.core.sql.odd_characters import explained
from dsqltui.core.text.safe_text import many_lines, one_line
from dsqltui.ui.keys.user_keys import key_of
from dsqltui.ui.words.severity import Severity, tone_of
from dsqltui.ui.words.wording import duration, headline, notice_line

_TEXT_LIMIT = 4_000
"""Characters of a message, detail or hint that are shown; painting megabytes would stop the screen."""
_EXCERPT_WIDTH, _EXCERPT_REACH = 60, 1_000
"""Characters: of the line shown, and of the statement looked at on each side of the position."""

_VERB = re.compile(
    r"[ \t]*(?:select|insert|update|delete|with|begin|commit|rollback|create|alter|drop|grant|explain|set|show)\b", re.I
)
"""A line that begins as statements do."""


class Rank(IntEnum):
    """Whose word about one event stands in the results area: the higher one's."""

    OUTCOME = 0
    """The server's answer as it came."""
    EXPLANATION = 1
    """What it means for the transaction or the session."""


@dataclass(frozen=True, slots=True)
class Report:
    """Safe text, ready to paint. Empty fields are not shown."""

    tone: Severity
    title: str
    message: str = ""
    excerpt: str = ""
    """The line of the statement at which the server pointed, and a caret under it."""
    detail: str = ""
    hint: str = ""
    context: str = ""
    advice: str = ""
    """The console's own next step, as against the server's words."""
    notices: str = ""
    offers: Mapping[str, str] = field(default_factory=dict)
    """What can be done now: ids of the console's actions with their words, marked by N_; shown below the title."""
    folded: str = ""
    """Details that are shown when asked for."""


def welcome() -> Report:
    """What to do in a pane in which nothing was done yet."""
    return Report(
        Severity.QUIET,
        _("Write SQL above."),
        message="\n".join(
            (
                _(
                    "{run} runs the statement at the cursor (▎), {both} in both panes; {menu} shows everything else."
                ).format(run=key_of("run"), both=key_of("run_both"), menu=key_of("leader")),
                _("New here?    {labs}  guided labs, ten minutes each, nothing to install").format(
                    labs=key_of("lab_list")
                ),
                _("Sample data  {first}, then {second}").format(first=SAMPLE_SCRIPTS[0], second=SAMPLE_SCRIPTS[1]),
            )
        ),
    )


def of_refusal(outcome: Refused, statement: str, known: Fate, *, has_failed: bool = False) -> Report:
    """An error as the server told it, with what it means; `has_failed`: only ROLLBACK is left."""
    report = _of_error(outcome.error, statement, tone_of(outcome, known), outcome.notices)
    if has_failed:
        report = dataclasses.replace(report, offers={"rollback": N_("roll back the failed transaction")})
    if known is not Fate.UNKNOWN:
        return report
    return dataclasses.replace(report, advice=fate.unknown_words(statement))


def of_loss(outcome: Lost, statement: str) -> Report:
    """What the end of the connection cost; nothing is ever run again by itself. `statement` is empty when none ran."""
    consequence = fate.sentence(statement, outcome, outcome.state_before)
    sentence = f"\n{consequence}" if consequence else ""
    return Report(
        Severity.LOST,
        _("CONNECTION LOST"),
        message=many_lines(outcome.reason, _TEXT_LIMIT) + sentence,
        detail=_last_word(outcome.error),
        offers={"reconnect": N_("reconnect with a fresh token")},
        advice=_("Nothing is run again by itself."),
    )


def of_reconnecting(lost: Report) -> Report:
    """The report of a loss, when the connection is there again."""
    offers = {id_: words for id_, words in lost.offers.items() if id_ != "reconnect"}
    return dataclasses.replace(lost, tone=Severity.QUIET, title=_("RECONNECTED. Before that:"), offers=offers)


def of_failed_connect(message: str, failure: ConnectFailed | None, again: str = "") -> Report:
    """Why a session could not be opened: what was said, and as far as it is known the cause and the next command.

    `again` says how to try once more, where that is not reconnecting.
    """
    error = failure.error if failure else None
    found = diagnose(failure.symptom) if failure and failure.symptom else None
    again = again or _("{key} tries again, with a fresh token.").format(key=key_of("reconnect"))
    if found is None:
        advice = again
    else:
        proof = "" if one_line(found.proof) in one_line(message) else _("Proof  {proof}\n").format(proof=found.proof)
        advice = many_lines(
            _("{cause}\n{proof}Next   {next_step}\n{again}").format(
                cause=found.cause, proof=proof, next_step=found.next_step, again=again
            ),
            _TEXT_LIMIT,
        )
    return Report(
        Severity.FAILED,
        _("NOT CONNECTED: {title}").format(title=found.title) if found else _("NOT CONNECTED"),
        message=many_lines(message, _TEXT_LIMIT),
        detail=_last_word(error),
        hint=many_lines(error.hint, _TEXT_LIMIT) if error and error.hint else "",
        advice=advice,
    )


def retitled(report: Report, title: str, more: str) -> Report:
    """The same under another title, with a sentence behind its message."""
    what = report.title.partition(": ")[2]
    return dataclasses.replace(
        report, title=f"{title}: {what}" if what else title, message=f"{report.message}\n{more}".strip()
    )


def of_job(job_id: str, statement: str) -> Report:
    """A statement was taken as an asynchronous job and goes on in the cluster."""
    return Report(
        Severity.PENDING,
        _("JOB {job_id} BUILDING").format(job_id=one_line(job_id, 60)),
        message=one_line(" ".join(statement[:400].split()), 200),
        offers={"jobs": N_("follow the job")},
    )


def of_completion(outcome: Done | Rows, tone: Severity) -> Report:
    """A statement that returned no rows to show."""
    return Report(
        tone,
        headline(outcome) or "OK",
        message=duration(outcome.duration_s),
        notices=_notices(outcome.notices),
    )


def _last_word(error: ServerError | None) -> str:
    return many_lines(f"{error.severity} {error.sqlstate}: {error.message}", _TEXT_LIMIT) if error else ""


def _of_error(error: ServerError, statement: str, tone: Severity, notices: tuple[Notice, ...]) -> Report:
    advice = advice_for(error)
    title = f"{error.severity} {error.sqlstate}"
    return Report(
        tone,
        one_line(f"{title}  {advice.title}" if advice else title, 200),
        message=many_lines(error.message, _TEXT_LIMIT),
        excerpt=_excerpt(statement, error.position),
        detail=many_lines(error.detail or "", _TEXT_LIMIT),
        hint=many_lines(error.hint or "", _TEXT_LIMIT),
        context=many_lines(error.context or "", _TEXT_LIMIT),
        advice=_odd_characters(error, statement) or _unended(error, statement) or (advice.next_step if advice else ""),
        notices=_notices(notices),
    )


def _odd_characters(error: ServerError, statement: str) -> str:
    """What a person cannot see in the statement, when the server found something wrong with its words."""
    odd = explained(statement) if error.sqlstate.startswith("42") else ""
    return _("{odd} {key} replaces them.").format(odd=odd, key=key_of("replace_odd")) if odd else ""


def _unended(error: ServerError, statement: str) -> str:
    """A syntax error in a line that looks like the next statement: the one above it may have no end."""
    at = min((error.position or 1) - 1, len(statement))
    start = statement.rfind("\n", 0, at) + 1
    if error.sqlstate != "42601" or not start or not _VERB.match(statement, start):
        return ""
    line = statement.count("\n", 0, at) + 1
    return _("If line {line} begins another statement, end the one above it with a semicolon.").format(line=line)


def _excerpt(statement: str, position: int | None) -> str:
    """psql's `LINE 2: select *` with the caret on the line below; empty without a position."""
    if position is None or not statement:
        return ""
    at = min(position - 1, len(statement))
    before = many_lines(statement[max(0, at - _EXCERPT_REACH) : at])  # made safe first: that changes widths
    after = many_lines(statement[at : at + _EXCERPT_REACH])
    line, caret = caret_line(before + after, len(before) + 1, _EXCERPT_WIDTH)
    label = f"LINE {statement.count(chr(10), 0, at) + 1}: "
    return f"{label}{line}\n{' ' * len(label)}{caret}"


def _notices(notices: tuple[Notice, ...]) -> str:
    return "\n".join(notice_line(notice) for notice in notices[:20])
