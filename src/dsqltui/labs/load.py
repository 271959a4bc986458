"""Lab files read and checked: TOML in, a Lab out, or every problem with file, step and key."""

import re
import tomllib
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from dsqltui.core.results.transaction_state import TransactionState
from dsqltui.core.scripts.statement import Statement, StatementKind, split
from dsqltui.labs.matching import has_words, words_of
from dsqltui.labs.model import (
    FORMAT,
    PANES,
    VIEWS,
    Acted,
    Action,
    Capture,
    Check,
    ClosingQuestion,
    ConnectPanes,
    HasRows,
    InDatabase,
    IsConnected,
    IsUser,
    Lab,
    LabStep,
    Need,
    OneOf,
    OpenView,
    Read,
    ReturnRole,
    RunSql,
    SameInBoth,
    SetFaults,
    StatementRan,
    SwitchPaneRole,
    WasLost,
    WasRefused,
)
from dsqltui.labs.reading import LabProblem, LabUnreadable, TableReader
from dsqltui.labs.text import Text, places
from dsqltui.resources import data

_FILE = re.compile(r"(?P<number>[0-9]{2})-(?P<id>[a-z0-9]+(-[a-z0-9]+)*)\.toml")
_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_SQLSTATE = re.compile(r"[0-9A-Z]{5}")
GIVEN_VALUES = frozenset(f"{name}.{pane}" for name in ("region", "endpoint", "cluster", "arn") for pane in "ab") | {
    "account",
    "identity",
}
"""What every lab may name without capturing it: of both endpoints, and who the person is."""


def shipped_labs() -> Path:
    """The folder of the labs that come with dsqltui."""
    return data("sql") / "labs"


def read_lab(file: Path) -> Lab:
    """The lab in a file. Blocks. Raises LabUnreadable."""
    try:
        table = tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise LabUnreadable([LabProblem(file, "", "", f"cannot be read: {error.strerror}")]) from None
    except UnicodeDecodeError as error:
        raise LabUnreadable([LabProblem(file, "", "", f"is not UTF-8 text (byte {error.start})")]) from None
    except tomllib.TOMLDecodeError as error:
        raise LabUnreadable([LabProblem(file, "", "", f"is not TOML: {error}")]) from None
    return lab_of(file, table)


def read_labs(folder: Path) -> list[Lab]:
    """All labs of a folder, by number. Blocks. Raises LabUnreadable with the problems of all files."""
    labs: list[Lab] = []
    problems: list[LabProblem] = []
    for file in sorted(folder.glob("*.toml")):
        try:
            labs.append(read_lab(file))
        except LabUnreadable as unreadable:
            problems += unreadable.problems
    known: dict[str, Lab] = {}
    for lab in labs:
        if lab.id in known:
            problems.append(LabProblem(lab.file, "", "id", f"{lab.id!r} is the id of {known[lab.id].file.name} too"))
        for other in lab.after:
            if other not in known:
                problems.append(LabProblem(lab.file, "", "after", f"{other!r} is no lab with a lower number"))
        known[lab.id] = lab
    if problems:
        raise LabUnreadable(problems)
    return labs


def lab_of(file: Path, table: Mapping[str, object]) -> Lab:
    """The lab that a TOML document says. Raises LabUnreadable."""
    problems: list[LabProblem] = []
    top = TableReader(file, table, problems)
    named = _FILE.fullmatch(file.name)
    if named is None:
        problems.append(
            LabProblem(file, "", "", "must be named like 03-first-committer-wins.toml: two digits, then the id")
        )
    if top.number("format") != FORMAT:
        top.wrong("format", f"must be {FORMAT}, the version of the format that this dsqltui reads")
    lab = Lab(
        file=file,
        number=int(named["number"]) if named else 0,
        id=named["id"] if named else file.stem,
        title=top.required_both("title"),
        goal=top.required_both("goal"),
        watch=top.required_both("watch"),
        creates=top.both("creates", is_required=False) or Text("", ""),
        after=top.texts("after"),
        needs=tuple(_need(reader) for reader in top.each("needs")),
        is_simulator_only=top.flag("simulator_only"),
        keeps=top.flag("keeps"),
        reset=_reset(top),
        steps=_with_states(top.each("step", is_required=True)),
        question=_question(top.inner("question")),
    )
    top.end()
    problems += _problems_across(lab)
    if problems:
        raise LabUnreadable(problems)
    return lab


def _need(reader: TableReader) -> Need:
    need = Need(
        reader.text("query"), reader.text("value"), reader.required_both("say"), reader.flag("repaired_by_reset")
    )
    reader.end()
    return need


def _reset(top: TableReader) -> tuple[str, ...]:
    statements = split(top.text("reset", default=""))
    if any(s.kind in (StatementKind.BEGIN, StatementKind.COMMIT, StatementKind.ROLLBACK) for s in statements):
        top.wrong("reset", "must not open or end a transaction: each statement runs in autocommit")
    if any(s.kind is StatementKind.COMMAND for s in statements):
        top.wrong("reset", "must be SQL without backslash commands")
    return tuple(statement.text for statement in statements)


