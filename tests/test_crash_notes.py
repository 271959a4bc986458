"""What is noted of errors that nobody could be told."""

import gc
import sys
from collections import namedtuple
from collections.abc import Iterator

import pytest

from dsqltui.commands import program
from dsqltui.store import crash_file


@pytest.fixture
def noted(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[BaseException]]:
    found: list[BaseException] = []
    monkeypatch.setattr(crash_file.failures, "note", found.append)
    monkeypatch.setattr(sys, "unraisablehook", program.note_untold)
    threshold = gc.get_threshold()
    yield found
    gc.set_threshold(*threshold)


async def never_awaited() -> None: ...


def test_a_coroutine_collected_while_a_named_tuple_is_made_has_its_name(noted: list[BaseException]) -> None:
    """CPython imports `warnings` then, by the builtins of the code that runs: a named tuple's has none."""
    Pair = namedtuple("Pair", "a b")
    gc.collect()
    gc.disable()
    circle: list[object] = [never_awaited()]
    circle.append(circle)
    del circle
    gc.set_threshold(1)
    gc.enable()
    for number in range(100):
        Pair(number, [number])
    assert [str(error) for error in noted] == ["coroutine never_awaited was never awaited"]


def test_a_terminal_that_has_gone_is_no_error_of_ours(noted: list[BaseException]) -> None:
    import threading

    program.note_untold(threading.ExceptHookArgs((OSError, OSError(5, "Input/output error"), None, None)))
    assert noted == []
