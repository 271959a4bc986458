"""The role switcher: who one is in each pane, and what to become."""

from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from dsqltui.core.language import _
from dsqltui.core.sessions.roles import Discovery, Identity, RoleChoice
from dsqltui.core.text.safe_text import one_line
from dsqltui.ui.dialogs.base import Dialog
from dsqltui.ui.keys.keymap import KeyScope, bindings
from dsqltui.ui.keys.user_keys import key_of
from dsqltui.ui.textual_patches.hooks import start_worker
from dsqltui.ui.textual_patches.ordered import Ordered
from dsqltui.ui.words.identity_text import aligned, identity_lines


@dataclass(frozen=True, slots=True)
class RoleWish:
    """What the person wants."""

    choice: RoleChoice | None
    """None: fresh credentials and tokens of what one is."""
    letters: tuple[str, ...]
    """The panes to switch."""


Identities = Mapping[str, Identity | str]
"""By pane: who one is there, or why that is not known."""


class RoleList(Ordered, OptionList):
    """The choices."""


class RoleDialog(Dialog[RoleWish]):
    """Dismissed with a wish, or with None. Counts down only while it is open."""

    BINDINGS: ClassVar[list[BindingType]] = bindings(KeyScope.ROLES)
    AUTO_FOCUS = "RoleList"

    def __init__(
        self,
        active: str,
        known: Sequence[RoleChoice],
        *,
        discover: Callable[[], Coroutine[Any, Any, Discovery]],
        identify: Callable[[], Coroutine[Any, Any, Identities]],
    ) -> None:
        """`known` can be chosen at once; `discover` finds the rest, `identify` who one is in each pane."""
        super().__init__()
        self._active = active
        self._choices = list(known)
        self._discover, self._identify = discover, identify
        self._identities: Identities = {}
        self._trouble = ""
        self.is_searching = True
        """The cluster is being asked for its mappings."""
        self._is_for_both = True

    def compose(self) -> ComposeResult:
        """Who, what to become, what the keys do."""
        with Vertical(classes="dialog -roles"):
            yield Static(_("Roles"), markup=False, classes="dialog--title")
            with VerticalScroll(classes="roles--who", can_focus=False):
                yield Static(_("asking STS who this is…"), markup=False, id="who")
            yield RoleList(markup=False, compact=True, id="choices")
            yield Static(markup=False, id="roles-note", classes="roles--note")
            yield Static(markup=False, id="roles-foot", classes="dialog--foot")

    def on_mount(self) -> None:
        """Show what is known, ask for the rest."""
        self._show_choices()
        self._show_foot()
        start_worker(self, self._find(), group="discover")
        start_worker(self, self._ask_who(), group="identify")
        self.set_interval(1.0, self._show_who)

    async def _find(self) -> None:
        found = await self._discover()
        self._choices = list(found.choices)
        self._trouble = found.trouble
        self.is_searching = False
        self._show_choices()

    async def _ask_who(self) -> None:
        self._identities = await self._identify()
        self._show_who()

    def _show_who(self) -> None:
        if self._identities:
            self.query_one("#who", Static).update(Content(who_text(self._identities, datetime.now(UTC))))

    def _show_choices(self) -> None:
        options = self.query_one(RoleList)
        marked = options.highlighted
        options.clear_options()
        options.add_options([Option(Content(choice_line(choice))) for choice in self._choices])
        options.highlighted = min(marked or 0, len(self._choices) - 1) if self._choices else None
        note = _("asking the cluster for its mappings…") if self.is_searching else ""
        if self._trouble:
            note = _("The cluster's mappings are not known: {trouble}").format(trouble=one_line(self._trouble, 300))
        elif not self.is_searching and not any(choice.role_arn for choice in self._choices):
            note = _(
                "No other role yet: {key} writes policy and grants for one, and IAM roles that the cluster maps to a "
                "database role appear here. [roles.NAME] in the settings names roles of your own."
            ).format(key=key_of("access"))
        line = self.query_one("#roles-note", Static)
        line.display = bool(note)
        line.update(Content(note))

    def _show_foot(self) -> None:
        panes = _("both panes") if self._is_for_both else _("pane {active}").format(active=self._active)
        text = _("Enter: switch to this role in {panes}\nP panes   R new tokens   B base   Esc closes").format(
            panes=panes
        )
        self.query_one("#roles-foot", Static).update(Content(text))

    @property
    def _letters(self) -> tuple[str, ...]:
        return ("A", "B") if self._is_for_both else (self._active,)

    def action_role_panes(self) -> None:
        """Both panes or one."""
        self._is_for_both = not self._is_for_both
        self._show_foot()

    def action_role_renew(self) -> None:
        """Fresh credentials and tokens."""
        self.dismiss(RoleWish(None, self._letters))

    def action_role_back(self) -> None:
        """To the base."""
        self.dismiss(RoleWish(self._choices[0], self._letters))

    @on(OptionList.OptionSelected)
    def _selected(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self.dismiss(RoleWish(self._choices[event.option_index], self._letters))


def choice_line(choice: RoleChoice) -> str:
    """`reports         RewardsReadOnlyAccess    1 h`."""
    role = one_line(choice.database_role, 24)
    if not choice.role_arn:
        how = (
            _("profile {source_profile}").format(source_profile=one_line(choice.source_profile, 24))
            if choice.source_profile
            else _("base credentials")
        )
        return f"{role:<16} {how}"
    notes = [_("{duration_s} min").format(duration_s=choice.duration_s // 60)]
    notes += ["MFA"] if choice.mfa_serial else []
    notes += [_("via {rpartition}").format(rpartition=choice.via_arn.rpartition("/")[2])] if choice.via_arn else []
    notes += [one_line(choice.name, 16)] if choice.name else []
    return f"{role:<16} {one_line(choice.iam_role, 32):<26} {', '.join(notes)}"


def who_text(identities: Identities, now: datetime) -> str:
    """Both panes; said once when they are the same."""
    blocks: list[str] = []
    values = [*identities.values()]
    is_same = len(values) > 1 and len({_key(value) for value in values}) == 1
    for letter, who in identities.items():
        heading = _("Panes A and B") if is_same else _("Pane {letter}").format(letter=letter)
        told = who if isinstance(who, str) else aligned(identity_lines(who, now))
        blocks.append(f"{heading}\n{told}")
        if is_same:
            break
    return "\n".join(blocks)


def _key(who: Identity | str) -> object:
    return who if isinstance(who, str) else (who.arn, who.database_role, who.source)
