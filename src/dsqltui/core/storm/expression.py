r"""The expressions of `\set` and `\if`: read once, computed for every transaction.

Operators and their order as in the PostgreSQL 16 documentation, pgbench, "Built-In Operators"; CASE too.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from dsqltui.core.language import _, ngettext
from dsqltui.core.storm.functions import (
    BINARY,
    FUNCTIONS,
    NOT_HERE,
    ExpressionFailed,
    ScriptValue,
    SessionRandom,
    in_64_bits,
    number,
    truth,
    whole,
)

_TOKEN = re.compile(
    r"""\s*(?:(?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)|:(?P<variable>\w+)|(?P<word>[A-Za-z_]\w*)
    |(?P<sign><<|>>|<=|>=|<>|!=|[-+*/%|\#&<>=~(),]))""",
    re.VERBOSE,
)
_LEVELS: tuple[tuple[str, ...], ...] = (
    ("<", "<=", ">", ">=", "=", "<>"),
    ("|", "#", "&"),
    ("<<", ">>"),
    ("+", "-"),
    ("*", "/", "%"),
)
_MOST_DEEP = 30


@dataclass(slots=True)
class ScriptState:
    """What expressions see of a session: its variables and its random numbers."""

    random: SessionRandom
    variables: dict[str, ScriptValue | str] = field(default_factory=dict)
    r"""Text is what `\gset` or the command line gave; it counts as a number where it is one."""


Compute = Callable[[ScriptState], ScriptValue]
"""May raise ExpressionFailed."""


def compiled(text: str) -> Compute:
    """What computes the expression. Raises ExpressionFailed for what cannot be read."""
    reader = _Reader(text)
    found = reader.disjunction()
    if reader.kind != "end":
        raise ExpressionFailed(_("{shown} was not expected").format(shown=reader.shown))
    return found


def variable_value(state: ScriptState, name: str) -> ScriptValue:
    """A variable as a value. Raises ExpressionFailed."""
    try:
        value = state.variables[name]
    except KeyError:
        raise ExpressionFailed(_("there is no variable {name}").format(name=name)) from None
    return _read_value(name, value) if isinstance(value, str) else value


def _read_value(name: str, text: str) -> ScriptValue:
    word = text.strip().lower()
    if word in ("", "null"):
        return None
    if word in ("true", "on", "yes", "t"):
        return True
    if word in ("false", "off", "no", "f"):
        return False
    try:
        return int(word) if re.fullmatch(r"[-+]?\d+", word) else float(word)
    except ValueError:
        raise ExpressionFailed(_("variable {name} is no number").format(name=name)) from None


class _Reader:
    """Descends by the precedence of the operators, from OR down."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._depth = 0
        self.kind = self.text = ""
        self._advance()

    @property
    def shown(self) -> str:
        return f"{self.text!r}" if self.kind != "end" else _("the end")

    def disjunction(self) -> Compute:
        self._depth += 1
        if self._depth > _MOST_DEEP:
            raise ExpressionFailed(_("the expression is nested too deeply"))
        left = self._conjunction()
        while self._takes_word("or"):
            left = _either(left, self._conjunction())
        self._depth -= 1
        return left

    def _conjunction(self) -> Compute:
        left = self._negation()
        while self._takes_word("and"):
            left = _both(left, self._negation())
        return left

    def _negation(self) -> Compute:
        count = 0
        while self._takes_word("not"):
            count += 1
        found = self._test()
        return _negated(found) if count % 2 else found

    def _test(self) -> Compute:
        found = self._level(0)
        while True:
            if self._takes_word("isnull"):
                found = _is(found, None, wants=True)
            elif self._takes_word("notnull"):
                found = _is(found, None, wants=False)
            elif self._takes_word("is"):
                wants = not self._takes_word("not")
                found = _is(found, self._constant(), wants=wants)
            else:
                return found

    def _constant(self) -> bool | None:
        for word, value in (("null", None), ("true", True), ("false", False)):
            if self._takes_word(word):
                return value
        raise ExpressionFailed(_("NULL, TRUE or FALSE was expected, not {shown}").format(shown=self.shown))

    def _level(self, at: int) -> Compute:
        if at == len(_LEVELS):
            return self._unary()
        left = self._level(at + 1)
        while self.kind == "sign" and (sign := "<>" if self.text == "!=" else self.text) in _LEVELS[at]:
            self._advance()
            left = _applied(sign, left, self._level(at + 1))
        return left

    def _unary(self) -> Compute:
        signs = []
        while self.kind == "sign" and self.text in "+-~":
            signs.append(self.text)
            self._advance()
        found = self._primary()
        for sign in reversed(signs):
            if sign != "+":
                found = _unary_applied(sign, found)
        return found

    def _primary(self) -> Compute:
        kind, text = self.kind, self.text
        if kind == "end":
            raise ExpressionFailed(_("the expression ends too early"))
        self._advance()
        if kind == "number":
            value: ScriptValue = int(text) if text.isdecimal() else float(text)
            if isinstance(value, int) and value != 2**63:  # that one only behind a minus
                in_64_bits(value)
            return lambda _state: value
        if kind == "variable":
            return lambda state: variable_value(state, text)
        if kind == "sign" and text == "(":
            found = self.disjunction()
            self._expect(")")
            return found
        word = text.lower()
        if kind == "word" and word in ("null", "true", "false"):
            constant = {"null": None, "true": True, "false": False}[word]
            return lambda _state: constant
        if kind == "word" and word == "case":
            return self._case()
        if kind == "word" and self.kind == "sign" and self.text == "(":
            return self._call(word)
        raise ExpressionFailed(_("{text!r} was not expected; a variable is written :name").format(text=text))

    def _call(self, name: str) -> Compute:
        if name in NOT_HERE:
            raise ExpressionFailed(_(NOT_HERE[name]))
        if name not in FUNCTIONS:
            raise ExpressionFailed(_("there is no function {name}()").format(name=name))
        least, most, do = FUNCTIONS[name]
        self._expect("(")
        arguments: list[Compute] = []
        while not (self.kind == "sign" and self.text == ")"):
            if arguments:
                self._expect(",")
            arguments.append(self.disjunction())
        self._expect(")")
        if not least <= len(arguments) <= most:
            wanted = (
                str(least)
                if least == most
                else _("{least} or more").format(least=least)
                if most > 2
                else _("{least} or {most}").format(least=least, most=most)
            )
            raise ExpressionFailed(
                ngettext(
                    "{name}() takes {wanted} argument, not {count}",
                    "{name}() takes {wanted} arguments, not {count}",
                    1 if wanted == "1" else 2,
                ).format(name=name, wanted=wanted, count=len(arguments))
            )
        takes = tuple(arguments)

        def call(state: ScriptState) -> ScriptValue:
            values = [take(state) for take in takes]
            return None if None in values else do(state.random, *values)

        return call

    def _case(self) -> Compute:
        branches: list[tuple[Compute, Compute]] = []
        while self._takes_word("when"):
            condition = self.disjunction()
            self._expect_word("then")
            branches.append((condition, self.disjunction()))
        if not branches:
            raise ExpressionFailed(_("WHEN was expected, not {shown}").format(shown=self.shown))
        other: Compute = self.disjunction() if self._takes_word("else") else lambda _state: None
        self._expect_word("end")

        def choose(state: ScriptState) -> ScriptValue:
            for condition, result in branches:
                if truth(condition(state)):
                    return result(state)
            return other(state)

        return choose

    def _advance(self) -> None:
        found = _TOKEN.match(self._text, self._at)
        if found is not None and found.lastgroup is not None:
            self.kind, self.text, self._at = found.lastgroup, found[found.lastgroup], found.end()
        elif self._text[self._at :].strip():
            raise ExpressionFailed(_("{text!r} was not expected").format(text=self._text[self._at :].strip()[:20]))
        else:
            self.kind, self.text = "end", ""

    def _takes_word(self, word: str) -> bool:
        if self.kind == "word" and self.text.lower() == word:
            self._advance()
            return True
        return False

    def _expect_word(self, word: str) -> None:
        if not self._takes_word(word):
            raise ExpressionFailed(_("{word} was expected, not {shown}").format(word=word.upper(), shown=self.shown))

    def _expect(self, sign: str) -> None:
        if self.kind != "sign" or self.text != sign:
            raise ExpressionFailed(_("{sign!r} was expected, not {shown}").format(sign=sign, shown=self.shown))
        self._advance()


def _applied(sign: str, left: Compute, right: Compute) -> Compute:
    do = BINARY[sign]

    def apply(state: ScriptState) -> ScriptValue:
        first, second = left(state), right(state)
        return None if first is None or second is None else do(first, second)

    return apply


def _unary_applied(sign: str, operand: Compute) -> Compute:
    def apply(state: ScriptState) -> ScriptValue:
        value = operand(state)
        if value is None:
            return None
        if sign == "~":
            return ~whole(value)
        found = -number(value)
        return found if isinstance(found, float) else in_64_bits(found)

    return apply


def _either(left: Compute, right: Compute) -> Compute:
    def apply(state: ScriptState) -> ScriptValue:
        first = left(state)
        if first is not None and truth(first):
            return True
        second = right(state)
        if second is not None and truth(second):
            return True
        return None if first is None or second is None else False

    return apply


def _both(left: Compute, right: Compute) -> Compute:
    def apply(state: ScriptState) -> ScriptValue:
        first = left(state)
        if first is not None and not truth(first):
            return False
        second = right(state)
        if second is not None and not truth(second):
            return False
        return None if first is None or second is None else True

    return apply


def _negated(operand: Compute) -> Compute:
    def apply(state: ScriptState) -> ScriptValue:
        value = operand(state)
        return None if value is None else not truth(value)

    return apply


def _is(operand: Compute, constant: bool | None, *, wants: bool) -> Compute:
    def apply(state: ScriptState) -> ScriptValue:
        value = operand(state)
        found = value is None if constant is None else value is not None and truth(value) is constant
        return found is wants

    return apply
