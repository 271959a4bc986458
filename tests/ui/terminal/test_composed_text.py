"""What an input method has composed comes in one piece: all of it is text, and no letter of it is anybody's key."""

from textual import events

from dsqltui.ui.textual_patches.terminal_input import COMPOSED, PasteSafeParser
from ui.terminal.test_in_terminal import F5, quit_cleanly, terminal

PIECE = "select '日n本 が😀' as 住所"


def keys(text: str) -> list[tuple[str, str | None]]:
    parser = PasteSafeParser()
    return [(event.key, event.character) for event in parser.feed(text) if isinstance(event, events.Key)]


def test_letters_amid_composed_text_are_no_keys() -> None:
    found = keys("日n 本")
    assert "".join(character or "" for _key, character in found) == "日n 本"
    assert {key for key, _character in found} == {COMPOSED}


def test_keys_around_composed_text_are_keys() -> None:
    assert [key for key, _ in keys("\x1b[A日本n\rn\x1bOQn")] == ["up", *[COMPOSED] * 3, "enter", "n", "f2", "n"]
    assert [key for key, _ in keys("nn é")] == [COMPOSED] * 4
    assert [key for key, _ in keys("é")] == ["é"], "one letter is a key of a keyboard"
    assert [key for key, _ in keys("nnn")] == ["n"] * 3


def test_in_a_terminal_composed_text_is_whole_with_and_without_brackets() -> None:
    with terminal("plain") as running:
        running.send(PIECE)
        running.wait_for(PIECE)
        running.send(F5)
        running.wait_for("✓ SELECT")
        running.send(f"\r\x1b[200~{PIECE} 二\x1b[201~")
        running.wait_for(f"{PIECE} 二")
        quit_cleanly(running)
