"""A client's prepared statement, and the messages that carry its parts."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from dsqltui.sim.execution.outgoing import Outgoing
from dsqltui.sim.execution.statement_plan import StatementPlan
from dsqltui.sim.explain.explain import PlanSchema
from dsqltui.sim.pg import wire
from dsqltui.sim.pg.relay import Sink
from dsqltui.sim.pg.wire import PgError
from dsqltui.sim.sql.rewrite import Rewritten
from dsqltui.sim.transactions.flagging import Flagging
from dsqltui.sim.transactions.transaction import Transaction


@dataclass(slots=True)
class Prepared:
    """A prepared statement of the client."""

    name: str
    plan: StatementPlan
    parameter_types: bytes
    """The rest of the Parse message: count and type oids."""
    sent: Outgoing | None = None
    """What PostgreSQL was last sent for it."""
    plan_schema: PlanSchema | None = None
    """What the catalog said for an EXPLAIN whose plan is shown in DSQL's shape."""
    flagging: Flagging | None = None
    """How it is sent inside a transaction, for a plain SELECT ... FOR UPDATE."""
    known_text: str | None = None
    """What the backend has under this name now; None when it must be parsed (again) first."""

    @classmethod
    def of(cls, parse: bytes) -> Self:
        """From the body of a Parse message. Raises PgError."""
        name, text, types = strings(parse, 2)
        sql = wire.decode(text)
        if b";" in text.rstrip(b"; \t\r\n") and len(StatementPlan.all_of(sql)) > 1:
            raise PgError("42601", "cannot insert multiple commands into a prepared statement")
        return cls(wire.decode(name), StatementPlan.of(sql), types)

    def rewritten(self, transaction: Transaction | None) -> Rewritten:
        """What PostgreSQL is sent for it, in the transaction if one is open."""
        self.sent = self.plan.outgoing(transaction, self.flagging)
        return self.sent.rewritten.behind(self.plan.lead)

    def sink(self, client: Sink) -> Sink:
        """Who takes the replies to what PostgreSQL was sent."""
        return client if self.sent is None else self.sent.sink(client, self.plan_schema)

    def parse_message(self, rewritten: Rewritten) -> bytes:
        """The Parse message for PostgreSQL, which then knows the statement by this text."""
        self.known_text = rewritten.text
        return wire.message(b"P", wire.cstring(self.name) + wire.cstring(rewritten.text) + self.parameter_types)


def statement_of(statements: Mapping[str, Prepared], name: str) -> Prepared:
    """The prepared statement of that name. Raises PgError as PostgreSQL words it."""
    if name not in statements:
        raise PgError("26000", f'prepared statement "{name}" does not exist')
    return statements[name]


def portal_of(portals: Mapping[str, Prepared], name: str) -> Prepared:
    """The portal of that name. Raises PgError as PostgreSQL words it."""
    if name not in portals:
        raise PgError("34000", f'portal "{name}" does not exist')
    return portals[name]


def with_hidden_columns(bind: bytes, count: int) -> bytes:
    """A Bind message's body for so many more result columns, in text format.

    Formats that are the same for all columns, none or one, hold for the hidden ones as well: they are text whatever
    the format.
    """
    _, _, rest = strings(bind, 2)
    place = len(bind) - len(rest)
    place += 2 + 2 * int.from_bytes(bind[place : place + 2], "big")
    values = int.from_bytes(bind[place : place + 2], "big")
    place += 2
    for _ in range(values):
        place += 4 + max(0, int.from_bytes(bind[place : place + 4], "big", signed=True))
    formats = int.from_bytes(bind[place : place + 2], "big")
    if formats < 2:
        return bind
    return bind[:place] + (formats + count).to_bytes(2, "big") + bind[place + 2 :] + bytes(2 * count)


def strings(body: bytes, count: int) -> list[bytes]:
    """So many zero-terminated strings from the beginning of a message, and the rest. Raises PgError."""
    parts = body.split(b"\0", count)
    if len(parts) <= count:
        raise PgError("08P01", "invalid string in message")
    return parts
