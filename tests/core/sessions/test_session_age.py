"""Ages, the round trip's bound, and settings that a renewal would lose."""

import pytest

from dsqltui.core.sessions.session_age import SessionAge, round_trip_s
from support.screens.story import OC000, Story, selected


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
    assert round_trip_s(reversed(story.entries), "A") is None
    story.run("A", "update t set n = 1", OC000)
    assert round_trip_s(reversed(story.entries), "A") is None
    story.run("A", "\\set", selected("1"))
    assert round_trip_s(reversed(story.entries), "A") is None  # nothing was sent for a command, or more than one query
    story.run("A", "select 1", selected("1"))
    assert round_trip_s(reversed(story.entries), "A") == pytest.approx(0.01)
    assert round_trip_s(reversed(story.entries), "B") is None
