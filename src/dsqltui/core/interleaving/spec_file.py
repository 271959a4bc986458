"""Reads a case from a file: isolationtester's vocabulary, or lines that end in -- T1, -- T2.

    setup { CREATE TABLE t (id int PRIMARY KEY, v int); INSERT INTO t VALUES (1, 10); }
    session s1
    step b1 { BEGIN; }
    step r1 { SELECT v FROM t WHERE id = 1; }
    step c1 { COMMIT; }
    session s2 ...
    permutation b1 r1 b2 w2 c2 c1

Own additions: `about "..."`, `reset { }`, `check { }`, `ignore COLUMN`, `expect { anomaly 2, serialisable 2 }`. Markers
of who blocks whom, `step(*)` and `step(other)`, are left out: nothing waits on Aurora DSQL.
Source of the vocabulary: PostgreSQL, src/test/isolation/README.
"""

import re
from dataclasses import dataclass, field

from dsqltui.core.interleaving.orders import Order
from dsqltui.core.interleaving.spec import (
    Expectation,
    InterleavingSpec,
    ListedOrder,
    SpecUnreadable,
    checked_sessions,
    expectation_of,
    isolation_notes,
    session_script,
    texts_of,
)
from dsqltui.core.interleaving.tagged_file import read_tagged
from dsqltui.core.language import _
from dsqltui.core.scripts.statement import Statement, split

