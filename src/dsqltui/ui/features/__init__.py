"""What the console can do beside running SQL in two panes, one module each."""

from dsqltui.ui.feature import Feature

FEATURES: tuple[type[Feature], ...] = ()
"""In the order in which their widgets stand and their reactions run."""
