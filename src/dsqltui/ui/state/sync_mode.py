"""How the two panes work together, in words a student understands."""

from enum import Enum

from dsqltui.core.language import N_, _
from dsqltui.ui.keys.user_keys import key_of


class SyncMode(Enum):
    """The value is its sign on the key line."""

    INDEPENDENT = "A | B"
    """Each pane has its own text and runs by itself."""
    BOTH = "A + B"
    """Each pane has its own text; a run goes to both Regions."""
    MIRROR = "A = B"
    """Both editors hold the same text; each pane runs by itself."""

    @property
    def next(self) -> "SyncMode":
        """What the key leads to."""
        modes = tuple(SyncMode)
        return modes[(modes.index(self) + 1) % len(modes)]

    @property
    def wordings(self) -> tuple[str, ...]:
        """For the key line, longest first."""
        long, short = _WORDS[self]
        return f"{self.value} {_(long)}", f"{self.value} {_(short)}", self.value

    @property
    def sentence(self) -> str:
        """What changed, for the moment in which it changed."""
        match self:
            case SyncMode.INDEPENDENT:
                return _("Independent: each pane has its own text and runs by itself.")
            case SyncMode.BOTH:
                return _("Both: {key} runs in both Regions at once; before it writes, it asks.").format(
                    key=key_of("run")
                )
            case SyncMode.MIRROR:
                keys = key_of("run"), key_of("run_both")
                return _("Mirror: both editors hold one text. {keys} runs in this pane, {keys_2} in both.").format(
                    keys=keys[0], keys_2=keys[1]
                )


_WORDS = {
    SyncMode.INDEPENDENT: (N_("independent"), N_("separate")),
    SyncMode.BOTH: (N_("run goes to both"), N_("both run")),
    SyncMode.MIRROR: (N_("same text in both panes"), N_("same text")),
}
