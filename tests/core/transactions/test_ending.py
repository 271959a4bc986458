"""A text that another statement is put below."""

import pytest

from dsqltui.core.scripts.ending import ended


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ""),
        ("select 1", "select 1;"),
        ("select 1;", "select 1;"),
        ("begin;\nselect 2 -- not yet\n-- over", "begin;\nselect 2; -- not yet\n-- over"),
        ("\\i setup.sql", "\\i setup.sql"),
        ("select 1 \\gx", "select 1 \\gx"),
        ("-- nothing yet", "-- nothing yet"),
    ],
)
def test_the_last_statement_is_ended(text: str, expected: str) -> None:
    assert ended(text) == expected
