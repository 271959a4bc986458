"""Whatever bytes a terminal sends: events or nothing, never an error; and what is typed after them arrives."""

import random

import pytest
from textual import events
from textual.message import Message

from dsqltui.core.text.terminal_bytes import TerminalDecoder
from dsqltui.ui.textual_patches.terminal_input import PasteSafeParser
from support.fuzzing import dice, has_traceback, seeds
from support.screens.painted import console_in_terminal
from ui.terminal.test_in_terminal import quit_cleanly

pytestmark = pytest.mark.timeout(1_200)


@seeds(quick=300, long=20_000, piece=4_000)
def test_bytes_become_events(cases: range) -> None:
    keys = 0
    for seed in cases:
        rng = dice(seed, "terminal")
        data = b"".join(_piece(rng) for _ in range(rng.randint(1, 30)))
        found = _events(rng, data + b"\x1b[201~\x1b[201~")
        found += _events_of_end("q")
        for event in found:
            _check(event, seed)
        keys += sum(isinstance(event, events.Key) for event in found)
    assert keys > len(cases)


def _events(rng: random.Random, data: bytes) -> list[Message]:
    """All events of the data, cut anywhere, the last of them one of a key typed after it."""
    decoder, parser = TerminalDecoder(), PasteSafeParser()
    found: list[Message] = []
    while data:
        size = rng.choice((1, 2, 7, 4_096))
        text = decoder.decode(data[:size])
        data = data[size:]
        found += parser.feed(text) if text else ()
        if rng.random() < 0.1:
            found += parser.tick()
    text = decoder.decode(b"\x1b[I" * 12 + b"q")
    after = list(parser.feed(text))
    last = after[-1]
    assert isinstance(last, events.Key), after
    assert last.key == "q", after
    return found + after


def _events_of_end(text: str) -> list[Message]:
    parser = PasteSafeParser()
    return [*parser.feed(text), *parser.feed("")]


def _check(event: Message, seed: int) -> None:
    match event:
        case events.Key(character=str() as character):
            character.encode()
        case events.Paste(text=text):
            text.encode()
            assert "\x1b" not in text, seed
        case events.Resize(size=size):
            assert 0 < size.width <= 2_000, seed
            assert 0 < size.height <= 2_000, seed


_NUMBERS = (
    0,
    1,
    2,
    4,
    27,
    35,
    48,
    64,
    126,
    200,
    201,
    255,
    1006,
    2026,
    2048,
    55296,
    65535,
    1114111,
    1114112,
    10**9,
    10**20,
)
_FINALS = b"mMtTyYRrcuUnIOPQSHhFfABCD~@`ZKJqx$*"


def _piece(rng: random.Random) -> bytes:
    match rng.randrange(9):
        case 0:
            return rng.randbytes(rng.randint(1, 20))
        case 1:
            return bytes(rng.randrange(128, 256) for _ in range(rng.randint(1, 8)))
        case 2:
            return b"\x1b[M" + rng.randbytes(rng.randint(0, 4))
        case 3 | 4:
            return _report(rng)
        case 5:
            return (
                b"\x1b"
                + rng.choice((b"P", b"]", b"O", b"[", b"N", b"_", b"\x1b", b""))
                + rng.randbytes(rng.randint(0, 6))
            )
        case 6:
            content = b"".join(_piece(rng) for _ in range(rng.randint(0, 3)))
            return b"\x1b[200~" + content + rng.choice((b"\x1b[201~", b"\x1b[201~", b"\x1b[201", b""))
        case 7:
            return "日本語 é \u200d\U0001f600".encode(rng.choice(("utf-8", "utf-16", "utf-7")), "replace")
        case _:
            return rng.choice((b"select 1;", b"\r", b"\x7f", b"\t", b"\x00", b"x" * 100))


def _report(rng: random.Random) -> bytes:
    lead = rng.choice((b"\x1b[", b"\x1b[<", b"\x1b[?", b"\x1b[>", b"\x1b[48;", b"\x1b[1;"))
    numbers = (str(rng.choice(_NUMBERS) * rng.choice((1, 1, 1, -1))) for _ in range(rng.randint(0, 5)))
    return lead + rng.choice((";", ";", ":", ";;")).join(numbers).encode() + bytes((rng.choice(_FINALS),))


@pytest.mark.e2e
@seeds(quick=40, long=400, piece=100)
def test_a_real_console_goes_on(cases: range) -> None:
    """Reports, odd bytes and pastes of them: the text typed before is there, the text typed after arrives."""
    with console_in_terminal("plain") as running:
        for seed in cases:
            rng = dice(seed, "console")
            running.send("\x1b[1;5F\x15" + f"select {seed}")
            running.wait_for(f"select {seed}")
            running.send_slowly(b"".join(_harmless(rng) for _ in range(rng.randint(1, 12))))
            running.send(f"\x1b[1;5F\rand {seed}")
            running.wait_for(f"and {seed}", lambda text: "▎" in text or "select" in text)
            assert running.is_running, seed
        quit_cleanly(running)
        assert not has_traceback(running.text)


def _harmless(rng: random.Random) -> bytes:
    """Nothing that is a key which edits or leaves."""
    match rng.randrange(4):
        case 0:
            return bytes(rng.randrange(128, 256) for _ in range(rng.randint(1, 8)))
        case 1:
            return b"\x1b[M" + bytes((32 + 35, rng.randrange(33, 256), rng.randrange(33, 256)))
        case 2:
            numbers = ";".join(str(rng.choice(_NUMBERS)) for _ in range(rng.randint(2, 4)))
            return (
                b"\x1b["
                + rng.choice((b"?", b"<35;", b">"))
                + numbers.encode()
                + rng.choice((b"t", b"y", b"c", b"M", b"n"))
            )
        case _:
            pasted = bytes(byte for byte in rng.randbytes(20) if byte not in b"\x1b\r\n")
            return b"\x1b[200~" + pasted + b"\x1b[201~"
