"""How a pane shares its lines: room goes where the eyes are."""

LOW = 30
"""Lines of a pane below which the editor takes only what it needs."""
LEAST = 3
"""Lines of an editor that is seen."""
_BESIDES = 7
"""Lines of a pane that are not the editor's: title, last outcomes, a few rows, status."""


def editor_lines(height: int, text_lines: int, *, is_reading: bool, wished: int | None) -> int | None:
    """Lines of the editor in a pane of `height`; None: its usual share.

    `is_reading`: the results have the focus. `wished`: where the person moved the split, which holds as far as it can.
    """
    if wished is not None:
        return max(1, min(wished, height - _BESIDES))
    if height >= LOW:
        return None
    return LEAST if is_reading else max(LEAST, min(text_lines + 1, (height - 2) // 2))
