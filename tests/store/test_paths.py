"""File names as they are completed."""

from pathlib import Path

import pytest

from dsqltui.store.paths import paths_beginning_with


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "sql").mkdir()
    for name in ("a.sql", "b c.sql", ".hidden"):
        (tmp_path / "sql" / name).write_text("")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    return tmp_path


def test_names_in_the_writing_of_the_person(here: Path) -> None:
    assert paths_beginning_with("s") == ("sql/",)
    assert paths_beginning_with("sql/") == ("sql/a.sql", "sql/b c.sql")
    assert paths_beginning_with("sql/.h") == ("sql/.hidden",)
    assert paths_beginning_with("~/sql/a") == ("~/sql/a.sql",)
    assert paths_beginning_with(f"{here}/sq") == (f"{here}/sql/",)
    assert paths_beginning_with("sql/", limit=1) == ("sql/a.sql",)


def test_what_cannot_be_read_has_no_files(here: Path) -> None:  # noqa: ARG001
    assert paths_beginning_with("nowhere/x") == ()
    assert paths_beginning_with("sql/a.sql/x") == ()
    assert paths_beginning_with("sql\0/x") == ()


def test_the_root() -> None:
    assert "/tmp/" in paths_beginning_with("/tm")
