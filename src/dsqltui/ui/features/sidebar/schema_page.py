"""The schema tree: schemas and relations in one round trip; a relation's columns, and roles, when opened."""

from collections.abc import Iterator, Sequence

from dsqltui.core.catalog.relations import (
    Relation,
    RelationPart,
    RoleLine,
    count_sql,
    parts_of,
    quoted,
    relations_of,
    roles_of,
    schemas_of,
    top_rows_sql,
)
from dsqltui.core.language import N_, _
from dsqltui.ui.features.sidebar.page import Answer, ChooseColumns, CopyText, InsertName, Prefill
from dsqltui.ui.state.observers import Observers
from dsqltui.ui.widgets.line_list import ListLine

_ROLES = "roles"
_NO_INDEX = N_("No index begins with it: deleting a parent reads all rows. c writes the index.")
_CLOSED_AT_FIRST = frozenset({"sys"})


class SchemaPage:
    """Keys of lines: `schema:x`, `rel:OID`, `fn:OID`, `col:OID:name`, `con:OID:name`, `roles`, `role:name`."""

    title = N_("Schema")
    hint = N_("i name t rows n number d \\d c index")

    def __init__(self) -> None:
        self.is_stale = True
        self._is_loaded = False
        self._schemas: tuple[str, ...] = ()
        self._relations: tuple[Relation, ...] = ()
        self._parts: dict[int, tuple[RelationPart, ...]] = {}
        """Of the relations that are open."""
        self._roles: tuple[RoleLine, ...] | None = None
        """None while the roles are closed."""
        self._open_roles: set[str] = set()
        self._closed: set[str] = set(_CLOSED_AT_FIRST)

    async def load(self, observers: Observers, letter: str) -> None:
        """Names again, and the parts of what is open."""
        reader = await observers.reader(letter)
        rows = await reader.read("relations")
        self._schemas, self._relations = schemas_of(rows), relations_of(rows)
        known = {relation.oid for relation in self._relations if relation.kind != "f"}
        for oid in tuple(self._parts):
            if oid in known:
                self._parts[oid] = parts_of(await reader.read("relation_parts", oid=oid))
            else:
                del self._parts[oid]
        if self._roles is not None:
            self._roles = roles_of(await reader.read("roles"))
        self.is_stale, self._is_loaded = False, True

    def lines(self, filter_text: str) -> Sequence[ListLine]:
        """The tree; with a filter every relation whose name holds it, its schema open."""
        if not self._is_loaded:
            return ()  # a cursor that was put on what is last would stay there
        lines: list[ListLine] = []
        for schema in self._schemas:
            relations = [
                r for r in self._relations if r.schema == schema and filter_text in f"{schema}.{r.name}".lower()
            ]
            if filter_text and not relations:
                continue
            is_open = bool(filter_text) or schema not in self._closed
            sign = "▾" if is_open else "▸"
            lines.append(ListLine(f"schema:{schema}", ((f"{sign} {schema}", "head"), (f"  {len(relations)}", "quiet"))))
            if is_open:
                for relation in relations:
                    lines.extend(self._lines_of(relation))
        if not filter_text:
            lines.extend(self._lines_of_roles())
        return lines or [
            ListLine("", ((_("Nothing holds “{filter_text}”.").format(filter_text=filter_text), "quiet"),))
        ]

    def details(self, key: str) -> tuple[str, ...]:
        """What does not fit on the line."""
        relation = self._relation(key)
        if relation is None:
            role = next((r for r in self._roles or () if key == f"role:{r.name}"), None)
            return () if role is None else (_("role {name}").format(name=role.name), *role.arns, *role.grants)
        if key.startswith(("col:", "con:")):
            name = key.split(":", 2)[2]
            part = next((p for p in self._parts.get(relation.oid, ()) if p.name == name), None)
            if part is None:
                return ()
            told = (f"{relation.sql_name}.{quoted(name)}", part.definition)
            return (*told, _(_NO_INDEX)) if part.lacks_index else told
        if relation.kind == "f":
            return (_("function {sql_name}").format(sql_name=relation.sql_name), f"({relation.arguments})")
        rows = (
            _("never analysed")
            if relation.row_estimate is None
            else _("about {row_estimate:,} rows").format(row_estimate=relation.row_estimate)
        )
        return (f"{relation.word} {relation.sql_name}", rows if relation.kind == "r" else "")

    async def answer(self, action: str, key: str, observers: Observers, letter: str) -> Answer | None:
        """Open and close; write names and SQL."""
        relation = self._relation(key)
        if action == "choose":
            await self._toggle(key, relation, observers, letter)
            return None
        if relation is None:
            name = key.partition(":")[2]
            if name and action in ("insert_name", "copy_id"):
                return InsertName(quoted(name)) if action == "insert_name" else CopyText(quoted(name))
            if name and action == "describe":
                return Prefill(f"\\dt {quoted(name)}.*" if key.startswith("schema:") else f"\\du {quoted(name)}")
            return None
        column = key.split(":", 2)[2] if key.startswith("col:") else ""
        name = quoted(column) if column else relation.sql_name
        match action:
            case "insert_name":
                return InsertName(name)
            case "copy_id":
                return CopyText(name)
            case "describe":
                return Prefill(f"\\{'sf' if relation.kind == 'f' else 'd'} {relation.sql_name}")
            case "top_rows" if relation.kind != "f":
                return Prefill(top_rows_sql(relation))
            case "row_estimate" if relation.kind == "r":
                return Prefill(count_sql(relation))
            case "create_index" if (part := self._unindexed(key, relation)) is not None:
                return Prefill(part.index_sql(relation.sql_name))
            case "create_index" if relation.kind == "r":
                if relation.oid not in self._parts:
                    reader = await observers.reader(letter)
                    self._parts[relation.oid] = parts_of(await reader.read("relation_parts", oid=relation.oid))
                columns = tuple(p.name for p in self._parts[relation.oid] if p.what == "column")
                return ChooseColumns(relation.sql_name, columns)
        return None

    def _unindexed(self, key: str, relation: Relation) -> RelationPart | None:
        """The foreign key of the line, when it lacks an index."""
        name = key.split(":", 2)[2] if key.startswith("con:") else ""
        return next((p for p in self._parts.get(relation.oid, ()) if name and p.name == name and p.lacks_index), None)

    async def _toggle(self, key: str, relation: Relation | None, observers: Observers, letter: str) -> None:
        reader = await observers.reader(letter)
        if key.startswith("schema:"):
            self._closed ^= {key.partition(":")[2]}
        elif key == _ROLES:
            self._roles = roles_of(await reader.read("roles")) if self._roles is None else None
        elif key.startswith("role:"):
            self._open_roles ^= {key.partition(":")[2]}
        elif relation is not None and key.startswith("rel:"):
            if relation.oid in self._parts:
                del self._parts[relation.oid]
            else:
                self._parts[relation.oid] = parts_of(await reader.read("relation_parts", oid=relation.oid))

    def _relation(self, key: str) -> Relation | None:
        kind, _unused, rest = key.partition(":")
        if kind not in ("rel", "col", "con", "fn"):
            return None
        wanted = ("f" if kind == "fn" else "r", int(rest.partition(":")[0]))
        return next((relation for relation in self._relations if relation.key == wanted), None)

    def _lines_of(self, relation: Relation) -> Iterator[ListLine]:
        if relation.kind == "f":
            texts = (("ƒ ", "quiet"), (relation.name, "text"), (f"({relation.arguments})", "quiet"))
            yield ListLine(f"fn:{relation.oid}", texts, 1)
            return
        parts = self._parts.get(relation.oid)
        sign = {"r": "▸" if parts is None else "▾", "v": "◦", "S": "#"}.get(relation.kind, "?")
        rows = f"  ~{relation.row_estimate:,}" if relation.kind == "r" and relation.row_estimate is not None else ""
        word = "" if relation.kind == "r" else f"  {relation.word}"
        texts = ((f"{sign} ", "quiet"), (relation.name, "text"), (rows + word, "quiet"))
        count = relation.unindexed_keys
        lacking = (
            ((_("  {value} without index").format(value=f"{count} FKs" if count > 1 else "FK"), "failed"),)
            if count
            else ()
        )
        yield ListLine(f"rel:{relation.oid}", (*texts, *lacking), 1)
        for part in parts or ():
            if part.what == "column":
                sign = "⚿ " if part.is_key else "  "
                texts = ((sign, "good"), (part.name, "text"), (f"  {part.definition}", "quiet"))
                yield ListLine(f"col:{relation.oid}:{part.name}", texts, 2)
            else:
                sign, look = ("! ", "failed") if part.lacks_index else ("  ", "quiet")
                told = _("  no index") if part.lacks_index else ""
                line = ((sign, look), (part.name, "quiet"), (told, look), (f"  {part.definition}", "quiet"))
                yield ListLine(f"con:{relation.oid}:{part.name}", line, 2)

    def _lines_of_roles(self) -> Iterator[ListLine]:
        sign = "▸" if self._roles is None else "▾"
        yield ListLine(_ROLES, ((_("{sign} roles and grants").format(sign=sign), "head"),))
        for role in self._roles or ():
            is_open = role.name in self._open_roles
            mapped = f"  {len(role.arns)} IAM" if role.arns else ""
            login = "" if role.can_login else _("  no login")
            head = ((f"{'▾' if is_open else '▸'} ", "quiet"), (role.name, "text"), (mapped + login, "quiet"))
            yield ListLine(f"role:{role.name}", head, 1)
            if is_open:
                for number, text in enumerate((*role.arns, *role.grants)):
                    yield ListLine(f"grant:{role.name}:{number}", ((text, "quiet"),), 2)
