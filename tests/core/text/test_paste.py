"""Pasted control characters are seen and do nothing, however the input is cut into pieces."""

import pytest

from dsqltui.core.text.paste import PasteFilter
from dsqltui.core.text.safe_text import has_control_signs, typed_text, visible_controls

START, END = "\x1b[200~", "\x1b[201~"


def test_keys_pass_untouched() -> None:
    keys = "ab\x1b[15~\x1b[A\x03\r\x1b"
    assert PasteFilter().clean(keys) == keys


def test_pasted_controls_become_signs() -> None:
    typed = f"a{START}x\x1b[15~\x12\x07\x9b\u202ey\r\n\tz{END}\x1b[15~"
    assert PasteFilter().clean(typed) == f"a{START}x␛[15~␒␇�\u202ey\r\n\tz{END}\x1b[15~"


@pytest.mark.parametrize("size", range(1, 12))
def test_any_pieces_give_the_same(size: int) -> None:
    typed = f"\x1b[15~a{START}x\x1b\x1b[20\x1b[15~y{END}b\x1b[15~{START}\x12{END}c"
    whole = PasteFilter()
    pieces = PasteFilter()
    cut = [pieces.clean(typed[at : at + size]) for at in range(0, len(typed), size)]
    assert "".join(cut) + pieces.clean("") == whole.clean(typed) + whole.clean("")


def test_the_escape_key_is_not_held_back() -> None:
    assert PasteFilter().clean("\x1b") == "\x1b"


def test_what_was_held_back_comes_at_the_end() -> None:
    paste = PasteFilter()
    assert paste.clean(f"{START}a\x1b[20") == f"{START}a"
    assert paste.clean("") == "␛[20"


def test_signs_are_recognised() -> None:
    for control in ("\x1b", "\x00", "\x9b", "\u202e"):
        shown = visible_controls(f"a{control}b")
        assert has_control_signs(shown)
        assert typed_text(shown) == shown
    assert not has_control_signs("select 'é東‹a›\u200c\u200e\u00ad' -- \t\n")
