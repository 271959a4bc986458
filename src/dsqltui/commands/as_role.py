"""`--as NAME`: a role of the settings, for commands without a screen."""

import sys
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from dsqltui.core.language import _
from dsqltui.core.sessions.session import ConnectFailed
from dsqltui.core.text.safe_text import one_line
from dsqltui.launch.target import Target

if TYPE_CHECKING:
    from dsqltui.core.sessions.roles import RoleChoice


def as_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """The option `--as` for a click command: parameter as_role, None without it."""
    return click.option(
        "--as", "as_role", metavar="NAME", help="Become [roles.NAME] of the settings first: its IAM and database role."
    )(command)


def become(target: Target, name: str | None, user: str) -> Target:
    """The target with the credentials and the database role of [roles.NAME]; as it is without a name.

    `user` is what the command line said. Raises click.UsageError and, when the role cannot be assumed,
    click.ClickException.
    """
    if name is None:
        return target
    if user != "admin":
        raise click.UsageError(_("give either --user or --as, which says the database role too"))
    from dsqltui.client.tokens import BotoTokens

    choice = named_role(name)
    code = _code(choice)
    region, account = target.endpoints[0].region, target.tokens.account
    try:
        assumed = account.ask(lambda: account.become(choice, region, code), role_arn=choice.role_arn, region=region)
    except ConnectFailed as failure:
        raise click.ClickException(str(failure)) from None
    tokens = BotoTokens(account=assumed, lifetime_s=target.tokens.lifetime_s)
    return replace(target, tokens=tokens, user=choice.database_role)


def named_role(name: str) -> "RoleChoice":
    """The settings' role of that name. Raises click.UsageError."""
    from dsqltui.commands.config import settings_or_exit
    from dsqltui.core.settings.configured_roles import choices_of

    try:
        choices = {choice.name: choice for choice in choices_of(settings_or_exit().settings.roles)}
    except ValueError as problem:
        raise click.UsageError(str(problem)) from None
    if name not in choices:
        known = ", ".join(choices) or _("none yet")
        raise click.UsageError(
            _("the settings have no role {name}; there are: {known} (dsqltui config edit)").format(
                name=one_line(name, 60), known=known
            )
        )
    return choices[name]


def _code(choice: "RoleChoice") -> str:
    if not choice.mfa_serial:
        return ""
    if not sys.stdin.isatty():
        raise click.UsageError(
            _("the role {name} wants an MFA code, which has to be typed: run it in a terminal").format(name=choice.name)
        )
    return str(
        click.prompt(
            _("MFA code of {mfa_serial}").format(mfa_serial=one_line(choice.mfa_serial, 80)), hide_input=True, err=True
        )
    ).strip()
