"""The lab panel: title and progress, the step's text, one line of keys. Told what to show; asks with messages."""

from typing import ClassVar

from textual import events, getters
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from dsqltui.labs.text import Language
from dsqltui.ui.features.lab.text import LabView, Look, away_line, body, head, key_line
from dsqltui.ui.keys.keymap import KeyScope, bindings
from dsqltui.ui.state.messages import LabAsked, LabPanelResized, ask
from dsqltui.ui.textual_patches.ordered import Ordered
from dsqltui.ui.widgets.parts import Parts

_NOTHING = LabView(None, Language.ENGLISH)


class LabLine(Parts):
    """The first or the last line."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"lab-line--text"}

    text = ""

    def show(self, text: str) -> None:
        """Replace it."""
        if text != self.text:
            self.text = text
            self.refresh()

    def render(self) -> Content:
        """One line, cut where it does not fit."""
        return self.part(self.text, "lab-line--text").truncate(self.content_size.width, ellipsis=True, pad=True)


class LabText(Parts, Static):
    """The wrapped text."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {look.value for look in Look}

    def show(self, view: LabView, width: int) -> None:
        """Wrap anew."""
        lines = [Content.assemble(*(self.part(text, look.value) for text, look in line)) for line in body(view, width)]
        self.update(Content("\n").join(lines))


class LabScroll(Ordered, VerticalScroll):
    """Has the focus while a person reads; every letter asks for something."""

    BINDINGS: ClassVar[list[BindingType]] = bindings(KeyScope.LAB)

    class Moved(Message):
        """Other lines are in sight."""

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Tell the panel, whose first line says how much is below."""
        super().watch_scroll_y(old_value, new_value)
        self.post_message(self.Moved())

    def watch_virtual_size(self) -> None:
        """The text has become longer or shorter."""
        self.post_message(self.Moved())

    def action_lab_next(self) -> None:
        """Run, or go on."""
        ask(self, LabAsked("lab_next"))

    def action_lab_enter(self) -> None:
        """The same, or prepare what is needed."""
        ask(self, LabAsked("lab_enter"))

    def action_lab_back(self) -> None:
        """A step back."""
        ask(self, LabAsked("lab_back"))

    def action_lab_hint(self) -> None:
        """The hint."""
        ask(self, LabAsked("lab_hint"))

    def action_lab_reset(self) -> None:
        """Back to the start."""
        ask(self, LabAsked("lab_reset"))

    def action_lab_skip(self) -> None:
        """Leave the step out."""
        ask(self, LabAsked("lab_skip"))

    def action_lab_list(self) -> None:
        """All labs."""
        ask(self, LabAsked("lab_list"))

    def action_lab_language(self) -> None:
        """The other language."""
        ask(self, LabAsked("lab_language"))

    def action_lab_help(self) -> None:
        """What the keys do."""
        ask(self, LabAsked("lab_help"))

    def action_lab_size(self) -> None:
        """More lines, or fewer."""
        ask(self, LabAsked("lab_size"))

    def action_lab_pause(self) -> None:
        """Pause a presenter's play, or go on."""
        ask(self, LabAsked("lab_pause"))

    def action_lab_slower(self) -> None:
        """A presenter's play, more slowly."""
        ask(self, LabAsked("lab_slower"))

    def action_lab_faster(self) -> None:
        """A presenter's play, more quickly."""
        ask(self, LabAsked("lab_faster"))

    def action_lab_leave(self) -> None:
        """To the editor."""
        ask(self, LabAsked("lab_leave"))

    def action_choose_1(self) -> None:
        """The first answer."""
        ask(self, LabAsked("choose", 1))

    def action_choose_2(self) -> None:
        """The second answer."""
        ask(self, LabAsked("choose", 2))

    def action_choose_3(self) -> None:
        """The third answer."""
        ask(self, LabAsked("choose", 3))

    def action_choose_4(self) -> None:
        """The fourth answer."""
        ask(self, LabAsked("choose", 4))


class LabPanel(Vertical):
    """A column beside the panes, or a band below them: where it stands is its parent's matter."""

    scroll = getters.query_one(LabScroll)

    def __init__(self, *, is_band: bool) -> None:
        super().__init__(classes="-band" if is_band else "-column")
        self._view = _NOTHING
        self._shown_step: object = None

    def compose(self) -> ComposeResult:
        """From the top."""
        yield LabLine(classes="lab--head")
        with LabScroll():
            yield LabText(markup=False)
        yield LabLine(classes="lab--keys")

    def show(self, view: LabView) -> None:
        """Replace what is shown; a new step begins at its top."""
        self._view = view
        self._paint()
        step = None if view.attempt is None else (view.attempt, view.attempt.position, view.attempt.answer, view.reason)
        if step != self._shown_step:
            self._shown_step = step
            self.scroll.scroll_home(animate=False)

    def on_descendant_focus(self) -> None:
        """The keys are the panel's: the last line says which."""
        self._paint()

    def on_descendant_blur(self) -> None:
        """The keys are not the panel's any more: the last line says how to come back."""
        self._paint()

    def on_resize(self, _: events.Resize) -> None:
        """Wrap anew; the console may have become too narrow for a column."""
        self._paint()
        self.post_message(LabPanelResized())

    def on_lab_scroll_moved(self) -> None:
        """The first line says how many lines are out of sight."""
        self._paint_head()

    def _paint_head(self) -> None:
        line = self.query_one(".lab--head", LabLine)
        below = round(self.scroll.max_scroll_y - self.scroll.scroll_y)
        line.show(head(self._view, line.content_size.width, lines_below=below))

    def _paint(self) -> None:
        width = self.scroll.scrollable_content_region.width
        if width <= 0:
            return
        self._paint_head()
        self.query_one(LabText).show(self._view, width)
        keys = self.query_one(".lab--keys", LabLine)
        has_keys = self.has_focus_within
        self.set_class(not has_keys, "-away")
        keys.show(key_line(self._view, keys.content_size.width) if has_keys else away_line(self._view))
