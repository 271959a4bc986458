"""The checks of a lab file: one TOML table in, one check out."""

import re
from collections.abc import Callable, Mapping

from dsqltui.core.language import _
from dsqltui.labs.files.reading import TableReader
from dsqltui.labs.model import (
    PANES,
    Acted,
    Check,
    HasFigure,
    HasRows,
    InDatabase,
    IsConnected,
    IsUser,
    OneOf,
    SameInBoth,
    StatementRan,
    WasFirst,
    WasLost,
    WasRefused,
)

_SQLSTATE = re.compile(r"[0-9A-Z]{5}")


def panes_of(reader: TableReader) -> tuple[str, ...]:
    """What the key `pane` says; empty without it."""
    said = reader.text("pane", default="")
    by_word = {"a": ("A",), "b": ("B",), "both": PANES, "": ()}
    if said not in by_word:
        reader.wrong("pane", _('must be "a", "b" or "both"'))
    return by_word.get(said, ())


def check_of(reader: TableReader, panes: tuple[str, ...]) -> Check:
    """One check; `panes` are the step's. Problems are noted at the reader."""
    made = CHECKS.get(reader.text("check"))
    if made is None:
        reader.wrong("check", _("is no check; there are {known}").format(known=", ".join(CHECKS)))
        return Acted()
    panes = panes_of(reader) or panes
    check = made(reader, panes)
    reader.end()
    return check


def _ran(reader: TableReader, panes: tuple[str, ...]) -> Check:
    return StatementRan(
        reader.text("of"),
        panes,
        reader.text("tag", default=""),
        at_least_ms=reader.number("at_least_ms", default=0) or 0,
        at_most_ms=reader.number("at_most_ms"),
    )


def _rows(reader: TableReader, panes: tuple[str, ...]) -> Check:
    has_value = reader.has("value")
    return HasRows(
        reader.text("of"),
        panes,
        count=reader.number("count"),
        at_least=reader.number("at_least", default=0) or 0,
        value=reader.text("value", default="") if has_value else None,
        has=reader.rows("has"),
        text=reader.texts("text"),
    )


def _refused(reader: TableReader, panes: tuple[str, ...]) -> Check:
    sqlstate, token = reader.text("sqlstate"), reader.text("token", default="")
    if sqlstate and not _SQLSTATE.fullmatch(sqlstate):
        reader.wrong("sqlstate", _('must be five letters and digits: "40001"'))
    if token not in ("", "OC000", "OC001"):
        reader.wrong("token", _('must be "OC000" or "OC001"'))
    return WasRefused(reader.text("of"), panes, sqlstate, token)


def _database(reader: TableReader, panes: tuple[str, ...]) -> Check:
    return InDatabase(reader.text("query"), reader.text("value"), reader.required_both("say"), panes[0])


def _one_of(reader: TableReader, panes: tuple[str, ...]) -> Check:
    return OneOf(tuple(check_of(inner, panes) for inner in reader.each("checks", is_required=True)))


CHECKS: Mapping[str, Callable[[TableReader, tuple[str, ...]], Check]] = {
    "ran": _ran,
    "rows": _rows,
    "refused": _refused,
    "same": lambda reader, _panes: SameInBoth(reader.text("of")),
    "database": _database,
    "figure": lambda reader, _panes: HasFigure(
        reader.text("name"), reader.number("at_least"), reader.number("at_most")
    ),
    "first": lambda reader, panes: WasFirst(reader.text("of"), panes[0]),
    "connected": lambda _reader, panes: IsConnected(panes),
    "user": lambda reader, panes: IsUser(reader.text("user"), panes),
    "lost": lambda _reader, panes: WasLost(panes),
    "done": lambda _reader, _panes: Acted(),
    "one-of": _one_of,
}
