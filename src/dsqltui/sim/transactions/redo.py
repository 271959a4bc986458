"""SQL that does again in a table what a transaction did there, from the images of its rows.

All of it runs as the table's owner, with `pg_catalog, pg_temp` as its search path. `$1` is a JSON list of images.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass

from dsqltui.core.sql.lexer import quote_identifier as ident
from dsqltui.sim.pg.changes import TableChanges
from dsqltui.sim.sql.relation import StoredRelation


@dataclass(frozen=True, slots=True)
class RedoStep:
    """One command, and its argument."""

    relation: StoredRelation
    command: str
    argument: str


def redo(relations: Iterable[StoredRelation], changes: dict[str, TableChanges]) -> list[RedoStep]:
    """The steps, in an order that foreign keys allow: rows come parents first, and go children first.

    Values of further unique keys may have gone from one row to another: where nothing refers to rows, all that were
    changed go first.
    """
    ordered = _parents_first([relation for relation in relations if relation.oid in changes])
    steps: list[RedoStep] = []
    for relation in ordered:
        if _may_go_first(relation):
            steps += _delete(relation, relation.full_name, changes[relation.oid].images_before())
    for relation in ordered:
        if _may_go_first(relation):
            steps += _insert(relation, relation.full_name, changes[relation.oid].images_after())
        else:
            steps += _arriving(relation, relation.full_name, changes[relation.oid])
    for relation in reversed(ordered):
        if not _may_go_first(relation):
            steps += _leaving(relation, relation.full_name, changes[relation.oid])
    return steps


def _may_go_first(relation: StoredRelation) -> bool:
    return bool(relation.key) and len(relation.unique_indexes) > 1 and not relation.is_referenced


def onto_copy(relation: StoredRelation, copy: str, changes: TableChanges) -> list[RedoStep]:
    """The steps that bring a copy of the snapshot to where the transaction is."""
    if not relation.key:
        return [*_leaving(relation, copy, changes), *_arriving(relation, copy, changes)]
    touched = [state.image for state in changes.rows.values()]
    return [*_delete(relation, copy, touched), *_insert(relation, copy, changes.images_after())]


def _arriving(relation: StoredRelation, table: str, changes: TableChanges) -> list[RedoStep]:
    if not relation.key:
        return _insert(relation, table, list(changes.inserted.elements()))
    return [
        *_update(relation, table, changes.images(was_there=True, is_there=True)),
        *_insert(relation, table, changes.images(was_there=False, is_there=True)),
    ]


def _leaving(relation: StoredRelation, table: str, changes: TableChanges) -> list[RedoStep]:
    if not relation.key:
        return _delete_whole(relation, table, list(changes.deleted.elements()))
    return _delete(relation, table, changes.images(was_there=True, is_there=False))


def _images(relation: StoredRelation) -> str:
    return (
        f"SELECT (g.r).* FROM (SELECT v.value::{relation.full_name} AS r "
        "FROM pg_catalog.json_array_elements_text($1::pg_catalog.json) AS v OFFSET 0) AS g"
    )


def _same_key(relation: StoredRelation) -> str:
    return " AND ".join(f"t.{ident(column)} = i.{ident(column)}" for column in relation.key)


def _insert(relation: StoredRelation, table: str, images: list[str]) -> list[RedoStep]:
    columns = relation.column_list
    if columns:
        command = (
            f"INSERT INTO {table} ({columns}) OVERRIDING SYSTEM VALUE SELECT {columns} FROM ({_images(relation)}) AS i"
        )
    else:
        command = f"INSERT INTO {table} SELECT FROM pg_catalog.json_array_elements_text($1::pg_catalog.json)"
    return _step(relation, command, images)


def _update(relation: StoredRelation, table: str, images: list[str]) -> list[RedoStep]:
    changed = [column for column in relation.columns if not column.is_generated and column.identity != "a"]
    if not changed:
        return []
    values = ", ".join(f"{ident(column.name)} = i.{ident(column.name)}" for column in changed)
    command = f"UPDATE {table} AS t SET {values} FROM ({_images(relation)}) AS i WHERE {_same_key(relation)}"
    return _step(relation, command, images)


def _delete(relation: StoredRelation, table: str, images: list[str]) -> list[RedoStep]:
    command = f"DELETE FROM {table} AS t USING ({_images(relation)}) AS i WHERE {_same_key(relation)}"
    return _step(relation, command, images)


def _delete_whole(relation: StoredRelation, table: str, images: list[str]) -> list[RedoStep]:
    """Rows without a key: as many of the equal ones as were deleted."""
    command = (
        f"DELETE FROM {table} WHERE ctid IN (SELECT b.place FROM "
        "(SELECT x.ctid AS place, x::text AS image, row_number() OVER (PARTITION BY x::text ORDER BY x.ctid) AS n "
        f"FROM {table} AS x) AS b JOIN (SELECT v.value AS image, row_number() OVER (PARTITION BY v.value) AS n "
        "FROM pg_catalog.json_array_elements_text($1::pg_catalog.json) AS v) AS d USING (image, n))"
    )
    return _step(relation, command, images)


def _step(relation: StoredRelation, command: str, images: list[str]) -> list[RedoStep]:
    return [RedoStep(relation, command, json.dumps(images))] if images else []


def _parents_first(relations: list[StoredRelation]) -> list[StoredRelation]:
    """Tables after those that their foreign keys refer to; among those of a circle any order."""
    ordered: list[StoredRelation] = []
    left = {(relation.schema, relation.name): relation for relation in relations}

    def place(where: tuple[str, str]) -> None:
        relation = left.pop(where, None)
        if relation is not None:
            for key in relation.foreign_keys:
                place(key.parent)
            ordered.append(relation)

    for where in list(left):
        place(where)
    return ordered
