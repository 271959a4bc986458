"""Single private attributes of Textual 8.2 that the console needs: one function for each, with the reason."""

import asyncio
import contextlib
from collections.abc import Coroutine

from textual import events
from textual.app import App
from textual.binding import Binding
from textual.command import CommandPalette
from textual.dom import DOMNode
from textual.widget import Widget
from textual.worker import Worker, WorkerError


def hand_on(event: events.Key | events.Paste, receiver: Widget) -> None:
    """Give an event to the widget that it is meant for, as if the terminal had sent it now.

    Textual has no public way: `post_message` to a screen does not reach its focused widget.
    """
    copy = events.Key(event.key, event.character) if isinstance(event, events.Key) else events.Paste(event.text)
    receiver._forward_event(copy)


def own_bindings(node: DOMNode) -> dict[str, list[Binding]]:
    """The keys of one node, changeable, by key. Textual publishes only those that are active now, of all nodes."""
    return node._bindings.key_to_bindings


def start_worker(node: DOMNode, work: Coroutine[object, object, None], *, group: str, exclusive: bool = False) -> None:
    """Run a coroutine as a worker of `node`; `exclusive`: a running one of the group is cancelled.

    One that is cancelled before it ran is closed: Textual lets go of it, and Python says that it was never awaited.
    """
    worker: Worker[None] = node.run_worker(work, group=group, exclusive=exclusive)
    if worker._task is not None:
        worker._task.add_done_callback(lambda _task: work.close())


async def choose_what_was_found(palette: CommandPalette) -> None:
    """Choose in Textual's palette when the search for what was typed is over: before that it lists what an older one
    found, and would do that."""
    group = CommandPalette._GATHER_COMMANDS_GROUP
    searching = [worker for worker in palette.workers if worker.group == group and not worker.is_finished]
    with contextlib.suppress(WorkerError):
        await asyncio.gather(*(worker.wait() for worker in searching))
    palette._select_or_command()


def copy_without_keeping(app: App[object], text: str) -> None:
    """To the terminal's clipboard alone: Textual keeps a copy, which Ctrl+V would put into an editor."""
    kept = app.clipboard
    app.copy_to_clipboard(text)
    app._clipboard = kept
