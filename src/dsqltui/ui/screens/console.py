"""The console: two panes, a key line, and the features that make them work. It knows none by name."""

import asyncio
from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from functools import partial
from typing import Any, ClassVar, TypeVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container, Horizontal
from textual.message import Message
from textual.screen import Screen
from textual.timer import Timer
from textual.widget import Widget
from textual.widgets import TextArea

from dsqltui.core.aws.limits import AgeLimits
from dsqltui.core.language import _
from dsqltui.core.scripts.ending import ended
from dsqltui.core.sessions.connection_status import ConnectionStatus
from dsqltui.runner.event_sink import EventSink
from dsqltui.runner.events import ConnectionChanged, RunnerEvent, StatementsFinished
from dsqltui.runner.jobs import Job
from dsqltui.runner.journal_recorder import JournalRecorder
from dsqltui.runner.pane_runner import PaneRunner
from dsqltui.ui.dialogs.quit import ConfirmQuit, costs_of_leaving
from dsqltui.ui.extension.feature import ActionHandler, Feature, Offer, Reaction
from dsqltui.ui.features import FIRST, later_features
from dsqltui.ui.keys.key_items import KeySituation
from dsqltui.ui.keys.keymap import KeyScope, handler_bindings
from dsqltui.ui.keys.user_keys import key_of, short_key_of
from dsqltui.ui.panes.pane import Pane
from dsqltui.ui.panes.pane_state import PaneSetup, PaneState
from dsqltui.ui.panes.split import Panes
from dsqltui.ui.state.background import in_daemon_thread
from dsqltui.ui.state.deferred_input import DeferredInput
from dsqltui.ui.state.messages import (
    ActionAsked,
    ConsoleMessage,
    FocusMoved,
    Hearer,
    PaneActivated,
    PaneChosen,
    PanesResized,
    RunnerTold,
)
from dsqltui.ui.state.observers import Observers
from dsqltui.ui.state.role_state import RoleState
from dsqltui.ui.state.services import Services
from dsqltui.ui.state.sync_mode import SyncMode
from dsqltui.ui.textual_patches.hooks import hand_on, start_worker
from dsqltui.ui.textual_patches.ordered import KeyHolder
from dsqltui.ui.textual_patches.sparing_paint import SparingPaint
from dsqltui.ui.widgets.editor import Editor
from dsqltui.ui.widgets.key_line import KeyLine

T = TypeVar("T")

_REDO = "Ctrl+" + "Y"  # Textual's, and nobody changes it

_NOTICE_S = 6.0
"""Seconds a notice stands on the key line."""
_BESIDE_WIDTH, _STACKED_HEIGHT = 100, 29
"""Cells that the panes need to stand beside each other, and lines that they need above each other."""


