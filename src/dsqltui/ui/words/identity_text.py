"""Who one is, and what runs out when, as short safe text."""

from datetime import datetime

from dsqltui.core.sessions.roles import Identity
from dsqltui.core.text.safe_text import one_line


def left(seconds: float | None) -> str:
    """`14:32` minutes and seconds, `3 h 05 min`, `6 days`, `expired`; empty for None."""
    if seconds is None:
        return ""
    if seconds <= 0:
        return "expired"
    whole = int(seconds)
    if whole < 3_600:
        return f"{whole // 60}:{whole % 60:02d}"
    if whole < 172_800:
        return f"{whole // 3_600} h {whole % 3_600 // 60:02d} min"
    return f"{whole // 86_400} days"


def identity_lines(identity: Identity, now: datetime) -> tuple[tuple[str, str], ...]:
    """Label and text of each thing worth knowing."""
    token = left(identity.token_left_s(now))
    lifetime = left(identity.token_lifetime_s)
    expire = left(identity.credentials_left_s(now)) or "no expiry"
    renewed = "; renewed before that" if identity.source.startswith("assume-role") else ""
    return (
        ("STS", one_line(identity.arn, 200)),
        ("Role", f"{one_line(identity.database_role, 80)} (tokens for {identity.action})"),
        ("Source", f"{one_line(identity.source, 80)}, {expire}{renewed if expire != 'no expiry' else ''}"),
        ("Token", f"{token} left of {lifetime}; checked only at connect" if token else f"{lifetime} for each connect"),
    )


def aligned(lines: tuple[tuple[str, str], ...]) -> str:
    """Labels in a column of their own."""
    width = max(len(label) for label, _ in lines)
    return "\n".join(f"{label:<{width}}  {text}" for label, text in lines)
