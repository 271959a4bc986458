"""Asked before a statement that changes something runs in both panes."""

from collections.abc import Sequence

from dsqltui.core.scripts.statement import Statement
from dsqltui.core.text.safe_text import one_line
from dsqltui.ui.dialogs.question import Question

_LISTED = 6


class ConfirmBoth(Question):
    """True: run it in both panes."""

    def __init__(self, statements: Sequence[Statement]) -> None:
        lines = [one_line(" ".join(statement.text[:400].split()), 64) for statement in statements[:_LISTED]]
        if len(statements) > _LISTED:
            lines.append(f"… and {len(statements) - _LISTED} more")
        super().__init__("Run in both panes?", "\n".join(lines), yes="Run in both", no="Do not run")
