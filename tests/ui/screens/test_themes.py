"""Colours: every theme paints, none is needed to tell A from B, the choice is kept."""

from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest
from rich.color import Color as RichColor
from textual.color import Color
from textual.theme import Theme

from dsqltui.core.settings.sections import THEMES, ConsoleSettings, Settings
from dsqltui.store.settings_file import read_settings, save_setting
from dsqltui.ui.state import theme
from dsqltui.ui.state.services import CannotSave
from dsqltui.ui.textual_patches.cell_looks import nearest_of_256
from support.screens.console import console
from support.screens.painted import console_in_terminal

SQL = "select 'string', \"Ident\", 12 -- comment\n from pg_class where a::int = $1;\rbegin;"
PLACES = [
    ("", False),
    ("\x1b[15~", False),  # BEGIN
    ("\x1b[1;5H\x1b[15~", False),  # rows
    ("\x1bOS", False),  # the results
    ("\x1bOR", False),  # pane B
    ("\x1b[18~", False),  # the sidebar
    ("\x1bOP", True),  # the help
]
RULES, BLOCKS = "│─╭╮╰╯├┤┬┴┼▎▁▔", "▂▆▅▃▄"


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


@pytest.mark.parametrize("one", [theme.DARK, theme.LIGHT, theme.HIGH_CONTRAST], ids=lambda one: one.name)
def test_colours_are_of_the_256_that_every_terminal_has(one: Theme) -> None:
    named = [one.primary, one.secondary, one.accent, one.warning, one.error, one.success]
    named += [
        one.foreground,
        one.background,
        one.surface,
        one.panel,
        *theme.VARIABLES.values(),
        *one.variables.values(),
    ]
    for text in named:
        number = nearest_of_256(*Color.parse(text or "").rgb)
        assert palette(number) == Color.parse(text or "").rgb, text


@pytest.mark.parametrize(
    ("name", "one", "least"),
    [("dark", theme.DARK, 4.5), ("light", theme.LIGHT, 4.5), ("high", theme.HIGH_CONTRAST, 7.0)],
    ids=["dark", "light", "high-contrast"],
)
def test_whatever_is_painted_can_be_read(name: str, one: Theme, least: float) -> None:
    """Every pair of text and ground in the console's places, as a terminal without COLORTERM paints it."""
    pairs = painted_pairs(name, {one.surface, one.background, one.panel})
    assert len(pairs) > 20
    assert f"#{max(pairs, key=lambda pair: len(pairs[pair]))[1]}" in (one.surface, one.background, one.panel)
    rules = {pair for pair, texts in pairs.items() if all(set(text) <= set(RULES) for text in texts)}
    too_faint = {
        (f"{contrast(*pair):.1f}", pair, sorted(texts)[:2])
        for pair, texts in pairs.items()
        if contrast(*pair) < (1.8 if pair in rules else least)
    }
    assert not too_faint


def painted_pairs(name: str, grounds: set[str | None]) -> dict[tuple[str, str], set[str]]:
    """By foreground and background (hexadecimal): words that are painted so. Under a dialog all is dimmed, and left out."""
    found: dict[tuple[str, str], set[str]] = defaultdict(set)
    with console_in_terminal("plain", columns=120, rows=30) as running:
        running.send("\x07t")
        running.wait_for("white and bright colours")
        running.send(name)
        running.wait_until_quiet(0.8)
        running.send("\r")
        running.wait_for(lambda text: "╭" not in text and f"#{running.ground()}" in grounds)
        running.wait_until_quiet(0.8)
        running.send(SQL)
        running.wait_for("begin;")
        for keys, is_box in PLACES:
            running.send(keys)
            running.wait_for("╭" if is_box else "")
            running.wait_until_quiet(0.5)
            corners = [(row, column) for row, column, cell in running.cells() if cell.data in tuple("╭╮╰╯")]
            rows, columns = zip(*corners, strict=True) if is_box else ((0, 999), (0, 999))
            for row, column, cell in running.cells():
                is_in = min(rows) <= row <= max(rows) and min(columns) <= column <= max(columns)
                if is_in and cell.data.strip() and cell.data not in BLOCKS:
                    pair = (cell.bg, cell.fg) if cell.reverse else (cell.fg, cell.bg)
                    found[pair].add(cell.data)
        running.kill()
    return found


def contrast(one: str, other: str) -> float:
    """The contrast ratio of WCAG 2, of two colours in hexadecimal."""
    lighter, darker = sorted((_luminance(Color.parse(f"#{color}")) for color in (one, other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def palette(number: int) -> tuple[int, int, int]:
    """What xterm shows for one of the 256."""
    red, green, blue = RichColor.from_ansi(number).get_truecolor()
    return red, green, blue


def _luminance(color: Color) -> float:
    parts = [part / 255 for part in color.rgb]
    red, green, blue = (p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("terminal", ["xterm-256color", "screen", "linux", "vt100"])
def test_the_cursor_is_seen_in_every_terminal(terminal: str) -> None:
    with console_in_terminal("plain", columns=80, rows=24, env={"TERM": terminal}) as running:
        running.send("selec")
        running.wait_for("selec")
        running.send("\x1b[D")
        running.wait_until_quiet()
        row, column = next((row, column) for row, column, cell in running.cells() if cell.data == "s" and row == 1)
        cells = {(y, x): cell for y, x, cell in running.cells()}
        at, beside = cells[row, column + 4], cells[row, column + 3]
        assert at.data == "c"
        assert ground(at) != ground(beside), (at, beside)
        running.kill()


def ground(cell: Any) -> tuple[str, str]:
    """Foreground and background as they are seen: reversed twice is what it was."""
    is_default = (cell.fg, cell.bg) == ("default", "default")
    colors = ("white", "black") if is_default else (cell.fg, cell.bg)
    return (colors[1], colors[0]) if cell.reverse else colors


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


@pytest.mark.parametrize("wanted", [theme.TERMINAL, theme.LIGHT])
async def test_a_name_typed_in_one_burst_with_enter_is_the_theme(wanted: Theme) -> None:
    async with console((80, 24)) as it:
        await it.press("ctrl+g", "t", *wanted.name.removeprefix("dsqltui-"), "enter")
        await it.until(lambda: it.app.theme == wanted.name, 20)
