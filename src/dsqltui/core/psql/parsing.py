"""From the text of a backslash command to its value."""

import difflib
import re
from collections.abc import Callable, Mapping

from dsqltui.core.language import _
from dsqltui.core.psql.arguments import NotReadable, read_arguments
from dsqltui.core.psql.bulk_words import parse_batch
from dsqltui.core.psql.copying import parse_copy
from dsqltui.core.psql.not_here import reason
from dsqltui.core.psql.values import (
    BadArguments,
    Bind,
    ChangeFolder,
    CheckCommit,
    Command,
    Conditional,
    Echo,
    Encoding,
    ExplainPlan,
    Go,
    Help,
    Include,
    Listing,
    ListObjects,
    NotHere,
    OutputTo,
    Quit,
    ReadEnvironment,
    ResetBuffer,
    Restrict,
    RunResult,
    SetPrint,
    SetVariable,
    ShowBuffer,
    ShowConflicts,
    ShowConnection,
    ShowCost,
    ShowFunction,
    ShowLastError,
    StoreResult,
    Stream,
    SwitchExpanded,
    SwitchRole,
    SwitchTiming,
    UnknownCommand,
    Unrestrict,
    UnsetVariable,
    Watch,
    WriteBuffer,
)
from dsqltui.core.sql.lexer import NAME_CHARACTER, command_name

COMMANDS: tuple[tuple[str, str], ...] = (
    (r"\i FILE", "run the statements of a file; also \\include"),
    (r"\ir FILE", "the same, seen from the script; \\include_relative"),
    (r"  \i --wait FILE", "DDL: jobs awaited, OC001 retried; --resume, --skip"),
    (r"\d [PATTERN]", "list relations, or describe them; \\d+ says more"),
    (r"\dt \di \dv \ds [PATTERN]", "tables, indexes, views, sequences; + and S too"),
    (r"\dn \du \df [PATTERN]", "schemas, roles with IAM mappings, functions"),
    (r"\dp [PATTERN]", "list privileges; also \\z"),
    (r"\l [PATTERN]", "list databases"),
    (r"\sf[+] NAME", "show a function's definition"),
    (r"\x [on|off]", "results as records; for one statement: \\gx"),
    (r"\timing [on|off]", "say how long each statement took"),
    (r"\g [FILE]", "end a statement; its result goes to FILE"),
    (r"\gset [PREFIX] \gexec", "make variables of a row; run a result's texts"),
    (r"\bind VALUE... \g", "run a statement with values for $1, $2, ..."),
    (r"\conflicts", "how often A and B lost conflicts, which rows"),
    (r"\plan [analyze]", "why a statement is slow; analyze runs it"),
    (r"\cost [pin NAME CALLS]", "DPU so far; keep a statement for dsqltui cost"),
    (r"\watch [SECONDS]", "run a statement again and again; Ctrl+C stops it"),
    (r"\copy T from 'FILE' csv", "load a file; at the end batch N: a commit every N"),
    (r"  ... batch N parallel 8", "over both endpoints; retry N, rejects, resume"),
    (r"\batch N DELETE|UPDATE", "cut into transactions of N rows; resume"),
    (r"\copy T to 'FILE' csv", "save a table, or a (QUERY), to a file"),
    (r"\o [FILE]", "results go to FILE; without one, back here"),
    (r"\echo TEXT", "show a text, -n without line end; \\qecho, \\warn"),
    (r"\set [NAME [VALUE]]", "set a variable for :NAME, :'NAME'; or show all"),
    (r"\unset NAME", "forget a variable"),
    (r"\if \elif \else \endif", "do what is between only when a value is on"),
    (r"\p \r \w FILE", "show, forget, save what was written so far"),
    (r"\pset [NAME [VALUE]]", r"how results look: null, format; \t \a \f \C"),
    (r"\cd \getenv \encoding", "folder of files; environment; UTF8"),
    (r"\restrict KEY", r"no commands from here on, until \unrestrict KEY"),
    (r"\errverbose", "show all of the last error"),
    (r"\role [NAME [here]]", "become another role; base: back; alone: choose"),
    (r"\commit-check", "did it commit? looks at rows, sends nothing again"),
    (r"\conninfo", "show endpoint, user and session of this pane"),
    (r"\?", "show these commands"),
    (r"\q", "quit"),
)
"""Usage and meaning of each command, in the order to show them; together they fit into 80 columns."""

Variables = Mapping[str, str]

