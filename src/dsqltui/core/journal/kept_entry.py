"""An entry of the journal as it may be written to a file: without what looks like a credential, wherever it stands."""

import dataclasses
import string
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from dsqltui.core.journal.journal import Entry
from dsqltui.core.results.errors import ServerError
from dsqltui.core.results.outcome import Column, Done, Lost, Notice, Outcome, Refused, Row, Rows
from dsqltui.core.secrets import HIDDEN, is_secret_name, secrets_in, spans_of_secrets, without_secrets

_SAID_OF_A_SECRET = frozenset({"", "t", "f", "true", "false", "yes", "no", "********", HIDDEN})
"""Values of a secret column that are none."""
_KEY_CHARACTERS = f"{string.ascii_letters}{string.digits}+/=_%.~-"
_CUT_WORD_LENGTH = 12

_LONGEST_TEXT = 50_000
"""Characters of a message, a notice or a value that are kept: a server may send megabytes of each."""

Clean = Callable[[str], str]
_T = TypeVar("_T", Rows, Done, Refused, Lost, ServerError, Notice)


def kept_entry(entry: Entry) -> Entry:
    """`entry` with everything hidden that must not be in a file: in SQL, results, errors, notices and notes.

    What is secret in the SQL is hidden in its outcome, too, however the server repeats it.
    """
    sql = without_secrets(entry.sql)
    repeated = secrets_in(entry.sql) if sql != entry.sql else []
    if entry.is_cut:
        sql = _without_cut_word(sql)

    def clean(text: str) -> str:
        if len(text) > _LONGEST_TEXT:
            text = _without_cut_word(text[:_LONGEST_TEXT] + "…")
        for secret in repeated:
            text = text.replace(secret, HIDDEN)
        return without_secrets(text)

    outcome = None if entry.outcome is None else _kept_outcome(entry.outcome, clean)
    return dataclasses.replace(entry, sql=sql, outcome=outcome, note=clean(entry.note))


def _kept_outcome(outcome: Outcome, clean: Clean) -> Outcome:
    match outcome:
        case Rows(columns=columns, rows=rows):
            names = tuple(dataclasses.replace(column, name=clean(column.name)) for column in columns)
            return dataclasses.replace(_texts(outcome, clean), columns=names, rows=kept_rows(columns, rows, clean))
        case Done():
            return _texts(outcome, clean)
        case Refused():
            return _texts(outcome, clean)
        case Lost():
            return _texts(outcome, clean)


def _texts(outcome: _T, clean: Clean) -> _T:
    """With every text of the outcome, of its error and of its notices cleaned."""
    changes: dict[str, Any] = {}
    for field in dataclasses.fields(outcome):
        value = getattr(outcome, field.name)
        if isinstance(value, str):
            changes[field.name] = clean(value)
        elif field.name == "notices":
            changes[field.name] = tuple(_cleaned(notice, clean) for notice in value)
        elif field.name == "error" and value is not None:
            changes[field.name] = _cleaned(value, clean)
    return dataclasses.replace(outcome, **changes)


def _cleaned(value: _T, clean: Clean) -> _T:
    texts: dict[str, Any] = {
        field.name: clean(text)
        for field in dataclasses.fields(value)
        if isinstance(text := getattr(value, field.name), str)
    }
    return dataclasses.replace(value, **texts)


def kept_rows(columns: Sequence[Column], rows: Sequence[Row], clean: Clean = without_secrets) -> tuple[Row, ...]:
    """Rows with what looks like a credential hidden, by the name of the column and by the look of its values.

    A column is also read as one text: a key file, or a script, may have a row for each line.
    """
    if not rows:
        return ()
    width = max(map(len, rows))
    secret = {at for at, column in enumerate(columns) if is_secret_name(column.name)}
    values = [[row[at] if at < len(row) else None for row in rows] for at in range(width)]
    kept = [_kept_column(column, clean, is_secret=at in secret) for at, column in enumerate(values)]
    return tuple(tuple(kept[at][number] for at in range(len(row))) for number, row in enumerate(rows))


def _kept_column(values: Sequence[str | None], clean: Clean, *, is_secret: bool) -> list[str | None]:
    texts = [value or "" for value in values]
    if len(texts) > 1:
        texts = _without_secrets_across(texts)
    kept: list[str | None] = []
    for value, text in zip(values, texts, strict=True):
        if value is None:
            kept.append(None)
        elif is_secret and value not in _SAID_OF_A_SECRET:
            kept.append(HIDDEN)
        else:
            cleaned = clean(text)
            kept.append(_without_cut_word(cleaned) if value.endswith("…") else cleaned)
    return kept


def _without_secrets_across(lines: Sequence[str]) -> list[str]:
    """Lines of one text, each without its part of the secrets."""
    spans = spans_of_secrets("\n".join(lines))
    if not spans:
        return list(lines)
    kept = []
    start = 0
    for line in lines:
        at, parts = 0, list[str]()
        for begin, end in spans:
            begin, end = max(begin - start, 0), min(end - start, len(line))
            if begin < end:
                parts += (line[at:begin], HIDDEN)
                at = end
        kept.append("".join((*parts, line[at:])))
        start += len(line) + 1
    return kept


def _without_cut_word(text: str) -> str:
    """A value that was cut may end in the first half of a key, which no shape tells any more."""
    body = text.removesuffix("…")
    start = len(body.rstrip(_KEY_CHARACTERS))
    word = body[start:]
    is_mixed = not word.islower() and not word.isupper() and any(char.isdigit() for char in word)
    if len(word) < _CUT_WORD_LENGTH or not is_mixed:
        return text
    return f"{body[:start]}{HIDDEN}{text[len(body) :]}"
