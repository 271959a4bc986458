"""Sequences and statistics objects: their options."""

import itertools

from dsqltui.sim.rules.columns import refuse_cache
from dsqltui.sim.rules.messages import SEQUENCE_CACHE, SEQUENCE_TYPE, STATISTICS_TARGET
from dsqltui.sim.rules.reading import TokenReader, number

_HIGHEST_TARGET = 100
_BIGINT = frozenset({"bigint", "int8", "pg_catalog"})


def refuse_create_sequence(reader: TokenReader) -> None:
    """Raise PgError for a sequence without a proper CACHE, or of another type. The reader stands behind CREATE
    SEQUENCE."""
    options = _options(reader)
    refuse_cache(options, SEQUENCE_CACHE)
    _refuse_type(options)


def refuse_alter_sequence(reader: TokenReader) -> None:
    """Raise PgError for another CACHE than CREATE SEQUENCE takes. The reader stands behind ALTER SEQUENCE."""
    options = _options(reader)
    if "cache" in options:
        refuse_cache(options, SEQUENCE_CACHE.as_guess())
    _refuse_type(options)


def _refuse_type(options: list[str]) -> None:
    if any(word == "as" and following not in _BIGINT for word, following in itertools.pairwise(options)):
        raise SEQUENCE_TYPE.error()


def _options(reader: TokenReader) -> list[str]:
    """What stands behind the sequence's name."""
    reader.take("if", "not", "exists")
    reader.take("if", "exists")
    reader.names()
    return reader.words


def refuse_alter_statistics(reader: TokenReader) -> None:
    """Raise PgError for a target above 100. The reader stands behind ALTER STATISTICS."""
    if reader.skip_to("set", "statistics"):
        reader.take("set", "statistics")
        target = number(reader.word)
        if target is not None and target > _HIGHEST_TARGET:
            raise STATISTICS_TARGET.error(target=reader.word)
