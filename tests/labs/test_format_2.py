"""Format 2: steps that the student writes, predictions, quizzes, hints, figures, own names; results of a class."""

import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from dsqltui.commands.program import cli
from dsqltui.core.results.outcome import Outcome
from dsqltui.labs.attempt import LabAttempt
from dsqltui.labs.files.load import read_labs, shipped_labs
from dsqltui.labs.files.own_names import StudentNameUnusable, checked_student, owned
from dsqltui.labs.files.template import TEMPLATE
from dsqltui.labs.hints import hints_of
from dsqltui.labs.judging.verdict import NotYet, Passed, Verdict
from dsqltui.labs.model import AnswerQuiz, Lab, RunSql
from dsqltui.labs.reports.class_page import class_page, class_table
from dsqltui.labs.reports.results import read_result, result_json, result_path
from dsqltui.spoken import speak
from support.labs import Record, lab_with_steps
from support.screens.fake_session import rows

ASKED = {
    "ask": {"en": "What comes?", "ja": "何が返りますか。"},
    "answer": {"en": "One.", "ja": "1です。"},
    "right": 1,
    "choice": [{"en": "1", "ja": "1"}, {"en": "2", "ja": "2"}],
}
ONE = {"check": "rows", "of": "select", "value": "1"}


@pytest.fixture(autouse=True)
def english_again() -> Iterator[None]:
    yield
    speak("en")


def judged(attempt: LabAttempt, record: Record) -> Verdict | None:
    return attempt.judge(attempt.evidence(record.journal, record.states, record.users))


def attempt_of(lab: Lab) -> LabAttempt:
    return LabAttempt(lab, {}, mark=0, now_s=1.0)


def test_a_step_that_the_student_writes_has_three_hints() -> None:
    step = lab_with_steps({"pane": "a", "solution": "select a from t where b = 'x' limit 3;", "expect": [ONE]}).steps[0]
    first, skeleton, solution = hints_of(step)
    assert first == step.hint
    assert "select a from t where b = … limit …" in skeleton.en
    assert "b = 'x' limit 3" in solution.ja


def test_a_prediction_is_asked_once_and_kept() -> None:
    attempt = attempt_of(lab_with_steps({"pane": "a", "sql": "select 1;", "predict": ASKED, "expect": [ONE]}))
    assert attempt.must_predict
    attempt.choose(7)
    assert attempt.must_predict, "there is no seventh choice"
    attempt.choose(2)
    attempt.choose(1)
    assert attempt.predictions == {"s1": 2}
    record = Record()
    record.ran("A", "select 1", rows("a", ("1",)))
    assert isinstance(judged(attempt, record), Passed)
    assert attempt.progress.predictions == {"s1": 2}


def test_a_quiz_passes_with_any_answer() -> None:
    attempt = attempt_of(lab_with_steps({"do": "quiz", "quiz": ASKED}))
    assert isinstance(judged(attempt, Record()), NotYet)
    attempt.choose(2)
    assert isinstance(judged(attempt, Record()), Passed)


@pytest.mark.parametrize(("figure", "is_passed"), [("0", True), ("3", False), ("x", False)])
def test_a_figure_lies_between_its_bounds(figure: str, is_passed: bool) -> None:
    lab = lab_with_steps(
        {
            "do": "explore",
            "script_a": "begin; select 1; commit;",
            "script_b": "select 2;",
            "expect": [{"check": "figure", "name": "explored_anomalies", "at_most": 0}],
        }
    )
    attempt = attempt_of(lab)
    assert isinstance(judged(attempt, Record()), NotYet)
    attempt.measured({"explored_anomalies": figure})
    assert isinstance(judged(attempt, Record()), Passed) is is_passed


@pytest.mark.parametrize(
    ("sql", "answer"),
    [
        ("select t.a from s.t", rows("a", ("1",))),
        ('SELECT "a" FROM t', rows("a", ("1",))),
        ("select * from t fetch first 1 rows only", rows("b a", ("x", "1"))),
    ],
)
def test_other_spellings_are_judged_by_the_answer(sql: str, answer: Outcome) -> None:
    check = {"check": "rows", "of": "select a from s.t", "value": "1"}
    attempt = attempt_of(lab_with_steps({"pane": "a", "sql": "select a from s.t;", "expect": [check]}))
    record = Record()
    record.ran("A", sql, answer)
    assert isinstance(judged(attempt, record), Passed)


def test_who_was_first_is_seen_in_the_whole_lab() -> None:
    lab = lab_with_steps(
        {"pane": "b", "sql": "begin; commit;", "expect": [{"check": "ran", "of": "commit"}]},
        {"pane": "a", "sql": "begin; commit;", "expect": [{"check": "first", "of": "commit", "pane": "b"}]},
    )
    record = Record()
    record.ran("B", "commit", "COMMIT")
    attempt = attempt_of(lab)
    assert isinstance(judged(attempt, record), Passed)
    attempt.go_on(1)
    record.ran("A", "commit", "COMMIT")
    assert isinstance(judged(attempt, record), Passed)


def test_every_workshop_lab_has_something_to_predict_and_something_to_write() -> None:
    for lab in read_labs(shipped_labs()):
        if lab.number <= 8:
            assert any(step.predict for step in lab.steps), lab.id
            assert any(isinstance(step.action, RunSql) and step.action.is_own_work for step in lab.steps), lab.id
    assert any(isinstance(step.action, AnswerQuiz) for lab in read_labs(shipped_labs()) for step in lab.steps)


