"""The letters of a picture: DejaVu Sans Mono, and Noto Sans CJK JP for those that it does not have.

Cairo takes one font for a whole text and looks for no other one when a letter is missing, so that a text with wide
letters becomes several, each in the font that has its letters.
"""

import importlib.util
import os
import re
import tempfile
from html import unescape
from itertools import groupby
from pathlib import Path

from rich.cells import cell_len

NARROW, WIDE = "DejaVu Sans Mono", "Noto Sans CJK JP"
_FONTS = """<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "urn:fontconfig:fonts.dtd">
<fontconfig><include ignore_missing="yes">/etc/fonts/fonts.conf</include><dir>{folder}</dir></fontconfig>
"""
_TEXT = re.compile(
    r'<text (?P<before>[^>]*?)x="(?P<x>[\d.]+)"(?P<amid>[^>]*?) textLength="(?P<length>[\d.]+)"(?P<after>[^>]*)>(?P<text>[^<]*)</text>'
)


def use_package_font() -> None:
    """Have the font of the extra `pictures` found; before Cairo is imported."""
    found = importlib.util.find_spec("noto_cjk_sans_jp_regular")
    if found is None or found.origin is None:
        raise SystemExit("The font for Japanese letters is missing: install the extra `pictures`.")
    folder = tempfile.mkdtemp(prefix="dsqltui-fonts-")
    file = Path(folder) / "fonts.conf"
    file.write_text(_FONTS.format(folder=Path(found.origin).parent), encoding="utf-8")
    os.environ["FONTCONFIG_FILE"] = str(file)


def with_wide_letters(svg: str) -> str:
    """The picture with each text that has wide letters cut into runs of one font."""
    return _TEXT.sub(_cut, svg)


def _cut(found: re.Match[str]) -> str:
    text = unescape(found["text"])
    if cell_len(text) == len(text):
        return found[0]
    cell, x, parts = float(found["length"]) / len(text), float(found["x"]), []  # Rich counts letters, not cells
    for is_wide, letters in groupby(text, lambda letter: cell_len(letter) > 1):
        run = "".join(letters)
        length = cell_len(run) * cell
        family = f' style="font-family: {WIDE}"' if is_wide else ""
        shown = "".join(f"&#{ord(letter)};" for letter in run)
        parts.append(
            f'<text {found["before"]}x="{x:g}"{found["amid"]} textLength="{length:g}"{found["after"]}{family}>{shown}</text>'
        )
        x += length
    return "".join(parts)
