"""Text of others in documents that we write: one function each for Markdown, HTML and SVG makes it read as the text.

All writers of Markdown, HTML and SVG go through these; `tests/core/text/test_markup.py` holds that there are no others.
"""

import re

from dsqltui.core.text.safe_text import many_lines, one_line

_HTML = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;"})
_MARKDOWN = str.maketrans(
    {
        "\\": "\\\\",
        "|": "\\|",
        "<": "&lt;",
        "&": "&amp;",
        "`": "\\`",
        "*": "\\*",
        "[": "\\[",
        "~": "\\~",
        "$": "&#36;",
        "\n": "<br>",
    }
)
_IN_CODE = str.maketrans(
    {char: f"&#{ord(char)};" for char in "\\|*`[~$"} | {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;"}
)
_LOOSE_UNDERSCORE = re.compile(r"(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])")
"""Underscores that Markdown may take for emphasis; not those inside a word."""
_ADDRESS = re.compile(r"(?<=:)//|(?<=[wW]{3})\.(?=\w)|(?<=\w)@(?=\w)|(?<=mailto|MAILTO):|(?<=xmpp):")
"""What GitHub's Markdown makes links of without being asked: `http://x`, `www.x`, `a@b.c`."""
_LINE_START = re.compile(r"\A(\s*)([-+*#]+(?=\s|\Z)|>|\d+[.)](?=\s|\Z)|[-=]+(?=\s*\Z))")
"""What begins a heading, list, quotation or rule."""


def markdown_text(text: str) -> str:
    """`text` as one line of Markdown, at any place of it, also in a table; line breaks become `<br>`."""
    escaped = many_lines(text.replace("\r\n", "\n"), len(text)).translate(_MARKDOWN)
    escaped = _LOOSE_UNDERSCORE.sub(r"\\_", _ADDRESS.sub(_spelled, escaped))
    if escaped.startswith("    "):  # would be code
        escaped = f"&nbsp;{escaped[1:]}"
    return _LINE_START.sub(_not_begun, escaped, count=1)


def markdown_code(text: str) -> str:
    """`text` as code within a line of Markdown, also in a table; line breaks and indentation stay."""
    escaped = many_lines(text, len(text)).translate(_IN_CODE)
    escaped = _LOOSE_UNDERSCORE.sub("&#95;", _ADDRESS.sub(_spelled, escaped))
    return "<code>" + "<br>".join(line.replace("  ", "&nbsp; ") for line in escaped.split("\n")) + "</code>"


def html_text(text: str) -> str:
    """`text` in the content or a quoted attribute of HTML."""
    return many_lines(text, len(text)).translate(_HTML)


def svg_text(text: str, limit: int = 400) -> str:
    """`text` on one line in the content or a quoted attribute of SVG, at most `limit` characters of it."""
    return one_line(text, limit).translate(_HTML)


def _not_begun(found: re.Match[str]) -> str:
    sign = found[2]
    return f"{found[1]}{sign[:-1]}\\{sign[-1]}" if sign[0].isdigit() else f"{found[1]}\\{sign}"


def _spelled(found: re.Match[str]) -> str:
    return "".join(f"&#{ord(char)};" for char in found[0])
