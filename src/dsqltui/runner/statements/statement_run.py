"""A statement run in psql's manner: variables replaced, the result perhaps into a file, once or again and again."""

import contextlib
import dataclasses
from dataclasses import dataclass

from dsqltui.core.answers.answers import Answer, Failed, Progressed, Ran, Said, ScriptPlace
from dsqltui.core.language import N_, _, ngettext
from dsqltui.core.psql import Go, Stream, Watch
from dsqltui.core.psql.parsing import boolean
from dsqltui.core.psql.print_options import BadPrintOption, PrintOptions
from dsqltui.core.psql.variables import Substituted, as_it_is, substitute
from dsqltui.core.results.outcome import Done, Lost, Outcome, Refused, Rows
from dsqltui.core.scripts.script_text import ScriptUnreadable
from dsqltui.core.scripts.statement import Statement
from dsqltui.core.sessions.guarded_session import GuardedSession
from dsqltui.core.sql.classify import CopyDirection, StatementKind, classify
from dsqltui.core.sql.lexer import Kind, scan
from dsqltui.runner.files.copy_files import Source
from dsqltui.runner.files.file_trouble import FileUnusable
from dsqltui.runner.files.result_file import ResultFile
from dsqltui.runner.results.held_result import FetchFailed, HeldResult
from dsqltui.runner.results.query_copy import NotCopied, copy_query, may_be_copied
from dsqltui.runner.statements.runner_state import Answers, RunnerState

_PAGE_ROWS = 1_000
EXPANDED = ("expanded", "x", "vertical")
r"""Names of `\\x` among the options of `\\pset`."""


@dataclass(frozen=True, slots=True)
class WrittenStatement:
    """A statement as it was written, and as it is sent: its variables had their values when it was read."""

    statement: Statement
    sent: Substituted

    @classmethod
    def read(cls, runner: RunnerState, statement: Statement, *, is_replaced: bool = False) -> "WrittenStatement":
        """`is_replaced`: its variables are replaced already. Comments around it are sent with it."""
        found = as_it_is(statement.text) if is_replaced else substitute(statement.text, runner.known)
        has_more = statement.before or statement.after
        return cls(statement, found.within(statement.before, statement.after) if has_more else found)

    @property
    def buffer(self) -> str:
        """What psql has in its buffer: a semicolon stands at the end."""
        ends = self.statement.is_terminated and not self.statement.ending
        return self.sent.text + (";" if ends else "")


async def go(
    runner: RunnerState, written: WrittenStatement, command: Go, place: ScriptPlace | None, progress: str
) -> Answers:
    r"""Run a statement as `\g` says."""
    statement, sent = written.statement, written.sent
    printing, bound = runner.printing, runner.bound
    file = runner.result_file
    try:
        if (refusal := other_encoding(sent.text)) is not None:
            yield Failed(statement, refusal, place=place)
            return
        is_expanded = runner.is_expanded
        for name, value in command.options:
            is_expanded = (boolean(value) or False) if name in EXPANDED else is_expanded
            runner.printing = runner.printing if name in EXPANDED else runner.printing.changed(name, value)[0]
        if command.path is not None:
            file = await ResultFile.open(await runner.locate(command.path))
        if runner.begins_by_itself and classify(sent.text).control is None:
            async with contextlib.aclosing(begin(runner, place)) as answers:
                async for answer in answers:
                    yield answer
                    if answer.is_failure:
                        return
        if runner.variables.get("ECHO") == "queries":
            yield Said(written.buffer, Stream.OUTPUT)
        runner.bound = None
        yield await _done(runner, statement, sent, bound, file, is_expanded or command.is_expanded, place, progress)
    except (FileUnusable, ScriptUnreadable, BadPrintOption) as problem:
        yield Failed(statement, str(problem), place=place)
    finally:
        runner.printing = printing
        if command.path is not None and file is not None:
            with contextlib.suppress(FileUnusable):  # told above, or nothing was written
                await file.close()


async def _done(
    runner: RunnerState,
    statement: Statement,
    sent: Substituted,
    bound: tuple[str, ...] | None,
    file: ResultFile | None,
    is_expanded: bool,
    place: ScriptPlace | None,
    progress: str,
) -> Ran:
    """Send it, and tell what came. Raises FileUnusable."""
    before = runner.session.state
    said = sent.text if sent.text != statement.text else ""
    is_plain = file is None and not is_expanded and bound is None and runner.printing == PrintOptions()
    written = await _copied(runner, sent) if is_plain else None
    if written is not None:
        runner.learn(written)
        return Ran(statement, written, before, said, progress=progress, place=place, is_written=True)
    outcome, saved_to = await send(runner, statement, sent, bound, file), None
    if file is not None and isinstance(outcome, Rows):
        outcome, saved_to = await _save(runner, outcome, file, is_expanded), str(file.path)
    runner.learn(outcome)
    return Ran(statement, outcome, before, said, is_expanded, saved_to, progress, place)


async def begin(runner: RunnerState, place: ScriptPlace | None) -> Answers:
    """The BEGIN that AUTOCOMMIT off puts before a statement."""
    before = runner.session.state
    outcome = await runner.session.run("BEGIN", limit=1)
    runner.learn(outcome)
    yield Ran(Statement("BEGIN", 0, 0, StatementKind.BEGIN), outcome, before, place=place, is_written=True)


