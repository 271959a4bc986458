"""Snippets as files `*.sql` in a folder beside the settings, to be edited, copied and shared like any other file."""

import itertools
from pathlib import Path

from dsqltui.core.language import _
from dsqltui.core.scripts.snippets import Snippet, SnippetsUnavailable, file_stem, snippet_of, text_of
from dsqltui.store.private_files import private_folder, write_new_private
from dsqltui.store.settings_path import config_folder

MAX_FILES = 1_000
MAX_BYTES = 1_000_000
"""Of one file; larger ones are scripts for `\\i`."""


def snippets_folder() -> Path:
    """Where this user's snippets are."""
    return config_folder() / "snippets"


class SnippetFolder:
    """See `core.scripts.snippets.Snippets`."""

    def __init__(self, folder: Path, shipped: Path | None = None) -> None:
        """`shipped`: a folder of those that come with dsqltui."""
        self._folder, self._shipped = folder, shipped

    def read(self) -> list[Snippet]:
        """All, by title; at most MAX_FILES."""
        files = sorted(self._shipped.glob("*.sql")) if self._shipped is not None else []
        try:
            files += sorted(path for path in self._folder.iterdir() if path.suffix == ".sql")
        except FileNotFoundError:
            pass
        except OSError as problem:
            raise SnippetsUnavailable(
                _("{folder} cannot be read: {reason}.").format(folder=self._folder, reason=problem.strerror)
            ) from None
        return sorted((_read(path) for path in files[:MAX_FILES]), key=lambda snippet: snippet.title.casefold())

    def save(self, title: str, sql: str) -> Snippet:
        """Into a new file named after the title, with its secrets hidden."""
        from dsqltui.core.secrets import without_secrets  # not at start

        title = without_secrets(title)
        text = without_secrets(text_of(title, sql))
        stem = file_stem(title)
        try:
            private_folder(self._folder)
            for number in itertools.count(1):
                path = self._folder / (f"{stem}.sql" if number == 1 else f"{stem}-{number}.sql")
                try:
                    write_new_private(path, text.encode())
                except FileExistsError:
                    continue
                return snippet_of(path.name, text)
        except OSError as problem:
            raise SnippetsUnavailable(
                _("{folder} cannot be written: {reason}.").format(folder=self._folder, reason=problem.strerror)
            ) from None
        raise AssertionError  # counting does not end


def _read(path: Path) -> Snippet:
    try:
        if not path.is_file():
            return _unread(path, _("is no regular file"))
        if path.stat().st_size > MAX_BYTES:
            return _unread(path, _("is larger than {max_bytes:,} bytes; run it with \\i").format(max_bytes=MAX_BYTES))
        return snippet_of(_name(path), path.read_bytes().decode("utf-8-sig"))
    except UnicodeDecodeError:
        return _unread(path, _("is not UTF-8 text; save it as UTF-8"))
    except OSError as problem:
        return _unread(path, _("cannot be read: {reason}").format(reason=problem.strerror))


def _name(path: Path) -> str:
    """The file's name; bytes of it that are not UTF-8 are question marks."""
    return path.name.encode("utf-8", "replace").decode()


def _unread(path: Path, why: str) -> Snippet:
    name = _name(path)
    return Snippet(name, snippet_of(name, "").title, "", f"{name} {why}.")
