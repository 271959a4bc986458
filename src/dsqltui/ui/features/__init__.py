"""What the console can do beside running SQL in two panes, one module each.

Each is loaded when it is needed: most of the time to the first frame, and to the connected panes, is loading code.
"""

from importlib import import_module

from dsqltui.ui.extension.feature import Feature
from dsqltui.ui.features.buffers.feature import BufferFeature
from dsqltui.ui.features.connections import Connections
from dsqltui.ui.features.guards import GuardsFeature
from dsqltui.ui.features.keys import KeysFeature
from dsqltui.ui.features.leader.feature import LeaderFeature
from dsqltui.ui.features.outcomes import Outcomes
from dsqltui.ui.features.running import Running

FIRST: tuple[type[Feature], ...] = (
    Connections,
    Outcomes,
    Running,
    LeaderFeature,
    BufferFeature,
    GuardsFeature,
    KeysFeature,
)
"""What must be there before the first statement can run."""

_LATER = (
    "sync:SyncFeature",
    "results:ResultsFeature",
    "plans:PlanFeature",
    "cost:CostFeature",
    "transactions:TransactionsFeature",
    "sessions:SessionsFeature",
    "history.feature:HistoryFeature",
    "snippets.feature:SnippetFeature",
    "themes.feature:ThemeFeature",
    "languages:LanguageFeature",
    "compare.feature:CompareFeature",
    "completion.feature:CompletionFeature",
    "export.feature:ExportFeature",
    "timeline.feature:TimelineFeature",
    "editing:EditingFeature",
    "roles.feature:Roles",
    "roles.access_assistant:AccessFeature",
    "sidebar.feature:SidebarFeature",
    "lab.feature:LabFeature",
    "storm.feature:StormFeature",
    "metrics.feature:MetricsFeature",
    "explorer.feature:ExplorerFeature",
    "overview:Overview",
)
"""Module and class; in the order in which their widgets stand and their reactions run, after the first ones."""


def later_features() -> tuple[type[Feature], ...]:
    """The others, loaded now; to be called in a thread."""
    named = (name.split(":") for name in _LATER)
    return tuple(getattr(import_module(f"{__name__}.{module}"), class_) for module, class_ in named)
