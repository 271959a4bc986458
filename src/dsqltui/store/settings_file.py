"""The settings file of this person: `config.toml` in the user's configuration folder."""

from dataclasses import dataclass
from pathlib import Path

from dsqltui.core.language import _
from dsqltui.core.settings.field import Value
from dsqltui.core.settings.sections import Settings
from dsqltui.core.settings.toml_text import SettingsWrong, parse, template, with_value
from dsqltui.store.private_files import replace_private
from dsqltui.store.settings_path import config_folder, settings_path

_LARGEST_BYTES = 1_000_000


class SettingsUnreadable(Exception):
    """The file is there and cannot be read. The message is one sentence."""


@dataclass(frozen=True, slots=True)
class ReadSettings:
    """The settings with the text they came from, for messages with line numbers."""

    settings: Settings
    path: Path
    text: str
    """Empty when there is no file."""


def read_settings(path: Path | None = None) -> ReadSettings:
    """The settings of the file; the defaults when there is none.

    Raises SettingsUnreadable, and SettingsWrong with every mistake in it.
    """
    path = path or settings_path()
    try:
        if path.exists() and not (path.is_file() or path.is_dir()):  # a device might have no end
            raise SettingsUnreadable(_("{path} cannot be read: Not a file.").format(path=path))
        if path.is_file() and path.stat().st_size > _LARGEST_BYTES:
            raise SettingsUnreadable(
                _("{path} is larger than {largest_bytes:,} bytes: that is no file of settings.").format(
                    path=path, largest_bytes=_LARGEST_BYTES
                )
            )
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        return ReadSettings(Settings(), path, "")
    except UnicodeDecodeError as problem:
        raise SettingsUnreadable(
            _("{path} is not UTF-8 text (byte {start}); write it again as UTF-8.").format(
                path=path, start=problem.start
            )
        ) from None
    except OSError as problem:
        raise SettingsUnreadable(
            _("{path} cannot be read: {reason}.").format(path=path, reason=problem.strerror)
        ) from None
    return ReadSettings(parse(text, str(path)), path, text)


def make_settings_file(path: Path | None = None) -> Path:
    """Write the commented template if there is no file yet. Raises OSError."""
    path = path or settings_path()
    if not path.exists():
        replace_private(path, template().encode())
    return path


def save_setting(section: str, name: str, value: Value, path: Path | None = None) -> Path:
    """Change one setting in the file, and leave everything else in it as it was.

    Raises SettingsUnreadable, SettingsWrong, ValueError when only a person can change it, and OSError.
    """
    path = make_settings_file(path)
    text = read_settings(path).text
    replace_private(path, with_value(text, (section, name), value).encode())
    return path


__all__ = [
    "ReadSettings",
    "SettingsUnreadable",
    "SettingsWrong",
    "config_folder",
    "make_settings_file",
    "read_settings",
    "save_setting",
    "settings_path",
]
