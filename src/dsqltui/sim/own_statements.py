"""Statements the simulator answers itself: BEGIN, COMMIT and ROLLBACK, DDL, asynchronous jobs, AWS IAM."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from enum import Enum

from dsqltui.core.lexer import quote_literal as literal
from dsqltui.sim import iam, jobs, refusals, wire
from dsqltui.sim.analysis import Analysis, Nature
from dsqltui.sim.backend import FAILED, Backend
from dsqltui.sim.executor import Executor
from dsqltui.sim.relay import Held
from dsqltui.sim.rewrite import Rewritten
from dsqltui.sim.rules.alter_table import parse_validate_command
from dsqltui.sim.rules.catalog import refuse_by_catalog, refuse_new_index
from dsqltui.sim.transaction import Transaction
from dsqltui.sim.wire import TEXT_OID, PgError

_FIRST_LOCK_TIMEOUT_MS = 20
_LOCK_TIMEOUT_MS = 200
_DDL_ATTEMPTS = 20
_LOCK_NOT_AVAILABLE = "55P03"


class Own(Enum):
    """Who answers a statement instead of PostgreSQL."""

    CONTROL = "BEGIN, COMMIT, ROLLBACK"
    DDL = "DDL, relayed under the commit lock"
    INDEX = "CREATE INDEX ASYNC"
    VALIDATE = "ALTER TABLE ASYNC ... VALIDATE CONSTRAINT"
    IAM = "AWS IAM GRANT and REVOKE"

    @property
    def columns(self) -> tuple[tuple[str, int], ...]:
        """The result columns: (name, type oid)."""
        return (("job_id", TEXT_OID),) if self in (Own.INDEX, Own.VALIDATE) else ()


def own_kind(analysis: Analysis) -> Own | None:
    """Who answers the statement; None for PostgreSQL."""
    if analysis.is_control:
        return Own.CONTROL
    if analysis.nature is not Nature.DDL:
        return None
    words = analysis.words
    if iam.is_iam_command(words):
        return Own.IAM
    if "async" in words[2:4] and "index" in words[1:3]:
        return Own.INDEX
    return Own.VALIDATE if words[:3] == ("alter", "table", "async") and "validate" in words else Own.DDL


class OwnStatements:
    """Answers them for one session."""

    def __init__(self, executor: Executor) -> None:
        self._executor = executor
        self._cluster = executor.cluster

    async def run(self, own: Own, analysis: Analysis, sql: str, lead: int = 0) -> bytes:
        """Run one; its rows and its CommandComplete for the client. Raises PgError.

        `lead` characters stand before it in what the client sent.
        """
        if own is Own.CONTROL:
            return await self._control(analysis)
        executor = self._executor
        if executor.transaction is not None:
            executor.transaction.check_order(Nature.DDL)
        if analysis.makes_index_now:  # prepared, the setting may have changed since
            await executor.refuse(analysis, sql)
        async with executor.running_statement() as backend:
            await refuse_by_catalog(backend, analysis, sql)
        if own is Own.INDEX:
            return _job_reply(await self._submit_index(sql, lead), "CREATE INDEX")
        if own is Own.VALIDATE:
            validate = parse_validate_command(sql)
            if validate is not None:
                job = jobs.Validation(validate.schema, validate.table, validate.constraint, validate.rewritten)
                return _job_reply(await self._submit_validation(job, lead), "ALTER TABLE")
        if own is Own.IAM:
            command = iam.parse_iam_command(sql)
            await self._run_iam(command)
            return wire.command_complete(command.tag)
        return await self._run_ddl(Rewritten(sql, lead=lead), drops=analysis.first == "drop")

    async def _control(self, analysis: Analysis) -> bytes:
        executor = self._executor
        transaction = executor.transaction
        warning = b""
        if analysis.nature is Nature.BEGIN:
            if transaction is None:
                said = " ".join(analysis.words)
                async with executor.talking():
                    await executor.open_transaction(is_explicit=True, is_read_only="read only" in said)
            elif transaction.is_explicit:
                warning = wire.notice("WARNING", "25001", "there is already a transaction in progress")
            else:
                transaction.is_explicit = True  # BEGIN inside a multi-statement string takes over what ran before it
            return warning + wire.command_complete("BEGIN")
        if transaction is None or not transaction.is_explicit:
            warning = wire.notice("WARNING", "25P01", "there is no transaction in progress")
        tag = await (executor.commit() if analysis.nature is Nature.COMMIT else executor.roll_back())
        return warning + wire.command_complete(tag)

    async def _run_ddl(self, statement: Rewritten, *, drops: bool) -> bytes:
        """Run DDL. It never waits for open transactions or running statements of others: they are evicted.

        Statements that fail by themselves, with a syntax error or a name that is taken, evict nobody.
        """
        executor, cluster = self._executor, self._cluster
        async with cluster.commit_lock:
            if executor.transaction is not None:  # there is no second attempt in a transaction
                await cluster.evict_others(executor)
            for attempt in range(_DDL_ATTEMPTS):
                held = Held()
                async with executor.running_statement() as backend:
                    timeout_ms = _LOCK_TIMEOUT_MS if attempt or executor.transaction else _FIRST_LOCK_TIMEOUT_MS
                    backend.send(wire.query(f"SET lock_timeout = {timeout_ms}"))
                    backend.send(wire.query(statement.text) + wire.query("RESET lock_timeout"))
                    await backend.reply()
                    reply = await executor.relay.run(held, statement)
                    in_failed_transaction = backend.status == FAILED
                    await _read_refused_reset(backend)
                is_blocked = reply.error is not None and reply.error.sqlstate == _LOCK_NOT_AVAILABLE
                if not is_blocked or in_failed_transaction:
                    break
                await cluster.evict_others(executor)
                if attempt:
                    await cluster.interrupt_others(executor)
            if reply.error is None and executor.transaction is None:
                await cluster.evict_others(executor)
                cluster.schema_changed_by(executor)
        if reply.error is not None:
            raise reply.error
        if drops and executor.transaction is not None:
            executor.transaction.at_commit.append(cluster.start_drops)
        elif drops:
            await cluster.start_drops()
        if executor.transaction is None:
            executor.lose_answer_if_told()
        return bytes(held.data)

    # -- jobs

    async def _submit_index(self, sql: str, lead: int) -> str:
        command = jobs.parse_index_command(sql)
        if command is None:
            raise PgError("42601", 'syntax error at or near "async"')
        try:
            return await self._make_index(command, lead)
        except PgError as error:
            if error.sqlstate != _LOCK_NOT_AVAILABLE or self._executor.transaction is not None:
                raise
        async with self._cluster.commit_lock:  # transactions that hold locks on the table give them up
            await self._cluster.evict_others(self._executor)
        return await self._make_index(command, lead)

    async def _make_index(self, command: jobs.IndexCommand, lead: int) -> str:
        executor = self._executor
        job_id = jobs.new_job_id()
        async with self._in_ddl_transaction() as transaction, executor.running_statement() as backend:
            await backend.query(f"SET LOCAL lock_timeout = {_LOCK_TIMEOUT_MS}")
            try:
                made = await jobs.make_index(backend, command)
            except PgError as error:
                raise executor.for_client(error, command.rewritten.behind(lead)) from None
            await refuse_new_index(backend, made.after_oid)
            await backend.query_as_superuser(jobs.index_submission(job_id, made), executor.role)
            self._start_at_commit(transaction, job_id)
        return job_id

    async def _submit_validation(self, validation: jobs.Validation, lead: int) -> str:
        executor = self._executor
        job_id = jobs.new_job_id()
        async with self._in_ddl_transaction() as transaction, executor.running_statement() as backend:
            try:
                await validation.check(backend)
            except PgError as error:
                raise executor.for_client(error, validation.rewritten.behind(lead)) from None
            await backend.query_as_superuser(validation.submission(job_id), executor.role)
            self._start_at_commit(transaction, job_id)
        return job_id

    def _start_at_commit(self, transaction: Transaction, job_id: str) -> None:
        async def start() -> None:
            self._cluster.start_job(job_id)

        transaction.at_commit.append(start)

    # -- AWS IAM

    async def _run_iam(self, command: iam.IamCommand) -> None:
        executor = self._executor
        async with self._in_ddl_transaction(), executor.running_statement() as backend:
            known = await backend.query(f"SELECT 1 FROM pg_catalog.pg_roles WHERE rolname = {literal(command.role)}")
            if not known:
                raise iam.NO_SUCH_ROLE.error(role=command.role)
            if executor.role != "admin":
                raise iam.NOT_ADMIN.error(role=command.role)
            await backend.query_as_superuser(command.sql(executor.role), executor.role)

    @asynccontextmanager
    async def _in_ddl_transaction(self) -> AsyncIterator[Transaction]:
        """The open transaction, or one of its own that is committed at the end."""
        executor = self._executor
        if executor.transaction is not None:
            yield executor.transaction
            return
        async with executor.talking():
            transaction = await executor.open_transaction(is_explicit=False)
        transaction.has_ddl = True
        try:
            yield transaction
        except BaseException:
            await executor.roll_back()
            raise
        await executor.commit()


def _job_reply(job_id: str, tag: str) -> bytes:
    return wire.data_row([job_id]) + wire.command_complete(tag)


async def _read_refused_reset(backend: Backend) -> None:
    """Read the reply of a RESET, which a failed transaction refuses."""
    try:
        await backend.reply()
    except PgError as error:
        if error.sqlstate != refusals.TRANSACTION_FAILED.sqlstate:
            raise
