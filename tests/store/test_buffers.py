"""The editors' texts on disk."""

import signal
import stat
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from dsqltui.core.kept.buffers import Buffer, Buffers, BuffersUnavailable, KeptText
from dsqltui.store.buffers import BufferFile, buffers_folder

HOSTS = ("a.dsql.us-east-1.on.aws", "b.dsql.us-east-2.on.aws")


def texts(a: str, b: str = "", cursor: int = 0) -> Buffers:
    return Buffers(1_800_000_000.0, {"A": Buffer(a, cursor), "B": Buffer(b, 0)}, "B")


def kept(folder: Path, buffers: Buffers, hosts: Sequence[str] = HOSTS) -> None:
    """One console from start to end."""
    file = BufferFile(folder, hosts)
    file.restore()
    file.keep(buffers)
    file.close()
    assert file.trouble == ""


def test_the_next_console_has_what_the_last_one_kept(tmp_path: Path) -> None:
    kept(tmp_path, texts("select '東京\n';", "x", 3))
    assert BufferFile(tmp_path, HOSTS).restore() == texts("select '東京\n';", "x", 3)


def test_nothing_kept_is_nothing(tmp_path: Path) -> None:
    assert BufferFile(tmp_path / "new", HOSTS).restore() is None


def test_another_target_has_other_texts(tmp_path: Path) -> None:
    kept(tmp_path, texts("one"))
    assert BufferFile(tmp_path, (HOSTS[0], HOSTS[0])).restore() is None


def test_the_files_are_private_and_nothing_is_left_over(tmp_path: Path) -> None:
    folder = tmp_path / "buffers"
    kept(folder, texts("one"))
    assert {path.suffix for path in folder.iterdir()} == {".json", ".lock"}
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_two_consoles_at_once_do_not_overwrite_one_another(tmp_path: Path) -> None:
    first, second = BufferFile(tmp_path, HOSTS), BufferFile(tmp_path, HOSTS)
    assert first.restore() is second.restore() is None
    first.keep(texts("first"))
    second.keep(texts("second"))
    first.close()
    second.close()
    again, and_again = BufferFile(tmp_path, HOSTS), BufferFile(tmp_path, HOSTS)
    restored = again.restore()
    assert restored is not None
    assert restored.panes == texts("first").panes
    assert [(one.text, one.origin) for one in restored.others] == [("second", "another console, pane A")]
    assert and_again.restore() is None, "what one console took over, the next does not"
    assert again.restore() == restored, "asked twice it says the same"
    again.keep(restored)
    again.close()
    assert len(list(tmp_path.glob("*.json"))) == 1, "taken over, it is in one file"
    assert BufferFile(tmp_path, HOSTS).restore() == restored


def test_the_text_of_a_console_that_still_runs_is_left_alone(tmp_path: Path) -> None:
    first, second = BufferFile(tmp_path, HOSTS), BufferFile(tmp_path, HOSTS)
    assert first.restore() is second.restore() is None
    second.keep_now(texts("second"))
    first.close()
    assert BufferFile(tmp_path, HOSTS).restore() is None
    second.close()


def test_what_was_taken_over_stays_where_it_was_until_it_is_written(tmp_path: Path) -> None:
    first, second = BufferFile(tmp_path, HOSTS), BufferFile(tmp_path, HOSTS)
    assert first.restore() is second.restore() is None
    second.keep_now(texts("second"))
    first.close()
    second.close()
    looked_only = BufferFile(tmp_path, HOSTS)
    assert looked_only.restore() is not None
    looked_only.close()
    again = BufferFile(tmp_path, HOSTS).restore()
    assert again is not None
    assert [one.text for one in again.others] == ["second"]


def test_keep_now_is_on_disk_when_it_returns(tmp_path: Path) -> None:
    file = BufferFile(tmp_path, HOSTS)
    for number in range(50):
        file.keep(texts(f"earlier {number}"))
    others = (KeptText("left the editor", "pane B, before the mirror", 7.0),)
    assert file.keep_now(Buffers(8.0, {"A": Buffer("now", 0)}, "A", others)) == ""
    (path,) = tmp_path.glob("*.json")
    assert "left the editor" in path.read_text()
    file.close()
    restored = BufferFile(tmp_path, HOSTS).restore()
    assert restored is not None
    assert restored.others == others


