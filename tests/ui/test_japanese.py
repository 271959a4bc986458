"""The screen in Japanese at 80x24: what is laid out there, and switching while it runs."""

from collections.abc import Iterator

import pytest

from dsqltui.core.language import language
from dsqltui.spoken import speak
from support.console import console


@pytest.fixture(autouse=True)
def english_again() -> Iterator[None]:
    yield
    speak("en")


async def test_the_language_is_switched_while_the_console_runs() -> None:
    async with console(size=(80, 24)) as one:
        assert "F1 Help" in one.screen_text()
        await one.press("ctrl+g", "g")
        await one.until(lambda: "F1 ヘルプ" in one.screen_text())
        assert language() == "ja"
        await one.press("ctrl+g", "g")
        await one.until(lambda: "F1 Help" in one.screen_text())


async def test_the_key_line_is_whole_words() -> None:
    speak("ja")
    async with console(size=(80, 24)) as one:
        last = one.screen_text().splitlines()[-1]
        assert all(word in last for word in ("F5 実行", "F6 両方", "F4 結果", "^G メニュー", "F1 ヘルプ", "^Q 終了"))


async def test_the_palette_and_the_leader_are_in_japanese() -> None:
    speak("ja")
    async with console(size=(80, 24)) as one:
        await one.press("ctrl+g")
        await one.until(lambda: "ロールバック" in one.screen_text())
        await one.press("escape", "ctrl+p")
        await one.until(lambda: "何をしますか" in one.screen_text())
