"""Asked before text runs that was pasted with control characters in it."""

from dsqltui.ui.dialogs.question import Question


class ConfirmPasted(Question):
    """True: run it."""

    def __init__(self) -> None:
        super().__init__(
            "Run what was just pasted?",
            "The pasted text held control characters. They were made visible signs (such as ␛ for Escape) and did\n"
            "nothing, but text that brings them along is often not what it looks like.",
            yes="Run",
            no="Do not run",
        )
