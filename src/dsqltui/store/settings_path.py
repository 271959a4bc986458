"""Where the settings file of this person is: known without loading what reads it."""

from pathlib import Path

import platformdirs


def settings_path() -> Path:
    """Where the file is, or would be."""
    return config_folder() / "config.toml"


def config_folder() -> Path:
    """The folder of settings and snippets."""
    return Path(platformdirs.user_config_dir("dsqltui", appauthor=False))
