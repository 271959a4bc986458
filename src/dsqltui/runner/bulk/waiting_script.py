r"""`\i --wait`: a script of schema changes done as Aurora DSQL wants them.

One DDL statement a transaction: a BEGIN ... COMMIT around several of them is left out, and said. What loses a conflict
(OC001: the schema changed meanwhile) is sent again, asynchronous jobs are waited for, and a journal knows how far the
script came: `\i --wait --resume` goes on with the statement that failed, `--skip` behind it.
"""

import asyncio
import contextlib
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from dsqltui.core.answers.answers import Failed, Progressed, Ran, Said
from dsqltui.core.answers.fate import Fate, fate_of
from dsqltui.core.language import _
from dsqltui.core.psql import Include
from dsqltui.core.results.errors import conflict_of
from dsqltui.core.results.outcome import Lost, Outcome, Refused, Rows
from dsqltui.core.results.transaction_state import TransactionState
from dsqltui.core.scripts.script_text import ScriptUnreadable
from dsqltui.core.scripts.statement import Statement, StatementKind
from dsqltui.core.sessions.session import Session
from dsqltui.core.sql.lexer import quote_literal
from dsqltui.core.text.safe_text import one_line
from dsqltui.core.transactions.retry import Backoff
from dsqltui.runner.statements.runner_state import Answers, RunnerState
from dsqltui.runner.statements.scripts import OpenScript
from dsqltui.store.bulk_journal import BulkJournal, BulkJournalBusy

_RETRY = Backoff()
_LOOKS = 3
"""How often a job is looked up that is no longer listed: finished jobs are removed after 30 minutes."""


@dataclass(slots=True)
class _Progress:
    """What the journal says of earlier runs."""

    done: int = 0
    """Statements that are done, from the first."""
    digest: str = ""
    """Of their texts."""
    sent: int | None = None
    """A statement that was sent behind them and not answered, from 0."""
    is_complete: bool = False


class WaitingScript:
    """One script under way."""

    retry = _RETRY
    """Of a statement that loses a conflict."""

    def __init__(self, runner: RunnerState, script: OpenScript, journal: BulkJournal) -> None:
        self._runner, self._script, self._journal = runner, script, journal
        self._left_out = _blocks_of_ddl(script.statements)
        self._job_count = 0

    @classmethod
    async def opened(cls, runner: RunnerState, script: OpenScript, command: Include) -> "WaitingScript":
        """Ready to go on where `command` says. Raises ScriptUnreadable."""
        endpoints = runner.endpoints or (runner.session.endpoint,)
        identity = ("script", min(endpoint.token_host for endpoint in endpoints), str(script.source))
        try:
            journal = await asyncio.to_thread(BulkJournal.open, identity)
        except BulkJournalBusy:
            raise ScriptUnreadable(_("this script is being run by another session; wait for its end.")) from None
        except OSError as error:
            raise ScriptUnreadable(
                _("the script's journal cannot be written ({reason}).").format(reason=error.strerror)
            ) from None
        waiting = cls(runner, script, journal)
        try:
            await waiting._begin(command)
        except BaseException:
            await waiting.close()
            raise
        return waiting

    async def _begin(self, command: Include) -> None:
        try:
            known = await asyncio.to_thread(_progress_of, self._journal)
        except ValueError:
            raise ScriptUnreadable(_("{path} is damaged; remove it.").format(path=self._journal.path)) from None
        if not command.resumes:
            await asyncio.to_thread(self._journal.forget)
            return
        if known.is_complete:
            raise ScriptUnreadable(_("it ran to its end before; \\i --wait without --resume runs it again."))
        statements = self._script.statements
        if known.done > len(statements) or _digest(statements[: known.done]) != known.digest:
            raise ScriptUnreadable(
                _(
                    "what was run of it is not what stands there now; only what follows may be mended. \\i "
                    "--wait without --resume begins anew."
                )
            )
        at = known.done
        if command.resumes == "skip":
            at = min(at + 1, len(statements))
            await self._note({"is": "done", "count": at, "digest": _digest(statements[:at])})
        elif known.sent is not None and known.sent < len(statements) and command.resumes != "again":
            in_doubt = statements[known.sent]
            if in_doubt.kind is not StatementKind.DDL:  # DDL done twice is refused, a write would be done twice
                raise ScriptUnreadable(
                    _(
                        "statement {sent} was sent and nobody said how it ended: {text}. Look for what it does; "
                        "then \\i --wait --skip goes on behind it, --again sends it again."
                    ).format(sent=known.sent + 1, text=one_line(in_doubt.text, 60))
                )
        self._script.rewind(at)

    async def close(self) -> None:
        """Let others run the script."""
        await asyncio.to_thread(self._journal.close)

    @property
    def begins_with(self) -> str:
        """What is said when it does not begin with the first statement."""
        at = self._script.position
        return _("Going on with statement {at}; {at_2} were done before.").format(at=at + 1, at_2=at) if at else ""

    def left_out(self, index: int) -> str | None:
        """What is said of a BEGIN or COMMIT that is not sent; None when the statement is."""
        return self._left_out.get(index)

    async def sent(self, index: int) -> None:
        """A statement is about to be sent."""
        if not self._runner.session.state.is_open:
            await self._note({"is": "sent", "index": index})

    async def done(self, index: int) -> None:
        """It was done; when no transaction is open, everything up to it stays."""
        if not self._runner.session.state.is_open:
            statements = self._script.statements[: index + 1]
            await self._note({"is": "done", "count": index + 1, "digest": _digest(statements)})

    async def failed(self, statement: Statement, outcome: Outcome, before: TransactionState) -> None:
        """It was refused, or the connection was lost."""
        if fate_of(statement.text, outcome, before, self._runner.session.state) is not Fate.UNKNOWN:
            await self._note({"is": "refused"})

    async def complete(self) -> None:
        """The script ran to its end."""
        await self._note({"is": "complete"})

    async def wait_for_jobs(self, ran: Ran) -> Answers:
        """Wait for the jobs that a statement began: it gave their ids."""
        if not isinstance(ran.outcome, Rows) or [column.name for column in ran.outcome.columns] != ["job_id"]:
            return
        for row in ran.outcome.rows:
            if row[0]:
                async with contextlib.aclosing(self._wait_for(row[0], ran)) as answers:
                    async for answer in answers:
                        yield answer

    async def _wait_for(self, job: str, ran: Ran) -> Answers:
        clock = asyncio.get_running_loop().time
        started, looks = clock(), 0
        while not self._runner.stopping.is_set():
            yield Progressed(_("\\i waits for job {job}, {clock:.0f} s").format(job=job, clock=clock() - started))
            outcome = await _asked(self._runner.session, f"CALL sys.wait_for_job({quote_literal(job)})")
            if isinstance(outcome, Lost):
                yield Ran(ran.statement, outcome, TransactionState.IDLE, place=ran.place)
                return
            if isinstance(outcome, Rows) and outcome.rows and outcome.rows[0][0] == "t":
                yield Said(
                    _("Job {job} completed after {clock:.0f} s.").format(job=job, clock=clock() - started),
                    is_good_news=True,
                )
                return
            sql = f"SELECT status, details FROM sys.jobs WHERE job_id = {quote_literal(job)}"
            found = await _asked(self._runner.session, sql)
            status, details = found.rows[0] if isinstance(found, Rows) and found.rows else (None, None)
            looks += status is None
            if status == "failed" or looks >= _LOOKS:
                why = details or (_("it failed") if status else _("it is not listed in sys.jobs any more"))
                what = one_line(ran.statement.text, 80)
                problem = _("Job {job} did not complete: {why}. Its statement: {what}").format(
                    job=job, why=one_line(why, 300), what=what
                )
                yield Failed(ran.statement, problem, place=ran.place)
                return
            if isinstance(outcome, Refused):
                await self._runner.pause(1.0)

    async def _note(self, record: dict[str, object]) -> None:
        with contextlib.suppress(OSError):  # the script goes on; only its resumption knows less
            await asyncio.to_thread(self._journal.add, record)


