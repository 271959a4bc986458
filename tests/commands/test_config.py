"""`dsqltui config` as a user types it."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from dsqltui.commands.program import cli
from dsqltui.store.settings_file import settings_path


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The settings file of this test's person; its folder is there."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    path = settings_path()
    assert path.is_relative_to(tmp_path)
    path.parent.mkdir()
    return path


def run(*arguments: str, **environment: str | None) -> Result:
    return CliRunner(env=environment).invoke(cli, ["config", *arguments], prog_name="dsqltui")


def test_path_prints_where_the_file_would_be(file: Path) -> None:
    assert run("path").output == f"{file}\n"


def test_show_marks_what_differs(file: Path) -> None:
    file.write_text("[console]\nrows = 5\n")
    assert "rows = 5  # default: 1000\n" in run("show").output
    assert "#" not in run("show").output.replace("# default: 1000", "")


def test_show_template_describes_every_setting(file: Path) -> None:
    assert "#rows = 1000\n" in run("show", "--template").output
    assert not file.exists()


def test_validate_says_that_it_is_good(file: Path) -> None:
    assert run("validate").output == f"{file} does not exist; defaults apply.\n"
    file.write_text("[console]\nrows = 5\n")
    assert run("validate").output == f"{file}: OK\n"


@pytest.mark.parametrize("command", ["validate", "show"])
def test_mistakes_are_status_2_with_file_line_and_key(file: Path, command: str) -> None:
    file.write_text("[console]\nrows = 0\nmice = true\n")
    result = run(command)
    assert result.exit_code == 2
    assert f"{file}, line 2: console.rows must be " in result.stderr
    assert f"{file}, line 3: there is no setting console.mice" in result.stderr
    assert "rows = " not in result.stdout


def test_an_unreadable_file_is_status_1(file: Path) -> None:
    file.mkdir()
    result = run("validate")
    assert result.exit_code == 1
    assert result.stderr == f"Error: {file} cannot be read: Is a directory.\n"


def editor(tmp_path: Path, line: str, status: int = 0) -> str:
    script = tmp_path / "editor.sh"
    script.write_text(f"printf '{line}' >> \"$1\"\nexit {status}\n")
    return f"sh {script}"


def test_edit_makes_the_file_opens_the_editor_and_checks(file: Path, tmp_path: Path) -> None:
    result = run("edit", EDITOR=editor(tmp_path, "\\n"), VISUAL=None)
    assert result.output == f"{file}: OK\n"
    assert "#rows = 1000" in file.read_text()


def test_edit_tells_the_mistakes_after(file: Path, tmp_path: Path) -> None:
    result = run("edit", VISUAL=editor(tmp_path, "[nowhere]\\n"))
    assert result.exit_code == 2
    assert "there is no section [nowhere]" in result.stderr
    assert "[nowhere]" in file.read_text()


def test_edit_says_when_the_editor_fails(file: Path, tmp_path: Path) -> None:
    assert run("edit", VISUAL=editor(tmp_path, "", 3)).exit_code == 1
    result = run("edit", VISUAL="no-such-editor-anywhere")
    assert result.exit_code == 1
    assert "set EDITOR" in result.stderr
    assert file.exists()


def test_the_console_refuses_to_start_on_mistakes_unless_told_not_to_read(file: Path) -> None:
    file.write_text("[console]\nrows = 0\n")
    refused = CliRunner().invoke(cli, ["--local"], prog_name="dsqltui")
    assert refused.exit_code == 2
    assert f"{file}, line 2: console.rows" in refused.stderr
    unread = CliRunner().invoke(cli, ["--local", "--no-config"], prog_name="dsqltui")
    assert "console.rows" not in unread.stderr
    assert "needs a terminal" in unread.stderr
