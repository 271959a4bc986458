"""Results out of the console: to the clipboard, or to a file while the panes go on."""

import os
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

from dsqltui.core.formats import Encoder, Format, encoded, encoder
from dsqltui.core.formats.insert import identifier
from dsqltui.core.language import _, counted
from dsqltui.core.results.outcome import Row
from dsqltui.core.results.single_table import TableName, table_of
from dsqltui.core.results.transaction_state import TransactionState
from dsqltui.core.scripts.statement import StatementKind, kind_of
from dsqltui.core.sessions.session import Session
from dsqltui.runner.files.file_trouble import FileUnusable
from dsqltui.runner.files.new_file import FileTaken
from dsqltui.runner.jobs import Interruption, UseSession
from dsqltui.runner.pane_runner import PaneRunner
from dsqltui.runner.results.exporting import (
    PAGE_ROWS,
    ColumnsChanged,
    ExportWritten,
    Watcher,
    export,
    export_query,
    pages_at_hand,
)
from dsqltui.runner.results.held_result import FetchFailed, NoLongerHeld
from dsqltui.ui.dialogs.question import Question
from dsqltui.ui.extension.feature import ActionHandler, Console, Feature, Reaction
from dsqltui.ui.features.export.copy_dialog import CopyDialog, CopyPart, CopyWish
from dsqltui.ui.features.export.export_dialog import FORMATS, ExportDialog, ExportWish, Extent
from dsqltui.ui.panes.pane_state import PaneState
from dsqltui.ui.results.drags_cells import COPY_LIMIT
from dsqltui.ui.state.background import in_daemon_thread
from dsqltui.ui.state.messages import GridAsked
from dsqltui.ui.state.result import PaneResult
from dsqltui.ui.words.severity import Severity


class ExportFeature(Feature):
    """Copy and export of the active pane's result."""

    def __init__(self, console: Console) -> None:
        super().__init__(console)
        self._format = Format.CSV
        """What was chosen last."""

    def handlers(self) -> Mapping[str, ActionHandler]:
        """By leader and palette."""
        return {"results_copy": self._copy, "results_export": self._export}

    def reactions(self) -> Mapping[type[object], Reaction]:
        """The same by keys in the results."""
        return {GridAsked: self._grid_asked}

    def _grid_asked(self, message: GridAsked) -> None:
        asked: dict[str, Callable[[], None]] = {"copy": self._copy, "export": self._export}
        if message.action in asked:
            asked[message.action]()

    def _result(self) -> PaneResult | None:
        result = self.console.active.pane.result
        if result is None or not result.columns:
            self.console.tell(_("No result to show yet."))
            return None
        return result

    # -- copying -------------------------------------------------------------------------------------------------------

    def _copy(self) -> None:
        result = self._result()
        if result is None:
            return
        at = self.console.active.pane.grid.cursor

        def answered(wish: CopyWish | None) -> None:
            if wish is not None:
                self.console.spawn(self._copied(result, wish, at), group="copy")

        self.console.ask(CopyDialog(result.row_count), answered)

    async def _copied(self, result: PaneResult, wish: CopyWish, at: tuple[int, int]) -> None:
        rows = result.store.rows(result.place(at[0]) if wish.part in (CopyPart.VALUE, CopyPart.ROW) else 0)
        text = await in_daemon_thread(partial(_text_of, result, rows, wish, at[1]))
        if text is None:
            self.console.tell(
                _("Too long for a terminal's clipboard (over {copy_limit:,} characters); e exports to a file.").format(
                    copy_limit=COPY_LIMIT
                )
            )
        elif text:
            self.console.app.copy_to_clipboard(text)
            as_what = _(next((word for word, form in FORMATS if form is wish.format), "text"))
            self.console.tell(
                _("{characters} copied as {as_what}.").format(
                    characters=counted(len(text), "character"), as_what=as_what
                )
            )
        else:
            self.console.tell(_("Nothing to copy: the value is NULL or empty."))

    # -- exporting -----------------------------------------------------------------------------------------------------

    def _export(self) -> None:
        result, side = self._result(), self.console.active
        if result is None:
            return
        table = table_of(result.statement)
        name = "".join(char if char.isalnum() or char in "-_" else "_" for char in table.name) if table else "result"

        def answered(wish: ExportWish | None) -> None:
            if wish is not None:
                self._format = wish.format
                self._write(side, result, wish, may_replace=False)

        dialog = ExportDialog(f"{name}{self._format.suffix}", _extents(result), self._format)
        self.console.ask(dialog, answered)

    def _write(self, side: PaneState, result: PaneResult, wish: ExportWish, *, may_replace: bool) -> None:
        path = Path(os.path.abspath(os.path.expanduser(wish.path)))
        job = _Job(self.console, side, result, wish, path, may_replace)
        job.replace = lambda: self._write(side, result, wish, may_replace=True)
        if wish.extent is Extent.FETCHED:
            self.console.spawn(job.write_fetched(), group=f"export-{path}")
        elif wish.extent is Extent.GO_ON:
            self.console.submit(side, UseSession(_("exporting…"), job.go_on))
        else:
            self.console.submit(side, UseSession(_("exporting…"), job.run_again))


