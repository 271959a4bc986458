"""Reads gettext's .po files and writes .mo files, with nothing but the standard library.

The build uses it (hatch_build.py), and a checkout in which no .mo was made yet.
"""

import ast
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field


@dataclass
class PoEntry:
    """One message; the header's id is empty."""

    id: str = ""
    plural: str = ""
    texts: dict[int, str] = field(default_factory=dict)
    """Translations, by plural form; 0 is the only one where there are none."""
    is_fuzzy: bool = False


def entries(text: str) -> Iterator[PoEntry]:
    """The messages of a .po file; obsolete ones (`#~`) are left out."""
    entry, last = PoEntry(), ""
    has_text = False
    for line in [*text.splitlines(), ""]:
        word, _, rest = line.strip().partition(" ")
        if word.startswith("#") or not word:
            if has_text:
                yield entry
                entry, has_text = PoEntry(), False
            entry.is_fuzzy |= word == "#," and "fuzzy" in rest
            continue
        if word.startswith('"'):
            piece = ast.literal_eval(line.strip())
        else:
            last, piece = word, ast.literal_eval(rest)
        if last == "msgid":
            entry.id += piece
        elif last == "msgid_plural":
            entry.plural += piece
        else:
            form = int(last.removeprefix("msgstr").strip("[]") or 0)
            entry.texts[form] = entry.texts.get(form, "") + piece
            has_text = True


def compiled(text: str) -> bytes:
    """The .mo file of a .po file. Messages without a translation, and fuzzy ones, stay English."""
    pairs = sorted(
        (
            (f"{entry.id}\0{entry.plural}" if entry.plural else entry.id).encode(),
            "\0".join(entry.texts[form] for form in sorted(entry.texts)).encode(),
        )
        for entry in entries(text)
        if entry.texts.get(0) and not entry.is_fuzzy
    )
    offset = 28 + 16 * len(pairs)
    tables: list[bytes] = []
    for column in (0, 1):
        for pair in pairs:
            tables.append(struct.pack("<2I", len(pair[column]), offset))
            offset += len(pair[column]) + 1
    head = struct.pack("<7I", 0x950412DE, 0, len(pairs), 28, 28 + 8 * len(pairs), 0, 0)
    strings = b"".join(pair[column] + b"\0" for column in (0, 1) for pair in pairs)
    return head + b"".join(tables) + strings
