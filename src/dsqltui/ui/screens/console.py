"""The console: two panes, a key line, the features around them. Mediates between the person, panes and queues."""

import asyncio
import time
from collections.abc import Callable, Coroutine, Mapping
from functools import partial
from typing import Any, ClassVar, TypeVar

from textual import events, on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container, Horizontal
from textual.message import Message
from textual.screen import Screen
from textual.timer import Timer
from textual.widgets import TextArea

from dsqltui.core.commands import Quit, SwitchRole
from dsqltui.core.journal import Event
from dsqltui.core.outcome import Refused
from dsqltui.core.safetext import many_lines, one_line
from dsqltui.core.session import ConnectFailed
from dsqltui.core.statement import Statement, StatementKind, kind_of
from dsqltui.ui import report as reports
from dsqltui.ui.answers import answer
from dsqltui.ui.background import in_daemon_thread
from dsqltui.ui.choice import Choice, choose, choose_all
from dsqltui.ui.commands import ConsolePalette
from dsqltui.ui.dialogs.confirm import ConfirmBoth
from dsqltui.ui.dialogs.confirm_pasted import ConfirmPasted
from dsqltui.ui.dialogs.help import HelpDialog, focused_scopes
from dsqltui.ui.dialogs.question import Question
from dsqltui.ui.dialogs.quit import ConfirmQuit
from dsqltui.ui.dialogs.value import ValueDialog
from dsqltui.ui.feature import Deed, Feature
from dsqltui.ui.features import FEATURES
from dsqltui.ui.keymap import Scope, deed_bindings
from dsqltui.ui.link import Link
from dsqltui.ui.messages import (
    CommandReached,
    CommandTold,
    ConsoleMessage,
    LinkChanged,
    MoreRequested,
    PageArrived,
    PaneActivated,
    PaneChosen,
    PanesResized,
    ScriptFinished,
    StatementFinished,
    ValueCopied,
    ValueRequested,
    WorkChanged,
    WorkDropped,
)
from dsqltui.ui.narrow_updates import NarrowCompositor
from dsqltui.ui.observers import Observers
from dsqltui.ui.report import Report
from dsqltui.ui.run_queue import Connect, FetchPage, Interruption, Job, RunQueue, RunStatements
from dsqltui.ui.services import Services
from dsqltui.ui.side import PaneSetup, Side
from dsqltui.ui.sync_mode import SyncMode
from dsqltui.ui.tone import Tone
from dsqltui.ui.user_keys import key_of, short_key_of
from dsqltui.ui.widgets.key_line import KeyLine
from dsqltui.ui.widgets.pane import Pane
from dsqltui.ui.widgets.panes import Panes
from dsqltui.ui.wording import counted

T = TypeVar("T")

_NOTICE_S = 6.0
"""Seconds a notice stands on the key line."""
_BESIDE_WIDTH, _STACKED_HEIGHT = 100, 29
"""Cells that the panes need to stand beside each other, and lines that they need above each other."""
_CANCEL_WORDINGS = (
    "cancelling… Aurora DSQL ignores cancel requests; Ctrl+C again drops the connection",
    "cancelling… DSQL ignores it; Ctrl+C again drops the connection",
    "cancelling… ^C again drops it",
    "cancelling…",
)
_ASKS_FOR_BOTH = frozenset({StatementKind.WRITE, StatementKind.DDL, StatementKind.COMMAND})
"""Kinds that do not go to both panes without a question."""


