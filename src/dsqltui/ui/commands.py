"""The palette: every action of the console by its name."""

from collections.abc import AsyncIterator
from functools import partial
from typing import ClassVar

from textual.binding import BindingType
from textual.command import CommandPalette, DiscoveryHit, Hit, Provider

from dsqltui.ui.keymap import Action, Scope, actions, bindings, shown
from dsqltui.ui.messages import QuitRequested


class ConsoleActions(Provider):
    """Offers the table of actions; runs them on the screen the palette was opened from."""

    async def discover(self) -> AsyncIterator[DiscoveryHit]:
        """All of them, before anything is typed."""
        for action in _offered():
            yield DiscoveryHit(_name(action), partial(self._run, action), help=action.description)

    async def search(self, query: str) -> AsyncIterator[Hit]:
        """Those that match."""
        matcher = self.matcher(query)
        for action in _offered():
            name = _name(action)
            score = max(matcher.match(name), matcher.match(action.description) * 0.5)
            if score > 0:
                yield Hit(
                    score, matcher.highlight(name), partial(self._run, action), text=name, help=action.description
                )

    async def _run(self, action: Action) -> None:
        await self.screen.run_action(f"do({action.id!r})")


class ConsolePalette(CommandPalette):
    """Textual's palette with the console's actions; Ctrl+Q works in it too."""

    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.CONSOLE, "quit", "palette")

    def __init__(self) -> None:
        super().__init__([ConsoleActions], placeholder="What do you want to do?")

    def action_quit(self) -> None:
        """Leave the palette and the console."""
        self.dismiss()
        self.app.post_message(QuitRequested())

    def action_palette(self) -> None:
        """The key that opened it closes it."""
        self.dismiss()


def _offered() -> tuple[Action, ...]:
    return tuple(action for action in actions(Scope.CONSOLE) if action.id != "palette")


def _name(action: Action) -> str:
    keys = ", ".join(shown(key) for key in action.keys)
    return f"{action.label}  {keys}" if keys else action.label
