"""Content made of parts, each looking as styles/*.tcss says for its component class."""

from textual.content import Content
from textual.style import Style
from textual.widget import Widget


class Parts(Widget):
    """Base of the widgets that draw a line or two of differently looking parts."""

    def part(self, text: str, component: str) -> Content:
        """`text` in the look of a component class.

        Content's own `.component` styles lose opaque backgrounds and reverse video in Textual 8.2.
        """
        return Content.styled(text, Style.from_rich_style(self.get_component_rich_style(component, partial=True)))
