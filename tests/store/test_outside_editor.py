"""A text in another editor: private while it is there, gone afterwards, nothing lost when it goes wrong."""

import shlex
import tempfile
from pathlib import Path

import pytest

from dsqltui.store.outside_editor import EditedNothing, edited_outside, editor_command


@pytest.fixture(autouse=True)
def scratch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "scratch"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


def editor(script: str) -> list[str]:
    """An editor that is a shell script; $1 is the file."""
    return ["/bin/sh", "-c", script, "editor"]


def test_the_new_text_comes_back_and_the_file_goes(scratch: Path, tmp_path: Path) -> None:
    seen = tmp_path / "seen"
    script = f"ls -ld \"$(dirname $1)\" $1 > {shlex.quote(str(seen))}; cat $1 >> {shlex.quote(str(seen))}; printf 'select é\\n' > $1"
    assert edited_outside("select 1", "pane-a", editor(script)) == "select é"
    folder, file, text = seen.read_text().splitlines()
    assert folder.startswith("drwx------")
    assert file.startswith("-rw-------")
    assert file.endswith("pane-a.sql")
    assert text == "select 1"
    assert not list(scratch.iterdir())


def test_a_line_break_of_the_persons_own_stays() -> None:
    assert edited_outside("a\n", "x", editor("printf 'b\\n' > $1")) == "b\n"
    assert edited_outside("a\n", "x", editor("true")) == "a\n"


@pytest.mark.parametrize(
    ("command", "reason"),
    [
        (editor("exit 3"), "status 3"),
        (["/nowhere/editor"], "could not be started"),
        (editor("printf '\\377' > $1"), "not UTF-8"),
        (editor("rm $1"), "could not be handed"),
        (editor("head -c 10000001 /dev/zero > $1"), "larger than 10 MB"),
    ],
)
def test_what_goes_wrong_is_said(scratch: Path, command: list[str], reason: str) -> None:
    with pytest.raises(EditedNothing, match=reason):
        edited_outside("precious", "x", command)
    assert not list(scratch.iterdir())


def test_visual_before_editor_and_arguments() -> None:
    assert editor_command({"VISUAL": "code --wait", "EDITOR": "vi"}) == ["code", "--wait"]
    assert editor_command({"EDITOR": "'/my editor' -x"}) == ["/my editor", "-x"]
    with pytest.raises(EditedNothing, match="export EDITOR=nano"):
        editor_command({})
    with pytest.raises(EditedNothing, match="open quote"):
        editor_command({"EDITOR": "'vi"})
