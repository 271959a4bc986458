"""The errors for values, rows and keys that are too large: PostgreSQL finds them by constraints of the simulator's own.

`sql/sim/code/3-sizes.sql` makes the constraints; their names say what is limited.
"""

from dsqltui.sim.pg.wire import PgError
from dsqltui.sim.rules.messages import KEY_TOO_LARGE, ROW_SIZE, VALUE_SIZE, VARCHAR_SIZE

_PROGRAM_LIMIT = "54000"


def size_error(error: PgError) -> PgError | None:
    """What Aurora DSQL says instead of PostgreSQL's error; None when it is about something else."""
    prefix, _, rest = error.fields.get("n", "").partition(":")
    if prefix == "dsqltui":
        kind, _, detail = rest.partition(":")
        if kind == "value":
            type_name = detail.split(":", maxsplit=1)[0]
            return VARCHAR_SIZE.error() if type_name == "varchar" else VALUE_SIZE.error(type=type_name)
        return (ROW_SIZE if kind == "row" else KEY_TOO_LARGE).error()
    if error.sqlstate == _PROGRAM_LIMIT and error.message.startswith("index row "):  # PostgreSQL's own limit of a key
        return KEY_TOO_LARGE.error()
    return None
