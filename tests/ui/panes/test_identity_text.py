"""What runs out when, in words."""

from datetime import UTC, datetime, timedelta

import pytest

from dsqltui.core.sessions.roles import Identity
from dsqltui.ui.words.identity_text import identity_lines, left

NOW = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(None, ""), (0, "expired"), (-5, "expired"), (65.9, "1:05"), (11_100, "3 h 05 min"), (604_800, "7 days")],
)
def test_what_is_left(seconds: float | None, text: str) -> None:
    assert left(seconds) == text


def test_an_assumed_role() -> None:
    identity = Identity("arn:x", "reports", "assume-role from env", NOW + timedelta(minutes=59), NOW, 900)
    lines = dict(identity_lines(identity, NOW))
    assert lines["Role"] == "reports (tokens for DbConnect)"
    assert lines["Source"] == "assume-role from env, 59:00; renewed before that"
    assert lines["Token"] == "15:00 left of 15:00; checked only at connect"


def test_control_characters_are_not_passed_on() -> None:
    identity = Identity("arn:\x1b[2J", "\x1b]0;x\x07", "env")
    assert "\x1b" not in repr(identity_lines(identity, NOW)).replace("\\x1b", "")
    assert all("\x1b" not in text for _, text in identity_lines(identity, NOW))
