"""Text behind which another statement may stand."""

from dsqltui.core.scripts.statement import split


def ended(text: str) -> str:
    """The text with the semicolon that its last statement may lack: what is put below it is a statement of its own."""
    last = next(reversed(split(text)), None)
    if last is None or last.is_terminated:
        return text
    return f"{text[: last.end]};{text[last.end :]}"
