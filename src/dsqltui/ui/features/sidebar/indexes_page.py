"""Indexes: invalid ones first and loud, with the way out."""

from collections.abc import Callable, Sequence

from dsqltui.core.catalog.relations import (
    Index,
    drop_index_sql,
    explain_sql,
    indexes_of,
    parts_of,
    recreate_index_sql,
    wait_sql,
)
from dsqltui.core.language import N_, _
from dsqltui.ui.features.sidebar.page import Answer, ChooseColumns, CopyText, InsertName, PageSentence, Prefill
from dsqltui.ui.state.observers import Observers
from dsqltui.ui.widgets.line_list import ListLine


class IndexesPage:
    """Of all tables, or of those that the statement under the editor's cursor names."""

    title = N_("Indexes")
    hint = N_("m rebuild  x drop  e explain  c new")

    def __init__(self, statement: Callable[[], str]) -> None:
        """`statement` gives the text of the statement under the editor's cursor."""
        self.is_stale = True
        self.is_for_statement = False
        self._statement = statement
        self._indexes: tuple[Index, ...] = ()

    async def load(self, observers: Observers, letter: str) -> None:
        """All indexes with their jobs, in one round trip."""
        reader = await observers.reader(letter)
        self._indexes = indexes_of(await reader.read("indexes"))
        self.is_stale = False

    def named(self, name: str) -> Index | None:
        """By `schema.index`, unquoted, as sys.jobs writes it."""
        return next((index for index in self._indexes if f"{index.schema}.{index.name}" == name), None)

    def lines(self, filter_text: str) -> Sequence[ListLine]:
        """Table by table; invalid indexes on top, under a heading of their own."""
        chosen = [i for i in self._shown() if filter_text in f"{i.schema}.{i.table} {i.name} {i.columns}".lower()]
        lines: list[ListLine] = []
        heading = ""
        for index in chosen:
            table = f"{index.schema}.{index.table}"
            above = table if index.is_valid else _("not valid")
            if above != heading:
                heading = above
                lines.append(ListLine(f"head:{above}", ((above, "head"),), is_heading=True))
            lines.append(_line(index))
        if not lines:
            which = _("of this statement's tables") if self.is_for_statement else "here"
            return [ListLine("", ((_("No indexes {which}.").format(which=which), "quiet"),))]
        return lines

    def details(self, key: str) -> tuple[str, ...]:
        """Definition, validity, the job that built it, the way out."""
        index = self._index(key)
        if index is None:
            return ()
        lines = [
            index.definition
            if not index.is_primary
            else _("primary key ({columns}): the table itself").format(columns=index.columns)
        ]
        if index.is_building:
            lines.append(_("being built: the job is {job_state}").format(job_state=index.job_state))
        elif not index.is_valid:
            lines.append(_("NOT VALID: queries do not use it.  m: drop it and build it again,  x: drop it"))
        if index.job_id:
            lines.append(_("job {job_id}  {job_state}").format(job_id=index.job_id, job_state=index.job_state))
        if index.job_details:
            lines.append(index.job_details)
        return tuple(lines)

    async def answer(self, action: str, key: str, observers: Observers, letter: str) -> Answer | None:
        """Write SQL for the editor."""
        if action == "this_table":
            self.is_for_statement = not self.is_for_statement
            return PageSentence(
                _("Indexes of the statement's tables.") if self.is_for_statement else _("Indexes of all tables.")
            )
        index = self._index(key)
        if index is None:
            return None
        match action:
            case "drop_index" | "recreate_index" if index.is_primary:
                return PageSentence(
                    _("That is the primary key: on Aurora DSQL it is the table itself and cannot be dropped.")
                )
            case "drop_index":
                return Prefill(drop_index_sql(index))
            case "recreate_index":
                return Prefill(recreate_index_sql(index))
            case "explain_index":
                return Prefill(explain_sql(index))
            case "describe" | "choose":
                return Prefill(f"\\d {index.table_name}")
            case "insert_name":
                return InsertName(index.sql_name)
            case "copy_id":
                return CopyText(index.job_id or index.sql_name)
            case "wait_for_job" if not index.job_id:
                return PageSentence(_("sys.jobs no longer knows the job that built this index."))
            case "wait_for_job":
                return Prefill(wait_sql(index.job_id))
            case "create_index":
                reader = await observers.reader(letter)
                parts = parts_of(await reader.read("relation_parts", oid=index.table_oid))
                return ChooseColumns(index.table_name, tuple(p.name for p in parts if p.what == "column"))
        return None

    def _shown(self) -> tuple[Index, ...]:
        if not self.is_for_statement:
            return self._indexes
        said = self._statement().lower()
        return tuple(i for i in self._indexes if i.table.lower() in said)

    def _index(self, key: str) -> Index | None:
        return next((index for index in self._indexes if str(index.oid) == key), None)


def _line(index: Index) -> ListLine:
    kind = _("key ") if index.is_primary else _("uniq ") if index.is_unique else ""
    if index.is_building:
        sign, look = "▸ ", "running"
    elif not index.is_valid:
        sign, look = "✗ ", "failed"
    else:
        sign, look = "  ", "text"
    includes = f" +({index.includes})" if index.includes and not index.is_primary else ""
    return ListLine(
        str(index.oid),
        ((sign, look), (index.name, look), (f" {kind}({index.columns}){includes}", "quiet")),
    )
