"""The palette: every action of the console by its name, and what the features offer."""

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import ClassVar

from textual import on
from textual.binding import BindingType
from textual.command import CommandPalette, DiscoveryHit, Hit, Provider
from textual.content import Content
from textual.widgets import Input

from dsqltui.core.language import _
from dsqltui.core.text.safe_text import one_line
from dsqltui.ui.extension.feature import Offer
from dsqltui.ui.keys.keymap import Action, KeyScope, actions, bindings, shown
from dsqltui.ui.keys.user_keys import keys_of, short_key_of
from dsqltui.ui.state.messages import QuitRequested
from dsqltui.ui.textual_patches.hooks import choose_what_was_found
from dsqltui.ui.textual_patches.type_ahead import TypeAhead


@dataclass(frozen=True, slots=True)
class PaletteEntry:
    """A line of the palette; its texts are safe."""

    name: str
    keys: str
    """What leads there without the palette; empty when nothing does."""
    description: str
    do: Callable[[], object]

    @property
    def text(self) -> str:
        """Name and keys."""
        return f"{self.name}  {self.keys}" if self.keys else self.name


class ConsoleEntries(Provider):
    """Finds among its entries. Nothing of them is taken as markup."""

    entries: ClassVar[Sequence[PaletteEntry]] = ()

    async def discover(self) -> AsyncIterator[DiscoveryHit]:
        """All of them, before anything is typed."""
        for entry in self.entries:
            yield DiscoveryHit(_prompt(Content(entry.text), entry), entry.do, text=entry.text)

    async def search(self, query: str) -> AsyncIterator[Hit]:
        """Those that match by name, key or description."""
        matcher = self.matcher(query)
        for entry in self.entries:
            name_score, offsets = matcher.fuzzy_search.match(query, entry.text)
            score = max(name_score, matcher.match(entry.description) * 0.5)
            if score > 0:
                name = Content(entry.text)
                for offset in offsets:
                    name = name.stylize(matcher.match_style, offset, offset + 1)
                yield Hit(score, _prompt(name, entry), entry.do, text=entry.text)


def _prompt(name: Content, entry: PaletteEntry) -> Content:
    """Both lines; Textual would take a hit's own help as markup."""
    return Content.assemble(name, "\n", (entry.description, "$text-muted not bold"))


class ConsolePalette(TypeAhead, CommandPalette):
    """Textual's palette with the console's actions; the keys for quitting and for the palette work in it too."""

    BINDINGS: ClassVar[list[BindingType]] = bindings(KeyScope.CONSOLE, "quit", "palette")

    def __init__(self, do: Callable[[str], object], offers: Sequence[Offer]) -> None:
        entries = [*_of_actions(do), *map(_of_offer, offers)]
        provider = type("Entries", (ConsoleEntries,), {"entries": entries})
        super().__init__([provider], placeholder=_("What do you want to do?"))

    def on_mount(self) -> None:
        """A cursor that blinks is 200 bytes a second."""
        self.query_one(Input).cursor_blink = False

    @on(Input.Submitted)
    def _entered(self, event: Input.Submitted) -> None:
        """Enter may come in one burst with what was typed."""
        event.stop()
        event.prevent_default()
        self.run_worker(choose_what_was_found(self), group="choose", exclusive=True)

    def action_quit(self) -> None:
        """Leave the palette and the console."""
        self.dismiss()
        self.app.post_message(QuitRequested())

    def action_palette(self) -> None:
        """The key that opened it closes it."""
        self.dismiss()


def _of_actions(do: Callable[[str], object]) -> list[PaletteEntry]:
    return [
        PaletteEntry(_(action.label), _ways(action), _(action.description), partial(do, action.id))
        for action in actions(KeyScope.CONSOLE)
        if action.id not in ("palette", "leader")
    ]


def _of_offer(offer: Offer) -> PaletteEntry:
    return PaletteEntry(one_line(offer.name, 60), "", one_line(offer.description, 120), offer.do)


def _ways(action: Action) -> str:
    keys = [shown(key) for key in keys_of(action)]
    return ", ".join([*keys, f"{short_key_of('leader')} {' '.join(action.leader)}"])
