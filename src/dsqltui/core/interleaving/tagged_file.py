"""Reads a case from SQL whose lines say at their end which transaction they belong to, as Hermitage writes them.

    create table test (id int primary key, value int);
    begin; -- T1
    begin; -- T2
    update test set value = 11 where id = 1; -- T1
    commit; -- T1
    commit; -- T2

What stands before the first of these lines is the setup; a query without a mark behind them looks at the final state.
Lines `-- about: ...`, `-- check: ...`, `-- reset: ...`, `-- ignore: COLUMN`, `-- expect: ...` say the rest.
Source of the form: github.com/ept/hermitage.
"""

import re

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
from dsqltui.core.language import _
from dsqltui.core.scripts.statement import Statement, StatementKind, split

_MARK = re.compile(r"--[ \t]*T(\d)\b(?P<more>.*)$")
_DIRECTIVE = re.compile(r"\s*--[ \t]*(about|check|reset|ignore|expect|teardown):[ \t]*(.*)$")
_BLOCKS = re.compile(r"\bblock", re.IGNORECASE)


def read_tagged(name: str, text: str) -> InterleavingSpec:
    """A case of that form. Raises SpecUnreadable."""
    said: dict[str, list[str]] = {}
    setup: list[str] = []
    check: list[str] = []
    notes: list[str] = []
    of_session: dict[int, list[Statement]] = {}
    turns: list[int] = []
    waiting = ""
    for number, line in enumerate(text.splitlines(), 1):
        if directive := _DIRECTIVE.match(line):
            said.setdefault(directive[1], []).append(directive[2])
            continue
        mark = _MARK.search(line)
        if mark is None:
            waiting += line + "\n"
            continue
        free, started = _cut(waiting)
        waiting = ""
        _place(free, number, setup, check, is_setup=not turns)
        found = split(started + line[: mark.start()])
        session = int(mark[1])
        of_session.setdefault(session, []).extend(found)
        turns += [session] * len(found)
        if _BLOCKS.search(mark["more"]):
            notes.append(
                _("Line {number}: the mark says that it blocks; left out, as nothing waits here.").format(number=number)
            )
    free, started = _cut(waiting)
    _place([*free, *split(started)], text.count("\n") + 1, setup, check, is_setup=not turns)
    numbers = sorted(of_session)
    sessions = checked_sessions(session_script(f"T{n}", of_session[n]) for n in numbers)
    order = tuple(numbers.index(session) for session in turns)
    return InterleavingSpec(
        name,
        sessions,
        " ".join(said.get("about", [])),
        setup=tuple(setup),
        teardown=texts_of("\n".join(said.get("teardown", []))),
        reset=texts_of("\n".join(said.get("reset", []))),
        check=(*texts_of("\n".join(said.get("check", []))), *check),
        ignored=tuple(said.get("ignore", [])),
        listed=(ListedOrder(_("as written"), sessions, order),),
        expected=expectation_of(" ".join(said.get("expect", []))) if "expect" in said else Expectation(),
        notes=(*notes, *isolation_notes(sessions)),
    )


def _cut(text: str) -> tuple[list[Statement], str]:
    """The whole statements of a text, and what of one has only begun."""
    found = split(text)
    if found and not found[-1].is_terminated:
        return found[:-1], text[found[-1].start :]
    return found, ""


def _place(statements: list[Statement], line: int, setup: list[str], check: list[str], *, is_setup: bool) -> None:
    for statement in statements:
        if is_setup:
            setup.append(statement.text)
        elif statement.kind is StatementKind.READ:
            check.append(statement.text)
        else:
            raise SpecUnreadable(
                _("Above line {line}: a statement has no mark; end its line with -- T1 or -- T2.").format(line=line)
            )
