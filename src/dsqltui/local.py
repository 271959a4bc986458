"""Puts the parts of the console together: sessions on two endpoints, the screen on them."""

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from dsqltui.target import Target, TargetRequest, opened_target

if TYPE_CHECKING:
    from dsqltui.core.session import Session

_LETTERS = "AB"


@dataclass(frozen=True, slots=True)
class ConsoleRequest:
    """What the command line asked of the console."""

    row_limit: int
    """Rows fetched at once."""
    has_mouse: bool


def open_console(request: ConsoleRequest, on: TargetRequest) -> int:
    """Open the console on a target, the simulator started if it does not run; the exit status."""
    from dsqltui.ui.terminal import terminal_problem

    if problem := terminal_problem():
        click.echo(problem, err=True)
        return 2
    with opened_target(on) as target:
        return _open_console(request, target)


def _open_console(request: ConsoleRequest, target: Target) -> int:
    from dsqltui.ui.app import run_console
    from dsqltui.ui.services import Services
    from dsqltui.ui.side import PaneSetup

    with ExitStack() as stack:

        def open_sessions() -> "Sequence[Session]":
            """Called in a thread once the console is on the screen: psycopg and boto3 take their time to import."""
            from dsqltui.client.engine import Engine
            from dsqltui.client.pg_session import PgSession

            engine = stack.enter_context(Engine())
            return [PgSession(engine, endpoint, target.user, target.tokens) for endpoint in target.endpoints]

        from dsqltui.client.script import run_script

        first, second = (
            PaneSetup(letter=letter, endpoint=endpoint, user=target.user)
            for letter, endpoint in zip(_LETTERS, target.endpoints, strict=True)
        )
        services = Services(open_sessions, run_script, row_limit=request.row_limit)
        return run_console((first, second), services, mouse=request.has_mouse)