_LISTING = re.compile(r"(?P<what>dt|di|dv|ds|dm|dn|du|dg|dp|df|d|l|list|z)(?P<more>[S+]*)")
_RELATION_LETTERS = re.compile(r"d(?P<kinds>[tivs]{2,4})(?P<more>[S+]*)")
_INCLUDE_OPTIONS = ("--wait", "--resume", "--skip", "--again")
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


def boolean(text: str) -> bool | None:
    """What psql takes for on or off: the words and what they begin with; None for anything else."""
    said = text.lower()
    if said in ("", "o"):
        return None
    return next((value for word, value in _ON_OFF.items() if word.startswith(said)), None)


def parse_command(text: str, variables: Variables | None = None) -> Command:
    """The command in `text`, which starts with a backslash: the text of a statement of kind COMMAND.

    Arguments are read as `read_arguments` says; a semicolon at the end is let pass.
    Raises ValueError when `text` does not start with a backslash.
    """
    if not text.startswith("\\"):
        raise ValueError(f"no backslash command: {text!r}")
    name = command_name(text)
    rest = text[len(name) + 1 :]
    missing = reason(name)
    if missing is not None:
        return NotHere(name, missing)
    if name == "copy":
        return parse_copy(rest)
    if name == "batch":
        return parse_batch(rest)
    try:
        listing = _listing(name, rest, variables or {})
        if listing is not None:
            return listing
        parser = _PARSERS.get(name)
        if parser is not None:
            return parser(name, rest, variables or {})
    except NotReadable as problem:
        return BadArguments(name, str(problem))
    return UnknownCommand(name, tuple(difflib.get_close_matches(name, NAMES, n=3)))


def refusal(text: str) -> Command | None:
    """The command in `text` when it is one that cannot be done whatever its arguments turn out to be, else None."""
    command = parse_command(text)
    return command if isinstance(command, NotHere | UnknownCommand) else None


def _texts(rest: str, variables: Variables) -> list[str]:
    return [argument.text for argument in read_arguments(rest, variables)]


def _names(rest: str, variables: Variables) -> list[str]:
    return [argument.name for argument in read_arguments(rest, variables)]


def _listing(name: str, rest: str, variables: Variables) -> Command | None:
    several = _RELATION_LETTERS.fullmatch(name)
    found = several or _LISTING.fullmatch(name)
    if found is None or "".join(sorted(found["more"])) not in ("", "+", "S", "+S"):
        return None
    arguments = _texts(rest, variables)
    if len(arguments) > 1:
        return BadArguments(
            name, _("\\{name} takes one pattern; write \\{name} {arguments}.").format(name=name, arguments=arguments[0])
        )
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
        return BadArguments(name, _("Aurora DSQL has no materialized views; \\dv lists views."))
    return ListObjects(Listing.RELATIONS, pattern, is_verbose, with_system, what[1])


def _include(name: str, rest: str, variables: Variables) -> Command:
    arguments = _names(rest, variables)
    options = [argument for argument in arguments if argument in _INCLUDE_OPTIONS]
    arguments = [argument for argument in arguments if argument not in _INCLUDE_OPTIONS]
    if not arguments:
        return BadArguments(name, _("The file is missing; write \\{name} FILE.").format(name=name))
    ways = [option.removeprefix("--") for option in options if option != "--wait"]
    if len(ways) > 1:
        return BadArguments(name, _("--resume, --skip and --again are three ways to go on; write one of them."))
    if len(arguments) > 1:
        return BadArguments(
            name, _("More than one file; quote a name that has spaces: \\{name} 'my file.sql'.").format(name=name)
        )
    is_relative = name in ("ir", "include_relative")
    return Include(arguments[0], is_relative, waits=bool(options), resumes="".join(ways))


def _switch(name: str, rest: str, variables: Variables) -> Command:
    make = SwitchExpanded if name == "x" else SwitchTiming
    arguments = _texts(rest, variables)
    if not arguments:
        return make()
    if name == "x" and arguments == ["auto"]:
        return SwitchExpanded(is_auto=True)
    is_on = boolean(arguments[0])
    if is_on is None or len(arguments) > 1:
        return BadArguments(name, _("\\{name} is on or off; write \\{name} on.").format(name=name))
    return make(is_on)


def _show_function(name: str, rest: str, variables: Variables) -> Command:
    function = rest.strip().rstrip("; \t")
    if function.startswith(":") and function[1:] in variables:
        function = variables[function[1:]]
    if not function:
        return BadArguments(
            name, _("The function is missing; write \\{name} NAME or \\{name} NAME(TYPE).").format(name=name)
        )
    return ShowFunction(function, is_verbose=name.endswith("+"))


