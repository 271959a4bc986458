"""The base of every app: an internal error is one sentence and a private file, and nothing painted steers the terminal.

Textual's own way shows the local variables of every function on the way, and a secret key might be among them.
"""

import logging
import sys
from collections.abc import Sequence
from typing import TypeVar

from rich.console import RenderableType
from textual.filter import LineFilter
from textual.worker import WorkerFailed

from dsqltui.ui.textual_patches.control_filter import ControlFilter
from dsqltui.ui.textual_patches.frame_app import FrameApp

Result = TypeVar("Result")


class _FailureLog(logging.Handler):
    """asyncio's log, of every loop: what it says of an error goes to a private file."""

    def emit(self, record: logging.LogRecord) -> None:
        """Keep the error."""
        from dsqltui.store.crash_file import failures

        error = record.exc_info[1] if record.exc_info else None
        failures.note(error or RuntimeError(record.getMessage()))


class SafeApp(FrameApp[Result], inherit_bindings=False):
    """Overrides `_handle_exception`, `panic` and `_print_error_renderables` of Textual 8.2; tests hold them.

    After an internal error `return_code` is 1 and `failure` the sentence, which is also printed behind the screen.
    """

    failure = ""

    def on_load(self) -> None:
        """From here on nothing may write to the terminal: errors of tasks that nobody awaits are kept in files."""
        asyncio_log = logging.getLogger("asyncio")
        if not any(isinstance(handler, _FailureLog) for handler in asyncio_log.handlers):
            asyncio_log.addHandler(_FailureLog(logging.ERROR))
            asyncio_log.propagate = False
            logging.getLogger().addHandler(logging.NullHandler())

    def get_line_filters(self) -> Sequence[LineFilter]:
        """Textual's filters, and ours over everything painted."""
        if not hasattr(self, "_control_filter"):
            self._control_filter = ControlFilter()
        return [*super().get_line_filters(), self._control_filter]

    def copy_to_clipboard(self, text: str) -> None:
        """In base64, so that nothing of it reaches the terminal; half a surrogate pair is a question mark."""
        super().copy_to_clipboard(text.encode("utf-8", "replace").decode())

    def _handle_exception(self, error: Exception) -> None:
        self._return_code = 1
        if self._exception is None:  # Textual's tests raise it again
            self._exception = error
            self._exception_event.set()
        self._stop(error.error if isinstance(error, WorkerFailed) else error)

    def panic(self, *renderables: RenderableType) -> None:
        """What Textual's threads call with a traceback made by Rich."""
        self._return_code = 1
        with self.console.capture() as capture:
            self.console.print(*renderables)
        self._stop(RuntimeError("in a thread of Textual"), capture.get())

    def _stop(self, error: BaseException, told: str = "") -> None:
        if not self.failure:
            from dsqltui.store.crash_file import crash_sentence

            self.failure = crash_sentence(error, told)
        self._close_messages_no_wait()

    def _print_error_renderables(self) -> None:
        self._exit_renderables.clear()
        if self.failure and sys.__stderr__ is not None and not self.is_headless:
            print(self.failure, file=sys.__stderr__, flush=True)
