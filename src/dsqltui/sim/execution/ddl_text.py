"""What PostgreSQL is sent for a DDL statement where the two mean different things by the same words."""

from collections.abc import Iterator

from dsqltui.sim.execution.catalog_text import shown_catalogs
from dsqltui.sim.execution.numeric import precisions
from dsqltui.sim.rules.alter_table import alter_actions
from dsqltui.sim.rules.reading import read
from dsqltui.sim.sql.rewrite import Replacement, Rewritten, replaced


def for_postgres(sql: str) -> Rewritten:
    """The statement as PostgreSQL has to be told it."""
    return replaced(sql, [*precisions(sql), *_triggers_of_users(sql), *shown_catalogs(sql)])


def _triggers_of_users(sql: str) -> Iterator[Replacement]:
    """ENABLE and DISABLE TRIGGER ALL: there are no triggers but the simulator's, which are not meant."""
    if not read(sql).at("alter", "table"):
        return
    for action in alter_actions(sql)[1]:
        is_all = (action.take("enable") or action.take("disable")) and action.take("trigger") and action.at("all")
        if is_all and action.token is not None:
            yield Replacement(action.token.start, action.token.end, "USER")
