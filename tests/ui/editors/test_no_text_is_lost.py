"""Whatever a person does with two consoles, their mirrors and their ends: what took the place of a text kept it."""

import json
import random
import shutil
from collections.abc import Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from dsqltui.store.buffers import BufferFile
from dsqltui.ui.dialogs.whose_text import WhoseText
from dsqltui.ui.features.buffers.feature import BufferFeature
from dsqltui.ui.state.sync_mode import SyncMode
from support.long_cases import spread
from support.screens.console import Console, console

HOSTS = ("a", "b")
STEPS = 14
ACTS = ("type A", "type B", "toggle", "toggle", "second console", "quit", "kill")


def texts_in(folder: Path) -> Iterator[str]:
    """All that is kept there, in editors or beside them."""
    for path in folder.glob("*.json"):
        values = json.loads(path.read_text(encoding="utf-8"))
        yield from (pane["text"] for pane in values["panes"].values())
        yield from (one["text"] for one in values["others"])


class Person:
    """Does things at random, and remembers which texts were replaced."""

    def __init__(self, folder: Path, seed: int) -> None:
        self._random = random.Random(seed)
        self._folder = folder
        self._life = 0
        self._words = 0
        self.wanted: set[str] = set()
        """Words of texts that were replaced, of other consoles, of editors at a good end. Nothing is deleted here."""
        self.story: list[str] = []

    @property
    def folder(self) -> Path:
        """Where this life's texts are."""
        return self._folder / str(self._life)

    async def live(self) -> None:
        """Consoles one after the other, each until its end."""
        while len(self.story) < STEPS:
            async with AsyncExitStack() as stack:
                it = await stack.enter_async_context(console(buffers=BufferFile(self.folder, HOSTS)))
                await self._is_back(it)
                ends = await self._use(it)
            if ends == "kill":  # what the disk had at that moment is all there is
                self._life += 1
            self._check()

    async def _use(self, it: Console) -> str:
        while len(self.story) < STEPS:
            act = self._random.choice(ACTS)
            self.story.append(act)
            match act:
                case "type A" | "type B":
                    await it.press("f2" if act == "type A" else "f3", *self._word())
                case "toggle":
                    await self._toggle(it)
                case "second console":
                    await self._second()
                case "quit":
                    await self._quit(it)
                    return act
                case "kill":
                    shutil.copytree(self.folder, self._folder / str(self._life + 1))
                    return act
        await self._quit(it)
        return "quit"

    async def _toggle(self, it: Console) -> None:
        before = it.app.console_screen.sync_mode
        await it.press("shift+f6")
        await it.until(lambda: it.app.console_screen.sync_mode is not before or isinstance(it.app.screen, WhoseText))
        if not isinstance(it.app.screen, WhoseText):
            return
        winner = self._random.choice("ab")
        loser = it.pane_b if winner == "a" else it.pane_a
        text = loser.editor.text
        await it.press(winner)
        await it.until(lambda: it.app.console_screen.sync_mode is SyncMode.MIRROR)
        assert text in texts_in(self.folder), "it is on disk before it leaves"
        self.wanted |= set(text.split())
        self._check()

    async def _second(self) -> None:
        """Another console on the same target, beside this one."""
        async with console(buffers=BufferFile(self.folder, HOSTS)) as other:
            await self._is_back(other)
            await other.press(*self._word())
            await self._quit(other)

    async def _quit(self, it: Console) -> None:
        for pane in (it.pane_a, it.pane_b):
            self.wanted |= set(pane.editor.text.split())
        await it.app.console_screen.close()
        self._check()

    def _check(self) -> None:
        kept = {word for text in texts_in(self.folder) for word in text.split()}
        assert self.wanted <= kept, self.story

    async def _is_back(self, it: Console) -> None:
        features = it.app.console_screen.features
        feature = next(feature for feature in features if isinstance(feature, BufferFeature))
        await it.until(lambda: feature.is_restored)

    def _word(self) -> str:
        self._words += 1
        return f"w{self._words} "


@pytest.mark.parametrize("seed", spread(range(12), 4))
async def test_every_text_that_was_replaced_can_be_had_again(tmp_path: Path, seed: int) -> None:
    person = Person(tmp_path, seed)
    await person.live()
    assert person.story
