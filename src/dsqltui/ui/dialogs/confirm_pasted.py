"""Asked before text runs that was pasted with control characters in it."""

from dsqltui.core.language import _
from dsqltui.ui.dialogs.question import Question


class ConfirmPasted(Question):
    """True: run it."""

    def __init__(self) -> None:
        super().__init__(
            _("Run the pasted text?"),
            _(
                "The pasted text contained control characters. They are shown as signs (such as ␛ for "
                "Escape) and\n"
                "did nothing, but text with such characters is often not what it looks like."
            ),
            yes=_("Run"),
            no=_("Do not run"),
        )
