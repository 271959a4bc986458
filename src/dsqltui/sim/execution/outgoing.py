"""What PostgreSQL is sent for a client's statement, and who takes its replies."""

from dataclasses import dataclass

from dsqltui.sim.explain.explain import FACTS, ExplainRequest, PlanSchema, PlanSink, parse_explain
from dsqltui.sim.explain.names import NamelessSink
from dsqltui.sim.explain.plan_schema import plan_schema
from dsqltui.sim.pg import wire
from dsqltui.sim.pg.relay import Sink
from dsqltui.sim.rules.parameters import stand_in
from dsqltui.sim.sql.analysis import Analysis, Nature
from dsqltui.sim.sql.functions import Query
from dsqltui.sim.sql.rewrite import Rewritten, Shift, replaced
from dsqltui.sim.transactions.flagging import Flagging, FlagSink, weakened
from dsqltui.sim.transactions.transaction import Transaction

_ALL_SETTINGS = (
    "SELECT name, setting, short_desc AS description FROM pg_dsqltui_shown.pg_settings "
    "WHERE name NOT IN ('is_superuser', 'session_authorization') ORDER BY lower(name)"
)


@dataclass(frozen=True, slots=True)
class Outgoing:
    """The text for PostgreSQL."""

    rewritten: Rewritten
    explain: ExplainRequest | None = None
    """For an EXPLAIN whose plan is shown in DSQL's shape."""
    is_raw_plan: bool = False
    """An EXPLAIN in a format that PostgreSQL's own plan is shown in."""
    is_show: bool = False
    """A SELECT stands for SHOW ALL: the command tag is that one's."""
    column: str | None = None
    """The name of the one result column, where PostgreSQL was asked for another."""
    flagging: Flagging | None = None
    """For a statement that flags rows and tells their keys in hidden columns."""

    def sink(self, client: Sink, schema: PlanSchema | None) -> Sink:
        """Who takes the replies. `schema` is for an EXPLAIN: what the catalog says of what it names."""
        if self.flagging is not None:
            return FlagSink(client, self.flagging)
        if self.column is not None:
            return Renaming(client, self.column)
        if self.is_show:
            return TaggedShow(client)
        if self.is_raw_plan:
            return NamelessSink(client)
        if self.explain is None or schema is None:
            return client
        return PlanSink(client, self.explain, schema)


def outgoing(
    sql: str, analysis: Analysis, transaction: Transaction | None, flagging: Flagging | None = None
) -> Outgoing:
    """The text for a statement, in the transaction if one is open."""
    if flagging is not None and transaction is not None:
        return Outgoing(transaction.shadows.rewrite(sql, analysis, flagging.replacements), flagging=flagging)
    if transaction is not None:
        is_short = analysis.nature is Nature.LOCK and not transaction.is_explicit
        rewritten = transaction.shadows.rewrite(sql, analysis, weakened(sql) if is_short else ())
    else:
        rewritten = Rewritten(sql) if analysis.catalog_use is None else replaced(sql, analysis.catalog_use.shown)
    if analysis.first == "explain":
        request = parse_explain(sql)
        return (
            Outgoing(rewritten, is_raw_plan=True)
            if request is None
            else Outgoing(request.for_postgres(rewritten), request)
        )
    if analysis.first in ("set", "reset", "show"):
        if analysis.words == ("show", "all"):
            return Outgoing(Rewritten(_ALL_SETTINGS, (Shift(0, len(sql), len(_ALL_SETTINGS)),)), is_show=True)
        shown = stand_in(sql)
        is_other = analysis.first == "show" and bool(shown.shifts)
        return Outgoing(shown, column=analysis.words[1] if is_other else None)
    return Outgoing(rewritten)


class TaggedShow:
    """Gives what a SELECT answers the command tag of SHOW. It must be given whole messages."""

    def __init__(self, client: Sink) -> None:
        self._client = client

    def write(self, data: bytes, /) -> None:
        self._client.write(wire.command_complete("SHOW") if data[:1] == b"C" else data)

    async def drain(self) -> None:
        await self._client.drain()


class Renaming:
    """Gives the one column of a SHOW the name the client asked for. It must be given whole messages."""

    def __init__(self, client: Sink, column: str) -> None:
        self._client = client
        self._column = column

    def write(self, data: bytes, /) -> None:
        if data[:1] == b"T":
            length = 1 + int.from_bytes(data[1:5], "big")
            data = wire.row_description([(self._column, wire.TEXT_OID)]) + data[length:]
        self._client.write(data)

    async def drain(self) -> None:
        await self._client.drain()


async def schema_of(ask: Query, transaction: Transaction | None) -> PlanSchema:
    """What a plan's rendering must know of the catalog."""
    return plan_schema(await ask(FACTS), transaction.shadows.names if transaction is not None else None)
