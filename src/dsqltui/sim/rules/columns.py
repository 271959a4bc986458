"""Column definitions: a name, a type and what follows it, for CREATE TABLE and ALTER TABLE ADD COLUMN."""

from dataclasses import dataclass

from dsqltui.sim.rules.messages import (
    CACHE_SIZE,
    COLLATE,
    COMPRESSION,
    DEFERRABLE,
    IDENTITY_CACHE,
    IDENTITY_TYPE,
    Message,
)
from dsqltui.sim.rules.reading import TokenReader, number
from dsqltui.sim.rules.types import TypeName, read_type

_SMALLEST_CACHE = 65536


@dataclass(frozen=True, slots=True)
class ColumnDefinition:
    """A column definition."""

    name: str
    type: TypeName
    is_key: bool
    """Declared PRIMARY KEY or UNIQUE by itself."""
    is_primary: bool
    rest: TokenReader
    """Behind the type."""


def read_column(reader: TokenReader) -> ColumnDefinition | None:
    """The column definition the reader holds, None when it is none."""
    names = reader.names()
    named = read_type(reader) if len(names) == 1 else None
    if named is None:
        return None
    outer = reader.outer_words
    is_primary = "primary" in outer
    return ColumnDefinition(names[0], named, is_primary or "unique" in outer, is_primary, reader)


def refuse_cache(words: list[str], missing: Message) -> None:
    """Raise PgError unless a sequence's options say CACHE 1 or CACHE 65536 and more: `missing` when they say none.

    Source: AWS User Guide, sequences, 2026-09. A size that PostgreSQL refuses is left to it.
    """
    for index, word in enumerate(words[:-1]):
        size = number(words[index + 1]) if word == "cache" else None
        if size is not None:
            if 1 < size < _SMALLEST_CACHE:
                raise CACHE_SIZE.error(size=str(size))
            return
        if word == "cache" and words[index + 1] == "-":
            return
    raise missing.error()


def refuse_identity(column: ColumnDefinition) -> None:
    """Raise PgError for an identity column without a proper CACHE, or of another type than bigint."""
    rest = column.rest
    words = rest.words
    if not any(words[i : i + 2] == ["as", "identity"] for i in range(len(words))):
        return
    refuse_cache(words, IDENTITY_CACHE)
    if column.type.name != "bigint":
        raise IDENTITY_TYPE.error(type=column.type.shown)


def refuse_column_clauses(column: ColumnDefinition) -> None:
    """Raise PgError for COLLATE and COMPRESSION of a column."""
    words = column.rest.outer_words
    if "collate" in words:
        raise COLLATE.error()
    if words[:1] == ["compression"] or (words[:1] == ["storage"] and words[2:3] == ["compression"]):
        raise COMPRESSION.error()


def refuse_deferrable(words: list[str]) -> None:
    """Raise PgError when a constraint other than a foreign key is deferrable. The words are those of one element."""
    constraint = ""
    for index, word in enumerate(words):
        if word in ("primary", "unique", "references", "check"):
            constraint = word
        is_deferrable = word == "deferrable" and words[index - 1 : index] != ["not"]
        if (is_deferrable or words[index : index + 2] == ["initially", "deferred"]) and constraint in (
            "primary",
            "unique",
        ):
            raise DEFERRABLE.error()
