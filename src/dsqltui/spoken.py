"""Which language to speak, and its catalog: the command line's word, the setting, the environment, in this order."""

import os
from collections.abc import Mapping, Sequence
from itertools import zip_longest
from pathlib import Path

from dsqltui.core import language
from dsqltui.core.language import ENGLISH, JAPANESE, LANGUAGES

AUTO = "auto"
CHOICES = (AUTO, *LANGUAGES)
"""What `--lang` takes."""
_OPTION = "--lang"
_FOR_PROGRAMS = frozenset({"json", "jsonl", "junit", "csv", "tsv"})
"""Values of `--format`."""


def speak(code: str) -> None:
    """Speak English or Japanese from now on. Reads the catalog's file when it is Japanese."""
    if code == language.language():
        return
    language.use(code, _read(code) if code == JAPANESE else None)


def chosen(wanted: str, environment: Mapping[str, str]) -> str:
    """`wanted` when it is a language; for "auto" or nothing what LC_ALL, LC_MESSAGES or LANG say."""
    if wanted in LANGUAGES:
        return wanted
    said = next((value for name in ("LC_ALL", "LC_MESSAGES", "LANG") if (value := environment.get(name))), "")
    return JAPANESE if said.lower().startswith(JAPANESE) else ENGLISH


def speak_as_asked(arguments: Sequence[str]) -> None:
    """Before anything is said: by the command line's `--lang`, the setting `console.language`, the environment.

    What a program will read (`--json`, `--format csv`) stays English.
    """
    wanted = ENGLISH if _is_for_programs(arguments) else _of_arguments(arguments) or _of_settings()
    speak(chosen(wanted, os.environ))


def _of_arguments(arguments: Sequence[str]) -> str:
    """A value that is none is refused later, by who reads the options."""
    for word, following in zip_longest(arguments, arguments[1:], fillvalue=""):
        if word == "--":
            return ""
        if word == _OPTION:
            return following
        if word.startswith(f"{_OPTION}="):
            return word.partition("=")[2]
    return ""


def _is_for_programs(arguments: Sequence[str]) -> bool:
    pairs = zip_longest(arguments, arguments[1:], fillvalue="")
    forms = [
        following if word == "--format" else word.partition("=")[2]
        for word, following in pairs
        if word.startswith("--format")
    ]
    has_file = any(word.partition("=")[0] in ("--json", "--junit") for word in arguments)
    return has_file or not _FOR_PROGRAMS.isdisjoint(forms)


def _of_settings() -> str:
    """What the file says, as far as it can be read: its mistakes are told by who needs the settings."""
    from dsqltui.store.settings_path import settings_path

    try:
        text = settings_path().read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError):
        return ""
    if "language" not in text:
        return ""
    import tomllib

    try:
        console = tomllib.loads(text).get("console", {})
    except tomllib.TOMLDecodeError:
        return ""
    return str(console.get("language", "")) if isinstance(console, dict) else ""


def _read(code: str) -> language.Translations:
    """The compiled catalog; where there is none, or an older one, it is made of the .po file in memory."""
    import gettext
    import io

    folder = Path(__file__).resolve().parent / "locale" / code / "LC_MESSAGES"
    source, made = folder / "dsqltui.po", folder / "dsqltui.mo"
    if made.exists() and not (source.exists() and source.stat().st_mtime > made.stat().st_mtime):
        return gettext.GNUTranslations(io.BytesIO(made.read_bytes()))
    from dsqltui.po_files import compiled

    return gettext.GNUTranslations(io.BytesIO(compiled(source.read_text(encoding="utf-8"))))
