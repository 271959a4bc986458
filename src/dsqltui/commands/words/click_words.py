"""Click's own words ("Usage:", "No such option"), in the language that is spoken.

Click asks gettext for them when it is about to say them, by names of its modules; these are given ours. Messages that
stand in no table here stay English.
"""

import click.core
import click.decorators
import click.exceptions
import click.formatting
import click.parser
import click.termui
import click.types

from dsqltui.core.language import N_, _, ngettext

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
