"""The room both panes share; says when it has another size."""

from textual import events
from textual.containers import Container

from dsqltui.ui.state.messages import PanesResized


class Panes(Container):
    """Side by side or stacked, as the screen's class says."""

    def on_resize(self, event: events.Resize) -> None:
        """A column beside it was opened or closed, or the terminal has another size."""
        self.post_message(PanesResized(event.size.width, event.size.height))
