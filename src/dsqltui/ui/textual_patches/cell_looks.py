"""How a cell of the terminal looks, and the fewest codes from one look to the next."""

from functools import lru_cache

from rich.color import ColorSystem
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
_RESET = "\x1b[m"


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
        ";".join(color.downgrade(colors).get_ansi_codes(foreground=is_foreground)) if color is not None else ""
        for color, is_foreground in ((style.color, True), (style.bgcolor, False))
    ]
    foreground, background = ("" if code in ("39", "49") else code for code in codes)
    return _kept(attributes, foreground, background, style.link or "")


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
