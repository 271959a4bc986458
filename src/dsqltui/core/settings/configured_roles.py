"""The settings' roles as choices for the role switcher."""

from collections.abc import Mapping

from dsqltui.core.language import _
from dsqltui.core.sessions.roles import RoleChoice
from dsqltui.core.settings.sections import RoleSettings


def choices_of(roles: Mapping[str, RoleSettings]) -> tuple[RoleChoice, ...]:
    """The settings' roles by name, in their order. Raises ValueError when one cannot be, naming it."""
    choices = []
    for name, of in roles.items():
        try:
            choices.append(
                RoleChoice(
                    of.database_role or name,
                    of.role_arn,
                    of.session_name,
                    of.duration_s,
                    of.external_id,
                    of.mfa_serial,
                    of.source_profile,
                    of.via_arn,
                    name,
                )
            )
        except ValueError as problem:
            raise ValueError(_("[roles.{name}]: {problem}").format(name=name, problem=problem)) from None
    return tuple(choices)
