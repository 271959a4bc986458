"""All shadows of one transaction: making them, and what names mean beside them."""

import json
from collections.abc import Iterable
from dataclasses import replace

from dsqltui.core.lexer import quote_identifier as ident
from dsqltui.core.lexer import quote_literal as literal
from dsqltui.sim.analysis import Analysis, Name, analyse
from dsqltui.sim.backend import FAILED, Backend
from dsqltui.sim.catalog import Catalog
from dsqltui.sim.functions import SqlFunction, call_replacements
from dsqltui.sim.rewrite import Replacement, Rewritten, ShadowNames, replaced, shadow_replacements, with_shadows
from dsqltui.sim.shadow import (
    FORGET_PLANS,
    WITH_EVENT_TRIGGERS,
    WITHOUT_EVENT_TRIGGERS,
    Relation,
    Shadow,
    take_over,
    take_over_columns,
)


class ShadowSet:
    """The owner holds the backend while it calls a method that waits."""

    def __init__(self, backend: Backend, role: str, catalog: Catalog) -> None:
        self._backend = backend
        self._role = role
        self._catalog = catalog
        self.tables: dict[tuple[str, str], Shadow] = {}
        """By schema and table."""
        self.names: ShadowNames = {}
        """Of the tables' shadows and those of views that read them."""
        self.oids: dict[int, int] = {}
        """A copy's oid -> that of the table or view."""
        self._clones: dict[SqlFunction, str] = {}
        """Functions that are called as clones, which work on the shadows, and the clones' bodies."""
        self._client_path: str | None = None
        """The client's search path while names mean the tables, not their shadows."""

    def __bool__(self) -> bool:
        return bool(self.names)

    # -- asked

    def has(self, schema: str | None, name: str) -> bool:
        """Whether the relation of that name has a shadow."""
        return (schema, name) in self.names if schema is not None else name in self._on_path()

    def _on_path(self) -> frozenset[str]:
        """Relations whose shadows have the same name: the search path finds these first."""
        return frozenset(shadow for (_, relation), shadow in self.names.items() if relation == shadow)

    def real_names(self, text: str) -> str:
        """`text` of an error with the names of tables and indexes for those that shadows off the search path have."""
        for shadow in self.tables.values():
            relation = shadow.relation
            if shadow.name != relation.name:
                for name in (relation.name, *(index.name for index in relation.unique_indexes)):
                    text = text.replace(f"{relation.schema}.{name}", name)
        return text

    def real_schema(self, relation: str) -> str | None:
        """The schema of the table behind a shadow of that name, for error fields."""
        return next((s for (s, name), shadow in self.names.items() if relation in (name, shadow)), None)

    def rewrite(self, sql: str, analysis: Analysis) -> Rewritten:
        """The text PostgreSQL gets, so that written tables mean their shadows and the catalog tells of the tables."""
        use = analysis.catalog_use
        if not self.names:
            return Rewritten(sql) if use is None else replaced(sql, use.shown)
        found = shadow_replacements(analysis.qualified, self.names)
        if self._clones:
            found += call_replacements(sql, frozenset(function.name for function in self._clones))
        if use is not None:
            found += use.shown
            oids = literal(json.dumps(self.oids))
            for start, end in use.tableoids:
                found += [Replacement(start, start, "pg_dsqltui.tableoid("), Replacement(end, end, f", {oids})")]
        if use is not None and self._needs_tables(analysis):
            on_path = self._on_path()
            found += [
                Replacement(place.start, place.end, f"pg_temp.{ident(place.name)}")
                for place in use.places
                if place.name in on_path
            ]
        return replaced(sql, found)

    # -- what names mean

    def _needs_tables(self, analysis: Analysis) -> bool:
        """Whether names in the statement are to mean the tables. Those of relations it reads are made explicit then."""
        use = analysis.catalog_use
        if use is None or not self.names:
            return False
        return use.is_clear(self._on_path(), self._catalog.functions.names, analysis.calls)

    def must_look(self, analysis: Analysis) -> bool:
        """Whether `look` has to be called before the statement."""
        return self._needs_tables(analysis) != (self._client_path is not None) or bool(self._missing_clones(analysis))

    async def look(self, analysis: Analysis) -> None:
        """Let names mean what the statement needs. The client's unnamed statement may be gone then."""
        if self._backend.status == FAILED:
            return
        clones = self._missing_clones(analysis)
        if clones:
            await self._as_superuser("; ".join(function.clone(body) for function, body in clones.items()))
            self._clones |= clones
        await self._look_at(tables=self._needs_tables(analysis))

    def _missing_clones(self, analysis: Analysis) -> dict[SqlFunction, str]:
        if not self.names or not analysis.calls:
            return {}
        wanted = self._catalog.functions.clones_for(analysis.calls, self.names)
        return {function: body for function, body in wanted.items() if self._clones.get(function) != body}

    def drop_clones(self) -> list[str]:
        """What to run before COMMIT, which would keep them."""
        return [function.drop_clone() for function in self._clones]

    async def look_at_tables(self) -> None:
        """Let names mean the tables, to find one by its name."""
        if self.names:
            await self._look_at(tables=True)

    async def _look_at(self, *, tables: bool) -> None:
        """pg_temp is searched last while tables are looked at."""
        if tables == (self._client_path is not None):
            return
        if tables:
            path = (await self._backend.ask("SELECT current_setting('search_path')"))[0][0] or '""'
            await self._backend.ask(f"SELECT pg_dsqltui.look_at({literal(path + ', pg_temp')})")
            self._client_path = path
        else:
            path, self._client_path = self._client_path or "", None
            await self._backend.ask(f"SELECT pg_dsqltui.look_at({literal(path)})")

    async def path_changed(self) -> None:
        """The client set another search path: shadows take the names under which it finds their tables now."""
        if not self.names:
            return
        await self._look_at(tables=True)
        scripts: list[str] = []
        for (schema, name), shadow in sorted(self.names.items(), key=lambda item: item[0][1] != item[1]):
            is_found = await self._is_on_path(schema, name)  # first those that give up their table's name
            new = name if is_found else f"{schema}.{name}"
            if new == shadow:
                continue
            self.names[schema, name] = new
            scripts.append(f"ALTER TABLE pg_temp.{ident(shadow)} RENAME TO {ident(new)}")
            if (schema, name) in self.tables:
                table = self.tables[schema, name]
                self.tables[schema, name] = renamed = replace(table, name=new)
                scripts += [
                    f"ALTER INDEX pg_temp.{ident(table.index_name(index))} RENAME TO {ident(renamed.index_name(index))}"
                    for index in table.relation.unique_indexes
                ]
        if scripts:
            await self._as_superuser("; ".join((*scripts, FORGET_PLANS)))

    async def _is_on_path(self, schema: str, name: str) -> bool:
        """Whether the search path finds this relation by its name alone. Tables are looked at."""
        full = literal(f"{ident(schema)}.{ident(name)}")
        rows = await self._backend.ask(f"SELECT to_regclass({literal(ident(name))}) = to_regclass({full})")
        return rows[0][0] == "t"

    # -- made

    async def copy(self, relation: Relation) -> None:
        """Make the shadow of a table, and those of its family: foreign keys must hold among the copies too."""
        made = [await self._copy_one(relation)]
        for schema, name in relation.family:
            member = await self._catalog.relation(self._backend, schema, name)
            if member is not None and (schema, name) not in self.names:
                made.append(await self._copy_one(member))
        keys = [sql for shadow in made for sql in shadow.foreign_keys(self.names)]
        if keys:
            await self._as_superuser("; ".join((WITHOUT_EVENT_TRIGGERS, *keys, WITH_EVENT_TRIGGERS)))

    async def _copy_one(self, relation: Relation) -> Shadow:
        await self.look_at_tables()
        is_found = await self._is_on_path(relation.schema, relation.name)
        shadow = Shadow(relation, relation.name if is_found else f"{relation.schema}.{relation.name}")
        ((oid, cmin),) = await self._as_superuser(shadow.create())
        shadow = replace(shadow, copied_cmin=cmin)
        where = relation.schema, relation.name
        self.tables[where] = shadow
        self.names[where] = shadow.name
        self.oids[int(oid or 0)] = int(relation.oid)
        for schema, view in relation.dependent_views:
            if (schema, view) not in self.names:
                await self._copy_view(schema, view)
        return shadow

    async def _copy_view(self, schema: str, view: str) -> None:
        """A temporary view with the same text, so that the view reads the shadows."""
        await self.look_at_tables()
        full = literal(f"{ident(schema)}.{ident(view)}")
        name = view if await self._is_on_path(schema, view) else f"{schema}.{view}"
        ((oid, definition),) = await self._backend.query(
            f"SELECT {full}::regclass::oid, pg_get_viewdef({full}::regclass)"
        )
        text = (definition or "").rstrip(";")
        await self._look_at(tables=False)
        copy = f"pg_temp.{ident(name)}"
        script = (
            f"CREATE TEMP VIEW {ident(name)} AS {with_shadows(text, analyse(text).qualified, self.names).text}",
            take_over(copy, oid or "0"),
            take_over_columns(copy, oid or "0"),
            FORGET_PLANS,
            f"SELECT {literal(copy)}::regclass::oid",
        )
        ((made,),) = await self._as_superuser("; ".join(script))
        self.names[schema, view] = name
        self.oids[int(made or 0)] = int(oid or 0)

    def missing(self, names: Iterable[Name]) -> list[Name]:
        """Those of the names that may stand for a relation without its shadow."""
        return [name for name in names if not self.has(*name)]

    async def _as_superuser(self, sql: str) -> list[tuple[str | None, ...]]:
        return await self._backend.query_as_superuser(sql, self._role)
