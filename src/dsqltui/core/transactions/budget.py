"""What an open transaction has used of the limits that Aurora DSQL puts on one, from the journal alone.

Rows are counted from command tags and are exact as far as tags are. Bytes are an estimate: the values written in the
SQL, times the rows an UPDATE changed; values that the server computes and entries of indexes are not seen.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from dsqltui.core.aws.limits import TRANSACTION_AGE_LIMIT_S, TRANSACTION_BYTE_LIMIT, TRANSACTION_ROW_LIMIT
from dsqltui.core.journal.journal import Entry, Event
from dsqltui.core.language import _, ngettext
from dsqltui.core.results.outcome import Done, Outcome, Rows
from dsqltui.core.scripts.statement import StatementKind
from dsqltui.core.sql.lexer import Kind, scan

NEAR = 0.8
"""The part of a limit from which it is shown in amber."""
_WEIGHED = 20_000
"""Characters of a statement whose values are added up; the rest is taken to be like them."""

_CHANGES = re.compile(r"(INSERT \d+|UPDATE|DELETE|MERGE|COPY) (\d+)")


@dataclass(frozen=True, slots=True)
class Spent:
    """What a transaction has used so far."""

    started_s: float
    """Unix time at which its first statement was sent."""
    statements: int
    """Run within it, BEGIN not counted."""
    rows: int
    """Changed by INSERT, UPDATE, DELETE, MERGE."""
    copied_rows: int
    """Brought in by COPY; they count against the same limit."""
    bytes_estimate: int

    @property
    def changed_rows(self) -> int:
        """All that count against the limit."""
        return self.rows + self.copied_rows

    def age_s(self, now_s: float) -> float:
        """Seconds since it began; `now_s` is Unix time."""
        return max(0.0, now_s - self.started_s)


def changed_by(outcome: Outcome | None, kind: StatementKind) -> tuple[int, bool]:
    """Rows that a statement changed, from its command tag, and whether COPY did it."""
    if not isinstance(outcome, Done | Rows) or kind is StatementKind.READ:
        return 0, False
    found = _CHANGES.fullmatch(outcome.tag)
    return (int(found[2]), found[1] == "COPY") if found else (0, False)


def bytes_of(entry: Entry) -> int:
    """The estimate for one statement, in bytes."""
    rows, is_copied = changed_by(entry.outcome, entry.kind)
    if is_copied:
        return entry.copy_bytes
    if not rows:
        return 0
    tokens, _unused = scan(entry.sql[:_WEIGHED])
    size, is_insert, has_select = 0, False, False
    for token in tokens:
        word = token.text.lower() if token.kind is Kind.WORD else ""
        if word == "where":
            break
        is_insert = is_insert or word == "insert"
        has_select = has_select or word == "select"
        if token.kind is Kind.STRING:
            size += len(token.text.encode(errors="replace")) - 2
        elif token.kind is Kind.NUMBER:
            size += len(token.text)
    if entry.sql_length > _WEIGHED:
        size = size * entry.sql_length // _WEIGHED
    return size if is_insert and not has_select else size * rows


def spent(entries: Iterable[Entry]) -> Spent | None:
    """What the statements of one transaction have used; None when there are none."""
    used: Spent | None = None
    for entry in entries:
        used = spent_with(used, entry)
    return used


def spent_with(used: Spent | None, entry: Entry) -> Spent | None:
    """`used` (None: nothing yet) and one more statement; an entry of another kind adds nothing."""
    if entry.event is not Event.STATEMENT:
        return used
    before = used or Spent(entry.started_s, 0, 0, 0, 0)
    changed, is_copied = changed_by(entry.outcome, entry.kind)
    return Spent(
        before.started_s,
        before.statements + (entry.kind is not StatementKind.BEGIN),
        before.rows + (0 if is_copied else changed),
        before.copied_rows + (changed if is_copied else 0),
        before.bytes_estimate + bytes_of(entry),
    )


@dataclass(frozen=True, slots=True)
class Gauge:
    """One limit and how much of it is used."""

    fraction: float
    short: str
    """`0:41`, `12 rows`; from NEAR on with the limit, `4:05 of 5:00`. Empty when there is nothing to say."""

    @property
    def is_near(self) -> bool:
        """Whether it is to be shown in amber."""
        return self.fraction >= NEAR


def gauges(used: Spent, now_s: float, age_limit_s: float = TRANSACTION_AGE_LIMIT_S) -> tuple[Gauge, Gauge, Gauge]:
    """Age, rows, bytes."""
    age = used.age_s(now_s)
    age_part = age / age_limit_s
    age_words = clock(age) + (_(" of {clock}").format(clock=clock(age_limit_s)) if age_part >= NEAR else "")
    row_part = used.changed_rows / TRANSACTION_ROW_LIMIT
    copied = (
        _(" ({copied_rows:,} by COPY)").format(copied_rows=used.copied_rows) if used.copied_rows and used.rows else ""
    )
    limit = (
        _(" of {transaction_row_limit:,}").format(transaction_row_limit=TRANSACTION_ROW_LIMIT)
        if row_part >= NEAR
        else ""
    )
    row_words = ""
    if used.changed_rows:
        count = 1 if used.changed_rows == 1 and not limit else 2
        row_words = ngettext("{changed:,}{limit} row{copied}", "{changed:,}{limit} rows{copied}", count).format(
            changed=used.changed_rows, limit=limit, copied=copied
        )
    byte_part = used.bytes_estimate / TRANSACTION_BYTE_LIMIT
    byte_words = ""
    if byte_part >= NEAR:
        byte_words = _("about {size_words} of {size_words_2}").format(
            size_words=size_words(used.bytes_estimate), size_words_2=size_words(TRANSACTION_BYTE_LIMIT)
        )
    return Gauge(age_part, age_words), Gauge(row_part, row_words), Gauge(byte_part, byte_words)


def usage_words(used: Spent, now_s: float, age_limit_s: float = TRANSACTION_AGE_LIMIT_S) -> tuple[str, str, str]:
    """All three with their limits, in full."""
    copied = _(" ({copied_rows:,} by COPY)").format(copied_rows=used.copied_rows) if used.copied_rows else ""
    return (
        _("{clock} of {clock_2}").format(clock=clock(used.age_s(now_s)), clock_2=clock(age_limit_s)),
        _("{changed_rows:,} of {transaction_row_limit:,} rows{copied}").format(
            changed_rows=used.changed_rows, transaction_row_limit=TRANSACTION_ROW_LIMIT, copied=copied
        ),
        _("about {size_words} of {size_words_2} (an estimate)").format(
            size_words=size_words(used.bytes_estimate), size_words_2=size_words(TRANSACTION_BYTE_LIMIT)
        ),
    )


def clock(seconds: float) -> str:
    """`0:41`, `12:05`."""
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes}:{rest:02d}"


def size_words(count: int) -> str:
    """`812 B`, `1.2 KiB`, `9.1 MiB`."""
    if count < 1024:
        return f"{count} B"
    if count < 1024 * 1024:
        return f"{count / 1024:.1f} KiB"
    return f"{count / 1024 / 1024:.1f} MiB"
