"""Runs probes in a schema of its own, and leaves nothing behind."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from enum import Enum

from dsqltui.client.conversation import SUCCESS, Answer, Conversation, Form
from dsqltui.core.language import _
from dsqltui.core.results.errors import Conflict, ServerError, conflict_of
from dsqltui.core.sql.lexer import quote_identifier, quote_literal
from dsqltui.probe.case import OWN_SCHEMA, Probe, Who

_ATTEMPTS = 6
_PAUSE_S = 0.3
"""Before another attempt, times the number of those made: as AWS's own tests of Aurora DSQL do."""
_JOB_DEADLINE_S = 600.0


class ProbeVerdict(Enum):
    """How the answers compare with the expectation."""

    SAME = "same"
    DIFFERS = "differs"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class ProbeResult:
    """What came of one probe."""

    probe: Probe
    verdict: ProbeVerdict
    answers: dict[Form, tuple[Answer, ...]]
    """The answers to its steps, the last being the first that is not as expected."""
    problem: str = ""
    """Why it was skipped, or what of its setup was refused."""

    @property
    def decisive(self) -> int:
        """The number of the step that tells: the first one not answered as expected, else the last refusal expected,
        else the last one."""
        for answers in self.answers.values():
            if _difference(self.probe, answers) is not None:
                return len(answers) - 1
        steps = self.probe.steps
        refusals = [number for number, step in enumerate(steps) if step.expects.sqlstate != SUCCESS]
        return refusals[-1] if refusals else len(steps) - 1


class NoOwnSchema(Exception):
    """The schema could not be made or not be dropped; the message is a sentence."""


