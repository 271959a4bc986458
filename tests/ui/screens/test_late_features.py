"""Features that are loaded when the panes are connected: what is asked of them before, and typed behind it, waits for them."""

import threading
from collections.abc import Iterator, Sequence

import pytest
from textual import events

from dsqltui.core.sessions.session import Session
from dsqltui.ui.dialogs.help import HelpDialog
from dsqltui.ui.features.sidebar.widget import Sidebar
from support.screens.console import Console, console
from support.screens.fake_session import FakeSession


class SlowToOpen:
    """Sessions that come when they may."""

    def __init__(self) -> None:
        self.may_come = threading.Event()

    def __call__(self) -> Sequence[Session]:
        assert self.may_come.wait(30)
        return FakeSession("us-east-1"), FakeSession("us-east-2")


@pytest.fixture
def slow() -> Iterator[SlowToOpen]:
    sessions = SlowToOpen()
    yield sessions
    sessions.may_come.set()


def type_at_once(it: Console, *keys: str) -> None:
    """In one burst, as a terminal sends it."""
    for key in keys:
        it.app.post_message(events.Key(key, key if len(key) == 1 else None))


async def test_help_and_what_is_looked_for_in_it(slow: SlowToOpen) -> None:
    async with console(open_sessions=slow, is_connected=False) as it:
        assert not it.app.console_screen.is_complete
        type_at_once(it, "x", "f1", *"zoom")
        await it.until(lambda: isinstance(it.app.screen, HelpDialog) and "zoom" in it.screen_text())
        assert it.pane_a.editor.text == "x"


async def test_a_page_of_the_sidebar(slow: SlowToOpen) -> None:
    async with console(open_sessions=slow, is_connected=False) as it:
        type_at_once(it, "f7", "3")
        await it.until(lambda: it.app.console_screen.is_complete)
        await it.until(lambda: "roles" in it.screen_text() or "Schema" in it.screen_text())
        await it.until(lambda: it.app.console_screen.query_one(Sidebar).has_class("-open"))
        assert it.pane_a.editor.text == ""


async def test_they_come_without_being_asked_for_when_the_panes_are_connected(slow: SlowToOpen) -> None:
    async with console(open_sessions=slow, is_connected=False) as it:
        slow.may_come.set()
        await it.until(lambda: it.app.console_screen.is_complete)
        await it.until(lambda: "session 0 of 60 min" in it.screen_text())  # told of the connection that was before them