class ConsoleScreen(KeyHolder, Hearer, SparingPaint, Screen[None]):
    """Attributes go down to the panes; messages come up from them and from the queues, and go to the features."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *handler_bindings(KeyScope.CONSOLE),
        Binding("alt+up", "do('split_up')", show=False),  # where a terminal sends them; their letters work everywhere
        Binding("alt+down", "do('split_down')", show=False),
    ]
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (100, "-wide")]  # noqa: RUF012 - Textual's own annotation
    VERTICAL_BREAKPOINTS = [(0, "-short"), (30, "-tall")]  # noqa: RUF012

    def __init__(
        self,
        setups: tuple[PaneSetup, PaneSetup],
        services: Services,
        more_features: tuple[type[Feature], ...] = (),
    ) -> None:
        super().__init__(classes="-beside")
        self._services = services
        self._sides = {
            setup.letter: PaneState(
                setup,
                Pane(
                    setup.letter,
                    key=short_key_of(f"focus_{setup.letter.lower()}"),
                    region=setup.endpoint.region,
                    user=setup.user,
                ),
                PaneRunner(
                    setup.letter,
                    EventSink(setup.letter, self._pass_on),
                    JournalRecorder(services.journal, setup.letter, setup.endpoint.region),
                    open_runner=services.open_runner,
                    row_limit=services.settings.console.rows,
                ),
            )
            for setup in setups
        }
        self._active = self._sides[setups[0].letter]
        self._sync_mode = SyncMode.INDEPENDENT
        self._room = (_BESIDE_WIDTH, _STACKED_HEIGHT)
        self._is_zoomed = self._shows_results_only = False
        self._zoomed_from: Widget | None = None
        """What had the focus before the pane was alone."""
        self._notice_timer: Timer | None = None
        self._observers = Observers(services.open_observer)
        self._role_state = RoleState(services)
        self.age_limits = AgeLimits(session_s=services.session_age_limit_s)
        self._handlers = self._own_handlers()
        self._reactions: dict[Feature, Mapping[type[object], Reaction]] = {}
        self.features: tuple[Feature, ...] = ()
        """Those that are loaded, in their order on the screen."""
        self._take(feature(self) for feature in (*FIRST, *more_features))
        self.is_complete = False
        """Whether all features are there."""
        self._deferred = DeferredInput()

    def expect_size(self, width: int, height: int) -> None:
        """Wear that size's classes before anything is styled: to put them on later styles every widget anew."""
        fitting = {
            max(point for point in points if point[0] <= cells)[1]
            for points, cells in ((self.HORIZONTAL_BREAKPOINTS, width), (self.VERTICAL_BREAKPOINTS, height))
        }
        self.add_class(*fitting, update=False)
        self._room = (width, height - 1)
        self._arrange(update=False)

    def compose(self) -> ComposeResult:
        """Left column, both panes, right column; what stands below; the key line."""
        with Horizontal(id="body"):
            yield Container(*(widget for feature in self.features for widget in feature.left()), id="left")
            with Panes(id="panes"):
                for side in self._sides.values():
                    yield side.pane
            yield Container(*(widget for feature in self.features for widget in feature.right()), id="right")
        yield Container(*(widget for feature in self.features for widget in feature.below()), id="below")
        yield KeyLine(self.do)

    def on_mount(self) -> None:
        """Start in the first pane's editor."""
        self.sync_mode = self._sync_mode
        for side in self._sides.values():
            editor, wanted = side.pane.editor, self._services.settings.editor
            editor.cursor_blink, editor.soft_wrap = wanted.cursor_blink, wanted.soft_wrap
            editor.run_line = partial(self.do, "run") if wanted.enter_runs_commands else None
        self._room = (self.app.size.width, self.app.size.height - 1)
        self._activate(self._active)
        self.set_focus(self._active.pane.editor)

    def _take(self, features: Iterable[Feature]) -> None:
        """More features, after those that are there."""
        for feature in features:
            self.features += (feature,)
            self._handlers |= feature.handlers()
            self._reactions[feature] = feature.reactions()

    def start(self) -> None:
        """The first frame is out: the slow part may begin."""
        for feature in self.features:
            feature.started()
        self.spawn(self._complete(), group="complete")

    async def _complete(self) -> None:
        """Bring the features that are not needed at first, when the panes are connected or one is asked for."""
        await self._deferred.is_over()
        features = [feature(self) for feature in await in_daemon_thread(later_features)]
        brought = (
            ("#left", [widget for feature in features for widget in feature.left()]),
            ("#right", [widget for feature in features for widget in feature.right()]),
            ("#below", [widget for feature in features for widget in feature.below()]),
        )
        for place, widgets in brought:
            await self.query_one(place).mount_all(widgets)
        self._take(features)
        self.is_complete = True
        for feature in features:
            feature.started()
        for message in self._deferred.told():
            self._tell(features, message)
        for action in self._deferred.asked():
            self.do(action)
        self.call_after_refresh(self._type_again)  # where the actions have moved the focus by then

    def holds(self, event: events.Key) -> bool:
        """While an action waits for its feature: the key is meant for what it leads to."""
        return self._deferred.holds(event)

    def _type_again(self) -> None:
        for event in self._deferred.typed():
            receiver = self.app.focused or self.app.screen
            hand_on(event, receiver)

    async def close(self) -> None:
        """End both connections and what the features hold."""
        await asyncio.gather(
            *(side.queue.close() for side in self._sides.values()),
            *(feature.close() for feature in self.features),
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
    def role_state(self) -> RoleState:
        """Whom each pane is connected as."""
        return self._role_state

    @property
    def sides(self) -> Mapping[str, PaneState]:
        """By letter, A first."""
        return self._sides

    @property
    def active(self) -> PaneState:
        """The side a person works in."""
        return self._active

    @property
    def other(self) -> PaneState:
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
    def handlers(self) -> Mapping[str, ActionHandler]:
        """What the console and its features do for each action, by its id."""
        return self._handlers

    def tell(self, text: str) -> None:
        """A notice on the key line, for a few seconds."""
        key_line = self.query_one(KeyLine)
        key_line.notice = text
        if self._notice_timer is not None:
            self._notice_timer.stop()
        self._notice_timer = self.set_timer(_NOTICE_S, self._clear_notice)

    def show_keys(self, now: KeySituation) -> None:
        """Which keys work where the person is."""
        self.query_one(KeyLine).situation = now

    def go_to(self, letter: str) -> None:
        """Make that side active, with the cursor in its editor."""
        if self._shows_results_only:
            self._is_zoomed = self._shows_results_only = False
        self._activate(self._sides[letter])
        self.set_focus(self._active.pane.editor)

    def submit(self, side: PaneState, job: Job) -> bool:
        """Queue a job; tells and returns False when the side is not connected."""
        if side.queue.link.can_reconnect and side.queue.running is None:
            self.tell(
                _("Pane {letter} is not connected and nothing was sent; {key} reconnects.").format(
                    letter=side.letter, key=key_of("reconnect")
                )
            )
            return False
        side.queue.put(job)
        return True

    def prefill(self, letter: str, text: str) -> None:
        """Put SQL into a side's editor, below what the person has there, with the cursor on it."""
        editor = self._sides[letter].pane.editor
        before = ended(editor.text.rstrip())
        lead = f"{before}\n\n" if before else ""
        editor.replace(f"{lead}{text}", (0, 0), editor.document.end)
        editor.go_to(len(lead))

    def offers(self) -> Sequence[Offer]:
        """What all features offer to the palette now."""
        return [offer for feature in self.features for offer in feature.offers()]

    def ask(self, dialog: Screen[T], answered: Callable[[T | None], None] | None = None) -> None:
        """Show a dialog over the console."""
        self.app.push_screen(dialog, answered)

    def do(self, action: str) -> None:
        """Do an action of keymap.ACTIONS by its id; as soon as its feature is there."""
        if not self.is_complete and action not in self._handlers:
            self._deferred.ask(action)
            return
        work = self._handlers[action]()
        if work is not None:
            self.spawn(work, group=f"do-{action}")

    def spawn(self, work: Coroutine[Any, Any, None], *, group: str) -> None:
        """Run a coroutine as a worker; a running one of the same group is cancelled."""
        start_worker(self, work, group=group, exclusive=True)

    def rearrange(self) -> None:
        """Lay the screen out again."""
        self._arrange()

    def repaint(self) -> None:
        """Paint every widget anew: their words have changed."""
        self.sync_mode = self._sync_mode
        for widget in self.walk_children():
            widget.refresh(layout=True)

    def action_do(self, action: str) -> None:
        """What all keys of the console lead to."""
        self.do(action)

    def _own_handlers(self) -> dict[str, ActionHandler]:
        return {
            "focus_a": partial(self.go_to, "A"),
            "focus_b": partial(self.go_to, "B"),
            "focus_results": self._focus_results,
            "focus_editor": lambda: self.go_to(self._active.letter),
            "other_pane": lambda: self.go_to(self.other.letter),
            "zoom": self._zoom,
            "split_up": partial(self._move_split, -1),
            "split_down": partial(self._move_split, 1),
            "quit": self._quit,
        }

    def pane(self, letter: str) -> Pane:
        """The pane of that letter."""
        return self._sides[letter].pane

    # -- what queues and widgets tell ----------------------------------------------------------------------------------

    def _pass_on(self, event: RunnerEvent) -> None:
        """From a runner, in the order of its events, after what the screen was told before."""
        self.post_message(RunnerTold(event))

    @on(RunnerTold)
    def _runner_told(self, message: RunnerTold) -> None:
        event = message.event
        if isinstance(event, ConnectionChanged):
            pending = (ConnectionStatus.STARTING, ConnectionStatus.CONNECTING)
            if all(side.queue.link not in pending for side in self._sides.values()):
                self._deferred.connected()
        for one in event.finished if isinstance(event, StatementsFinished) else (event,):
            self._tell_all(one)

    def hear(self, message: ConsoleMessage) -> None:
        """Now: an action of the console, or what the features do."""
        if isinstance(message, ActionAsked):
            self.do(message.action)
        else:
            self._tell_all(message)

    @on(ConsoleMessage)
    def _told(self, message: Message) -> None:
        if not isinstance(message, RunnerTold):
            self._tell_all(message)

    @on(TextArea.Changed)
    def _text_changed(self, message: Message) -> None:
        message.stop()
        self._tell(self.features, message)

    def _tell_all(self, message: object) -> None:
        """To the features, in their order; kept for those still to come."""
        if not self.is_complete:
            self._deferred.tell(message)
        self._tell(self.features, message)

    def _tell(self, features: Iterable[Feature], message: object) -> None:
        for feature in features:
            reaction = self._reactions[feature].get(type(message))
            if reaction is not None:
                reaction(message)

    @on(events.DescendantFocus)
    def _descendant_focused(self, event: events.DescendantFocus) -> None:
        if event.widget is not self.focused:
            return  # the news is old: in a burst of keys the focus has moved on
        for side in self._sides.values():
            if side is not self._active and side.pane in event.widget.ancestors:
                self._activate(side)
        self._active.pane.share_room()
        self._tell(self.features, FocusMoved())

    @on(Editor.Undone)
    def _undone(self, message: Message) -> None:
        message.stop()
        self.tell(_("Undone; {key} brings it back.").format(key=_REDO))

    @on(PaneChosen)
    def _pane_chosen(self, message: PaneChosen) -> None:
        self.go_to(message.letter)

    # -- actions -------------------------------------------------------------------------------------------------------

    def _focus_results(self) -> None:
        """This pane's results."""
        self.set_focus(self._active.pane.results)

    def _zoom(self) -> None:
        """One pane; its results alone, from them at once; both panes again."""
        is_reading = self.focused is self._active.pane.results
        if not self._is_zoomed:
            self._zoomed_from = self.focused
        if not self._is_zoomed and not is_reading:
            self._is_zoomed = True
        elif not self._shows_results_only:
            self._is_zoomed = True
            self._shows_results_only = True
            self._focus_results()
        else:
            self._is_zoomed = self._shows_results_only = False
            if is_reading and self._zoomed_from is self._active.pane.editor:
                self.set_focus(self._zoomed_from)
        self._arrange()

    def _move_split(self, by: int) -> None:
        """The line between editor and results."""
        pane = self._active.pane
        pane.move_split(pane.editor.size.height + by)

    def _quit(self) -> None:
        """Leave; ask when a transaction would be lost, or it is not known yet what was saved."""
        costs = costs_of_leaving({letter: side.queue for letter, side in self._sides.items()})
        if not costs:
            self.app.exit()
            return

        def answered(is_yes: bool | None) -> None:
            if is_yes:
                self.app.exit()

        self.ask(ConfirmQuit(costs), answered)

    # -- layout --------------------------------------------------------------------------------------------------------

    @on(PanesResized)
    def _panes_resized(self, message: PanesResized) -> None:
        self._room = (message.width, message.height)
        self._arrange()

    def _activate(self, side: PaneState) -> None:
        is_new = side is not self._active
        self._active = side
        if is_new:
            self.post_message(PaneActivated(side.letter))
        for other in self._sides.values():
            other.pane.title.is_active = other is side
        self._arrange()

    def _arrange(self, *, update: bool = True) -> None:
        """Stack the panes where they are too narrow side by side; collapse the other where it is too low as well."""
        width, height = self._room
        is_narrow, is_low = width < _BESIDE_WIDTH, height < _STACKED_HEIGHT
        for side in self._sides.values():
            gives_way = self._is_zoomed or (is_narrow and is_low)
            side.pane.set_class(side is not self._active and gives_way, "-collapsed", update=update)
            side.pane.set_class(self._shows_results_only, "-results-only", update=update)
        is_stacked = is_narrow or self._is_zoomed
        classes = {"-zoomed": self._is_zoomed, "-stacked": is_stacked, "-beside": not is_stacked}
        for column in ("left", "right"):
            classes[f"-{column}-open"] = bool(self.query(f"#{column} > .-open"))
        self.update_classes(classes, update=update)  # at once: each change styles every widget anew

    def _clear_notice(self) -> None:
        self.query_one(KeyLine).notice = ""
