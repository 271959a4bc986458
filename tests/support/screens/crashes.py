"""A bug with a secret in a local variable and one in its message."""

from typing import Any

KEY = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"


class Bug(Exception):
    """What goes wrong."""


def fail(*_: object, **__: object) -> Any:
    """Raise it."""
    secret_access_key = KEY[:20] + KEY[20:]
    raise Bug(f"near {secret_access_key} password=hunter2-S3cr3t \x1b]0;PWNED\x07 {len(secret_access_key)}")
