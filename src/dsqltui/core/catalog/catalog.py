"""The schema as completion knows it: schemas, relations with their columns, routines; one query of sql/catalog/."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import Enum
from itertools import groupby

from dsqltui.core.results.outcome import Row


class RelationKind(Enum):
    """What a relation is. The value is its word in `sql/catalog/complete.sql` and on the screen."""

    TABLE = "table"
    VIEW = "view"
    SEQUENCE = "sequence"


class RoutineKind(Enum):
    """What a routine is. The value is its word in `sql/catalog/complete.sql` and on the screen."""

    FUNCTION = "function"
    PROCEDURE = "procedure"


@dataclass(frozen=True, slots=True)
class CatalogColumn:
    """A column of a relation."""

    name: str
    type: str
    """As PostgreSQL writes it: `character varying(40)`."""


@dataclass(frozen=True, slots=True)
class NamedRelation:
    """A table, view or sequence. Names are as the server stores them, without quotes."""

    schema: str
    name: str
    kind: RelationKind
    columns: tuple[CatalogColumn, ...] = ()
    """In the order of the table; a sequence has none."""


@dataclass(frozen=True, slots=True)
class Routine:
    """A function or procedure; one for each list of arguments."""

    schema: str
    name: str
    kind: RoutineKind
    arguments: str = ""
    """Their names and types, as PostgreSQL writes them."""


@dataclass(frozen=True)
class Catalog:
    """Everything at one moment: all schemas of users (public among them) and sys, ordered by name."""

    schemas: tuple[str, ...] = ()
    relations: tuple[NamedRelation, ...] = ()
    routines: tuple[Routine, ...] = ()
    _by_name: dict[str, tuple[NamedRelation, ...]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        by_name: dict[str, tuple[NamedRelation, ...]] = {}
        for relation in self.relations:
            by_name[relation.name] = (*by_name.get(relation.name, ()), relation)
        object.__setattr__(self, "_by_name", by_name)

    def find(self, name: str, schema: str | None = None) -> NamedRelation | None:
        """The relation of that stored name. Without a schema the one in public, else the only one of that name."""
        found = self._by_name.get(name, ())
        wanted = [relation for relation in found if relation.schema == (schema or "public")]
        if wanted:
            return wanted[0]
        return found[0] if schema is None and len(found) == 1 else None


def catalog_of(rows: Iterable[Row]) -> Catalog:
    """The catalog from the rows of `sql/catalog/complete.sql`: schema, kind, relation, column, type, in its order.

    Kinds that it does not know are passed over.
    """
    schemas: dict[str, None] = {}
    relations: list[NamedRelation] = []
    routines: list[Routine] = []
    for (schema, kind, name), group in groupby(rows, key=lambda row: row[:3]):
        if schema is None:
            continue
        schemas[schema] = None
        if name is None:
            continue
        if kind in _RELATION_KINDS:
            columns = tuple(CatalogColumn(column, type_ or "") for *_, column, type_ in group if column is not None)
            relations.append(NamedRelation(schema, name, _RELATION_KINDS[kind], columns))
        elif kind in _ROUTINE_KINDS:
            routines.extend(Routine(schema, name, _ROUTINE_KINDS[kind], row[4] or "") for row in group)
    return Catalog(tuple(schemas), tuple(relations), tuple(routines))


_RELATION_KINDS: dict[str | None, RelationKind] = {kind.value: kind for kind in RelationKind}
_ROUTINE_KINDS: dict[str | None, RoutineKind] = {kind.value: kind for kind in RoutineKind}
