"""An entry of the journal as one line of JSON, and back."""

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any

from dsqltui.core.journal.journal import Entry, Event
from dsqltui.core.results.errors import ServerError
from dsqltui.core.results.outcome import Column, Done, Lost, Notice, Outcome, Refused, Rows
from dsqltui.core.results.transaction_state import TransactionState
from dsqltui.core.scripts.statement import StatementKind

_OMITTED: tuple[object, ...] = ("", 0, None)
"""Values a field has when it is left out of the line."""


def line_of(entry: Entry) -> str:
    """The entry on one line, without a line break; what looks like a credential is left out of all of it."""
    from dsqltui.core.journal.kept_entry import kept_entry  # in the file's thread, not at start

    entry = kept_entry(entry)
    values = {
        "number": entry.number,
        "pane": entry.pane,
        "region": entry.region,
        "user": entry.user,
        "event": entry.event.value,
        "started_s": round(entry.started_s, 6),
        "ended_s": round(entry.ended_s, 6),
        "sql": entry.sql,
        "sql_length": entry.sql_length,
        "copy_bytes": entry.copy_bytes,
        "kind": entry.kind.value,
        "outcome": _outcome_values(entry.outcome),
        "row_count": entry.row_count,
        "state_before": entry.state_before.name,
        "state_after": entry.state_after.name,
        "transaction": entry.transaction,
        "note": entry.note,
    }
    kept = {name: value for name, value in values.items() if value not in _OMITTED}
    return json.dumps(kept, ensure_ascii=True, separators=(",", ":"))


def entry_of(line: str) -> Entry:
    """The entry of a line. Raises ValueError when it is not one."""
    try:
        values = json.loads(line)
        outcome = values.get("outcome")
        return Entry(
            values["number"],
            values["pane"],
            values["region"],
            values["user"],
            Event(values["event"]),
            values["started_s"],
            values["ended_s"],
            sql=values.get("sql", ""),
            sql_length=values.get("sql_length", 0),
            copy_bytes=values.get("copy_bytes", 0),
            kind=StatementKind(values.get("kind", "other")),
            outcome=_OUTCOMES[outcome["is"]](outcome) if outcome else None,
            row_count=values.get("row_count", 0),
            state_before=TransactionState[values.get("state_before", "NONE")],
            state_after=TransactionState[values.get("state_after", "NONE")],
            transaction=values.get("transaction"),
            note=values.get("note", ""),
        )
    except (KeyError, TypeError, AttributeError) as problem:
        raise ValueError(f"no entry of a journal: {problem!r}") from None


def _outcome_values(outcome: Outcome | None) -> dict[str, object] | None:
    if outcome is None:
        return None
    values = asdict(outcome)
    values["duration_s"] = round(outcome.duration_s, 6)
    match outcome:
        case Rows():
            values["columns"] = [[column.name, column.type_oid] for column in outcome.columns]
        case Lost():
            values["state_before"] = outcome.state_before.name
        case Refused() | Done():
            pass
    return {"is": type(outcome).__name__.lower(), **values}


def _notices(values: Mapping[str, Any]) -> tuple[Notice, ...]:
    return tuple(Notice(**notice) for notice in values["notices"])


def _error(values: Mapping[str, Any] | None) -> ServerError | None:
    return ServerError(**values) if values else None


def _rows(values: Mapping[str, Any]) -> Outcome:
    return Rows(
        tuple(Column(name, type_oid) for name, type_oid in values["columns"]),
        tuple(tuple(row) for row in values["rows"]),
        values["tag"],
        values["has_more"],
        values["duration_s"],
        _notices(values),
    )


def _done(values: Mapping[str, Any]) -> Outcome:
    return Done(values["tag"], values["duration_s"], _notices(values))


def _refused(values: Mapping[str, Any]) -> Outcome:
    return Refused(ServerError(**values["error"]), values["duration_s"], _notices(values))


def _lost(values: Mapping[str, Any]) -> Outcome:
    state = TransactionState[values["state_before"]]
    return Lost(values["reason"], state, values["was_sent"], values["duration_s"], _error(values["error"]))


_OUTCOMES: dict[str, Callable[[Mapping[str, Any]], Outcome]] = {
    "rows": _rows,
    "done": _done,
    "refused": _refused,
    "lost": _lost,
}
