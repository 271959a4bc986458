"""`dsqltui open`, the console: `dsqltui --local` and `dsqltui HOST_A HOST_B` are short for it."""

from typing import Any

import click

from dsqltui.commands.as_role import as_option, become, named_role
from dsqltui.commands.config import settings_or_exit
from dsqltui.commands.words.help_language import language_option
from dsqltui.core.settings.sections import Settings
from dsqltui.core.settings.toml_text import overridden
from dsqltui.launch.target import TargetRequest, checked, network_options, target_options


@click.command("open")
@click.argument("hosts", nargs=-1, metavar="HOST_A HOST_B")
@target_options
@network_options
@as_option
@click.option("--rows", type=click.IntRange(1, 100_000), help="Rows to fetch at once; default: console.rows.")
@click.option("--plain", is_flag=True, help="Both panes as lines of text: for screen readers and slow links.")
@language_option
@click.option("--no-mouse", is_flag=True, help="Leave the mouse to the terminal; default: console.mouse.")
@click.option("--no-history", is_flag=True, help="Keep nothing of what is run; default: history.enabled.")
@click.option("--no-config", is_flag=True, help="Leave the settings file unread (see: dsqltui config).")
def open_console(
    hosts: tuple[str, ...],
    is_local: bool,
    user: str,
    profile: str | None,
    rows: int | None,
    plain: bool,
    no_mouse: bool,
    no_history: bool,
    no_config: bool,
    as_role: str | None,
    **where: Any,
) -> None:
    """Open the console; `dsqltui --local` and `dsqltui HOST_A HOST_B` are short for it."""
    from dsqltui.launch.local_console import open_console as opened

    on = checked(TargetRequest(hosts, is_local, user, profile, **where))
    settings = Settings() if no_config else settings_or_exit().settings
    settings = overridden(settings, "console", rows=rows, mouse=False if no_mouse else None)
    settings = overridden(settings, "history", enabled=False if no_history else None)
    if plain:
        raise SystemExit(_plain(settings, on, as_role))
    raise SystemExit(opened(settings, on, start_role=named_role(as_role).name if as_role else ""))


def _plain(settings: Settings, on: TargetRequest, as_role: str | None) -> int:
    from dsqltui.headless.plain import run_plain
    from dsqltui.launch.target import opened_target

    with opened_target(on) as opened:
        target = become(opened, as_role, on.user)
        return int(run_plain(target.endpoints, target.user, target.tokens, page_rows=settings.console.rows))
