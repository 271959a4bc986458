"""The console's themes, and the colours that styles/*.tcss asks for besides Textual's own."""

from textual.theme import Theme

from dsqltui.core.settings.sections import THEMES as NAMES

VARIABLES: dict[str, str] = {
    "pane-a": "#5fafff",
    "pane-b": "#ffaf5f",
    "title-a": "#005f87",
    "title-b": "#5f5f00",
    "conflict": "#ff87d7",
    "rule": "#585858",
    "quiet": "#9e9e9e",
    "text-muted": "#9e9e9e",
    "text-disabled": "#9e9e9e",
    "line-number": "#8a8a8a",
    "row-cursor": "#303030",
    "row-added": "#005f00",
    "row-missing": "#5f0000",
    "row-changed": "#5f5f00",
    "sql-keyword": "#87afff",
    "sql-type": "#5fd7d7",
    "sql-string": "#afd75f",
    "sql-ident": "#afd7d7",
    "sql-number": "#ff875f",
    "sql-comment": "#a8a8a8",
    "sql-command": "#d787ff",
    "sql-ran": "#3a3a3a",
}
"""Defaults, so that every theme of Textual works; the console's own themes may give others.

All colours are of the 256 that a terminal has without COLORTERM, from its grey ramp and its cube of six steps (00, 5f,
87, af, d7, ff): so they look the same there. Tests compute the contrast of what is painted.
"""

DARK = Theme(
    name="dsqltui",
    primary="#5fafff",
    secondary="#5fd7af",
    accent="#ffaf5f",
    warning="#ffd75f",
    error="#ff8787",
    success="#87d787",
    foreground="#dadada",
    background="#121212",
    surface="#1c1c1c",
    panel="#303030",
    variables={
        "input-selection-background": "#5f0087",
        "block-cursor-background": "#5fafff",
        "block-cursor-foreground": "#121212",
        "scrollbar": "#585858",
        "scrollbar-background": "#1c1c1c",
        "scrollbar-corner-color": "#1c1c1c",
    },
)

LIGHT = Theme(
    name="dsqltui-light",
    dark=False,
    primary="#005faf",
    secondary="#005f5f",
    accent="#5f5f00",
    warning="#5f5f00",
    error="#af0000",
    success="#005f00",
    foreground="#1c1c1c",
    background="#ffffff",
    surface="#eeeeee",
    panel="#dadada",
    variables={
        "input-selection-background": "#afd7ff",
        "block-cursor-background": "#005faf",
        "block-cursor-foreground": "#ffffff",
        "scrollbar": "#a8a8a8",
        "scrollbar-background": "#eeeeee",
        "scrollbar-corner-color": "#eeeeee",
        "pane-a": "#005faf",
        "pane-b": "#5f5f00",
        "title-a": "#afd7ff",
        "title-b": "#ffd7af",
        "conflict": "#af005f",
        "rule": "#949494",
        "quiet": "#585858",
        "text-muted": "#585858",
        "text-disabled": "#585858",
        "line-number": "#626262",
        "row-cursor": "#d7d7ff",
        "row-added": "#afffaf",
        "row-missing": "#ffafaf",
        "row-changed": "#ffffaf",
        "sql-keyword": "#0000af",
        "sql-type": "#005f5f",
        "sql-string": "#005f00",
        "sql-ident": "#005f87",
        "sql-number": "#870000",
        "sql-comment": "#585858",
        "sql-command": "#870087",
        "sql-ran": "#d7ffff",
    },
)

