"""The targets opened last."""

import stat
from pathlib import Path

import pytest

from dsqltui.core.aws.start_choices import Recent
from dsqltui.store.recent import read_recent, remember

A, B = Recent(("a.dsql.us-east-1.on.aws", "b"), "admin", ""), Recent(("c",), "reports", "dev")


def test_the_last_opened_comes_first_and_each_once(tmp_path: Path) -> None:
    file = tmp_path / "state" / "recent.json"
    for opened in (A, B, A):
        remember(opened, file)
    assert read_recent(file) == (A, B)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700


def test_only_some_are_kept(tmp_path: Path) -> None:
    for number in range(15):
        remember(Recent((str(number),)), tmp_path / "r.json")
    assert [recent.hosts[0] for recent in read_recent(tmp_path / "r.json")] == [str(n) for n in range(14, 4, -1)]


@pytest.mark.parametrize("text", ["", "{}", "[1]", '[{"hosts": 1}]', "\xff"])
def test_a_file_that_is_not_ours_means_none(tmp_path: Path, text: str) -> None:
    file = tmp_path / "r.json"
    file.write_bytes(text.encode("latin-1"))
    assert read_recent(file) == ()
    assert read_recent(tmp_path / "absent") == ()
