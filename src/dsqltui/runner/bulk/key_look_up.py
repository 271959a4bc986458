"""Whether rows of a file are in the table, found out by their primary keys."""

from collections.abc import Sequence

from dsqltui.core.bulk.copy_values import ValueFormat, values_of
from dsqltui.core.language import N_
from dsqltui.core.results.outcome import Rows
from dsqltui.core.results.single_table import TableName
from dsqltui.core.sessions.session import Session
from dsqltui.core.sql.classify import said_words
from dsqltui.core.sql.lexer import Kind, identifier, scan
from dsqltui.core.sql.relation_places import relation_places
from dsqltui.runner.bulk.loading import LookUp, Presence
from dsqltui.runner.bulk.row_batches import RowBatch
from dsqltui.runner.bulk.table_key import TableColumn, TableShape, key_condition, written

_MOST_KEYS = 100
"""Keys of a batch that are looked for, spread over it: a transaction is in as a whole or not at all."""


class KeyLookUp(LookUp):
    """Looks for keys. All of them there: the batch is in; none: it is not; some: others have had a hand in it."""

    reason = N_("some of their keys are in the table and some are not")

    def __init__(self, table: TableName, key: Sequence[TableColumn], places: Sequence[int], form: ValueFormat) -> None:
        """`places`: where the key's columns stand in a row of the file, from 0."""
        self._table, self._key, self._places, self._form = table, key, places, form

    async def presence(self, session: Session, batch: RowBatch) -> Presence:
        """See LookUp."""
        rows = batch.rows()
        step = max(1, len(rows) // _MOST_KEYS)
        wanted = [*rows[::step][: _MOST_KEYS - 1], rows[-1]] if rows else []
        try:
            values = [values_of(row, self._form) for row in wanted]
            keys = dict.fromkeys(tuple(row[place] for place in self._places) for row in values)
        except (ValueError, IndexError):
            return Presence.UNKNOWN
        condition = key_condition(self._key, len(keys))
        sql = f"SELECT count(*) FROM {written(self._table)} WHERE {condition}"
        outcome = await session.query(sql, [value for key in keys for value in key], limit=1, are_texts=False)
        if not isinstance(outcome, Rows) or not outcome.rows:
            return Presence.UNKNOWN
        count = int(outcome.rows[0][0] or 0)
        if count == len(keys):
            return Presence.IN
        return Presence.NOT_IN if count == 0 else Presence.UNKNOWN


def copied_table(subject: str) -> tuple[TableName, tuple[str, ...]] | None:
    """The table of a COPY and the columns that are named behind it; None where it cannot be read."""
    tokens = tuple(token for token in scan(f"copy {subject}")[0] if token.kind is not Kind.COMMENT)
    places = relation_places(tokens, tuple(said_words(tokens)))
    if not places:
        return None
    columns = [
        identifier(token) for token in tokens if token.start >= places[0].end and token.kind in (Kind.WORD, Kind.IDENT)
    ]
    return TableName(places[0].name, places[0].schema), tuple(columns)


def look_up_of(table: TableName, columns: Sequence[str], shape: TableShape, form: ValueFormat) -> LookUp:
    """By the key, where the file holds all of it."""
    names = list(columns) or [column.name for column in shape.columns]
    key = shape.key
    if not key or not all(column.name in names for column in key):
        return LookUp()
    return KeyLookUp(table, key, [names.index(column.name) for column in key], form)