HIGH_CONTRAST = Theme(
    name="dsqltui-high-contrast",
    primary="#5fd7ff",
    secondary="#5fffd7",
    accent="#ffff00",
    warning="#ffd700",
    error="#ff8787",
    success="#5fff5f",
    foreground="#ffffff",
    background="#000000",
    surface="#000000",
    panel="#262626",
    variables={
        "input-selection-background": "#5f005f",
        "block-cursor-background": "#ffff00",
        "block-cursor-foreground": "#000000",
        "scrollbar": "#ffffff",
        "scrollbar-background": "#000000",
        "scrollbar-corner-color": "#000000",
        "pane-a": "#5fd7ff",
        "pane-b": "#ffd700",
        "title-a": "#005f87",
        "title-b": "#5f0000",
        "conflict": "#ff87ff",
        "rule": "#ffffff",
        "quiet": "#d0d0d0",
        "text-muted": "#d0d0d0",
        "text-disabled": "#d0d0d0",
        "line-number": "#c6c6c6",
        "row-cursor": "#303030",
        "row-added": "#005f00",
        "row-missing": "#5f0000",
        "row-changed": "#5f005f",
        "sql-keyword": "#87d7ff",
        "sql-type": "#5fffd7",
        "sql-string": "#afff87",
        "sql-ident": "#ffffff",
        "sql-number": "#ffaf87",
        "sql-comment": "#c6c6c6",
        "sql-command": "#d7afff",
        "sql-ran": "#303030",
    },
)

TERMINAL = Theme(
    name="dsqltui-terminal",
    ansi=True,
    primary="ansi_bright_blue",
    secondary="ansi_cyan",
    accent="ansi_yellow",
    warning="ansi_yellow",
    error="ansi_bright_red",
    success="ansi_green",
    foreground="ansi_default",
    background="ansi_default",
    surface="ansi_default",
    panel="ansi_default",
    boost="ansi_default",
    dark=True,
    variables={
        "ansi-background": "ansi_black",
        "ansi-foreground": "ansi_white",
        "border-blurred": "ansi_black",
        "block-cursor-foreground": "ansi_black",
        "block-cursor-background": "ansi_white",
        "input-cursor-background": "ansi_default",
        "input-cursor-foreground": "ansi_default",
        "input-cursor-text-style": "reverse",
        "input-selection-background": "ansi_bright_blue",
        "input-selection-foreground": "ansi_black",
        "screen-selection-background": "ansi_bright_blue",
        "screen-selection-foreground": "ansi_black",
        "pane-a": "ansi_bright_cyan",
        "pane-b": "ansi_bright_yellow",
        "conflict": "ansi_bright_magenta",
        "title-a": "ansi_default",
        "title-b": "ansi_default",
        "rule": "ansi_bright_black",
        "quiet": "ansi_default",
        "text-muted": "ansi_default",
        "text-disabled": "ansi_default",
        "line-number": "ansi_default",
        "row-cursor": "ansi_default",
        "row-added": "ansi_default",
        "row-missing": "ansi_default",
        "row-changed": "ansi_default",
        "sql-keyword": "ansi_bright_blue",
        "sql-type": "ansi_cyan",
        "sql-string": "ansi_green",
        "sql-ident": "ansi_cyan",
        "sql-number": "ansi_magenta",
        "sql-comment": "ansi_default",
        "sql-command": "ansi_magenta",
        "sql-ran": "ansi_default",
    },
)
"""The terminal's own 16 colours, for terminals that have no more and for NO_COLOR."""

_BY_NAME = {"dark": DARK, "light": LIGHT, "high-contrast": HIGH_CONTRAST, "terminal": TERMINAL}

DESCRIPTIONS: dict[str, str] = {
    "auto": "dark; terminal where there are only 16 colours",
    "dark": "light text on a dark ground",
    "light": "dark text on a light ground",
    "high-contrast": "white and bright colours on black",
    "terminal": "the terminal's own 16 colours, on its own ground",
}
"""By the names of the setting console.theme."""

assert {*DESCRIPTIONS} == {*NAMES}


def named(name: str, *, has_few_colors: bool) -> Theme:
    """The theme of that name; `auto` looks at what the terminal can."""
    return _BY_NAME["terminal" if has_few_colors else "dark"] if name == "auto" else _BY_NAME[name]


def all_themes() -> tuple[Theme, ...]:
    """To be registered."""
    return tuple(_BY_NAME.values())
