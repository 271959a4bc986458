"""A student at a console with a lab: the panel and its keys, on sessions that answer what they are told."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from dsqltui.core.kept.buffers import BufferStore
from dsqltui.core.kept.lab_progress import ForgetfulStore, LabProgress
from dsqltui.labs.files.template import TEMPLATE
from dsqltui.labs.ports import IamPort
from dsqltui.labs.services import LabServices
from dsqltui.labs.text import Language
from dsqltui.ui.features.lab.panel import LabPanel, LabText
from support.screens.console import Console, console
from support.screens.fake_roles import FakeSwitcher
from support.screens.fake_session import FakeSession, rows

ANSWER = "select 40 + 2 as answer"


@dataclass
class Faults:
    """Remembers changes."""

    changes: list[str] = field(default_factory=list)

    async def change(self, changes: Sequence[str]) -> None:
        self.changes += changes


@dataclass
class Student:
    """A console in a lab."""

    console: Console
    store: ForgetfulStore
    observer: FakeSession
    reports: Path

    @property
    def panel(self) -> LabPanel:
        return next(panel for panel in self.console.app.console_screen.query(LabPanel) if panel.has_class("-open"))

    @property
    def text(self) -> str:
        """What the panel paints, scrolled or not, on one line."""
        return " ".join(panel_text(self.panel).split())

    @property
    def dialog(self) -> str:
        """What the whole screen paints, on one line."""
        return " ".join(self.console.screen_text().replace("│", " ").split())

    async def until_shown(self, text: str) -> None:
        await self.console.until(lambda: text in self.text, timeout_s=60)

    async def press(self, *keys: str) -> None:
        self.panel.scroll.focus()
        await self.console.pilot.pause()
        await self.console.press(*keys)


def panel_text(panel: LabPanel) -> str:
    """All lines of the panel's text."""
    text = panel.query_one(LabText)
    return "\n".join(text.render_line(y).text for y in range(text.size.height))


@asynccontextmanager
async def lab(
    tmp_path: Path,
    toml: str = TEMPLATE,
    *,
    size: tuple[int, int] = (140, 40),
    language: Language = Language.ENGLISH,
    start: str = "mine",
    progress: LabProgress | None = None,
    faults: Faults | None = None,
    pace_s: float | None = None,
    iam: IamPort | None = None,
    others: Mapping[str, str] | None = None,
    roles: FakeSwitcher | None = None,
    buffers: BufferStore | None = None,
) -> AsyncIterator[Student]:
    """A console that begins this lab."""
    folder = tmp_path / "labs"
    folder.mkdir()
    (folder / "01-mine.toml").write_text(toml, encoding="utf-8")
    for name, text in (others or {}).items():
        (folder / name).write_text(text, encoding="utf-8")
    store = ForgetfulStore()
    if progress is not None:
        store.save(progress)
    a = FakeSession("us-east-1", {ANSWER: rows("answer", ("42",))})
    observer = FakeSession("us-east-1")

    async def values() -> dict[str, str]:
        return {"account": "111122223333", "region.a": "us-east-1", "region.b": "us-east-2"}

    def write(path: Path, content: bytes) -> None:
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content)

    open_roles = None if roles is None else lambda: roles
    kit = LabServices(folder, store, values, language, tmp_path / "reports", write, faults, iam, start, pace_s)
    async with console(
        size, a=a, labs=kit, open_observer=lambda _: observer, open_roles=open_roles, buffers=buffers
    ) as running:
        yield Student(running, store, observer, tmp_path / "reports")
