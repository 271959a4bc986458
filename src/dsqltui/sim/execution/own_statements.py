"""Statements the simulator answers itself: BEGIN, COMMIT and ROLLBACK, DDL, asynchronous jobs, AWS IAM."""

from collections.abc import Awaitable, Callable

from dsqltui.core.sql.lexer import quote_literal as literal
from dsqltui.sim.execution import iam_grants as iam
from dsqltui.sim.execution.ddl import PendingDdl, Work
from dsqltui.sim.execution.ddl_text import for_postgres
from dsqltui.sim.execution.executor import Executor
from dsqltui.sim.execution.statement_plan import Own, StatementPlan
from dsqltui.sim.pg import wire
from dsqltui.sim.pg.backend import Backend
from dsqltui.sim.pg.relay import Held
from dsqltui.sim.pg.wire import PgError
from dsqltui.sim.rules.alter_table import parse_validate_command
from dsqltui.sim.rules.catalog import refuse_by_catalog, refuse_new_index
from dsqltui.sim.rules.reading import read
from dsqltui.sim.sql.analysis import Analysis, Nature
from dsqltui.sim.sql.rewrite import Rewritten
from dsqltui.sim.transactions import jobs


class OwnStatements:
    """Answers them for one session."""

    def __init__(self, executor: Executor) -> None:
        self._executor = executor
        self._cluster = executor.cluster

    async def run(self, plan: StatementPlan) -> bytes:
        """Run one; its rows and its CommandComplete for the client. Raises PgError."""
        own, analysis, sql, lead = plan.own, plan.analysis, plan.sql, plan.lead
        if own is Own.CONTROL:
            return await self._control(analysis)
        executor = self._executor
        if executor.transaction is not None:
            executor.transaction.check_order(Nature.DDL)
        if analysis.makes_index_now:  # prepared, the setting may have changed since
            await executor.refuse(plan)
        if self._cluster.settings.has_dialect:
            async with executor.running_statement() as backend:
                await refuse_by_catalog(backend, analysis, sql)
        words = analysis.words
        if own is Own.INDEX:
            return await self._submit_index(sql, words, lead)
        if own is Own.VALIDATE:
            validate = parse_validate_command(sql)
            if validate is not None:
                job = jobs.Validation(validate.schema, validate.table, validate.constraint, validate.rewritten)
                return await self._submit_validation(job, words, lead)
        if own is Own.IAM:
            return await self._run_iam(iam.parse_iam_command(sql), words)
        if words[:4] == ("drop", "trigger", "if", "exists"):
            return _no_trigger(sql)
        return await self._run_ddl(for_postgres(sql).behind(lead), words)

    async def _control(self, analysis: Analysis) -> bytes:
        executor = self._executor
        transaction = executor.transaction
        warning = b""
        if analysis.nature is Nature.BEGIN:
            if transaction is None:
                said = " ".join(analysis.words)
                mode = True if "read only" in said else False if "read write" in said else None
                await executor.announce_transaction(is_read_only=mode)
            elif transaction.is_explicit:
                warning = wire.notice("WARNING", "25001", "there is already a transaction in progress")
            else:
                transaction.is_explicit = True  # BEGIN inside a multi-statement string takes over what ran before it
            return warning + wire.command_complete("BEGIN")
        if transaction is None or not transaction.is_explicit:
            warning = wire.notice("WARNING", "25P01", "there is no transaction in progress")
        tag = await (executor.commit() if analysis.nature is Nature.COMMIT else executor.roll_back())
        return warning + wire.command_complete(tag)

    async def _run_ddl(self, statement: Rewritten, words: tuple[str, ...]) -> bytes:
        executor = self._executor

        async def work(backend: Backend) -> bytes:
            held = Held()
            backend.send(wire.query(statement.text))
            reply = await executor.relay.run(held, statement)
            if reply.error is not None:
                raise reply.error
            return bytes(held.data)

        return await self._in_transaction(work, words, self._cluster.start_drops if words[0] == "drop" else None)

    async def _in_transaction(
        self, work: Work, words: tuple[str, ...], afterwards: Callable[[], Awaitable[None]] | None = None
    ) -> bytes:
        """Have DDL done by the open transaction, or by one of its own; its answer. Raises PgError."""
        executor = self._executor
        ddl = PendingDdl(work, words)
        transaction = executor.transaction
        if transaction is None:
            async with executor.talking():
                transaction = await executor.open_transaction(is_explicit=False)
            transaction.has_ddl = True
            if afterwards is not None:
                transaction.at_commit.append(afterwards)
            executor.ddl = ddl
            await executor.commit()
            return ddl.answer
        async with self._cluster.commit_lock, executor.running_statement() as backend:
            await ddl.attempt(backend)
        executor.ddl = ddl
        if afterwards is not None:
            transaction.at_commit.append(afterwards)
        return ddl.answer

    # -- jobs

    async def _submit_index(self, sql: str, words: tuple[str, ...], lead: int) -> bytes:
        executor = self._executor
        command = jobs.parse_index_command(sql)
        if command is None:
            raise PgError("42601", 'syntax error at or near "async"')
        job_id = jobs.new_job_id()

        async def work(backend: Backend) -> bytes:
            try:
                made = await jobs.make_index(backend, command)
            except PgError as error:
                raise executor.errors.for_client(error, command.rewritten.behind(lead)) from None
            if self._cluster.settings.has_dialect:
                await refuse_new_index(backend, made.after_oid)
            await jobs.submit_index(backend, executor.acting, job_id, made)
            return _job_reply(job_id, "CREATE INDEX")

        return await self._in_transaction(work, words, self._starting(job_id))

    async def _submit_validation(self, validation: jobs.Validation, words: tuple[str, ...], lead: int) -> bytes:
        executor = self._executor
        job_id = jobs.new_job_id()

        async def work(backend: Backend) -> bytes:
            try:
                table_oid = await validation.check(backend, self._cluster.ask, executor.role)
            except PgError as error:
                raise executor.errors.for_client(error, validation.rewritten.behind(lead)) from None
            await validation.submit(backend, executor.acting, job_id, table_oid)
            return _job_reply(job_id, "ALTER TABLE")

        return await self._in_transaction(work, words, self._starting(job_id))

    def _starting(self, job_id: str) -> Callable[[], Awaitable[None]]:
        async def start() -> None:
            self._cluster.start_job(job_id)

        return start

    # -- AWS IAM

    async def _run_iam(self, command: iam.IamCommand, words: tuple[str, ...]) -> bytes:
        executor = self._executor

        async def work(backend: Backend) -> bytes:
            known = await self._cluster.ask(
                "SELECT r.oid, g.oid FROM pg_catalog.pg_roles r, pg_catalog.pg_roles g "
                f"WHERE r.rolname = {literal(command.role)} AND g.rolname = {literal(executor.role)}"
            )
            if not known:
                raise iam.NO_SUCH_ROLE.error(role=command.role)
            if executor.role != "admin":
                raise iam.NOT_ADMIN.error(role=command.role)
            role, grantor = known[0]
            await backend.ask(
                f"SELECT pg_dsqltui_act.map_principal($1, {command.is_grant}, {role}::pg_catalog.oid, "
                f"{literal(command.arn)}, {grantor}::pg_catalog.oid)",
                executor.acting.word_for("iam"),
            )
            return wire.command_complete(command.tag)

        return await self._in_transaction(work, words)


def _job_reply(job_id: str, tag: str) -> bytes:
    return wire.data_row([job_id]) + wire.command_complete(tag)


def _no_trigger(sql: str) -> bytes:
    """DROP TRIGGER IF EXISTS: there is none."""
    reader = read(sql)
    reader.take("drop", "trigger", "if", "exists")
    (trigger, *_) = (*reader.names(), "")
    reader.take("on")
    (*_, table) = ("", *reader.names())
    text = f'trigger "{trigger}" for relation "{table}" does not exist, skipping'
    return wire.notice("NOTICE", "00000", text) + wire.command_complete("DROP TRIGGER")