def _question(reader: TableReader) -> ClosingQuestion:
    choices = []
    for choice in reader.each("choice", is_required=True):
        choices.append(choice.text_of("", choice.table))
    right = reader.number("right", default=0) or 0
    if not 2 <= len(choices) <= 4:
        reader.wrong("choice", "must be given two to four times")
    elif not 1 <= right <= len(choices):
        reader.wrong("right", f"must be the number of a choice, 1 to {len(choices)}")
    question = ClosingQuestion(reader.required_both("ask"), tuple(choices), right, reader.required_both("answer"))
    reader.end()
    return question


# -- steps -------------------------------------------------------------------------------------------------------------


def _with_states(readers: Sequence[TableReader]) -> tuple[LabStep, ...]:
    """The steps, each with the transaction states it begins and ends with."""
    states = dict.fromkeys(PANES, TransactionState.IDLE)
    steps: list[LabStep] = []
    for index, reader in enumerate(readers, 1):
        id_ = reader.text("id")
        reader.where, reader.path = f"step {id_!r}" if id_ else f"step {index}", ""
        if id_ and not _ID.fullmatch(id_):
            reader.wrong("id", "must be lower-case words joined by hyphens")
        if any(step.id == id_ for step in steps):
            reader.wrong("id", "is the id of an earlier step too; ids are unique in a lab")
        before = dict(states)
        step, after = _step(reader, id_, before)
        steps.append(step)
        states |= after
    for pane, state in states.items():
        if readers and state in (TransactionState.OPEN, TransactionState.FAILED):
            readers[-1].wrong("sql", f"leaves a transaction open in pane {pane} at the end of the lab")
    return tuple(steps)


def _step(
    reader: TableReader, id_: str, before: dict[str, TransactionState]
) -> tuple[LabStep, dict[str, TransactionState]]:
    panes = _panes(reader, default="")
    action = _action(reader)
    if not panes and isinstance(action, RunSql | SwitchPaneRole | ReturnRole | ConnectPanes):
        reader.wrong("pane", 'is missing; it is "a", "b" or "both"')
    expect = tuple(_check(check, panes or PANES) for check in reader.each("expect"))
    after: dict[str, TransactionState] = {}
    if isinstance(action, RunSql):
        statements = split(action.sql)
        if not statements:
            reader.wrong("sql", "holds no statement")
        if not expect:
            reader.wrong("expect", "is missing: say what must have happened when the step is done")
        after = {pane: _state_after(statements, before[pane], expect) for pane in panes}
    for check in expect:
        if isinstance(check, WasLost):
            after |= dict.fromkeys(check.panes, TransactionState.NONE)
    if isinstance(action, SwitchPaneRole | ReturnRole | ConnectPanes):
        after = dict.fromkeys(panes, TransactionState.IDLE)
        for pane in panes:
            if before[pane] in (TransactionState.OPEN, TransactionState.FAILED):
                reader.wrong("do", f"would lose the transaction that is open in pane {pane}")
    if not isinstance(action, RunSql) and not expect:
        expect = _usual_checks(action, panes)
    captures = tuple(_captures(reader))
    step = LabStep(
        id=id_,
        panes=panes,
        action=action,
        say=reader.required_both("say"),
        expect=expect,
        hint=reader.required_both("hint"),
        seen=reader.both("seen", is_required=False),
        captures=captures,
        prepares=reader.flag("prepares"),
        state_before=before,
        state_after=after,
    )
    reader.end()
    return step, after


def _usual_checks(action: Action, panes: tuple[str, ...]) -> tuple[Check, ...]:
    match action:
        case ConnectPanes():
            return (IsConnected(panes),)
        case SwitchPaneRole(user=user):
            return (IsUser(user, panes),)
        case _:
            return (Acted(),)


def _panes(reader: TableReader, *, default: str) -> tuple[str, ...]:
    said = reader.text("pane", default=default)
    by_word = {"a": ("A",), "b": ("B",), "both": PANES, "": ()}
    if said not in by_word:
        reader.wrong("pane", 'must be "a", "b" or "both"')
    return by_word.get(said, ())


def _action(reader: TableReader) -> Action:
    if reader.has("sql"):
        if reader.has("do"):
            reader.wrong("do", "is given besides sql; a step does one thing")
            reader.text("do")
        return RunSql(reader.text("sql"))
    do = reader.text("do", default="")
    match do:
        case "read":
            return Read()
        case "connect":
            return ConnectPanes()
        case "role":
            return SwitchPaneRole(reader.text("user"), reader.text("iam_role"), reader.text("session"))
        case "role back":
            return ReturnRole()
        case "faults":
            return SetFaults(_faults(reader))
        case _ if do in VIEWS:
            return OpenView(do)
    known = ", ".join(("read", "connect", "role", "role back", "faults", *VIEWS))
    reader.wrong("do" if do else "sql", f"is missing or unknown; a step has sql, or do = one of {known}")
    return Read()


