"""The SQL of a shadow: the private copy of a table on which a transaction goes on where PostgreSQL would stop it.

Somebody has committed a change of a row that the transaction changes too. Aurora DSQL says so at COMMIT; until then the
transaction goes on in its snapshot, with temporary tables of the same names, which PostgreSQL finds first. They have
the triggers of their tables, so that what is done to them is known. All of this runs as the relation's owner.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from dsqltui.core.sql.lexer import quote_identifier as ident
from dsqltui.core.sql.lexer import quote_literal as literal
from dsqltui.sim.sql.relation import StoredRelation, UniqueIndex

FORGET_PLANS = "DISCARD PLANS"
"""Prepared statements are planned anew: a new temporary relation does not invalidate their plans by itself."""


def grants(copy: str, relation: StoredRelation) -> list[str]:
    """Commands that give a copy the privileges of its relation. They come last: the owner may have none."""
    given = [f"GRANT {_on(privilege, copy)} TO {grantee}" for privilege, grantee in relation.grants]
    if not relation.has_acl:
        return given
    return [f"REVOKE ALL ON {copy} FROM CURRENT_USER", *given]


def _on(privilege: str, copy: str) -> str:
    return f"{privilege} ON {copy}"


@dataclass(frozen=True, slots=True)
class Shadow:
    """A relation and the private copy of it one transaction works on."""

    relation: StoredRelation
    name: str
    """The copy's name in pg_temp: the relation's own where the search path finds it, else `schema.name`."""

    @property
    def full_name(self) -> str:
        return f"pg_temp.{ident(self.name)}"

    def index_name(self, index: UniqueIndex) -> str:
        """The copy's: the same, so that errors and ON CONFLICT ON CONSTRAINT name it, where the copy's name is."""
        return index.name if self.name == self.relation.name else f"{self.relation.schema}.{index.name}"

    def create(self) -> list[str]:
        """The commands that make and fill the copy."""
        table, copy = self.relation.full_name, self.full_name
        out = [
            f"CREATE TEMPORARY TABLE {ident(self.name)} (LIKE {table} INCLUDING DEFAULTS INCLUDING CONSTRAINTS "
            "INCLUDING GENERATED INCLUDING IDENTITY) ON COMMIT DROP"
        ]
        columns = self.relation.column_list
        if columns:
            out.append(f"INSERT INTO {copy} ({columns}) OVERRIDING SYSTEM VALUE SELECT {columns} FROM {table}")
        else:
            out.append(f"INSERT INTO {copy} SELECT FROM {table}")
        for index in self.relation.unique_indexes:
            name = ident(self.index_name(index))
            out.append(f"CREATE UNIQUE INDEX {name} ON {copy} USING {index.definition}")
            if index.is_constraint:
                kind = "PRIMARY KEY" if index.is_primary else "UNIQUE"
                out.append(f"ALTER TABLE {copy} ADD CONSTRAINT {name} {kind} USING INDEX {name}")
        return out

    @property
    def identities(self) -> list[tuple[str, str]]:
        """(column, sequence of the table) of identity columns: the copy's sequence begins behind the table's."""
        return [(c.name, c.identity_sequence) for c in self.relation.columns if c.identity_sequence is not None]

    def restart(self, column: str, value: str) -> str:
        """The command that lets the copy's identity column begin there."""
        return f"ALTER TABLE {self.full_name} ALTER COLUMN {ident(column)} RESTART WITH {int(value)}"

    def foreign_keys(self, names: Mapping[tuple[str, str], str]) -> list[str]:
        """Statements that give the copy its foreign keys; `names` are the copies of the parents.

        NOT VALID: the rows copied fulfil them already.
        """
        out = []
        for key in self.relation.foreign_keys:
            rules = key.rules.removesuffix(" NOT VALID")
            out.append(
                f"ALTER TABLE {self.full_name} ADD CONSTRAINT {ident(key.name)} {key.columns} "
                f"REFERENCES pg_temp.{ident(names[key.parent])}{rules} NOT VALID"
            )
        return out


def next_value(sequence: str) -> str:
    """The query for a value of a sequence, which nobody else gets then."""
    return f"SELECT pg_catalog.nextval({literal(sequence)})"
