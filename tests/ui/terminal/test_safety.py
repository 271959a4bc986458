"""What protects the terminal and the secrets."""

from pathlib import Path

import pytest
from rich.segment import Segment
from textual.color import Color

from dsqltui.ui.app import ConsoleApp
from dsqltui.ui.textual_patches.control_filter import ControlFilter
from support.screens.console import console

_BLACK = Color(0, 0, 0)


@pytest.mark.parametrize("code", [*range(0x20), *range(0x7F, 0xA0), 0x202E, 0x2066, 0x2028, 0xD800, 0xDFFF])
def test_the_filter_deletes_what_a_terminal_could_act_on(code: int) -> None:
    painted = ControlFilter().apply([Segment("ok"), Segment(f"a{chr(code)}b")], _BLACK)
    assert "".join(segment.text for segment in painted) == "okab"


def test_the_filter_leaves_harmless_lines_alone() -> None:
    segments = [Segment("select '東京' é │ ␛ 👍🏽")]
    assert ControlFilter().apply(segments, _BLACK) is segments


async def test_the_filter_is_over_everything_painted() -> None:
    async with console() as it:
        assert any(isinstance(line_filter, ControlFilter) for line_filter in it.app.get_line_filters())
        it.pane_a.title.sentence = "\x1b]52;c;UFdORUQ=\x07"
        it.app.notify("[/nope] \x1b[31m", markup=False)
        await it.pilot.pause()
        assert "\x1b" not in it.screen_text()


def _fails_with_a_secret() -> float:
    token = "-".join(["secret", "token"])
    return len(token) / 0


async def _run_until_it_fails(apps: list[ConsoleApp]) -> None:
    async with console() as it:
        apps.append(it.app)
        it.app.call_later(_fails_with_a_secret)
        await it.until(lambda: it.app.failure)


async def test_an_internal_error_prints_no_local_variables(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    apps: list[ConsoleApp] = []
    with pytest.raises(ZeroDivisionError):  # Textual's pilot raises it again
        await _run_until_it_fails(apps)
    (app,) = apps
    assert app.return_code == 1
    assert "stopped by an internal error (ZeroDivisionError)" in app.failure
    (file,) = (tmp_path / "dsqltui" / "crashes").iterdir()
    told = file.read_text()
    assert "ZeroDivisionError" in told
    assert "_fails_with_a_secret" in told
    assert "secret-token" not in told


async def test_the_clipboard_takes_any_text() -> None:
    async with console() as it:
        it.app.copy_to_clipboard("\ud800a\x1b]52;c;x\x07")
        assert it.app.clipboard == "?a\x1b]52;c;x\x07"