def _output(name: str, rest: str, variables: Variables) -> Command:
    is_going = name in ("g", "gx")
    options: tuple[tuple[str, str], ...] = ()
    if is_going and rest.lstrip().startswith("("):
        inner, closing, rest = rest.lstrip()[1:].partition(")")
        pairs = [text.partition("=") for text in _texts(inner, variables)]
        if not closing or not all(equals for _unused, equals, _unused in pairs):
            return BadArguments(
                name, _("Options are NAME=VALUE in parentheses; write \\{name} (format=csv) FILE.").format(name=name)
            )
        options = tuple((option, value) for option, _unused, value in pairs)
    if rest.lstrip().startswith("|"):
        return BadArguments(name, _("Programs are not run from here; write \\{name} FILE.").format(name=name))
    arguments = _names(rest, variables)
    if len(arguments) > 1:
        return BadArguments(
            name, _("More than one file; quote a name that has spaces: \\{name} 'my file.txt'.").format(name=name)
        )
    path = arguments[0] if arguments else None
    return Go(path, name == "gx", options) if is_going else OutputTo(path)


def _echo(name: str, rest: str, variables: Variables) -> Command:
    arguments = read_arguments(rest, variables, drops_semicolons=False)
    ends_line = not (arguments and arguments[0].text == "-n" and not arguments[0].is_quoted)
    stream = {"echo": Stream.OUTPUT, "qecho": Stream.RESULTS, "warn": Stream.NARRATION}[name]
    texts = [argument.text for argument in arguments]
    return Echo(" ".join(texts if ends_line else texts[1:]), ends_line, stream)


def _set(name: str, rest: str, variables: Variables) -> Command:
    arguments = [argument.text for argument in read_arguments(rest, variables, drops_semicolons=False)]
    if not arguments:
        return SetVariable()
    if _VARIABLE_NAME.fullmatch(arguments[0]) is None:
        return BadArguments(name, _("A variable's name is letters, digits and underscores; write \\set NAME VALUE."))
    return SetVariable(arguments[0], "".join(arguments[1:]))


def _unset(name: str, rest: str, variables: Variables) -> Command:
    arguments = _texts(rest, variables)
    if len(arguments) != 1:
        return BadArguments(name, _("\\unset takes one name; write \\unset NAME."))
    return UnsetVariable(arguments[0])


def _watch(name: str, rest: str, variables: Variables) -> Command:
    interval_s, count = 2.0, None
    for argument in _texts(rest, variables):
        option, equals, value = argument.rpartition("=")
        try:
            if option in ("c", "count"):
                count = int(value)
            elif not equals or option in ("i", "interval"):
                interval_s = float(value)
            else:
                return BadArguments(name, _("\\watch takes seconds and c=COUNT; write \\watch i=5 c=3."))
        except ValueError:
            interval_s = -1.0
    if not 0.1 <= interval_s <= 86_400 or (count is not None and count < 1):
        return BadArguments(name, _("\\watch takes seconds, 0.1 to 86400; write \\watch 5."))
    return Watch(interval_s, count)


def _plan(name: str, rest: str, variables: Variables) -> Command:
    arguments = [argument.lower() for argument in _texts(rest, variables)]
    if arguments not in ([], ["analyze"]):
        return BadArguments(name, _("\\plan takes nothing, or the word analyze, which runs the statement."))
    return ExplainPlan(is_analyzed=bool(arguments))


def _cost(name: str, rest: str, variables: Variables) -> Command:
    match _texts(rest, variables):
        case []:
            return ShowCost()
        case ["pin", pinned, calls]:
            return ShowCost("pin", pinned, calls)
        case ["unpin", pinned]:
            return ShowCost("unpin", pinned)
    return BadArguments(name, _("Write \\cost, \\cost pin NAME CALLS_A_DAY or \\cost unpin NAME."))


def _role(name: str, rest: str, variables: Variables) -> Command:
    arguments = _names(rest, variables)
    if len(arguments) > 2 or (len(arguments) == 2 and arguments[1] != "here"):
        return BadArguments(name, _("\\role takes a name, and maybe the word here; write \\role NAME here."))
    return SwitchRole(arguments[0] if arguments else "", is_here=len(arguments) == 2)


