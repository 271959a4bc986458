"""The looks are those of Textual's own stylesheet, with less work."""

import pytest
from textual.css.stylesheet import Stylesheet
from textual.dom import DOMNode
from textual.widget import Widget

from dsqltui.ui import app as app_module
from dsqltui.ui.state.theme import HIGH_CONTRAST, LIGHT
from dsqltui.ui.textual_patches.lazy_stylesheet import LazyStylesheet
from support.screens.console import Console, console

Looks = dict[tuple[str, str], str]


def components_of(widget: Widget) -> set[str]:
    """Names of the widget's component classes, its bases' included."""
    return {name for base in type(widget).__mro__ for name in vars(base).get("COMPONENT_CLASSES", ())}


def widgets_of(it: Console) -> list[Widget]:
    return [node for node in it.app.screen.walk_children() if isinstance(node, Widget)]


def looks(it: Console) -> Looks:
    """Every component style in use or not, as painted."""
    return {
        (str(widget.css_path_nodes), name): str(widget.get_component_rich_style(name))
        for widget in widgets_of(it)
        for name in sorted(components_of(widget))
    }


async def looks_in_all_themes(stylesheet: type[Stylesheet]) -> list[Looks]:
    """Of a console with that stylesheet, after the start and in each other theme."""
    async with console() as it:
        assert type(it.app.stylesheet) is stylesheet
        seen = [looks(it)]
        for theme in (LIGHT, HIGH_CONTRAST):
            it.app.theme = theme.name
            await it.press("f3", "f4")
            await it.until(lambda: looks(it) != seen[-1])
            await it.pilot.pause()
            seen.append(looks(it))
        return seen


async def test_every_component_looks_as_with_textual_whatever_was_changed(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = await looks_in_all_themes(LazyStylesheet)
    assert all(len(of_theme) > 100 for of_theme in seen)
    monkeypatch.setattr(app_module, "LazyStylesheet", Stylesheet)
    assert seen == await looks_in_all_themes(Stylesheet)


async def test_hidden_components_are_not_worked_out(monkeypatch: pytest.MonkeyPatch) -> None:
    worked_out: set[tuple[DOMNode | None, frozenset[str]]] = set()
    stock = LazyStylesheet.apply

    def spy(sheet: LazyStylesheet, node: DOMNode, *, animate: bool = False, **more: object) -> None:
        if not isinstance(node, Widget):
            worked_out.add((node.parent, node.classes))
        stock(sheet, node, animate=animate, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(LazyStylesheet, "apply", spy)
    async with console() as it:
        hidden = {widget for widget in widgets_of(it) if components_of(widget) and not widget.display}
        assert worked_out
        assert sum(node in hidden for node, _ in worked_out) < sum(map(len, map(components_of, hidden))) / 2


async def test_the_sheet_is_parsed_once_for_one_theme() -> None:
    async with console() as it:
        rules = it.app.stylesheet.rules
        it.app.stylesheet.set_variables(dict(it.app.get_css_variables()))
        it.app.stylesheet.reparse()
        assert it.app.stylesheet.rules is rules
