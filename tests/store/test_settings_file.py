"""The settings file on disk."""

import stat
from pathlib import Path

import pytest

from dsqltui.core.settings.sections import Settings
from dsqltui.core.settings.toml_text import SettingsWrong
from dsqltui.store.settings_file import (
    SettingsUnreadable,
    make_settings_file,
    read_settings,
    save_setting,
    settings_path,
)


def test_it_is_in_the_users_configuration_folder() -> None:
    assert settings_path().parts[-2:] == ("dsqltui", "config.toml")
    assert not settings_path().is_relative_to("/work")


def test_without_a_file_the_defaults_hold(tmp_path: Path) -> None:
    assert read_settings(tmp_path / "config.toml").settings == Settings()


def test_a_new_file_is_private_and_changes_nothing(tmp_path: Path) -> None:
    path = make_settings_file(tmp_path / "new" / "config.toml")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert read_settings(path).settings == Settings()


def test_making_it_again_keeps_what_is_there(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text("[console]\nrows = 3\n")
    assert read_settings(make_settings_file(path)).settings.console.rows == 3


def test_one_setting_is_saved_and_the_rest_stays(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text("# mine\n[console]\nmouse = false\n")
    save_setting("console", "rows", 12, path)
    assert path.read_text() == "# mine\n[console]\nrows = 12\nmouse = false\n"
    assert [file.name for file in tmp_path.iterdir()] == ["config.toml"]


def test_a_linked_file_stays_a_link(tmp_path: Path) -> None:
    real, link = tmp_path / "real.toml", tmp_path / "config.toml"
    real.write_text("")
    link.symlink_to(real)
    save_setting("console", "rows", 12, link)
    assert link.is_symlink()
    assert "rows = 12" in real.read_text()


def test_a_file_with_mistakes_is_not_changed(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text("[console]\nrow = 1\n")
    with pytest.raises(SettingsWrong, match=r"config\.toml, line 2: there is no setting console\.row"):
        save_setting("console", "rows", 12, path)
    assert path.read_text() == "[console]\nrow = 1\n"


def test_what_cannot_be_read_is_one_sentence(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_bytes(b"\xff")
    with pytest.raises(SettingsUnreadable, match="is not UTF-8 text"):
        read_settings(path)
    with pytest.raises(SettingsUnreadable, match="cannot be read: Is a directory"):
        read_settings(tmp_path)
