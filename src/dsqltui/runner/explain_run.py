r"""`\plan` and `exec --explain`: a statement explained instead of run."""

import contextlib
import dataclasses

from dsqltui.core.answers.answers import Answer, Failed, Ran, Said, ScriptPlace
from dsqltui.core.language import _
from dsqltui.core.psql import ExplainPlan, Go
from dsqltui.core.scripts.statement import Statement, StatementKind
from dsqltui.core.sql.classify import classify
from dsqltui.core.sql.explaining import can_be_explained, changes_data, explain_words, has_parameters, without_explain
from dsqltui.core.text.safe_text import one_line
from dsqltui.runner.statements.runner_state import Answers, RunnerState
from dsqltui.runner.statements.statement_run import WrittenStatement, begin, go


async def explain(
    runner: RunnerState, written: WrittenStatement, command: ExplainPlan, place: ScriptPlace | None, progress: str
) -> Answers:
    """Explain it. With ANALYZE it is run: what may change data in a transaction of its own, which is rolled back, or
    within the one that is open. In a script that is only explained, settings are run and all else is passed over."""
    sql = written.sent.text
    if classify(sql).is_explain:
        inner = without_explain(sql)
        answers = go(runner, written, Go(), place, progress)
        async with contextlib.aclosing(answers):
            async for answer in answers:
                yield _explained(answer, inner)
        return
    if not can_be_explained(sql):
        async with contextlib.aclosing(_other(runner, written, place, progress)) as answers:
            async for answer in answers:
                yield answer
        return
    lacks_values = runner.bound is None and has_parameters(sql)
    words = explain_words(is_analyzed=command.is_analyzed, lacks_values=lacks_values)
    asked = dataclasses.replace(written, sent=written.sent.within(words, ""))
    is_analyzed = command.is_analyzed and not lacks_values
    is_undone = is_analyzed and changes_data(sql) and not runner.session.state.is_open
    if is_undone:
        async with contextlib.aclosing(begin(runner, place)) as answers:
            async for answer in answers:
                yield answer
                if answer.is_failure:
                    return
    if command.is_analyzed and lacks_values:
        yield Said(
            _("{at}not run: its parameters have no values; a plan for any value is shown.").format(at=_at(place))
        )
    undone: Ran | None = None
    try:
        async with contextlib.aclosing(go(runner, asked, Go(), place, progress)) as answers:
            async for answer in answers:
                yield _explained(answer, sql)
    finally:
        if is_undone and runner.session.state.is_open:
            before = runner.session.state
            outcome = await runner.session.run("ROLLBACK", limit=1)
            runner.learn(outcome)
            rollback = Statement("ROLLBACK", 0, 0, StatementKind.ROLLBACK)
            undone = Ran(rollback, outcome, before, place=place, is_written=True)
    if undone is not None:
        yield undone
        if not undone.is_failure:
            yield Said(_("{at}run to be measured, and rolled back.").format(at=_at(place)))


async def _other(runner: RunnerState, written: WrittenStatement, place: ScriptPlace | None, progress: str) -> Answers:
    """What has no plan."""
    what = classify(written.sent.text)
    if runner.explains is None:
        problem = _("Only SELECT, VALUES, TABLE, INSERT, UPDATE and DELETE have plans; write one before \\plan.")
        yield Failed(written.statement, problem, place=place)
    elif what.setting is not None and what.kind is StatementKind.OTHER:
        async with contextlib.aclosing(go(runner, written, Go(), place, progress)) as answers:
            async for answer in answers:
                yield answer
    else:
        yield passed_over(written.statement, place)


def passed_over(statement: Statement, place: ScriptPlace | None) -> Said:
    """What is said of what a script that is only explained does not do."""
    return Said(_("{at}not explained and not run: {text}").format(at=_at(place), text=one_line(statement.text, 60)))


def _at(place: ScriptPlace | None) -> str:
    return f"{place}: " if place is not None else ""


def _explained(answer: Answer, sql: str) -> Answer:
    return dataclasses.replace(answer, explained=sql) if isinstance(answer, Ran) else answer