def test_secrets_in_texts_that_wait_are_not_kept(tmp_path: Path) -> None:
    file = BufferFile(tmp_path, HOSTS)
    file.keep_now(Buffers(8.0, {}, "A", (KeptText("create role r password 's3cr3t'", "pane B", 7.0),)))
    file.close()
    assert all(b"s3cr3t" not in path.read_bytes() for path in tmp_path.iterdir())


def test_a_newer_dsqltuis_file_is_put_aside_not_written_over(tmp_path: Path) -> None:
    kept(tmp_path, texts("one"))
    (path,) = tmp_path.glob("*.json")
    path.write_text(path.read_text().replace('"format": 1', '"format": 99'))
    file = BufferFile(tmp_path, HOSTS)
    with pytest.raises(BuffersUnavailable, match="are a newer dsqltui's; they are in "):
        file.restore()
    file.keep_now(texts("two"))
    file.close()
    assert any("one" in path.read_text() for path in tmp_path.glob("*.damaged"))


_KILLED = """
import os, signal, sys
from pathlib import Path
from dsqltui.core.kept.buffers import Buffer, Buffers
from dsqltui.store.buffers import BufferFile
file = BufferFile(Path(sys.argv[1]), sys.argv[2:])
file.restore()
file.keep(Buffers(1.0, {"A": Buffer("survives", 8)}, "A"))
while not file._path.exists():
    pass
file._folder.joinpath(f".{file._path.name}.half").write_text("{")
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_kill_9_leaves_the_text_and_frees_the_slot(tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, "-c", _KILLED, str(tmp_path), *HOSTS], check=False, timeout=60)
    assert done.returncode == -signal.SIGKILL
    restored = BufferFile(tmp_path, HOSTS).restore()
    assert restored == Buffers(1.0, {"A": Buffer("survives", 8)}, "A")
    assert not [path for path in tmp_path.iterdir() if path.name.endswith(".half")]


def test_of_many_states_the_last_one_is_on_disk(tmp_path: Path) -> None:
    file = BufferFile(tmp_path, HOSTS)
    for number in range(200):
        file.keep(texts(str(number)))
    file.close()
    assert BufferFile(tmp_path, HOSTS).restore() == texts("199")


def test_secrets_are_not_kept(tmp_path: Path) -> None:
    kept(tmp_path, texts("create role r password 's3cr3t';", "X-Amz-Signature=s3cr3t"))
    assert all(b"s3cr3t" not in path.read_bytes() for path in tmp_path.iterdir())
    restored = BufferFile(tmp_path, HOSTS).restore()
    assert restored is not None
    assert restored.panes["A"].text == "create role r password (hidden);"


@pytest.mark.parametrize("damage", [b"", b"{", b"[]", b'{"format": 1}', b'{"format": 1, "panes": {"A": 3}}', b"\xff"])
def test_a_damaged_file_is_a_sentence_and_the_next_write_works(tmp_path: Path, damage: bytes) -> None:
    kept(tmp_path, texts("one"))
    (path,) = tmp_path.glob("*.json")
    path.write_bytes(damage)
    file = BufferFile(tmp_path, HOSTS)
    with pytest.raises(BuffersUnavailable, match="The texts of the last time"):
        file.restore()
    file.keep(texts("two"))
    file.close()
    assert BufferFile(tmp_path, HOSTS).restore() == texts("two")


def test_a_cursor_out_of_the_text_is_put_back_into_it(tmp_path: Path) -> None:
    kept(tmp_path, texts("one", cursor=99))
    restored = BufferFile(tmp_path, HOSTS).restore()
    assert restored is not None
    assert restored.panes["A"].cursor == 3


def test_what_cannot_be_written_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    file = BufferFile(tmp_path / "file", HOSTS)
    file.keep(texts("one"))
    file.close()
    assert file.trouble == "The editors' texts cannot be kept (File exists); they end with this console."


def test_texts_too_large_are_not_kept(tmp_path: Path) -> None:
    file = BufferFile(tmp_path, HOSTS)
    file.keep(texts("x" * 5_000_001))
    file.close()
    assert "more than 5,000,000 characters" in file.trouble


def test_they_are_in_the_users_state_folder() -> None:
    assert buffers_folder().parts[-2:] == ("dsqltui", "buffers")
