"""What a terminal sends, as text: UTF-8 kept, other bytes visible, old mouse reports translated, wherever it is cut."""

from hypothesis import given
from hypothesis import strategies as st

from dsqltui.core.text.terminal_bytes import TerminalDecoder


def decoded(*pieces: bytes) -> str:
    decoder = TerminalDecoder()
    return "".join(decoder.decode(piece) for piece in pieces) + decoder.decode(b"", final=True)


def mouse(button: int, column: int, row: int) -> bytes:
    return b"\x1b[M" + bytes(32 + value for value in (button, column, row))


def test_bytes_that_are_no_utf_8_are_seen() -> None:
    assert decoded(b"caf\xe9") == "caf\ufffd"
    assert decoded("日本".encode("shift_jis")) != ""
    assert decoded("é".encode()[:1], "é".encode()[1:]) == "é"


def test_old_mouse_reports_are_translated() -> None:
    assert decoded(mouse(0, 120, 5)) == "\x1b[<0;120;5M"
    assert decoded(mouse(0, 201, 5) + mouse(3, 201, 6)) == "\x1b[<0;201;5M\x1b[<0;201;6m"
    assert decoded(mouse(2, 1, 1) + mouse(3, 1, 1)) == "\x1b[<2;1;1M\x1b[<2;1;1m"
    assert decoded(mouse(64, 150, 9)) == "\x1b[<64;150;9M"
    assert decoded(mouse(35, 150, 9)) == "\x1b[<35;150;9M"


def test_wherever_a_report_is_cut() -> None:
    report = b"a" + mouse(0, 201, 190) + b"b"
    for first in range(len(report) + 1):
        for second in range(first, len(report) + 1):
            assert decoded(report[:first], report[first:second], report[second:]) == "a\x1b[<0;201;190Mb"


def test_an_escape_is_never_held_back() -> None:
    decoder = TerminalDecoder()
    assert [decoder.decode(piece) for piece in (b"\x1b", b"\x1b[", b"2", b"\x1b[A")] == ["\x1b", "\x1b[", "2", "\x1b[A"]


def test_a_paste_is_left_as_it_is() -> None:
    pasted = b"\x1b[200~" + mouse(0, 5, 5) + b"\xe9\x1b[201~"
    assert decoded(pasted + mouse(0, 5, 5)) == "\x1b[200~" + mouse(0, 5, 5).decode() + "\ufffd\x1b[201~\x1b[<0;5;5M"
    for at in range(len(pasted)):
        assert decoded(pasted[:at], pasted[at:], mouse(0, 5, 5)).endswith("\x1b[<0;5;5M")


@given(
    st.lists(
        st.binary(max_size=12) | st.sampled_from([b"\x1b", b"\x1b[", b"\x1b[M", b"\x1b[200~", b"\x1b[201~", b"\xe9"]),
        max_size=12,
    )
)
def test_the_cuts_make_no_difference(pieces: list[bytes]) -> None:
    assert decoded(*pieces) == decoded(b"".join(pieces))


@given(st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\x1b")))
def test_text_is_kept(text: str) -> None:
    assert decoded(text.encode()) == text
