"""Lab files read and checked: TOML in, a Lab out, or every problem with file, step and key."""

import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from dsqltui.core.language import _
from dsqltui.core.results.transaction_state import TransactionState
from dsqltui.core.scripts.statement import Statement, StatementKind, split
from dsqltui.labs.files.across import problems_across
from dsqltui.labs.files.load_checks import check_of, panes_of
from dsqltui.labs.files.own_names import owned
from dsqltui.labs.files.reading import LabProblem, LabUnreadable, TableReader
from dsqltui.labs.judging.matching import has_words, words_of
from dsqltui.labs.model import (
    FORMATS,
    PANES,
    VIEWS,
    Acted,
    Action,
    AnswerQuiz,
    Capture,
    Check,
    ClosingQuestion,
    ConnectPanes,
    IsConnected,
    IsUser,
    Lab,
    LabStep,
    LoadDesign,
    MakeIamRole,
    Need,
    OpenView,
    Read,
    ReturnRole,
    RunExploration,
    RunLoad,
    RunSql,
    SetFaults,
    SwitchPaneRole,
    WasLost,
    WasRefused,
)
from dsqltui.labs.text import Text
from dsqltui.resources import data

_FILE = re.compile(r"(?P<number>[0-9]{2})-(?P<id>[a-z0-9]+(-[a-z0-9]+)*)\.toml")
_VALUE = re.compile(r"[a-z][a-z0-9_]*")
_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


def shipped_labs() -> Path:
    """The folder of the labs that come with dsqltui."""
    return data("sql") / "labs"


def read_lab(file: Path, student: str = "", own_files: str = "") -> Lab:
    """The lab in a file, with a student's own names if one is given. Blocks. Raises LabUnreadable."""
    try:
        table = tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise LabUnreadable(
            [LabProblem(file, "", "", _("cannot be read: {reason}").format(reason=error.strerror))]
        ) from None
    except UnicodeDecodeError as error:
        raise LabUnreadable(
            [LabProblem(file, "", "", _("is not UTF-8 text (byte {place})").format(place=error.start))]
        ) from None
    except tomllib.TOMLDecodeError as error:
        raise LabUnreadable([LabProblem(file, "", "", _("is not TOML: {reason}").format(reason=error))]) from None
    names = table.get("own")
    names = [name for name in names if isinstance(name, str)] if isinstance(names, list) else []
    return lab_of(file, owned(table, names, student, own_files))


def read_labs(folder: Path, student: str = "", own_files: str = "") -> list[Lab]:
    """All labs of a folder, by number. Blocks. Raises LabUnreadable with the problems of all files."""
    labs: list[Lab] = []
    problems: list[LabProblem] = []
    for file in sorted(folder.glob("*.toml")):
        try:
            labs.append(read_lab(file, student, own_files))
        except LabUnreadable as unreadable:
            problems += unreadable.problems
    known: dict[str, Lab] = {}
    for lab in labs:
        if lab.id in known:
            told = _("{id!r} is the id of {file} too").format(id=lab.id, file=known[lab.id].file.name)
            problems.append(LabProblem(lab.file, "", "id", told))
        for other in lab.after:
            if other not in known:
                told = _("{other!r} is no lab with a lower number").format(other=other)
                problems.append(LabProblem(lab.file, "", "after", told))
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
            LabProblem(file, "", "", _("must be named like 03-first-committer-wins.toml: two digits, then the id"))
        )
    format_ = top.number("format")
    if format_ not in FORMATS:
        told = _("must be {first} or {last}, a version of the format that this dsqltui reads")
        top.wrong("format", told.format(first=min(FORMATS), last=max(FORMATS)))
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
        question=question_of(top.inner("question")),
        warnings=top.warnings,
        own=top.texts("own"),
        values=_values(top),
    )
    top.end()
    if format_ == 1:
        for where, key in top.new_keys:
            problems.append(LabProblem(file, where, key, _("needs format = 2")))
    problems += problems_across(lab)
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
        top.wrong("reset", _("must not open or end a transaction: each statement runs in autocommit"))
    if any(s.kind is StatementKind.COMMAND for s in statements):
        top.wrong("reset", _("must be SQL without backslash commands"))
    return tuple(statement.text for statement in statements)


def _values(top: TableReader) -> Mapping[str, str]:
    if not top.has("values"):
        return {}
    reader = top.inner("values")
    found = {name: reader.text(name) for name in reader.table}
    for name in found:
        if not _VALUE.fullmatch(name):
            reader.wrong(name, _("must be lower-case letters, digits and underscores"))
    return found


