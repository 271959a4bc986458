"""The console in a real terminal with fake sessions: `python console_in_terminal.py plain|hostile|hanging`."""

import sys
from collections.abc import Sequence

from dsqltui.core.errors import ServerError
from dsqltui.core.outcome import Done, Notice, Refused
from dsqltui.core.session import Session
from dsqltui.ui.app import run_console
from dsqltui.ui.services import Services
from support.console import SETUPS
from support.fake_session import FakeSession, rows, run_script_text

PAYLOAD = (
    "\x1b]52;c;UFdORUQ=\x07 \x1b[2J\x1b]0;PWNED\x07 \x9b31m \x9d0;PWNED\x9c \x00\x7f\x08 \u202ePWNED\u2066 \u200b "
    "[red]PWNED[/] [/nope] [@click=app.quit]PWNED[/] \udc80\ud800 \r\n\x0bPWNED \u2028"
)
"""Clipboard, title, clear-screen and colour sequences, 8-bit controls, direction overrides, markup, lone surrogates."""


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
    if scenario == "hanging":
        a.hang()
    return (a, b)


if __name__ == "__main__":
    sys.exit(run_console(SETUPS, Services(lambda: _sessions(sys.argv[1]), run_script_text)))
