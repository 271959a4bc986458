"""Draws the pictures of docs/pictures/: `make pictures`, or `python tests/pictures/draw.py NAME ...` for some of them.

Needs the extra `pictures` (cairosvg, pillow, a Japanese font) and the font DejaVu Sans Mono. A picture has few colours, so that it stays
under 100 kB; a test holds them to it.
"""

import asyncio
import importlib
import io
import os
import sys
import tempfile
from pathlib import Path

os.environ |= {"COLORTERM": "truecolor", "TERM": "xterm-256color"}  # Textual asks when it is imported
os.environ.pop("NO_COLOR", None)
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from pictures.fonts import use_package_font, with_wide_letters
from pictures.stage import Scene, stage

_FOLDER = Path(__file__).resolve().parents[2] / "docs" / "pictures"
_COLOURS = 128


def main() -> None:
    """Draw the scenes named, or all: every scenes_*.py beside this file has a dict SCENES and may have OPTIONS."""
    for file in sorted(Path(__file__).parent.glob("scenes_*.py")):
        module = importlib.import_module(f"pictures.{file.stem}")
        for name, scene in module.SCENES.items():
            if len(sys.argv) == 1 or name in sys.argv[1:]:
                asyncio.run(_draw(name, scene, getattr(module, "OPTIONS", ())))


async def _draw(name: str, scene: Scene, options: tuple[str, ...]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        async with stage(Path(folder), *scene.size, *options) as it:
            await scene.play(it)
            await it.pilot.pause(0.3)
            svg, text = it.svg(), it.text
    target = _FOLDER / f"{name}.png"
    target.write_bytes(_png(svg))
    print(f"{target.name}  {target.stat().st_size / 1000:.0f} kB\n{text}\n")


def _png(svg: str) -> bytes:
    use_package_font()
    import cairosvg
    from PIL import Image

    picture = Image.open(io.BytesIO(cairosvg.svg2png(bytestring=with_wide_letters(svg).encode())))
    written = io.BytesIO()
    picture.convert("RGB").quantize(_COLOURS, dither=Image.Dither.NONE).save(written, "PNG", optimize=True)
    return written.getvalue()


if __name__ == "__main__":
    main()
