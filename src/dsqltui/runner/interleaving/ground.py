"""Where a case is run: its sessions, its data, and how both are brought back before each order."""

import re
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from dsqltui.core.interleaving.comparing import OrderRun, conflict_in, is_lost
from dsqltui.core.interleaving.cures import GUARD, GUARD_SETUP
from dsqltui.core.interleaving.orders import Order
from dsqltui.core.interleaving.put_back import put_back_text, quoted_name
from dsqltui.core.interleaving.scripts import SessionScript, touched_tables, written_tables
from dsqltui.core.interleaving.spec import InterleavingSpec
from dsqltui.core.language import _
from dsqltui.core.results.errors import conflict_of
from dsqltui.core.results.outcome import Lost, Outcome, Refused
from dsqltui.core.results.single_table import TableName
from dsqltui.core.sessions.asking import TRIES, ask
from dsqltui.core.sessions.session import Session
from dsqltui.core.sql.classify import classify
from dsqltui.core.sql.lexer import quote_identifier
from dsqltui.core.sql.touches import same_relation, touches_of
from dsqltui.runner.interleaving.catalog import TouchedTables, read_tables
from dsqltui.runner.interleaving.trouble import CannotExplore
from dsqltui.runner.statements.describing import primary_key

_PLAIN = re.compile(r"[a-z_][a-z0-9_]*")

ROW_LIMIT = 1_000
"""Rows of an answer that are compared."""
_ATTEMPTS = 20
"""Runs of a session that loses again and again before it is given up."""
_NO_TABLES = TouchedTables((), (), (), (), False)

SessionOpener = Callable[[int], Session]
"""Makes the session of a number, not connected: 0 on the first endpoint, 1 on the second, and so on in turn."""


@dataclass(frozen=True, slots=True)
class PreparedGround:
    """What a ground is after its setup."""

    tables: TouchedTables
    check: tuple[str, ...]
    notes: tuple[str, ...]
    texts: tuple[str, ...]
    """Where values are written out that stand for themselves."""


