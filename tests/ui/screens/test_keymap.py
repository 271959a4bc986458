"""The table of actions: every key arrives, every action can be reached, nothing is bound twice."""

import pytest
from textual.binding import Binding

from dsqltui.ui.dialogs.base import Dialog
from dsqltui.ui.dialogs.value import ValueDialog
from dsqltui.ui.features import later_features
from dsqltui.ui.features.explorer.dialog import ExplorerDialog
from dsqltui.ui.features.explorer.replay import ReplayLine
from dsqltui.ui.features.history.dialog import HistoryDialog
from dsqltui.ui.features.lab.panel import LabScroll
from dsqltui.ui.features.metrics.dialog import MetricsDialog
from dsqltui.ui.features.roles.dialog import RoleDialog
from dsqltui.ui.features.sidebar.create_index_dialog import CreateIndexDialog
from dsqltui.ui.features.sidebar.widget import Sidebar
from dsqltui.ui.features.storm.screen import StormScreen
from dsqltui.ui.features.timeline.strip import TimelineStrip
from dsqltui.ui.keys.keymap import ACTIONS, EDITING, UNDELIVERABLE, Action, KeyScope, actions, bindings, shown
from dsqltui.ui.results.grid import ResultGrid
from dsqltui.ui.results.line_view import LineView
from dsqltui.ui.results.plan_view import PlanView
from dsqltui.ui.results.record_view import RecordView
from dsqltui.ui.results.report_view import ReportView
from dsqltui.ui.results.script_view import ScriptView
from dsqltui.ui.screens.console import ConsoleScreen
from dsqltui.ui.state.services import Services
from dsqltui.ui.widgets.choice_line import ChoiceLine
from dsqltui.ui.widgets.editor import Editor
from dsqltui.ui.widgets.line_list import LineList
from support.screens.console import SETUPS, runner_of

_HOMES = {
    KeyScope.CONSOLE: ConsoleScreen,
    KeyScope.GRID: ResultGrid,
    KeyScope.CARD: ReportView,
    KeyScope.DIALOG: Dialog,
    KeyScope.LIST: LineList,
    KeyScope.INDEX_FORM: CreateIndexDialog,
    KeyScope.ROLES: RoleDialog,
    KeyScope.LINES: LineView,
    KeyScope.VALUE: ValueDialog,
    KeyScope.CHOICE: ChoiceLine,
    KeyScope.TIMELINE: TimelineStrip,
    KeyScope.RECORD: RecordView,
    KeyScope.PLAN: PlanView,
    KeyScope.SCRIPT: ScriptView,
    KeyScope.HISTORY: HistoryDialog,
    KeyScope.LAB: LabScroll,
    KeyScope.EXPLORER: ExplorerDialog,
    KeyScope.REPLAY: ReplayLine,
    KeyScope.STORM: StormScreen,
    KeyScope.METRICS: MetricsDialog,
}


@pytest.mark.parametrize("action", ACTIONS, ids=lambda action: action.id)
def test_each_default_key_arrives_everywhere(action: Action) -> None:
    for key in action.keys:
        assert key not in UNDELIVERABLE
        assert not key.startswith(("alt+", "ctrl+shift+", "super+"))


@pytest.mark.parametrize("key", ["ctrl+j", "ctrl+m", "ctrl+n", "ctrl+w", "ctrl+enter", "f11"])
def test_the_list_of_undeliverable_keys_holds_the_known_traps(key: str) -> None:
    assert key in UNDELIVERABLE


def test_run_is_on_no_key_that_a_paste_can_send() -> None:
    run = next(action for action in ACTIONS if action.id == "run")
    assert not {"enter", "ctrl+j", "ctrl+m", "tab"} & {*run.keys}


@pytest.mark.parametrize("action", ACTIONS, ids=lambda action: action.id)
def test_each_action_is_implemented_where_its_keys_work(action: Action) -> None:
    if action.scope is KeyScope.CONSOLE:
        services = Services(lambda: (), runner_of)
        assert action.id in ConsoleScreen(SETUPS, services, later_features()).handlers
    elif action.scope is KeyScope.SIDEBAR:
        assert f"do({action.id!r})" in {b.action for b in Sidebar.BINDINGS if isinstance(b, Binding)}
    else:
        home = _HOMES[action.scope]
        assert callable(getattr(home, f"action_{action.id}"))


def test_each_console_action_has_a_leader_path_of_its_own() -> None:
    paths = [action.leader for action in actions(KeyScope.CONSOLE) if action.id != "leader"]
    assert all(paths)
    assert len(paths) == len(set(paths))
    for path in paths:
        assert not any(other != path and other.startswith(path) for other in paths), path


def test_each_action_has_a_key_or_is_in_the_palette() -> None:
    assert all(action.keys for action in ACTIONS if action.scope is not KeyScope.CONSOLE)
    assert all(action.label and action.description for action in actions(KeyScope.CONSOLE))


@pytest.mark.parametrize("scope", KeyScope)
def test_no_key_is_bound_twice_in_a_scope(scope: KeyScope) -> None:
    keys = [key for action in actions(scope) for key in action.keys]
    assert len(keys) == len(set(keys))


@pytest.mark.parametrize("scope", KeyScope)
def test_no_binding_overtakes_typed_text(scope: KeyScope) -> None:
    assert not any(binding.priority for binding in bindings(scope) if isinstance(binding, Binding))


def test_the_editor_leaves_the_consoles_keys_alone() -> None:
    editor_keys = {key for binding in Editor.BINDINGS if isinstance(binding, Binding) for key in binding.key.split(",")}
    console_keys = {key for action in actions(KeyScope.CONSOLE) for key in action.keys}
    assert editor_keys & console_keys == {"ctrl+c"}  # copies, and passes on when nothing is selected


def test_the_editing_keys_of_the_help_are_textuals() -> None:
    textual_keys = {
        key for binding in Editor.BINDINGS if isinstance(binding, Binding) for key in binding.key.split(",")
    }
    assert {key for key, _ in EDITING} - {"shift+arrows"} <= textual_keys


@pytest.mark.parametrize(
    ("key", "text"), [("f5", "F5"), ("ctrl+q", "^Q"), ("shift+f5", "Shift+F5"), ("pagedown", "PgDn"), ("g", "g")]
)
def test_keys_are_written_for_people(key: str, text: str) -> None:
    assert shown(key) == text
