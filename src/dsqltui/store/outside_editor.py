"""A text edited in the person's own editor, by way of a file that only they can read and that is removed at once."""

import os
import shlex
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path

from dsqltui.core.language import _

_BIGGEST = 10_000_000
"""Bytes that are taken back."""


class EditedNothing(Exception):
    """There is no new text. The message is one sentence that may be shown; the old text stays."""


def editor_command(environment: Mapping[str, str] = os.environ) -> list[str]:
    """What VISUAL or EDITOR say, cut as a shell would. Raises EditedNothing."""
    said = environment.get("VISUAL") or environment.get("EDITOR") or ""
    try:
        command = shlex.split(said)
    except ValueError:
        raise EditedNothing(_("VISUAL or EDITOR has an open quote: {said}").format(said=said)) from None
    if not command:
        raise EditedNothing(
            _("No editor is set; set VISUAL or EDITOR before you start, for example: export EDITOR=nano")
        )
    return command


def edited_outside(text: str, name: str, command: list[str]) -> str:
    """`text` as it is when the editor ends. Blocks until then; the terminal is the editor's. Raises EditedNothing."""
    folder = Path(tempfile.mkdtemp(prefix="dsqltui-"))  # 0700
    try:
        path = folder / f"{name}.sql"
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            file.write(text)
        _run([*command, str(path)])
        return _taken_back(path, text)
    except OSError as error:
        raise EditedNothing(
            _("The text could not be handed to the editor: {reason}.").format(reason=error.strerror or error)
        ) from None
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _run(command: list[str]) -> None:
    try:
        status = subprocess.run(command, check=False).returncode
    except OSError as error:
        raise EditedNothing(
            _("The editor {command} could not be started: {reason}.").format(
                command=command[0], reason=error.strerror or error
            )
        ) from None
    if status:
        raise EditedNothing(
            _("The editor ended with status {status}; the text here is as it was.").format(status=status)
        )


def _taken_back(path: Path, before: str) -> str:
    if path.stat().st_size > _BIGGEST:
        raise EditedNothing(_("The text is larger than 10 MB and was not taken; run it as a script with \\i."))
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise EditedNothing(_("The file is not UTF-8 any more; the text here is as it was.")) from None
    # Most editors end the last line with a line break that nobody typed.
    return text[:-1] if text.endswith("\n") and not before.endswith("\n") else text
