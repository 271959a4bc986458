"""Draws docs/first-conflict.svg: the console after the first conflict, on a simulator of its own.

Usage: python docs/screenshot.py [COLUMNS ROWS] > FILE.svg, in the development environment.
"""

import asyncio
import re
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from dsqltui.client.engine import Engine
from dsqltui.client.pg_session import PgSession
from dsqltui.client.script import run_script
from dsqltui.client.tokens import BotoTokens
from dsqltui.core.endpoint import Endpoint
from dsqltui.resources import data
from dsqltui.ui.app import ConsoleApp, PaneSetup
from dsqltui.ui.screens.console import ConsoleScreen
from support.simulator import running_simulator

WHO = "where username = 'carlos_salazar_125@example.edu';"
SCRIPT = """begin;
select username, age, address from xpoints.customers
  {who}
update xpoints.customers set address = '{address}'
  {who}
commit;
"""


async def draw(folder: Path, columns: int, rows: int) -> str:
    """The screen as SVG."""
    with running_simulator(folder) as simulator, Engine() as engine:
        keys = simulator.ready["credentials"]
        tokens = BotoTokens(access_key_id=keys["access_key_id"], secret_access_key=keys["secret_access_key"])
        endpoints = [
            Endpoint(e.host, e.region, e.port, e.hostaddr, simulator.ready["ca_file"]) for e in simulator.endpoints
        ]
        loader = PgSession(engine, endpoints[0], "admin", tokens)
        await loader.connect()
        for script in ("ddl.sql", "load_rewards_data.sql"):
            async for _ in run_script(loader, str(data("sql") / "rewards" / script), limit=1):
                pass
        jobs = "select job_id from sys.jobs where status not in ('completed', 'failed')"
        while (pending := await loader.run(jobs, limit=10)).rows:  # type: ignore[union-attr]
            await loader.run(f"call sys.wait_for_job('{pending.rows[0][0]}')", limit=1)  # type: ignore[union-attr]
        await loader.close()
        first, second = (PaneSetup(letter, endpoint, "admin") for letter, endpoint in zip("AB", endpoints, strict=True))
        sessions = [PgSession(engine, endpoint, "admin", tokens) for endpoint in endpoints]
        app = ConsoleApp(
            lambda: ConsoleScreen((first, second), lambda: sessions, run_script=run_script, row_limit=1000)
        )
        async with app.run_test(size=(columns, rows)) as pilot:

            async def until(text: str) -> None:
                async with asyncio.timeout(60):
                    while text not in app.export_screenshot().replace("&#160;", " "):
                        await pilot.pause(0.05)

            for key, address in (("f3", "201 Rocky Blvd"), ("f2", "123 Main Street")):
                await pilot.press(key)
                editor = app.focused
                editor.load_text(SCRIPT.format(who=WHO, address=address))  # type: ignore[union-attr]
                editor.move_cursor((0, 0))  # type: ignore[union-attr]
            while any(session.state.name != "IDLE" for session in sessions):
                await pilot.pause(0.05)
            await pilot.press("f5", "f5", "f5")
            await until("UPDATE 1")
            await pilot.press("f3", "f5", "f5", "f5", "f5")
            await until("COMMIT")
            await pilot.press("f2", "f5")
            await until("OC000")
            await pilot.pause(0.5)
            return app.export_screenshot(title="dsqltui")


def main() -> None:
    columns, rows = (int(a) for a in sys.argv[1:3]) if len(sys.argv) > 2 else (120, 32)
    with tempfile.TemporaryDirectory() as folder:
        svg = asyncio.run(draw(Path(folder), columns, rows))
    # without the font from the web, which other programs do not load
    print(re.sub(r"@font-face\s*\{[^}]*\}", "", svg).replace("Fira Code", "DejaVu Sans Mono"))


if __name__ == "__main__":
    main()
