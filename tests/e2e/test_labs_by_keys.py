"""`dsqltui lab check --by-keys`: labs as a person does them, in a real terminal on a real simulator."""

import subprocess
import sys
from pathlib import Path

import pytest

from dsqltui.labs.files.template import TEMPLATE

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(600)]


def by_keys(*arguments: str, within_s: float = 300) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "dsqltui", "lab", "check", "--by-keys", "--local", *arguments],
        capture_output=True,
        text=True,
        timeout=within_s,
        check=False,
        stdin=subprocess.DEVNULL,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_a_lab_is_done_by_n_and_statement_by_statement(tmp_path: Path) -> None:
    (tmp_path / "01-mine.toml").write_text(TEMPLATE, encoding="utf-8")
    said = by_keys("--dir", str(tmp_path), "--way", "n", "--way", "f5")
    assert said.count("1 of 1 labs good") == 2


@pytest.mark.long
@pytest.mark.timeout(3000)
@pytest.mark.parametrize("way", ["n", "f5", "fresh"])
def test_all_labs_are_done_by_keys(way: str) -> None:
    assert "FAILED" not in by_keys("--way", way, within_s=2900)
