"""Who one is, and what runs out when, as short safe text."""

from datetime import datetime

from dsqltui.core.language import _
from dsqltui.core.sessions.roles import Identity
from dsqltui.core.text.safe_text import one_line
from dsqltui.core.text.wrapping import cells, padded

_ASSUMED = "assume-role from "
"""How the source of an assumed role's credentials begins."""


def left(seconds: float | None) -> str:
    """`14:32` minutes and seconds, `3 h 05 min`, `6 days`, `expired`; empty for None."""
    if seconds is None:
        return ""
    if seconds <= 0:
        return _("expired")
    whole = int(seconds)
    if whole < 3_600:
        return f"{whole // 60}:{whole % 60:02d}"
    if whole < 172_800:
        return _("{whole} h {whole_2:02d} min").format(whole=whole // 3600, whole_2=whole % 3600 // 60)
    return _("{whole} days").format(whole=whole // 86400)


def identity_lines(identity: Identity, now: datetime) -> tuple[tuple[str, str], ...]:
    """Label and text of each thing worth knowing."""
    token = left(identity.token_left_s(now))
    lifetime = left(identity.token_lifetime_s)
    expire = left(identity.credentials_left_s(now))
    source = one_line(identity.source, 80)
    if not expire:
        credentials = _("{source}, no expiry").format(source=source)
    elif source.startswith(_ASSUMED):
        credentials = _("assume-role from {source}, {left}; renewed before that").format(
            source=source.removeprefix(_ASSUMED), left=expire
        )
    else:
        credentials = _("{source}, {left}").format(source=source, left=expire)
    return (
        ("STS", one_line(identity.arn, 200)),
        (
            _("Role"),
            _("{database_role} (tokens for {action})").format(
                database_role=one_line(identity.database_role, 80), action=identity.action
            ),
        ),
        (_("Source"), credentials),
        (
            _("Token"),
            _("{token} left of {lifetime}; checked only at connect").format(token=token, lifetime=lifetime)
            if token
            else _("{lifetime} for each connect").format(lifetime=lifetime),
        ),
    )


def aligned(lines: tuple[tuple[str, str], ...]) -> str:
    """Labels in a column of their own."""
    width = max(cells(label) for label, _unused in lines)
    return "\n".join(f"{padded(label, width)}  {text}" for label, text in lines)
