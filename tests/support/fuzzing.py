"""Seeded cases in great number: a few in every run, thousands when asked for (`make test-long`)."""

import random
import re
from collections.abc import Iterable

import pytest

QUICK, LONG, _PIECE = 100, 2_000, 250
_TRACEBACK = re.compile(r"Traceback \(most recent call last\)|^\s+File \".*\", line \d+", re.MULTILINE)


def seeds(quick: int = QUICK, long: int = LONG, piece: int = _PIECE) -> pytest.MarkDecorator:
    """Parametrizes `cases`: ranges of seeds, one for every run, the others marked `long`, in pieces for the workers."""
    starts = range(quick, quick + long, piece)
    more = [
        pytest.param(range(start, min(start + piece, quick + long)), marks=pytest.mark.long, id=f"from-{start}")
        for start in starts
    ]
    return pytest.mark.parametrize("cases", [pytest.param(range(quick), id="quick"), *more])


def dice(seed: int, what: str) -> random.Random:
    """The same numbers for the same seed, others for each `what`."""
    return random.Random(f"{what}-{seed}")


def has_traceback(text: str) -> bool:
    """Whether a person would see one."""
    return _TRACEBACK.search(text) is not None


def odd_text(rng: random.Random, pieces: Iterable[str], most: int = 6) -> str:
    """A few of the pieces and of odd characters, one after the other."""
    odd = (
        "",
        " ",
        "\t",
        "'",
        '"',
        "\\",
        "%",
        "é",
        "日本",
        "\u200d",
        "\ufeff",
        "\x7f",
        "=",
        "[",
        "]",
        "{}",
        "#",
        ";",
        "\n",
    )
    chosen = [*pieces, *odd]
    return "".join(rng.choice(chosen) for _ in range(rng.randint(0, most)))


def mutated(rng: random.Random, content: bytes, most: int = 8) -> bytes:
    """The content with bytes changed, taken out, put in, or cut off."""
    data = bytearray(content)
    for _ in range(rng.randint(1, most)):
        at = rng.randrange(len(data) + 1)
        match rng.randrange(5):
            case 0 if at < len(data):
                data[at] = rng.randrange(256)
            case 1:
                data[at:at] = rng.randbytes(rng.randint(1, 4))
            case 2:
                del data[at : at + rng.randint(1, 8)]
            case 3 if rng.random() < 0.2:
                del data[at:]
            case 4:
                data[at:at] = data[: rng.randint(0, len(data))][:40]
            case _:
                continue
    return bytes(data)