def _faults(reader: TableReader) -> tuple[str, ...]:
    changes = reader.texts("faults")
    if not changes or not all("=" in change for change in changes):
        reader.wrong("faults", 'must be a list of changes: ["transaction-age=5"]')
    return changes


def _captures(reader: TableReader) -> Iterable[Capture]:
    for capture in reader.each("capture"):
        if capture.has("query"):
            yield Capture(capture.text("name"), query=capture.text("query"))
        else:
            yield Capture(capture.text("name"), capture.text("of"), capture.text("column"))
        capture.end()


def _state_after(statements: Sequence[Statement], state: TransactionState, expect: Iterable[Check]) -> TransactionState:
    """What the SQL leaves; a refusal that is expected ends it, as the console stops there."""
    refusals = [words_of(check.of) for check in expect if isinstance(check, WasRefused)]
    for statement in statements:
        is_refused = any(has_words(statement.text, statement.kind, words) for words in refusals)
        match statement.kind:
            case StatementKind.BEGIN:
                state = TransactionState.OPEN
            case StatementKind.COMMIT | StatementKind.ROLLBACK:
                state = TransactionState.IDLE
            case _ if is_refused and state is TransactionState.OPEN:
                state = TransactionState.FAILED
        if is_refused:
            break
    return state


# -- checks ------------------------------------------------------------------------------------------------------------


def _check(reader: TableReader, panes: tuple[str, ...]) -> Check:
    made = CHECKS.get(reader.text("check"))
    if made is None:
        reader.wrong("check", f"is no check; there are {', '.join(CHECKS)}")
        return Acted()
    panes = _panes(reader, default="") or panes
    check = made(reader, panes)
    reader.end()
    return check


def _ran(reader: TableReader, panes: tuple[str, ...]) -> Check:
    return StatementRan(reader.text("of"), panes, reader.text("tag", default=""))


def _rows(reader: TableReader, panes: tuple[str, ...]) -> Check:
    has_value = reader.has("value")
    return HasRows(
        reader.text("of"),
        panes,
        count=reader.number("count"),
        at_least=reader.number("at_least", default=0) or 0,
        value=reader.text("value", default="") if has_value else None,
        has=reader.rows("has"),
        text=reader.texts("text"),
    )


def _refused(reader: TableReader, panes: tuple[str, ...]) -> Check:
    sqlstate, token = reader.text("sqlstate"), reader.text("token", default="")
    if sqlstate and not _SQLSTATE.fullmatch(sqlstate):
        reader.wrong("sqlstate", 'must be five letters and digits: "40001"')
    if token not in ("", "OC000", "OC001"):
        reader.wrong("token", 'must be "OC000" or "OC001"')
    return WasRefused(reader.text("of"), panes, sqlstate, token)


def _database(reader: TableReader, panes: tuple[str, ...]) -> Check:
    return InDatabase(reader.text("query"), reader.text("value"), reader.required_both("say"), panes[0])


def _one_of(reader: TableReader, panes: tuple[str, ...]) -> Check:
    return OneOf(tuple(_check(inner, panes) for inner in reader.each("checks", is_required=True)))


CHECKS: Mapping[str, Callable[[TableReader, tuple[str, ...]], Check]] = {
    "ran": _ran,
    "rows": _rows,
    "refused": _refused,
    "same": lambda reader, _panes: SameInBoth(reader.text("of")),
    "database": _database,
    "connected": lambda _reader, panes: IsConnected(panes),
    "user": lambda reader, panes: IsUser(reader.text("user"), panes),
    "lost": lambda _reader, panes: WasLost(panes),
    "done": lambda _reader, _panes: Acted(),
    "one-of": _one_of,
}


# -- what concerns several parts ---------------------------------------------------------------------------------------


def _problems_across(lab: Lab) -> Iterable[LabProblem]:
    known = set(GIVEN_VALUES)
    for step in lab.steps:
        for key, text in _texts_of(step):
            for name in places(text):
                if name not in known:
                    yield LabProblem(
                        lab.file, f"step {step.id!r}", key, f"{{{name}}} was captured by no step before this one"
                    )
        known |= {capture.name for capture in step.captures}
        if isinstance(step.action, SetFaults) and not lab.is_simulator_only:
            yield LabProblem(lab.file, f"step {step.id!r}", "do", "faults need simulator_only = true in the lab")


def _texts_of(step: LabStep) -> Iterable[tuple[str, str]]:
    yield from (("say.en", step.say.en), ("say.ja", step.say.ja), ("hint.en", step.hint.en), ("hint.ja", step.hint.ja))
    match step.action:
        case RunSql(sql=sql):
            yield "sql", sql
        case SwitchPaneRole(iam_role=arn):
            yield "iam_role", arn
        case SetFaults(changes=changes):
            yield from (("faults", change) for change in changes)
