"""What is left of an internal error: one sentence for the person, and its traceback in a private file.

The file has no local variables, and nothing in it looks like a credential: not in a message, and not what the
environment holds under the name of one.
"""

import itertools
import os
import platform
import sys
import time
import traceback
from pathlib import Path

import platformdirs

from dsqltui import __version__
from dsqltui.core.language import _
from dsqltui.core.secrets import HIDDEN, is_secret_name, without_secrets
from dsqltui.core.text.safe_text import many_lines, one_line
from dsqltui.store.private_files import private_folder, write_new_private

KEPT_FILES = 20
_LONGEST = 200_000
"""Characters of a traceback."""
_MOST_FAILURES = 3
_SHORTEST_SECRET = 6
"""Characters; a shorter value of the environment would hide words of the traceback."""


def crash_folder() -> Path:
    """Where the tracebacks of this user are."""
    return Path(platformdirs.user_state_dir("dsqltui", appauthor=False)) / "crashes"


def crash_sentence(error: BaseException, told: str = "") -> str:
    """Keep the traceback of `error`, and say so; `told` is one that is written already. Never raises an Exception."""
    kind = type(error).__name__
    try:
        path = _keep(told or "".join(traceback.format_exception(error)))
    except Exception:
        return _(
            "dsqltui: stopped by an internal error ({kind}); its details could not be written to the state folder."
        ).format(kind=kind)
    return _(
        "dsqltui: stopped by an internal error ({kind}); its details, without secrets, are in "
        "{path}: please report them."
    ).format(kind=kind, path=one_line(str(path), 4000))


class Failures:
    """Errors that ended a thread or a task and not the program: kept in files at once, told when the screen is gone."""

    def __init__(self) -> None:
        self.sentences: list[str] = []

    def note(self, error: BaseException) -> None:
        """Keep one; of many only the first few. Never raises an Exception."""
        if len(self.sentences) < _MOST_FAILURES:
            self.sentences.append(crash_sentence(error).replace("stopped by an internal error", "an internal error", 1))


failures = Failures()
"""Of this process."""


def _keep(told: str) -> Path:
    folder = private_folder(crash_folder())
    now = time.time()
    stem = time.strftime("crash-%Y%m%dT%H%M%S", time.gmtime(now)) + f"-{os.getpid()}"
    system = f"{platform.system()} {platform.release()}, Python {platform.python_version()}"
    command = next((word for word in sys.argv[1:] if word.isalpha()), "")
    head = f"dsqltui {__version__} {command}\n{system}\n{time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime(now))}\n\n"
    content = (head + printable_traceback(told)).encode("utf-8", "replace")
    for old in sorted(folder.glob("crash-*.txt"), reverse=True)[KEPT_FILES - 1 :]:
        old.unlink(missing_ok=True)
    for number in itertools.count(1):
        path = folder / f"{stem}{f'-{number}' if number > 1 else ''}.txt"
        try:
            write_new_private(path, content)
        except FileExistsError:
            continue
        return path
    raise AssertionError  # counting does not end


def printable_traceback(told: str) -> str:
    """A traceback without secrets and without control characters."""
    told = told if len(told) <= _LONGEST else f"{told[: _LONGEST // 2]}\n…\n{told[-_LONGEST // 2 :]}"
    for name, value in os.environ.items():
        if len(value) >= _SHORTEST_SECRET and is_secret_name(name):
            told = told.replace(value, HIDDEN)
    return many_lines(without_secrets(told), len(told))
