"""SQL with pgbench's variables: cut once, put together for every run.

A variable is replaced wherever `:name` stands, within quotes too, as pgbench does with the simple protocol; what names
no variable then stays as it is.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from dsqltui.core.storm.functions import ScriptValue, shown_value

_VARIABLE = re.compile(r"(::+)|:([A-Za-z0-9_\x80-\uffff]+)")
_FIRST_STAND_IN = 7_360_000_000


@dataclass(frozen=True, slots=True)
class Template:
    """Text and names in turn: text, name, text, name, ... text."""

    pieces: tuple[str, ...]

    @classmethod
    def of(cls, text: str) -> "Template":
        """Cut a text at its variables."""
        pieces, taken = [], 0
        for found in _VARIABLE.finditer(text):
            if found[2] is not None:
                pieces += [text[taken : found.start()], found[2]]
                taken = found.end()
        return cls((*pieces, text[taken:]))

    @property
    def names(self) -> tuple[str, ...]:
        """The variables, in the order of the text."""
        return self.pieces[1::2]

    def filled(self, variables: Mapping[str, ScriptValue | str]) -> str:
        """The text with the values that there are."""
        pieces = self.pieces
        if len(pieces) == 1:
            return pieces[0]
        out = list(pieces)
        for at in range(1, len(pieces), 2):
            name = pieces[at]
            value = variables.get(name, _NO_VALUE)
            if value is _NO_VALUE:
                out[at] = f":{name}"
            else:
                out[at] = value if isinstance(value, str) else shown_value(value)
        return "".join(out)

    def with_stand_ins(self) -> tuple[str, Mapping[str, str]]:
        """The text with a number in each variable's place that stands nowhere else in it, and what they stand for."""
        text = "".join(self.pieces[::2])
        base = _FIRST_STAND_IN
        while str(base)[:6] in text:
            base += 10_000_000
        stands: dict[str, str] = {}
        out = list(self.pieces)
        for at in range(1, len(out), 2):
            stand_in = str(base + at)
            stands[stand_in] = out[at]
            out[at] = stand_in
        return "".join(out), stands


_NO_VALUE: ScriptValue | str = "\0"


def put_back(text: str, stands: Mapping[str, str]) -> Template:
    """A piece of a text with stand-ins as a template."""
    if not stands:
        return Template((text,))
    parts = re.split("(" + "|".join(stands) + ")", text)
    return Template(tuple(stands[part] if at % 2 else part for at, part in enumerate(parts)))