def _conditional(name: str, rest: str, variables: Variables) -> Command:
    expression = " ".join(_texts(rest, variables))
    if name in ("if", "elif") and not expression:
        return BadArguments(
            name, _("The condition is missing; write \\{name} :{{?NAME}} or \\{name} :NAME.").format(name=name)
        )
    return Conditional(name, expression)


def _print_option(name: str, rest: str, variables: Variables) -> Command:
    keeps = name in ("pset", "f")
    arguments = [it.text for it in read_arguments(rest, variables, drops_semicolons=not keeps)]
    if name == "pset":
        option, value = (*arguments, "", "")[:2]
        return SetPrint(option, value if len(arguments) > 1 else None)
    if name == "a":
        return SetPrint("format", "toggle")
    value = " ".join(arguments)
    return SetPrint(
        {"t": "tuples_only", "f": "fieldsep", "C": "title"}[name], value if arguments or name == "C" else None
    )


def _bind(_name: str, rest: str, variables: Variables) -> Command:
    return Bind(tuple(argument.text for argument in read_arguments(rest, variables, drops_semicolons=False)))


def _store(_name: str, rest: str, variables: Variables) -> Command:
    arguments = _texts(rest, variables)
    return StoreResult(arguments[0] if arguments else "")


def _encoding(_name: str, rest: str, variables: Variables) -> Command:
    arguments = _texts(rest, variables)
    return Encoding(arguments[0] if arguments else None)


def _restrict(name: str, rest: str, variables: Variables) -> Command:
    arguments = _texts(rest, variables)
    if not arguments:
        return BadArguments(name, _("The key is missing; write \\{name} KEY.").format(name=name))
    if not arguments[0].isalnum():
        return BadArguments(name, _("The key is letters and digits only."))
    return Restrict(arguments[0]) if name == "restrict" else Unrestrict(arguments[0])


def _folder(_name: str, rest: str, variables: Variables) -> Command:
    arguments = _names(rest, variables)
    return ChangeFolder(arguments[0] if arguments else None)


def _environment(name: str, rest: str, variables: Variables) -> Command:
    arguments = _texts(rest, variables)
    if len(arguments) != 2 or _VARIABLE_NAME.fullmatch(arguments[0]) is None:
        return BadArguments(name, _("\\getenv takes a variable and an environment variable; write \\getenv home HOME."))
    return ReadEnvironment(arguments[1], arguments[0])


def _write(name: str, rest: str, variables: Variables) -> Command:
    arguments = _names(rest, variables)
    if len(arguments) != 1 or arguments[0].startswith("|"):
        return BadArguments(name, _("One file is needed; write \\{name} FILE.").format(name=name))
    return WriteBuffer(arguments[0])


def _fixed(command: Command) -> Callable[[str, str, Variables], Command]:
    return lambda _name, _rest, _variables: command


_PARSERS: dict[str, Callable[[str, str, Variables], Command]] = {
    **dict.fromkeys(("i", "include", "ir", "include_relative"), _include),
    **dict.fromkeys(("q", "quit"), _fixed(Quit())),
    "?": _fixed(Help()),
    "conninfo": _fixed(ShowConnection()),
    "conflicts": _fixed(ShowConflicts()),
    "commit-check": _fixed(CheckCommit()),
    "role": _role,
    "x": _switch,
    "timing": _switch,
    **dict.fromkeys(("sf", "sf+"), _show_function),
    **dict.fromkeys(("o", "out", "g", "gx"), _output),
    **dict.fromkeys(("echo", "qecho", "warn"), _echo),
    "set": _set,
    "unset": _unset,
    "watch": _watch,
    "plan": _plan,
    "cost": _cost,
    **dict.fromkeys(("if", "elif", "else", "endif"), _conditional),
    **dict.fromkeys(("pset", "t", "a", "f", "C"), _print_option),
    "bind": _bind,
    "gset": _store,
    "gexec": _fixed(RunResult()),
    **dict.fromkeys(("r", "reset"), _fixed(ResetBuffer())),
    **dict.fromkeys(("p", "print"), _fixed(ShowBuffer())),
    **dict.fromkeys(("w", "write"), _write),
    "encoding": _encoding,
    **dict.fromkeys(("restrict", "unrestrict"), _restrict),
    "cd": _folder,
    "getenv": _environment,
    "errverbose": _fixed(ShowLastError()),
}
NAMES: tuple[str, ...] = (
    *_PARSERS,
    *("batch", "copy", "d", "d+", "dt", "dt+", "di", "di+", "dv", "ds", "dn", "du", "dp", "df", "l", "z"),
)
"""Names of all commands, without the backslash: what a wrong one is compared with."""
