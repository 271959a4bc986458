"""What the console sent to a real terminal: the console started there, and its bytes looked at."""

import re
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from support.screens.terminal import Terminal

_TESTS = Path(__file__).parents[2]
_PROGRAM = _TESTS / "ui" / "terminal" / "console_in_terminal.py"
_CONTROL_SEQUENCE = re.compile(
    rb"\x1b\[[?=><]?[0-9;:]*[ $]?[@-~]"  # CSI
    rb"|\x1b[=>78cMNO]"
    rb"|\x1b\]22;\w+\x07"  # Textual's pointer shape
    rb"|\x1b[()][A-Z0-9]"
    rb"|\x1bP=[12]s\x1b\\"
    rb"|[\r\n]"
)
"""All that Textual itself sends, besides text."""
_HARMFUL = re.compile("[\x00-\x1f\x7f-\x9f\u200b\u2028\u202a-\u202e\u2066-\u2069]")


@contextmanager
def console_in_terminal(
    scenario: str, *arguments: str, columns: int = 120, rows: int = 30, env: Mapping[str, str] | None = None
) -> Iterator[Terminal]:
    """`ui/terminal/console_in_terminal.py`, both panes connected or refused."""
    paths = ":".join(map(str, (_TESTS, _TESTS.parent / "src")))
    argv = [sys.executable, str(_PROGRAM), scenario, *arguments]
    with Terminal(argv, columns=columns, rows=rows, env={"PYTHONPATH": paths, **(env or {})}) as running:
        running.wait_for(_is_ready)
        running.wait_until_quiet()
        yield running


def _is_ready(text: str) -> bool:
    titles = text.count("admin  connected")
    logs = text.count("· connected") + text.count("NOT CONNECTED")
    return max(titles, logs) >= 2


def assert_harmless(raw: bytes, *, since: bytes = b"") -> None:
    """Nothing but text and Textual's own sequences were sent, all of it UTF-8; the screen was not cleared after `since`."""
    left = _CONTROL_SEQUENCE.sub(b"", raw).decode()  # raises when something that is not UTF-8 was sent
    harm = _HARMFUL.search(left)
    assert harm is None, f"{harm[0]!r} was sent in {left[max(0, harm.start() - 80) : harm.end() + 80]!r}"
    if since:
        assert b"\x1b[2J" not in raw.split(since, 1)[-1]