class CaseGround:
    """The sessions of one case. Orders are run one at a time."""

    def __init__(self, opener: SessionOpener, spec: InterleavingSpec, *, has_own_schema: bool) -> None:
        self._spec = spec
        self._sessions = [opener(number) for number in range(len(spec.sessions))]
        self._schema = f"dsqltui_interleave_{secrets.token_hex(3)}" if has_own_schema else ""
        self._has_schema = False
        self._has_guard = False
        self._reset: tuple[str, ...] = ()
        self._check: tuple[str, ...] = ()
        self._tables: TouchedTables = _NO_TABLES
        statements = [statement for script in spec.sessions for statement in script.statements]
        found = [classify(statement.sql) for statement in statements]
        self._has_ddl = any(what.is_ddl for what in found)
        self._sets = any(what.setting is not None and not what.setting.is_local for what in found)

    @property
    def schema(self) -> str:
        """The schema that was made for it; empty without one."""
        return self._schema

    @property
    def reset_texts(self) -> tuple[str, ...]:
        """What brings the data back before each order."""
        return self._reset

    async def prepare(self) -> PreparedGround:
        """Connect, run the setup, read the tables. Raises ConnectFailed, CannotExplore."""
        for session in self._sessions:
            await session.connect()
        first = self._sessions[0]
        if self._schema:
            await self._must(first, f"CREATE SCHEMA {self._schema}", _("The case's own schema could not be made"))
            self._has_schema = True
        await self._restore_settings()
        await self._run_setup()
        return await self._learn()

    async def run(self, scripts: Sequence[SessionScript], order: Order, *, is_retrying: bool = False) -> OrderRun:
        """Bring the data back, run the order, look at the final state. Raises CannotExplore, ConnectFailed."""
        await self._begin_order(scripts)
        places = [0] * len(scripts)
        outcomes: list[list[Outcome]] = [[] for _unused in scripts]
        for session in order:
            statement = scripts[session].statements[places[session]]
            places[session] += 1
            outcomes[session].append(await self._sessions[session].run(statement.sql, limit=ROW_LIMIT))
        await self._end_order(outcomes)
        retried, attempts = await self._retry(scripts, outcomes) if is_retrying else ((), 0)
        final = [await ask(self._sessions[0], sql, limit=ROW_LIMIT) for sql in self._check]
        return OrderRun(order, tuple(map(tuple, outcomes)), tuple(final), retried, attempts)

    async def restore(self) -> None:
        """Bring the data back as they were before the first order."""
        if self._reset:
            await self._reset_data()

    async def key_of(self, table: str) -> tuple[str, ...]:
        """The columns of a table's primary key, as SQL; empty without one."""
        schema, _unused, name = table.rpartition(".")
        found = await primary_key(self._sessions[0], TableName(name, schema or self._schema or None))
        return tuple(column if _PLAIN.fullmatch(column) else quote_identifier(column) for column in found)

    async def make_guard(self) -> None:
        """Make the table `guard` with its one row in the case's own schema."""
        if self._has_guard:
            return
        for sql in GUARD_SETUP:
            await self._must(self._sessions[0], sql, _("The table for a common row could not be made"))
        for session in self._sessions:
            await ask(session, f"SELECT 1 FROM {GUARD} LIMIT 1", limit=1)
        self._has_guard = True

    async def close(self) -> None:
        """Drop what was made, end the sessions. What cannot be dropped stays."""
        try:
            await self._clean_up()
        finally:
            for session in self._sessions:
                await session.close()

    async def _clean_up(self) -> None:
        session = self._sessions[0]
        if session.state.is_open:
            await session.run("ROLLBACK", limit=1)
        if not self._schema and self._spec.setup:
            for sql in self._spec.teardown:
                await ask(session, sql, limit=1)
        if self._has_schema:
            await ask(session, f"DROP SCHEMA {self._schema} CASCADE", limit=1)
            self._has_schema = False

    async def _run_setup(self) -> None:
        for sql in self._spec.setup:
            await self._must(self._sessions[0], sql, _("The setup was refused"))

    async def _learn(self) -> PreparedGround:
        spec, notes = self._spec, []
        made = [name for sql in spec.setup if (found := touches_of(sql)).is_ddl for name in found.writes[:1]]
        written = (
            dict.fromkeys([*made, *written_tables(spec.sessions)]) if self._schema else written_tables(spec.sessions)
        )
        self._tables = await read_tables(self._sessions[0], tuple(written))
        if spec.reset or self._has_ddl:
            self._reset = spec.reset
        elif self._tables.contents:
            self._reset = (put_back_text(self._tables.contents),)
        if self._has_ddl and not spec.reset and not self._schema:
            raise CannotExplore(
                _(
                    "The scripts change the schema, which is not put back by itself; give a reset (--reset "
                    "FILE, a spec)."
                )
            )
        self._check = spec.check or tuple(f"SELECT * FROM {quoted_name(name)}" for name in self._tables.names)
        drawn = self._tables.drawn_columns
        if drawn:
            notes.append(
                _("Filled by a sequence, which no reset turns back, and not compared: {drawn}.").format(
                    drawn=", ".join(drawn)
                )
            )
        if self._has_ddl:
            self._check = spec.check
        return PreparedGround(self._tables, self._check, tuple(notes), (*spec.texts, *self._reset))

    async def _begin_order(self, scripts: Sequence[SessionScript]) -> None:
        if self._sets:
            await self._restore_settings()
        await self._reset_data()
        if self._has_ddl:
            await self._learn_catalog(scripts)

    async def _reset_data(self) -> None:
        first = self._sessions[0]
        if self._has_ddl and not self._spec.reset:
            await self._must(
                first, f"DROP SCHEMA {self._schema} CASCADE", _("The case's own schema could not be emptied")
            )
            await self._must(first, f"CREATE SCHEMA {self._schema}", _("The case's own schema could not be made again"))
            await self._run_setup()
            return
        for sql in self._reset:
            await self._must(first, sql, _("The reset was refused"), is_repeatable=True)

    async def _learn_catalog(self, scripts: Sequence[SessionScript]) -> None:
        """Every session asks for the tables once, so that only DDL of the order itself can stop it (OC001)."""
        for session in self._sessions:
            for table in touched_tables(scripts):
                await ask(session, f"SELECT 1 FROM {quoted_name(table)} LIMIT 1", limit=1)

    async def _end_order(self, outcomes: Sequence[Sequence[Outcome]]) -> None:
        for session, own in zip(self._sessions, outcomes, strict=False):
            if is_lost(own):
                await session.connect()
                await self._restore_settings(session)
            elif session.state.is_open:
                await session.run("ROLLBACK", limit=1)

    async def _retry(
        self, scripts: Sequence[SessionScript], outcomes: list[list[Outcome]]
    ) -> tuple[tuple[int, ...], int]:
        """Let those who lost, or never heard of their COMMIT, begin again, one after the other."""
        lost = [n for n, own in enumerate(outcomes) if conflict_in(own) is not None or is_lost(own)]
        count = 0
        for number in lost:
            for _unused in range(_ATTEMPTS):
                count += 1
                session = self._sessions[number]
                own = [await session.run(statement.sql, limit=ROW_LIMIT) for statement in scripts[number].statements]
                outcomes[number] = own
                await self._end_order([outcomes[n] if n == number else () for n in range(len(outcomes))])
                if conflict_in(own) is None and not is_lost(own):
                    break
        return tuple(lost), count

    async def _restore_settings(self, only: Session | None = None) -> None:
        for session in self._sessions if only is None else [only]:
            if self._sets:
                await self._must(session, "RESET ALL", _("The settings could not be reset"))
            if self._schema:
                await self._must(session, f"SET search_path TO {self._schema}", _("The search path could not be set"))

    async def _must(self, session: Session, sql: str, trouble: str, *, is_repeatable: bool = False) -> None:
        """Run a statement that has to work; again after a conflict, or a lost connection if that does no harm."""
        outcome = await session.run(sql, limit=1)
        for _unused in range(TRIES):
            if isinstance(outcome, Lost) and is_repeatable:
                await session.connect()
                await self._restore_settings(session)
            elif not (isinstance(outcome, Refused) and conflict_of(outcome.error) is not None):
                break
            outcome = await session.run(sql, limit=1)
        if isinstance(outcome, Refused):
            error = outcome.error
            shown = " ".join(sql[:200].split())
            raise CannotExplore(
                _("{trouble}: {message} ({sqlstate}), at: {shown}").format(
                    trouble=trouble, message=error.message, sqlstate=error.sqlstate, shown=shown[:100]
                )
            )
        if isinstance(outcome, Lost):
            raise CannotExplore(
                _("{trouble}: the connection was lost ({reason}).").format(trouble=trouble, reason=outcome.reason)
            )


def drawing(spec: InterleavingSpec, tables: Sequence[str]) -> InterleavingSpec:
    """The spec whose statements know that they fill these tables by a sequence."""

    def told(script: SessionScript) -> SessionScript:
        made = tuple(
            replace(s, draws=True)
            if any(same_relation(w, t) for t in tables for w in touches_of(s.sql).writes)
            and classify(s.sql).changes_rows
            else s
            for s in script.statements
        )
        return replace(script, statements=made)

    return replace(spec, sessions=tuple(map(told, spec.sessions))) if tables else spec