class Runner:
    """Runs probes over two sessions to the same endpoint.

    `schema` is the name of the schema to make: OWN_SCHEMA, an underscore and something no other schema has.
    """

    def __init__(self, a: Conversation, b: Conversation, schema: str) -> None:
        self._sessions = {Who.A: a, Who.B: b}
        self._schema = schema
        self._is_clean = True
        for session in self._sessions.values():
            session.prelude = f"SET search_path TO {quote_identifier(schema)}"

    async def run(self, probes: Iterable[Probe], named: Iterable[str] = ()) -> AsyncIterator[ProbeResult]:
        """The result of each probe. Those that fill the cluster are skipped unless they are `named`.

        Raises NoOwnSchema, and ConnectFailed when a session cannot be opened; the caller calls `clean_up` in any case.
        """
        await self._own(f"CREATE SCHEMA {quote_identifier(self._schema)}")
        wanted = frozenset(named)
        for probe in probes:
            if probe.fills_cluster and probe.id not in wanted:
                yield ProbeResult(
                    probe, ProbeVerdict.SKIPPED, {}, _("fills the cluster; to run it: --only {id}").format(id=probe.id)
                )
            else:
                yield await self._result(probe)

    async def clean_up(self) -> None:
        """Drop all that was made, and close the sessions. Raises NoOwnSchema, ConnectFailed."""
        try:
            for session in self._sessions.values():
                await session.settle()
            await self._drop_schemas()
        finally:
            for session in self._sessions.values():
                await session.close()

    # -- one probe

    async def _result(self, probe: Probe) -> ProbeResult:
        answers: dict[Form, tuple[Answer, ...]] = {}
        problem = ""
        for form in Form:
            if probe.setup and (not answers or not probe.is_undone):
                problem = await self._prepare(probe)
            if problem:
                break
            answers[form] = await self._answers(probe, form)
        is_same = not problem and all(_difference(probe, given) is None for given in answers.values())
        return ProbeResult(probe, ProbeVerdict.SAME if is_same else ProbeVerdict.DIFFERS, answers, problem)

    async def _answers(self, probe: Probe, form: Form) -> tuple[Answer, ...]:
        """What came back, up to the first answer that is not as expected.

        OC001 says that the catalog changed, by our own setup or by others: unless it is expected, it is tried again.
        """
        for attempt in range(1, _ATTEMPTS):
            answers = await self._attempt(probe, form)
            if _difference(probe, answers) is None or not _is_schema_conflict(answers[-1]):
                return answers
            await asyncio.sleep(_PAUSE_S * attempt)
            if probe.setup and not probe.is_undone and (problem := await self._prepare(probe)):
                return (*answers[:-1], Answer(answers[-1].sqlstate, problem))
        return await self._attempt(probe, form)

    async def _attempt(self, probe: Probe, form: Form) -> tuple[Answer, ...]:
        answers: list[Answer] = []
        if probe.is_undone:
            await self._ask(Who.A, "BEGIN", Form.SIMPLE)
        for step in probe.steps:
            answer = await self._ask(step.on, step.sql, form, step.copy_data)
            answers.append(answer)
            if not step.expects.is_met_by(answer):
                break
        for session in self._sessions.values():
            await session.settle()
        return tuple(answers)

    async def _ask(self, who: Who, sql: str, form: Form, copy_data: str | None = None) -> Answer:
        return await self._sessions[who].ask(self._in_schema(sql), form, copy_data=copy_data)

    def _in_schema(self, sql: str) -> str:
        return sql.replace(OWN_SCHEMA, self._schema)

    # -- what a probe needs

    async def _prepare(self, probe: Probe) -> str:
        """Make what the probe needs in an empty schema. What was refused, if anything was.

        Other people's objects count towards the cluster's limits too: a limit may be met before the setup's end.
        """
        if not self._is_clean:
            await self._drop_schemas()
            await self._own(f"CREATE SCHEMA {quote_identifier(self._schema)}")
        self._is_clean = False
        jobs: list[str] = []
        for sql in probe.setup:
            answer = await self._patiently(self._in_schema(sql))
            if answer.sqlstate != SUCCESS:
                if probe.steps[-1].expects.is_met_by(answer):
                    break
                return f"setup: {sql}: {answer.shown}"
            if "INDEX ASYNC" in sql and answer.value is not None:
                jobs.append(answer.value)
        for job in jobs:
            waited = f"CALL sys.wait_for_job({quote_literal(job)})"
            await self._sessions[Who.A].ask(waited, deadline_s=_JOB_DEADLINE_S)
        await self._let_b_notice()
        return ""

    async def _let_b_notice(self) -> None:
        """B's next statement on a table may get OC001 for what A just made; better here than within the probe."""
        found = await self._sessions[Who.A].ask(
            "SELECT string_agg(format('%I.%I', schemaname, tablename), ' ' ORDER BY tablename) FROM pg_tables "
            f"WHERE schemaname = {quote_literal(self._schema)}"
        )
        for table in (found.value or "").split():
            await self._sessions[Who.B].ask(f"SELECT count(*) FROM {table}")

    async def _drop_schemas(self) -> None:
        """Drop the schema, and those whose names begin with its name."""
        found = await self._sessions[Who.A].ask(
            "SELECT string_agg(nspname, ' ' ORDER BY nspname) FROM pg_namespace "
            f"WHERE starts_with(nspname, {quote_literal(self._schema)})"
        )
        names = (found.value or "").split() if found.sqlstate == SUCCESS else [self._schema]
        for name in names:
            await self._own(f"DROP SCHEMA IF EXISTS {quote_identifier(name)} CASCADE")

    async def _own(self, sql: str) -> None:
        """Run a statement on the own schema. Raises NoOwnSchema."""
        answer = await self._patiently(sql)
        if answer.sqlstate != SUCCESS:
            raise NoOwnSchema(f"The probes' own schema {self._schema} cannot be used: {sql}: {answer.shown}")

    async def _patiently(self, sql: str) -> Answer:
        """The answer to a statement of the runner's own, tried again after conflicts."""
        for attempt in range(1, _ATTEMPTS):
            answer = await self._sessions[Who.A].ask(sql)
            if answer.sqlstate != "40001":
                return answer
            await asyncio.sleep(_PAUSE_S * attempt)
        return await self._sessions[Who.A].ask(sql)


def _difference(probe: Probe, answers: tuple[Answer, ...]) -> int | None:
    """The number of the step that was not answered as expected."""
    for number, (step, answer) in enumerate(zip(probe.steps, answers, strict=False)):
        if not step.expects.is_met_by(answer):
            return number
    return None


def _is_schema_conflict(answer: Answer) -> bool:
    return conflict_of(ServerError(answer.sqlstate, answer.text)) is Conflict.SCHEMA
