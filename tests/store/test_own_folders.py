"""Folders of ours that others may write, and links that lead away: told in a sentence each; our own are closed."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from dsqltui.store.own_folders import folder_warnings, own_folders
from dsqltui.store.private_files import private_folder, replace_private

STRANGER = 12_345


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("CONFIG", "STATE", "DATA"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(tmp_path / name.lower()))
        (tmp_path / name.lower() / "dsqltui").mkdir(parents=True, mode=0o700)
    return tmp_path


def test_nothing_is_told_of_private_folders() -> None:
    assert len(own_folders()) == 3
    assert folder_warnings() == []


@pytest.mark.parametrize("place", ["state", "state/dsqltui", "config/dsqltui", "data"])
def test_a_folder_that_others_may_write_is_told(home: Path, place: str) -> None:
    (home / place).chmod(0o777)
    (told,) = folder_warnings()
    assert told == (
        f"{home / place} may be written by others, who can change what dsqltui keeps there; "
        f"run: chmod go-w {home / place}"
    )
    (home / place).chmod(0o1777)  # as /tmp: others cannot take away what is ours
    assert folder_warnings() == []


def test_a_file_that_others_may_write_is_told(home: Path) -> None:
    file = home / "config" / "dsqltui" / "config.toml"
    file.write_text("")
    file.chmod(0o646)
    (told,) = folder_warnings()
    assert told.startswith(f"{file} may be written by others")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_what_another_user_owns_is_told_also_behind_links(home: Path) -> None:
    theirs = home / "theirs"
    theirs.mkdir(mode=0o700)
    os.chown(theirs, STRANGER, STRANGER)
    (home / "state" / "dsqltui" / "journal").symlink_to(theirs)
    (told,) = folder_warnings()
    assert told == f"{theirs} belongs to user {STRANGER}, who can change what dsqltui keeps there; make it your own."
    os.chown(home / "state" / "dsqltui" / "journal", STRANGER, STRANGER, follow_symlinks=False)
    assert any("is a link that belongs to user 12345" in told for told in folder_warnings())


def test_links_in_a_circle_end(home: Path) -> None:
    one, two = home / "state" / "dsqltui" / "journal", home / "state" / "dsqltui" / "buffers"
    one.symlink_to(two)
    two.symlink_to(one)
    assert folder_warnings() == []


def test_folders_are_made_and_closed_for_this_user_alone(home: Path) -> None:
    before = os.umask(0)
    try:
        folder = private_folder(home / "state" / "new" / "dsqltui" / "journal")
        assert [stat.S_IMODE(it.stat().st_mode) for it in (folder, folder.parent, folder.parent.parent)] == [0o700] * 3
        ours = home / "state" / "dsqltui" / "journal"
        ours.mkdir(mode=0o755)
        ours.parent.chmod(0o755)
        replace_private(ours / "x", b"")
        assert stat.S_IMODE(ours.stat().st_mode) == stat.S_IMODE(ours.parent.stat().st_mode) == 0o700
        shared = home / "shared"
        shared.mkdir(mode=0o755)
        replace_private(shared / "x", b"")
        assert stat.S_IMODE(shared.stat().st_mode) == 0o755  # not ours
    finally:
        os.umask(before)


def test_a_command_tells_it(home: Path) -> None:
    (home / "state" / "dsqltui").chmod(0o777)
    done = subprocess.run(
        [sys.executable, "-m", "dsqltui", "config", "show"], capture_output=True, text=True, check=True, env=os.environ
    )
    assert done.stderr.count("may be written by others") == 1
