"""Click's own words ("Usage:", "No such option"), in the language that is spoken.

Click asks gettext for them when it is about to say them, by names of its modules; these are given ours. Messages that
stand in no table here stay English.
"""

import re
from collections.abc import Sequence

import click.core
import click.decorators
import click.exceptions
import click.formatting
import click.parser
import click.termui
import click.types

from dsqltui.core.language import N_, _, ngettext
from dsqltui.core.text.wrapping import cells, wrapped

_GAP = re.compile(r" {2,}")
_CLICKS_WRAP = click.formatting.wrap_text
_MODULES = (click.core, click.decorators, click.exceptions, click.formatting, click.parser, click.termui, click.types)
MESSAGES = (
    N_("Aborted!"),
    N_("Options"),
    N_("Commands"),
    N_("Missing command."),
    N_("default: {default}"),
    N_("Error: {message}"),
    N_("Error: invalid input"),
    N_("Try '{command} {option}' for help."),
    N_("Invalid value: {message}"),
    N_("Invalid value for {param_hint}: {message}"),
    N_("Missing argument"),
    N_("Missing option"),
    N_("Missing parameter"),
    N_("No such option {name!r}."),
    N_("No such command {name!r}."),
    N_("Could not open file {filename!r}: {message}"),
    N_("Choose from:\n\t{choices}"),
    N_("{value!r} is not a valid {number_type}."),
    N_("{value} is not in the range {range}."),
    N_("file"),
    N_("directory"),
    N_("path"),
    N_("{name} {filename!r} does not exist."),
    N_("{name} {filename!r} is a file."),
    N_("{name} {filename!r} is a directory."),
    N_("{name} {filename!r} is not readable."),
    N_("{name} {filename!r} is not writable."),
    N_("Usage:"),
    N_("Option {name!r} does not take a value."),
    N_("Show the version and exit."),
    N_("Show this message and exit."),
)
"""What a person meets of click's; the words are those of click 8.3 and later."""


def counted_messages() -> tuple[str, ...]:
    """Those that go with a count, so that the catalog has them."""
    return (
        ngettext("Got unexpected extra argument ({args})", "Got unexpected extra arguments ({args})", 1),
        ngettext("Did you mean {possibility}?", "(Did you mean one of: {possibilities}?)", 1),
        ngettext("{value!r} is not {choice}.", "{value!r} is not one of {choices}.", 1),
        ngettext("Option {name!r} requires an argument.", "Option {name!r} requires {nargs} arguments.", 1),
    )


def speak() -> None:
    """Have click ask this console's catalog."""
    for module in _MODULES:
        for name, ours in (("_", _), ("ngettext", ngettext)):
            if hasattr(module, name):
                setattr(module, name, ours)
    for name, own in (("term_len", _cells), ("wrap_text", _wrap_text)):  # click counts characters
        setattr(click.formatting, name, own)


def _cells(text: str) -> int:
    return cells(click.unstyle(text))


def _wrap_text(
    text: str,
    width: int = 78,
    initial_indent: str = "",
    subsequent_indent: str = "",
    preserve_paragraphs: bool = False,
) -> str:
    """Click's `wrap_text`, for text whose letters take two cells and have no spaces between them."""
    if text.isascii():
        return _CLICKS_WRAP(text, width, initial_indent, subsequent_indent, preserve_paragraphs)
    told: list[str] = []
    for paragraph in text.split("\n\n") if preserve_paragraphs else [text]:
        first, _newline, rest = paragraph.partition("\n")
        if first.strip() == "\b":
            room = width - cells(subsequent_indent)
            lines = [part for line in rest.split("\n") for part in _hanging(line, room)]
        else:
            lines = wrapped(_joined(paragraph.split("\n")), width - cells(subsequent_indent))
        indents = [initial_indent, *[subsequent_indent] * (len(lines) - 1)]
        told.append("\n".join(indent + line for indent, line in zip(indents, lines, strict=True)))
    return "\n\n".join(told)


def _hanging(line: str, width: int) -> list[str]:
    """A line of a table as it is; where it is too wide, its last column is broken, and goes on below itself."""
    head = line[: max((gap.end() for gap in _GAP.finditer(line)), default=0)]
    if cells(line) <= width or cells(head) > width // 2:
        return [line]
    first, *more = wrapped(line[len(head) :], width - cells(head))
    return [head + first, *(" " * cells(head) + part for part in more)]


def _joined(lines: Sequence[str]) -> str:
    """Lines of one paragraph: no space where one of them has a wide letter at the break."""
    text = ""
    for line in lines:
        is_wide = bool(text) and cells(text[-1] + line.strip()[:1]) > 2
        text += line.strip() if is_wide or not text else f" {line.strip()}"
    return text
