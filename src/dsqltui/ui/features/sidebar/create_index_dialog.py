"""The columns of a new index, chosen by keys; what comes out is SQL for the editor."""

from collections.abc import Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from dsqltui.core.catalog.relations import create_index_sql
from dsqltui.core.language import _
from dsqltui.core.text.safe_text import one_line
from dsqltui.ui.dialogs.base import Dialog
from dsqltui.ui.keys.keymap import KeyScope, bindings
from dsqltui.ui.widgets.line_list import LineList, ListLine

KEY_COLUMN_LIMIT = 8
"""Columns of one index key. Source: AWS User Guide, quotas; 54011 beyond."""


class CreateIndexDialog(Dialog[str]):
    """Dismissed with CREATE INDEX ASYNC, or None."""

    BINDINGS: ClassVar[list[BindingType]] = bindings(KeyScope.INDEX_FORM)
    AUTO_FOCUS = "LineList"

    def __init__(self, table: str, columns: Sequence[str]) -> None:
        """`table` is quoted where needed, `columns` are not."""
        super().__init__()
        self._table, self._columns = table, tuple(columns)
        self._keys: list[str] = []
        self._includes: list[str] = []
        self._is_unique = False

    def compose(self) -> ComposeResult:
        """Title, columns, the SQL as it stands, keys."""
        with Vertical(classes="dialog -tall"):
            yield Static(
                Content(_("New index on {table}").format(table=one_line(self._table, 60))), classes="dialog--title"
            )
            yield LineList()
            yield Static("", classes="dialog--text", id="index-sql")
            yield Static(
                Content(_("Space key column  i include  u unique  Enter put into the editor  Esc leave")),
                classes="dialog--foot",
            )

    def on_mount(self) -> None:
        """Nothing chosen yet."""
        self._paint()

    @property
    def _column(self) -> str | None:
        return self.query_one(LineList).key

    def action_key_column(self) -> None:
        """Take the column into the key, behind those that are in it, or out."""
        self._turn(self._keys, self._includes)

    def action_include_column(self) -> None:
        """Let the index carry the column, or not."""
        self._turn(self._includes, self._keys)

    def action_unique_index(self) -> None:
        """Unique or not."""
        self._is_unique = not self._is_unique
        self._paint()

    @on(LineList.Chosen)
    def _chosen(self, message: LineList.Chosen) -> None:
        message.stop()
        if not self._keys and self._column is not None:
            self._keys.append(self._column)
        self.dismiss(self._sql() or None)

    @on(LineList.Moved)
    def _moved(self, message: LineList.Moved) -> None:
        message.stop()

    def _turn(self, into: list[str], out_of: list[str]) -> None:
        column = self._column
        if column is None:
            return
        if column in into:
            into.remove(column)
        elif into is self._keys and len(into) >= KEY_COLUMN_LIMIT:
            self.query_one("#index-sql", Static).update(
                Content(
                    _("An index key has at most {key_column_limit} columns on Aurora DSQL.").format(
                        key_column_limit=KEY_COLUMN_LIMIT
                    )
                )
            )
            return
        else:
            into.append(column)
            if column in out_of:
                out_of.remove(column)
        self._paint()

    def _sql(self) -> str:
        if not self._keys:
            return ""
        return create_index_sql(self._table, self._keys, is_unique=self._is_unique, includes=self._includes)

    def _paint(self) -> None:
        lines = []
        for column in self._columns:
            place = f"{self._keys.index(column) + 1}" if column in self._keys else " "
            sign = place if place != " " else "+" if column in self._includes else " "
            look = "good" if column in self._keys else "running" if column in self._includes else "text"
            lines.append(ListLine(column, ((f" {sign}  ", look), (column, look))))
        self.query_one(LineList).show(lines)
        sql = self._sql() or _("Choose at least one key column.")
        self.query_one("#index-sql", Static).update(Content(one_line(sql, 400)))
