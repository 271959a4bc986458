"""The student's report."""

from dsqltui.core.kept.lab_progress import StepStatus
from dsqltui.labs.attempt import LabAttempt
from dsqltui.labs.reports.report import report
from dsqltui.labs.text import Language
from support.labs import IDLE, OPEN, Record, lab, lab_with_steps
from support.screens.fake_session import CONFLICT, refused, rows


def made(language: Language = Language.ENGLISH) -> str:
    record = Record()
    attempt = LabAttempt(lab(), {"region.a": "us-east-1", "region.b": "us-east-2"}, mark=0, now_s=1.0)
    record.ran("A", "begin", "BEGIN", OPEN)
    record.ran("B", "select a | b, '`<br>`' from t", rows("a", ("x|y`z",), (None,)))
    record.ran("A", "commit", refused(CONFLICT.sqlstate, CONFLICT.message), IDLE)
    record.ran("B", "alter role x password 'hunter2'", "ALTER ROLE")
    attempt.statuses["begin-and-look"] = StepStatus.PASSED
    attempt.position = 2
    attempt.choose(1)
    return report(attempt, record.journal, language)


def test_both_panes_side_by_side_with_conflicts_and_the_answer() -> None:
    text = made()
    assert "| UTC | A us-east-1 | B us-east-2 |" in text
    table = [line for line in text.splitlines() if line.startswith("| 00:")]
    assert len(table) == 4
    assert "<code>begin</code><br>BEGIN (10 ms)" in table[0].split(" | ")[1]
    assert "x\\|y\\`z; NULL" in table[1].split(" | ")[2]
    assert "pane A: **40001**" in text
    assert "1. <code>begin-and-look</code> passed" in text
    assert "- [x] The right answer" in text
    assert "Right. Why this is the answer." in text


def test_no_secret_and_no_markup_of_others() -> None:
    text = made()
    assert "hunter2" not in text
    assert "&lt;br&gt;" in text


def test_predictions_stand_beside_what_came() -> None:
    asked = {
        "ask": {"en": "Which?", "ja": "どれ？"},
        "answer": {"en": "So.", "ja": "そう。"},
        "right": 2,
        "choice": [{"en": "41 | 東京", "ja": "41"}, {"en": "42", "ja": "42"}],
    }
    attempt = LabAttempt(
        lab_with_steps(
            {"pane": "a", "sql": "select 42;", "predict": asked, "expect": [{"check": "ran", "of": "select"}]}
        ),
        {},
        mark=0,
        now_s=1.0,
    )
    assert "Predictions" not in report(attempt, (), Language.ENGLISH)
    attempt.choose(1)
    text = report(attempt, (), Language.ENGLISH)
    assert "| <code>s1</code> | Which? | 41 \\| 東京 | 42 | ✗ |" in text
    assert "## 予想" in report(attempt, (), Language.JAPANESE)


def test_in_japanese() -> None:
    text = made(Language.JAPANESE)
    assert "## 両ペインの記録" in text
    assert "正解です。" in text
