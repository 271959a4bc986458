"""The console's themes, and the colours that styles/*.tcss asks for besides Textual's own."""

from textual.theme import Theme

from dsqltui.core.settings.sections import THEMES as NAMES

VARIABLES: dict[str, str] = {
    "pane-a": "#5cb3ff",
    "pane-b": "#ffb454",
    "conflict": "#ff6ac1",
    "rule": "#2b3448",
    "quiet": "#8390a8",
    "sql-keyword": "#82aaff",
    "sql-type": "#7fdbca",
    "sql-string": "#a5d977",
    "sql-ident": "#b2ccd6",
    "sql-number": "#f78c6c",
    "sql-comment": "#6c7a96",
    "sql-command": "#c792ea",
    "sql-ran": "#24324d",
}
"""Defaults, so that every theme of Textual works; the console's own themes may give others."""

DARK = Theme(
    name="dsqltui",
    primary="#5cb3ff",
    secondary="#7fdbca",
    accent="#ffb454",
    warning="#ffcb6b",
    error="#ff5f6d",
    success="#7fd88f",
    foreground="#dbe2ef",
    background="#0d1119",
    surface="#121825",
    panel="#1b2334",
    variables={
        "input-selection-background": "#3d5a8a",
        "block-cursor-background": "#5cb3ff",
        "block-cursor-foreground": "#0d1119",
        "scrollbar": "#2b3448",
        "scrollbar-background": "#121825",
        "scrollbar-corner-color": "#121825",
    },
)

LIGHT = Theme(
    name="dsqltui-light",
    dark=False,
    primary="#0a5fb4",
    secondary="#0b6e63",
    accent="#8a4b00",
    warning="#8a5a00",
    error="#b3001b",
    success="#1c6b2a",
    foreground="#1a2130",
    background="#fbfcfe",
    surface="#f1f4f9",
    panel="#e1e7f0",
    variables={
        "input-selection-background": "#b7d4f5",
        "block-cursor-background": "#0a5fb4",
        "block-cursor-foreground": "#fbfcfe",
        "scrollbar": "#b4bfd0",
        "scrollbar-background": "#f1f4f9",
        "scrollbar-corner-color": "#f1f4f9",
        "pane-a": "#0a5fb4",
        "pane-b": "#8a4b00",
        "conflict": "#a3006b",
        "rule": "#b4bfd0",
        "quiet": "#55617a",
        "sql-keyword": "#0a4fa0",
        "sql-type": "#0b6e63",
        "sql-string": "#2e6b12",
        "sql-ident": "#34506b",
        "sql-number": "#9a3c00",
        "sql-comment": "#66728a",
        "sql-command": "#6b2ea0",
        "sql-ran": "#d5e3f5",
    },
)

HIGH_CONTRAST = Theme(
    name="dsqltui-high-contrast",
    primary="#66ccff",
    secondary="#66ffe0",
    accent="#ffff00",
    warning="#ffd700",
    error="#ff6b6b",
    success="#66ff66",
    foreground="#ffffff",
    background="#000000",
    surface="#000000",
    panel="#262626",
    variables={
        "input-selection-background": "#0050c8",
        "block-cursor-background": "#ffff00",
        "block-cursor-foreground": "#000000",
        "scrollbar": "#ffffff",
        "scrollbar-background": "#000000",
        "scrollbar-corner-color": "#000000",
        "pane-a": "#66ccff",
        "pane-b": "#ffd700",
        "conflict": "#ff8cf0",
        "rule": "#ffffff",
        "quiet": "#d0d0d0",
        "sql-keyword": "#8cc8ff",
        "sql-type": "#66ffe0",
        "sql-string": "#a8ff7a",
        "sql-ident": "#ffffff",
        "sql-number": "#ffb27a",
        "sql-comment": "#c0c0c0",
        "sql-command": "#e0a8ff",
        "sql-ran": "#003a6e",
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
        "input-cursor-background": "ansi_white",
        "input-cursor-foreground": "ansi_black",
        "input-cursor-text-style": "none",
        "input-selection-background": "ansi_bright_blue",
        "input-selection-foreground": "ansi_black",
        "screen-selection-background": "ansi_bright_blue",
        "screen-selection-foreground": "ansi_black",
        "pane-a": "ansi_bright_cyan",
        "pane-b": "ansi_bright_yellow",
        "conflict": "ansi_bright_magenta",
        "rule": "ansi_bright_black",
        "quiet": "ansi_default",
        "sql-keyword": "ansi_bright_blue",
        "sql-type": "ansi_cyan",
        "sql-string": "ansi_green",
        "sql-ident": "ansi_cyan",
        "sql-number": "ansi_magenta",
        "sql-comment": "ansi_bright_black",
        "sql-command": "ansi_magenta",
        "sql-ran": "ansi_default",
    },
)
"""The terminal's own 16 colours, for terminals that have no more and for NO_COLOR."""

_BY_NAME = {"dark": DARK, "light": LIGHT, "high-contrast": HIGH_CONTRAST, "terminal": TERMINAL}

DESCRIPTIONS: dict[str, str] = {
    "auto": "dark, or terminal where there are no more than 16 colours",
    "dark": "light text on a dark blue ground",
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
