"""Characters and cells of very long lines."""

from rich.cells import cell_len

_CHUNK = 500
"""Characters; what Rich measured once it knows, up to 512."""


def characters_within(line: str, cells: int) -> int:
    """How many characters stand in the first cells of a line; tabs count as one cell."""
    if line.isascii():
        return min(cells, len(line))
    done = at = 0
    while at < len(line):
        chunk = line[at : at + _CHUNK]
        width = cell_len(chunk)
        if done + width > cells:
            break
        done, at = done + width, at + len(chunk)
    while at < len(line) and done + cell_len(line[at]) <= cells:
        done, at = done + cell_len(line[at]), at + 1
    return at