class _Job:
    """One export."""

    def __init__(
        self, console: Console, side: PaneState, result: PaneResult, wish: ExportWish, path: Path, may_replace: bool
    ) -> None:
        self._console, self._side, self._result = console, side, result
        self._wish, self._path, self._may_replace = wish, path, may_replace
        self.replace: Callable[[], None] = lambda: None
        """Does it again and replaces the file."""

    async def write_fetched(self) -> None:
        """The rows that are here, in the order in which they are shown, while the session does other things."""
        rows, order = self._result.store.rows(), self._result.order
        if order is not None:
            rows = _sorted(rows, order)
        await self._told_of(self._write(pages_at_hand(rows), Watcher()), None)

    async def go_on(self, _session: Session, queue: PaneRunner) -> None:
        """The fetched rows, then what the session holds, which come into the pane as well."""
        held = self._result.held
        if held is None or not held.is_held:
            self._say(
                Severity.FAILED,
                _("{name} was not written. {nolongerheld}").format(name=self._path.name, nolongerheld=NoLongerHeld()),
            )
            return
        arrived = partial(queue.page_came, held=held)
        pages = [pages_at_hand(self._result.store.rows()), held.pages(PAGE_ROWS, arrived)]
        await self._told_of(self._write(_chained(*pages), _watcher(queue)), queue)

    async def run_again(self, session: Session, queue: PaneRunner) -> None:
        """The statement's rows as they are now."""
        result = self._result
        writing = export_query(
            session,
            result.statement,
            result.columns,
            self._wish.format,
            self._encoder(),
            self._path,
            may_replace=self._may_replace,
            watcher=_watcher(queue),
        )
        await self._told_of(writing, queue)

    def _write(self, pages: AsyncIterator[Sequence[Row]], watcher: Watcher) -> Coroutine[Any, Any, ExportWritten]:
        return export(pages, self._encoder(), self._path, may_replace=self._may_replace, watcher=watcher)

    async def _told_of(self, writing: Coroutine[Any, Any, ExportWritten], queue: PaneRunner | None) -> None:
        """Say how it went."""
        name = self._path.name
        before = queue.state if queue is not None else TransactionState.NONE
        try:
            written = await writing
        except FileTaken:
            self._ask_to_replace()
        except FileUnusable as problem:
            self._say(Severity.FAILED, str(problem))
        except ColumnsChanged:
            self._say(Severity.FAILED, _("Not exported: the query now returns other columns. Run it again first."))
        except NoLongerHeld as gone:
            self._say(Severity.FAILED, _("{name} was not written. {gone}").format(name=name, gone=gone))
        except FetchFailed as failure:
            self._say(Severity.FAILED, _("{name} was not written: the query failed.").format(name=name))
            if queue is not None:
                await queue.report(self._result.statement, failure.outcome, before)
        except OSError as error:
            self._say(Severity.FAILED, _("{name}: {error}; no file was written.").format(name=name, error=error))
        else:
            self._say(*_ending(written, self._path))

    def _encoder(self) -> Encoder:
        table = table_of(self._result.statement)
        return encoder(self._wish.format, self._result.columns, table=_sql_name(table))

    def _ask_to_replace(self) -> None:
        def answered(is_yes: bool | None) -> None:
            if is_yes:
                self.replace()

        question = Question(
            _("Overwrite the file?"),
            _("{path} already exists.").format(path=self._path),
            yes=_("Overwrite"),
            no=_("Keep it"),
        )
        self._console.ask(question, answered)

    def _say(self, tone: Severity, text: str) -> None:
        self._side.pane.add_line(tone, text)
        self._console.tell(text)


