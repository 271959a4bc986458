"""How a cell of the terminal looks, and the fewest codes from one look to the next."""

from functools import lru_cache

from rich.color import Color, ColorSystem, ColorType
from rich.style import Style

_ATTRIBUTES = {
    "bold": ("1", "22"),
    "dim": ("2", "22"),
    "italic": ("3", "23"),
    "underline": ("4", "24"),
    "blink": ("5", "25"),
    "blink2": ("6", "25"),
    "reverse": ("7", "27"),
    "conceal": ("8", "28"),
    "strike": ("9", "29"),
    "underline2": ("21", "24"),
    "overline": ("53", "55"),
}
"""Rich's name: the code that begins it, and the one that ends it (ECMA-48; 53 and 55 are xterm's)."""
_OFF = dict(_ATTRIBUTES.values())
_SEEN_ON_BLANKS = frozenset({"4", "7", "9", "21", "53"})
"""What shows where there is no letter; of reverse, that is the foreground."""
_STEPS = (0x00, 0x5F, 0x87, 0xAF, 0xD7, 0xFF)
"""Of each part of a colour of the cube."""


class CellLook:
    """Colours, attributes and link. Made by `look_of` alone, so that the same look is the same object."""

    __slots__ = ("attributes", "background", "blank", "foreground", "link")

    def __init__(self, attributes: frozenset[str], foreground: str, background: str, link: str) -> None:
        self.attributes = attributes
        """The codes that begin them."""
        self.foreground, self.background = foreground, background
        """Codes; empty is the terminal's own colour."""
        self.link = link
        is_seen_blank = bool(attributes & _SEEN_ON_BLANKS or link)
        is_blank = not attributes and not foreground
        self.blank: CellLook = self if is_seen_blank or is_blank else _kept(frozenset(), "", background, "")
        """How a space of this look is seen: without a letter most of it does not matter."""

    @property
    def can_be_erased(self) -> bool:
        """Whether a space of this look is what erasing leaves: nothing but a background."""
        return not self.blank.attributes and not self.blank.link


_KEPT: dict[tuple[frozenset[str], str, str, str], CellLook] = {}
"""There are as many as an app has styles: some hundreds."""


def _kept(attributes: frozenset[str], foreground: str, background: str, link: str) -> CellLook:
    key = (attributes, foreground, background, link)
    if key not in _KEPT:
        _KEPT[key] = CellLook(*key)
    return _KEPT[key]


PLAIN = _kept(frozenset(), "", "", "")
"""After a reset."""


@lru_cache(maxsize=4_096)
def look_of(style: Style | None, colors: ColorSystem) -> CellLook:
    """How a terminal with that many colours shows the style."""
    if style is None:
        return PLAIN
    attributes = frozenset(code for name, (code, _) in _ATTRIBUTES.items() if getattr(style, name))
    codes = [
        ";".join(_shown(color, colors).get_ansi_codes(foreground=is_foreground)) if color is not None else ""
        for color, is_foreground in ((style.color, True), (style.bgcolor, False))
    ]
    foreground, background = ("" if code in ("39", "49") else code for code in codes)
    return _kept(attributes, foreground, background, style.link or "")


def _shown(color: Color, colors: ColorSystem) -> Color:
    """Rich's own way to 256 colours takes most greys for their neighbours."""
    if colors is not ColorSystem.EIGHT_BIT or color.triplet is None or color.type is not ColorType.TRUECOLOR:
        return color.downgrade(colors)
    return Color.from_ansi(nearest_of_256(*color.triplet))


def nearest_of_256(red: int, green: int, blue: int) -> int:
    """The number of the colour that is nearest, of the cube (16 to 231) and the grey ramp (232 to 255)."""
    steps = [min(range(6), key=lambda step: abs(_STEPS[step] - part)) for part in (red, green, blue)]
    cube = tuple(_STEPS[step] for step in steps)
    grey = max(0, min(23, round((sum((red, green, blue)) / 3 - 8) / 10)))
    level = 8 + 10 * grey

    def distance(color: tuple[int, ...]) -> int:
        return sum((one - other) ** 2 for one, other in zip(color, (red, green, blue), strict=True))

    if distance(cube) <= distance((level, level, level)):
        return 16 + 36 * steps[0] + 6 * steps[1] + steps[2]
    return 232 + grey


@lru_cache(maxsize=16_384)
def codes_between(before: CellLook, after: CellLook) -> str:
    """What to send so that the next letter has the other look."""
    link = f"\x1b]8;;{after.link}\x1b\\" if before.link != after.link else ""
    if (before.attributes, before.foreground, before.background) == (
        after.attributes,
        after.foreground,
        after.background,
    ):
        return link
    ended = sorted({_OFF[code] for code in before.attributes - after.attributes})
    left = {code for code in before.attributes if _OFF[code] not in ended}
    change = [*ended, *sorted(after.attributes - left, key=int)]
    if after.foreground != before.foreground:
        change.append(after.foreground or "39")
    if after.background != before.background:
        change.append(after.background or "49")
    anew = [*sorted(after.attributes, key=int), *filter(None, (after.foreground, after.background))]
    codes = min(";".join(change), ";".join(["", *anew]), key=len)
    return f"{link}\x1b[{codes}m"
