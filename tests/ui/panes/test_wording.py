"""Outcomes in words."""

import pytest

from dsqltui.core.answers.fate import Fate
from dsqltui.core.results.errors import ServerError
from dsqltui.core.results.outcome import Done, Lost, Outcome, Refused
from dsqltui.core.results.transaction_state import TransactionState
from dsqltui.ui.panes.status_line import StatusWording, fitted
from dsqltui.ui.words import report
from dsqltui.ui.words.severity import Severity, tone_of
from dsqltui.ui.words.wording import duration, outcome_line, rows_shown
from support.screens.fake_session import CONFLICT, refused, rows


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.0041, "4 ms"), (0.9994, "999 ms"), (1.25, "1.2 s"), (59.9, "59.9 s"), (125, "2 min 05 s")]
)
def test_durations(seconds: float, text: str) -> None:
    assert duration(seconds) == text


@pytest.mark.parametrize(
    ("outcome", "text"),
    [
        (Done("UPDATE 1", 0.004), "UPDATE 1  4 ms"),
        (rows("id", ("1",), ("2",)), "SELECT 2  3 ms"),
        (rows("id", ("1",), has_more=True), "1 row, more exist  3 ms"),
        (refused("42601", "syntax error\nsecond line"), "ERROR 42601  syntax error"),
        (Refused(CONFLICT, 0.1), f"ERROR 40001 OC000  {CONFLICT.message}"),
        (Lost("server closed it", TransactionState.OPEN, True, 0.1), "CONNECTION LOST  server closed it"),
    ],
)
def test_each_outcome_is_one_line(outcome: Outcome, text: str) -> None:
    assert outcome_line(outcome) == text


def test_a_conflict_is_told_apart_from_other_refusals() -> None:
    assert tone_of(Refused(CONFLICT, 0.1), Fate.NOT_SAVED) is Severity.CONFLICT
    assert tone_of(refused("42601", "syntax error"), Fate.NOT_SAVED) is Severity.FAILED


def test_the_row_count_is_honest_at_the_limit() -> None:
    assert rows_shown(1_000, True)[0] == "1,000 rows shown, more exist (PgDn at the end: next page)"
    assert rows_shown(1, False) == ("1 row",)


def test_less_important_pieces_give_way_first() -> None:
    pieces = (StatusWording(("admin",), 2), StatusWording(("a long wording", "short"), 1))
    assert fitted(pieces, 40) == ("admin", "a long wording")
    assert fitted(pieces, 16) == ("a long wording",)
    assert fitted(pieces, 15) == ("admin", "short")
    assert fitted(pieces, 3) == ()


def test_an_error_report_points_at_the_place() -> None:
    outcome = refused("42703", 'column "nme" does not exist', position=16, hint="Perhaps you meant name.")
    told = report.of_refusal(outcome, "select\n  id,\n  nme\nfrom t", Fate.NOT_SAVED)
    assert told.title == "ERROR 42703  no such column"
    assert told.excerpt == "LINE 3:   nme\n          ^"
    assert told.hint == "Perhaps you meant name."


def test_the_caret_stands_under_its_character_after_wide_and_hostile_ones() -> None:
    told = report.of_refusal(refused("42601", "syntax error", position=12), "select '東\x1b' x", Fate.NOT_SAVED)
    line, caret = told.excerpt.split("\n")
    assert line == "LINE 1: select '東␛' x"
    assert caret == " " * (8 + 12) + "^"  # one cell more than characters before it: 東 is two wide


def test_a_conflict_report_says_what_to_do() -> None:
    told = report.of_refusal(Refused(CONFLICT, 0.1), "commit", Fate.NOT_SAVED)
    assert told.tone is Severity.CONFLICT
    assert "committed first" in told.title
    assert "from BEGIN" in told.advice


def test_a_loss_report_says_what_was_lost_and_how_to_go_on() -> None:
    last_word = ServerError("57P01", "terminating connection", severity="FATAL")
    told = report.of_loss(Lost("server closed the connection", TransactionState.OPEN, True, 0.1, last_word), "select 1")
    assert told.message == "server closed the connection\nThe open transaction was rolled back."
    assert told.detail == "FATAL 57P01: terminating connection"
    assert "reconnect" in told.offers


@pytest.mark.parametrize(
    ("statement", "position", "advice"),
    [
        ("select 1\nselect 2;", 17, "If line 2 begins another statement, end the one above it with a semicolon."),
        ("select 1\n  froom t;", 12, "Check the SQL at the caret."),
        ("select select", 8, "Check the SQL at the caret."),
    ],
)
def test_a_missing_semicolon_is_told_where_the_next_statement_seems_to_begin(
    statement: str, position: int, advice: str
) -> None:
    said = report.of_refusal(refused("42601", "syntax error", position=position), statement, Fate.NOT_SAVED)
    assert said.advice == advice
