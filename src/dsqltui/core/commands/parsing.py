"""From the text of a backslash command to its value."""

import difflib
import re
from collections.abc import Callable, Mapping

from dsqltui.core.commands.arguments import UnterminatedQuote, read_arguments
from dsqltui.core.commands.copying import parse_copy
from dsqltui.core.commands.values import (
    BadArguments,
    Command,
    Echo,
    Go,
    Help,
    Include,
    Listing,
    ListObjects,
    OutputTo,
    Quit,
    SetVariable,
    ShowConnection,
    ShowFunction,
    Stream,
    SwitchExpanded,
    SwitchRole,
    SwitchTiming,
    UnknownCommand,
    UnsetVariable,
    Watch,
)
from dsqltui.core.lexer import NAME_CHARACTER

COMMANDS: tuple[tuple[str, str], ...] = (
    (r"\i FILE", "run the statements of a file; also \\include"),
    (r"\ir FILE", "the same, seen from the script; \\include_relative"),
    (r"\d [PATTERN]", "list relations, or describe them; \\d+ says more"),
    (r"\dt \di \dv \ds [PATTERN]", "tables, indexes, views, sequences; + and S too"),
    (r"\dn \du \df [PATTERN]", "schemas, roles with IAM mappings, functions"),
    (r"\dp [PATTERN]", "list privileges; also \\z"),
    (r"\l [PATTERN]", "list databases"),
    (r"\sf[+] NAME", "show a function's definition"),
    (r"\x [on|off]", "results as records; for one statement: \\gx"),
    (r"\timing [on|off]", "say how long each statement took"),
    (r"\g [FILE]", "end a statement; its result goes to FILE"),
    (r"\watch [SECONDS]", "run a statement again and again; Ctrl+C stops it"),
    (r"\copy T from 'FILE' csv", "load a file; at the end batch N: a commit every N"),
    (r"\copy T to 'FILE' csv", "save a table, or a (QUERY), to a file"),
    (r"\o [FILE]", "results go to FILE; without one, back here"),
    (r"\echo TEXT", "show a text, -n without line end; \\qecho, \\warn"),
    (r"\set [NAME [VALUE]]", "set a variable for :NAME, :'NAME'; or show all"),
    (r"\unset NAME", "forget a variable"),
    (r"\role [NAME [here]]", "become another role; base: back; alone: choose"),
    (r"\conninfo", "show endpoint, user and session of this pane"),
    (r"\?", "show these commands"),
    (r"\q", "quit"),
)
"""Usage and meaning of each command, in the order to show them; together they fit into 80 columns."""

Variables = Mapping[str, str]

_NAME = re.compile(r"\\([^\s;\\]*)")
_LISTING = re.compile(r"(?P<what>dt|di|dv|ds|dm|dn|du|dg|dp|df|d|l|list|z)(?P<more>[S+]*)")
_RELATION_LETTERS = re.compile(r"d(?P<kinds>[tivs]{2,4})(?P<more>[S+]*)")
_SYNONYMS = {"dg": "du", "z": "dp", "list": "l"}
_LISTINGS = {
    "dn": Listing.SCHEMAS,
    "du": Listing.ROLES,
    "dp": Listing.PRIVILEGES,
    "df": Listing.FUNCTIONS,
    "l": Listing.DATABASES,
}
_VARIABLE_NAME = re.compile(f"{NAME_CHARACTER}+")
_ON_OFF = {"on": True, "true": True, "yes": True, "1": True, "off": False, "false": False, "no": False, "0": False}


def parse_command(text: str, variables: Variables | None = None) -> Command:
    """The command in `text`, which starts with a backslash: the text of a statement of kind COMMAND.

    Arguments are read as `read_arguments` says; a semicolon at the end is let pass.
    Raises ValueError when `text` does not start with a backslash.
    """
    found = _NAME.match(text)
    if found is None:
        raise ValueError(f"no backslash command: {text!r}")
    name, rest = found[1], text[found.end() :]
    if name.startswith("!"):
        return BadArguments("!", "Programs are not run from here; use another terminal for them.")
    if name == "copy":
        return parse_copy(rest)
    try:
        listing = _listing(name, rest, variables or {})
        if listing is not None:
            return listing
        parser = _PARSERS.get(name)
        if parser is not None:
            return parser(name, rest, variables or {})
    except UnterminatedQuote:
        return BadArguments(name, f"A quote is not closed; write {_usage(name)}.")
    return UnknownCommand(name, tuple(difflib.get_close_matches(name, NAMES, n=3)))


def ending_name(text: str) -> str | None:
    r"""`g`, `gx` or `watch` when the command in `text` ends the statement before it, else None."""
    found = _NAME.match(text)
    return found[1] if found is not None and found[1] in ("g", "gx", "watch") else None


def _usage(name: str) -> str:
    return {"i": r"\i 'FILE'", "ir": r"\ir 'FILE'"}.get(name, f"\\{name} 'text'")


