"""Progress in the labs survives, privately, and a damaged file loses nothing."""

from pathlib import Path

import pytest

from dsqltui.core.kept.lab_progress import LabProgress, StepStatus
from dsqltui.store.lab_progress import FileProgress

PROGRESS = LabProgress(
    "roles", at="link", statuses={"who": StepStatus.PASSED}, values={"job": "abc"}, answer=2, started_s=5.5, is_agreed=True
)  # fmt: skip


def test_it_comes_back_as_it_was_and_beside_others(tmp_path: Path) -> None:
    store = FileProgress(tmp_path / "labs", "abc+DEF/../x")
    assert store.load() == {}
    store.save(PROGRESS)
    store.save(LabProgress("other", at=""))
    assert FileProgress(tmp_path / "labs", "abc+DEF/../x").load() == {
        "roles": PROGRESS,
        "other": LabProgress("other", at=""),
    }
    assert store.path.parent == tmp_path / "labs"
    assert store.path.stat().st_mode & 0o777 == 0o600
    assert store.path.parent.stat().st_mode & 0o777 == 0o700


def test_clusters_do_not_meet(tmp_path: Path) -> None:
    FileProgress(tmp_path, "one").save(PROGRESS)
    assert FileProgress(tmp_path, "two").load() == {}


@pytest.mark.parametrize(
    "text", ["{", "[]", '{"format": 9}', '{"format": 1, "labs": {"x": {}}}', '{"format": 1, "labs": {"x": {"at": "", "statuses": {"a": "?"}, "values": {}, "answer": 0, "started_s": 0, "is_agreed": false}}}']
)  # fmt: skip
def test_a_damaged_file_is_told_and_kept(tmp_path: Path, text: str) -> None:
    store = FileProgress(tmp_path, "one")
    store.path.write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=r"."):
        store.load()
    with pytest.raises(ValueError, match=r"."):
        store.save(PROGRESS)
    assert store.path.read_text(encoding="utf-8") == text
