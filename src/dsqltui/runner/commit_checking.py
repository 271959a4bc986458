r"""`\commit-check`: looks at the rows of a transaction whose COMMIT had no answer, on the other endpoint. Sends nothing
of it again."""

import contextlib
import time
from collections.abc import Sequence

from dsqltui.core.answers.answers import Answer, Failed, Said, Shown
from dsqltui.core.answers.describe import TitledTable
from dsqltui.core.aws.endpoint import Endpoint
from dsqltui.core.journal.journal import Entry
from dsqltui.core.language import _
from dsqltui.core.results.errors import conflict_of
from dsqltui.core.results.outcome import Lost, Outcome, Refused, Rows
from dsqltui.core.results.single_table import TableName
from dsqltui.core.scripts.statement import Statement
from dsqltui.core.sessions.session import ConnectFailed, Session
from dsqltui.core.text.safe_text import one_line
from dsqltui.core.transactions.commit_check import (
    CheckedTable,
    CommitCheck,
    RowLook,
    check_of,
    lost_commit,
    statements_of,
    tables_to_know,
)
from dsqltui.core.transactions.commit_verdict import CommitVerdict, RowEvidence, verdict_of
from dsqltui.runner.bulk.table_key import table_shape
from dsqltui.runner.statements.describing import NotAnswered

_MOST_REASONS = 5


async def commit_check(
    asked: Statement, entries: Sequence[Entry], pane: str, parent: Session, endpoints: Sequence[Endpoint]
) -> list[Answer]:
    """The answers to `\\commit-check` in a pane. `parent` makes the session: same role, same credentials."""
    lost = lost_commit(entries, pane)
    if lost is None:
        return [Said(_("Nothing to check: every COMMIT and every write of this run was answered."))]
    others = [endpoint for endpoint in endpoints if endpoint.region != lost.region]
    session = parent.another(next(iter(others), parent.endpoint))
    try:
        await session.connect()
        statements = statements_of(entries, lost)
        tables = {name: await _table(session, name) for name in tables_to_know(statements)}
        check = check_of(statements, tables)
        evidence = [(look, await _evidence(session, look)) for look in check.looks]
    except ConnectFailed as failure:
        return [Failed(asked, _("No session to look with: {failure}").format(failure=failure), failure.error)]
    except NotAnswered as problem:
        return [Failed(asked, _("The rows could not be looked at: {why}.").format(why=_why(problem.outcome)))]
    finally:
        with contextlib.suppress(ConnectFailed):
            await session.close()
    return _answers(asked, lost, session.endpoint, check, evidence)


async def _table(session: Session, name: TableName) -> CheckedTable:
    shape = await table_shape(session, name)
    types = {column.name: column.type_name for column in shape.columns}
    return CheckedTable(name, types, tuple(column.name for column in shape.key))


async def _evidence(session: Session, look: RowLook) -> RowEvidence:
    """Raises NotAnswered."""
    outcome: Outcome = await session.run(look.sql, limit=2)
    if isinstance(outcome, Refused) and conflict_of(outcome.error) is not None:
        outcome = await session.run(look.sql, limit=2)
    if isinstance(outcome, Lost):
        raise NotAnswered(outcome)
    if not isinstance(outcome, Rows):
        return RowEvidence(None, None)
    return look.evidence(outcome.rows[0] if outcome.rows else None)


def _answers(
    asked: Statement,
    lost: Entry,
    endpoint: Endpoint,
    check: CommitCheck,
    evidence: Sequence[tuple[RowLook, RowEvidence]],
) -> list[Answer]:
    verdict = verdict_of(one for _unused, one in evidence)
    at = time.strftime("%H:%M:%S", time.localtime(lost.ended_s))
    what = "COMMIT" if lost.transaction is not None else one_line(" ".join(lost.sql.split()), 50)
    title = _("{what} of pane {pane} at {at}, looked at in {region}").format(
        what=what, pane=lost.pane, at=at, region=endpoint.region
    )
    rows = tuple((look.row, look.expected, _words(one)) for look, one in evidence)
    answers: list[Answer] = []
    if rows:
        answers.append(Shown(asked, (TitledTable(title, (_("Row"), _("Transaction left it"), _("Now")), rows),), 0.0))
    answers += [Said(_("Not checked: {reason}.").format(reason=reason)) for reason in check.reasons[:_MOST_REASONS]]
    match verdict:
        case CommitVerdict.COMMITTED:
            answers.append(Said(_("{title}: COMMITTED. Do not send it again.").format(title=title), is_good_news=True))
        case CommitVerdict.NOT_COMMITTED:
            answers.append(Said(_("{title}: NOT COMMITTED. It may be run again.").format(title=title)))
        case CommitVerdict.UNKNOWN:
            answers.append(
                Said(
                    _("{title}: CANNOT BE TOLD, because {because}. Look yourself.").format(
                        title=title, because=_because(check, evidence)
                    )
                )
            )
    return answers


def _words(row: RowEvidence) -> str:
    match row.is_as_after, row.is_as_before:
        case True, False:
            return _("as the transaction left it")
        case False, True:
            return _("as before")
        case True, True:
            return _("as before and after: no difference")
        case True, None:
            return _("as the transaction left it, maybe as before too")
        case False, False:
            return _("neither: changed by others")
        case _:
            return _("not as it left it, or not known")


def _because(check: CommitCheck, evidence: Sequence[tuple[RowLook, RowEvidence]]) -> str:
    """Why nothing can be told, without a full stop."""
    found = [row for _unused, row in evidence]
    if not found:
        return _("none of its rows can be looked for") if check.reasons else _("it holds no write that names a row")
    is_mixed = any(row.is_as_after and row.is_as_before is False for row in found)
    if is_mixed:
        return _("some rows are as before and some as after it: others have changed them since")
    if all(row.is_as_after is False and row.is_as_before is False for row in found):
        return _("others have changed its rows since")
    if any(row.is_as_before is None for row in found):
        return _("what its rows held before is not known: read them in the transaction before you change them")
    if all(row.is_as_after and row.is_as_before for row in found):
        return _("it made no difference to its rows")
    return _("its rows do not show it")


def _why(outcome: Refused | Lost) -> str:
    return f"{outcome.error.sqlstate} {outcome.error.message}" if isinstance(outcome, Refused) else outcome.reason
