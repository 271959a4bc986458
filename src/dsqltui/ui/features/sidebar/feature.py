"""F7: jobs, indexes and schema beside the panes, on connections of their own. Keys write SQL into an editor; none runs.

A look costs one query. While the sidebar is open on its jobs it looks every second as long as something runs, then ever
more seldom; other pages look when they are opened, at `r`, and after DDL from either pane. Closed, it asks nothing.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping

from textual.widget import Widget

from dsqltui.client.catalog_reader import CatalogUnreadable
from dsqltui.core.catalog.jobs import Job, JobState
from dsqltui.core.language import _
from dsqltui.core.results.outcome import Done, Rows
from dsqltui.core.scripts.statement import StatementKind, at_offset
from dsqltui.runner.events import StatementFinished
from dsqltui.ui.extension.feature import ActionHandler, Console, Feature, Reaction
from dsqltui.ui.features.sidebar.create_index_dialog import CreateIndexDialog
from dsqltui.ui.features.sidebar.indexes_page import IndexesPage
from dsqltui.ui.features.sidebar.jobs_page import JobsPage
from dsqltui.ui.features.sidebar.page import (
    Answer,
    ChooseColumns,
    CopyText,
    InsertName,
    PageSentence,
    Prefill,
    ShowIndex,
    SidebarPage,
)
from dsqltui.ui.features.sidebar.schema_page import SchemaPage
from dsqltui.ui.features.sidebar.widget import Sidebar
from dsqltui.ui.state.messages import PaneActivated, SidebarAsked, SidebarMoved

_OPEN = "-open"


class SidebarFeature(Feature):
    """Brings the pages, the widget and the observers together."""

    def __init__(self, console: Console) -> None:
        super().__init__(console)
        self._jobs = JobsPage()
        self._indexes = IndexesPage(self._statement_text)
        self._pages: tuple[SidebarPage, ...] = (self._jobs, self._indexes, SchemaPage())
        self._page: SidebarPage = self._pages[0]
        self._widget = Sidebar([_(page.title) for page in self._pages])

    def left(self) -> Iterable[Widget]:
        """The sidebar."""
        return (self._widget,)

    def handlers(self) -> Mapping[str, ActionHandler]:
        """Open and close; jobs at once."""
        return {"sidebar": self._toggle, "jobs": self._open_jobs}

    def reactions(self) -> Mapping[type[object], Reaction]:
        """Its own keys, DDL in the panes, the other pane's Region."""
        return {
            SidebarAsked: self._asked,
            SidebarMoved: self._moved,
            StatementFinished: self._statement_finished,
            PaneActivated: self._pane_activated,
        }

    @property
    def is_open(self) -> bool:
        """Whether it can be seen."""
        return self._widget.has_class(_OPEN)

    # -- opening and closing -------------------------------------------------------------------------------------------

    def _toggle(self) -> None:
        if not self.is_open:
            self._open(self._page)
        elif self._widget.has_focus_within:
            self._close()
        else:
            self._widget.screen.set_focus(self._widget.list)

    def _open_jobs(self) -> None:
        self._open(self._jobs)

    def _open(self, page: SidebarPage) -> None:
        self._widget.add_class(_OPEN)
        self.console.rearrange()
        self._turn_to(page)
        self._widget.screen.set_focus(self._widget.list)

    def _close(self) -> None:
        self._widget.remove_class(_OPEN)
        self.console.rearrange()
        self.console.go_to(self.console.active.letter)

    def _turn_to(self, page: SidebarPage) -> None:
        self._page = page
        place = self._pages.index(page)
        self._widget.tabs.current = place
        self._widget.hint.text = _(page.hint)
        self._widget.tabs.marked -= {place}
        self._paint()
        self._look()

    # -- looking -------------------------------------------------------------------------------------------------------

    def _look(self) -> None:
        """Look now, and go on looking while it is worth it."""
        self.console.spawn(self._watch(), group="sidebar-watch")

    async def _watch(self) -> None:
        while self.is_open:
            page, letter = self._page, self.console.active.letter
            try:
                await page.load(self.console.observers, letter)
            except CatalogUnreadable as problem:
                self.console.tell(str(problem))
                return
            self._widget.tabs.letter = letter
            self._paint()
            if page is not self._jobs:
                return
            self._tell_of(self._jobs.ended)
            await asyncio.sleep(self._jobs.wait_s())

    def _tell_of(self, ended: tuple[Job, ...]) -> None:
        if not ended:
            return
        failed = [job for job in ended if job.state is JobState.FAILED]
        for job in failed[:1] or ended[:1]:
            what = _("{kind} of {object_name} {word}").format(
                kind=job.kind, object_name=job.object_name or job.id, word=job.word
            )
            self.console.tell(f"{what}: {job.details}" if job.details and failed else what)
        others = {place for place, page in enumerate(self._pages) if page is self._indexes}
        self._indexes.is_stale = True
        self._widget.tabs.marked |= others

    def _paint(self) -> None:
        self._widget.show(self._page.lines(self._widget.filter_text))
        self._widget.about.texts = self._page.details(self._widget.list.key or "")

    def _statement_finished(self, message: StatementFinished) -> None:
        if message.statement.kind is not StatementKind.DDL or not isinstance(message.outcome, Done | Rows):
            return
        for page in self._pages:
            page.is_stale = True
        self._jobs.pace.hurry()
        if self.is_open:
            self._look()

    def _pane_activated(self, _message: PaneActivated) -> None:
        if self.is_open and self._page is self._jobs:
            self._look()

    # -- keys ----------------------------------------------------------------------------------------------------------

    def _moved(self, message: SidebarMoved) -> None:
        self._widget.about.texts = self._page.details(message.key)

    def _asked(self, message: SidebarAsked) -> None:
        action = message.action
        turns: Mapping[str, SidebarPage] = {f"page_{page.title.lower()}": page for page in self._pages}
        if action in turns:
            self._turn_to(turns[action])
        elif action == "reload":
            self._look()
        elif action == "filter":
            self._paint()
        elif action == "leave":
            self.console.go_to(self.console.active.letter)
        else:
            self.console.spawn(self._answer(action, message.key), group="sidebar-answer")

    async def _answer(self, action: str, key: str) -> None:
        page = self._page
        try:
            answer = await page.answer(action, key, self.console.observers, self.console.active.letter)
        except CatalogUnreadable as problem:
            self.console.tell(str(problem))
            return
        if answer is not None:
            await self._give(answer)
        self._paint()

    async def _give(self, answer: Answer) -> None:
        match answer:
            case Prefill(sql=sql):
                self._write(lambda letter: self.console.prefill(letter, sql))
            case InsertName(text=text):
                self._write(lambda letter: self._insert(letter, text))
            case CopyText(text=text):
                self.console.app.copy_to_clipboard(text)
                self.console.tell(_("Copied: {text}").format(text=text))
            case PageSentence(text=text):
                self.console.tell(text)
            case ShowIndex(name=name):
                await self._show_index(name)
            case ChooseColumns(table=table, columns=columns):
                self.console.ask(CreateIndexDialog(table, columns), self._index_chosen)

    def _index_chosen(self, sql: str | None) -> None:
        if sql:
            self._write(lambda letter: self.console.prefill(letter, sql))

    def _write(self, write: Callable[[str], None]) -> None:
        """Change the active editor and go there; where the sidebar hides the panes, it closes."""
        letter = self.console.active.letter
        write(letter)
        if self._widget.screen.has_class("-narrow"):
            self._close()
        else:
            self.console.go_to(letter)

    def _insert(self, letter: str, text: str) -> None:
        self.console.sides[letter].pane.editor.insert(text)

    async def _show_index(self, name: str) -> None:
        await self._indexes.load(self.console.observers, self.console.active.letter)
        index = self._indexes.named(name)
        if index is None:
            self.console.tell(_("The index {name} is gone.").format(name=name))
            return
        self._indexes.is_for_statement = False
        self._turn_to(self._indexes)
        self._widget.list.go_to(str(index.oid))
        self._widget.about.texts = self._indexes.details(str(index.oid))

    def _statement_text(self) -> str:
        editor = self.console.active.pane.editor
        statement = at_offset(editor.text, editor.cursor_offset)
        return statement.text if statement else ""
