"""The access assistant over a real account and cluster. Implements `core.catalog.access.AccessAssistant`."""

from collections.abc import Sequence

from dsqltui.client.aws.iam import account_id, make_iam_role
from dsqltui.client.engine import Engine
from dsqltui.client.pg_session import PgSession
from dsqltui.client.tokens import BotoTokens
from dsqltui.core.aws.endpoint import Endpoint
from dsqltui.core.catalog.access import AccessPlan, Grants, Survey, cluster_arn, grants_of
from dsqltui.core.language import _
from dsqltui.core.results.outcome import Row
from dsqltui.core.sessions.asking import NoAnswer, connected, rows_of
from dsqltui.core.sessions.session import ConnectFailed
from dsqltui.resources import catalog_query

_MAX_ROWS = 100_000
_ROLES = "SELECT rolname FROM pg_catalog.pg_roles WHERE rolname NOT LIKE 'pg\\_%' ORDER BY 1"


class BotoAccessAssistant:
    """Asks the cluster on a connection of its own."""

    def __init__(self, engine: Engine, endpoints: Sequence[Endpoint], tokens: BotoTokens, user: str) -> None:
        self._engine = engine
        self._endpoints = tuple(dict.fromkeys(endpoints))
        self._tokens = tokens
        self._user = user

    async def survey(self) -> Survey:
        """See AccessAssistant.survey."""
        region = self._endpoints[0].region
        account = await account_id(self._tokens.account, region)
        caller = self._tokens.account.caller_arn(region)  # known by now: nothing is asked
        arns = tuple(cluster_arn(e.region, account, e.cluster_id) for e in self._endpoints)
        try:
            tables, roles, grants = await self._of_cluster()
        except ConnectFailed as failure:
            return Survey(account, caller, arns, {}, (), Grants((), (), {}), str(failure))
        return Survey(account, caller, arns, tables, roles, grants)

    async def make_role(self, plan: AccessPlan) -> str:
        """See AccessAssistant.make_role."""
        return await make_iam_role(self._tokens.account, plan, self._endpoints[0].region)

    async def _of_cluster(self) -> tuple[dict[str, tuple[str, ...]], tuple[str, ...], Grants]:
        session = PgSession(self._engine, self._endpoints[0], self._user, self._tokens)
        async with connected(session):
            tables: dict[str, tuple[str, ...]] = {}
            for schema, table in await _rows(session, catalog_query("schema_tables")):
                tables[schema or ""] = (*tables.get(schema or "", ()), *([table] if table else ()))
            roles = tuple(str(row[0]) for row in await _rows(session, _ROLES))
            return tables, roles, grants_of(await _rows(session, catalog_query("table_grants")))


async def _rows(session: PgSession, query: str) -> tuple[Row, ...]:
    """Raises ConnectFailed."""
    try:
        return await rows_of(session, query, limit=_MAX_ROWS)
    except NoAnswer as reason:
        raise ConnectFailed(
            _("The cluster did not tell its tables and grants: {reason}.").format(reason=reason)
        ) from None
