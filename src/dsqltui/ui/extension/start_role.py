"""The role that a connection of the settings begins as: it is there before the first session is, or there is none."""

from dsqltui.core.language import _
from dsqltui.core.sessions.roles import Access
from dsqltui.core.sessions.session import ConnectFailed
from dsqltui.core.text.safe_text import one_line
from dsqltui.ui.dialogs.line import AskLine
from dsqltui.ui.extension.answer_of import answer_of
from dsqltui.ui.extension.feature import Console


async def access_of_start(console: Console, name: str) -> Access:
    """Assume the settings' role of that name, after asking for its MFA code if it wants one. Raises ConnectFailed."""
    switcher = await console.role_state.switcher()
    choice = switcher.configured(name)
    if choice is None:
        raise ConnectFailed(
            _(
                "The connection begins as the role {name}, which the settings do not have: add "
                "[roles.{name}], or correct the name."
            ).format(name=one_line(name, 60))
        )
    for side in console.sides.values():
        side.pane.show_role(choice.label, choice.database_role)
    code = ""
    if choice.mfa_serial:
        text = _("The code of {mfa_serial}. It is good for one role and not stored.").format(
            mfa_serial=one_line(choice.mfa_serial, 80)
        )
        asking = AskLine(_("MFA code"), text, placeholder="123456", is_secret=True)
        code = (await answer_of(console, asking) or "").strip()
        if not code:
            raise ConnectFailed(
                _("The role {label} needs an MFA code, and none was given.").format(label=one_line(choice.label, 80))
            )
    access = await switcher.assume(choice, code)
    console.role_state.accesses.update(dict.fromkeys(console.sides, access))
    return access
