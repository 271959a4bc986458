"""`dsqltui config`: the settings file shown, made, opened and checked."""

import os
import shlex
import subprocess

import click

from dsqltui.core.language import _
from dsqltui.core.settings.field import written
from dsqltui.core.settings.toml_text import SettingsWrong, raise_if_wrong, shown, template
from dsqltui.store.own_folders import folder_warnings
from dsqltui.store.settings_file import (
    ReadSettings,
    SettingsUnreadable,
    make_settings_file,
    read_settings,
    settings_path,
)


@click.group()
def config() -> None:
    """Settings: one TOML file, every setting with a default.

    \b
    Exit status: 0 good, 1 the file or the editor cannot be used, 2 mistakes in the file.
    """


@config.command()
def path() -> None:
    """Print where the settings file is, or would be."""
    click.echo(settings_path())


@config.command()
@click.option("--template", "is_template", is_flag=True, help="A file with every setting described, in comments.")
def show(is_template: bool) -> None:
    """Print all settings as they hold; what differs from its default is marked."""
    click.echo(template() if is_template else shown(_read().settings), nl=not is_template)


@config.command()
def validate() -> None:
    """Check the settings file; each mistake is a line with file, line and key."""
    _tell_good(_read())


@config.command()
def edit() -> None:
    """Open the settings file in $VISUAL or $EDITOR, made from the template if there is none, and check it after."""
    try:
        file = make_settings_file()
    except OSError as problem:
        raise click.ClickException(
            _("{settings_path} cannot be written: {reason}.").format(
                settings_path=settings_path(), reason=problem.strerror
            )
        ) from None
    command = os.environ.get("VISUAL") or os.environ.get("EDITOR") or "vi"
    try:
        status = subprocess.run([*shlex.split(command), str(file)], check=False).returncode
    except (OSError, ValueError) as problem:
        raise click.ClickException(
            _("the editor {command!r} cannot be started ({problem}); set EDITOR, or edit {file} yourself.").format(
                command=command, problem=problem, file=file
            )
        ) from None
    if status != 0:
        raise click.ClickException(
            _("the editor {command!r} ended with status {status}; the settings are as it left them.").format(
                command=command, status=status
            )
        )
    _tell_good(_read())


@config.command()
def keys() -> None:
    """Print every action with the keys that lead to it, as the section [keys] would say it."""
    from dsqltui.ui.keys.keymap import ACTIONS
    from dsqltui.ui.keys.user_keys import action_name

    mine = _read().settings.keys
    click.echo("[keys]")
    for action in ACTIONS:
        name = action_name(action)
        mark = f"  # default: {written(action.keys)}" if name in mine else ""
        click.echo(f"# {_(action.description)}\n{name} = {written(mine.get(name, action.keys))}{mark}")


def check_keys(read: ReadSettings) -> None:
    """Raises SettingsWrong when a key of the settings cannot work. The table of actions needs Textual."""
    if read.settings.keys:
        from dsqltui.ui.keys.user_keys import problems_of

        raise_if_wrong(problems_of(read.settings.keys), read.text, str(read.path))


def _tell_good(read: ReadSettings) -> None:
    click.echo(f"{read.path}: OK" if read.text else _("{path} does not exist; defaults apply.").format(path=read.path))


def _read() -> ReadSettings:
    return settings_or_exit()


def settings_or_exit() -> ReadSettings:
    """The settings. Ends the command with status 2 and every mistake, or 1 when the file cannot be read."""
    try:
        read = read_settings()
        check_keys(read)
        for warning in folder_warnings():
            click.echo(_("dsqltui: {warning}").format(warning=warning), err=True)
        return read
    except SettingsUnreadable as problem:
        raise click.ClickException(str(problem)) from None
    except SettingsWrong as problem:
        click.echo(str(problem), err=True)
        raise SystemExit(2) from None
