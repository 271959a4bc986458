"""The looks are those of Textual's own stylesheet, with less work."""

from textual.css.stylesheet import Stylesheet
from textual.widget import Widget

from dsqltui.ui.state.theme import HIGH_CONTRAST, LIGHT
from dsqltui.ui.textual_patches.lazy_stylesheet import LazyStylesheet
from support.console import Console, console


def looks(it: Console) -> dict[tuple[str, str], str]:
    """Every component style in use or not, as painted."""
    widgets = [w for w in it.app.screen.walk_children() if isinstance(w, Widget)]
    return {
        (str(widget.css_path_nodes), name): str(widget.get_component_rich_style(name))
        for widget in widgets
        for name in sorted(widget._get_component_classes())
    }


def looks_of_textual(it: Console) -> dict[tuple[str, str], str]:
    """The same after Textual's own method has worked all of them out."""
    for widget in it.app.screen.walk_children():
        Stylesheet._process_component_classes(it.app.stylesheet, widget)
        if isinstance(widget, Widget):
            widget._rich_style_cache.clear()
    return looks(it)


async def test_every_component_looks_as_with_textual_whatever_was_changed() -> None:
    async with console() as it:
        assert isinstance(it.app.stylesheet, LazyStylesheet)
        seen = looks(it)
        assert len(seen) > 100
        assert seen == looks_of_textual(it)
        for theme in (LIGHT, HIGH_CONTRAST):
            it.app.theme = theme.name
            await it.press("f3", "f4")
            await it.until(lambda: it.app.stylesheet._variables == it.app.get_css_variables())
            before, seen = seen, looks(it)
            assert seen != before, "another theme has other colours"
            assert seen == looks_of_textual(it)


async def test_hidden_components_are_not_worked_out() -> None:
    async with console() as it:
        hidden = [w for w in it.app.screen.walk_children() if w._get_component_classes() and not w.display]
        worked_out = sum(len(widget._component_styles) for widget in hidden)
        assert worked_out < sum(len(widget._get_component_classes()) for widget in hidden) / 2


async def test_the_sheet_is_parsed_once_for_one_theme() -> None:
    async with console() as it:
        rules = it.app.stylesheet.rules
        it.app.stylesheet.set_variables(dict(it.app.get_css_variables()))
        it.app.stylesheet.reparse()
        assert it.app.stylesheet.rules is rules
