"""What a new connection would not have."""

import pytest

from dsqltui.core.results.outcome import Done, Outcome
from dsqltui.core.results.transaction_state import TransactionState
from dsqltui.core.sessions.session_settings import SessionSettings
from support.screens.fake_session import refused

IDLE, OPEN, FAILED = TransactionState.IDLE, TransactionState.OPEN, TransactionState.FAILED


def after(*steps: tuple[str, Outcome, TransactionState]) -> tuple[str, ...]:
    settings, before = SessionSettings(), IDLE
    for sql, outcome, state in steps:
        settings.saw(sql, outcome, before, state)
        before = state
    return settings.statements


def done(sql: str, state: TransactionState = IDLE) -> tuple[str, Outcome, TransactionState]:
    tag = sql.split()[0].upper().rstrip(";")
    return sql, Done(tag, 0.0), state


@pytest.mark.parametrize(
    ("statements", "left"),
    [
        (["set search_path = x"], ["set search_path = x"]),
        (["SET search_path TO x;"], ["SET search_path TO x"]),
        (["set search_path=x", "set /* again */ SEARCH_PATH to y"], ["set /* again */ SEARCH_PATH to y"]),
        (["set session datestyle = 'ISO'", "reset datestyle"], []),
        (["set time zone 'Asia/Tokyo'", "set timezone = 'UTC'"], ["set timezone = 'UTC'"]),
        (["set names 'UTF8'", "reset client_encoding"], []),
        (["set role reports"], ["set role reports"]),
        (["set role reports", "reset role"], []),
        (["set datestyle = iso", "set search_path = x", "reset all"], []),
        (["set dsql.enable_batched_nestloop = off"], ["set dsql.enable_batched_nestloop = off"]),
        (["select set_config('search_path', 'x', false)"], ["select set_config('search_path', 'x', false)"]),
        (["set local search_path = x", "select 1", "set transaction read only"], []),
    ],
)
def test_what_is_left(statements: list[str], left: list[str]) -> None:
    assert list(after(*(done(sql) for sql in statements))) == left


def test_a_rollback_takes_the_settings_of_its_transaction_back() -> None:
    inside = done("set search_path = y", OPEN)
    assert after(done("set search_path = x"), done("begin", OPEN), inside, done("rollback")) == ("set search_path = x",)
    assert after(done("begin", OPEN), inside, done("commit")) == ("set search_path = y",)
    failed = ("select nope", refused("42703", "no"), FAILED)
    assert after(done("begin", OPEN), inside, failed, ("commit", Done("ROLLBACK", 0.0), IDLE)) == ()


def test_what_was_refused_is_not_set() -> None:
    assert after(("set statement_timeout = 1", refused("0A000", "not supported"), IDLE)) == ()
