"""The student's report of a lab as Markdown: what was done in both panes, side by side, and how it ended.

It is made of the journal, which holds no tokens; secrets typed into SQL are left out.
"""

import time
from collections.abc import Iterable, Mapping

from dsqltui.core.answers.fate import UNKNOWN_SIGN, Fate
from dsqltui.core.journal.journal import Entry, Event
from dsqltui.core.journal.kept_entry import kept_entry
from dsqltui.core.kept.lab_progress import StepStatus
from dsqltui.core.results.outcome import Done, Lost, Refused, Rows
from dsqltui.core.text.markup import markdown_code, markdown_text
from dsqltui.core.text.safe_text import one_line
from dsqltui.labs.attempt import LabAttempt
from dsqltui.labs.model import PANES, AnswerQuiz
from dsqltui.labs.text import Language, Text

_STATUS = {
    StepStatus.TODO: Text("to do", "未実施"),
    StepStatus.PASSED: Text("passed", "完了"),
    StepStatus.SKIPPED: Text("skipped", "スキップ"),
}
_MOST_SQL = 160
_MOST_ROWS = 3


def report(attempt: LabAttempt, entries: Iterable[Entry], language: Language) -> str:
    """The report in that language."""

    def say(en: str, ja: str) -> str:
        return Text(en, ja).of(language)

    kept = [kept_entry(entry) for entry in entries if entry.started_s >= attempt.started_s - 1.0]
    lab, values = attempt.lab, attempt.values
    regions = {pane: markdown_text(values.get(f"region.{pane.lower()}", "")) for pane in PANES}
    question = markdown_text(lab.question.text.filled(values).of(language))
    steps = [f"{markdown_code(step.id)} {_STATUS[attempt.status(step)].of(language)}" for step in lab.steps]
    lines = [
        f"# {say('Lab', 'ラボ')} {lab.number}: {markdown_text(lab.title.of(language))}",
        "",
        markdown_text(lab.goal.of(language)),
        "",
        f"- {say('Started', '開始')}: {_clock(attempt.started_s, '%Y-%m-%d %H:%M:%S UTC')}",
        *(
            f"- {say('Pane', 'ペイン')} {pane}: {markdown_text(values.get(f'region.{pane.lower()}', ''))}"
            for pane in PANES
        ),
        f"- {say('Steps passed', '完了したステップ')}: {attempt.passed_count}/{len(lab.steps)}",
        "",
        f"## {say('Steps', 'ステップ')}",
        "",
        *(f"{n}. {step}" for n, step in enumerate(steps, 1)),
        "",
        *_predictions(attempt, language),
        f"## {say('Both panes on one clock', '両ペインの記録')}",
        "",
        f"| UTC | A {regions['A']} | B {regions['B']} |",
        "| --- | --- | --- |",
        *(_row(entry) for entry in kept),
        "",
        f"## {say('Conflicts', '競合')}",
        "",
    ]
    conflicts = [entry for entry in kept if entry.is_conflict]
    lines += [f"- {_clock(e.ended_s)} {say('pane', 'ペイン')} {e.pane}: {_told(e)}" for e in conflicts] or [
        say("None.", "なし")
    ]
    lines += ["", f"## {say('Closing question', '確認問題')}", "", question, ""]
    for number, choice in enumerate(lab.question.choices, 1):
        mark = "x" if number == attempt.answer else " "
        lines.append(f"- [{mark}] {markdown_text(choice.of(language))}")
    if attempt.answer:
        verdict = (
            say("Right.", "正解です。") if attempt.answer == lab.question.right else say("Not right.", "不正解です。")
        )
        lines += ["", f"{verdict} {markdown_text(lab.question.answer.of(language))}"]
    return "\n".join(lines) + "\n"


def _predictions(attempt: LabAttempt, language: Language) -> list[str]:
    """What was predicted or answered on the way, beside what it came to; nothing when nothing was asked."""
    lines: list[str] = []
    for step in attempt.lab.steps:
        asked = step.action.question if isinstance(step.action, AnswerQuiz) else step.predict
        chosen = attempt.predictions.get(step.id)
        if asked is None or chosen is None or not 1 <= chosen <= len(asked.choices):
            continue
        texts = (asked.text, asked.choices[chosen - 1], asked.choices[asked.right - 1])
        cells = [markdown_text(text.filled(attempt.values).of(language)) for text in texts]
        lines.append(f"| {markdown_code(step.id)} | {' | '.join(cells)} | {'✓' if chosen == asked.right else '✗'} |")
    if not lines:
        return []
    heading = Text("Predictions", "予想").of(language)
    columns = Text("| Step | Asked | Yours | Outcome | |", "| ステップ | 問い | あなたの予想 | 結果 | |").of(language)
    return [f"## {heading}", "", columns, "| --- | --- | --- | --- | --- |", *lines, ""]


def _row(entry: Entry) -> str:
    if entry.event is Event.STATEMENT:
        sql = one_line(" ".join(entry.sql.split()), _MOST_SQL)
        told = f"{markdown_code(sql)}<br>{_told(entry)} ({entry.duration_s * 1000:.0f} ms)"
    else:
        told = f"*{entry.event.value} ({markdown_text(one_line(entry.user, 40))})*"
    cells: Mapping[str, str] = {entry.pane: told}
    return f"| {_clock(entry.ended_s)} | {cells.get('A', '')} | {cells.get('B', '')} |"


def _told(entry: Entry) -> str:
    match entry.outcome:
        case Rows(rows=rows, tag=tag):
            shown = "; ".join(", ".join("NULL" if v is None else v for v in row) for row in rows[:_MOST_ROWS])
            more = f" … ({entry.row_count})" if entry.row_count > _MOST_ROWS else ""
            return markdown_text(one_line(f"{tag} → {shown}{more}" if shown else tag, 200))
        case Done(tag=tag):
            return markdown_text(tag)
        case Refused(error=error):
            return f"**{markdown_text(error.sqlstate)}** {markdown_text(one_line(error.message, 200))}"
        case Lost(reason=reason):
            unknown = UNKNOWN_SIGN if entry.fate is Fate.UNKNOWN else ""
            return f"**{markdown_text(one_line(reason + unknown, 200))}**"
    return ""


def _clock(seconds: float, form: str = "%H:%M:%S") -> str:
    return time.strftime(form, time.gmtime(seconds))
