"""The help and the palette: what they say, in which order, what typing finds."""

import pytest

from dsqltui.core.psql import COMMANDS
from dsqltui.ui.dialogs.help import HelpDialog
from dsqltui.ui.extension.feature import Feature, Offer
from dsqltui.ui.extension.palette import ConsolePalette, PaletteEntry
from dsqltui.ui.keys.keymap import ACTIONS, KeyScope
from dsqltui.ui.widgets.focused import focused_scopes
from dsqltui.ui.words.help_text import chapters, found
from support.screens.console import console
from support.screens.fake_session import rows


def test_it_holds_every_action_and_every_command() -> None:
    texts = {line.text for chapter in chapters(()) for line in chapter.lines}
    assert {action.description for action in ACTIONS if action.scope is not KeyScope.DIALOG} <= texts
    keys = {line.key for chapter in chapters(()) for line in chapter.lines}
    assert {usage for usage, _ in COMMANDS} <= keys


@pytest.mark.parametrize(
    ("first", "title"), [((None,), "In the editor"), ((KeyScope.GRID,), "In the results"), ((), "Console")]
)
def test_the_keys_of_the_focused_widget_stand_first_and_once(first: tuple[KeyScope | None, ...], title: str) -> None:
    titles = [chapter.title for chapter in chapters(first)]
    assert titles[0] == title
    assert titles.count(title) == 1


@pytest.mark.parametrize("query", ["reconnect", "f9", "RECONN token"])
def test_every_word_of_the_query_must_occur(query: str) -> None:
    lines = [line for chapter in found(chapters(()), query) for line in chapter.lines]
    assert any("Open this pane's connection again" in line.text for line in lines)
    assert len(lines) < 10


def test_nothing_found_is_no_chapter() -> None:
    assert found(chapters(()), "xyzzy") == []


async def test_where_the_person_is_decides_what_stands_first() -> None:
    async with console() as it:
        assert focused_scopes(it.app.focused) == (None,)
        it.a.answer("select 1", rows("n", ("1",)))
        it.write("select 1")
        await it.press("f5", "f4")
        await it.until(lambda: it.app.focused is it.pane_a.grid)
        assert focused_scopes(it.app.focused) == (KeyScope.GRID,)
        await it.press("f1")
        await it.until(lambda: "In the results" in it.screen_text())


async def test_typing_filters_and_escape_closes() -> None:
    async with console((80, 24)) as it:
        await it.press("f1", *"/zoom")
        await it.until(lambda: "This pane alone" in it.screen_text() and "Undo" not in it.screen_text())
        await it.press(*"xyzzy")
        await it.until(lambda: "No match." in it.screen_text())
        await it.press("escape")
        await it.until(lambda: not isinstance(it.app.screen, HelpDialog))


async def test_it_scrolls_by_keys_while_the_cursor_is_in_the_search() -> None:
    async with console((80, 24)) as it:
        await it.press("f1")
        await it.until(lambda: "In the editor" in it.screen_text())
        await it.press("pagedown", "pagedown")
        await it.until(lambda: "In the editor" not in it.screen_text())
        await it.press("pageup", "pageup")
        await it.until(lambda: "In the editor" in it.screen_text())


class _Offers(Feature):
    done = ""

    def offers(self) -> list[Offer]:
        return [
            Offer("[red]monthly[/] [/nope] \x1b[2J", "[bold] \\", lambda: setattr(type(self), "done", "monthly")),
            Offer("weekly", "A report.", lambda: setattr(type(self), "done", "weekly")),
        ]


async def test_the_palette_offers_what_features_have_and_takes_nothing_as_markup() -> None:
    async with console(more_features=(_Offers,)) as it:
        await it.press("ctrl+p")
        await it.until(lambda: isinstance(it.app.screen, ConsolePalette))
        await it.press(*"monthly")
        await it.until(lambda: "[red]monthly[/] [/nope] ␛[2J" in it.screen_text())
        await it.press("enter")
        await it.until(lambda: _Offers.done == "monthly")


def test_an_entry_without_keys_is_its_name() -> None:
    assert PaletteEntry("a", "", "", lambda: None).text == "a"
    assert PaletteEntry("a", "F5", "", lambda: None).text == "a  F5"
