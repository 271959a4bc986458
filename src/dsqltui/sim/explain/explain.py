"""EXPLAIN as Aurora DSQL answers it: PostgreSQL makes the plan, we show it in Aurora DSQL's shapes.

`parse_explain` recognises the statement, PostgreSQL is sent `request.for_postgres(...)`, and its reply goes through a
`PlanSink`, which turns the JSON into lines of text. JSON, XML and YAML asked for by the client are PostgreSQL's own.
"""

import struct
from typing import Protocol

from dsqltui.sim.explain import dpu
from dsqltui.sim.explain.names import nameless
from dsqltui.sim.explain.options import ExplainRequest, parse_explain
from dsqltui.sim.explain.plan import QueryPlan, parse_plans
from dsqltui.sim.explain.plan_access import without_postgres_ways
from dsqltui.sim.explain.plan_costs import with_storage_costs
from dsqltui.sim.explain.plan_schema import FACTS, PlanSchema, plan_schema
from dsqltui.sim.explain.storage_plan import is_one_relation, with_storage
from dsqltui.sim.explain.text import plan_lines, summary_lines
from dsqltui.sim.pg import wire

__all__ = ["FACTS", "ExplainRequest", "PlanSchema", "PlanSink", "parse_explain", "plan_schema", "render"]

_JSON_OID = 114
_OID = struct.Struct("!I")
_TYPE_OFFSET = 6
"""Of the type's oid in a RowDescription field, behind the name."""


def render(plan_json: str, request: ExplainRequest, schema: PlanSchema) -> list[str]:
    """The lines of the column QUERY PLAN. Raises ValueError when the text is not EXPLAIN's JSON."""
    plans = parse_plans(plan_json)
    if not plans:
        return ["Query rewrites to nothing"]
    lines: list[str] = []
    for number, plan in enumerate(plans):
        lines += [""] * bool(number)
        lines += _query_lines(plan, request, schema)
    return lines


def _query_lines(plan: QueryPlan, request: ExplainRequest, schema: PlanSchema) -> list[str]:
    if plan.root is None:
        return ["Utility statements have no plan structure"]
    root = with_storage_costs(with_storage(without_postgres_ways(plan.root, schema), schema, request.limit))
    lines = [*plan_lines(root, request, one_relation=is_one_relation(plan.root)), *summary_lines(plan, request)]
    if request.analyze and request.verbose:
        lines += dpu.estimate(plan, root, schema).lines()
    return lines


class Client(Protocol):
    """Where replies go."""

    def write(self, data: bytes, /) -> None: ...

    async def drain(self) -> None: ...


class PlanSink:
    """Stands between PostgreSQL's reply to one EXPLAIN and the client. It must be given whole messages.

    The column's type becomes text, the one row of JSON becomes a row for each line; everything else is passed on.
    """

    def __init__(self, client: Client, request: ExplainRequest, schema: PlanSchema) -> None:
        self._client = client
        self._request = request
        self._schema = schema

    def write(self, data: bytes, /) -> None:
        """Pass whole messages on, the plan as text."""
        out = bytearray()
        position = 0
        while position < len(data):
            end = position + 1 + int.from_bytes(data[position + 1 : position + 5], "big")
            out += self._translated(data[position:end])
            position = end
        self._client.write(bytes(out))

    async def drain(self) -> None:
        """Wait until the client has room."""
        await self._client.drain()

    def _translated(self, message: bytes) -> bytes:
        kind, body = message[:1], message[5:]
        if kind == b"T":
            return wire.message(kind, _as_text(body))
        if kind == b"D":
            (plan,) = wire.row_values(body)
            lines = render(plan or "[]", self._request, self._schema)
            return b"".join(wire.data_row([nameless(line)]) for line in lines)
        return message


def _as_text(description: bytes) -> bytes:
    """A RowDescription body whose only column, if it is JSON, is called text."""
    place = description.index(b"\0", 2) + 1 + _TYPE_OFFSET
    if _OID.unpack_from(description, place)[0] != _JSON_OID:
        return description
    return description[:place] + _OID.pack(wire.TEXT_OID) + description[place + _OID.size :]
