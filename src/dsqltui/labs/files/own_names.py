"""The names that each student of a class has for him- or herself: a schema and roles, with the student's name appended.

So thirty students do the same labs on one simulator or cluster. A lab says which names these are (`own`); they are
replaced in its SQL and checks, and where its texts have them as code.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from dsqltui.core.language import _

_NAME = re.compile(r"[a-z][a-z0-9_]{0,19}")
_INCLUDE = re.compile(r"\\include (sql/[a-z0-9_/]+\.sql)")
_SQL_KEYS = frozenset(
    "sql solution skeleton ways query of reset user iam_role value has text script"
    " script_a script_b solution_a solution_b".split()
)
_PROSE_KEYS = frozenset(["en", "ja"])


class StudentNameUnusable(ValueError):
    """The message is a sentence."""


def checked_student(name: str) -> str:
    """The name, fit to be part of a schema's. Raises StudentNameUnusable."""
    if not _NAME.fullmatch(name):
        told = _(
            "{name!r} cannot be a student's name: up to 20 lower-case letters, digits and underscores, a letter first"
        )
        raise StudentNameUnusable(told.format(name=name))
    return name


def owned(value: Any, names: Sequence[str], student: str, folder: str, key: str = "") -> Any:
    """A lab's TOML with the student's names in place of the shared ones; included files are those of `folder`."""
    if not names or not student:
        return value
    if isinstance(value, Mapping):
        return {name: owned(inner, names, student, folder, name) for name, inner in value.items()}
    if isinstance(value, list):
        return [owned(inner, names, student, folder, key) for inner in value]
    if not isinstance(value, str):
        return value
    if key in _SQL_KEYS:
        return _INCLUDE.sub(
            lambda found: f"\\include {folder}/{own_file(found[1], student)}", owned_sql(value, names, student)
        )
    if key in _PROSE_KEYS:
        pieces = value.split("`")
        pieces[1::2] = [owned_sql(piece, names, student) for piece in pieces[1::2]]
        return "`".join(pieces)
    return value


def owned_sql(sql: str, names: Sequence[str], student: str) -> str:
    """SQL with the student's names; part of a path is none of them, but for that of an IAM role."""
    words = "|".join(map(re.escape, names))
    return re.sub(rf"(?<![A-Za-z0-9_])(?:(?<!/)|(?<=:role/))({words})(?![A-Za-z0-9_/])", rf"\1_{student}", sql)


def own_file(path: str, student: str) -> str:
    """The name of a student's copy of an included file: `sql/rewards/ddl.sql` -> `ann-rewards-ddl.sql`."""
    return f"{student}-{path.removeprefix('sql/').replace('/', '-')}"


def included(sql: str) -> tuple[str, ...]:
    """The files that SQL includes: `sql/rewards/ddl.sql`."""
    return tuple(_INCLUDE.findall(sql))
