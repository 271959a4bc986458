"""Keys typed before a dialog is there wait for it.

A screen is pushed at once but mounted later; stock Textual 8.2 drops the keys between, or gives them to nobody's focus.
This mixin goes before the screen class.
"""

from typing import TYPE_CHECKING

from textual import events

if TYPE_CHECKING:
    from textual.widget import Widget as _Mixed
else:  # Textual takes styles only from the first base that is a widget: a mixin must be none
    _Mixed = object


class TypeAhead(_Mixed):
    """For every screen that is opened by a key."""

    _held: list[events.Key | events.Paste] | None = None
    """What came before the screen was composed; None once it is, and nothing is held any more."""
    _is_composed = False

    def _forward_event(self, event: events.Event) -> None:
        if not self._is_composed and isinstance(event, events.Key | events.Paste):
            self._held = [*(self._held or ()), event]
        else:
            super()._forward_event(event)

    async def _compose(self) -> None:
        await super()._compose()  # gives the focus too
        self._is_composed = True
        held, self._held = self._held or (), None
        for event in held:
            receiver = self.screen.focused
            if receiver is not None:
                receiver._forward_event(event)
            else:
                super()._forward_event(event)
