"""Whether the console can be shown here. Loads no Textual: asked before anything slow is begun."""

import os
import select
import sys

from dsqltui.core.language import _


def terminal_problem() -> str:
    """Why the console cannot be shown here, with what to do; empty when it can."""
    streams = (sys.stdin, sys.stdout, sys.__stderr__)  # Textual reads the first and paints on the last
    if not all(stream is not None and stream.isatty() for stream in streams):
        return _("dsqltui: the console needs a terminal, but input or output is redirected; run it without pipes.")
    if os.environ.get("TERM") == "dumb":
        return _(
            "dsqltui: TERM is 'dumb', a terminal that cannot be painted; set TERM (xterm-256color), or use --plain."
        )
    colors = os.environ.get("TEXTUAL_COLOR_SYSTEM", "auto").lower()
    if colors not in ("auto", "standard", "256", "truecolor", "windows"):
        return _("dsqltui: TEXTUAL_COLOR_SYSTEM is not one of auto, standard, 256, truecolor; unset it.")
    encoding = (sys.__stderr__.encoding if sys.__stderr__ else "").lower().replace("-", "")
    if encoding != "utf8":
        return _("dsqltui: the terminal's encoding is not UTF-8; set LANG=C.UTF-8 or PYTHONUTF8=1.")
    return ""


def is_terminal_gone(descriptor: int) -> bool:
    """Whether nobody holds the other end of the terminal any more. SIGHUP tells only whom it controls."""
    poll = select.poll()
    poll.register(descriptor, 0)
    return any(events & select.POLLHUP for _unused, events in poll.poll(0))