class ConsoleScreen(Screen[None]):
    """Attributes go down to the panes, messages come up from them and from the queues."""

    BINDINGS: ClassVar[list[BindingType]] = deed_bindings(Scope.CONSOLE)
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (100, "-wide")]  # noqa: RUF012 - Textual's own annotation
    VERTICAL_BREAKPOINTS = [(0, "-short"), (30, "-tall")]  # noqa: RUF012

    def __init__(
        self,
        setups: tuple[PaneSetup, PaneSetup],
        services: Services,
        features: tuple[type[Feature], ...] = FEATURES,
    ) -> None:
        super().__init__(classes="-beside")
        self._compositor = NarrowCompositor()
        self._services = services
        self._sides = {
            setup.letter: Side(
                setup,
                Pane(
                    setup.letter,
                    key=short_key_of(f"focus_{setup.letter.lower()}"),
                    region=setup.endpoint.region,
                    user=setup.user,
                ),
                RunQueue(
                    setup.letter,
                    self.post_message,
                    run_script=services.run_script,
                    open_desk=services.open_desk,
                    row_limit=services.settings.console.rows,
                ),
            )
            for setup in setups
        }
        self._asks_for_both = services.settings.guards.both_asks
        self._active = self._sides[setups[0].letter]
        self._sync_mode = SyncMode.INDEPENDENT
        self._room = (_BESIDE_WIDTH, _STACKED_HEIGHT)
        self._is_zoomed = False
        self._is_opening = False
        self._clock: Timer | None = None
        self._notice_timer: Timer | None = None
        self._connecting_since: dict[str, float] = {}
        self._observers = Observers(services.open_observer)
        self._features = tuple(feature(self) for feature in features)
        self._deeds = {**self._own_deeds(), **{id_: deed for f in self._features for id_, deed in f.deeds().items()}}
        self._reactions = [reactions for f in self._features if (reactions := f.reactions())]

    def compose(self) -> ComposeResult:
        """Left column, both panes, right column; what stands below; the key line."""
        with Horizontal(id="body"):
            yield Container(*(widget for feature in self._features for widget in feature.left()), id="left")
            with Panes(id="panes"):
                for side in self._sides.values():
                    yield side.pane
            yield Container(*(widget for feature in self._features for widget in feature.right()), id="right")
        yield Container(*(widget for feature in self._features for widget in feature.below()), id="below")
        yield KeyLine()

    def on_mount(self) -> None:
        """Start in the first pane's editor."""
        self._clock = self.set_interval(1.0, self._tick, pause=True)
        self.sync_mode = self._sync_mode
        for side in self._sides.values():
            side.pane.editor.cursor_blink = self._services.settings.editor.cursor_blink
        self._room = (self.app.size.width, self.app.size.height - 1)
        self._activate(self._active)
        self.set_focus(self._active.pane.editor)

    def start(self) -> None:
        """The first frame is out: the slow part may begin."""
        self.open_sessions()
        for feature in self._features:
            feature.started()

    async def close(self) -> None:
        """End both connections and what the features hold."""
        await asyncio.gather(
            *(side.queue.close() for side in self._sides.values()),
            *(feature.close() for feature in self._features),
            self._observers.close(),
        )

    # -- what features see (ui.feature.Console) ------------------------------------------------------------------------

    @property
    def services(self) -> Services:
        """What the composition root handed over."""
        return self._services

    @property
    def observers(self) -> Observers:
        """Sessions for looking at catalog and jobs."""
        return self._observers

    @property
    def sides(self) -> Mapping[str, Side]:
        """By letter, A first."""
        return self._sides

    @property
    def active(self) -> Side:
        """The side a person works in."""
        return self._active

    @property
    def other(self) -> Side:
        """The side beside it."""
        return next(side for side in self._sides.values() if side is not self._active)

    @property
    def sync_mode(self) -> SyncMode:
        """How the panes work together."""
        return self._sync_mode

    @sync_mode.setter
    def sync_mode(self, mode: SyncMode) -> None:
        self._sync_mode = mode
        self.query_one(KeyLine).mode = mode.wordings

    @property
    def deeds(self) -> Mapping[str, Deed]:
        """What the console and its features do for each action, by its id."""
        return self._deeds

    def tell(self, text: str) -> None:
        """A notice on the key line, for a few seconds."""
        key_line = self.query_one(KeyLine)
        key_line.notice = text
        if self._notice_timer is not None:
            self._notice_timer.stop()
        self._notice_timer = self.set_timer(_NOTICE_S, self._clear_notice)

    def go_to(self, letter: str) -> None:
        """Make that side active, with the cursor in its editor."""
        self._activate(self._sides[letter])
        self.set_focus(self._active.pane.editor)

    def submit(self, side: Side, job: Job) -> bool:
        """Queue a job; tells and returns False when the side is not connected."""
        if side.queue.link.can_reconnect and side.queue.running is None:
            self.tell(f"Pane {side.letter} is not connected and nothing was sent; {key_of('reconnect')} reconnects.")
            return False
        side.queue.put(job)
        return True

    def prefill(self, letter: str, text: str) -> None:
        """Put SQL into a side's editor, below what the person has there, with the cursor on it."""
        editor = self._sides[letter].pane.editor
        before = editor.text.rstrip()
        lead = f"{before}\n\n" if before else ""
        editor.replace(f"{lead}{text}", (0, 0), editor.document.end)
        editor.go_to(len(lead))

    def ask(self, dialog: Screen[T], answered: Callable[[T | None], None] | None = None) -> None:
        """Show a dialog over the console."""
        self.app.push_screen(dialog, answered)

    def do(self, action: str) -> None:
        """Do an action of keymap.ACTIONS by its id."""
        work = self._deeds[action]()
        if work is not None:
            self.spawn(work, group=f"do-{action}")

    def spawn(self, work: Coroutine[Any, Any, None], *, group: str) -> None:
        """Run a coroutine as a worker; a running one of the same group is cancelled."""
        self.run_worker(work, group=group, exclusive=True)

    def rearrange(self) -> None:
        """Lay the screen out again."""
        self._arrange()

    def action_do(self, action: str) -> None:
        """What all keys of the console lead to."""
        self.do(action)

    def _own_deeds(self) -> dict[str, Deed]:
        return {
            "run": self._run,
            "run_all": self._run_all,
            "run_both": self._run_both_asked,
            "focus_a": partial(self.go_to, "A"),
            "focus_b": partial(self.go_to, "B"),
            "focus_results": self._focus_results,
            "zoom": self._zoom,
            "interrupt": self._interrupt,
            "reconnect": self._reconnect,
            "palette": self._palette,
            "help": self._help,
            "quit": self._quit,
        }

    def pane(self, letter: str) -> Pane:
        """The pane of that letter."""
        return self._sides[letter].pane

    # -- sessions ------------------------------------------------------------------------------------------------------

    @work(group="open")
    async def open_sessions(self) -> None:
        """Make the sessions in a thread and begin to serve the queues; each connects by itself."""
        self._is_opening = True
        try:
            sessions = await in_daemon_thread(self._services.open_sessions)
        except ConnectFailed as failure:
            for side in self._sides.values():
                side.queue.start_failed(failure)
            return
        finally:
            self._is_opening = False
        for side, session in zip(self._sides.values(), sessions, strict=True):
            side.queue.attach(session)
            self.run_worker(side.queue.serve(), group=f"pane-{side.setup.letter}")

    # -- what the queues tell ------------------------------------------------------------------------------------------

    @on(ConsoleMessage)
    @on(TextArea.Changed)
    def _told(self, message: Message) -> None:
        """The features, after the screen's own handler for the same message."""
        for reactions in self._reactions:
            reaction = reactions.get(type(message))
            if reaction is not None:
                reaction(message)

    @on(LinkChanged)
    def _link_changed(self, message: LinkChanged) -> None:
        self._record_link(message)
        pane = self._sides[message.letter].pane
        sentence = str(message.failure) if message.failure else ""
        pane.show_link(message.link, sentence)
        pane.show_state(message.state)
        if message.link is Link.CONNECTED:
            pane.add_line(Tone.QUIET, "connected")
        elif message.failure is not None:
            pane.add_line(Tone.LOST, f"NOT CONNECTED  {one_line(sentence)}")
            pane.show_report(reports.of_failed_connect(sentence, message.failure))

    @on(WorkChanged)
    def _work_changed(self, message: WorkChanged) -> None:
        side = self._sides[message.letter]
        if side.queue.running is None:
            side.started_s = None
        elif side.started_s is None:
            side.started_s = time.monotonic()
        self._show_activity(side)
        if self._clock is not None:
            is_busy = any(other.started_s is not None for other in self._sides.values())
            (self._clock.resume if is_busy else self._clock.pause)()

    @on(StatementFinished)
    def _statement_finished(self, message: StatementFinished) -> None:
        side = self._sides[message.letter]
        if message.statement.text:
            self._services.journal.statement(
                message.letter,
                side.setup.endpoint.region,
                side.queue.user or side.setup.user,
                message.sent or message.statement.text,
                kind_of(message.sent) if message.sent else message.statement.kind,
                message.outcome,
                before=message.state_before,
                after=message.state,
                ended_s=message.ended_s,
                copy_bytes=message.copy_bytes,
            )
        side.pane.show_state(message.state)
        side.pane.show_outcome(message.outcome, message.statement.text, message.progress)
        if message.is_from_editor and isinstance(message.outcome, Refused):
            self._mark_error(side, message.statement, message.outcome)

    @on(PageArrived)
    def _page_arrived(self, message: PageArrived) -> None:
        pane = self._sides[message.letter].pane
        pane.show_state(message.state)
        pane.add_page(message.page)

    @on(ScriptFinished)
    def _script_finished(self, message: ScriptFinished) -> None:
        pane = self._sides[message.letter].pane
        done = f"{one_line(message.path, 60)}: {counted(message.statement_count, 'statement')} run"
        if not message.trouble:
            pane.add_line(Tone.GOOD, done)
        elif message.statement_count:
            pane.add_line(Tone.FAILED, f"{done}, {one_line(message.trouble)}")
        else:
            pane.add_line(Tone.FAILED, one_line(message.trouble))
            pane.show_report(Report(Tone.FAILED, "SCRIPT NOT RUN", message=one_line(message.trouble)))

    @on(WorkDropped)
    def _work_dropped(self, message: WorkDropped) -> None:
        verb = "was" if message.count == 1 else "were"
        text = f"{counted(message.count, 'queued run')} {verb} not sent"
        self._sides[message.letter].pane.add_line(Tone.LOST, text)
        self.tell(f"Pane {message.letter}: {text}.")

    @on(CommandTold)
    def _command_told(self, message: CommandTold) -> None:
        pane = self._sides[message.letter].pane
        tone = Tone.FAILED if message.is_failure else Tone.QUIET
        pane.show_state(message.state)
        pane.add_line(tone, one_line(message.text.partition("\n")[0]))
        if message.is_failure or not message.is_within_script:
            title = "NOT DONE" if message.is_failure else "Told"
            pane.show_report(Report(tone, title, message=many_lines(message.text, 20_000)))

    @on(CommandReached)
    def _command_reached(self, message: CommandReached) -> None:
        side = self._sides[message.letter]
        if isinstance(message.command, Quit):
            self._quit()
            return
        if isinstance(message.command, SwitchRole):
            return  # a feature's
        report = answer(
            message.command, message.letter, side.setup.endpoint, side.queue.user or side.setup.user, message.state
        )
        side.pane.show_report(report)
        if report.tone is Tone.FAILED:
            side.pane.add_line(Tone.FAILED, report.message)

    def _record_link(self, message: LinkChanged) -> None:
        now = time.time()
        if message.link is Link.CONNECTING:
            self._connecting_since[message.letter] = now
            return
        events_of = {Link.CONNECTED: Event.CONNECTED, Link.FAILED: Event.CONNECT_FAILED, Link.LOST: Event.LOST}
        event = events_of.get(message.link)
        if event is None:
            return
        side = self._sides[message.letter]
        self._services.journal.connection(
            message.letter,
            side.setup.endpoint.region,
            side.queue.user or side.setup.user,
            event,
            started_s=self._connecting_since.pop(message.letter, now),
            ended_s=now,
            note=one_line(str(message.failure)) if message.failure else "",
        )

    def _mark_error(self, side: Side, statement: Statement, refused: Refused) -> None:
        """Show the server's position in the editor, if the statement still stands there."""
        editor = side.pane.editor
        position = refused.error.position
        stands_there = editor.text[statement.start : statement.start + len(statement.text)] == statement.text
        if position is None or not stands_there:
            return
        offset = statement.start + min(max(position - 1, 0), len(statement.text))
        editor.mark_error(offset)
        may_move = side is self._active or self._sync_mode is not SyncMode.MIRROR
        if may_move and side.queue.waiting_count == 0 and side.parked_at == editor.cursor_offset:
            editor.go_to(offset)

    def _tick(self) -> None:
        for side in self._sides.values():
            if side.started_s is not None:
                self._show_activity(side)

    def _show_activity(self, side: Side) -> None:
        queue = side.queue
        waiting = f"{queue.waiting_count} queued" if queue.waiting_count else ""
        if side.started_s is None:
            side.pane.show_activity(False, *([waiting] if waiting else []))
            return
        elapsed = f"{time.monotonic() - side.started_s:.0f} s"
        match queue.interruption:
            case Interruption.ASKED:
                wordings: tuple[str, ...] = tuple(f"{elapsed} {wording}" for wording in _CANCEL_WORDINGS)
            case Interruption.DROPPED:
                wordings = (f"{elapsed} dropping the connection…", "dropping…")
            case Interruption.NONE if isinstance(queue.running, Connect):
                wordings = (f"connecting… {elapsed}", "connecting…")
            case Interruption.NONE:
                doing = one_line(queue.progress, 60) or "running…"
                wordings = (f"{doing} {elapsed}  ^C cancels", f"{doing} {elapsed}", elapsed)
        side.pane.show_activity(True, *(f"{wording}  {waiting}".rstrip() for wording in wordings))

    # -- what the widgets tell -----------------------------------------------------------------------------------------

    @on(events.DescendantFocus)
    def _descendant_focused(self, event: events.DescendantFocus) -> None:
        if event.widget is not self.focused:
            return  # the news is old: in a burst of keys the focus has moved on
        for side in self._sides.values():
            if side is not self._active and side.pane in event.widget.ancestors:
                self._activate(side)

    @on(PaneChosen)
    def _pane_chosen(self, message: PaneChosen) -> None:
        self.go_to(message.letter)

    @on(MoreRequested)
    def _more_requested(self) -> None:
        side = self._active
        if not side.pane.has_more_rows:
            self.tell("That was the last row.")
        elif side.queue.running is None and not side.queue.has_page_on_its_way():
            side.queue.put(FetchPage())

    @on(ValueRequested)
    def _value_requested(self, message: ValueRequested) -> None:
        self.ask(ValueDialog(message.column, message.value))

    @on(ValueCopied)
    def _value_copied(self, message: ValueCopied) -> None:
        self.tell(f"{counted(message.length, 'character')} copied.")

    # -- actions -------------------------------------------------------------------------------------------------------

    def _run(self) -> None:
        """Run the selection or the statement under the cursor, in this pane or as the sync mode says."""
        self._run_asked(self._chosen(), in_both=self._sync_mode is SyncMode.BOTH)

    def _run_all(self) -> None:
        """Run the whole editor, in this pane or as the sync mode says."""
        self._run_asked(choose_all(self._active.pane.editor.text), in_both=self._sync_mode is SyncMode.BOTH)

    def _run_both_asked(self) -> None:
        """Run the same text in both panes."""
        self._run_asked(self._chosen(), in_both=True)

    def _run_asked(self, chosen: Choice, *, in_both: bool) -> None:
        """Run it, after the questions it raises: where it came from, and whether it may change both Regions."""
        run = partial(self._run_both if in_both else self._run_here, chosen)
        editor = self._active.pane.editor
        if not chosen.statements:
            self.tell("Nothing to run: the editor has no statement here.")
        elif editor.came_with_a_paste:
            self.tell("Not run: the key came together with a paste. Press it again to run.")
        elif editor.has_control_signs:
            self._run_if(ConfirmPasted(), partial(self._run_pasted, chosen, in_both=in_both))
        elif (
            in_both and self._asks_for_both and any(statement.kind in _ASKS_FOR_BOTH for statement in chosen.statements)
        ):
            self._run_if(ConfirmBoth(chosen.statements), run)
        else:
            run()

    def _run_pasted(self, chosen: Choice, *, in_both: bool) -> None:
        self._active.pane.editor.has_control_signs = False
        self._run_asked(chosen, in_both=in_both)

    def _run_if(self, question: Question, run: Callable[[], None]) -> None:
        def answered(is_yes: bool | None) -> None:
            if is_yes:
                run()

        self.ask(question, answered)

    def _focus_results(self) -> None:
        """This pane's results."""
        self.set_focus(self._active.pane.results)

    def _zoom(self) -> None:
        """One pane or both."""
        self._is_zoomed = not self._is_zoomed
        self._arrange()

    async def _interrupt(self) -> None:
        """Cancel what runs; the editor has already copied when something was selected."""
        queue = self._active.queue
        if queue.running is None:
            self.tell(f"Nothing runs here. {key_of('quit')} quits.")
        elif await queue.interrupt() is Interruption.ASKED and queue.running is not None:
            self.tell("Cancelling… Aurora DSQL ignores cancel requests; Ctrl+C again drops the connection.")

    def _reconnect(self) -> None:
        """Open the connection again."""
        side = self._active
        if side.queue.running is not None:
            self.tell(f"Pane {side.setup.letter} is busy; Ctrl+C stops what runs.")
        elif not side.queue.link.can_reconnect:
            self.tell(f"Pane {side.setup.letter} is {side.queue.link.value.rstrip('…')} already.")
        elif side.queue.is_attached:
            side.queue.put(Connect())
        elif not self._is_opening:
            self.open_sessions()

    def _palette(self) -> None:
        """All actions by name."""
        self.ask(ConsolePalette(self.do, [offer for feature in self._features for offer in feature.offers()]))

    def _help(self) -> None:
        """All keys."""
        self.ask(HelpDialog(focused_scopes(self.focused)))

    def _quit(self) -> None:
        """Leave; ask when a transaction would be lost."""
        open_letters = [letter for letter, side in self._sides.items() if side.queue.state.is_open]
        if not open_letters:
            self.app.exit()
            return

        def answered(is_yes: bool | None) -> None:
            if is_yes:
                self.app.exit()

        self.ask(ConfirmQuit(open_letters), answered)

    # -- running -------------------------------------------------------------------------------------------------------

    def _chosen(self) -> Choice:
        editor = self._active.pane.editor
        return choose(editor.text, editor.selected_range, editor.cursor_offset)

    def _run_here(self, chosen: Choice) -> None:
        self.submit(self._active, RunStatements(chosen.statements))
        self._leave_marks(chosen)

    def _run_both(self, chosen: Choice) -> None:
        for side in self._sides.values():
            holds_it = side is self._active or self._sync_mode is SyncMode.MIRROR
            self.submit(side, RunStatements(chosen.statements, is_from_editor=holds_it))
        self._leave_marks(chosen)
        if self._sync_mode is SyncMode.MIRROR:
            self.other.pane.editor.mark_ran(chosen.range)

    def _leave_marks(self, chosen: Choice) -> None:
        """Show in the editor what was sent, and step to the next statement at once: a burst of F5 runs several."""
        editor = self._active.pane.editor
        editor.mark_ran(chosen.range)
        if chosen.next_start is not None:
            editor.go_to(chosen.next_start)
        self._active.parked_at = None if editor.selected_range else editor.cursor_offset

    # -- layout --------------------------------------------------------------------------------------------------------

    @on(PanesResized)
    def _panes_resized(self, message: PanesResized) -> None:
        self._room = (message.width, message.height)
        self._arrange()

    def _activate(self, side: Side) -> None:
        is_new = side is not self._active
        self._active = side
        if is_new:
            self.post_message(PaneActivated(side.letter))
        for other in self._sides.values():
            other.pane.title.is_active = other is side
        self._arrange()

    def _arrange(self) -> None:
        """Stack the panes where they are too narrow side by side; collapse the other where it is too low as well."""
        width, height = self._room
        is_narrow, is_low = width < _BESIDE_WIDTH, height < _STACKED_HEIGHT
        for side in self._sides.values():
            gives_way = self._is_zoomed or (is_narrow and is_low)
            side.pane.set_class(side is not self._active and gives_way, "-collapsed")
        is_stacked = is_narrow or self._is_zoomed
        classes = {"-zoomed": self._is_zoomed, "-stacked": is_stacked, "-beside": not is_stacked}
        for column in ("left", "right"):
            children = self.query_one(f"#{column}").children
            classes[f"-{column}-open"] = any(widget.has_class("-open") for widget in children)
        self.update_classes(classes)  # at once: each change styles every widget anew

    def _clear_notice(self) -> None:
        self.query_one(KeyLine).notice = ""
