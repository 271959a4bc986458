"""Slow synchronous work off the event loop that paints; see `client.background`."""

from dsqltui.client.background import in_daemon_thread

__all__ = ["in_daemon_thread"]