def _listing(name: str, rest: str, variables: Variables) -> Command | None:
    several = _RELATION_LETTERS.fullmatch(name)
    found = several or _LISTING.fullmatch(name)
    if found is None or "".join(sorted(found["more"])) not in ("", "+", "S", "+S"):
        return None
    arguments = read_arguments(rest, variables, keeps_double_quotes=True)
    if len(arguments) > 1:
        return BadArguments(name, f"\\{name} takes one pattern; write \\{name} {arguments[0]}.")
    pattern = arguments[0] if arguments else ""
    is_verbose, with_system = "+" in found["more"], "S" in found["more"]
    if several is not None:
        return ListObjects(Listing.RELATIONS, pattern, is_verbose, with_system, several["kinds"])
    what = _SYNONYMS.get(found["what"], found["what"])
    if what in _LISTINGS:
        return ListObjects(_LISTINGS[what], pattern, is_verbose, with_system)
    if what == "d":
        if pattern:
            return ListObjects(Listing.DETAILS, pattern, is_verbose, with_system)
        return ListObjects(Listing.RELATIONS, "", is_verbose, with_system, "tvs")
    if what == "dm":
        return BadArguments(name, r"Aurora DSQL has no materialized views; \dv lists views.")
    return ListObjects(Listing.RELATIONS, pattern, is_verbose, with_system, what[1])


def _include(name: str, rest: str, variables: Variables) -> Command:
    arguments = read_arguments(rest, variables)
    if not arguments:
        return BadArguments(name, f"The file is missing; write \\{name} FILE.")
    if len(arguments) > 1:
        return BadArguments(name, f"More than one file; quote a name that has spaces: \\{name} 'my file.sql'.")
    return Include(arguments[0], is_relative=name in ("ir", "include_relative"))


def _switch(name: str, rest: str, variables: Variables) -> Command:
    make = SwitchExpanded if name == "x" else SwitchTiming
    arguments = read_arguments(rest, variables)
    if not arguments:
        return make()
    is_on = _ON_OFF.get(arguments[0].lower())
    if is_on is None or len(arguments) > 1:
        return BadArguments(name, f"\\{name} is on or off; write \\{name} on.")
    return make(is_on)


def _show_function(name: str, rest: str, variables: Variables) -> Command:
    function = rest.strip().rstrip("; \t")
    if function.startswith(":") and function[1:] in variables:
        function = variables[function[1:]]
    if not function:
        return BadArguments(name, f"The function is missing; write \\{name} NAME or \\{name} NAME(TYPE).")
    return ShowFunction(function, is_verbose=name.endswith("+"))


def _output(name: str, rest: str, variables: Variables) -> Command:
    arguments = read_arguments(rest, variables)
    if arguments and arguments[0].startswith("|"):
        return BadArguments(name, f"Programs are not run from here; write \\{name} FILE.")
    if len(arguments) > 1:
        return BadArguments(name, f"More than one file; quote a name that has spaces: \\{name} 'my file.txt'.")
    path = arguments[0] if arguments else None
    return OutputTo(path) if name in ("o", "out") else Go(path, is_expanded=name == "gx")


def _echo(name: str, rest: str, variables: Variables) -> Command:
    arguments = read_arguments(rest, variables, drops_semicolons=False)
    ends_line = arguments[:1] != ["-n"]
    stream = {"echo": Stream.OUTPUT, "qecho": Stream.RESULTS, "warn": Stream.NARRATION}[name]
    return Echo(" ".join(arguments if ends_line else arguments[1:]), ends_line, stream)


def _set(name: str, rest: str, variables: Variables) -> Command:
    arguments = read_arguments(rest, variables, drops_semicolons=False)
    if not arguments:
        return SetVariable()
    if _VARIABLE_NAME.fullmatch(arguments[0]) is None:
        return BadArguments(name, "A variable's name is letters, digits and underscores; write \\set NAME VALUE.")
    return SetVariable(arguments[0], "".join(arguments[1:]))


def _unset(name: str, rest: str, variables: Variables) -> Command:
    arguments = read_arguments(rest, variables)
    if len(arguments) != 1:
        return BadArguments(name, r"\unset takes one name; write \unset NAME.")
    return UnsetVariable(arguments[0])


def _watch(name: str, rest: str, variables: Variables) -> Command:
    arguments = read_arguments(rest, variables)
    if not arguments:
        return Watch()
    try:
        interval_s = float(arguments[0].removeprefix("i=").removeprefix("interval="))
    except ValueError:
        interval_s = -1.0
    if len(arguments) > 1 or not 0.1 <= interval_s <= 86_400:
        return BadArguments(name, r"\watch takes seconds, 0.1 to 86400; write \watch 5.")
    return Watch(interval_s)


def _role(name: str, rest: str, variables: Variables) -> Command:
    arguments = read_arguments(rest, variables)
    if len(arguments) > 2 or (len(arguments) == 2 and arguments[1] != "here"):
        return BadArguments(name, r"\role takes a name, and maybe the word here; write \role NAME here.")
    return SwitchRole(arguments[0] if arguments else "", is_here=len(arguments) == 2)


def _fixed(command: Command) -> Callable[[str, str, Variables], Command]:
    return lambda _name, _rest, _variables: command


_PARSERS: dict[str, Callable[[str, str, Variables], Command]] = {
    **dict.fromkeys(("i", "include", "ir", "include_relative"), _include),
    **dict.fromkeys(("q", "quit"), _fixed(Quit())),
    "?": _fixed(Help()),
    "conninfo": _fixed(ShowConnection()),
    "role": _role,
    "x": _switch,
    "timing": _switch,
    **dict.fromkeys(("sf", "sf+"), _show_function),
    **dict.fromkeys(("o", "out", "g", "gx"), _output),
    **dict.fromkeys(("echo", "qecho", "warn"), _echo),
    "set": _set,
    "unset": _unset,
    "watch": _watch,
}
NAMES: tuple[str, ...] = (
    *_PARSERS,
    *("copy", "d", "d+", "dt", "dt+", "di", "di+", "dv", "ds", "dn", "du", "dp", "df", "l", "z"),
)
"""Names of all commands, without the backslash: what a wrong one is compared with."""
