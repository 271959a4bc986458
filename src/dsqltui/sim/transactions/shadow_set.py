"""All shadows of one transaction: making them, and what names mean beside them."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace

from dsqltui.core.sql.lexer import quote_identifier as ident
from dsqltui.core.sql.lexer import quote_literal as literal
from dsqltui.sim.pg.backend import FAILED, Backend
from dsqltui.sim.pg.changes import TableChanges
from dsqltui.sim.sql.analysis import Analysis, Name, analyse
from dsqltui.sim.sql.functions import SqlFunction, call_replacements
from dsqltui.sim.sql.relation import StoredRelation
from dsqltui.sim.sql.rewrite import Replacement, Rewritten, ShadowNames, replaced, shadow_replacements, with_shadows
from dsqltui.sim.transactions.acting import Acting
from dsqltui.sim.transactions.redo import onto_copy
from dsqltui.sim.transactions.relation_cache import RelationCache
from dsqltui.sim.transactions.shadow import FORGET_PLANS, Shadow, grants, next_value


class ShadowSet:
    """The owner holds the backend while it calls a method that waits."""

    def __init__(self, backend: Backend, catalog: RelationCache, acting: Acting) -> None:
        self._backend = backend
        self._catalog = catalog
        self._acting = acting
        self.tables: dict[tuple[str, str], Shadow] = {}
        """By schema and table."""
        self.names: ShadowNames = {}
        """Of the tables' shadows and those of views that read them."""
        self._owners: dict[tuple[str, str], str] = {}
        """Oids of the roles that own the copies."""
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

    def rewrite(self, sql: str, analysis: Analysis, more: tuple[Replacement, ...] = ()) -> Rewritten:
        """The text PostgreSQL gets, so that written tables mean their shadows and the catalog tells of the tables; with
        `more` replaced too."""
        use = analysis.catalog_use
        if not self.names:
            return Rewritten(sql) if use is None and not more else replaced(sql, [*(use.shown if use else ()), *more])
        found = [*shadow_replacements(analysis.qualified, self.names), *more]
        if self._clones:
            found += call_replacements(sql, frozenset(function.name for function in self._clones))
        if use is not None:
            found += use.shown
            oids = literal(json.dumps(self.oids))
            for start, end in use.tableoids:
                found += [Replacement(start, start, "pg_dsqltui_shown.tableoid("), Replacement(end, end, f", {oids})")]
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
        if self._backend.status == FAILED or not self.names:
            return
        clones = self._missing_clones(analysis)
        if clones:
            for function, body in clones.items():
                await self._acting.run(function.owner_oid, *function.clone(body))
            self._clones |= clones
        await self._look_at(tables=self._needs_tables(analysis))

    def _missing_clones(self, analysis: Analysis) -> dict[SqlFunction, str]:
        if not self.names or not analysis.calls:
            return {}
        wanted = self._catalog.functions.clones_for(analysis.calls, self.names)
        return {function: body for function, body in wanted.items() if self._clones.get(function) != body}

    async def look_at_tables(self) -> None:
        """Let names mean the tables, to find one by its name."""
        if self.names:
            await self._look_at(tables=True)

    async def _look_at(self, *, tables: bool) -> None:
        """pg_temp is searched last while tables are looked at."""
        if tables == (self._client_path is not None):
            return
        if tables:
            path = (await self._backend.ask("SELECT pg_catalog.current_setting('search_path')"))[0][0] or '""'
            await self._set_path(path + ", pg_temp")
            self._client_path = path
        else:
            path, self._client_path = self._client_path or "", None
            await self._set_path(path)

    async def _set_path(self, path: str) -> None:
        await self._backend.ask(f"SELECT pg_catalog.set_config('search_path', {literal(path)}, true)")

    async def path_changed(self) -> None:
        """The client set another search path: shadows take the names under which it finds their tables now."""
        if not self.names:
            return
        await self._look_at(tables=True)
        for (schema, name), shadow in sorted(self.names.items(), key=lambda item: item[0][1] != item[1]):
            is_found = await self._is_on_path(schema, name)  # first those that give up their table's name
            new = name if is_found else f"{schema}.{name}"
            if new == shadow:
                continue
            self.names[schema, name] = new
            commands = [f"ALTER TABLE pg_temp.{ident(shadow)} RENAME TO {ident(new)}"]
            if (schema, name) in self.tables:
                table = self.tables[schema, name]
                self.tables[schema, name] = renamed = replace(table, name=new)
                commands += [
                    f"ALTER INDEX pg_temp.{ident(table.index_name(index))} RENAME TO {ident(renamed.index_name(index))}"
                    for index in table.relation.unique_indexes
                ]
            await self._acting.run(self._owners[schema, name], *commands)
        await self._backend.ask(FORGET_PLANS)

    async def _is_on_path(self, schema: str, name: str) -> bool:
        """Whether the search path finds this relation by its name alone. Tables are looked at."""
        full = literal(f"{ident(schema)}.{ident(name)}")
        rows = await self._backend.ask(
            f"SELECT pg_catalog.to_regclass({literal(ident(name))})::pg_catalog.oid "
            f"OPERATOR(pg_catalog.=) pg_catalog.to_regclass({full})::pg_catalog.oid"
        )
        return rows[0][0] == "t"

    # -- made

    async def copy(self, relation: StoredRelation, changes: Mapping[str, TableChanges]) -> None:
        """Make the shadow of a table, and those of its family: foreign keys must hold among the copies too.

        `changes` are what the transaction did before, by the tables' oids; the copies have it.
        """
        made = [await self._copy_one(relation, changes)]
        for schema, name in relation.family:
            member = await self._catalog.relation(schema, name)
            if member is not None and (schema, name) not in self.names:
                made.append(await self._copy_one(member, changes))
        for shadow in made:
            owner = shadow.relation.owner_oid
            await self._acting.run(owner, *grants(shadow.full_name, shadow.relation))
        for shadow in made:
            await self._acting.run(shadow.relation.owner_oid, *shadow.foreign_keys(self.names))
        for shadow in made:
            for schema, view in shadow.relation.dependent_views:
                if (schema, view) not in self.names:
                    await self._copy_view(schema, view)
        await self._backend.ask(FORGET_PLANS)

    async def _copy_one(self, relation: StoredRelation, changes: Mapping[str, TableChanges]) -> Shadow:
        await self.look_at_tables()
        is_found = await self._is_on_path(relation.schema, relation.name)
        shadow = Shadow(relation, relation.name if is_found else f"{relation.schema}.{relation.name}")
        owner = relation.owner_oid
        await self._acting.run(owner, *shadow.create())
        for step in onto_copy(relation, shadow.full_name, changes.get(relation.oid, TableChanges())):
            await self._acting.run(owner, step.command, argument=step.argument)
        for column, sequence in shadow.identities:
            value = await self._acting.run(owner, next_value(sequence))
            await self._acting.run(owner, shadow.restart(column, value or "1"))
        oid = await self._made(relation, shadow.name)
        await self._backend.ask(
            f"SELECT pg_dsqltui_act.capture_copy($1, {relation.oid}::pg_catalog.oid, {oid}::pg_catalog.oid)",
            self._acting.word_for("copies"),
        )
        self._backend.drain_notices()
        self.tables[relation.schema, relation.name] = shadow
        return shadow

    async def _made(self, relation: StoredRelation, name: str) -> int:
        where = relation.schema, relation.name
        copy = literal(f"pg_temp.{ident(name)}")
        ((oid,),) = await self._backend.ask(f"SELECT pg_catalog.to_regclass({copy})::pg_catalog.oid")
        self.names[where] = name
        self._owners[where] = relation.owner_oid
        self.oids[int(oid or 0)] = int(relation.oid)
        return int(oid or 0)

    async def _copy_view(self, schema: str, view: str) -> None:
        """A temporary view with the same text, so that the view reads the shadows."""
        await self.look_at_tables()
        relation = await self._catalog.relation(schema, view)
        if relation is None:
            return
        name = view if await self._is_on_path(schema, view) else f"{schema}.{view}"
        text = await self._catalog.view_text(relation.oid)
        options = f" WITH ({', '.join(relation.options)})" if relation.options else ""
        columns = ", ".join(ident(column.name) for column in relation.columns)
        copied = with_shadows(text, analyse(text).qualified, self.names).text
        await self._acting.run(
            relation.owner_oid,
            f"CREATE TEMPORARY VIEW {ident(name)} ({columns}){options} AS {copied}",
            *grants(f"pg_temp.{ident(name)}", relation),
        )
        await self._made(relation, name)

    def missing(self, names: Iterable[Name]) -> list[Name]:
        """Those of the names that may stand for a relation without its shadow."""
        return [name for name in names if not self.has(*name)]
