"""`dsqltui lab` as an author and a CI use it, on a real simulator."""

import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from dsqltui.labs.files.load import read_labs, shipped_labs
from dsqltui.labs.files.template import TEMPLATE

WORKSHOP_LABS = 8


def lab(*arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "dsqltui", "lab", *arguments],
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
        stdin=subprocess.DEVNULL,
    )


def test_every_lab_fails_unsolved_and_passes_solved(tmp_path: Path) -> None:
    junit = tmp_path / "labs.xml"
    done = lab("check", "--local", "--junit", str(junit))
    assert done.returncode == 0, done.stdout + done.stderr
    labs = read_labs(shipped_labs())
    assert f"{len(labs)} of {len(labs)} labs good" in done.stdout
    suites = ElementTree.parse(junit).getroot()
    assert [suite.get("name") for suite in suites] == [made.id for made in labs]
    assert [len(suite) for suite in suites] == [len(made.steps) for made in labs]
    assert suites.find(".//failure") is None


def test_a_new_lab_is_good_and_plays(tmp_path: Path) -> None:
    file = tmp_path / "01-mine.toml"
    assert lab("new", str(file)).returncode == 0
    assert lab("new", str(file)).returncode == 1, "it does not overwrite"
    assert lab("validate", str(file)).returncode == 0
    assert "mine" in lab("list", "--dir", str(tmp_path)).stdout
    done = lab("check", "--local", "--dir", str(tmp_path))
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("change", "step", "wanted"),
    [
        (("40 + 2", "41 + 2"), "begin-and-look", "does not pass when solved"),
        (('of = "commit"\ntag = "COMMIT"', 'of = "rollback"'), "commit", "does not pass when solved"),
        (('check = "ran"\nof = "commit"\ntag = "COMMIT"', 'check = "connected"'), "commit", "there is"),
    ],
)
def test_a_lab_that_does_not_hold_is_found_out(tmp_path: Path, change: tuple[str, str], step: str, wanted: str) -> None:
    (tmp_path / "01-mine.toml").write_text(TEMPLATE.replace(*change), encoding="utf-8")
    junit = tmp_path / "labs.xml"
    done = lab("check", "--local", "--dir", str(tmp_path), "--junit", str(junit))
    if wanted == "there is":
        assert done.returncode == 0, "the transaction's state is checked by itself"
        return
    assert done.returncode == 1
    assert f"01-mine.toml: step {step!r}: {wanted}" in done.stderr
    assert ElementTree.parse(junit).getroot().find(".//failure") is not None


def test_a_step_that_passes_unsolved_is_found_out(tmp_path: Path) -> None:
    text = TEMPLATE.replace("begin;\nselect", "select").replace("{answer}", "42")
    text = text[: text.index('[[step]]\nid = "commit"')] + text[text.index("[question]") :]
    text = text.replace(
        'check = "rows"\nof = "select"\nvalue = "42"',
        'check = "database"\nquery = "select 1"\nvalue = "1"\nsay = {en = "no", ja = "い"}',
    )
    text = text[: text.index("[[step.capture]]")] + text[text.index("[question]") :]
    (tmp_path / "01-mine.toml").write_text(text, encoding="utf-8")
    done = lab("check", "--local", "--dir", str(tmp_path))
    assert done.returncode == 1
    assert "passes before anything is done" in done.stderr


def test_mistakes_of_an_author_and_of_a_user_are_said(tmp_path: Path) -> None:
    file = tmp_path / "01-mine.toml"
    file.write_text(TEMPLATE.replace('pane = "a"', 'pane = "x"', 1), encoding="utf-8")
    done = lab("validate", str(file))
    assert done.returncode == 1
    assert "01-mine.toml: step 'begin-and-look': pane: must be" in done.stderr
    assert "is no lab; see: dsqltui lab list" in lab("show", "99").stderr
    assert lab("check").returncode == 2, "a target must be named"
    shown = lab("show", "3", "--lang", "ja").stdout
    assert "先にコミットしたほうが勝つ" in shown
    assert "update xpoints.customers set address = '123 Main Street'" in shown
