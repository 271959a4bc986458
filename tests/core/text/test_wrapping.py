"""Lines of terminal cells, Japanese included."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsqltui.core.text.wrapping import break_places, cells, side_by_side, wrapped


def test_words_are_kept_and_spaces_at_breaks_are_dropped() -> None:
    assert wrapped("one two three", 7) == ["one two", "three"]
    assert wrapped("one\n\ntwo", 7) == ["one", "", "two"]


def test_japanese_breaks_between_letters_but_not_before_closing_marks() -> None:
    assert wrapped("あいうえお。かき", 10) == ["あいうえ", "お。かき"]
    assert wrapped("あいうえっか", 8) == ["あいう", "えっか"]
    assert wrapped("あいう「かき」", 8) == ["あいう", "「かき」"]


def test_latin_words_stay_whole_in_japanese() -> None:
    assert wrapped("ここでCOMMITします。", 10) == ["ここで", "COMMITしま", "す。"]


def test_a_word_longer_than_the_line_is_cut() -> None:
    assert wrapped("abcdefgh", 3) == ["abc", "def", "gh"]


def test_code_is_kept_whole_where_it_fits() -> None:
    assert wrapped("say `select 1` now", 12) == ["say", "`select 1`", "now"]


def test_indentation_is_kept() -> None:
    assert wrapped("   id abcdef ghijk", 12) == ["   id abcdef", "   ghijk"]


def test_the_places_of_breaks_are_those_of_the_wrapped_lines() -> None:
    text = "→ このロールには権限がありません。adminでGRANTしてください。"
    places = [0, *break_places(text, 20), len(text)]
    assert [text[a:b].rstrip() for a, b in pairwise(places)] == wrapped(text, 20)
    assert break_places("short 短い", 20) == []
    assert break_places("abcdefgh", 3) == [3, 6]


@given(st.text(alphabet="ab 、。あいっ「」`漢é\u0301", max_size=60), st.integers(4, 20))
def test_no_piece_between_places_is_too_wide(text: str, width: int) -> None:
    places = [0, *break_places(text, width), len(text)]
    assert all(cells(text[a:b].rstrip(" ")) <= width for a, b in pairwise(places) if text[a:b].strip(" "))


@given(st.text(alphabet="ab 、。あいっ「」`漢é\u0301", max_size=60), st.integers(4, 20))
def test_no_line_is_too_wide_and_nothing_is_lost(text: str, width: int) -> None:
    lines = wrapped(text, width)
    joined = "".join(lines).replace(" ", "")
    assert joined == text.replace(" ", "")
    for line in lines:
        assert cells(line) <= width


@pytest.mark.parametrize(("text", "count"), [("abc", 3), ("あい", 4), ("e\u0301", 1), ("", 0)])
def test_cells(text: str, count: int) -> None:
    assert cells(text) == count


def test_short_texts_side_by_side_break_only_between_them() -> None:
    keys = ["^G y retry", "^G w e edit", "^G x details"]
    assert side_by_side(keys, 0) == side_by_side(keys, 39) == "^G y retry   ^G w e edit   ^G x details"
    assert side_by_side(keys, 37) == "^G y retry  ^G w e edit  ^G x details"
    assert side_by_side(keys, 30) == "^G y retry   ^G w e edit\n^G x details"
    assert side_by_side(keys, 5) == "^G y retry\n^G w e edit\n^G x details"
