"""Colours: every theme paints, none is needed to tell A from B, the choice is kept."""

from pathlib import Path

import pytest
from textual.color import Color
from textual.theme import Theme

from dsqltui.core.settings.sections import THEMES, ConsoleSettings, Settings
from dsqltui.store.settings_file import read_settings, save_setting
from dsqltui.ui.state import theme
from dsqltui.ui.state.services import CannotSave
from support.console import console
from support.painted import console_in_terminal


@pytest.fixture(autouse=True)
def many_colours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEXTUAL_COLOR_SYSTEM", "truecolor")
    monkeypatch.setenv("COLORTERM", "truecolor")
    monkeypatch.delenv("NO_COLOR", raising=False)


@pytest.mark.parametrize("name", THEMES)
async def test_the_setting_chooses_the_theme(name: str) -> None:
    async with console(settings=Settings(console=ConsoleSettings(theme=name))) as it:
        few = it.app.console.color_system in (None, "standard")
        assert it.app.theme == theme.named(name, has_few_colors=few).name
        assert "▶F2  A  us-east-1" in it.screen_text()


@pytest.mark.parametrize("has_few_colors", [True, False])
def test_auto_looks_at_the_terminal(has_few_colors: bool) -> None:
    assert theme.named("auto", has_few_colors=has_few_colors) is (theme.TERMINAL if has_few_colors else theme.DARK)


@pytest.mark.parametrize("one", theme.all_themes(), ids=lambda one: one.name)
def test_each_theme_gives_every_colour_of_ours(one: Theme) -> None:
    if one is not theme.DARK:  # whose colours are the defaults
        assert {*theme.VARIABLES} <= {*one.variables}


@pytest.mark.parametrize(
    ("one", "least"),
    [(theme.DARK, 4.5), (theme.LIGHT, 4.5), (theme.HIGH_CONTRAST, 7.0)],
    ids=lambda v: getattr(v, "name", v),
)
def test_text_can_be_read_on_its_ground(one: Theme, least: float) -> None:
    colours = {**theme.VARIABLES, **one.variables}
    texts = [
        colours[name] for name in ("pane-a", "pane-b", "conflict", "quiet", "sql-keyword", "sql-string", "sql-number")
    ]
    for text in (*texts, one.foreground, one.error, one.success, one.warning, one.primary, one.accent):
        assert _contrast(Color.parse(text or ""), Color.parse(one.surface or "")) >= least, text


def _contrast(one: Color, other: Color) -> float:
    """The contrast ratio of WCAG 2."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(color: Color) -> float:
    parts = [part / 255 for part in color.rgb]
    red, green, blue = (p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


async def test_a_chosen_theme_holds_at_once_and_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    async with console(save_setting=lambda section, name, value: save_setting(section, name, value, path)) as it:
        await it.press("ctrl+g", "t")
        await it.until(lambda: "white and bright colours" in it.screen_text())
        await it.press(*"high", "enter")
        await it.until(lambda: it.app.theme == "dsqltui-high-contrast")
        await it.until(lambda: it.notice == "Theme: high-contrast; saved in the settings.")
    assert read_settings(path).settings.console.theme == "high-contrast"


async def test_the_palette_offers_each_theme() -> None:
    async with console() as it:
        await it.press("ctrl+p", *"theme: light")
        await it.until(lambda: "Theme: light" in it.screen_text())
        await it.press("enter")
        await it.until(lambda: it.app.theme == "dsqltui-light")


async def test_a_choice_that_cannot_be_kept_holds_and_says_so() -> None:
    def refuses(*_setting: object) -> None:
        raise CannotSave("config.toml, line 2: there is no setting console.row.")

    async with console(save_setting=refuses) as it:
        await it.press("ctrl+g", "t")
        await it.until(lambda: "dark text on a light ground" in it.screen_text())
        await it.press("down", "down", "enter")
        await it.until(lambda: "could not save it: config.toml, line 2" in it.notice)
        assert it.app.theme == "dsqltui-light"


def test_without_colours_a_and_b_are_told_apart_by_letters_everywhere() -> None:
    with console_in_terminal("plain", columns=80, rows=24, env={"NO_COLOR": "1"}) as running:
        assert "▶F2  A  us-east-1" in running.text
        assert " F3  B  us-east-2" in running.text
        running.send("begin\x1b[15~")
        running.wait_for("=* in transaction")
        running.send("\x1bOR")
        running.wait_for("▶F3  B  us-east-2")
        assert " F2  A  us-east-1" in running.text
        running.send("\x11\x11")
        assert running.wait_for_exit() == 0
