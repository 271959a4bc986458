"""Text from the database never acts on the terminal."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsqltui.core.text.safe_text import many_lines, one_line, typed_text

BIDI_CONTROLS = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}
HOSTILE = st.text(
    st.one_of(
        st.characters(),
        st.sampled_from("\x1b\x07\x08\r\n\t\x9b\x9d\u202e\u2066\u200b\u2028\ufeff\u200d\U000e0041\ufffe\ud800\udfff"),
    ),
    max_size=60,
)


def acts_on_the_terminal(character: str) -> bool:
    return (
        unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp")
        or unicodedata.bidirectional(character) in BIDI_CONTROLS
        or 0xE0000 <= ord(character) <= 0xE0FFF
    )


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain", "plain"),
        ("", ""),
        ("näïve 漢字 🙂", "näïve 漢字 🙂"),
        ("[red]not markup[/]", "[red]not markup[/]"),
        ("a\nb\tc\rd", "a⏎b⇥c␍d"),
        ("\x1b[31m\x07\x00\x7f", "␛[31m␇␀␡"),
        ("\x9b2J", "�2J"),
        ("a\u202eb", "a‹U+202E›b"),
        ("\u200b\ufeff\u2028", "‹U+200B›‹U+FEFF›‹U+2028›"),
        ("👩\u200d💻", "👩💻"),
        ("\ud800 \ufffe \U000e0041", "\ufffd \ufffd \ufffd"),
    ],
)
def test_one_line(text: str, shown: str) -> None:
    assert one_line(text) == shown


def test_one_line_clips_first() -> None:
    assert one_line("x" * 600) == "x" * 512 + "…"
    assert one_line("x" * 512) == "x" * 512
    assert one_line("\x1b" * 600, limit=3) == "␛␛␛…"


def test_many_lines_keeps_line_breaks_and_widens_tabs() -> None:
    assert many_lines("a\n\tb\r\n\x1b]0;title\x07") == "a\n    b␍\n␛]0;title␇"
    assert many_lines("x" * 300_000) == "x" * 200_000


def test_typed_text_keeps_what_a_person_wrote() -> None:
    assert typed_text("a\r\nb\rc\td") == "a\nb\nc\td"
    for kept in ("می\u200cخواهم", "a\u200e\u200f\u061c\u00ad\u200b\u2060\ufeff", "a\u202eb\u2066", "👩\u200d💻"):
        assert typed_text(kept) == kept


def test_typed_text_makes_visible_what_an_editor_cannot_hold() -> None:
    assert typed_text("d\x1b[201~e\x00\u2028\x9b\udcff") == "d␛[201~e␀‹U+2028›\ufffd\ufffd"


@given(HOSTILE)
def test_nothing_in_one_line_acts_on_the_terminal(text: str) -> None:
    assert not [character for character in one_line(text) if acts_on_the_terminal(character)]


@given(HOSTILE)
def test_nothing_in_many_lines_acts_on_the_terminal_but_the_line_break(text: str) -> None:
    assert not [character for character in many_lines(text) if acts_on_the_terminal(character) and character != "\n"]


@given(HOSTILE)
def test_safe_text_stays_as_it_is(text: str) -> None:
    assert one_line(one_line(text)) == one_line(text)
    assert typed_text(typed_text(text)) == typed_text(text)


@given(HOSTILE)
def test_typed_text_can_be_sent_to_a_server(text: str) -> None:
    kept = typed_text(text)
    assert "\0" not in kept
    assert kept.encode().decode() == kept


@given(st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E)))
def test_printable_ascii_is_untouched(text: str) -> None:
    assert one_line(text, limit=1000) == many_lines(text) == typed_text(text) == text
