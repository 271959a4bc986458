"""Sequences and statistics objects: their options."""

from dsqltui.sim.messages import SEQUENCE_CACHE, STATISTICS_TARGET
from dsqltui.sim.rules.columns import accepts_cache
from dsqltui.sim.rules.reading import Reader, number

_HIGHEST_TARGET = 100


def refuse_create_sequence(reader: Reader) -> None:
    """Raise PgError for a sequence without a proper CACHE. The reader stands behind CREATE SEQUENCE."""
    if not accepts_cache(_options(reader)):
        raise SEQUENCE_CACHE.error()


def refuse_alter_sequence(reader: Reader) -> None:
    """Raise PgError for another CACHE than CREATE SEQUENCE takes. The reader stands behind ALTER SEQUENCE."""
    options = _options(reader)
    if "cache" in options and not accepts_cache(options):
        raise SEQUENCE_CACHE.as_guess().error()


def _options(reader: Reader) -> list[str]:
    """What stands behind the sequence's name."""
    reader.take("if", "not", "exists")
    reader.take("if", "exists")
    reader.names()
    return reader.words


def refuse_alter_statistics(reader: Reader) -> None:
    """Raise PgError for a target above 100. The reader stands behind ALTER STATISTICS."""
    if reader.skip_to("set", "statistics"):
        reader.take("set", "statistics")
        target = number(reader.word)
        if target is not None and target > _HIGHEST_TARGET:
            raise STATISTICS_TARGET.error(target=reader.word)
