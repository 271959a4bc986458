"""psql's patterns."""

import re

import pytest

from dsqltui.core.psql.pattern import BadPattern, NamePattern, parse_pattern


@pytest.mark.parametrize(
    ("text", "pattern"),
    [
        ("", NamePattern()),
        ("*", NamePattern()),
        ("Customers", NamePattern("^(customers)$")),
        ("xpoints.*", NamePattern(None, "^(xpoints)$", True)),
        ("*.*", NamePattern(None, None, True)),
        ("x*.cust?mers", NamePattern("^(cust.mers)$", "^(x.*)$", True)),
        ('"My.Table*"', NamePattern(r"^(My\.Table\*)$")),
        ('"a""b"', NamePattern('^(a"b)$')),
        ('Foo"BAR"', NamePattern("^(fooBAR)$")),
        ("t[0-9]|u", NamePattern("^(t[0-9]|u)$")),
        ("a$b", NamePattern(r"^(a\$b)$")),
        ("postgres.x.t", NamePattern("^(t)$", "^(x)$", True, "postgres")),
        ("ÄÖ", NamePattern("^(ÄÖ)$")),
    ],
)
def test_patterns(text: str, pattern: NamePattern) -> None:
    assert parse_pattern(text) == pattern


@pytest.mark.parametrize(("text", "said"), [("a.b.c.d", "too many dots"), ('"a', "not closed")])
def test_bad_patterns(text: str, said: str) -> None:
    with pytest.raises(BadPattern, match=said):
        parse_pattern(text)


def test_a_quoted_name_matches_itself_only() -> None:
    for name in ("a.b", "a*b", "(x)", "a|b", "^$", "a\\b", "t[1]"):
        pattern = parse_pattern('"' + name + '"').name
        assert pattern is not None
        assert re.search(pattern, name)
        assert not re.search(pattern, name + "x")
