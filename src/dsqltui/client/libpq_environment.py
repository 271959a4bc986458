"""What the environment would make of a connection behind our back, kept from libpq.

libpq takes from PG... variables whatever a connection string does not say, and some that it cannot say (PGSERVICE,
PGTZ). Set for psql on another database, they break a connection to Aurora DSQL, change what values look like, or check
less of TLS. A connection of ours is made of what it was told alone.
"""

import os
from collections.abc import Iterable

KEPT = "PGSSLROOTCERT"
"""The one that is used, as the AWS documentation tells people to set it: see `client.roots`."""
_BESIDE_THE_OPTIONS = frozenset(
    "PGSERVICE PGSERVICEFILE PGSYSCONFDIR PGDATESTYLE PGTZ PGGEQO PGREQUIRESSL PGPASSFILE PGREALM".split()
)
_set_at_start: dict[str, None] = {}


def forget() -> None:
    """Take libpq's variables out of this process's environment. Done before each connect: it costs nothing."""
    for name in _names():
        if os.environ.pop(name, None) is not None:
            _set_at_start[name] = None


def set_but_unused() -> tuple[str, ...]:
    """Variables of libpq that are, or were, in the environment; for telling a person."""
    return tuple(sorted({*_set_at_start, *(name for name in _names() if name in os.environ)}))


def _names() -> Iterable[str]:
    from psycopg import pq  # takes its time to import

    options = (option.envvar for option in pq.Conninfo.get_defaults() if option.envvar)
    return {name.decode() for name in options} - {KEPT} | _BESIDE_THE_OPTIONS
