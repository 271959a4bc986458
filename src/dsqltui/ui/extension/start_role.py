"""The role that a connection of the settings begins as: it is there before the first session is, or there is none."""

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
            f"The connection begins as the role {one_line(name, 60)}, which the settings do not have: "
            f"add [roles.{one_line(name, 60)}], or correct the name."
        )
    for side in console.sides.values():
        side.pane.show_role(choice.label, choice.database_role)
    code = ""
    if choice.mfa_serial:
        text = f"The code of {one_line(choice.mfa_serial, 80)}. It is good for one role and not stored."
        asking = AskLine("MFA code", text, placeholder="123456", is_secret=True)
        code = (await answer_of(console, asking) or "").strip()
        if not code:
            raise ConnectFailed(f"The role {one_line(choice.label, 80)} needs an MFA code, and none was given.")
    access = await switcher.assume(choice, code)
    console.role_state.accesses.update(dict.fromkeys(console.sides, access))
    return access
