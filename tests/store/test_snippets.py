"""Snippets as files."""

import os
import stat
from pathlib import Path

import pytest

from dsqltui.core.scripts.snippets import Snippet, SnippetsUnavailable, file_stem, snippet_of
from dsqltui.store.snippets import MAX_BYTES, SnippetFolder, snippets_folder


@pytest.mark.parametrize(
    ("text", "title", "sql"),
    [
        ("-- Monthly report\nselect 1;\n", "Monthly report", "select 1;"),
        ("select 1;\n", "file", "select 1;"),
        ("--\nselect 1;", "file", "--\nselect 1;"),
        ("-- \x1b[31mred\x1b]52;c;x\x07\nx", "␛[31mred␛]52;c;x␇", "x"),
        ("", "file", ""),
    ],
)
def test_the_title_is_the_first_comment_or_the_files_name(text: str, title: str, sql: str) -> None:
    assert snippet_of("file.sql", text) == Snippet("file.sql", title, sql)


@pytest.mark.parametrize(
    ("title", "stem"),
    [("Monthly Report!", "monthly-report"), ("../../etc/passwd", "etc-passwd"), ("東京", "snippet"), ("", "snippet")],
)
def test_a_title_makes_a_harmless_file_name(title: str, stem: str) -> None:
    assert file_stem(title) == stem


def test_what_is_saved_is_read_again_and_is_private(tmp_path: Path) -> None:
    folder = SnippetFolder(tmp_path / "snippets")
    assert folder.read() == []
    kept = folder.save("Two  words", "\nselect 1;\n-- end\n")
    assert folder.read() == [kept] == [Snippet("two-words.sql", "Two  words", "select 1;\n-- end")]
    path = tmp_path / "snippets" / "two-words.sql"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_saving_never_replaces_another(tmp_path: Path) -> None:
    folder = SnippetFolder(tmp_path)
    files = [folder.save("same", f"select {number}").file for number in range(3)]
    assert files == ["same.sql", "same-2.sql", "same-3.sql"]
    assert {snippet.sql for snippet in folder.read()} == {"select 0", "select 1", "select 2"}


def test_a_title_with_line_breaks_cannot_add_sql(tmp_path: Path) -> None:
    kept = SnippetFolder(tmp_path).save("a\ndrop table t;", "select 1")
    assert kept.sql == "select 1"
    assert (tmp_path / kept.file).read_text() == "-- a⏎drop table t;\nselect 1\n"


def test_they_are_sorted_by_title_and_other_files_are_left_out(tmp_path: Path) -> None:
    (tmp_path / "z.sql").write_text("-- Apple\nx")
    (tmp_path / "a.sql").write_text("-- banana\nx")
    (tmp_path / "notes.txt").write_text("x")
    assert [snippet.title for snippet in SnippetFolder(tmp_path).read()] == ["Apple", "banana"]


def test_what_cannot_be_read_says_why_and_the_rest_is_there(tmp_path: Path) -> None:
    (tmp_path / "good.sql").write_text("select 1")
    (tmp_path / "latin.sql").write_bytes(b"\xe9")
    (tmp_path / "large.sql").write_bytes(b"x" * (MAX_BYTES + 1))
    (tmp_path / "folder.sql").mkdir()
    os.mkfifo(tmp_path / "pipe.sql")  # reading it would never end
    os.close(os.open(os.fsencode(tmp_path) + b"/\xff.sql", os.O_CREAT))
    snippets = {snippet.file: snippet for snippet in SnippetFolder(tmp_path).read()}
    assert snippets["good.sql"].trouble == ""
    assert snippets["latin.sql"].trouble == "latin.sql is not UTF-8 text; save it as UTF-8."
    assert "run it with \\i" in snippets["large.sql"].trouble
    assert "no regular file" in snippets["folder.sql"].trouble
    assert "no regular file" in snippets["pipe.sql"].trouble
    assert all("\udcff" not in file for file in snippets)


def test_a_folder_that_is_none_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    folder = SnippetFolder(tmp_path / "file")
    with pytest.raises(SnippetsUnavailable, match="cannot be read: Not a directory"):
        folder.read()
    with pytest.raises(SnippetsUnavailable, match="cannot be written: "):
        folder.save("x", "y")


def test_they_are_beside_the_settings() -> None:
    assert snippets_folder().parts[-2:] == ("dsqltui", "snippets")
