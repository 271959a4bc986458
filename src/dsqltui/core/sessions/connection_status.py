"""Where a pane's connection stands, as the console knows it."""

from enum import Enum

from dsqltui.core.language import N_


class ConnectionStatus(Enum):
    """The value is the word on the title bar."""

    STARTING = "starting…"
    CONNECTING = "connecting…"
    CONNECTED = "connected"
    FAILED = N_("not connected")
    LOST = N_("connection lost")

    @property
    def can_reconnect(self) -> bool:
        """Whether F9 has something to do."""
        return self in (ConnectionStatus.FAILED, ConnectionStatus.LOST)