_TAGGED = re.compile(r"--[ \t]*T(\d)\b(?P<more>.*)$", re.MULTILINE)
_NO_COMMENT = re.compile(r"[^\s#]")
_NAME = re.compile(r'"(?:[^"\n]|"")*"|[A-Za-z_][\w.-]*')
_MARKERS = re.compile(r"\s*\(([^()]*)\)")
_STRING = re.compile(r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|\$(\w*)\$.*?\$\1\$|--[^\n]*", re.DOTALL)


def read_spec(name: str, text: str) -> InterleavingSpec:
    """A case from a file's text, in either form. Raises SpecUnreadable."""
    text = text.replace("\r\n", "\n")
    first = re.search(r"^\s*(?![#\s])(\S+)", re.sub(r"#.*", "", text))
    if first is not None and re.match(r"(setup|session|about|teardown|reset|check)\b", first[1]):
        return _Reader(name, text).read()
    if _TAGGED.search(text):
        return read_tagged(name, text)
    raise SpecUnreadable(_("The file has neither a `session` nor a line that ends in `-- T1`."))


@dataclass(slots=True)
class _OwnSteps:
    """A session as it is written."""

    name: str
    setup: list[Statement] = field(default_factory=list)
    steps: dict[str, list[Statement]] = field(default_factory=dict)
    teardown: str = ""


class _Reader:
    """One file of isolationtester's vocabulary."""

    def __init__(self, name: str, text: str) -> None:
        self._name = name
        self._text = text
        self._at = 0
        self._sessions: list[_OwnSteps] = []
        self._permutations: list[list[str]] = []
        self._notes: list[str] = []

    def read(self) -> InterleavingSpec:
        blocks: dict[str, list[str]] = {"setup": [], "teardown": [], "reset": [], "check": []}
        about, ignored, expected = "", [], Expectation()
        while (word := self._word()) is not None:
            if word in blocks:
                inner = self._block()
                if not self._sessions or word in ("reset", "check"):
                    blocks[word].append(inner)
                elif word == "setup":
                    self._sessions[-1].setup += split(inner)
                else:
                    self._sessions[-1].teardown += inner
            elif word == "session":
                self._sessions.append(_OwnSteps(self._needed_name("session")))
            elif word == "step":
                self._step()
            elif word == "permutation":
                self._permutations.append(self._permutation())
            elif word == "about":
                about = self._needed_name("about")
            elif word == "ignore":
                ignored.append(self._needed_name("ignore"))
            elif word == "expect":
                expected = expectation_of(self._block())
            else:
                raise self._problem(_("`{word}` is not known here").format(word=word))
        sessions = checked_sessions(
            session_script(own.name, [*own.setup, *(s for step in own.steps.values() for s in step)], _step_names(own))
            for own in self._sessions
        )
        teardown = "".join(f"\n{text}" for text in [*blocks["teardown"], *(own.teardown for own in self._sessions)])
        return InterleavingSpec(
            self._name,
            sessions,
            about,
            setup=texts_of("\n".join(blocks["setup"])),
            teardown=texts_of(teardown),
            reset=texts_of("\n".join(blocks["reset"])),
            check=texts_of("\n".join(blocks["check"])),
            ignored=tuple(ignored),
            listed=tuple(self._listed(number, names) for number, names in enumerate(self._permutations, 1)),
            expected=expected,
            notes=(*self._notes, *isolation_notes(sessions)),
        )

    def _step(self) -> None:
        if not self._sessions:
            raise self._problem(_("a step stands before the first session"))
        name = self._needed_name("step")
        if any(name in own.steps for own in self._sessions):
            raise self._problem(_("there are two steps {name}").format(name=name))
        self._sessions[-1].steps[name] = split(self._block())

    def _permutation(self) -> list[str]:
        names: list[str] = []
        while True:
            before = self._at
            line = self._line()
            word = self._word(may_be_quoted=True)
            if word is None or word in (
                "permutation",
                "session",
                "setup",
                "teardown",
                "step",
                "check",
                "reset",
                "expect",
                "ignore",
            ):
                self._at = before
                break
            if markers := _MARKERS.match(self._text, self._at):
                self._at = markers.end()
                said = " ".join(markers[1].split())
                self._notes.append(
                    _("Line {line}: {word}({said}) says who blocks whom; left out, as nothing waits here.").format(
                        line=line, word=word, said=said
                    )
                )
            names.append(word)
        if not names:
            raise self._problem(_("a permutation names its steps"))
        return names

    def _listed(self, number: int, names: list[str]) -> ListedOrder:
        of_session: list[list[Statement]] = [list(own.setup) for own in self._sessions]
        order: list[int] = [n for n, own in enumerate(self._sessions) for _unused in own.setup]
        for name in names:
            session = next((n for n, own in enumerate(self._sessions) if name in own.steps), None)
            if session is None:
                raise SpecUnreadable(
                    _("Permutation {number} names the step {name}, which no session has.").format(
                        number=number, name=name
                    )
                )
            statements = self._sessions[session].steps[name]
            of_session[session] += statements
            order += [session] * len(statements)
        used = [n for n, statements in enumerate(of_session) if statements]
        scripts = checked_sessions(session_script(self._sessions[n].name, of_session[n]) for n in used)
        return ListedOrder(" ".join(names), scripts, _renumbered(tuple(order), used))

    def _needed_name(self, what: str) -> str:
        name = self._word(may_be_quoted=True)
        if name is None:
            raise self._problem(_("a name is missing after `{what}`").format(what=what))
        return name

    def _word(self, *, may_be_quoted: bool = False) -> str | None:
        self._skip()
        if self._at == len(self._text):
            return None
        found = _NAME.match(self._text, self._at)
        if found is None or (found[0].startswith('"') and not may_be_quoted):
            raise self._problem(_("{text!r} is not expected here").format(text=self._text[self._at]))
        self._at = found.end()
        return found[0][1:-1].replace('""', '"') if found[0].startswith('"') else found[0]

    def _block(self) -> str:
        """What stands between braces; those in strings and comments do not count."""
        self._skip()
        if self._text[self._at : self._at + 1] != "{":
            raise self._problem(_("a { is missing"))
        begin = at = self._at + 1
        while at < len(self._text) and self._text[at] != "}":
            quoted = _STRING.match(self._text, at)
            at = quoted.end() if quoted else at + 1
        if at >= len(self._text):
            raise self._problem(_("the { is not closed"))
        self._at = at + 1
        return self._text[begin:at]

    def _skip(self) -> None:
        """Over blanks and # comments."""
        while True:
            found = _NO_COMMENT.search(self._text, self._at)
            comment = self._text.find("#", self._at, found.start() if found else len(self._text))
            if comment < 0:
                self._at = found.start() if found else len(self._text)
                return
            end = self._text.find("\n", comment)
            self._at = end if end >= 0 else len(self._text)

    def _line(self) -> int:
        self._skip()
        return self._text.count("\n", 0, self._at) + 1

    def _problem(self, what: str) -> SpecUnreadable:
        return SpecUnreadable(
            _("Line {count}: {what}.").format(count=self._text.count(chr(10), 0, self._at) + 1, what=what)
        )


def _step_names(own: _OwnSteps) -> list[str]:
    return ["" for _unused in own.setup] + [name for name, statements in own.steps.items() for _unused in statements]


def _renumbered(order: Order, used: list[int]) -> Order:
    return tuple(used.index(session) for session in order)
