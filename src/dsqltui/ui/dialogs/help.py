"""All keys and commands: those of the focused widget first, the rest below; typing searches."""

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Input, Static

from dsqltui.core.language import _
from dsqltui.core.text.wrapping import cells, padded, wrapped
from dsqltui.ui.dialogs.base import Dialog
from dsqltui.ui.keys.keymap import KeyScope, bindings
from dsqltui.ui.keys.user_keys import key_of
from dsqltui.ui.widgets.search_field import SearchField
from dsqltui.ui.words.help_text import Chapter, HelpLine, chapters, found

_KEY_WIDTH, _TEXT_WIDTH = 22, 44


class HelpDialog(Dialog[None]):
    """Escape or F1 closes it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings(KeyScope.CONSOLE, "help"),
        Binding("up", "scroll(-1)", show=False),
        Binding("down", "scroll(1)", show=False),
        Binding("pageup", "scroll_page(-1)", show=False),
        Binding("pagedown", "scroll_page(1)", show=False),
    ]
    AUTO_FOCUS = "SearchField"
    COMPONENT_CLASSES: ClassVar[set[str]] = {"help--heading", "help--key", "help--text"}

    def __init__(self, first: tuple[KeyScope | None, ...] = ()) -> None:
        """`first` are the scopes whose keys work where the person is now; None is the editor."""
        super().__init__()
        self._chapters = chapters(first)

    def compose(self) -> ComposeResult:
        """A line to search with over one scrolling text."""
        with Vertical(classes="dialog -tall"):
            yield Static(_("Keys and commands"), markup=False, classes="dialog--title")
            yield SearchField(_("Type to search"))
            with VerticalScroll(classes="dialog--scroll", can_focus=False):
                yield Static(_content(self._chapters), id="help-text")
            foot = _("Esc or {key} closes   ↑ ↓ PgUp PgDn scroll").format(key=key_of("help"))
            yield Static(foot, markup=False, classes="dialog--foot")

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        """Only what matches; a slash in front is the habit of other programs."""
        kept = found(self._chapters, event.value.removeprefix("/"))
        self.query_one("#help-text", Static).update(_content(kept) if kept else _("No match."))
        self._scroll.scroll_home(animate=False)

    @property
    def _scroll(self) -> VerticalScroll:
        return self.query_one(VerticalScroll)

    def action_scroll(self, rows: int) -> None:
        """A line up or down."""
        self._scroll.scroll_relative(y=rows, animate=False)

    def action_scroll_page(self, pages: int) -> None:
        """A page up or down."""
        self._scroll.scroll_relative(y=pages * max(1, self._scroll.size.height - 1), animate=False)

    def action_help(self) -> None:
        """The key that opened it closes it."""
        self.dismiss(None)


def _content(kept: list[Chapter]) -> Content:
    return Content("\n\n").join(
        Content("\n").join(
            [
                Content.styled(chapter.title, ".help--heading"),
                *(part for line in chapter.lines for part in _lines(line)),
            ]
        )
        for chapter in kept
    )


def _lines(line: HelpLine) -> list[Content]:
    """The key, and its description in a column of its own; a long key has a line of its own."""
    first, *more = wrapped(line.text, _TEXT_WIDTH) or [""]
    margin = " " * (_KEY_WIDTH + 2)
    if cells(line.key) >= _KEY_WIDTH:
        head = [Content.styled(f"  {line.key}", ".help--key"), Content.styled(margin + first, ".help--text")]
    else:
        head = [Content.assemble((f"  {padded(line.key, _KEY_WIDTH)}", ".help--key"), (first, ".help--text"))]
    return [*head, *(Content.styled(margin + text, ".help--text") for text in more)]
