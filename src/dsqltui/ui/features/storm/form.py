"""What a storm is to do: a few choices, no typing."""

from dataclasses import dataclass

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import Static

from dsqltui.core.language import N_, _
from dsqltui.core.storm.builtin import BUILTIN_SCRIPTS
from dsqltui.ui.dialogs.base import Dialog
from dsqltui.ui.widgets.choice_line import ChoiceLine, Taken

THIS_PANE, BOTH_PANES = N_("this pane"), N_("A against B")
_SCRIPTS = (THIS_PANE, BOTH_PANES, *BUILTIN_SCRIPTS)
_SESSIONS = (2, 8, 16, 64, 128, 256)
_SECONDS = (5, 10, 30, 60, 300)
_RETRIES = (0, 3, 10, 100)
_RATES = (None, 10, 50, 100, 500)


@dataclass(frozen=True, slots=True)
class StormWish:
    """What was chosen."""

    script: str = THIS_PANE
    """THIS_PANE, BOTH_PANES, or one of pgbench's own."""
    sessions: int = 16
    seconds: int = 10
    retries: int = 3
    rate: int | None = None


class StormForm(Dialog[StormWish]):
    """Enter begins."""

    AUTO_FOCUS = "#script"

    def __init__(self, wish: StormWish, note: str) -> None:
        """`wish` is chosen at first; `note` says where and as whom it runs."""
        super().__init__()
        self._wish, self._note = wish, note

    def compose(self) -> ComposeResult:
        """A line for each choice."""
        wish = self._wish
        with Vertical(classes="dialog"):
            yield Static(_("Load on both endpoints"), markup=False, classes="dialog--title")
            yield ChoiceLine(
                _("Script"), [_(script) for script in _SCRIPTS], at=_SCRIPTS.index(wish.script), id="script"
            )
            yield _numbers(_("Sessions"), _SESSIONS, wish.sessions, "sessions")
            yield _numbers(_("Seconds"), _SECONDS, wish.seconds, "seconds")
            yield _numbers(_("Retries"), _RETRIES, wish.retries, "retries")
            rates = [_("as fast as it can"), *(f"{rate}/s" for rate in _RATES if rate)]
            yield ChoiceLine(_("Rate"), rates, at=_RATES.index(wish.rate), id="rate")
            yield Static(self._note, markup=False, classes="dialog--foot")
            yield Static(_("Enter: begin   Up, Down: field   Left, Right: choose   Esc: back"), markup=False)

    @on(Taken)
    def _taken(self) -> None:
        self.dismiss(
            StormWish(
                _SCRIPTS[self._at("script")],
                _SESSIONS[self._at("sessions")],
                _SECONDS[self._at("seconds")],
                _RETRIES[self._at("retries")],
                _RATES[self._at("rate")],
            )
        )

    def _at(self, field: str) -> int:
        return self.query_one(f"#{field}", ChoiceLine).at


def _numbers(label: str, numbers: tuple[int, ...], chosen: int, field: str) -> ChoiceLine:
    return ChoiceLine(f"{label} ", [str(number) for number in numbers], at=numbers.index(chosen), id=field)