def _ending(written: ExportWritten, path: Path) -> tuple[Severity, str]:
    if not written.is_complete:
        return Severity.FAILED, _("Export stopped after {amount}; no file was left.").format(
            amount=_amount(written.rows, written.size)
        )
    return Severity.GOOD, _("{amount} written to {path}, {size}.").format(
        amount=_amount(written.rows, written.size), path=path, size=_size(written.size)
    )


def _amount(rows: int | None, size: int) -> str:
    return _size(size) if rows is None else counted(rows, "row")


def _watcher(queue: PaneRunner) -> Watcher:
    return Watcher(
        told=lambda rows, size: queue.tell_progress(_("exporting {amount}").format(amount=_amount(rows, size))),
        is_stopped=lambda: queue.interruption is not Interruption.NONE,
    )


def _size(count: int) -> str:
    if count < 1_000:
        return _("{count} bytes").format(count=count)
    return f"{count / 1_000:,.1f} kB" if count < 1_000_000 else f"{count / 1_000_000:,.1f} MB"


def _extents(result: PaneResult) -> list[tuple[Extent, str]]:
    """What may be written, the likeliest first."""
    if not result.has_more:
        return [(Extent.FETCHED, _("all {row_count:,}").format(row_count=result.row_count))]
    found = [(Extent.FETCHED, _("the {row_count:,} fetched").format(row_count=result.row_count))]
    if kind_of(result.statement) is StatementKind.READ:
        found.insert(0, (Extent.AGAIN, _("all, run again")))
    if result.is_held:
        found.insert(0, (Extent.GO_ON, _("all, fetch the rest")))
    return found


def _sql_name(table: TableName | None) -> str:
    if table is None:
        return "table_name"
    name = identifier(table.name)
    return f"{identifier(table.schema)}.{name}" if table.schema else name


async def _chained(*parts: AsyncIterator[Sequence[Row]]) -> AsyncIterator[Sequence[Row]]:
    for part in parts:
        async for page in part:
            yield page


def _text_of(result: PaneResult, rows: Iterator[Row], wish: CopyWish, column: int) -> str | None:
    """What goes to the clipboard; None when it is too long. For a thread."""
    is_one = wish.part in (CopyPart.VALUE, CopyPart.ROW)
    chosen: Iterable[Row] = islice(rows, 1) if is_one else rows
    if not is_one and result.order is not None:
        chosen = _in_order(tuple(rows), result.order)
    columns = result.columns
    if wish.part in (CopyPart.VALUE, CopyPart.COLUMN):
        columns = (columns[column],)
        chosen = ((row[column],) for row in chosen)
    if wish.format is None:
        pieces = ("\t".join(value or "" for value in row) + "\n" for row in chosen)
    else:
        is_object = is_one and wish.format is Format.JSON
        writer = encoder(
            Format.JSONL if is_object else wish.format, columns, table=_sql_name(table_of(result.statement))
        )
        pieces = (piece for piece in encoded(writer, chosen))
    text: list[str] = []
    length = 0
    for piece in pieces:
        text.append(piece)
        length += len(piece)
        if length > COPY_LIMIT:
            return None
    joined = "".join(text).encode("utf-8", "replace").decode()
    return joined.removesuffix("\n") if is_one else joined


def _sorted(rows: Iterator[Row], order: Sequence[int]) -> Iterator[Row]:
    """The same, reading nothing before the first row is asked for."""
    yield from _in_order(tuple(rows), order)


def _in_order(rows: tuple[Row, ...], order: Sequence[int]) -> Iterator[Row]:
    """As shown: rows that came after the sorting stand at the end."""
    yield from (rows[place] for place in order)
    yield from rows[len(order) :]
