"""A query's whole result as the server writes it, by COPY (query) TO STDOUT: half the cost of fetching rows.

The one way from a query to CSV or TSV, for the console's export and for `dsqltui exec`. It sends the query anew, so it
is for results that are fetched for the file. Rows that are here, or that the session still holds, are encoded by
`core.formats`, to the same bytes.
"""

import dataclasses
from collections.abc import Awaitable, Callable

from dsqltui.core.formats import Format
from dsqltui.core.results.errors import ServerError
from dsqltui.core.results.outcome import Done, Outcome, Refused
from dsqltui.core.results.transaction_state import TransactionState
from dsqltui.core.sessions.session import Session
from dsqltui.core.sql.classify import classify
from dsqltui.core.sql.queries import QUERY_VERBS

_OPTIONS = {Format.CSV: "FORMAT csv, HEADER", Format.TSV: "FORMAT text, HEADER"}

Write = Callable[[bytes], Awaitable[None]]


class NotCopied(Exception):
    """The server refused the COPY. Run the query as it stands, for its rows or for the server's own words on it."""

    def __init__(self, error: ServerError) -> None:
        super().__init__(error.message)
        self.error = error


def may_be_copied(statement: str, form: Format, state: TransactionState) -> bool:
    """Whether COPY may stand for the statement: a query that only reads, in autocommit.

    In a transaction a refusal would fail it, and nobody knows whether Aurora DSQL takes COPY (query) TO STDOUT.
    """
    if form not in _OPTIONS or state.is_open:
        return False
    what = classify(statement)
    return what.only_reads and what.verb in QUERY_VERBS


async def copy_query(session: Session, query: str, form: Format, write: Write) -> Outcome:
    """Hand the result's bytes, a line of names first, to `write`. Done has the tag SELECT would have.

    Raises NotCopied when it was refused before the first byte, which changed nothing; and what `write` raises.
    """
    is_begun = False

    async def begun(piece: bytes) -> None:
        nonlocal is_begun
        is_begun = True
        await write(piece)

    outcome = await session.copy_out(f"COPY (\n{query}\n) TO STDOUT WITH ({_OPTIONS[form]})", begun)
    if isinstance(outcome, Refused) and not is_begun:
        raise NotCopied(outcome.error)
    if isinstance(outcome, Done):
        return dataclasses.replace(outcome, tag=outcome.tag.replace("COPY", "SELECT"))
    if isinstance(outcome, Refused) and outcome.error.position is not None:  # it points into our COPY
        return dataclasses.replace(outcome, error=dataclasses.replace(outcome.error, position=None))
    return outcome
