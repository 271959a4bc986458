"""The range that would run, as an editor shows it."""

import random

import pytest

from dsqltui.core.scripts.run_target import RunTarget, TargetFinder, run_target

SCRIPT = "begin;\nselect\n  1; -- one\n\nselect 2; select 3;\ncopy t from stdin;\n1\n\\.\n"


def test_a_statement_over_several_lines() -> None:
    at = SCRIPT.index("  1")
    assert run_target(SCRIPT, at) == RunTarget((7, 18), range(1, 3), False)


def test_two_statements_on_a_line() -> None:
    at = SCRIPT.index("select 2")
    assert run_target(SCRIPT, at) == RunTarget((at, at + 9), range(4, 5), True)
    assert run_target(SCRIPT, at + 12) == RunTarget((at + 10, at + 19), range(4, 5), True)


def test_in_the_data_of_a_copy_it_is_the_copy() -> None:
    target = run_target(SCRIPT, SCRIPT.index("1\n\\."))
    assert target is not None
    assert SCRIPT[slice(*target.span)] == "copy t from stdin;"
    assert target.rows == range(5, 8)


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("copy t from stdin;\n1\n2\n\\.\nselect 1;", 4),
        ("copy t from stdin;\n1\n2", 3),
        ("copy t from stdin;\n1\n2\n", 3),
        ("copy t from stdin;\n", 1),
        ("copy t from stdin;\n\\.\nx", 2),
    ],
)
def test_the_lines_of_a_copy_hold_its_data(text: str, rows: int) -> None:
    target = run_target(text, 0)
    assert target is not None
    assert target.rows == range(rows)


def test_nothing_to_run() -> None:
    assert run_target("-- only words", 3) is None


def test_looking_again_gives_what_looking_anew_gives() -> None:
    pieces = (
        "select 1",
        ";",
        "\n",
        " ",
        "'",
        "$$",
        "/*",
        "*/",
        "-- x",
        "(",
        ")",
        "\\i f",
        "copy t from stdin;\n1\n\\.\n",
    )
    for seed in range(300):
        rng = random.Random(seed)
        finder, text = TargetFinder(), ""
        for _ in range(40):
            at = rng.randint(0, len(text))
            end, new = (at, rng.choice(pieces)) if rng.random() < 0.7 else (min(len(text), at + rng.randint(0, 5)), "")
            text = text[:at] + new + text[end:]
            finder.changed(at, end, len(new) - (end - at))
            for cursor in (rng.randint(0, len(text)) for _ in range(rng.randint(0, 2))):
                assert finder.find(text, cursor) == run_target(text, cursor), (seed, text, cursor)


def test_a_change_far_above_costs_nothing_below() -> None:
    text = "\n".join(f"select {n};" for n in range(2_000))
    finder = TargetFinder()
    finder.changed(0, 0, len(text))
    assert finder.find(text, len(text)) is not None
    for typed in range(3):
        text = text[:typed] + "x" + text[typed:]
        finder.changed(typed, typed, 1)
        assert finder.find(text, typed, most=1_000) is not None
        assert finder.find(text, len(text), most=1_000) == run_target(text, len(text))
        assert not finder.is_behind


def test_a_far_statement_is_found_piece_by_piece() -> None:
    text = "\n".join(f"select {n};" for n in range(2_000))
    finder, pieces = TargetFinder(), 1
    while (found := finder.find(text, len(text), most=1_000)) is None:
        assert finder.is_behind
        pieces += 1
    assert found == run_target(text, len(text))
    assert 15 < pieces < 40
    finder.changed(len(text), len(text), 1)
    assert finder.find(text + " ", len(text), most=1_000) == found, "what was found once is known"
    assert not finder.is_behind


def test_an_open_parenthesis_is_not_followed_to_the_end() -> None:
    text = "select (\n" + "select 1;\n" * 2_000
    found = TargetFinder().find(text, 3, most=1_000)
    assert found is not None
    assert found.span[0] == 0
    assert 1_000 <= found.span[1] < 1_100


def test_a_statement_that_is_too_long_to_read_is_given_up() -> None:
    text = "select (\n" + "select 1;\n" * 4_000
    finder = TargetFinder()
    for _ in range(4):
        assert finder.find(text, len(text), most=1_000) is None
    assert not finder.is_behind
