"""The console in a real terminal with fake sessions: `python console_in_terminal.py SCENARIO [FOLDER]`.

Scenarios: plain, hostile, hanging, crashing. With a folder it keeps history, snippets and texts there.
"""

import dataclasses
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from dsqltui.core.results.errors import ServerError
from dsqltui.core.results.outcome import Done, Notice, Refused
from dsqltui.core.sessions.session import ConnectFailed, Session
from dsqltui.store.buffers import BufferFile
from dsqltui.store.history import HistoryFile
from dsqltui.store.snippets import SnippetFolder
from dsqltui.ui.app import run_console
from dsqltui.ui.extension.feature import ActionHandler, Feature
from dsqltui.ui.state.services import Services
from support.screens.console import SETUPS, runner_of
from support.screens.fake_session import FakeSession, rows

PAYLOAD = (
    "\x1b]52;c;UFdORUQ=\x07 \x1b[2J\x1b]0;PWNED\x07 \x1b]8;;http://PWNED\x1b\\x\x1b]8;;\x1b\\ \x9b31m \x9d0;PWNED\x9c "
    "\x00\x7f\x08 \u202ePWNED\u2066 \u200b [red]PWNED[/] [/nope] [@click=app.quit]PWNED[/] \udc80\ud800 \r\n\x0bPWNED \u2028"
)
"""Clipboard, title, link, clear-screen and colour sequences, 8-bit controls, direction overrides, markup, lone
surrogates: what is left of bytes that are not UTF-8."""

SECRET_IN_A_LOCAL = "X-Amz-Signature=s3cr3t"


class Crashing(Feature):
    """Its F12 is a bug in our own code, with a secret in a local variable."""

    def handlers(self) -> Mapping[str, ActionHandler]:
        return {"zoom": self._fail}

    def _fail(self) -> None:
        token = SECRET_IN_A_LOCAL
        raise RuntimeError(f"a bug near {PAYLOAD} {len(token)}")


def _sessions(scenario: str) -> Sequence[Session]:
    a, b = FakeSession("us-east-1"), FakeSession("us-east-2")
    if scenario == "hostile":
        huge = PAYLOAD * (10_000_000 // len(PAYLOAD))
        notices = (Notice(PAYLOAD, huge), Notice("NOTICE", PAYLOAD))
        a.answer("table t", rows("id note", (PAYLOAD, None), (huge, "[red]"), *((PAYLOAD, "x"),) * 3))
        a.answer("table n", Done(PAYLOAD, 0.01, notices))
        a.answer(
            "table e",
            Refused(ServerError("42P01", huge, PAYLOAD, detail=huge, hint=PAYLOAD, position=7), 0.01, notices),
        )
        wide = rows(" ".join(f"c{n}" for n in range(200)), tuple(PAYLOAD for _ in range(200)))
        columns = tuple(dataclasses.replace(column, name=f"{column.name}{PAYLOAD}") for column in wide.columns)
        a.answer("table w", dataclasses.replace(wide, columns=columns))
        b.connect_failure = ConnectFailed(PAYLOAD, ServerError("28000", PAYLOAD))
    if scenario == "hanging":
        a.hang()
    return (a, b)


def _services(scenario: str, folder: Path | None) -> Services:
    services = Services(lambda: _sessions(scenario), runner_of)
    if folder is None:
        return services
    history = HistoryFile(folder / "history.sqlite", limit=100)
    services.journal.listen(history.record)
    return dataclasses.replace(
        services,
        history=history,
        snippets=SnippetFolder(folder / "snippets"),
        buffers=BufferFile(folder / "buffers", ("a", "b")),
    )


if __name__ == "__main__":
    scenario = sys.argv[1]
    more_features = (Crashing,) if scenario == "crashing" else ()
    setups = SETUPS
    if scenario == "hostile":
        setups = (dataclasses.replace(SETUPS[0], user=f"admin{PAYLOAD}"), SETUPS[1])
    services = _services(scenario, Path(sys.argv[2]) if len(sys.argv) > 2 else None)
    sys.exit(run_console(setups, services, more_features=more_features))