def question_of(reader: TableReader) -> ClosingQuestion:
    """A question with two to four choices."""
    choices = []
    for choice in reader.each("choice", is_required=True):
        choices.append(choice.text_of("", choice.table))
    right = reader.number("right", default=0) or 0
    if not 2 <= len(choices) <= 4:
        reader.wrong("choice", _("must be given two to four times"))
    elif not 1 <= right <= len(choices):
        reader.wrong("right", _("must be the number of a choice, 1 to {count}").format(count=len(choices)))
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
        reader.where, reader.path = (
            _("step {id!r}").format(id=id_) if id_ else _("step {number}").format(number=index),
            "",
        )
        if id_ and not _ID.fullmatch(id_):
            reader.wrong("id", _("must be lower-case words joined by hyphens"))
        if any(step.id == id_ for step in steps):
            reader.wrong("id", _("is the id of an earlier step too; ids are unique in a lab"))
        before = dict(states)
        step, after = _step(reader, id_, before)
        steps.append(step)
        states |= after
    for pane, state in states.items():
        if readers and state in (TransactionState.OPEN, TransactionState.FAILED):
            readers[-1].wrong(
                "sql", _("leaves a transaction open in pane {pane} at the end of the lab").format(pane=pane)
            )
    return tuple(steps)


def _step(
    reader: TableReader, id_: str, before: dict[str, TransactionState]
) -> tuple[LabStep, dict[str, TransactionState]]:
    panes = panes_of(reader)
    action = _action(reader)
    if not panes and isinstance(action, RunSql | SwitchPaneRole | ReturnRole | ConnectPanes):
        reader.wrong("pane", _('is missing; it is "a", "b" or "both"'))
    expect = tuple(check_of(check, panes or PANES) for check in reader.each("expect"))
    after: dict[str, TransactionState] = {}
    if isinstance(action, RunSql):
        statements = split(action.sql)
        if not statements:
            reader.wrong("sql", _("holds no statement"))
        if not expect:
            reader.wrong("expect", _("is missing: say what must have happened when the step is done"))
        after = {pane: _state_after(statements, before[pane], expect) for pane in panes}
    for check in expect:
        if isinstance(check, WasLost):
            after |= dict.fromkeys(check.panes, TransactionState.NONE)
    if isinstance(action, SwitchPaneRole | ReturnRole | ConnectPanes):
        after = dict.fromkeys(panes, TransactionState.IDLE)
        for pane in panes:
            if before[pane] in (TransactionState.OPEN, TransactionState.FAILED):
                reader.wrong("do", _("would lose the transaction that is open in pane {pane}").format(pane=pane))
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
        predict=question_of(reader.inner("predict")) if reader.has("predict") else None,
        skeleton=reader.text("skeleton", default=""),
        ways=reader.texts("ways"),
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


def _action(reader: TableReader) -> Action:
    if reader.has("sql") or reader.has("solution"):
        for other in ("do", "solution") if reader.has("sql") else ("do",):
            if reader.has(other):
                reader.wrong(other, _("is given besides sql or solution; a step does one thing"))
                reader.text(other)
        if reader.has("sql"):
            return RunSql(reader.text("sql"))
        return RunSql(reader.text("solution"), is_own_work=True)
    do = reader.text("do", default="")
    match do:
        case "read":
            return Read()
        case "quiz":
            return AnswerQuiz(question_of(reader.inner("quiz")))
        case "load":
            return load_of(reader)
        case "explore":
            a, b = reader.text("script_a"), reader.text("script_b")
            return RunExploration((a, b), (reader.text("solution_a", default=a), reader.text("solution_b", default=b)))
        case "connect":
            return ConnectPanes()
        case "role":
            return SwitchPaneRole(reader.text("user"), reader.text("iam_role"), reader.text("session"))
        case "role back":
            return ReturnRole()
        case "iam role":
            return MakeIamRole(reader.text("iam_role"), reader.text("user"))
        case "faults":
            return SetFaults(_faults(reader))
        case _ if do in VIEWS:
            return OpenView(do)
    known = ", ".join(("read", "quiz", "load", "explore", "connect", "role", "role back", "iam role", "faults", *VIEWS))
    reader.wrong(
        "do" if do else "sql", _("is missing or unknown; a step has sql, or do = one of {known}").format(known=known)
    )
    return Read()


def load_of(reader: TableReader) -> RunLoad:
    """A measured load: transactions of several designs, each a script of the storm."""
    designs = []
    for design in reader.each("design", is_required=True):
        name, script = design.text("name"), design.text("script")
        if not _ID.fullmatch(name):
            design.wrong("name", _("must be lower-case words joined by hyphens"))
        designs.append(LoadDesign(name, script))
        design.end()
    sessions, transactions = reader.number("sessions", default=8) or 0, reader.number("transactions", default=80) or 0
    if not 1 <= sessions <= 64:
        reader.wrong("sessions", _("must be 1 to 64"))
    if not 1 <= transactions <= 2_000:
        reader.wrong("transactions", _("must be 1 to 2000"))
    return RunLoad(tuple(designs), sessions, transactions, reader.number("retries", default=0) or 0)


def _faults(reader: TableReader) -> tuple[str, ...]:
    changes = reader.texts("faults")
    if not changes or not all("=" in change for change in changes):
        reader.wrong("faults", _('must be a list of changes: ["transaction-age=5"]'))
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
