"""Changes to whole lines of an editor: comments put before them and taken away, indentation. Lines in, lines out."""

from collections.abc import Sequence

_MARK = "--"


def toggled_comments(lines: Sequence[str]) -> tuple[str, ...]:
    """Take `--` away when every line with text begins with it; else put `-- ` before each, at the shallowest indent."""
    with_text = [line for line in lines if line.strip()]
    if not with_text:
        return tuple(lines)
    if all(line.lstrip().startswith(_MARK) for line in with_text):
        return tuple(_uncommented(line) for line in lines)
    indent = min(len(line) - len(line.lstrip()) for line in with_text)
    return tuple(f"{line[:indent]}{_MARK} {line[indent:]}" if line.strip() else line for line in lines)


def indented(lines: Sequence[str], width: int) -> tuple[str, ...]:
    """Each line that holds something, `width` spaces to the right."""
    return tuple(" " * width + line if line.strip() else line for line in lines)


def outdented(lines: Sequence[str], width: int) -> tuple[str, ...]:
    """Each line to the left by up to `width` spaces or one tab."""
    return tuple(_outdented(line, width) for line in lines)


def _outdented(line: str, width: int) -> str:
    if line.startswith("\t"):
        return line[1:]
    return line[min(width, len(line) - len(line.lstrip(" "))) :]


def _uncommented(line: str) -> str:
    before, mark, after = line.partition(_MARK)
    if not mark:
        return line
    return before + after.removeprefix(" ")
