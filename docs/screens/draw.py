"""Draws the pictures of docs/: python docs/screens/draw.py [NAME ...], in the development environment.

Each scene is drawn at 80x24 and at 160x45, as docs/NAME-80x24.png; as .svg where the package cairosvg is not installed.
The font DejaVu Sans Mono, and for Japanese a CJK font, should be there.
"""

import asyncio
import importlib
import os
import sys
import tempfile
from pathlib import Path

os.environ |= {"COLORTERM": "truecolor", "TERM": "xterm-256color"}  # Textual asks when it is imported
os.environ.pop("NO_COLOR", None)

from stage import stage

SIZES = ((80, 24), (160, 45))
DOCS = Path(__file__).resolve().parents[1]


def main() -> None:
    """Draw the scenes named, or all: every scenes_*.py beside this file has a dict SCENES and may have OPTIONS."""
    for file in sorted(Path(__file__).parent.glob("scenes_*.py")):
        module = importlib.import_module(file.stem)
        for name, scene in module.SCENES.items():
            if len(sys.argv) == 1 or name in sys.argv[1:]:
                for columns, rows in SIZES:
                    asyncio.run(_draw(name, scene, columns, rows, getattr(module, "OPTIONS", ())))


async def _draw(name: str, scene, columns: int, rows: int, options) -> None:  # type: ignore[no-untyped-def]
    with tempfile.TemporaryDirectory() as folder:
        async with stage(Path(folder), columns, rows, *options) as it:
            await scene(it)
            await it.pilot.pause(0.3)
            svg, text = it.svg(), it.text
    target = DOCS / f"{name}-{columns}x{rows}.png"
    try:
        import cairosvg  # no dependency of the project: only pictures need it

        cairosvg.svg2png(bytestring=svg.encode(), write_to=str(target), scale=1.2)
    except ImportError:
        target = target.with_suffix(".svg")
        target.write_text(svg, encoding="utf-8")
    print(f"{target.name}\n{text}\n")


if __name__ == "__main__":
    main()
