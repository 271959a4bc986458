"""A headless Chromium, steered over a pipe by its DevTools protocol: a page, its keys and mouse, and pictures of it."""

import base64
import itertools
import json
import os
import select
import shutil
import subprocess
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import Any, Self

_NAMES = ("chromium", "chromium-browser", "google-chrome")
_CODES = {
    "F1": 112,
    "F2": 113,
    "F3": 114,
    "F4": 115,
    "F5": 116,
    "F6": 117,
    "F7": 118,
    "Enter": 13,
    "Escape": 27,
    "ArrowUp": 38,
}
_CONTROL = 2
_ANSWER_S = 60.0


def chromium() -> str | None:
    """The program; None where there is none."""
    named = os.environ.get("DSQLTUI_CHROMIUM")
    return named or next((found for name in _NAMES if (found := shutil.which(name))), None)


class Page:
    """One page of a browser of its own. A context manager; leaving ends the browser."""

    def __init__(self, url: str, *, width: int, height: int) -> None:
        program = chromium()
        assert program is not None
        self._folder = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        theirs_in, self._to = os.pipe()
        self._from, theirs_out = os.pipe()

        def as_chromium_wants() -> None:
            """Its ends of the pipes are descriptors 3 and 4."""
            low, high = os.dup(theirs_in), os.dup(theirs_out)
            os.dup2(low, 3)
            os.dup2(high, 4)

        self._process = subprocess.Popen(
            [
                *(program, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"),
                *("--no-first-run", "--remote-debugging-pipe", f"--user-data-dir={self._folder.name}", "about:blank"),
            ],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            pass_fds=(3, 4),
            preexec_fn=as_chromium_wants,
            env={**os.environ, "HOME": self._folder.name},
        )
        os.close(theirs_in)
        os.close(theirs_out)
        self._numbers = itertools.count(1)
        self._buffer = b""
        self._session = ""
        target = self._ask("Target.createTarget", url="about:blank")["targetId"]
        self._session = self._ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        self._ask("Page.enable")
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        self._ask("Emulation.setDeviceMetricsOverride", **size)
        self.open(url)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.kill()
        self._process.wait()
        os.close(self._to)
        os.close(self._from)
        self._folder.cleanup()

    def open(self, url: str) -> None:
        """Go to a page, also to the same one again."""
        self._ask("Page.navigate", url=url)

    def reload(self) -> None:
        """As the person's reload does it."""
        self._ask("Page.reload")

    def value(self, expression: str) -> Any:
        """What JavaScript gives, awaited; None when the page is on its way."""
        answer = self._ask("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        return answer.get("result", {}).get("value")

    def type(self, text: str) -> None:
        """As a keyboard does that gives the text at once."""
        self._ask("Input.insertText", text=text)

    def press(self, key: str) -> None:
        """`F5`, `Enter`, `ctrl+g`."""
        name = key.removeprefix("ctrl+")
        modifiers = _CONTROL if name != key else 0
        code = _CODES.get(name, ord(name.upper()[0]))
        event = {
            "key": name,
            "code": name if name in _CODES else f"Key{name.upper()}",
            "windowsVirtualKeyCode": code,
            "modifiers": modifiers,
        }
        self._ask("Input.dispatchKeyEvent", type="rawKeyDown", **event)
        self._ask("Input.dispatchKeyEvent", type="keyUp", **event)

    def click(self, x: float, y: float) -> None:
        """At a point of the page."""
        for kind in ("mousePressed", "mouseReleased"):
            self._ask("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1)

    def picture(self, path: Path) -> None:
        """Write a PNG of what is seen."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(base64.b64decode(self._ask("Page.captureScreenshot", format="png")["data"]))

    def _ask(self, method: str, **parameters: Any) -> dict[str, Any]:
        number = next(self._numbers)
        message = {"id": number, "method": method, "params": parameters}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._to, json.dumps(message).encode() + b"\0")
        deadline = time.monotonic() + _ANSWER_S
        while True:
            found, mark, rest = self._buffer.partition(b"\0")
            if mark:
                self._buffer = rest
                answer = json.loads(found)
                if answer.get("id") == number:
                    assert "error" not in answer, answer
                    result: dict[str, Any] = answer["result"]
                    return result
                continue
            left = deadline - time.monotonic()
            assert left > 0, f"Chromium does not answer {method}"
            if select.select([self._from], [], [], left)[0]:
                data = os.read(self._from, 1 << 16)
                assert data, "Chromium has ended"
                self._buffer += data
