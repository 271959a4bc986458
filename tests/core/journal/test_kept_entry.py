"""What of an entry of the journal may be written: secrets of the statement are hidden in its answer, too."""

import dataclasses

from dsqltui.core.journal.journal import KEPT_SQL, KEPT_VALUE
from dsqltui.core.journal.kept_entry import kept_entry, kept_rows
from dsqltui.core.results.errors import ServerError
from dsqltui.core.results.outcome import Column, Refused, Row, Rows
from support.journals import Recorder
from support.secret_forms import KEY, PEM, PEM_LINES

SQL = "insert into users (id, name, password) values (1, 'bob', 'plainword')"


def columns(*names: str) -> tuple[Column, ...]:
    return tuple(Column(name, 25) for name in names)


def test_what_the_server_repeats_of_a_secret_is_hidden() -> None:
    error = ServerError(
        "22P02",
        'invalid input syntax for type integer: "plainword"',
        detail="Failing row contains (1, bob, plainword).",
        hint="plainword?",
        position=9,
    )
    entry = kept_entry(Recorder().ran("A", 0, SQL, Refused(error, 0.1)))
    assert isinstance(entry.outcome, Refused)
    kept = entry.outcome.error
    assert kept.message == 'invalid input syntax for type integer: "(hidden)"'
    assert kept.detail == "Failing row contains (1, bob, (hidden))."
    assert (kept.hint, kept.sqlstate, kept.position) == ("(hidden)?", "22P02", 9)


def test_an_entry_without_secrets_is_the_same() -> None:
    entry = Recorder().ran("A", 0, "select 1", Rows(columns("a"), (("1",), (None,)), "SELECT 2", False, 0.1))
    assert kept_entry(entry) == entry


def test_columns_of_secrets_are_hidden_whatever_they_hold() -> None:
    rows: tuple[Row, ...] = (("1", "plainword", "x", "t"), ("2", None, "", "f"))
    kept = kept_rows(columns("id", "Password", "api_key", "has_password"), rows)
    assert kept == (("1", "(hidden)", "(hidden)", "t"), ("2", None, "", "f"))


def test_a_key_file_with_a_row_for_each_line_is_hidden() -> None:
    kept = kept_rows(columns("line"), [(line,) for line in ("before", *PEM.split("\n"), "after")])
    assert (kept[0], kept[-1]) == (("before",), ("after",))
    assert not any(line in str(kept) for line in PEM_LINES)


def test_a_key_that_was_cut_is_hidden_and_a_hash_is_not() -> None:
    filler = "x" * (KEPT_VALUE - 26) + " "
    value = (filler + KEY)[:KEPT_VALUE] + "…"
    digest = (filler + "d41d8cd98f00b204e9800998ecf8427e")[:KEPT_VALUE] + "…"
    kept = kept_rows(columns("a"), [(value,), (digest,)])
    assert kept == ((f"{filler}(hidden)…",), (digest,))


def test_a_key_at_the_end_of_a_cut_statement_is_hidden() -> None:
    sql = "select '" + "x" * (KEPT_SQL - 30) + f" {KEY}'"
    entry = Recorder().ran("A", 0, sql)
    assert entry.is_cut
    assert KEY[:15] in entry.sql
    assert KEY[:8] not in kept_entry(entry).sql


def test_the_entry_in_memory_stays_as_it_was() -> None:
    entry = Recorder().ran("A", 0, SQL)
    before = dataclasses.replace(entry)
    kept_entry(entry)
    assert entry == before
    assert "plainword" in entry.sql
