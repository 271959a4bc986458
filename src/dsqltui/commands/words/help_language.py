"""`--lang` for all commands, and their `--help` in the language that is spoken.

A command's help is a docstring and an option's is an argument, both made when the module is imported; they are
translated when somebody asks for the command.
"""

import inspect
from collections.abc import Iterator, Sequence
from typing import cast

import click

from dsqltui.core.language import _
from dsqltui.spoken import CHOICES

_OWN_LANGUAGE = "lab"
"""Has a `--lang` of its own, for the language the labs are read in; it holds for the console as well."""
_READING = frozenset({"list", "run", "show"})
"""Its commands that have one."""
_ENGLISH = "english_help"
"""Where a command or an option keeps what stands in the code."""

language_option = click.option(
    "--lang",
    type=click.Choice(CHOICES),
    expose_value=False,
    help="Language of the console, with every command; default: console.language, then LC_ALL and LANG.",
)


def without_language(arguments: Sequence[str]) -> list[str]:
    """The arguments without a right `--lang`, which `speak_as_asked` has read already; a wrong one comes first, where
    it is refused by what it is."""
    kept: list[str] = []
    wrong: list[str] = []
    words = iter(arguments)
    for word in words:
        if word == "--":
            return [*wrong, *kept, word, *words]
        if word.startswith("--lang="):
            value, written = word.partition("=")[2], [word]
        elif word == "--lang":
            value = next(words, "")
            written = [word, value]
        else:
            kept.append(word)
            continue
        if _OWN_LANGUAGE in kept and value != CHOICES[0] and not _READING.isdisjoint(kept):
            kept += written
        elif value not in CHOICES:
            wrong += written
    return [*wrong, *kept]


def translated(command: click.Command) -> click.Command:
    """The command with its help, and that of its options and its own commands, in the person's language."""
    for one in _all_of(command):
        english = getattr(one, _ENGLISH, None)
        if english is None:
            english = help_of(one)
            setattr(one, _ENGLISH, english)
        if isinstance(one, click.Command | click.Option):
            one.help = _(english) if english else one.help
        if isinstance(one, click.Command):  # Click ends a short help at a space, of which Japanese has none
            one.short_help = None if not one.help or one.help.isascii() else one.help.partition("。")[0]
    return command


def help_of(one: click.Command | click.Parameter) -> str:
    """What the code says, as the catalog has it: without the indentation of a docstring."""
    return inspect.cleandoc(cast(str, getattr(one, "help", None) or ""))


def _all_of(command: click.Command) -> Iterator[click.Command | click.Parameter]:
    yield command
    yield from command.params
    if isinstance(command, click.Group):
        for inner in command.commands.values():
            yield from _all_of(inner)


def every_help(root: click.Group) -> Iterator[str]:
    """All help texts of a program, for the catalog."""
    for command in _with_late_ones(root):
        everybody: list[click.Command | click.Parameter] = [command, *command.params]
        yield from (_said(one) for one in everybody if _said(one))


def _said(one: click.Command | click.Parameter) -> str:
    return getattr(one, _ENGLISH, None) or help_of(one)


def _with_late_ones(command: click.Command) -> Iterator[click.Command]:
    """The command and all below it, also those that are imported when they are asked for."""
    yield command
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            inner = command.get_command(context, name)
            if inner is not None:
                yield from _with_late_ones(inner)