async def _asked(session: Session, sql: str) -> Outcome:
    """Ask, again after a conflict."""
    for attempt in range(1, _RETRY.attempts + 1):
        await asyncio.sleep(_RETRY.wait_s(attempt))
        outcome = await session.run(sql, limit=1)
        if not isinstance(outcome, Refused) or conflict_of(outcome.error) is None:
            break
    return outcome


def _blocks_of_ddl(statements: Sequence[Statement]) -> dict[int, str]:
    """BEGIN and COMMIT around DDL alone, two statements or more, by index: what is said of each."""
    found: dict[int, str] = {}
    begun: int | None = None
    for index, statement in enumerate(statements):
        if statement.kind is StatementKind.BEGIN:
            begun = index
        elif statement.kind is StatementKind.COMMIT and begun is not None:
            inner = statements[begun + 1 : index]
            if len(inner) > 1 and all(one.kind is StatementKind.DDL for one in inner):
                found[begun] = _(
                    "{text} is left out: each of the {count} DDL statements behind it is a transaction of its own."
                ).format(text=statements[begun].text, count=len(inner))
                found[index] = ""
            begun = None
        elif statement.kind is StatementKind.ROLLBACK:
            begun = None
    return found


def _digest(statements: Sequence[Statement]) -> str:
    digest = hashlib.sha256()
    for statement in statements:
        digest.update(f"{statement.text}\0{statement.ending}\0{statement.copy_data or ''}\0".encode(errors="replace"))
    return digest.hexdigest()[:32]


def _progress_of(journal: BulkJournal) -> _Progress:
    """Raises ValueError."""
    known = _Progress(digest=_digest(()))
    for _unused, record in journal.records():
        match record:
            case {"is": "sent", "index": int(index)}:
                known.sent = index
            case {"is": "done", "count": int(count), "digest": str(digest)}:
                known.done, known.digest, known.sent = count, digest, None
            case {"is": "refused"}:
                known.sent = None
            case {"is": "complete"}:
                known.is_complete = True
    return known
