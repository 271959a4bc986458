r"""pgbench's script files, read into commands. Source: PostgreSQL 16 documentation, pgbench, "Custom Scripts".

SQL, `\set`, `\sleep`, `\gset`, `\if` and its kin. What else pgbench knows is named with its line, and nothing is run.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from dsqltui.core.language import _
from dsqltui.core.sql.classify import StatementKind, classify, kind_of
from dsqltui.core.sql.lexer import Kind, State, Token, command_name, command_text, scan
from dsqltui.core.storm.expression import Compute, compiled
from dsqltui.core.storm.functions import ExpressionFailed
from dsqltui.core.storm.row_keys import PrimaryKeyOf, WrittenRows, no_primary_keys, written_rows
from dsqltui.core.storm.template import Template

_SLEEP_UNITS = {"us": 1e-6, "ms": 1e-3, "s": 1.0}
_NAME = re.compile(r"[A-Za-z0-9_\x80-\uffff]+")
_KNOWN = frozenset("set sleep if elif else endif".split())
_OF_PGBENCH = frozenset("aset setshell shell startpipeline syncpipeline endpipeline".split())


class LoadScriptUnusable(Exception):
    """A script cannot be run. The message holds a line for each reason: file, line, what is wrong."""


@dataclass(frozen=True, slots=True)
class SendSql:
    """One statement."""

    line: int
    template: Template
    kind: StatementKind
    written: WrittenRows | None
    """Where the rows that it writes are found; None when it writes none."""
    gset: str | None = None
    r"""The prefix of `\gset`: the row becomes variables. None: it does not."""


@dataclass(frozen=True, slots=True)
class AssignVariable:
    """`\\set`."""

    line: int
    name: str
    compute: Compute
    is_random: bool
    """Whether it draws a random number."""


@dataclass(frozen=True, slots=True)
class Sleep:
    """`\\sleep`."""

    line: int
    amount: Template
    unit_s: float


@dataclass(slots=True)
class Jump:
    r"""What `\if` and its kin become: go on at `target` when `condition` does not hold, or always without one."""

    line: int
    condition: Compute | None
    target: int = 0


LoadCommand = SendSql | AssignVariable | Sleep | Jump


@dataclass(frozen=True, slots=True)
class LoadScript:
    """A script that sessions run over and over."""

    name: str
    commands: tuple[LoadCommand, ...]
    weight: int = 1
    """How often it is chosen, beside the weights of the others."""

    @property
    def draws_in_transactions(self) -> bool:
        r"""Whether a `\set` behind a BEGIN draws a random number: a retry must draw it again."""
        is_open = False
        for command in self.commands:
            if isinstance(command, SendSql):
                is_open = (is_open or command.kind is StatementKind.BEGIN) and command.kind not in (
                    StatementKind.COMMIT,
                    StatementKind.ROLLBACK,
                )
            elif is_open and isinstance(command, AssignVariable) and command.is_random:
                return True
        return False

    @property
    def writes(self) -> bool:
        """Whether any statement writes or flags rows, as far as its words tell."""
        return any(isinstance(one, SendSql) and one.kind is StatementKind.WRITE for one in self.commands)


def name_and_weight(text: str) -> tuple[str, int]:
    """`FILE@WEIGHT`, or FILE with the weight 1. Raises ValueError with a sentence."""
    name, at, weight = text.rpartition("@")
    if not at:
        return text, 1
    if not name or not weight.isdecimal() or not 0 <= int(weight) <= 1_000_000:
        raise ValueError(_("{text!r} is no FILE@WEIGHT with a whole number from 0 to 1000000").format(text=text))
    return name, int(weight)


def read_load_script(
    text: str, name: str, *, weight: int = 1, primary_key: PrimaryKeyOf = no_primary_keys
) -> LoadScript:
    """Read a script. Raises LoadScriptUnusable, naming all that is wrong."""
    reader = _ScriptReader(name, primary_key)
    reader.read(text)
    if not reader.problems and not any(isinstance(one, SendSql) for one in reader.commands):
        reader.problems.append(_("{name} holds no SQL").format(name=name))
    if reader.problems:
        raise LoadScriptUnusable("\n".join(reader.problems))
    return LoadScript(name, tuple(reader.commands), weight)


@dataclass(slots=True)
class _Branch:
    """An `\\if` that is open."""

    line: int
    next_test: Jump | None
    ends: list[Jump] = field(default_factory=list)
    """Jumps from the end of a branch to behind `\\endif`."""


class _ScriptReader:
    def __init__(self, name: str, primary_key: PrimaryKeyOf) -> None:
        self.commands: list[LoadCommand] = []
        self.problems: list[str] = []
        self._name = name
        self._primary_key = primary_key
        self._branches: list[_Branch] = []
        self._text: list[str] = []
        """The lines of the statement that is being read, as written."""
        self._line = 0
        """Where it begins; 0: none is being read."""

    def read(self, text: str) -> None:
        state: State = None
        depth = 0
        for number, line in _lines(text):
            if state is None and not self._line and line.lstrip().startswith("\\"):
                self._command(line.strip(), number)
                continue
            tokens, state = scan(line, state)
            taken = 0
            for token in tokens:
                if token.kind is Kind.COMMENT and not self._line:
                    taken = token.end
                    continue
                if token.kind is Kind.BACKSLASH:
                    if not self._line:
                        self._command(line[token.start :].strip(), number)
                    else:
                        self._ending(line[taken : token.start], token, number)
                    taken, depth = len(line), 0
                    break
                if token.kind is Kind.SEMICOLON and depth == 0:
                    if self._line:
                        self._statement(line[taken : token.start])
                    taken = token.end
                    continue
                if not self._line:
                    self._line, taken = number, token.start
                if token.kind is Kind.OP:
                    depth = max(0, depth + (token.text == "(") - (token.text == ")"))
            if self._line:
                self._text.append(line[taken:])
        if self._line:
            self._statement("")
        self.problems += [
            _("{name}, line {line}: \\if without \\endif").format(name=self._name, line=one.line)
            for one in self._branches
        ]

    def _statement(self, last: str, gset: str | None = None) -> None:
        text = "".join((*self._text, last)).strip()
        template = Template.of(text)
        plain, _unused = template.with_stand_ins()
        if classify(plain).copy is not None:
            self._complain(self._line, _("COPY is not supported"))
        written = written_rows(template, self._primary_key)
        self.commands.append(SendSql(self._line, template, kind_of(plain), written, gset))
        self._text, self._line = [], 0

    def _ending(self, before: str, token: Token, number: int) -> None:
        text = command_text(token.text)
        name = command_name(text)
        if name == "gset":
            self._statement(before, gset=text[len("\\gset") :].strip())
            return
        self._text, self._line = [], 0
        if name == ";":
            self._complain(
                number, _("\\; (several statements at once) is not supported; Aurora DSQL wants them one by one")
            )
        elif name in _KNOWN:
            self._complain(
                number, _("\\{name} stands within a statement; end that with a semicolon first").format(name=name)
            )
        else:
            self._complain(number, f"\\{name} {_why_not(name)}")

    def _command(self, text: str, number: int) -> None:
        name, _unused, rest = text[1:].partition(" ")
        rest = rest.strip()
        try:
            match name:
                case "set":
                    self._set(rest, number)
                case "sleep":
                    self._sleep(rest, number)
                case "if" | "elif" | "else" | "endif":
                    self._branch(name, rest, number)
                case "gset":
                    self._complain(number, _("\\gset follows no statement; write it in the place of a semicolon"))
                case _:
                    self._complain(number, f"\\{name} {_why_not(name)}")
        except ExpressionFailed as problem:
            self._complain(number, f"\\{name}: {problem}")

    def _set(self, rest: str, number: int) -> None:
        name, _unused, expression = rest.partition(" ")
        if not _NAME.fullmatch(name) or not expression.strip():
            raise ExpressionFailed(_("a name and an expression are needed"))
        is_random = re.search(r"\brandom", expression, re.IGNORECASE) is not None
        self.commands.append(AssignVariable(number, name, compiled(expression), is_random))

    def _sleep(self, rest: str, number: int) -> None:
        words = rest.split()
        found = re.fullmatch(r"(\d+)(us|ms|s)", words[0], re.IGNORECASE) if len(words) == 1 else None
        if found is not None:
            words = [found[1], found[2]]
        is_amount = bool(words) and (words[0].isdecimal() or words[0].startswith(":"))
        if not is_amount or len(words) > 2 or (len(words) == 2 and words[1].lower() not in _SLEEP_UNITS):
            raise ExpressionFailed(_("a whole number or :name is needed, and then us, ms or s"))
        unit = _SLEEP_UNITS[words[1].lower()] if len(words) == 2 else 1.0
        self.commands.append(Sleep(number, Template.of(words[0]), unit))

    def _branch(self, name: str, rest: str, number: int) -> None:
        if name == "if":
            test = Jump(number, compiled(rest))
            self._branches.append(_Branch(number, test))
            self.commands.append(test)
            return
        if not self._branches:
            raise ExpressionFailed(_("there is no \\if before it"))
        branch = self._branches[-1]
        if name == "endif":
            self._branches.pop()
            for jump in (*branch.ends, *([branch.next_test] if branch.next_test is not None else [])):
                jump.target = len(self.commands)
            return
        if branch.next_test is None:
            raise ExpressionFailed(_("there is an \\else before it"))
        leave = Jump(number, None)
        self.commands.append(leave)
        branch.ends.append(leave)
        branch.next_test.target = len(self.commands)
        branch.next_test = None
        if name == "elif":
            branch.next_test = Jump(number, compiled(rest))
            self.commands.append(branch.next_test)

    def _complain(self, number: int, what: str) -> None:
        self.problems.append(_("{name}, line {number}: {what}").format(name=self._name, number=number, what=what))


def _why_not(name: str) -> str:
    return _("is not supported") if name in _OF_PGBENCH else _("is no command of a pgbench script")


def _lines(text: str) -> Iterator[tuple[int, str]]:
    """The lines with their numbers and ends; those of a command that goes on behind a backslash joined."""
    waiting, first = "", 0
    for number, line in enumerate(text.splitlines(keepends=True), 1):
        body = line.rstrip("\r\n")
        is_command = bool(waiting) or line.lstrip().startswith("\\")
        if is_command and body.endswith("\\"):
            waiting, first = waiting + body[:-1] + " ", first or number
            continue
        yield (first or number), waiting + line
        waiting, first = "", 0
    if waiting:
        yield first, waiting
