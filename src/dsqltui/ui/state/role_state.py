"""Whom each pane is connected as, shared by what opens the sessions and what switches them."""

import asyncio
from typing import TYPE_CHECKING

from dsqltui.core.language import _
from dsqltui.core.sessions.session import ConnectFailed
from dsqltui.ui.state.background import in_daemon_thread
from dsqltui.ui.state.services import Services

if TYPE_CHECKING:
    from dsqltui.core.sessions.roles import Access, RoleSwitcher


class RoleState:
    """The switcher, made when it is first needed, and what the panes have of it."""

    def __init__(self, services: Services) -> None:
        self._open = services.open_roles
        self._switcher: RoleSwitcher | None = None
        self.accesses: dict[str, Access] = {}
        """By pane; those with the base credentials are missing."""
        self.switching: asyncio.Task[str] | None = None
        """The switch under way."""

    def stop_switching(self) -> bool:
        """Give the switch under way up; False when there is none."""
        if self.switching is None or self.switching.done():
            return False
        self.switching.cancel()
        return True

    async def switcher(self) -> "RoleSwitcher":
        """Raises ConnectFailed."""
        if self._open is None:
            raise ConnectFailed(_("Roles cannot be switched here."))
        if self._switcher is None:
            self._switcher = await in_daemon_thread(self._open)
        return self._switcher

    def access(self, letter: str, switcher: "RoleSwitcher") -> "Access":
        """What the pane's session was made with."""
        return self.accesses.get(letter, switcher.base)
