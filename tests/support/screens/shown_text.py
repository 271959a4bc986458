"""What stands on the screen of an app, as text."""

from typing import Any

from textual.app import App


def shown_text(app: App[Any]) -> str:
    """Everything painted, line by line. Textual has no public way to it but a picture."""
    return "\n".join(strip.text for strip in app.screen._compositor.render_strips())
