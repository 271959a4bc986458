"""What the console can do beside running SQL in two panes, one module each."""

from dsqltui.ui.feature import Feature
from dsqltui.ui.features.access import Access
from dsqltui.ui.features.buffers import BufferFeature
from dsqltui.ui.features.compare import CompareFeature
from dsqltui.ui.features.completion import CompletionFeature
from dsqltui.ui.features.connections import Connections
from dsqltui.ui.features.editing import EditingFeature
from dsqltui.ui.features.export import ExportFeature
from dsqltui.ui.features.guards import GuardsFeature
from dsqltui.ui.features.history import HistoryFeature
from dsqltui.ui.features.lab import Lab
from dsqltui.ui.features.leader import LeaderFeature
from dsqltui.ui.features.outcomes import Outcomes
from dsqltui.ui.features.recorder import Recorder
from dsqltui.ui.features.results import ResultsFeature
from dsqltui.ui.features.roles import Roles
from dsqltui.ui.features.running import Running
from dsqltui.ui.features.sessions import SessionsFeature
from dsqltui.ui.features.sidebar import SidebarFeature
from dsqltui.ui.features.snippets import SnippetFeature
from dsqltui.ui.features.sync import SyncFeature
from dsqltui.ui.features.themes import ThemeFeature
from dsqltui.ui.features.timeline import TimelineFeature
from dsqltui.ui.features.transactions import TransactionsFeature

BASICS: tuple[type[Feature], ...] = (
    Recorder,
    Connections,
    Outcomes,
    Running,
)
"""Without these it would be no console. The recorder is first: what the others ask the journal must be in it."""

FEATURES: tuple[type[Feature], ...] = (
    LeaderFeature,
    BufferFeature,
    HistoryFeature,
    SnippetFeature,
    ThemeFeature,
    SyncFeature,
    ResultsFeature,
    CompareFeature,
    TransactionsFeature,
    SessionsFeature,
    GuardsFeature,
    CompletionFeature,
    ExportFeature,
    TimelineFeature,
    EditingFeature,
    Roles,
    Access,
    SidebarFeature,
    Lab,
)
"""In the order in which their widgets stand and their reactions run."""
