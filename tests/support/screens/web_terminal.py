"""A program in a browser's terminal: xterm.js in a page, a pseudo-terminal behind it, plain HTTP on loopback between.

As a cloud shell has it: TERM is xterm-256color, COLORTERM is not set, the terminal has the size of the page's.
"""

import contextlib
import fcntl
import json
import os
import pty
import select
import signal
import struct
import subprocess
import termios
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from support.screens.chromium import Page, chromium

PARTS = Path(__file__).parents[3] / ".browser"
"""What `tools/browser-parts` installs; pictures go there too."""
_MODULES = PARTS / "node_modules" / "@xterm"
_FILES = {
    "/xterm.js": _MODULES / "xterm" / "lib" / "xterm.js",
    "/xterm.css": _MODULES / "xterm" / "css" / "xterm.css",
    "/clipboard.js": _MODULES / "addon-clipboard" / "lib" / "addon-clipboard.js",
}
_PAGE = """<!doctype html><meta charset="utf-8"><link rel="stylesheet" href="/xterm.css">
<style>body { margin: 0; background: #000 }</style><div id="terminal"></div>
<script src="/xterm.js"></script><script src="/clipboard.js"></script><script>
const term = new Terminal({cols: COLUMNS, rows: ROWS, fontFamily: 'DejaVu Sans Mono, monospace', fontSize: 14});
window.copied = '';
const clipboard = {readText: () => '', writeText: (selection, text) => { window.copied = text }};
term.loadAddon(new ClipboardAddon.ClipboardAddon(undefined, clipboard));
term.open(document.getElementById('terminal'));
term.focus();
let sending = Promise.resolve();
const post = (path, body) => { sending = sending.then(() => fetch(path, {method: 'POST', body})); return sending };
term.onData(data => post('/in', data));
term.onBinary(data => post('/in', data));
term.onResize(({cols, rows}) => post('/size', JSON.stringify([cols, rows])));
window.screenText = () => {
  const buffer = term.buffer.active, lines = [];
  for (let y = 0; y < term.rows; y++) lines.push(buffer.getLine(buffer.viewportY + y).translateToString());
  return lines.join('\\n');
};
window.place = (column, row) => {
  const box = document.querySelector('.xterm-screen').getBoundingClientRect();
  return [box.left + (column + 0.5) * box.width / term.cols, box.top + (row + 0.5) * box.height / term.rows];
};
window.paste = text => {
  const data = new DataTransfer();
  data.setData('text/plain', text);
  term.textarea.dispatchEvent(new ClipboardEvent('paste', {clipboardData: data, bubbles: true, cancelable: true}));
};
(async () => {
  await post('/size', JSON.stringify([term.cols, term.rows]));
  let at = Number(await (await fetch('/at')).text());
  for (;;) {
    const answer = await fetch('/out?' + at), bytes = new Uint8Array(await answer.arrayBuffer());
    at += bytes.length;
    if (bytes.length) await new Promise(done => term.write(bytes, done));
  }
})();
</script>"""
_POLL_S = 5.0


def why_not() -> str:
    """What is missing for a terminal in a browser; empty when nothing is."""
    if chromium() is None:
        return "there is no Chromium on PATH (tools/browser-parts)"
    missing = [path.name for path in _FILES.values() if not path.exists()]
    return f"{', '.join(missing)} of xterm.js is not there (tools/browser-parts)" if missing else ""


class _Pty:
    """The program, and every byte that it wrote."""

    def __init__(self, argv: Sequence[str], env: Mapping[str, str], columns: int, rows: int) -> None:
        self.ours, theirs = pty.openpty()
        self.output = bytearray()
        self.start = 0
        """Bytes before the page that is there now."""
        self._came = threading.Condition()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self.process = subprocess.Popen(
            argv, stdin=theirs, stdout=theirs, stderr=theirs, env=env, start_new_session=True
        )
        os.close(theirs)
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        with contextlib.suppress(OSError):
            while select.select([self.ours], [], []) and (data := os.read(self.ours, 1 << 16)):
                with self._came:
                    self.output += data
                    self._came.notify_all()

    def since(self, at: int) -> bytes:
        """What came behind that byte; waits for some."""
        with self._came:
            self._came.wait_for(lambda: len(self.output) > at, _POLL_S)
            return bytes(self.output[at:])

    def resize(self, columns: int, rows: int) -> None:
        """Told to the program also when it is the same size: another page is there."""
        fcntl.ioctl(self.ours, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGWINCH)

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        os.close(self.ours)


