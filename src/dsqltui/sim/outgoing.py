"""What PostgreSQL is sent for a client's statement, and who takes its replies."""

from dataclasses import dataclass

from dsqltui.sim.analysis import Analysis
from dsqltui.sim.backend import Backend
from dsqltui.sim.executor import Sink
from dsqltui.sim.explain import FACTS, ExplainRequest, PlanSchema, PlanSink, parse_explain, plan_schema
from dsqltui.sim.rewrite import Rewritten
from dsqltui.sim.rules.parameters import stand_in
from dsqltui.sim.transaction import Transaction


@dataclass(frozen=True, slots=True)
class Outgoing:
    """The text for PostgreSQL."""

    rewritten: Rewritten
    explain: ExplainRequest | None = None
    """For an EXPLAIN whose plan is shown in DSQL's shape."""

    async def sink(self, backend: Backend, client: Sink, transaction: Transaction | None) -> Sink:
        """Who takes the replies. For an EXPLAIN the catalog is asked first."""
        if self.explain is None:
            return client
        return PlanSink(client, self.explain, await schema_of(backend, transaction))


def outgoing(sql: str, analysis: Analysis, transaction: Transaction | None) -> Outgoing:
    """The text for a statement, in the transaction if one is open."""
    rewritten = Rewritten(sql) if transaction is None else transaction.rewrite(sql, analysis)
    if analysis.first == "explain":
        request = parse_explain(sql)
        return Outgoing(rewritten) if request is None else Outgoing(request.for_postgres(rewritten), request)
    if analysis.first in ("set", "reset", "show"):
        return Outgoing(stand_in(sql))
    return Outgoing(rewritten)


async def schema_of(backend: Backend, transaction: Transaction | None) -> PlanSchema:
    """What a plan's rendering must know of the catalog."""
    return plan_schema(await backend.query(FACTS), transaction.shadow_names if transaction is not None else None)
