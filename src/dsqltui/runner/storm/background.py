"""A storm on the sessions' thread, for a screen that lives on another."""

from dsqltui.client.engine import Engine
from dsqltui.core.storm.connection import OpenLoadConnection
from dsqltui.core.storm.report import StormReport
from dsqltui.core.storm.report_text import report_text
from dsqltui.core.storm.view import StormView, storm_view
from dsqltui.runner.storm.storm import Storm, StormRequest


class BackgroundStorm:
    """May be used from any event loop."""

    def __init__(self, engine: Engine, request: StormRequest, open_connection: OpenLoadConnection) -> None:
        """Raises LoadScriptUnusable."""
        self._engine = engine
        self._storm = Storm(request, open_connection)

    async def run(self) -> None:
        """Connect, run it to its end, close. Raises ConnectFailed."""
        await self._engine.call(self._run())

    async def view(self) -> StormView:
        """How it stands."""
        return await self._engine.call(self._view())

    async def text(self, form: str) -> str:
        """The report so far, in one of REPORT_FORMATS."""
        return await self._engine.call(self._text(form))

    async def pause(self) -> None:
        """Start no new transactions; again: resume."""
        await self._engine.call(self._pause())

    async def stop(self) -> None:
        """End it before its time; `run` then returns."""
        await self._engine.call(self._stop())

    async def _run(self) -> None:
        try:
            await self._storm.prepare()
            await self._storm.run()
        finally:
            await self._storm.close()

    async def _view(self) -> StormView:
        storm = self._storm
        return storm_view(
            storm.reports(), storm.design, storm.open_connections, storm.seconds_left, is_paused=storm.is_paused
        )

    async def _text(self, form: str) -> str:
        reports: tuple[StormReport, ...] = self._storm.reports()
        return report_text(form, reports)

    async def _pause(self) -> None:
        if self._storm.is_paused:
            self._storm.resume()
        else:
            self._storm.pause()

    async def _stop(self) -> None:
        self._storm.stop()
