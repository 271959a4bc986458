"""Comments toggled, lines moved to the right and left."""

from dsqltui.core.text.line_edits import indented, outdented, toggled_comments


def test_comments_come_and_go() -> None:
    lines = ("  select 1", "", "    from t -- why")
    commented = toggled_comments(lines)
    assert commented == ("  -- select 1", "", "  --   from t -- why")
    assert toggled_comments(commented) == lines


def test_some_commented_lines_are_commented_once_more_and_back() -> None:
    lines = ("-- a", "b")
    assert toggled_comments(lines) == ("-- -- a", "-- b")
    assert toggled_comments(toggled_comments(lines)) == lines


def test_comments_without_a_space_go_too() -> None:
    assert toggled_comments(("--a", " --b")) == ("a", " b")
    assert toggled_comments(("", "  ")) == ("", "  ")


def test_indentation() -> None:
    assert indented(("a", "", "  b"), 4) == ("    a", "", "      b")
    assert outdented(("    a", "", "  b", "\tc", "d"), 4) == ("a", "", "b", "c", "d")
    assert outdented(("      a",), 4) == ("  a",)