def other_encoding(sql: str) -> str | None:
    """Why a statement that asks for text in another encoding than UTF8 is not sent; None for any other."""
    if "client_encoding" not in sql.lower() and "names" not in sql.lower():
        return None
    setting = classify(sql).setting
    if setting is None or setting.name != "client_encoding" or setting.is_reset:
        return None
    values = [token.text.strip("'\"") for token in scan(sql)[0] if token.kind in (Kind.WORD, Kind.STRING, Kind.IDENT)]
    names = [value.lower() for value in values]
    at = max((place for place, name in enumerate(names) if name in ("client_encoding", "names")), default=-1)
    value = next((value for value in values[at + 1 :] if value.lower() != "to"), "")
    if value.upper().replace("-", "").replace("_", "") in ("UTF8", "UNICODE", "DEFAULT"):
        return None
    wanted = value or _("another one")
    return _("client_encoding stays UTF8 here: {wanted} was not set, nothing was sent; save files as UTF-8.").format(
        wanted=wanted
    )


IN_TRANSACTION = N_(
    "\\watch does not run in an open transaction: each round would see the same snapshot. End "
    "the transaction with COMMIT or ROLLBACK first."
)


async def watch(runner: RunnerState, written: WrittenStatement, command: Watch, place: ScriptPlace | None) -> Answers:
    """Run a statement again and again until interrupted, until it fails, as often as was said, or until a transaction
    is open: in it each round would see the same snapshot, and one that fails would take the person's work with it."""
    if _is_in_transaction(runner):
        yield Failed(written.statement, _(IN_TRANSACTION), place=place)
        return
    count = 0
    while not runner.stopping.is_set():
        count += 1
        answers = go(runner, written, Go(), place, _("watch {count}").format(count=count))
        async with contextlib.aclosing(answers):
            async for answer in answers:
                if answer.is_failure:
                    yield Said(f"{_watched(count)}; {_why_it_failed(answer)}.")  # first: the error stays in sight
                    yield answer
                    return
                yield answer
        if count == command.count:
            return
        if _is_in_transaction(runner):
            yield Said(_("{watched}; it ended because a transaction is open now.").format(watched=_watched(count)))
            return
        yield Progressed(_("watch {count}, every {interval_s:g} s").format(count=count, interval_s=command.interval_s))
        await runner.pause(command.interval_s)
    yield Said(_("{watched}; you stopped it.").format(watched=_watched(count)))


def _watched(count: int) -> str:
    return ngettext("Watched {count} time", "Watched {count} times", count).format(count=count)


def _why_it_failed(answer: Answer) -> str:
    if isinstance(answer, Ran) and isinstance(answer.outcome, Lost):
        return _("it ended because the connection was lost")
    return _("it ended because this round failed")


def _is_in_transaction(runner: RunnerState) -> bool:
    """Whether a transaction is open: not the READ ONLY guard's own, which the next round ends."""
    session = runner.session
    return session.state.is_open and not (isinstance(session, GuardedSession) and session.is_wrapped)


async def _copied(runner: RunnerState, sent: Substituted) -> Outcome | None:
    """A query's result straight from the server to the output; None: it is to be run as a query.

    What is refused before the first byte is run again as it stands, for the server's own words on it.
    """
    form, output = runner.copied_form, runner.write_output
    if form is None or output is None or not may_be_copied(sent.text, form, runner.session.state):
        return None
    try:
        return await copy_query(runner.session, sent.text, form, output)
    except NotCopied as refusal:
        runner.copied_form = None if refusal.error.sqlstate == "0A000" else form
        return None


async def send(
    runner: RunnerState,
    statement: Statement,
    sent: Substituted,
    bound: tuple[str, ...] | None = None,
    file: ResultFile | None = None,
) -> Outcome:
    """Run a statement with its variables; the position of an error points into what the person wrote."""
    if bound is not None:
        return _placed(await runner.session.query(sent.text, bound, limit=runner.row_limit, are_texts=False), sent)
    may_copy = statement.copy_data is None and "copy" in statement.text.lower()
    copy = classify(statement.text).copy if may_copy else None
    is_in = copy is not None and copy.direction is CopyDirection.IN
    if is_in and runner.standard_input is not None:
        runner.is_input_read = True
        source = Source(runner.standard_input, _("standard input"), None)
        outcome = await runner.session.copy_in(sent.text, source.pieces())
    elif copy is not None and not is_in and file is not None:
        outcome = await runner.session.copy_out(sent.text, file.write_bytes)
    elif copy is not None and not is_in and runner.write_output is not None:
        outcome = await runner.session.copy_out(sent.text, runner.write_output)
    else:
        outcome = await runner.session.run(sent.text, limit=runner.row_limit, copy_data=statement.copy_data)
    return _placed(outcome, sent)


async def _save(runner: RunnerState, rows: Rows, file: ResultFile, is_expanded: bool) -> Outcome:
    """All rows of a result into a file; Done, or what broke it off."""
    text = runner.make_text(runner.printing, rows.columns, is_expanded)
    await file.write(text.begin() + text.page(rows.rows))
    tag, held = rows.tag, HeldResult.of(runner.session)
    while held is not None and held.is_held:
        try:
            page = await held.more(_PAGE_ROWS)
        except FetchFailed as failure:
            return failure.outcome
        await file.write(text.page(page.rows))
        tag = page.tag
    await file.write(text.end())
    return Done(tag, rows.duration_s, rows.notices)


def _placed(outcome: Outcome, sent: Substituted) -> Outcome:
    if not isinstance(outcome, Refused) or outcome.error.position is None:
        return outcome
    position = sent.original_position(outcome.error.position)
    return dataclasses.replace(outcome, error=dataclasses.replace(outcome.error, position=position))
