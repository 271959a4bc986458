"""What goes wrong when a lab is prepared, or taken back, in both languages; server's messages stay as they are."""

from collections.abc import Sequence

from dsqltui.core.results.outcome import Refused
from dsqltui.labs.model import Need
from dsqltui.labs.text import Text

_SHOWN = 60


def not_prepared(statement: str, refused: Refused) -> Text:
    """A statement that makes what the lab needs was refused."""
    said = f"{statement.strip()[:_SHOWN]}: {_server(refused)}"
    return Text(said, said)


def reset_refused(statement: str, refused: Refused) -> Text:
    """A statement of the reset was refused."""
    said = f"{statement.strip().split(chr(10))[0]}: {_server(refused)}"
    return Text(f"reset: {said}", f"リセット: {said}")


def reset_lost(reason: str) -> Text:
    """The connection ended during the reset."""
    return Text(f"reset: the connection was lost: {reason}", f"リセット: 接続が切れました: {reason}")


def not_brought_back(need: Need) -> Text:
    """The reset ran, and the data are not as the lab needs them."""
    return Text(
        f"reset does not bring back what the lab needs: {need.query}",
        f"リセットしても、ラボに必要な状態に戻りません: {need.query}",
    )


def unmet(needs: Sequence[Need]) -> Text:
    """The lab cannot begin."""
    return Text(
        "; ".join(f"needs: {need.say.en} ({need.query})" for need in needs),
        "、".join(f"前提条件: {need.say.ja}（{need.query}）" for need in needs),
    )


def _server(refused: Refused) -> str:
    return f"{refused.error.sqlstate} {refused.error.message}"
