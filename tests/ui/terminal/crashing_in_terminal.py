"""Apps with a bug put into them: `python crashing_in_terminal.py APP PLACE` with the real command line around them.

APP: start, console. PLACE: worker, message, timer, render, compose, thread, task, key.
Each bug has a secret in a local variable and one in its message.
"""

import asyncio
import sys
import threading
from collections.abc import Callable
from typing import Any

import click
from textual.content import Content
from textual.message import Message

import dsqltui.commands.program
from dsqltui.commands import connect
from dsqltui.ui import app as app_module
from dsqltui.ui.panes.title_bar import TitleBar
from dsqltui.ui.screens import start
from support.screens.console import SETUPS, runner_of
from support.screens.crashes import fail
from support.screens.fake_session import FakeSession


async def fail_later() -> None:
    await asyncio.sleep(0)
    fail()


class Ping(Message):
    """Handled by a bug."""


def put_into(app_class: type[Any], place: str) -> None:
    """The app begins to fail once its first frame is there."""
    ready = app_class.on_ready if hasattr(app_class, "on_ready") else None

    def on_ready(self: Any) -> None:
        if ready is not None:
            ready(self)
        kept: list[object] = []
        begin: dict[str, Callable[[], object]] = {
            "worker": lambda: self.run_worker(fail_later()),
            "message": lambda: self.post_message(Ping()),
            "timer": lambda: self.set_timer(0.05, fail),
            "later": lambda: self.call_later(fail),
            "render": lambda: self.query("*").first().refresh(layout=True),
            "thread": lambda: threading.Thread(target=fail).start(),
            "task": lambda: asyncio.get_running_loop().call_soon(fail),
            "key": lambda: None,
            "driver": lambda: kept.append(None),
        }
        begin[place]()

    def on_key(_self: Any, _event: object) -> None:
        if place == "key":
            fail()

    app_class.on_ready = on_ready
    app_class.on_ping = fail
    app_class.on_key = on_key
    if place == "render":
        Content.render_strips = fail  # type: ignore[method-assign]
        TitleBar.render_line = fail  # type: ignore[method-assign]
    if place == "driver":
        app_class_driver().run_input_thread = fail


def app_class_driver() -> Any:
    from dsqltui.ui.textual_patches.terminal_driver import ConsoleDriver

    return ConsoleDriver


@click.command()
def console() -> None:
    """The console on two fakes."""
    from dsqltui.ui.state.services import Services

    sessions = (FakeSession("us-east-1"), FakeSession("us-east-2"))
    raise SystemExit(app_module.run_console(SETUPS, Services(lambda: sessions, runner_of)))


if __name__ == "__main__":
    which, where = sys.argv[1:]
    put_into(start.StartApp if which == "start" else app_module.ConsoleApp, where)
    if which == "console":
        dsqltui.commands.program.cli.add_command(console, "console")
    assert connect
    sys.argv[1:] = [which]
    dsqltui.commands.program.main()
