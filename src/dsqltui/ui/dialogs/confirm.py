"""Asked before a statement that changes something runs in both panes."""

from collections.abc import Sequence

from dsqltui.core.language import _
from dsqltui.core.scripts.statement import Statement
from dsqltui.core.text.safe_text import one_line
from dsqltui.ui.dialogs.question import Question

_LISTED = 6
_CHARACTERS = 480
"""Of all of them: eight lines of the dialog."""


class ConfirmBoth(Question):
    """True: run it in both panes."""

    def __init__(self, statements: Sequence[Statement]) -> None:
        room = _CHARACTERS // min(len(statements), _LISTED)  # of one statement the values are seen too
        lines = [one_line(" ".join(statement.text[:2_000].split()), room) for statement in statements[:_LISTED]]
        if len(statements) > _LISTED:
            lines.append(_("… and {count} more").format(count=len(statements) - _LISTED))
        super().__init__(_("Run in both panes?"), "\n".join(lines), yes=_("Run in both"), no=_("Do not run"))
