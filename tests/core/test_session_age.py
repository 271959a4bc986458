"""Ages, the round trip's bound, and settings that a renewal would lose."""

import pytest

from dsqltui.core.session_age import SessionAge, own_setting, round_trip_s
from support.story import OC000, Story, selected


@pytest.mark.parametrize(("age_s", "is_near"), [(0, False), (3_299, False), (3_300, True), (3_600, True)])
def test_it_is_renewed_five_minutes_before_its_end(age_s: float, is_near: bool) -> None:
    assert SessionAge(age_s).is_near_end is is_near


def test_words() -> None:
    assert SessionAge(12 * 60).words == "session 12 of 60 min"
    assert SessionAge(59).words == "session 0 of 60 min"
    assert SessionAge(12 * 60).token_words == "token 12 of 15 min"
    assert "expired" in SessionAge(16 * 60).token_words


def test_the_round_trip_is_bounded_by_the_fastest_recent_success() -> None:
    story = Story()
    assert round_trip_s(story.entries, "A") is None
    story.run("A", "update t set n = 1", OC000)
    assert round_trip_s(story.entries, "A") is None
    story.run("A", "\\set", selected("1"))
    assert round_trip_s(story.entries, "A") is None  # nothing was sent for a command, or more than one query
    story.run("A", "select 1", selected("1"))
    assert round_trip_s(story.entries, "A") == pytest.approx(0.01)
    assert round_trip_s(story.entries, "B") is None


def test_a_set_is_remembered_until_the_next_connection() -> None:
    story = Story()
    story.run("A", "set search_path = bank", "SET")
    assert own_setting(story.entries, "A") == "set search_path = bank"
    assert own_setting(story.entries, "B") == ""
    story.connect("A")
    assert own_setting(story.entries, "A") == ""


@pytest.mark.parametrize("sql", ["set local role x", "select 1"])
def test_what_ends_with_its_transaction_is_no_setting(sql: str) -> None:
    story = Story()
    story.run("A", sql, "SET")
    assert own_setting(story.entries, "A") == ""


def test_reset_all_takes_settings_back() -> None:
    story = Story()
    story.run("A", "set timezone = 'UTC'", "SET")
    story.run("A", "reset all", "RESET")
    assert own_setting(story.entries, "A") == ""
