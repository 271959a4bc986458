"""Pieces of SQL a person keeps for another time."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from dsqltui.core.text.safe_text import one_line

_TITLE_LENGTH = 80


@dataclass(frozen=True, slots=True)
class Snippet:
    """One file."""

    file: str
    """Its name, unique."""
    title: str
    """Its first line, when that is a comment; else the file's name. One safe line."""
    sql: str
    """Without the line of the title."""
    trouble: str = ""
    """Why it could not be read: one sentence; empty when it could."""


class SnippetsUnavailable(Exception):
    """The snippets cannot be read or written. The message is one sentence."""


class Snippets(Protocol):
    """Reads and writes them. Blocks: call it in a thread."""

    def read(self) -> Sequence[Snippet]:
        """All, by title. Raises SnippetsUnavailable."""
        ...

    def save(self, title: str, sql: str) -> Snippet:
        """Keep a new one; another with that title stays. Raises SnippetsUnavailable."""
        ...


def snippet_of(file: str, text: str) -> Snippet:
    """A file's text as a snippet."""
    first, _, rest = text.partition("\n")
    comment = re.fullmatch(r"\s*--+\s*(\S.*?)\s*", first)
    if comment is None:
        return Snippet(file, one_line(file.removesuffix(".sql"), _TITLE_LENGTH), text.strip())
    return Snippet(file, one_line(comment[1], _TITLE_LENGTH), rest.strip())


def text_of(title: str, sql: str) -> str:
    """A file's text: the title on a comment line, the SQL below it."""
    return f"-- {one_line(title.strip(), _TITLE_LENGTH)}\n{sql.strip()}\n"


def file_stem(title: str) -> str:
    """A file name for a title, without its ending: letters, digits and dashes; never empty."""
    return re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")[:60].strip("-") or "snippet"
