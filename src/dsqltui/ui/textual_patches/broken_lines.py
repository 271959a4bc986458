"""Japanese in labels, cards and dialogs is broken as Japanese is: between letters, never inside `GRANT` or before `。`.

Textual breaks at spaces alone, which Japanese does not have, and what is longer than a line wherever the line ends.
"""

from textual import content

from dsqltui.core.text.wrapping import break_places, cells

_of_textual = content.divide_line  # type: ignore[attr-defined]


def divided(text: str, width: int, fold: bool = True) -> list[int]:
    """Where a line is broken; what has no wide letters as Textual does it."""
    if not fold or text.isascii() or cells(text) == len(text):
        places: list[int] = _of_textual(text, width, fold)
        return places
    return break_places(text, width)


def break_well() -> None:
    """From now on, everywhere."""
    content.divide_line = divided  # type: ignore[attr-defined]