class WebTerminal:
    """The page and the program behind it."""

    def __init__(self, page: Page, behind: _Pty) -> None:
        self.page = page
        self._pty = behind

    @property
    def text(self) -> str:
        """What xterm.js shows, one line per row."""
        return str(self.page.value("window.screenText ? screenText() : ''") or "")

    @property
    def sent(self) -> int:
        """Bytes that the program wrote so far."""
        return len(self._pty.output)

    @property
    def copied(self) -> str:
        """What the program put on the clipboard."""
        return str(self.page.value("window.copied"))

    def type(self, text: str) -> None:
        self.page.type(text)

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.press(key)

    def paste(self, text: str) -> None:
        """As the browser's paste does."""
        self.page.value(f"paste({json.dumps(text)})")

    def click(self, column: int, row: int) -> None:
        """On a cell."""
        x, y = self.page.value(f"place({column}, {row})")
        self.page.click(x, y)

    def resize(self, columns: int, rows: int) -> None:
        """The terminal's; the page keeps its own."""
        self.page.value(f"term.resize({columns}, {rows})")

    def picture(self, name: str) -> None:
        """Keep a picture of the page."""
        self.page.picture(PARTS / "pictures" / f"{name}.png")

    def wait_for(self, *wanted: str | Callable[[str], bool], timeout_s: float = 90.0) -> str:
        """Until the screen holds all texts and fulfils all conditions; the screen."""
        deadline = time.monotonic() + timeout_s
        while True:
            text = self.text
            if all(want in text if isinstance(want, str) else want(text) for want in wanted):
                return text
            assert time.monotonic() < deadline, f"waited for {wanted!r}; the screen is\n{text}"
            self.page.value("new Promise(done => setTimeout(done, 50))")

    def wait_until_quiet(self, quiet_ms: int = 500) -> int:
        """Until nothing came for that long; the bytes that came meanwhile."""
        before = last = self.sent
        while True:
            self.page.value(f"new Promise(done => setTimeout(done, {quiet_ms}))")
            if self.sent == last:
                return last - before
            last = self.sent

    @property
    def has_ended(self) -> bool:
        """Whether the program is over."""
        return self._pty.process.poll() is not None


def _handler(behind: _Pty, page: str) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            path, _, at = self.path.partition("?")
            if path == "/":
                behind.start = len(behind.output) if behind.start < 0 else 0
                self._answer(page.encode(), "text/html")
            elif path == "/at":
                self._answer(str(behind.start).encode(), "text/plain")
                behind.start = -1  # the next page begins with what is painted for it
            elif path == "/out":
                self._answer(behind.since(int(at)), "application/octet-stream")
            elif path in _FILES:
                self._answer(_FILES[path].read_bytes(), "text/css" if path.endswith("css") else "text/javascript")
            else:
                self._answer(b"", "text/plain", 404)

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if self.path == "/in":
                os.write(behind.ours, body)
            else:
                behind.resize(*json.loads(body))
            self._answer(b"", "text/plain")

        def _answer(self, body: bytes, kind: str, status: int = 200) -> None:
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Nothing."""

    return Handler


@contextmanager
def web_terminal(argv: Sequence[str], *, columns: int, rows: int, env: Mapping[str, str]) -> Iterator[WebTerminal]:
    """Run a program in a browser's terminal of that size."""
    base = {name: os.environ[name] for name in ("PATH", "TMPDIR", "PYTHONPATH", "VIRTUAL_ENV") if name in os.environ}
    environment = {**base, "TERM": "xterm-256color", "LANG": "C.UTF-8", **env}
    behind = _Pty(argv, environment, columns, rows)
    page = _PAGE.replace("COLUMNS", str(columns)).replace("ROWS", str(rows))
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(behind, page))
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        size = {"width": columns * 9 + 20, "height": rows * 18 + 20}
        with Page(f"http://127.0.0.1:{server.server_address[1]}/", **size) as browser:
            yield WebTerminal(browser, behind)
    finally:
        behind.close()
        server.shutdown()
        server.server_close()