# -- a class -----------------------------------------------------------------------------------------------------------


def test_a_students_names_are_in_sql_and_in_code_but_not_in_prose() -> None:
    table = {
        "sql": "grant select on xpoints.t to reports;",
        "say": {"en": "The reports of `xpoints.t`."},
        "iam_role": "role/reports",
    }
    assert owned(table, ["xpoints", "reports"], "ann", "/x") == {
        "sql": "grant select on xpoints_ann.t to reports_ann;",
        "say": {"en": "The reports of `xpoints_ann.t`."},
        "iam_role": "role/reports",
    }
    assert owned({"sql": "\\include sql/rewards/ddl.sql"}, ["x"], "ann", "/own") == {
        "sql": "\\include /own/ann-rewards-ddl.sql"
    }
    for wrong in ("Ann", "a b", "", "a" * 21, "x';--"):
        with pytest.raises(StudentNameUnusable):
            checked_student(wrong)


def test_results_become_a_table_and_a_safe_page(tmp_path: Path) -> None:
    lab = lab_with_steps({"pane": "a", "sql": "select 1;", "predict": ASKED, "expect": [ONE]})
    attempt = attempt_of(lab)
    attempt.choose(1)
    record = Record()
    record.ran("A", "select 1", rows("a", ("1",)))
    judged(attempt, record)
    attempt.go_on(1)
    attempt.choose(1)
    content = result_json(lab, attempt.progress, "ann", 61.0)
    assert result_path(tmp_path, "ann", lab) == tmp_path / "ann" / "07-mine" / "result.json"
    assert b"select" not in content
    evil = json.loads(content) | {"student": "<script>alert(1)</script>\x1b[2J"}
    results = [read_result(content), read_result(json.dumps(evil).encode())]
    assert (results[0].passed, results[0].total, results[0].right, results[0].asked) == (1, 1, 2, 2)
    page = class_page(results, "A & B")
    assert "<script" not in page
    assert "http" not in page.replace("http-equiv", "")
    assert "\x1b" not in page + class_table(results)
    assert "2 students, 1 labs, 2 of 2 finished." in page
    for broken in (b"{}", b"[]", b"\xff", b'{"format": 1}', b"[" * 100_000):
        with pytest.raises(ValueError, match="it is"):
            read_result(broken)


def test_the_page_says_where_a_student_is_and_how_a_lab_went() -> None:
    lab = lab_with_steps({"pane": "a", "sql": "select 1;", "expect": [ONE]}, {"do": "read"})
    attempt = attempt_of(lab)
    record = Record()
    record.ran("A", "select 1", rows("a", ("1",)))
    judged(attempt, record)
    attempt.seconds["s1"] = 90.0
    attempt.go_on(1)
    begun = read_result(result_json(lab, attempt.progress, "ann", 99_999.0))
    assert (begun.at, begun.seconds, begun.is_done) == ("s2", 90.0, False), "a night in between is no work"
    assert class_table([begun]).splitlines()[1].split() == [
        "ann",
        "07",
        "mine",
        "1/2",
        "no",
        "1.5",
        "0",
        "0",
        "0/0",
        "s2",
    ]
    speak("ja")
    page = class_page([begun], "講座")
    assert '<html lang="ja">' in page
    assert "受講者1人、ラボ1件、開始1件のうち完了0件。" in page
    assert "<th>現在のステップ</th>" in page


# -- commands that labs name -------------------------------------------------------------------------------------------


def commands_named() -> list[str]:
    text = "\n".join(file.read_text(encoding="utf-8") for file in shipped_labs().glob("*.toml"))
    return sorted(set(re.findall(r"`(dsqltui [^`]+)`", text)))


@pytest.mark.parametrize("command", commands_named())
def test_every_command_that_a_lab_names_exists_with_its_options(command: str) -> None:
    words = shlex.split(command)[1:]
    group: Any = cli
    context = None
    while words and hasattr(group, "get_command"):
        context = group.make_context("dsqltui", [words[0]], resilient_parsing=True)
        group = group.get_command(context, words.pop(0))
    assert group is not None, command
    assert hasattr(group, "make_context")
    group.make_context("x", words)


def test_validate_tells_a_misspelt_statement_in_both_languages(tmp_path: Path) -> None:
    file = tmp_path / "01-mine.toml"
    file.write_text(TEMPLATE.replace("select 40", "selct 40"), encoding="utf-8")
    for lang, told in (("en", "is in no statement of the step's SQL"), ("ja", "に当たる文がステップのSQLにありません")):
        said = CliRunner().invoke(cli, ["lab", "validate", str(file), "--lang", lang])
        assert (said.exit_code, said.stdout) == (1, "")
        assert "begin-and-look" in said.stderr
        assert told in said.stderr


def test_mistakes_of_a_file_are_told_in_japanese(tmp_path: Path) -> None:
    file = tmp_path / "01-mine.toml"
    file.write_text(TEMPLATE.replace('pane = "a"', 'pane = "c"', 1).replace("count", "cuont"), encoding="utf-8")
    said = CliRunner().invoke(cli, ["lab", "validate", str(file), "--lang", "ja"]).stderr
    assert 'ステップ \'begin-and-look\': pane: "a"、"b"、"both" のいずれかを指定してください' in said
