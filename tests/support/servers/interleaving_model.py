"""Orders run on the model of snapshot isolation, in the shape in which the explorer has them."""

from collections.abc import Sequence

from dsqltui.core.interleaving.comparing import OrderRun
from dsqltui.core.interleaving.orders import Order
from dsqltui.core.interleaving.scripts import SessionScript, script_of
from dsqltui.core.results.errors import ServerError
from dsqltui.core.results.outcome import Column, Done, Outcome, Refused, Rows
from support.servers.snapshot_model import Contents, Expected, SnapshotModel, Step, Verb

TABLE = "t"
CHECK = f"SELECT k, v FROM {TABLE} ORDER BY k"
_COLUMNS = (Column("k", 23), Column("v", 23))
_MESSAGES = {"40001": "change conflicts with another transaction (OC000)"}

Steps = Sequence[Sequence[Step]]
"""Each session's statements."""


def scripts_of(steps: Steps) -> tuple[SessionScript, ...]:
    """The sessions' scripts, for a table t."""
    return tuple(script_of("ABCD"[n], ";\n".join(step.sql(TABLE) for step in own) + ";") for n, own in enumerate(steps))


def model_run(steps: Steps, order: Order, start: Contents) -> OrderRun:
    """What the model gives for an order."""
    model = SnapshotModel(start)
    places = [0] * len(steps)
    outcomes: list[list[Outcome]] = [[] for _ in steps]
    for session in order:
        step = steps[session][places[session]]
        places[session] += 1
        outcomes[session].append(_outcome(model.run(step)))
    final = tuple((str(key), str(model.contents[key])) for key in sorted(model.contents))
    return OrderRun(order, tuple(map(tuple, outcomes)), (Rows(_COLUMNS, final, f"SELECT {len(final)}", False, 0.0),))


def serial_run(steps: Steps, sessions: tuple[int, ...], start: Contents) -> OrderRun:
    """The same for sessions one after the other."""
    return model_run(steps, tuple(n for n in sessions for _ in steps[n]), start)


def _outcome(expected: Expected) -> Outcome:
    if expected.says.isdecimal() or expected.says == "25P02":
        return Refused(ServerError(expected.says, _MESSAGES.get(expected.says, "refused")), 0.0)
    if expected.says.startswith("SELECT"):
        return Rows(_COLUMNS, expected.rows, expected.says, False, 0.0)
    return Done(expected.says, 0.0)


def transaction(session: int, *steps: tuple[Verb, int, int]) -> list[Step]:
    """BEGIN, the steps (verb, key, value), COMMIT."""
    inner = [Step(session, verb, key, key, value) for verb, key, value in steps]
    return [Step(session, Verb.BEGIN), *inner, Step(session, Verb.COMMIT)]
